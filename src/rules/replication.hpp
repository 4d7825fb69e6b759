#pragma once

#include "rules/thresholds.hpp"

/// Standbys, slots and the WAL archive.
namespace pgvigil::rules {

inline constexpr Rule kReplicationLag = {
    .id = "replication_lag",
    .title = "Replication lag, time",
    .alert = "PostgresReplicationLag",
    .limits = {30, 300, Seconds(120)},
    .summary = "A standby is behind its primary in time.",
    .description =
        "This standby replays what was committed {value} ago (limit {limit}). First: does replay wait for a "
        "query (max_standby_streaming_delay), for the disk, or for the network?",
    .indicator = {"How far replay is behind, 0 where all received is replayed.", Unit::seconds,
                  "pg_replication_lag_seconds and pg_replication_is_replica == 1"},
    .board = "replication",
};

inline constexpr Rule kReplicationBehind = {
    .id = "replication_behind",
    .title = "Replication lag, position",
    .alert = "PostgresReplicationBehind",
    .limits = {268435456, 4294967296, Seconds(300)},
    .summary = "A standby is behind its primary by much WAL.",
    .description =
        "{{ $labels.application_name }} {{ with $labels.client_addr }}({{ . }}) {{ end }}has {value} of WAL "
        "to "
        "replay (limit {limit}). First: its state in pg_stat_replication, and the network between.",
    // A standby far behind changes its state to and fro; that must not begin the hold time anew.
    .indicator = {"WAL that the standby has not replayed yet.", Unit::bytes,
                  "max without (state) (pg_stat_replication_pg_wal_lsn_diff)"},
    .board = "replication",
};

inline constexpr Rule kSlotInactive = {
    .id = "slot_inactive",
    .title = "Slot inactive",
    .alert = "PostgresSlotInactive",
    .limits = {1, kNoLimit, Seconds(900)},
    .summary = "A replication slot has no consumer and holds WAL back.",
    .description =
        "Nobody streams from slot {{ $labels.slot_name }}: WAL piles up until somebody does. First: start "
        "its "
        "consumer, or drop the slot if it has none any more.",
    // On a standby of 17 and later, slots are there that were copied from the primary and that nobody streams
    // from.
    .indicator =
        {"1 while somebody streams from the slot, where it keeps WAL; not on a standby.", Unit::state,
         "pg_replication_slots_active and pg_replication_slots_pg_wal_lsn_diff unless ignoring (slot_name, "
         "database) pg_replication_is_replica == 1"},
    .board = "replication",
    .side = Side::below,
};

inline constexpr Rule kSlotWal = {
    .id = "slot_wal",
    .title = "Slot losing its WAL",
    .alert = "PostgresSlotWalLost",
    .limits = {kNoLimit, 1, Seconds(0)},
    .summary = "A replication slot loses the WAL that it needs.",
    .description =
        "The WAL of slot {{ $labels.slot_name }} is {{ $labels.wal_status }}. First: unreserved: let the "
        "consumer catch up at once, or raise max_slot_wal_keep_size; lost: build the standby anew.",
    .indicator = {"1 for a slot whose WAL is unreserved or lost.", Unit::state,
                  "pg_replication_slots_wal_status{wal_status=~\"unreserved|lost\"}"},
    .board = "replication",
};

inline constexpr Rule kArchiver = {
    .id = "archiver",
    .title = "Archiver failing",
    .alert = "PostgresArchiverFailing",
    .limits = {1, 30, Seconds(300)},
    .summary = "WAL is not archived.",
    .description =
        "Failed attempts to archive WAL in 15 minutes: {value}, and none succeeded (limit {limit}); WAL "
        "piles "
        "up and backups cannot be continued. First: the server's log shows archive_command's error.",
    .indicator = {"Failed attempts in 15 minutes, where none succeeded.", Unit::number,
                  "round(increase(pg_stat_archiver_failed_count[15m])) and "
                  "increase(pg_stat_archiver_archived_count[15m]) < 1"},
    .board = "replication",
};

}  // namespace pgvigil::rules
