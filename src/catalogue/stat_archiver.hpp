#pragma once

#include "catalogue/spec.hpp"

/// WAL archiving. A server that has archived nothing yet has no age of the last archiving. How far it is
/// behind comes from the name of the newest archived file (a backup's history has its segment's name in
/// front), and only where the server archives: a replica does with archive_mode = always alone. What waits,
/// file by file, is archive_status.
namespace pgvigil::catalogue::stat_archiver {

inline constexpr auto kColumns = std::to_array<Column>({
    {"archived_count", Use::counter, "pg_stat_archiver_archived_count", "WAL files archived.", 1, kNoTotal},
    {"failed_count", Use::counter, "pg_stat_archiver_failed_count", "Failed attempts to archive a WAL file.",
     1, kNoTotal},
    {"last_archive_age", Use::gauge, "pg_stat_archiver_last_archive_age",
     "Seconds since a WAL file was last archived."},
    {"last_archived", Use::gauge, "pg_stat_archiver_last_archived_timestamp_seconds",
     "When a WAL file was last archived; no sample if none was."},
    {"last_failed", Use::gauge, "pg_stat_archiver_last_failed_timestamp_seconds",
     "When archiving last failed; no sample if it never did."},
    {"lag_bytes", Use::gauge, "pg_stat_archiver_lag_bytes",
     "WAL since the end of the newest archived file, the unfinished one included."},
    {"stats_reset", Use::gauge, "pg_stat_archiver_stats_reset_timestamp_seconds",
     "When these statistics were last reset."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT a.archived_count, a.failed_count,
       extract(epoch FROM pg_catalog.now() - a.last_archived_time) AS last_archive_age,
       extract(epoch FROM a.last_archived_time) AS last_archived,
       extract(epoch FROM a.last_failed_time) AS last_failed,
       CASE WHEN a.last_archived_wal ~ '^[0-9A-F]{24}'
                 AND pg_catalog.current_setting('archive_mode') IN ('always', n.archiving_mode)
            THEN greatest(0, n.position
                   - ('x' || pg_catalog.substr(a.last_archived_wal, 9, 8))::bit(32)::bigint * 4294967296
                   - (('x' || pg_catalog.substr(a.last_archived_wal, 17, 8))::bit(32)::bigint + 1)
                     * pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')))
       END AS lag_bytes,
       extract(epoch FROM a.stats_reset) AS stats_reset
  FROM pg_catalog.pg_stat_archiver a,
       (SELECT CASE WHEN r.recovering THEN coalesce(pg_catalog.pg_last_wal_receive_lsn(),
                                                    pg_catalog.pg_last_wal_replay_lsn())
                    ELSE pg_catalog.pg_current_wal_lsn() END - '0/0'::pg_lsn AS position,
               CASE WHEN r.recovering THEN 'always' ELSE 'on' END AS archiving_mode
          FROM pg_catalog.pg_is_in_recovery() r(recovering)) n)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "stat_archiver", .queries = kQueries, .columns = kColumns, .minimal = true};

}  // namespace pgvigil::catalogue::stat_archiver
