#pragma once

#include <string_view>

/// What the collectors of a schema's weak points have in common: each is counted for every database, and the
/// biggest are named. All of it from pg_class, pg_index and pg_constraint, nothing is opened; sizes are as of
/// the last vacuum or analyze. Temporary tables and the system's own are left out. Indexes of partitions are
/// their partitioned index's, and neither unused nor redundant here.
namespace pgvigil::catalogue {

inline constexpr std::string_view kWith = "\nWITH ";
inline constexpr std::string_view kAnd = ", ";

/// Every index. `required`: part of a constraint or of a partitioned index, or chosen for replication or
/// CLUSTER. Trees of expressions and of predicates are compared as text, without the place of each word in
/// its statement: pg_get_expr() would open the table.
inline constexpr std::string_view kIndexes = R"(indexes AS (
  SELECT i.indexrelid, i.indrelid, i.indisunique, i.indisvalid AND i.indisready AND i.indislive AS valid,
         i.indisready AS ready, i.indkey::int2[] AS columns, i.indnkeyatts, i.indclass::oid[] AS classes,
         i.indcollation::oid[] AS collations, i.indoption::int2[] AS options,
         pg_catalog.regexp_replace(i.indexprs::text, ':location -?\d+', '', 'g') AS expressions,
         pg_catalog.regexp_replace(i.indpred::text, ':location -?\d+', '', 'g') AS predicate,
         c.relnamespace, c.relname, c.relam, c.relpages,
         i.indisreplident OR i.indisclustered OR c.relispartition
         OR EXISTS (SELECT FROM pg_catalog.pg_constraint n WHERE n.conindid = i.indexrelid) AS required
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
   WHERE c.oid >= 16384 AND c.relkind = 'i' AND c.relpersistence <> 't' AND c.relnamespace <> 'pg_toast'::regnamespace
))";

/// Indexes that do not serve, and that nobody is building: a standby does not see who does, and counts them.
inline constexpr std::string_view kInvalid = R"(invalid AS (
  SELECT i.*
    FROM indexes i
   WHERE NOT i.valid
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p
                      WHERE p.datname = pg_catalog.current_database() AND p.relid = i.indrelid)
))";

/// Indexes that another of the same table makes superfluous: it begins with the same columns in the same
/// order, operator class and collation, and has the same predicate. A unique one is so only beside one that
/// is unique over the same columns. Of twins the older stays, or the one that is required.
inline constexpr std::string_view kRedundant = R"(redundant AS (
  SELECT DISTINCT ON (i.indexrelid) i.*, o.relname AS covered_by
    FROM indexes i
    JOIN indexes o ON o.indrelid = i.indrelid AND o.indexrelid <> i.indexrelid AND o.relam = i.relam
   WHERE i.valid AND o.valid AND NOT i.required AND o.indnkeyatts >= i.indnkeyatts
     AND o.columns[0:i.indnkeyatts - 1] = i.columns[0:i.indnkeyatts - 1]
     AND o.classes[0:i.indnkeyatts - 1] = i.classes[0:i.indnkeyatts - 1]
     AND o.collations[0:i.indnkeyatts - 1] = i.collations[0:i.indnkeyatts - 1]
     AND o.options[0:i.indnkeyatts - 1] = i.options[0:i.indnkeyatts - 1]
     AND i.columns <@ o.columns
     AND o.predicate IS NOT DISTINCT FROM i.predicate AND o.expressions IS NOT DISTINCT FROM i.expressions
     AND CASE WHEN o.indnkeyatts > i.indnkeyatts OR o.indisunique > i.indisunique THEN NOT i.indisunique
              ELSE o.indisunique = i.indisunique
                   AND (o.required OR pg_catalog.cardinality(o.columns) > pg_catalog.cardinality(i.columns)
                        OR pg_catalog.cardinality(o.columns) = pg_catalog.cardinality(i.columns)
                           AND o.indexrelid < i.indexrelid)
                   AND (NOT i.indisunique
                        OR (SELECT pg_catalog.count(DISTINCT pg_catalog.to_jsonb(n) -> 'indnullsnotdistinct') <= 1
                              FROM pg_catalog.pg_index n WHERE n.indexrelid IN (i.indexrelid, o.indexrelid))) END
   ORDER BY i.indexrelid, o.relname
))";

/// Foreign keys whose referencing columns no index begins with, in whatever order: to delete or change a
/// referenced row is to read the whole table. An index over what IS NOT NULL will do, another partial one
/// not.
inline constexpr std::string_view kForeignKeys = R"(foreign_keys AS (
  SELECT f.oid, f.conname, f.conrelid, f.conkey, f.confrelid, f.confkey
    FROM pg_catalog.pg_constraint f
   WHERE f.contype = 'f' AND f.conparentid = 0
), unindexed AS (
  SELECT f.conname, f.conrelid
    FROM foreign_keys f
   WHERE NOT EXISTS (
           SELECT FROM pg_catalog.pg_index i
            WHERE i.indrelid = f.conrelid AND i.indisvalid
              AND f.conkey <@ (i.indkey::int2[])[0:pg_catalog.cardinality(f.conkey) - 1]
              AND pg_catalog.cardinality(f.conkey) <= i.indnkeyatts
              AND (i.indpred IS NULL OR i.indpred::text LIKE '{NULLTEST %:nulltesttype 1 %'))
))";

/// Tables without a primary key and without any other unique index over all of their rows.
inline constexpr std::string_view kKeyless = R"(keyless AS (
  SELECT c.oid, c.relnamespace, c.relname, c.relpages
    FROM pg_catalog.pg_class c
   WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i
                      WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL)
))";

}  // namespace pgvigil::catalogue
