#pragma once

#include "catalogue/spec.hpp"

/// Where each replication slot stands, and what it is. Positions are bytes since the beginning of WAL. Only
/// logical slots confirm a position, and safe_wal_size is there only where max_slot_wal_keep_size limits the
/// slot.
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
    {"retained_bytes", Use::gauge, "pg_replication_slots_retained_bytes",
     "WAL in bytes that the slot keeps: from its restart position to the newest."},
    {"confirmed_flush_lag_bytes", Use::gauge, "pg_replication_slots_confirmed_flush_lag_bytes",
     "WAL in bytes that the consumer of a logical slot has not confirmed yet."},
    {"xmin_age", Use::gauge, "pg_replication_slots_xmin_age",
     "Age, in transactions, of the oldest one whose rows the slot keeps from vacuum."},
    {"catalog_xmin_age", Use::gauge, "pg_replication_slots_catalog_xmin_age",
     "The same for rows of the system catalogues."},
    {"temporary", Use::gauge, "pg_replication_slots_temporary", "1 if the slot ends with its session."},
    {"two_phase", Use::gauge, "pg_replication_slots_two_phase",
     "1 if a logical slot decodes prepared transactions (14+)."},
    {"conflicting", Use::gauge, "pg_replication_slots_conflicting",
     "1 if recovery has invalidated a logical slot (16+)."},
    {"inactive_since", Use::gauge, "pg_replication_slots_inactive_since_timestamp_seconds",
     "Since when nobody has streamed from a slot that is inactive; on a standby, when it was last "
     "synchronized; "
     "since the epoch (17+)."},
    {"failover", Use::gauge, "pg_replication_slots_failover",
     "1 if a logical slot is to be synchronized to standbys (17+)."},
    {"synced", Use::gauge, "pg_replication_slots_synced",
     "1 if a logical slot was synchronized from the primary (17+)."},
});

inline constexpr std::string_view kHead = R"(
SELECT s.slot_name, s.slot_type,
       w.newest - '0/0'::pg_lsn AS current_wal_lsn,
       s.confirmed_flush_lsn - '0/0'::pg_lsn AS confirmed_flush_lsn,
       s.active::int AS is_active,
       s.safe_wal_size AS safe_wal_size_bytes,
       greatest(w.newest, s.restart_lsn) - s.restart_lsn AS retained_bytes,
       greatest(w.newest, s.confirmed_flush_lsn) - s.confirmed_flush_lsn AS confirmed_flush_lag_bytes,
       pg_catalog.age(s.xmin) AS xmin_age, pg_catalog.age(s.catalog_xmin) AS catalog_xmin_age,
       s.temporary::int AS temporary, )";
inline constexpr std::string_view kOf13 = R"(NULL::int AS two_phase, NULL::int AS conflicting,
       NULL::double precision AS inactive_since,
       NULL::int AS failover, NULL::int AS synced)";
inline constexpr std::string_view kOf14 =
    R"(CASE s.slot_type WHEN 'logical' THEN s.two_phase::int END AS two_phase, NULL::int AS conflicting,
       NULL::double precision AS inactive_since,
       NULL::int AS failover, NULL::int AS synced)";
inline constexpr std::string_view kOf16 =
    R"(CASE s.slot_type WHEN 'logical' THEN s.two_phase::int END AS two_phase, s.conflicting::int AS conflicting,
       NULL::double precision AS inactive_since,
       NULL::int AS failover, NULL::int AS synced)";
inline constexpr std::string_view kOf17 =
    R"(CASE s.slot_type WHEN 'logical' THEN s.two_phase::int END AS two_phase, s.conflicting::int AS conflicting,
       extract(epoch FROM s.inactive_since) AS inactive_since,
       CASE s.slot_type WHEN 'logical' THEN s.failover::int END AS failover, CASE s.slot_type WHEN 'logical' THEN s.synced::int END AS synced)";
inline constexpr std::string_view kTail = R"(
  FROM pg_catalog.pg_replication_slots s
 CROSS JOIN (SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
                         THEN coalesce(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
                         ELSE pg_catalog.pg_current_wal_lsn() END AS newest) w
 ORDER BY s.restart_lsn NULLS LAST, s.slot_name)";

inline constexpr auto kQueries = std::to_array<Query>({
    {13, kJoined<kHead, kOf13, kTail>},
    {14, kJoined<kHead, kOf14, kTail>},
    {16, kJoined<kHead, kOf16, kTail>},
    {17, kJoined<kHead, kOf17, kTail>},
});

inline constexpr CollectorSpec kSpec = {
    .name = "replication_slots_position", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::replication_slots_position
