#pragma once

#include "catalogue/schema_findings.hpp"
#include "catalogue/spec.hpp"

/// The 50 biggest indexes that schema_indexes counts as redundant, each with the first by name of those that
/// serve for it.
namespace pgvigil::catalogue::schema_redundant_indexes {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"indexrelname"},
    {"covered_by"},
    {"size", Use::gauge, "pg_schema_redundant_index_size_bytes",
     "Disk space of an index for which another (covered_by) serves, as of its last vacuum or analyze."},
});

inline constexpr std::string_view kRest = R"(
SELECT pg_catalog.current_database() AS datname, n.nspname AS schemaname, t.relname, i.relname AS indexrelname, i.covered_by,
       i.relpages::bigint * pg_catalog.current_setting('block_size')::bigint AS size
  FROM redundant i
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
 ORDER BY i.relpages DESC, i.indexrelid
 LIMIT 50)";

inline constexpr auto kQueries =
    std::to_array<Query>({{13, kJoined<kWith, kIndexes, kAnd, kRedundant, kRest>}});

inline constexpr CollectorSpec kSpec = {.name = "schema_redundant_indexes",
                                        .scope = model::Scope::database,
                                        .interval = seconds(300),
                                        .timeout = seconds(10),
                                        .max_rows = 50,
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::schema_redundant_indexes
