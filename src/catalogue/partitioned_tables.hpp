#pragma once

#include "catalogue/spec.hpp"

/// Each partitioned table: how many partitions it has, and the rows for which there was none, in its default
/// one. Those of the most partitions are kept.
namespace pgvigil::catalogue::partitioned_tables {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"partitions", Use::gauge, "pg_partitioned_table_partitions",
     "Partitions of the table itself, the default one included, those of its partitions not."},
    {"default_rows", Use::gauge, "pg_partitioned_table_default_rows",
     "Rows in the default partition, estimated: rows for which no other partition was there. No sample "
     "without a default "
     "partition."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.current_database() AS datname, n.nspname AS schemaname, c.relname, coalesce(i.partitions, 0) AS partitions,
       CASE WHEN d.oid IS NOT NULL THEN greatest(d.reltuples, pg_catalog.pg_stat_get_live_tuples(d.oid), 0) END AS default_rows
  FROM pg_catalog.pg_partitioned_table p
  JOIN pg_catalog.pg_class c ON c.oid = p.partrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_class d ON d.oid = p.partdefid
  LEFT JOIN (SELECT h.inhparent, pg_catalog.count(*) AS partitions FROM pg_catalog.pg_inherits h GROUP BY h.inhparent) i
    ON i.inhparent = p.partrelid
 ORDER BY partitions DESC, c.oid)"}});

inline constexpr CollectorSpec kSpec = {.name = "partitioned_tables",
                                        .scope = model::Scope::database,
                                        .interval = seconds(300),
                                        .timeout = seconds(10),
                                        .max_rows = 200,
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::partitioned_tables
