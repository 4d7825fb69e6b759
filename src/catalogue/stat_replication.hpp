#pragma once

#include "catalogue/spec.hpp"

/// Standbys and others that stream from this server. Two of one name, address, state and slot are one series,
/// that of the one farther behind: a pid as label, as newer postgres_exporters have, makes a new series of
/// every reconnection. Each lag is the whole way from here: they overlap, and are not to be summed. Those in
/// seconds are what the standby reported last; one that has caught up while nothing is written has none, and
/// no sample; one that stands still reports no new one: that shows in the bytes, and in the time of its
/// reply.
namespace pgvigil::catalogue::stat_replication {

inline constexpr auto kColumns = std::to_array<Column>({
    {"application_name"},
    {"client_addr"},
    {"state"},
    {"slot_name"},
    {"pg_current_wal_lsn_bytes", Use::gauge, "pg_stat_replication_pg_current_wal_lsn_bytes",
     "Newest WAL position of this server, as bytes since the beginning."},
    {"pg_wal_lsn_diff", Use::gauge, "pg_stat_replication_pg_wal_lsn_diff",
     "WAL in bytes that the standby has not replayed yet."},
    {"write_lag", Use::gauge, "pg_stat_replication_write_lag_seconds",
     "Time until the standby confirmed to have written recent WAL."},
    {"flush_lag", Use::gauge, "pg_stat_replication_flush_lag_seconds",
     "Time until the standby confirmed to have flushed recent WAL."},
    {"replay_lag", Use::gauge, "pg_stat_replication_replay_lag_seconds",
     "Time until the standby confirmed to have replayed recent WAL."},
    {"sent_lag_bytes", Use::gauge, "pg_stat_replication_sent_lag_bytes",
     "WAL in bytes that has not been sent to the standby yet."},
    {"write_lag_bytes", Use::gauge, "pg_stat_replication_write_lag_bytes",
     "WAL in bytes that the standby has not written yet, sent or not."},
    {"flush_lag_bytes", Use::gauge, "pg_stat_replication_flush_lag_bytes",
     "WAL in bytes that the standby has not flushed yet, written or not."},
    {"replay_lag_bytes", Use::gauge, "pg_stat_replication_replay_lag_bytes",
     "WAL in bytes that the standby has not replayed yet, flushed or not."},
    {"synchronous", Use::gauge, "pg_stat_replication_synchronous",
     "1 where commits wait for this standby, alone or as one of a quorum; 0 if it is asynchronous or a "
     "spare."},
    {"sync_priority", Use::gauge, "pg_stat_replication_sync_priority",
     "Its place among those that could be synchronous, 1 the first; 0 if it is asynchronous."},
    {"reply_time", Use::gauge, "pg_stat_replication_reply_timestamp_seconds",
     "When the standby sent its last reply, by the standby's clock, since the epoch."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT r.application_name, pg_catalog.host(r.client_addr) AS client_addr, r.state, s.slot_name,
       max(w.newest - '0/0'::pg_lsn) AS pg_current_wal_lsn_bytes,
       max(greatest(w.newest, r.replay_lsn) - r.replay_lsn) AS pg_wal_lsn_diff,
       extract(epoch FROM max(r.write_lag)) AS write_lag,
       extract(epoch FROM max(r.flush_lag)) AS flush_lag,
       extract(epoch FROM max(r.replay_lag)) AS replay_lag,
       max(greatest(w.newest, r.sent_lsn) - r.sent_lsn) AS sent_lag_bytes,
       max(greatest(w.newest, r.write_lsn) - r.write_lsn) AS write_lag_bytes,
       max(greatest(w.newest, r.flush_lsn) - r.flush_lsn) AS flush_lag_bytes,
       max(greatest(w.newest, r.replay_lsn) - r.replay_lsn) AS replay_lag_bytes,
       max((r.sync_state IN ('sync', 'quorum'))::int) AS synchronous,
       max(r.sync_priority) AS sync_priority,
       extract(epoch FROM min(r.reply_time)) AS reply_time
  FROM pg_catalog.pg_stat_replication r
  LEFT JOIN pg_catalog.pg_replication_slots s ON s.active_pid = r.pid
 CROSS JOIN (SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
                         THEN coalesce(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
                         ELSE pg_catalog.pg_current_wal_lsn() END AS newest) w
 GROUP BY 1, 2, 3, 4
 ORDER BY pg_wal_lsn_diff DESC NULLS LAST, 1, 2, 3, 4)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "stat_replication", .queries = kQueries, .columns = kColumns, .all_stats = true, .minimal = true};

}  // namespace pgvigil::catalogue::stat_replication
