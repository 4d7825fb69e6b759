#pragma once

#include "catalogue/schema_findings.hpp"
#include "catalogue/spec.hpp"

/// The foreign keys that schema_tables counts as being without an index, those of the 50 biggest tables.
namespace pgvigil::catalogue::schema_unindexed_foreign_keys {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"conname"},
    {"size", Use::gauge, "pg_schema_unindexed_foreign_key_table_size_bytes",
     "Size of the table that is read when a row is deleted or changed that a foreign key without an index "
     "refers to."},
});

inline constexpr std::string_view kRest = R"(
SELECT pg_catalog.current_database() AS datname, n.nspname AS schemaname, c.relname, u.conname,
       c.relpages::bigint * pg_catalog.current_setting('block_size')::bigint AS size
  FROM unindexed u
  JOIN pg_catalog.pg_class c ON c.oid = u.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 ORDER BY c.relpages DESC, c.oid, u.conname
 LIMIT 50)";

inline constexpr auto kQueries = std::to_array<Query>({{13, kJoined<kWith, kForeignKeys, kRest>}});

inline constexpr CollectorSpec kSpec = {.name = "schema_unindexed_foreign_keys",
                                        .scope = model::Scope::database,
                                        .interval = seconds(300),
                                        .timeout = seconds(10),
                                        .max_rows = 50,
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::schema_unindexed_foreign_keys
