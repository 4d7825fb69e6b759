#pragma once

#include "catalogue/schema_findings.hpp"
#include "catalogue/spec.hpp"

/// The 50 biggest indexes that schema_indexes counts as invalid: drop and build them again.
namespace pgvigil::catalogue::schema_invalid_indexes {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"indexrelname"},
    {"size", Use::gauge, "pg_schema_invalid_index_size_bytes",
     "Disk space of an invalid index, as of its last vacuum or analyze."},
    {"ready", Use::gauge, "pg_schema_invalid_index_ready",
     "1 where the invalid index costs time at each write of its table, 0 where it only takes space."},
});

inline constexpr std::string_view kRest = R"(
SELECT pg_catalog.current_database() AS datname, n.nspname AS schemaname, t.relname, i.relname AS indexrelname,
       i.relpages::bigint * pg_catalog.current_setting('block_size')::bigint AS size, i.ready::int AS ready
  FROM invalid i
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
 ORDER BY i.relpages DESC, i.indexrelid
 LIMIT 50)";

inline constexpr auto kQueries =
    std::to_array<Query>({{13, kJoined<kWith, kIndexes, kAnd, kInvalid, kRest>}});

inline constexpr CollectorSpec kSpec = {.name = "schema_invalid_indexes",
                                        .scope = model::Scope::database,
                                        .interval = seconds(300),
                                        .timeout = seconds(10),
                                        .max_rows = 50,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .all_stats = true};

}  // namespace pgvigil::catalogue::schema_invalid_indexes
