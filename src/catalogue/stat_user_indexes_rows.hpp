#pragma once

#include "catalogue/spec.hpp"

/// What each index was good for, beside its scans in stat_user_indexes: rows read through it, and when it was
/// used last (from 16 on).
namespace pgvigil::catalogue::stat_user_indexes_rows {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"indexrelname"},
    {"idx_tup_read", Use::counter, "pg_stat_user_indexes_idx_tup_read_total",
     "Index entries returned by scans."},
    {"idx_tup_fetch", Use::counter, "pg_stat_user_indexes_idx_tup_fetch_total",
     "Live rows of the table fetched by simple scans of the index."},
    {"last_idx_scan", Use::gauge, "pg_stat_user_indexes_last_idx_scan_timestamp_seconds",
     "When the index was last scanned, as seconds since the epoch; no sample for never."},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {13, R"(
SELECT pg_catalog.current_database() AS datname, s.schemaname, s.relname, s.indexrelname, s.idx_tup_read, s.idx_tup_fetch,
       NULL::float8 AS last_idx_scan
  FROM pg_catalog.pg_stat_user_indexes s
  JOIN pg_catalog.pg_class c ON c.oid = s.indexrelid
 ORDER BY c.relpages DESC, s.indexrelid)"},
    {16, R"(
SELECT pg_catalog.current_database() AS datname, s.schemaname, s.relname, s.indexrelname, s.idx_tup_read, s.idx_tup_fetch,
       extract(epoch FROM s.last_idx_scan) AS last_idx_scan
  FROM pg_catalog.pg_stat_user_indexes s
  JOIN pg_catalog.pg_class c ON c.oid = s.indexrelid
 ORDER BY c.relpages DESC, s.indexrelid)"},
});

inline constexpr CollectorSpec kSpec = {.name = "stat_user_indexes_rows",
                                        .scope = model::Scope::database,
                                        .interval = seconds(60),
                                        .max_rows = 1000,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .enabled = false};

}  // namespace pgvigil::catalogue::stat_user_indexes_rows
