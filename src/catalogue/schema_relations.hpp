#pragma once

#include "catalogue/spec.hpp"

/// How many relations of each kind a database has, the system's own and temporary ones left out.
namespace pgvigil::catalogue::schema_relations {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"relkind"},
    {"relations", Use::gauge, "pg_schema_relations", "Relations of this kind."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.current_database() AS datname, k.relkind, pg_catalog.count(*) AS relations
  FROM (SELECT CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'i' THEN 'index'
                              WHEN 'I' THEN 'partitioned index' WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view'
                              WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 't' THEN 'toast table'
                              WHEN 'c' THEN 'composite type' ELSE c.relkind::text END AS relkind
          FROM pg_catalog.pg_class c
         WHERE c.oid >= 16384 AND c.relpersistence <> 't') k
 GROUP BY k.relkind
 ORDER BY k.relkind)"}});

inline constexpr CollectorSpec kSpec = {.name = "schema_relations",
                                        .scope = model::Scope::database,
                                        .interval = seconds(300),
                                        .timeout = seconds(10),
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::schema_relations
