#pragma once

#include "catalogue/schema_findings.hpp"
#include "catalogue/spec.hpp"

/// The 50 biggest tables that schema_tables counts as being without a key.
namespace pgvigil::catalogue::schema_keyless_tables {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"size", Use::gauge, "pg_schema_keyless_table_size_bytes",
     "Size of a table without a primary key or another unique index, as of its last vacuum or analyze."},
});

inline constexpr std::string_view kRest = R"(
SELECT pg_catalog.current_database() AS datname, n.nspname AS schemaname, k.relname, k.relpages::bigint * pg_catalog.current_setting('block_size')::bigint AS size
  FROM keyless k
  JOIN pg_catalog.pg_namespace n ON n.oid = k.relnamespace
 ORDER BY k.relpages DESC, k.oid
 LIMIT 50)";

inline constexpr auto kQueries = std::to_array<Query>({{13, kJoined<kWith, kKeyless, kRest>}});

inline constexpr CollectorSpec kSpec = {.name = "schema_keyless_tables",
                                        .scope = model::Scope::database,
                                        .interval = seconds(300),
                                        .timeout = seconds(10),
                                        .max_rows = 50,
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::schema_keyless_tables
