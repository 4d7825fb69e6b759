#pragma once

#include "catalogue/spec.hpp"

/// Blocks read and found for each index. Off unless it is asked for, as in postgres_exporter:
/// statio_user_tables has the sums by table.
namespace pgvigil::catalogue::statio_user_indexes {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"indexrelname"},
    {"idx_blks_read", Use::counter, "pg_statio_user_indexes_idx_blks_read_total",
     "Blocks of the index read from outside the buffer cache."},
    {"idx_blks_hit", Use::counter, "pg_statio_user_indexes_idx_blks_hit_total",
     "Blocks of the index found in the buffer cache."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.current_database() AS datname, s.schemaname, s.relname, s.indexrelname, s.idx_blks_read, s.idx_blks_hit
  FROM pg_catalog.pg_statio_user_indexes s
  JOIN pg_catalog.pg_class c ON c.oid = s.indexrelid
 ORDER BY c.relpages DESC, s.indexrelid)"}});

inline constexpr CollectorSpec kSpec = {.name = "statio_user_indexes",
                                        .scope = model::Scope::database,
                                        .interval = seconds(60),
                                        .max_rows = 1000,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .enabled = false};

}  // namespace pgvigil::catalogue::statio_user_indexes
