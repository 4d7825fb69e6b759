#pragma once

#include "catalogue/spec.hpp"

/// Whether the WAL that a slot needs is still there. A slot that never reserved WAL has no status.
namespace pgvigil::catalogue::replication_slots_wal_status {

inline constexpr auto kColumns = std::to_array<Column>({
    {"slot_name"},
    {"slot_type"},
    {"wal_status"},
    {"present", Use::gauge, "pg_replication_slots_wal_status",
     "Always 1: the label says whether the slot's WAL is reserved, extended, unreserved or lost."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT s.slot_name, s.slot_type, s.wal_status, 1 AS present
  FROM pg_catalog.pg_replication_slots s
 WHERE s.wal_status IS NOT NULL
 ORDER BY s.restart_lsn NULLS LAST, s.slot_name)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "replication_slots_wal_status", .queries = kQueries, .columns = kColumns, .minimal = true};

}  // namespace pgvigil::catalogue::replication_slots_wal_status
