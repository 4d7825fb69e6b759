#pragma once

#include "catalogue/spec.hpp"

/// Running vacuums. A table of another database has no name here, so its oid stands for it. 17 counts the
/// memory for dead tuples in bytes: there postgres_exporter's *_dead_tuples, which would then hold bytes,
/// have no sample.
namespace pgvigil::catalogue::stat_progress_vacuum {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"relname"},
    {"heap_blks_total", Use::gauge, "pg_stat_progress_vacuum_heap_blks", "Blocks of the table."},
    {"heap_blks_scanned", Use::gauge, "pg_stat_progress_vacuum_heap_blks_scanned", "Blocks scanned so far."},
    {"heap_blks_vacuumed", Use::gauge, "pg_stat_progress_vacuum_heap_blks_vacuumed",
     "Blocks vacuumed so far."},
    {"index_vacuum_count", Use::gauge, "pg_stat_progress_vacuum_index_vacuums",
     "Rounds over the indexes completed so far."},
    {"max_dead_tuples", Use::gauge, "pg_stat_progress_vacuum_max_dead_tuples",
     "Dead tuples that fit into memory before the indexes must be vacuumed (up to 16)."},
    {"num_dead_tuples", Use::gauge, "pg_stat_progress_vacuum_num_dead_tuples",
     "Dead tuples collected since the last round over the indexes (up to 16)."},
    {"max_dead_tuple_bytes", Use::gauge, "pg_stat_progress_vacuum_max_dead_tuple_bytes",
     "Memory for dead tuples before the indexes must be vacuumed (17+)."},
    {"dead_tuple_bytes", Use::gauge, "pg_stat_progress_vacuum_dead_tuple_bytes",
     "Memory taken by dead tuples since the last round over the indexes (17+)."},
    {"num_dead_item_ids", Use::gauge, "pg_stat_progress_vacuum_dead_item_ids",
     "Dead item identifiers collected since the last round over the indexes (17+)."},
    {"indexes_total", Use::gauge, "pg_stat_progress_vacuum_indexes",
     "Indexes to be vacuumed or cleaned up in this phase (17+)."},
    {"indexes_processed", Use::gauge, "pg_stat_progress_vacuum_indexes_processed",
     "Indexes vacuumed or cleaned up in this phase (17+)."},
    {"delay_time", Use::gauge, "pg_stat_progress_vacuum_delay_seconds",
     "Time slept so far because of vacuum_cost_delay, with track_cost_delay_timing (18+).", 0.001},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {13, R"(
SELECT v.datname,
       CASE WHEN v.datname = pg_catalog.current_database()
            THEN v.relid::regclass::text ELSE v.relid::text END AS relname,
       v.heap_blks_total, v.heap_blks_scanned, v.heap_blks_vacuumed, v.index_vacuum_count,
       v.max_dead_tuples, v.num_dead_tuples, NULL::bigint AS max_dead_tuple_bytes, NULL::bigint AS dead_tuple_bytes,
       NULL::bigint AS num_dead_item_ids, NULL::bigint AS indexes_total, NULL::bigint AS indexes_processed,
       NULL::double precision AS delay_time
  FROM pg_catalog.pg_stat_progress_vacuum v
 WHERE v.relid IS NOT NULL
 ORDER BY v.heap_blks_total DESC, v.relid)"},
    {17, R"(
SELECT v.datname,
       CASE WHEN v.datname = pg_catalog.current_database()
            THEN v.relid::regclass::text ELSE v.relid::text END AS relname,
       v.heap_blks_total, v.heap_blks_scanned, v.heap_blks_vacuumed, v.index_vacuum_count,
       NULL::bigint AS max_dead_tuples, NULL::bigint AS num_dead_tuples, v.max_dead_tuple_bytes, v.dead_tuple_bytes,
       v.num_dead_item_ids, v.indexes_total, v.indexes_processed, NULL::double precision AS delay_time
  FROM pg_catalog.pg_stat_progress_vacuum v
 WHERE v.relid IS NOT NULL
 ORDER BY v.heap_blks_total DESC, v.relid)"},
    {18, R"(
SELECT v.datname,
       CASE WHEN v.datname = pg_catalog.current_database()
            THEN v.relid::regclass::text ELSE v.relid::text END AS relname,
       v.heap_blks_total, v.heap_blks_scanned, v.heap_blks_vacuumed, v.index_vacuum_count,
       NULL::bigint AS max_dead_tuples, NULL::bigint AS num_dead_tuples, v.max_dead_tuple_bytes, v.dead_tuple_bytes,
       v.num_dead_item_ids, v.indexes_total, v.indexes_processed, v.delay_time
  FROM pg_catalog.pg_stat_progress_vacuum v
 WHERE v.relid IS NOT NULL
 ORDER BY v.heap_blks_total DESC, v.relid)"},
});

inline constexpr CollectorSpec kSpec = {
    .name = "stat_progress_vacuum", .queries = kQueries, .columns = kColumns, .all_stats = true};

}  // namespace pgvigil::catalogue::stat_progress_vacuum
