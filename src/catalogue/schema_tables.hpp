#pragma once

#include "catalogue/schema_findings.hpp"
#include "catalogue/spec.hpp"

/// What is missing or switched off in the tables of each database, counted. schema_keyless_tables and
/// schema_unindexed_foreign_keys name some.
namespace pgvigil::catalogue::schema_tables {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"keyless", Use::gauge, "pg_schema_keyless_tables",
     "Tables without a primary key or another unique index over all of their rows."},
    {"unidentified", Use::gauge, "pg_schema_tables_without_replica_identity",
     "Tables whose rows have no replica identity: once published, their rows cannot be updated or deleted."},
    {"unindexed", Use::gauge, "pg_schema_unindexed_foreign_keys",
     "Foreign keys whose referencing columns begin no index: deleting a row that is referred to reads the "
     "whole table."},
    {"mistyped", Use::gauge, "pg_schema_mistyped_foreign_keys",
     "Foreign keys with a column of another type than the one that it refers to."},
    {"unvalidated", Use::gauge, "pg_schema_unvalidated_constraints",
     "Constraints that are NOT VALID: rows that were there before may break them."},
    {"triggers_off", Use::gauge, "pg_schema_disabled_triggers",
     "Triggers that are disabled, with those by which foreign keys are enforced."},
    {"autovacuum_off", Use::gauge, "pg_schema_tables_without_autovacuum",
     "Tables whose storage parameters switch autovacuum off."},
    {"catalog_size", Use::gauge, "pg_schema_catalog_size_bytes",
     "Disk space of the system's own tables and indexes, as of their last vacuum or analyze."},
});

inline constexpr std::string_view kRest = R"(
SELECT pg_catalog.current_database() AS datname,
       (SELECT pg_catalog.count(*) FROM keyless) AS keyless,
       (SELECT pg_catalog.count(*)
          FROM pg_catalog.pg_class c
         WHERE c.oid >= 16384 AND c.relkind = 'r' AND c.relpersistence = 'p'
           AND (c.relreplident = 'n'
                OR c.relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i
                                                         WHERE i.indrelid = c.oid AND i.indisprimary AND i.indisvalid)
                OR c.relreplident = 'i' AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i
                                                         WHERE i.indrelid = c.oid AND i.indisreplident))) AS unidentified,
       (SELECT pg_catalog.count(*) FROM unindexed) AS unindexed,
       (SELECT pg_catalog.count(*)
          FROM foreign_keys f
         WHERE EXISTS (SELECT FROM ROWS FROM (pg_catalog.unnest(f.conkey), pg_catalog.unnest(f.confkey)) AS pair(own, other)
                         JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = pair.own
                         JOIN pg_catalog.pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = pair.other
                        WHERE a.atttypid <> b.atttypid)) AS mistyped,
       (SELECT pg_catalog.count(*)
          FROM pg_catalog.pg_constraint n WHERE NOT n.convalidated AND n.conparentid = 0) AS unvalidated,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger t WHERE t.tgenabled = 'D') AS triggers_off,
       (SELECT pg_catalog.count(*)
          FROM pg_catalog.pg_class c
         WHERE c.reloptions IS NOT NULL AND c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
           AND EXISTS (SELECT FROM pg_catalog.unnest(c.reloptions) o
                        WHERE o ~* '^autovacuum_enabled=(f|n|of|0)')) AS autovacuum_off,
       (SELECT coalesce(pg_catalog.sum(c.relpages), 0)
          FROM pg_catalog.pg_class c WHERE c.oid < 16384) * pg_catalog.current_setting('block_size')::bigint AS catalog_size)";

inline constexpr auto kQueries =
    std::to_array<Query>({{13, kJoined<kWith, kForeignKeys, kAnd, kKeyless, kRest>}});

inline constexpr CollectorSpec kSpec = {.name = "schema_tables",
                                        .scope = model::Scope::database,
                                        .interval = seconds(300),
                                        .timeout = seconds(10),
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::schema_tables
