#pragma once

#include "catalogue/spec.hpp"

/// What each replication slot holds back. A slot that reserves no WAL has no distance.
namespace pgvigil::catalogue::replication_slots {

inline constexpr auto kColumns = std::to_array<Column>({
    {"slot_name"},
    {"database"},
    {"active", Use::gauge, "pg_replication_slots_active", "1 while somebody streams from the slot."},
    {"pg_wal_lsn_diff", Use::gauge, "pg_replication_slots_pg_wal_lsn_diff",
     "WAL in bytes that the slot keeps: from its restart position to the newest."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT s.slot_name, s.database, s.active::int AS active,
       CASE WHEN pg_catalog.pg_is_in_recovery()
            THEN coalesce(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
            ELSE pg_catalog.pg_current_wal_lsn() END - s.restart_lsn AS pg_wal_lsn_diff
  FROM pg_catalog.pg_replication_slots s
 ORDER BY pg_wal_lsn_diff DESC NULLS LAST, s.slot_name)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "replication_slots", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::replication_slots
