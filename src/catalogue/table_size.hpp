#pragma once

#include "catalogue/spec.hpp"

/// Sizes of each table, without those that table_size_skipped counts. To size a relation is to open it, which
/// waits for whoever holds an AccessExclusiveLock on it, or waits for one: on the table, one of its indexes,
/// its TOAST table or that one's index. What would be cut is not sized: a backend keeps the memory of each
/// relation that it has opened.
namespace pgvigil::catalogue::table_size {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"table_size", Use::gauge, "pg_stat_user_tables_table_size_bytes",
     "Disk space used by the table and its TOAST table, without indexes."},
    {"index_size", Use::gauge, "pg_stat_user_tables_index_size_bytes",
     "Disk space used by the table's indexes."},
    {"toast_size", Use::gauge, "pg_stat_user_tables_toast_size_bytes",
     "Disk space of what table_size_bytes counts for the TOAST table, with its index."},
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
), ranked AS (
  SELECT t.relid, t.schemaname, t.relname, c.reltoastrelid, pg_catalog.row_number() OVER (ORDER BY c.relpages DESC, t.relid) AS rank
    FROM pg_catalog.pg_stat_user_tables t
    JOIN pg_catalog.pg_class c ON c.oid = t.relid
   WHERE NOT EXISTS (SELECT FROM skipped WHERE relation = t.relid)
)
SELECT pg_catalog.current_database() AS datname, r.schemaname, r.relname,
       CASE WHEN r.rank <= 2000 THEN pg_catalog.pg_table_size(r.relid) END AS table_size,
       CASE WHEN r.rank <= 2000 THEN pg_catalog.pg_indexes_size(r.relid) END AS index_size,
       CASE WHEN r.rank <= 2000 AND r.reltoastrelid <> 0
            THEN pg_catalog.pg_total_relation_size(r.reltoastrelid) END AS toast_size
  FROM ranked r
 ORDER BY r.rank)"}});

inline constexpr CollectorSpec kSpec = {.name = "table_size",
                                        .scope = model::Scope::database,
                                        .interval = seconds(60),
                                        .timeout = seconds(10),  // a stat() for every file of the database
                                        .max_rows = 2000,
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::table_size
