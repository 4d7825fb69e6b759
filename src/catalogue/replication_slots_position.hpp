#pragma once

#include "catalogue/spec.hpp"

/// Positions of each replication slot, as bytes since the beginning of WAL. Only logical slots confirm a
/// position, and safe_wal_size is there only where max_slot_wal_keep_size limits the slot.
namespace pgvigil::catalogue::replication_slots_position {

inline constexpr auto kColumns = std::to_array<Column>({
    {"slot_name"},
    {"slot_type"},
    {"current_wal_lsn", Use::gauge, "pg_replication_slots_slot_current_wal_lsn",
     "Newest WAL position of the server."},
    {"confirmed_flush_lsn", Use::gauge, "pg_replication_slots_slot_confirmed_flush_lsn",
     "Position up to which the slot's consumer has confirmed to have everything."},
    {"is_active", Use::gauge, "pg_replication_slots_slot_is_active",
     "1 while somebody streams from the slot."},
    {"safe_wal_size_bytes", Use::gauge, "pg_replication_slots_safe_wal_size_bytes",
     "WAL that can be written before the slot is in danger of being lost."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT s.slot_name, s.slot_type,
       CASE WHEN pg_catalog.pg_is_in_recovery()
            THEN coalesce(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
            ELSE pg_catalog.pg_current_wal_lsn() END - '0/0'::pg_lsn AS current_wal_lsn,
       s.confirmed_flush_lsn - '0/0'::pg_lsn AS confirmed_flush_lsn,
       s.active::int AS is_active,
       s.safe_wal_size AS safe_wal_size_bytes
  FROM pg_catalog.pg_replication_slots s
 ORDER BY s.restart_lsn NULLS LAST, s.slot_name)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "replication_slots_position", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::replication_slots_position
