#pragma once

#include "catalogue/spec.hpp"

/// How far sequences are from their end: the nearer of their own and that of the narrowest integer column
/// that owns them or takes its default from them. What cycles has no end. Temporary ones are left out, and
/// unlogged ones on a standby, which has none of their data. Of more than 2,000 those of the shortest way are
/// read, the others only counted among the rows that are cut: a backend keeps the memory of each sequence
/// that it has opened, 14 kB. One that somebody alters is not read meanwhile: that would wait for his commit.
///
/// To see where a sequence stands takes a privilege that pg_monitor does not have, on 13 to 18 alike
/// (pg_sequences shows NULL): GRANT SELECT ON SEQUENCE, or ON ALL SEQUENCES IN SCHEMA, and ALTER DEFAULT
/// PRIVILEGES for those to come. It shows that one number, and does not allow nextval(). Sequences without it
/// have no sample. One that was set back by RESTART or setval(…, false) looks unused until its next value.
namespace pgvigil::catalogue::sequences {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"sequencename"},
    {"used", Use::gauge, "pg_sequence_used_ratio",
     "How far the sequence has gone to its end or its column's, whichever is nearer: 1 has no value left."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
WITH locked AS MATERIALIZED (
  SELECT l.relation
    FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_database d ON d.oid = l.database
   WHERE l.locktype = 'relation' AND d.datname = pg_catalog.current_database()
     AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
), columns AS (
  SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS number
    FROM pg_catalog.pg_depend d
   WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
     AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
   UNION
  SELECT d.refobjid, f.adrelid, f.adnum
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
   WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
), narrowest AS (
  SELECT c.sequence, min(i.largest) AS largest
    FROM columns c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.relation AND a.attnum = c.number
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    JOIN (VALUES ('pg_catalog.int2'::regtype, 32767), ('pg_catalog.int4', 2147483647)) i(type, largest)
      ON i.type = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
   GROUP BY c.sequence
), ways AS (
  SELECT c.oid, n.nspname AS schemaname, c.relname AS sequencename,
         CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END AS first,
         CASE WHEN s.seqincrement > 0 THEN least(s.seqmax, w.largest)::numeric - s.seqmin + 1
              ELSE s.seqmax - greatest(s.seqmin, -w.largest - 1)::numeric + 1 END AS length
    FROM pg_catalog.pg_sequence s
    JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN narrowest w ON w.sequence = s.seqrelid
   WHERE NOT s.seqcycle
     AND (c.relpersistence = 'p' OR c.relpersistence = 'u' AND NOT pg_catalog.pg_is_in_recovery())
     AND CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT, USAGE') END
     AND c.oid NOT IN (SELECT relation FROM locked)
), ranked AS (
  SELECT w.*, pg_catalog.row_number() OVER (ORDER BY w.length, w.oid) <= 2000 AS read
    FROM ways w
)
SELECT pg_catalog.current_database() AS datname, g.schemaname, g.sequencename,
       CASE WHEN NOT g.read THEN NULL
            WHEN g.gone IS NULL THEN 0
            WHEN g.length <= 0 THEN 1
            ELSE least(1, (g.gone + 1) / g.length) END::float8 AS used
  FROM (SELECT r.*, CASE WHEN r.read
                         THEN pg_catalog.abs(pg_catalog.pg_sequence_last_value(r.oid)::numeric - r.first) END AS gone
          FROM ranked r) g
 ORDER BY used DESC NULLS LAST, g.schemaname, g.sequencename)"}});

inline constexpr CollectorSpec kSpec = {.name = "sequences",
                                        .scope = model::Scope::database,
                                        .interval = seconds(60),
                                        .max_rows = 500,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .minimal = true};

}  // namespace pgvigil::catalogue::sequences
