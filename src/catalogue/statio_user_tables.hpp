#pragma once

#include "catalogue/spec.hpp"

/// Blocks read and found for each table, its indexes and its TOAST table; a table without those read none: 0.
namespace pgvigil::catalogue::statio_user_tables {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"heap_blks_read", Use::counter, "pg_statio_user_tables_heap_blocks_read",
     "Blocks of the table read from outside the buffer cache.", 1, kNoTotal},
    {"heap_blks_hit", Use::counter, "pg_statio_user_tables_heap_blocks_hit",
     "Blocks of the table found in the buffer cache.", 1, kNoTotal},
    {"idx_blks_read", Use::counter, "pg_statio_user_tables_idx_blocks_read",
     "Blocks of its indexes read from outside the buffer cache.", 1, kNoTotal},
    {"idx_blks_hit", Use::counter, "pg_statio_user_tables_idx_blocks_hit",
     "Blocks of its indexes found in the buffer cache.", 1, kNoTotal},
    {"toast_blks_read", Use::counter, "pg_statio_user_tables_toast_blocks_read",
     "Blocks of its TOAST table read from outside the buffer cache.", 1, kNoTotal},
    {"toast_blks_hit", Use::counter, "pg_statio_user_tables_toast_blocks_hit",
     "Blocks of its TOAST table found in the buffer cache.", 1, kNoTotal},
    {"tidx_blks_read", Use::counter, "pg_statio_user_tables_tidx_blocks_read",
     "Blocks of its TOAST table's indexes read from outside the buffer cache.", 1, kNoTotal},
    {"tidx_blks_hit", Use::counter, "pg_statio_user_tables_tidx_blocks_hit",
     "Blocks of its TOAST table's indexes found in the buffer cache.", 1, kNoTotal},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.current_database() AS datname, t.schemaname, t.relname, t.heap_blks_read, t.heap_blks_hit,
       coalesce(t.idx_blks_read, 0) AS idx_blks_read, coalesce(t.idx_blks_hit, 0) AS idx_blks_hit,
       coalesce(t.toast_blks_read, 0) AS toast_blks_read, coalesce(t.toast_blks_hit, 0) AS toast_blks_hit,
       coalesce(t.tidx_blks_read, 0) AS tidx_blks_read, coalesce(t.tidx_blks_hit, 0) AS tidx_blks_hit
  FROM pg_catalog.pg_statio_user_tables t
  JOIN pg_catalog.pg_class c ON c.oid = t.relid
 ORDER BY c.relpages DESC, t.relid)"}});

inline constexpr CollectorSpec kSpec = {.name = "statio_user_tables",
                                        .scope = model::Scope::database,
                                        .max_rows = 2000,
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::statio_user_tables
