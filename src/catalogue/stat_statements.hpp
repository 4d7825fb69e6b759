#pragma once

#include "catalogue/spec.hpp"

/// All statements, biggest total time first; collect/fold.hpp makes of them the top 100 and a remainder, so
/// that sums stay right. Statements inside functions and at top level are one series. Texts are not read
/// (`false`): they lie in a file. Our own role's statements are left out. Who or what was dropped is named by
/// its oid. Block times are those of shared and local blocks, which extension 1.11 (PostgreSQL 17) tells
/// apart. A role without pg_read_all_stats sees other roles' statements without their id: one series.
namespace pgvigil::catalogue::stat_statements {

inline constexpr auto kColumns = std::to_array<Column>({
    {"user"},
    {"datname"},
    {"queryid"},
    {"calls", Use::counter, "pg_stat_statements_calls_total", "Executions of the statement."},
    {"seconds", Use::counter, "pg_stat_statements_seconds_total", "Time spent executing the statement."},
    {"rows", Use::counter, "pg_stat_statements_rows_total", "Rows retrieved or affected by the statement."},
    {"block_read_seconds", Use::counter, "pg_stat_statements_block_read_seconds_total",
     "Time the statement spent reading blocks, where track_io_timing is on."},
    {"block_write_seconds", Use::counter, "pg_stat_statements_block_write_seconds_total",
     "Time the statement spent writing blocks, where track_io_timing is on."},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {104, R"(
SELECT coalesce(r.rolname::text, s.userid::text) AS "user", coalesce(d.datname::text, s.dbid::text) AS datname,
       s.queryid, pg_catalog.sum(s.calls) AS calls, pg_catalog.sum(s.total_time) / 1000 AS seconds,
       pg_catalog.sum(s.rows) AS rows, pg_catalog.sum(s.blk_read_time) / 1000 AS block_read_seconds,
       pg_catalog.sum(s.blk_write_time) / 1000 AS block_write_seconds
  FROM @extschema@.pg_stat_statements(false) s
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.userid
  LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid
 WHERE s.userid <> (SELECT u.oid FROM pg_catalog.pg_roles u WHERE u.rolname = current_user)
 GROUP BY 1, 2, 3
 ORDER BY seconds DESC, 1, 2, 3)"},
    {108, R"(
SELECT coalesce(r.rolname::text, s.userid::text) AS "user", coalesce(d.datname::text, s.dbid::text) AS datname,
       s.queryid, pg_catalog.sum(s.calls) AS calls, pg_catalog.sum(s.total_exec_time) / 1000 AS seconds,
       pg_catalog.sum(s.rows) AS rows, pg_catalog.sum(s.blk_read_time) / 1000 AS block_read_seconds,
       pg_catalog.sum(s.blk_write_time) / 1000 AS block_write_seconds
  FROM @extschema@.pg_stat_statements(false) s
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.userid
  LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid
 WHERE s.userid <> (SELECT u.oid FROM pg_catalog.pg_roles u WHERE u.rolname = current_user)
 GROUP BY 1, 2, 3
 ORDER BY seconds DESC, 1, 2, 3)"},
    {111, R"(
SELECT coalesce(r.rolname::text, s.userid::text) AS "user", coalesce(d.datname::text, s.dbid::text) AS datname,
       s.queryid, pg_catalog.sum(s.calls) AS calls, pg_catalog.sum(s.total_exec_time) / 1000 AS seconds,
       pg_catalog.sum(s.rows) AS rows,
       pg_catalog.sum(s.shared_blk_read_time + s.local_blk_read_time) / 1000 AS block_read_seconds,
       pg_catalog.sum(s.shared_blk_write_time + s.local_blk_write_time) / 1000 AS block_write_seconds
  FROM @extschema@.pg_stat_statements(false) s
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.userid
  LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid
 WHERE s.userid <> (SELECT u.oid FROM pg_catalog.pg_roles u WHERE u.rolname = current_user)
 GROUP BY 1, 2, 3
 ORDER BY seconds DESC, 1, 2, 3)"},
});

inline constexpr CollectorSpec kSpec = {.name = "stat_statements",
                                        .extension = "pg_stat_statements",
                                        .max_rows = 101,
                                        .fold = model::Fold::statements,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .all_stats = true};

}  // namespace pgvigil::catalogue::stat_statements
