#pragma once

#include "catalogue/spec.hpp"

/// How much of the 100 biggest tables is air, estimated without opening them: what their rows would take at
/// their average width, beside the pages that they have. Tables below 1 MiB are left out, and those with a
/// column that was never analyzed. Padding between columns is not known and taken for air: some per cent too
/// much, up to a third in rows of few narrow columns; TOAST is not looked at. pgstattuple
/// would know better, and read the whole table.
///
/// It needs the widths of columns, which pg_monitor does not see on 13 to 18 (pg_stats shows the columns that
/// a role may read): GRANT SELECT (starelid, staattnum, stainherit, stanullfrac, stawidth) ON
/// pg_catalog.pg_statistic in each database, by a superuser. That shows widths and shares of NULL, no value
/// of any row. Off until then.
namespace pgvigil::catalogue::table_bloat {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"bloat", Use::gauge, "pg_table_bloat_bytes",
     "Disk space of the table that its rows do not need, as of its last vacuum and analyze; an estimate, "
     "some per cent "
     "too high, or more in tables of few narrow columns."},
    {"ratio", Use::gauge, "pg_table_bloat_ratio",
     "Share of the table that its rows do not need, as of its last vacuum and analyze; an estimate."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
WITH tables AS MATERIALIZED (
  SELECT c.oid, c.relnamespace, c.relname, c.relpages, c.reltuples, c.relnatts,
         pg_catalog.current_setting('block_size')::bigint AS page,
         coalesce((SELECT pg_catalog.split_part(o, '=', 2)::int
                     FROM pg_catalog.unnest(c.reloptions) o WHERE o LIKE 'fillfactor=%'), 100) AS fillfactor
    FROM pg_catalog.pg_class c
   WHERE c.oid >= 16384 AND c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.reltuples > 0
     AND c.relpages >= 1048576 / pg_catalog.current_setting('block_size')::bigint
   ORDER BY c.relpages DESC, c.oid
   LIMIT 100
), rows AS (
  SELECT t.oid, t.relnamespace, t.relname, t.relpages, t.reltuples, t.page * t.fillfactor / 100 - 24 AS room, t.page,
         4 + 8 * pg_catalog.ceil((8 * pg_catalog.ceil((23 + CASE WHEN w.nulls THEN (t.relnatts + 7) / 8 ELSE 0 END) / 8.0)
                                  + w.width) / 8) AS length
    FROM tables t
    JOIN (SELECT s.starelid, pg_catalog.sum((1 - s.stanullfrac) * s.stawidth) AS width,
                 pg_catalog.bool_or(s.stanullfrac > 0) AS nulls, pg_catalog.count(*) AS columns
            FROM pg_catalog.pg_statistic s
           WHERE s.starelid IN (SELECT t.oid FROM tables t) AND NOT s.stainherit
           GROUP BY s.starelid) w ON w.starelid = t.oid
   WHERE w.columns >= (SELECT pg_catalog.count(*)
                         FROM pg_catalog.pg_attribute a
                        WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v')
), needed AS (
  SELECT r.*, least(r.relpages, pg_catalog.ceil(r.reltuples / greatest(1, pg_catalog.floor(r.room / r.length)))) AS pages
    FROM rows r
)
SELECT pg_catalog.current_database() AS datname, n.nspname AS schemaname, e.relname,
       (e.relpages - e.pages) * e.page AS bloat, 1 - e.pages / e.relpages AS ratio
  FROM needed e
  JOIN pg_catalog.pg_namespace n ON n.oid = e.relnamespace
 ORDER BY bloat DESC, e.oid)"}});

inline constexpr CollectorSpec kSpec = {.name = "table_bloat",
                                        .scope = model::Scope::database,
                                        .interval = seconds(300),
                                        .timeout = seconds(10),
                                        .max_rows = 100,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .enabled = false};

}  // namespace pgvigil::catalogue::table_bloat
