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
        "The last commit that this standby has replayed is {value} old (limit {limit}), and there is more, "
        "or it "
        "cannot know. First: does it stream? Then: does replay wait for a query "
        "(max_standby_streaming_delay), "
        "for the disk, or for the network?",
    .indicator =
        {"How far replay is behind at most; 0 where the standby streams and has replayed all that there is.",
         Unit::seconds, "pg_recovery_replay_lag_seconds"},
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

// Not on a standby: it may have its primary's synchronous_standby_names, and no commits of its own.
inline constexpr Rule kSynchronousMissing = {
    .id = "synchronous_standbys",
    .title = "Synchronous standby missing",
    .alert = "PostgresSynchronousStandbyMissing",
    .limits = {kNoLimit, 1, Seconds(60)},
    .summary = "Commits hang: fewer synchronous standbys are there than must confirm them.",
    .description =
        "Standbys that synchronous_standby_names asks for and that are not there: {value}; every commit "
        "waits for them. First: bring the standby back, or take it out of synchronous_standby_names and "
        "reload.",
    .indicator = {"Standbys that commits wait for and that do not stream.", Unit::number,
                  "pg_replication_synchronous_required - pg_replication_senders_synchronous unless "
                  "pg_replication_is_replica == 1"},
    .board = "replication",
};

inline constexpr Rule kReceiver = {
    .id = "receiver",
    .title = "Standby does not stream",
    .alert = "PostgresStandbyNotStreaming",
    .limits = {1, kNoLimit, Seconds(300)},
    .summary = "A standby receives no WAL from its upstream.",
    .description =
        "The standby does not stream: it falls behind, and cannot tell by how much. First: the standby's log "
        "says "
        "why; mostly the network, the password in primary_conninfo, or WAL that upstream has removed.",
    .indicator = {"1 while the standby streams WAL from its upstream.", Unit::state,
                  "pg_recovery_receiver_streaming"},
    .board = "replication",
    .side = Side::below,
};

// A worker that fails is started again every few seconds: one look alone may find it.
inline constexpr Rule kSubscription = {
    .id = "subscription",
    .title = "Subscription stopped",
    .alert = "PostgresSubscriptionStopped",
    .limits = {0.5, kNoLimit, Seconds(300)},
    .summary = "A subscription is enabled and its changes are not applied.",
    .description =
        "Subscription {{ $labels.subname }} of {{ $labels.datname }} had a worker {value} of the last five "
        "minutes (limit {limit}); its publisher keeps the WAL. First: the subscriber's log says at which row "
        "or "
        "permission it fails.",
    .indicator = {"Share of five minutes in which an enabled subscription had an apply worker.", Unit::ratio,
                  "avg_over_time(pg_stat_subscription_apply_workers[5m]) and pg_stat_subscription_enabled == "
                  "1"},
    .board = "replication",
    .side = Side::below,
};

// One that hangs fails at nothing: PostgresArchiverFailing does not see it.
inline constexpr Rule kArchiveBacklog = {
    .id = "archive_backlog",
    .title = "Archive behind",
    .alert = "PostgresArchiveBehind",
    .limits = {900, 3600, Seconds(300)},
    .summary = "WAL has waited long to be archived.",
    .description =
        "The oldest WAL file that waits to be archived has done so for {value} (limit {limit}): a recovery "
        "would end "
        "before it, and pg_wal grows. First: does archive_command hang, fail, or take longer than a file "
        "takes to fill?",
    .indicator = {"How long the oldest WAL file that is not archived has waited.", Unit::seconds,
                  "time() - pg_archive_status_oldest_ready_timestamp_seconds"},
    .board = "replication",
};

}  // namespace pgvigil::rules
