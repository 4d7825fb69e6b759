#pragma once

#include "catalogue/spec.hpp"

/// Slots that can never be used again, and why. Before 17 only lost WAL shows, in the slot's wal_status.
namespace pgvigil::catalogue::replication_slots_invalidation {

inline constexpr auto kColumns = std::to_array<Column>({
    {"slot_name"},
    {"slot_type"},
    {"reason"},
    {"present", Use::gauge, "pg_replication_slots_invalidated",
     "Always 1: the label says why the slot was invalidated: wal_removed, rows_removed, "
     "wal_level_insufficient or idle_timeout (17+)."},
});

inline constexpr auto kQueries = std::to_array<Query>({{17, R"(
SELECT s.slot_name, s.slot_type, s.invalidation_reason AS reason, 1 AS present
  FROM pg_catalog.pg_replication_slots s
 WHERE s.invalidation_reason IS NOT NULL
 ORDER BY s.slot_name)"}});

inline constexpr CollectorSpec kSpec = {.name = "replication_slots_invalidation",
                                        .interval = seconds(60),
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::replication_slots_invalidation
