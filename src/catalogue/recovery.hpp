#pragma once

#include "catalogue/spec.hpp"

/// How a standby's replay stands. Its lag in seconds is compared by position: a standby that streams and has
/// replayed all that upstream has is not late, however long upstream has written nothing. One that does not
/// stream cannot know what upstream has, so the age of its newest data counts, and grows. It is at most so
/// late: the last replayed commit may be old because nothing was committed since. 13 does not tell a pause
/// that was asked for from one that has begun. A role that may not see primary_conninfo is told 0 also where
/// it is empty.
namespace pgvigil::catalogue::recovery {

inline constexpr auto kColumns = std::to_array<Column>({
    {"replay_position", Use::counter, "pg_recovery_replay_position_bytes_total",
     "WAL position up to which all is replayed, as bytes since the beginning."},
    {"replay_lag_bytes", Use::gauge, "pg_recovery_replay_lag_bytes",
     "WAL in bytes that is received and not yet replayed."},
    {"replay_lag", Use::gauge, "pg_recovery_replay_lag_seconds",
     "How far replay is behind upstream at most: 0 when it streams and all is replayed, else the age of the "
     "last replayed commit."},
    {"streaming", Use::gauge, "pg_recovery_receiver_streaming",
     "1 while WAL is streamed from upstream; 0 if there is no stream, or it is not up yet. No sample where "
     "primary_conninfo is empty: such a standby has its WAL from an archive alone."},
    {"paused", Use::gauge, "pg_recovery_paused", "1 while replay is paused."},
    {"pause_requested", Use::gauge, "pg_recovery_pause_requested",
     "1 from the moment that a pause of replay was asked for until it is resumed."},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {13, R"(
SELECT r.replayed - '0/0'::pg_lsn AS replay_position,
       greatest(r.received, r.replayed) - r.replayed AS replay_lag_bytes,
       CASE WHEN r.streaming AND r.replayed >= greatest(r.received, r.upstream) THEN 0
            ELSE extract(epoch FROM greatest(pg_catalog.clock_timestamp(), r.replayed_commit) - r.replayed_commit)
        END AS replay_lag,
       CASE WHEN r.streaming THEN 1
            WHEN CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE')
                      THEN pg_catalog.current_setting('primary_conninfo') END = '' THEN NULL
            ELSE 0 END AS streaming,
       r.pause::int AS paused, r.pause::int AS pause_requested
  FROM (SELECT w.latest_end_lsn AS upstream, w.status IS NOT DISTINCT FROM 'streaming' AS streaming,
               pg_catalog.pg_last_wal_receive_lsn() AS received, pg_catalog.pg_last_wal_replay_lsn() AS replayed,
               pg_catalog.pg_last_xact_replay_timestamp() AS replayed_commit,
               pg_catalog.pg_is_wal_replay_paused() AS pause
          FROM (SELECT) one LEFT JOIN pg_catalog.pg_stat_get_wal_receiver() w ON w.pid IS NOT NULL
         WHERE pg_catalog.pg_is_in_recovery()) r)"},
    {14, R"(
SELECT r.replayed - '0/0'::pg_lsn AS replay_position,
       greatest(r.received, r.replayed) - r.replayed AS replay_lag_bytes,
       CASE WHEN r.streaming AND r.replayed >= greatest(r.received, r.upstream) THEN 0
            ELSE extract(epoch FROM greatest(pg_catalog.clock_timestamp(), r.replayed_commit) - r.replayed_commit)
        END AS replay_lag,
       CASE WHEN r.streaming THEN 1
            WHEN CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE')
                      THEN pg_catalog.current_setting('primary_conninfo') END = '' THEN NULL
            ELSE 0 END AS streaming,
       (r.pause = 'paused')::int AS paused, (r.pause <> 'not paused')::int AS pause_requested
  FROM (SELECT w.latest_end_lsn AS upstream, w.status IS NOT DISTINCT FROM 'streaming' AS streaming,
               pg_catalog.pg_last_wal_receive_lsn() AS received, pg_catalog.pg_last_wal_replay_lsn() AS replayed,
               pg_catalog.pg_last_xact_replay_timestamp() AS replayed_commit,
               pg_catalog.pg_get_wal_replay_pause_state() AS pause
          FROM (SELECT) one LEFT JOIN pg_catalog.pg_stat_get_wal_receiver() w ON w.pid IS NOT NULL
         WHERE pg_catalog.pg_is_in_recovery()) r)"},
});

inline constexpr CollectorSpec kSpec = {.name = "recovery",
                                        .role = Role::replica,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .all_stats = true,
                                        .minimal = true};

}  // namespace pgvigil::catalogue::recovery
