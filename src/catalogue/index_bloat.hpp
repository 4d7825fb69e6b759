#pragma once

#include "catalogue/spec.hpp"

/// How much of the 100 biggest B-tree indexes is air, estimated as table_bloat does it, and with the same
/// right. Indexes below 1 MiB are left out. Equal keys are kept once since 13, which is not known here: an
/// index of many equal keys has more air than it seems to.
namespace pgvigil::catalogue::index_bloat {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"indexrelname"},
    {"bloat", Use::gauge, "pg_index_bloat_bytes",
     "Disk space of the B-tree index that its entries do not need, as of its last vacuum and analyze; an "
     "estimate, too "
     "low where many keys are equal."},
    {"ratio", Use::gauge, "pg_index_bloat_ratio",
     "Share of the B-tree index that its entries do not need, as of its last vacuum and analyze; an "
     "estimate."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
WITH indexes AS MATERIALIZED (
  SELECT c.oid, i.indrelid, i.indkey, c.relnamespace, c.relname, c.relpages, c.reltuples,
         pg_catalog.current_setting('block_size')::bigint AS page,
         coalesce((SELECT pg_catalog.split_part(o, '=', 2)::int
                     FROM pg_catalog.unnest(c.reloptions) o WHERE o LIKE 'fillfactor=%'), 90) AS fillfactor
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
    JOIN pg_catalog.pg_am m ON m.oid = c.relam AND m.amname = 'btree'
   WHERE c.oid >= 16384 AND c.relkind = 'i' AND c.relpersistence <> 't' AND c.reltuples > 0
     AND c.relnamespace <> 'pg_toast'::regnamespace AND c.relpages >= 1048576 / pg_catalog.current_setting('block_size')::bigint
   ORDER BY c.relpages DESC, c.oid
   LIMIT 100
), entries AS (
  SELECT i.oid, i.indrelid, i.relnamespace, i.relname, i.relpages, i.reltuples, i.page,
         i.page * i.fillfactor / 100 - 40 AS room,
         4 + 8 * pg_catalog.ceil((CASE WHEN w.nulls THEN 16 ELSE 8 END + w.width) / 8) AS length
    FROM indexes i
   CROSS JOIN LATERAL (
           SELECT pg_catalog.sum((1 - s.stanullfrac) * s.stawidth) AS width, pg_catalog.bool_or(s.stanullfrac > 0) AS nulls
             FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
             LEFT JOIN pg_catalog.pg_statistic s
               ON s.starelid = CASE k.number WHEN 0 THEN i.oid ELSE i.indrelid END
              AND s.staattnum = CASE k.number WHEN 0 THEN k.place ELSE k.number END AND NOT s.stainherit
           HAVING pg_catalog.count(*) = pg_catalog.count(s.starelid)) w
), needed AS (
  SELECT e.*, least(e.relpages, 1 + pg_catalog.ceil(e.reltuples / greatest(1, pg_catalog.floor(e.room / e.length) - 1))) AS pages
    FROM entries e
)
SELECT pg_catalog.current_database() AS datname, n.nspname AS schemaname, t.relname, e.relname AS indexrelname,
       (e.relpages - e.pages) * e.page AS bloat, 1 - e.pages / e.relpages AS ratio
  FROM needed e
  JOIN pg_catalog.pg_class t ON t.oid = e.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = e.relnamespace
 ORDER BY bloat DESC, e.oid)"}});

inline constexpr CollectorSpec kSpec = {.name = "index_bloat",
                                        .scope = model::Scope::database,
                                        .interval = seconds(300),
                                        .timeout = seconds(10),
                                        .max_rows = 100,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .enabled = false};

}  // namespace pgvigil::catalogue::index_bloat
