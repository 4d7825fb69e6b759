#pragma once

#include "catalogue/spec.hpp"

/// Use of each index, to find those that nobody uses. The size is pg_class's: to measure one would be to open
/// it, which waits for whoever holds an AccessExclusiveLock on it.
namespace pgvigil::catalogue::stat_user_indexes {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"indexrelname"},
    {"idx_scan", Use::counter, "pg_stat_user_indexes_idx_scan_total", "Index scans begun."},
    {"required", Use::gauge, "pg_stat_user_indexes_required",
     "1 where the index is needed, used or not: it keeps rows unique, is a constraint's or part of a "
     "partitioned index, or identifies rows for replication."},
    {"size", Use::gauge, "pg_stat_user_indexes_size_bytes",
     "Disk space of the index, as of its last vacuum or analyze."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.current_database() AS datname, s.schemaname, s.relname, s.indexrelname, s.idx_scan,
       (i.indisunique OR i.indisreplident OR c.relispartition
        OR EXISTS (SELECT FROM pg_catalog.pg_constraint n WHERE n.conindid = s.indexrelid))::int AS required,
       c.relpages::bigint * pg_catalog.current_setting('block_size')::bigint AS size
  FROM pg_catalog.pg_stat_user_indexes s
  JOIN pg_catalog.pg_index i ON i.indexrelid = s.indexrelid
  JOIN pg_catalog.pg_class c ON c.oid = s.indexrelid
 ORDER BY c.relpages DESC, s.indexrelid)"}});

inline constexpr CollectorSpec kSpec = {.name = "stat_user_indexes",
                                        .scope = model::Scope::database,
                                        .interval = seconds(60),
                                        .max_rows = 1000,
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::stat_user_indexes
