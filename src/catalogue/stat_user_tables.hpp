#pragma once

#include "catalogue/spec.hpp"

/// Activity and upkeep of each table. A table without an index had no index scan: 0. The time of what never
/// happened is 0, as in postgres_exporter. Sizes are table_size's, the last scans stat_user_tables_scans's.
namespace pgvigil::catalogue::stat_user_tables {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"seq_scan", Use::counter, "pg_stat_user_tables_seq_scan", "Sequential scans begun.", 1, kNoTotal},
    {"seq_tup_read", Use::counter, "pg_stat_user_tables_seq_tup_read", "Live rows read by sequential scans.",
     1, kNoTotal},
    {"idx_scan", Use::counter, "pg_stat_user_tables_idx_scan", "Index scans begun.", 1, kNoTotal},
    {"idx_tup_fetch", Use::counter, "pg_stat_user_tables_idx_tup_fetch", "Live rows fetched by index scans.",
     1, kNoTotal},
    {"n_tup_ins", Use::counter, "pg_stat_user_tables_n_tup_ins", "Rows inserted.", 1, kNoTotal},
    {"n_tup_upd", Use::counter, "pg_stat_user_tables_n_tup_upd", "Rows updated.", 1, kNoTotal},
    {"n_tup_del", Use::counter, "pg_stat_user_tables_n_tup_del", "Rows deleted.", 1, kNoTotal},
    {"n_tup_hot_upd", Use::counter, "pg_stat_user_tables_n_tup_hot_upd",
     "Rows updated without a new index entry (HOT).", 1, kNoTotal},
    {"n_live_tup", Use::gauge, "pg_stat_user_tables_n_live_tup", "Live rows, estimated."},
    {"n_dead_tup", Use::gauge, "pg_stat_user_tables_n_dead_tup", "Dead rows, estimated."},
    {"n_mod_since_analyze", Use::gauge, "pg_stat_user_tables_n_mod_since_analyze",
     "Rows changed since the table was last analyzed, estimated."},
    {"n_ins_since_vacuum", Use::gauge, "pg_stat_user_tables_n_ins_since_vacuum",
     "Rows inserted since the table was last vacuumed, estimated."},
    {"last_vacuum", Use::gauge, "pg_stat_user_tables_last_vacuum",
     "When the table was last vacuumed by hand, as seconds since the epoch; 0 for never."},
    {"last_autovacuum", Use::gauge, "pg_stat_user_tables_last_autovacuum",
     "When the table was last vacuumed by autovacuum, as seconds since the epoch; 0 for never."},
    {"last_analyze", Use::gauge, "pg_stat_user_tables_last_analyze",
     "When the table was last analyzed by hand, as seconds since the epoch; 0 for never."},
    {"last_autoanalyze", Use::gauge, "pg_stat_user_tables_last_autoanalyze",
     "When the table was last analyzed by autovacuum, as seconds since the epoch; 0 for never."},
    {"vacuum_count", Use::counter, "pg_stat_user_tables_vacuum_count", "Vacuums by hand.", 1, kNoTotal},
    {"autovacuum_count", Use::counter, "pg_stat_user_tables_autovacuum_count", "Vacuums by autovacuum.", 1,
     kNoTotal},
    {"analyze_count", Use::counter, "pg_stat_user_tables_analyze_count", "Analyzes by hand.", 1, kNoTotal},
    {"autoanalyze_count", Use::counter, "pg_stat_user_tables_autoanalyze_count", "Analyzes by autovacuum.", 1,
     kNoTotal},
    {"vacuum_time", Use::counter, "pg_stat_user_tables_vacuum_seconds_total",
     "Time spent vacuuming the table by hand, with the pauses of cost-based delay.", 0.001},
    {"autovacuum_time", Use::counter, "pg_stat_user_tables_autovacuum_seconds_total",
     "Time that autovacuum spent vacuuming the table, with the pauses of cost-based delay.", 0.001},
    {"analyze_time", Use::counter, "pg_stat_user_tables_analyze_seconds_total",
     "Time spent analyzing the table by hand, with the pauses of cost-based delay.", 0.001},
    {"autoanalyze_time", Use::counter, "pg_stat_user_tables_autoanalyze_seconds_total",
     "Time that autovacuum spent analyzing the table, with the pauses of cost-based delay.", 0.001},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {13, R"(
SELECT pg_catalog.current_database() AS datname, t.schemaname, t.relname,
       t.seq_scan, t.seq_tup_read, coalesce(t.idx_scan, 0) AS idx_scan, coalesce(t.idx_tup_fetch, 0) AS idx_tup_fetch,
       t.n_tup_ins, t.n_tup_upd, t.n_tup_del, t.n_tup_hot_upd, t.n_live_tup, t.n_dead_tup, t.n_mod_since_analyze,
       t.n_ins_since_vacuum,
       coalesce(extract(epoch FROM t.last_vacuum), 0) AS last_vacuum,
       coalesce(extract(epoch FROM t.last_autovacuum), 0) AS last_autovacuum,
       coalesce(extract(epoch FROM t.last_analyze), 0) AS last_analyze,
       coalesce(extract(epoch FROM t.last_autoanalyze), 0) AS last_autoanalyze,
       t.vacuum_count, t.autovacuum_count, t.analyze_count, t.autoanalyze_count,
       NULL::float8 AS vacuum_time, NULL::float8 AS autovacuum_time,
       NULL::float8 AS analyze_time, NULL::float8 AS autoanalyze_time
  FROM pg_catalog.pg_stat_user_tables t
  JOIN pg_catalog.pg_class c ON c.oid = t.relid
 ORDER BY c.relpages DESC, t.relid)"},
    {18, R"(
SELECT pg_catalog.current_database() AS datname, t.schemaname, t.relname,
       t.seq_scan, t.seq_tup_read, coalesce(t.idx_scan, 0) AS idx_scan, coalesce(t.idx_tup_fetch, 0) AS idx_tup_fetch,
       t.n_tup_ins, t.n_tup_upd, t.n_tup_del, t.n_tup_hot_upd, t.n_live_tup, t.n_dead_tup, t.n_mod_since_analyze,
       t.n_ins_since_vacuum,
       coalesce(extract(epoch FROM t.last_vacuum), 0) AS last_vacuum,
       coalesce(extract(epoch FROM t.last_autovacuum), 0) AS last_autovacuum,
       coalesce(extract(epoch FROM t.last_analyze), 0) AS last_analyze,
       coalesce(extract(epoch FROM t.last_autoanalyze), 0) AS last_autoanalyze,
       t.vacuum_count, t.autovacuum_count, t.analyze_count, t.autoanalyze_count,
       t.total_vacuum_time AS vacuum_time, t.total_autovacuum_time AS autovacuum_time,
       t.total_analyze_time AS analyze_time, t.total_autoanalyze_time AS autoanalyze_time
  FROM pg_catalog.pg_stat_user_tables t
  JOIN pg_catalog.pg_class c ON c.oid = t.relid
 ORDER BY c.relpages DESC, t.relid)"},
});

inline constexpr CollectorSpec kSpec = {.name = "stat_user_tables",
                                        .scope = model::Scope::database,
                                        .max_rows = 2000,
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::stat_user_tables
