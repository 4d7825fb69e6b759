#pragma once

#include "catalogue/schema_findings.hpp"
#include "catalogue/spec.hpp"

/// Indexes that cost and do not serve, counted in each database. schema_invalid_indexes and
/// schema_redundant_indexes name them; unused ones are those of stat_user_indexes without scans that nothing
/// requires. Scans are this server's own: a primary does not know those of its standbys.
namespace pgvigil::catalogue::schema_indexes {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"invalid", Use::gauge, "pg_schema_invalid_indexes",
     "Indexes that an unfinished CREATE INDEX, REINDEX or DROP INDEX CONCURRENTLY has left, without those "
     "being built."},
    {"invalid_size", Use::gauge, "pg_schema_invalid_indexes_size_bytes",
     "Disk space of invalid indexes, as of their last vacuum or analyze."},
    {"redundant", Use::gauge, "pg_schema_redundant_indexes",
     "Indexes that begin another index of the same table, or are its twins: the other serves for them."},
    {"redundant_size", Use::gauge, "pg_schema_redundant_indexes_size_bytes",
     "Disk space of redundant indexes, as of their last vacuum or analyze."},
    {"unused", Use::gauge, "pg_schema_unused_indexes",
     "Indexes never scanned on this server since its statistics were reset, without those that keep rows "
     "unique or "
     "that a constraint, partitioned index or replication needs."},
    {"unused_size", Use::gauge, "pg_schema_unused_indexes_size_bytes",
     "Disk space of unused indexes, as of their last vacuum or analyze."},
});

inline constexpr std::string_view kRest = R"(, unused AS (
  SELECT i.*
    FROM indexes i
   WHERE i.valid AND NOT i.required AND NOT i.indisunique AND pg_catalog.pg_stat_get_numscans(i.indexrelid) = 0
)
SELECT pg_catalog.current_database() AS datname,
       (SELECT pg_catalog.count(*) FROM invalid) AS invalid,
       (SELECT coalesce(pg_catalog.sum(f.relpages), 0) FROM invalid f) * pg_catalog.current_setting('block_size')::bigint AS invalid_size,
       (SELECT pg_catalog.count(*) FROM redundant) AS redundant,
       (SELECT coalesce(pg_catalog.sum(f.relpages), 0) FROM redundant f) * pg_catalog.current_setting('block_size')::bigint AS redundant_size,
       (SELECT pg_catalog.count(*) FROM unused) AS unused,
       (SELECT coalesce(pg_catalog.sum(f.relpages), 0) FROM unused f) * pg_catalog.current_setting('block_size')::bigint AS unused_size)";

inline constexpr auto kQueries =
    std::to_array<Query>({{13, kJoined<kWith, kIndexes, kAnd, kInvalid, kAnd, kRedundant, kRest>}});

inline constexpr CollectorSpec kSpec = {.name = "schema_indexes",
                                        .scope = model::Scope::database,
                                        .interval = seconds(300),
                                        .timeout = seconds(10),
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .all_stats = true};

}  // namespace pgvigil::catalogue::schema_indexes
