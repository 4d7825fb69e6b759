#pragma once

#include "catalogue/spec.hpp"

/// All statements, biggest total time first; collect/fold.hpp makes of them the top 100 and a remainder, so
/// that sums stay right, and drops `id`: the oids tell a statement from others when its role or database is
/// renamed or dropped. Statements inside functions and at top level are one series. Texts are not read
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
SELECT s.id, coalesce(r.rolname::text, s.userid::text) AS "user",
       coalesce(d.datname::text, s.dbid::text) AS datname, s.queryid, s.calls, s.seconds, s.rows,
       s.block_read_seconds, s.block_write_seconds
  FROM (SELECT pg_catalog.concat_ws('/', p.userid, p.dbid, p.queryid) AS id, p.userid, p.dbid, p.queryid,
               pg_catalog.sum(p.calls) AS calls, pg_catalog.sum(p.total_time) / 1000 AS seconds,
               pg_catalog.sum(p.rows) AS rows,
               pg_catalog.sum(p.blk_read_time) / 1000 AS block_read_seconds,
               pg_catalog.sum(p.blk_write_time) / 1000 AS block_write_seconds
          FROM @extschema@.pg_stat_statements(false) p
         WHERE p.userid <> (SELECT u.oid FROM pg_catalog.pg_roles u WHERE u.rolname = current_user)
         GROUP BY p.userid, p.dbid, p.queryid) s
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.userid
  LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid
 ORDER BY s.seconds DESC, s.id)"},
    {108, R"(
SELECT s.id, coalesce(r.rolname::text, s.userid::text) AS "user",
       coalesce(d.datname::text, s.dbid::text) AS datname, s.queryid, s.calls, s.seconds, s.rows,
       s.block_read_seconds, s.block_write_seconds
  FROM (SELECT pg_catalog.concat_ws('/', p.userid, p.dbid, p.queryid) AS id, p.userid, p.dbid, p.queryid,
               pg_catalog.sum(p.calls) AS calls, pg_catalog.sum(p.total_exec_time) / 1000 AS seconds,
               pg_catalog.sum(p.rows) AS rows,
               pg_catalog.sum(p.blk_read_time) / 1000 AS block_read_seconds,
               pg_catalog.sum(p.blk_write_time) / 1000 AS block_write_seconds
          FROM @extschema@.pg_stat_statements(false) p
         WHERE p.userid <> (SELECT u.oid FROM pg_catalog.pg_roles u WHERE u.rolname = current_user)
         GROUP BY p.userid, p.dbid, p.queryid) s
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.userid
  LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid
 ORDER BY s.seconds DESC, s.id)"},
    {111, R"(
SELECT s.id, coalesce(r.rolname::text, s.userid::text) AS "user",
       coalesce(d.datname::text, s.dbid::text) AS datname, s.queryid, s.calls, s.seconds, s.rows,
       s.block_read_seconds, s.block_write_seconds
  FROM (SELECT pg_catalog.concat_ws('/', p.userid, p.dbid, p.queryid) AS id, p.userid, p.dbid, p.queryid,
               pg_catalog.sum(p.calls) AS calls, pg_catalog.sum(p.total_exec_time) / 1000 AS seconds,
               pg_catalog.sum(p.rows) AS rows,
               pg_catalog.sum(p.shared_blk_read_time + p.local_blk_read_time) / 1000 AS block_read_seconds,
               pg_catalog.sum(p.shared_blk_write_time + p.local_blk_write_time) / 1000 AS block_write_seconds
          FROM @extschema@.pg_stat_statements(false) p
         WHERE p.userid <> (SELECT u.oid FROM pg_catalog.pg_roles u WHERE u.rolname = current_user)
         GROUP BY p.userid, p.dbid, p.queryid) s
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.userid
  LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid
 ORDER BY s.seconds DESC, s.id)"},
});

inline constexpr CollectorSpec kSpec = {.name = "stat_statements",
                                        .extension = "pg_stat_statements",
                                        .max_rows = 101,
                                        .fold = model::Fold::statements,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .all_stats = true};

}  // namespace pgvigil::catalogue::stat_statements
