#include <fmt/format.h>

#include <algorithm>

#include "doctor/checks.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/doctor/sql.hpp"

namespace pgvigil::doctor {
namespace {

using model::Outcome;
using model::Source;

constexpr std::string_view kPod =
    "shareProcessNamespace: true  # of the database's pod, with pgvigil as a container of it\n"
    "securityContext: {runAsUser: UID}  # of both containers, the same";

/// The first reader of this source that sees nothing; null: all see, or none is switched on.
const Outcome* unseen(const Examination& e, Source source, bool& any) {
  for (const Trial& trial : e.trials) {
    if (trial.spec->source != source) continue;
    any = true;
    if (trial.outcome.status != Outcome::Status::ok) return &trial.outcome;
  }
  return nullptr;
}

}  // namespace

Verdicts container(const Examination& e) {
  bool any = false;
  const Outcome* lost = unseen(e, Source::container, any);
  if (!any) return {};
  if (lost == nullptr) return {ok("CPU and memory of the server are visible")};
  Remedy remedy{.manifest = std::string(kPod)};
  if (!e.facts.reads_files) {
    remedy.sql = fmt::format(
        "-- it can then read every file that the server can\n"
        "GRANT pg_read_server_files TO {0};\n"
        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text, bigint, bigint, boolean) TO {0};",
        identifier(e.facts.role));
    remedy.database = e.facts.database;
  }
  return {missing(fmt::format("CPU and memory of the server: {}", base::one_line(lost->reason)), remedy)};
}

Verdicts mounts(const Examination& e) {
  bool any = false;
  const Outcome* lost = unseen(e, Source::mounts, any);
  if (!any) return {};
  if (lost == nullptr) return {ok("the server's disks are visible")};
  if (!e.role.reads_settings)
    return {missing(fmt::format("disks of the server: {}", base::one_line(lost->reason)),
                    {.sql = grant(e, "pg_read_all_settings")})};
  return {missing(
      fmt::format("disks of the server: {}", base::one_line(lost->reason)),
      {.manifest = std::string(kPod),
       .configuration = "mounts: [{role: data, path: PATH}]  # where pgvigil sees the server's files"})};
}

/// A server that sends its log to whoever collects it for the node lacks nothing.
Verdicts logs(const Examination& e) {
  bool any = false;
  const Outcome* lost = unseen(e, Source::logs, any);
  if (!any) return {};
  if (lost == nullptr) return {ok("the server's log files are visible")};
  const std::string message = fmt::format("log of the server: {}", base::one_line(lost->reason));
  if (e.setting("logging_collector") != "on") return {ok(message)};
  if (!e.role.reads_settings) return {missing(message, {.sql = grant(e, "pg_read_all_settings")})};
  return {missing(message, {.manifest = std::string(kPod),
                            .configuration = "mounts: [{role: log, path: PATH}]  # where pgvigil sees the "
                                             "server's log_directory"})};
}

Verdicts shutdown(const Examination& e) {
  if (e.local_sign) return {ok("a smart shutdown is noticed by postmaster.pid")};
  if (e.facts.stopping_function) return {ok("a smart shutdown is noticed by audit.server_stopping()")};
  if (e.ping && !e.facts.pooled) return {ok("a smart shutdown is noticed by a ping at each poll")};
  const std::string sql = fmt::format(
      "CREATE SCHEMA IF NOT EXISTS audit;\n"
      "CREATE OR REPLACE FUNCTION audit.server_stopping() RETURNS boolean\n"
      "  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp\n"
      "  AS $$ SELECT trim(split_part(pg_read_file('postmaster.pid'), E'\\n', 8)) = 'stopping' $$;\n"
      "REVOKE ALL ON FUNCTION audit.server_stopping() FROM PUBLIC;\n"
      "GRANT USAGE ON SCHEMA audit TO {0};\n"
      "GRANT EXECUTE ON FUNCTION audit.server_stopping() TO {0};",
      identifier(e.facts.role));
  Remedy remedy{.sql = sql, .database = e.facts.database};
  if (!e.facts.pooled) remedy.configuration = "detect_shutdown: {ping: true}";
  return {warning("a smart shutdown is not noticed: the server waits for pgvigil's sessions", remedy)};
}

}  // namespace pgvigil::doctor
