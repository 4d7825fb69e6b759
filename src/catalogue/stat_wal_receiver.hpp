#pragma once

#include "catalogue/spec.hpp"

/// A standby's stream from its upstream. The host is the one that it is connected to, of several perhaps.
/// Positions
/// and times are gauges here; postgres_exporter calls them counters.
namespace pgvigil::catalogue::stat_wal_receiver {

inline constexpr auto kColumns = std::to_array<Column>({
    {"upstream_host"},
    {"slot_name"},
    {"status"},
    {"receive_start_lsn", Use::gauge, "pg_stat_wal_receiver_receive_start_lsn",
     "WAL position, as bytes since the beginning, where the stream began."},
    {"receive_start_tli", Use::gauge, "pg_stat_wal_receiver_receive_start_tli",
     "Timeline on which the stream began."},
    {"written_lsn", Use::gauge, "pg_stat_wal_receiver_written_lsn",
     "WAL position, as bytes since the beginning, up to which all is received and written."},
    {"flushed_lsn", Use::gauge, "pg_stat_wal_receiver_flushed_lsn",
     "WAL position, as bytes since the beginning, up to which all is received and flushed."},
    {"received_tli", Use::gauge, "pg_stat_wal_receiver_received_tli",
     "Timeline of the WAL that was flushed last."},
    {"last_msg_send_time", Use::gauge, "pg_stat_wal_receiver_last_msg_send_time",
     "When upstream sent its last message, by upstream's clock, in seconds since the epoch."},
    {"last_msg_receipt_time", Use::gauge, "pg_stat_wal_receiver_last_msg_receipt_time",
     "When that message was received, in seconds since the epoch."},
    {"latest_end_lsn", Use::gauge, "pg_stat_wal_receiver_latest_end_lsn",
     "Upstream's newest WAL position by its last message, as bytes since the beginning."},
    {"latest_end_time", Use::gauge, "pg_stat_wal_receiver_latest_end_time",
     "When that position was first told, in seconds since the epoch."},
    {"upstream_node", Use::gauge, "pg_stat_wal_receiver_upstream_node",
     "Node number of upstream, where the slot's name is repmgr's."},
    {"flush_lag_bytes", Use::gauge, "pg_stat_wal_receiver_flush_lag_bytes",
     "WAL in bytes that upstream has by its last message and that is not flushed here yet."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT w.sender_host AS upstream_host, w.slot_name, w.status,
       w.receive_start_lsn - '0/0'::pg_lsn AS receive_start_lsn, w.receive_start_tli,
       w.written_lsn - '0/0'::pg_lsn AS written_lsn, w.flushed_lsn - '0/0'::pg_lsn AS flushed_lsn, w.received_tli,
       extract(epoch FROM w.last_msg_send_time) AS last_msg_send_time,
       extract(epoch FROM w.last_msg_receipt_time) AS last_msg_receipt_time,
       w.latest_end_lsn - '0/0'::pg_lsn AS latest_end_lsn,
       extract(epoch FROM w.latest_end_time) AS latest_end_time,
       pg_catalog.substring(w.slot_name, '^repmgr_slot_([0-9]+)$') AS upstream_node,
       greatest(w.latest_end_lsn, w.flushed_lsn) - w.flushed_lsn AS flush_lag_bytes
  FROM pg_catalog.pg_stat_wal_receiver w)"}});

inline constexpr CollectorSpec kSpec = {.name = "stat_wal_receiver",
                                        .role = Role::replica,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .all_stats = true};

}  // namespace pgvigil::catalogue::stat_wal_receiver
