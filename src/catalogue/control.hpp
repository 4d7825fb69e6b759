#pragma once

#include "catalogue/spec.hpp"

/// The last checkpoint, as pg_control has it, beside where WAL and transaction ids are now. On a replica the
/// checkpoint is its last restartpoint, and the position is what it has replayed. postgres_exporter has
/// pg_xlog_location_bytes on servers before 10 only, cut to 52 bits, which a float still tells apart.
namespace pgvigil::catalogue::control {

inline constexpr auto kColumns = std::to_array<Column>({
    {"checkpoint_time", Use::gauge, "pg_control_checkpoint_timestamp_seconds",
     "When the last checkpoint (on a replica, restartpoint) was begun."},
    {"redo_bytes", Use::counter, "pg_control_redo_position_bytes_total",
     "WAL position from which recovery would begin, as bytes since the beginning."},
    {"wal_since_redo", Use::gauge, "pg_control_wal_since_redo_bytes",
     "WAL that recovery would have to replay if the server crashed now."},
    {"timeline", Use::gauge, "pg_control_timeline_id", "Timeline of the last checkpoint."},
    {"multixact_ids", Use::counter, "pg_multixact_ids_assigned_total",
     "Multixact ids assigned by the last checkpoint; they begin again after 2^32."},
    {"multixact_members", Use::counter, "pg_multixact_members_assigned_total",
     "Members of multixacts stored by the last checkpoint; they begin again after 2^32."},
    {"transaction_ids", Use::counter, "pg_transaction_ids_assigned_total",
     "Transaction ids assigned since the beginning, up to the newest that has ended."},
    {"location", Use::gauge, "pg_xlog_location_bytes",
     "WAL position written, on a replica replayed, as bytes since the beginning; the lowest 52 bits."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT extract(epoch FROM c.checkpoint_time) AS checkpoint_time, c.redo_lsn - '0/0'::pg_lsn AS redo_bytes,
       greatest(0, n.position - c.redo_lsn) AS wal_since_redo, c.timeline_id AS timeline,
       c.next_multixact_id AS multixact_ids, c.next_multi_offset AS multixact_members,
       pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot()) AS transaction_ids,
       (n.position - '0/0'::pg_lsn) % 4503599627370496 AS location
  FROM pg_catalog.pg_control_checkpoint() c,
       (SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                    ELSE pg_catalog.pg_current_wal_lsn() END AS position) n)"}});

inline constexpr CollectorSpec kSpec = {.name = "control", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::control
