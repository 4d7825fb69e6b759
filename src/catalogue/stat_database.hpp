#pragma once

#include "catalogue/spec.hpp"

/// pg_stat_database, but for the row of the shared objects, which belongs to no database. blk_*_time are
/// milliseconds and stats_reset is a timestamp typed counter, 0 where it never happened: postgres_exporter's,
/// kept, with the right ones beside them.
namespace pgvigil::catalogue::stat_database {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datid"},
    {"datname"},
    {"numbackends", Use::gauge, "pg_stat_database_numbackends", "Backends connected to the database now."},
    {"xact_commit", Use::counter, "pg_stat_database_xact_commit", "Transactions committed.", 1, kNoTotal},
    {"xact_rollback", Use::counter, "pg_stat_database_xact_rollback", "Transactions rolled back.", 1,
     kNoTotal},
    {"blks_read", Use::counter, "pg_stat_database_blks_read", "Blocks read from outside the buffer cache.", 1,
     kNoTotal},
    {"blks_hit", Use::counter, "pg_stat_database_blks_hit", "Blocks found in the buffer cache.", 1, kNoTotal},
    {"tup_returned", Use::counter, "pg_stat_database_tup_returned", "Rows and index entries read by scans.",
     1, kNoTotal},
    {"tup_fetched", Use::counter, "pg_stat_database_tup_fetched", "Rows fetched by index scans.", 1,
     kNoTotal},
    {"tup_inserted", Use::counter, "pg_stat_database_tup_inserted", "Rows inserted.", 1, kNoTotal},
    {"tup_updated", Use::counter, "pg_stat_database_tup_updated", "Rows updated.", 1, kNoTotal},
    {"tup_deleted", Use::counter, "pg_stat_database_tup_deleted", "Rows deleted.", 1, kNoTotal},
    {"conflicts", Use::counter, "pg_stat_database_conflicts",
     "Queries of a standby cancelled because of conflicts with recovery.", 1, kNoTotal},
    {"temp_files", Use::counter, "pg_stat_database_temp_files", "Temporary files created by queries.", 1,
     kNoTotal},
    {"temp_bytes", Use::counter, "pg_stat_database_temp_bytes",
     "Bytes written to temporary files by queries.", 1, kNoTotal},
    {"deadlocks", Use::counter, "pg_stat_database_deadlocks", "Deadlocks detected.", 1, kNoTotal},
    {"blk_read_time", Use::counter, "pg_stat_database_blk_read_time",
     "Milliseconds that backends spent reading blocks, where track_io_timing is on.", 1, kNoTotal},
    {"blk_write_time", Use::counter, "pg_stat_database_blk_write_time",
     "Milliseconds that backends spent writing blocks, where track_io_timing is on.", 1, kNoTotal},
    {"stats_reset", Use::counter, "pg_stat_database_stats_reset",
     "When these statistics were last reset, as seconds since the epoch; 0 for never.", 1, kNoTotal},
    {"active_time", Use::counter, "pg_stat_database_active_time_seconds_total",
     "Time spent executing SQL statements (14+).", 0.001},
    {"block_read_time", Use::counter, "pg_stat_database_block_read_seconds_total",
     "Time that backends spent reading blocks, where track_io_timing is on.", 0.001},
    {"block_write_time", Use::counter, "pg_stat_database_block_write_seconds_total",
     "Time that backends spent writing blocks, where track_io_timing is on.", 0.001},
    {"stats_reset_timestamp", Use::gauge, "pg_stat_database_stats_reset_timestamp_seconds",
     "When these statistics were last reset."},
    {"sessions", Use::counter, "pg_stat_database_sessions_total", "Sessions begun (14+)."},
    {"sessions_abandoned", Use::counter, "pg_stat_database_sessions_abandoned_total",
     "Sessions that ended because the connection to the client was lost (14+)."},
    {"sessions_fatal", Use::counter, "pg_stat_database_sessions_fatal_total",
     "Sessions ended by fatal errors (14+)."},
    {"sessions_killed", Use::counter, "pg_stat_database_sessions_killed_total",
     "Sessions ended by an operator (14+)."},
    {"session_time", Use::counter, "pg_stat_database_session_seconds_total",
     "Time spent by sessions, whatever they did (14+).", 0.001},
    {"idle_in_transaction_time", Use::counter, "pg_stat_database_idle_in_transaction_seconds_total",
     "Time that sessions spent idle within a transaction (14+).", 0.001},
    {"workers_to_launch", Use::counter, "pg_stat_database_parallel_workers_to_launch_total",
     "Parallel workers that queries planned to launch (18+)."},
    {"workers_launched", Use::counter, "pg_stat_database_parallel_workers_launched_total",
     "Parallel workers that queries launched (18+)."},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {13, R"(
SELECT d.datid, d.datname, d.numbackends, d.xact_commit, d.xact_rollback, d.blks_read, d.blks_hit, d.tup_returned,
       d.tup_fetched, d.tup_inserted, d.tup_updated, d.tup_deleted, d.conflicts, d.temp_files, d.temp_bytes,
       d.deadlocks, d.blk_read_time, d.blk_write_time, coalesce(extract(epoch FROM d.stats_reset), 0) AS stats_reset,
       NULL::double precision AS active_time, d.blk_read_time AS block_read_time, d.blk_write_time AS block_write_time,
       extract(epoch FROM d.stats_reset) AS stats_reset_timestamp,
       NULL::bigint AS sessions, NULL::bigint AS sessions_abandoned, NULL::bigint AS sessions_fatal,
       NULL::bigint AS sessions_killed, NULL::double precision AS session_time,
       NULL::double precision AS idle_in_transaction_time,
       NULL::bigint AS workers_to_launch, NULL::bigint AS workers_launched
  FROM pg_catalog.pg_stat_database d
 WHERE d.datname IS NOT NULL
 ORDER BY d.xact_commit + d.xact_rollback DESC, d.datid)"},
    {14, R"(
SELECT d.datid, d.datname, d.numbackends, d.xact_commit, d.xact_rollback, d.blks_read, d.blks_hit, d.tup_returned,
       d.tup_fetched, d.tup_inserted, d.tup_updated, d.tup_deleted, d.conflicts, d.temp_files, d.temp_bytes,
       d.deadlocks, d.blk_read_time, d.blk_write_time, coalesce(extract(epoch FROM d.stats_reset), 0) AS stats_reset,
       d.active_time, d.blk_read_time AS block_read_time, d.blk_write_time AS block_write_time,
       extract(epoch FROM d.stats_reset) AS stats_reset_timestamp,
       d.sessions, d.sessions_abandoned, d.sessions_fatal, d.sessions_killed, d.session_time,
       d.idle_in_transaction_time, NULL::bigint AS workers_to_launch, NULL::bigint AS workers_launched
  FROM pg_catalog.pg_stat_database d
 WHERE d.datname IS NOT NULL
 ORDER BY d.xact_commit + d.xact_rollback DESC, d.datid)"},
    {18, R"(
SELECT d.datid, d.datname, d.numbackends, d.xact_commit, d.xact_rollback, d.blks_read, d.blks_hit, d.tup_returned,
       d.tup_fetched, d.tup_inserted, d.tup_updated, d.tup_deleted, d.conflicts, d.temp_files, d.temp_bytes,
       d.deadlocks, d.blk_read_time, d.blk_write_time, coalesce(extract(epoch FROM d.stats_reset), 0) AS stats_reset,
       d.active_time, d.blk_read_time AS block_read_time, d.blk_write_time AS block_write_time,
       extract(epoch FROM d.stats_reset) AS stats_reset_timestamp,
       d.sessions, d.sessions_abandoned, d.sessions_fatal, d.sessions_killed, d.session_time,
       d.idle_in_transaction_time, d.parallel_workers_to_launch AS workers_to_launch,
       d.parallel_workers_launched AS workers_launched
  FROM pg_catalog.pg_stat_database d
 WHERE d.datname IS NOT NULL
 ORDER BY d.xact_commit + d.xact_rollback DESC, d.datid)"},
});

inline constexpr CollectorSpec kSpec = {
    .name = "stat_database", .queries = kQueries, .columns = kColumns, .minimal = true};

}  // namespace pgvigil::catalogue::stat_database
