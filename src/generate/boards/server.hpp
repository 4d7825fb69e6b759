#pragma once

#include "generate/board.hpp"

namespace pgvigil::generate::boards {
namespace server {

inline constexpr std::string_view kNoIo = "Only from PostgreSQL 16 on";

inline constexpr auto kAnswers = std::to_array<Panel>({
    {.title = "Time to answer SELECT 1",
     .description =
         "How long the simplest question takes on a session that is open: the half, 95 and 99 of a hundred "
         "are faster. What is slow here is the machine or the network.",
     .unit = "s",
     .targets = {{{"histogram_quantile(0.5, sum by (le) "
                   "(rate(pg_probe_duration_seconds_bucket{$server}[$__rate_interval]))) >= 0",
                   "half"},
                  {"histogram_quantile(0.95, sum by (le) "
                   "(rate(pg_probe_duration_seconds_bucket{$server}[$__rate_interval]))) >= 0",
                   "95 %"},
                  {"histogram_quantile(0.99, sum by (le) "
                   "(rate(pg_probe_duration_seconds_bucket{$server}[$__rate_interval]))) >= 0",
                   "99 %"}}}},
    {.title = "Messages in the log",
     .description = "What the server wrote to its log, by severity.",
     .targets = {{{"sum by (severity) (increase(pg_log_messages_total{$server}[$__rate_interval]))",
                   "{{severity}}"}}},
     .bars = true,
     .nothing = kNoLog},
    {.title = "Errors in the log",
     .description =
         "Statements, sessions and servers that ended with an error, by severity and SQLSTATE: the ten most "
         "frequent.",
     .targets = {{{"sum by (severity, sqlstate) (increase(pg_log_messages_total{$server, "
                   "severity=~\"ERROR|FATAL|PANIC\"}[$__rate_interval])) > 0",
                   "{{severity}} {{sqlstate}}"}}},
     .bars = true,
     .nothing = "No errors, or the server's log is not read here",
     .top = kPeak,
     .top_count = 10},
    {.title = "Panics in 15 minutes",
     .description = "Messages of severity PANIC in the log: the server ended all sessions. The line is the "
                    "rule's limit.",
     .targets = {{{"round(increase(sum by (instance) (pg_log_messages_total{$server, "
                   "severity=\"PANIC\"})[15m:1m]))"}}},
     .rule = "panic",
     .nothing = kNoLog},
    {.title = "Certificate expires in",
     .description =
         "Time until the certificate that the server shows expires. The lines are the rule's limits.",
     .unit = "s",
     .targets = {{{"pg_tls_server_certificate_not_after_timestamp_seconds{$server} - time()"}}},
     .rule = "certificate",
     .nothing = "pgvigil does not connect by TLS"},
    {.title = "Last page with a wrong checksum",
     .description = "Time since a damaged data page was found. The line is the rule's limit.",
     .unit = "s",
     .targets = {{{"time() - max by (datname) "
                   "(pg_stat_database_checksum_last_failure_timestamp_seconds{$server})",
                   "{{datname}}"}}},
     .rule = "checksum",
     .nothing = "None was found, or the cluster has no checksums"},
});

inline constexpr auto kIo = std::to_array<Panel>({
    {.title = "Read, by kind of process",
     .description = "What processes of each kind read from the kernel or the disk. From PostgreSQL 16 on.",
     .unit = "binBps",
     .targets = {{{"sum by (backend_type) (rate(pg_stat_io_read_bytes_total{$server}[$__rate_interval]))",
                   "{{backend_type}}"}}},
     .stack = true,
     .nothing = kNoIo},
    {.title = "Written, by kind of process",
     .description =
         "What processes of each kind write, new blocks included: of tables, client backends should not "
         "write most. From PostgreSQL 16 on.",
     .unit = "binBps",
     .targets = {{{"sum by (backend_type) (rate(pg_stat_io_write_bytes_total{$server}[$__rate_interval])) + "
                   "(sum by (backend_type) (rate(pg_stat_io_extend_bytes_total{$server}[$__rate_interval])) "
                   "or 0 * sum by (backend_type) "
                   "(rate(pg_stat_io_write_bytes_total{$server}[$__rate_interval])))",
                   "{{backend_type}}"}}},
     .stack = true,
     .nothing = kNoIo},
    {.title = "Time spent in I/O",
     .description = "Seconds each second that processes of each kind read, and below zero wrote. Only where "
                    "track_io_timing is on, from PostgreSQL 16 on.",
     .unit = "s",
     .targets = {{{"sum by (backend_type) (rate(pg_stat_io_read_seconds_total{$server}[$__rate_interval]))",
                   "{{backend_type}} reading"},
                  {"sum by (backend_type) (rate(pg_stat_io_write_seconds_total{$server}[$__rate_interval]))",
                   "{{backend_type}} writing", Look::below}}},
     .nothing = kNoIo},
    {.title = "WAL generated",
     .description =
         "WAL by all statements, and how many full images of pages are in it: many after each checkpoint, "
         "fewer with checkpoints further apart. From PostgreSQL 14 on.",
     .unit = "binBps",
     .targets = {{{"rate(pg_stat_wal_bytes_total{$server}[$__rate_interval])"}}}},
    {.title = "Records and full pages of WAL",
     .description =
         "Records of WAL, full images of pages, and how often WAL was written because its buffers were full: "
         "then wal_buffers is small. From PostgreSQL 14 on.",
     .unit = "ops",
     .targets = {{{"sum(rate(pg_stat_wal_records_total{$server}[$__rate_interval]))", "records"},
                  {"sum(rate(pg_stat_wal_fpi_total{$server}[$__rate_interval]))", "full pages"},
                  {"sum(rate(pg_stat_wal_buffers_full_total{$server}[$__rate_interval]))", "buffers full"}}}},
    {.title = "Small caches (SLRU) read from disk",
     .description =
         "Blocks of transaction states, multixacts, subtransactions and the like that were not in their "
         "cache. Much of one: many subtransactions, or row locks that are shared.",
     .unit = "ops",
     .targets = {{{"sum by (slru) (rate(pg_stat_slru_blocks_read_total{$server}[$__rate_interval]))",
                   "{{slru}}"}}}},
});

inline constexpr auto kRows = std::to_array<Row>({
    {"Answers, log, certificate and pages", kAnswers},
    {"I/O and WAL", kIo},
});

}  // namespace server

inline constexpr Board kServer = {
    .id = "server",
    .title = "PostgreSQL: Server",
    .description = "How fast the server answers, what it logs, its certificate and pages, its I/O and WAL.",
    .variables = {},
    .rows = server::kRows,
};

}  // namespace pgvigil::generate::boards
