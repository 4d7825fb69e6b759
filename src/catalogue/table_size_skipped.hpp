#pragma once

#include "catalogue/spec.hpp"

/// How many tables table_size leaves out; its header says which.
namespace pgvigil::catalogue::table_size_skipped {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"tables", Use::gauge, "pg_stat_user_tables_size_skipped",
     "Tables whose size was not read because an AccessExclusiveLock on them is held or awaited."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
WITH locked AS MATERIALIZED (
  SELECT l.relation
    FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_database d ON d.oid = l.database
   WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND d.datname = pg_catalog.current_database()
), tables AS MATERIALIZED (
  SELECT relation FROM locked
   UNION SELECT i.indrelid FROM locked JOIN pg_catalog.pg_index i ON i.indexrelid = relation
), skipped AS MATERIALIZED (
  SELECT relation FROM tables
   UNION SELECT c.oid FROM tables JOIN pg_catalog.pg_class c ON c.reltoastrelid = relation
)
SELECT pg_catalog.current_database() AS datname, pg_catalog.count(*) AS tables
  FROM pg_catalog.pg_stat_user_tables t
 WHERE t.relid IN (SELECT relation FROM skipped))"}});

inline constexpr CollectorSpec kSpec = {.name = "table_size_skipped",
                                        .scope = model::Scope::database,
                                        .interval = seconds(60),
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::table_size_skipped
