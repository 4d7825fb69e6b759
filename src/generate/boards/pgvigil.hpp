#pragma once

#include "generate/board.hpp"

namespace pgvigil::generate::boards {
namespace own {

inline constexpr auto kVariables = std::to_array<Variable>({
    {"collector", "Collector", "pg_scrape_collector_duration_seconds{$server}", "collector"},
});

inline constexpr auto kHealth = std::to_array<Panel>({
    {.title = "pgvigil",
     .description = "Whether Prometheus' last scrape of pgvigil succeeded.",
     .kind = Kind::stat,
     .targets = {{{"up{$server}"}}},
     .rule = "pgvigil_down",
     .width = 4,
     .words = Words::up},
    {.title = "Sees the server",
     .description = "Whether the last poll reached the PostgreSQL server.",
     .kind = Kind::stat,
     .targets = {{{"pg_up{$server}"}}},
     .rule = "server_down",
     .width = 4,
     .words = Words::up},
    {.title = "Age of the last poll",
     .description = "Poll intervals since the last poll began. The colours are the rule's limits.",
     .kind = Kind::stat,
     .targets = {{{"(time() - pgvigil_last_poll_timestamp_seconds{$server}) / "
                   "pgvigil_poll_interval_seconds{$server}"}}},
     .rule = "exporter_blind",
     .width = 4,
     .decimals = 1},
    {.title = "Samples",
     .description = "Samples of pgvigil's page, as Prometheus counted them at its last scrape.",
     .kind = Kind::stat,
     .targets = {{{"scrape_samples_scraped{$server}"}}},
     .width = 4},
    {.title = "Configuration",
     .description =
         "Whether the configuration was sound when it was last read; else the one before is in force.",
     .kind = Kind::stat,
     .targets = {{{"pgvigil_config_last_reload_successful{$server}"}}},
     .rule = "config_reload",
     .width = 4,
     .words = Words::success},
    {.title = "Version",
     .description = "The version of pgvigil.",
     .kind = Kind::stat,
     .unit = "string",
     .targets = {{{"pgvigil_build_info{$server}", "{{version}}"}}},
     .width = 4},
});

inline constexpr auto kPolls = std::to_array<Panel>({
    {.title = "Duration of polls",
     .description = "Time that the last poll of PostgreSQL took, and the interval in which it has to fit.",
     .unit = "s",
     .targets = {{{"pg_exporter_last_scrape_duration_seconds{$server}"},
                  {"min(pgvigil_poll_interval_seconds{$server})", "interval", Look::reference}}}},
    {.title = "Duration of scrapes",
     .description = "Time that Prometheus took to fetch the page. A scrape causes no poll.",
     .unit = "s",
     .targets = {{{"scrape_duration_seconds{$server}"}}}},
    {.title = "Polls and connection errors",
     .description = "Polls of PostgreSQL, and below zero the connections that failed or were lost, by kind.",
     .unit = "cpm",
     .targets = {{{"60 * sum by (instance) (rate(pg_exporter_scrapes_total{$server}[$__rate_interval]))"},
                  {"60 * sum by (kind) (rate(pgvigil_connection_errors_total{$server}[$__rate_interval]))",
                   "{{kind}}", Look::below}}}},
    {.title = "Age of the last poll",
     .description = "Poll intervals since the last poll began. The line is the rule's limit.",
     .targets =
         {{{"(timestamp(pgvigil_last_poll_timestamp_seconds{$server}) - "
            "pgvigil_last_poll_timestamp_seconds{$server}) / pgvigil_poll_interval_seconds{$server}"}}},
     .rule = "exporter_blind"},
    {.title = "Samples of a scrape",
     .description = "How many series Prometheus stores for each server, and how many of them were new.",
     .targets = {{{"scrape_samples_scraped{$server}", "{{instance}} samples"},
                  {"scrape_series_added{$server}", "{{instance}} new series"}}}},
    {.title = "Polls with a failure",
     .description = "1 where the last poll missed the server or a collector failed.",
     .targets = {{{"pg_exporter_last_scrape_error{$server}"}}},
     .bars = true},
});

inline constexpr auto kCollectors = std::to_array<Panel>({
    {.title = "Duration of collectors",
     .description = "Time that each collector's last run took over all databases, of the ten slowest.",
     .unit = "s",
     .targets =
         {{{"max by (collector) (pg_scrape_collector_duration_seconds{$server, collector=~\"$collector\"})",
            "{{collector}}"}}},
     .width = 12,
     .height = 9,
     .legend = Legend::table,
     .top = kPeak,
     .top_count = 10},
    {.title = "Errors of collectors",
     .description = "Runs of a collector that failed, by kind of error.",
     .targets = {{{"sum by (collector, kind) (increase(pgvigil_collector_errors_total{$server, "
                   "collector=~\"$collector\"}[$__rate_interval])) > 0",
                   "{{collector}}: {{kind}}"}}},
     .width = 12,
     .height = 9,
     .bars = true,
     .legend = Legend::table,
     .nothing = "No collector has failed"},
    {.title = "Collectors",
     .description = "The last run of each collector: whether it succeeded and when one last did, how long it "
                    "took, and the rows that its budget cut.",
     .kind = Kind::table,
     .targets =
         {{{"max by (instance, collector) (pg_scrape_collector_duration_seconds{$server, "
            "collector=~\"$collector\"})"},
           {"max by (instance, collector) (pg_scrape_collector_success{$server, collector=~\"$collector\"})"},
           {"1000 * max by (instance, collector) (pgvigil_collector_last_success_timestamp_seconds{$server, "
            "collector=~\"$collector\"})"},
           {"max by (instance, collector) (pgvigil_collector_cut_rows{$server, "
            "collector=~\"$collector\"})"}}},
     .width = 24,
     .height = 11,
     .sort = "Took",
     .columns = {{{"instance", "Server", "", 240},
                  {"collector", "Collector"},
                  {.field = "A", .title = "Took", .unit = "s", .width = 320, .bar = true},
                  {.field = "B",
                   .title = "State",
                   .width = 120,
                   .rule = "collector_failing",
                   .words = Words::success},
                  {"C", "Last success", "dateTimeFromNow", 180},
                  {"D", "Rows cut", "short", 120, "series_cut"}}}},
    {.title = "Collectors that failed",
     .description = "Those of which a run failed in the range, over time.",
     .kind = Kind::timeline,
     .targets = {{{"min by (collector) (pg_scrape_collector_success{$server, collector=~\"$collector\"}) and "
                   "on (collector) min by (collector) (min_over_time(pg_scrape_collector_success{$server, "
                   "collector=~\"$collector\"}[$__range] @ end())) == 0",
                   "{{collector}}"}}},
     .words = Words::success,
     .nothing = "No collector has failed"},
    {.title = "Collectors that do not run here",
     .description =
         "And why: the version or the role of the server, a missing extension, a missing privilege.",
     .kind = Kind::table,
     .targets = {{{"max by (instance, collector, reason) (pgvigil_collector_skipped{$server, "
                   "collector=~\"$collector\"})"}}},
     .nothing = "All collectors run",
     .columns =
         {{{"instance", "Server", "", 150}, {"collector", "Collector"}, {"reason", "Reason", "", 100}}}},
    {.title = "Rows cut by a budget",
     .description =
         "Rows that collectors' series budgets cut from their last results. The line is the rule's limit.",
     .targets = {{{"sum by (instance) (pgvigil_collector_cut_rows{$server, collector=~\"$collector\"})"}}},
     .rule = "series_cut"},
});

inline constexpr auto kProcess = std::to_array<Panel>({
    {.title = "CPU of pgvigil",
     .description = "CPU time of the process itself, of one core.",
     .unit = "percentunit",
     .targets = {{{"rate(process_cpu_seconds_total{$server}[$__rate_interval])"}}}},
    {.title = "Memory of pgvigil",
     .description = "Resident memory of the process.",
     .unit = "bytes",
     .targets = {{{"process_resident_memory_bytes{$server}"}}}},
    {.title = "Open files of pgvigil",
     .description = "File descriptors that the process has open.",
     .targets = {{{"process_open_fds{$server}"}}}},
});

inline constexpr auto kRows = std::to_array<Row>({
    {"Health", kHealth},
    {"Polls and scrapes", kPolls},
    {"Collectors", kCollectors},
    {"Process", kProcess},
});

}  // namespace own

inline constexpr Board kPgvigil = {
    .id = "pgvigil",
    .title = "pgvigil",
    .description = "Does the exporter itself do well: polls, scrapes, collectors, and what it costs.",
    .variables = own::kVariables,
    .rows = own::kRows,
};

}  // namespace pgvigil::generate::boards
