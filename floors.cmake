# The floors, bottom up. docs/architecture.md says what each is for.
pgvigil_layer(base SOURCES cells.cpp result.cpp stop.cpp text.cpp)
target_link_libraries(pgvigil_base PUBLIC fmt::fmt tl::expected)

pgvigil_layer(model SOURCES histogram.cpp rule.cpp snapshot.cpp USES base)
pgvigil_layer(host SOURCES cgroup.cpp container.cpp container_paths.cpp fields.cpp locality.cpp mountinfo.cpp
  log_csv.cpp log_directory.cpp log_files.cpp log_follower.cpp log_json.cpp log_parser.cpp log_prefix.cpp log_tally.cpp
  log_text.cpp mounts.cpp resolve.cpp USES base)
pgvigil_layer(pg SOURCES batch.cpp connect.cpp connection.cpp console.cpp gate.cpp look.cpp params.cpp rows.cpp session.cpp
              sqlstate.cpp tls.cpp wait.cpp
              USES base LIBS PostgreSQL::PostgreSQL OpenSSL::SSL)
pgvigil_layer(web SOURCES accept_encoding.cpp answer.cpp civetweb.cpp client_names.cpp endpoint.cpp fetch.cpp guard.cpp passwords.cpp
              pem.cpp query.cpp server.cpp stream.cpp tls.cpp url.cpp
              USES base LIBS crypt)
pgvigil_civetweb(web)

pgvigil_layer(collect SOURCES fold.cpp host_reader.cpp ledger.cpp log_reader.cpp map_rows.cpp number.cpp outside.cpp
              plan.cpp poller.cpp probe.cpp reading.cpp round.cpp row_histogram.cpp session_fold.cpp statement_book.cpp
              statement_texts.cpp tls_reader.cpp visitor.cpp
              USES model pg host)
pgvigil_layer(catalogue SOURCES catalogue.cpp USES model)
# clang counts the steps of model::fault() over all collectors, a million unless told otherwise.
target_compile_options(pgvigil_catalogue PRIVATE $<$<CXX_COMPILER_ID:Clang>:-fconstexpr-steps=50000000>)
pgvigil_layer(rules SOURCES evaluate.cpp indicators.cpp rules.cpp USES model)
pgvigil_layer(render SOURCES exposition.cpp index.cpp statement_totals.cpp status_json.cpp status_page.cpp status_parts.cpp status_units.cpp
              status_view.cpp thresholds.cpp
              USES base model rules LIBS nlohmann_json::nlohmann_json)
pgvigil_layer(generate SOURCES alerts.cpp dashboards.cpp docs.cpp groups.cpp limits.cpp measured.cpp metrics_page.cpp panel.cpp promql.cpp
              table.cpp texts.cpp words.cpp
              USES base model rules LIBS nlohmann_json::nlohmann_json)
pgvigil_layer(report SOURCES answers.cpp data.cpp events.cpp growth.cpp prometheus.cpp report.cpp settings.cpp statements.cpp
              text.cpp thresholds.cpp work.cpp
              USES base model rules LIBS nlohmann_json::nlohmann_json)
pgvigil_layer(doctor SOURCES collectors.cpp databases.cpp doctor.cpp host.cpp refusal.cpp role.cpp server.cpp sql.cpp statements.cpp
              transport.cpp
              USES base model pg)
pgvigil_layer(config SOURCES alerting.cpp check_file.cpp collector_file.cpp config.cpp document.cpp environment.cpp
              queries_file.cpp settings.cpp target.cpp threshold.cpp user_collector.cpp user_files.cpp values.cpp
              version_range.cpp vetting.cpp web.cpp web_section.cpp web_values.cpp
              USES base model web LIBS yaml-cpp)

pgvigil_layer(app SOURCES build_info.cpp check.cpp check_config.cpp command_line.cpp daemon_metrics.cpp discovery.cpp doctor.cpp examine.cpp explain.cpp
              exporter_collectors.cpp
              flags.cpp fleet.cpp generate.cpp gzip.cpp
              healthcheck.cpp log.cpp log_budget.cpp memory.cpp notify.cpp own_metrics.cpp period.cpp process_metrics.cpp report.cpp routes.cpp
              run.cpp runbooks.cpp secrets.cpp serve.cpp settings.cpp target.cpp trial.cpp
              USES base model pg host web collect catalogue rules config render generate report doctor
              LIBS spdlog::spdlog CLI11::CLI11 nlohmann_json::nlohmann_json prometheus-cpp::core ZLIB::ZLIB Threads::Threads)
target_compile_definitions(pgvigil_app PRIVATE PGVIGIL_VERSION="${PROJECT_VERSION}")
pgvigil_runbooks(pgvigil_app)
