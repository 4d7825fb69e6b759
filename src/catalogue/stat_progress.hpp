#pragma once

#include "catalogue/spec.hpp"

/// How far the commands have come that report their progress. What is counted depends on the phase, and
/// `unit` says it; a phase that tells no figures has the number of commands alone. COPY and BASE_BACKUP may
/// run more than once on the same: they are one series, the sums. A table of another database has no name
/// here, so its oid stands for it. COPY is there from 14 on, indexes of a VACUUM from 17 on.
namespace pgvigil::catalogue::stat_progress {

inline constexpr auto kColumns = std::to_array<Column>({
    {"command"},
    {"datname"},
    {"relname"},
    {"phase"},
    {"unit"},
    {"commands", Use::gauge, "pg_stat_progress_commands", "Commands that are in this phase."},
    {"done", Use::gauge, "pg_stat_progress_done",
     "What of this phase is done, counted in the label's unit: blocks, tuples, bytes, indexes, lockers "
     "(transactions "
     "waited for), tables, statistics."},
    {"expected", Use::gauge, "pg_stat_progress_expected",
     "What is to be done in this phase, in the same unit; no sample where the server does not know."},
    {"ratio", Use::gauge, "pg_stat_progress_ratio",
     "Share of this phase that is done, 0 to 1; no sample where the server does not know the whole."},
});

inline constexpr std::string_view kHead = R"(
SELECT p.command, p.datname,
       CASE WHEN p.datname = pg_catalog.current_database()
            THEN nullif(p.relid, 0)::regclass::text ELSE nullif(p.relid, 0)::text END AS relname,
       p.phase, p.unit, pg_catalog.count(*) AS commands, sum(p.done) AS done,
       CASE WHEN bool_and(p.expected > 0) THEN sum(p.expected) END AS expected,
       CASE WHEN bool_and(p.expected > 0)
            THEN least(1, sum(p.done)::double precision / sum(p.expected)::double precision) END AS ratio
  FROM (SELECT 'VACUUM' AS command, v.datname, v.relid, v.phase, u.unit, u.done, u.expected
          FROM pg_catalog.pg_stat_progress_vacuum v
          LEFT JOIN LATERAL (VALUES
)";
inline constexpr std::string_view kIndexesOfVacuum =
    R"(                                ('vacuuming indexes', 'indexes', v.indexes_processed, v.indexes_total),
                                ('cleaning up indexes', 'indexes', v.indexes_processed, v.indexes_total),
)";
inline constexpr std::string_view kOthers =
    R"(                                ('scanning heap', 'blocks', v.heap_blks_scanned, v.heap_blks_total),
                                ('vacuuming heap', 'blocks', v.heap_blks_vacuumed, v.heap_blks_total)
                            ) u(phase, unit, done, expected) ON u.phase = v.phase
         UNION ALL
        SELECT 'ANALYZE', a.datname, a.relid, a.phase, u.unit, u.done, u.expected
          FROM pg_catalog.pg_stat_progress_analyze a
          LEFT JOIN LATERAL (VALUES
                                ('acquiring sample rows', 'blocks', a.sample_blks_scanned, a.sample_blks_total),
                                ('acquiring inherited sample rows', 'tables', a.child_tables_done, a.child_tables_total),
                                ('computing extended statistics', 'statistics', a.ext_stats_computed, a.ext_stats_total)
                            ) u(phase, unit, done, expected) ON u.phase = a.phase
         UNION ALL
        SELECT i.command, i.datname, i.relid, i.phase, u.unit, u.done, u.expected
          FROM pg_catalog.pg_stat_progress_create_index i
          LEFT JOIN LATERAL (VALUES
                                ('lockers', i.lockers_done, i.lockers_total),
                                ('blocks', i.blocks_done, i.blocks_total),
                                ('tuples', i.tuples_done, i.tuples_total)
                            ) u(unit, done, expected)
            ON u.unit = CASE WHEN i.phase LIKE 'waiting for %' THEN 'lockers' WHEN i.blocks_total > 0 THEN 'blocks'
                             WHEN i.tuples_total > 0 THEN 'tuples' END
         UNION ALL
        SELECT c.command, c.datname, c.relid, c.phase, u.unit, u.done, u.expected
          FROM pg_catalog.pg_stat_progress_cluster c
          LEFT JOIN LATERAL (VALUES
                                ('seq scanning heap', 'blocks', c.heap_blks_scanned, c.heap_blks_total),
                                ('index scanning heap', 'tuples', c.heap_tuples_scanned, NULL),
                                ('writing new heap', 'tuples', c.heap_tuples_written, c.heap_tuples_scanned),
                                ('rebuilding index', 'indexes', c.index_rebuild_count, NULL)
                            ) u(phase, unit, done, expected) ON u.phase = c.phase
         UNION ALL
        SELECT 'BASE_BACKUP', NULL, NULL, b.phase, 'bytes', b.backup_streamed, b.backup_total
          FROM pg_catalog.pg_stat_progress_basebackup b)";
inline constexpr std::string_view kCopy = R"(
         UNION ALL
        SELECT c.command, c.datname, c.relid, 'copying', 'bytes', c.bytes_processed, c.bytes_total
          FROM pg_catalog.pg_stat_progress_copy c)";
inline constexpr std::string_view kTail = R"() p
 GROUP BY 1, 2, 3, 4, 5
 ORDER BY expected DESC NULLS LAST, 1, 2, 3, 4, 5)";

inline constexpr auto kQueries = std::to_array<Query>({
    {13, kJoined<kHead, kOthers, kTail>},
    {14, kJoined<kHead, kOthers, kCopy, kTail>},
    {17, kJoined<kHead, kIndexesOfVacuum, kOthers, kCopy, kTail>},
});

inline constexpr CollectorSpec kSpec = {
    .name = "stat_progress", .queries = kQueries, .columns = kColumns, .all_stats = true};

}  // namespace pgvigil::catalogue::stat_progress
