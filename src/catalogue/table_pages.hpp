#pragma once

#include "catalogue/spec.hpp"

/// How each table is stored, from pg_class and so as of its last vacuum or analyze; nothing is opened.
namespace pgvigil::catalogue::table_pages {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"pages", Use::gauge, "pg_table_pages",
     "Pages of the table, without TOAST, as of its last vacuum or analyze."},
    {"rows", Use::gauge, "pg_table_rows",
     "Live rows as of the last vacuum or analyze, estimated; no sample before the first."},
    {"visible", Use::gauge, "pg_table_all_visible_pages",
     "Pages whose rows everybody sees, as of the last vacuum: index-only scans need not read them."},
    {"frozen", Use::gauge, "pg_table_all_frozen_pages",
     "Pages whose rows are all frozen, as of the last vacuum: an aggressive vacuum need not read them."},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {13, R"(
SELECT pg_catalog.current_database() AS datname, n.nspname AS schemaname, c.relname, c.relpages AS pages,
       CASE WHEN c.relpages > 0 OR c.reltuples > 0 THEN c.reltuples END AS rows, c.relallvisible AS visible, NULL::int AS frozen
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
 ORDER BY c.relpages DESC, c.oid)"},
    {14, R"(
SELECT pg_catalog.current_database() AS datname, n.nspname AS schemaname, c.relname, c.relpages AS pages,
       CASE WHEN c.reltuples >= 0 THEN c.reltuples END AS rows, c.relallvisible AS visible, NULL::int AS frozen
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
 ORDER BY c.relpages DESC, c.oid)"},
    {18, R"(
SELECT pg_catalog.current_database() AS datname, n.nspname AS schemaname, c.relname, c.relpages AS pages,
       CASE WHEN c.reltuples >= 0 THEN c.reltuples END AS rows, c.relallvisible AS visible, c.relallfrozen AS frozen
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
 ORDER BY c.relpages DESC, c.oid)"},
});

inline constexpr CollectorSpec kSpec = {.name = "table_pages",
                                        .scope = model::Scope::database,
                                        .interval = seconds(300),
                                        .max_rows = 2000,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .enabled = false};

}  // namespace pgvigil::catalogue::table_pages
