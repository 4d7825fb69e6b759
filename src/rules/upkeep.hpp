#pragma once

#include "rules/thresholds.hpp"

/// What the server must get done in time: vacuum, freezing, checkpoints, backups.
namespace pgvigil::rules {

inline constexpr Rule kXidWraparound = {
    .id = "xid_wraparound",
    .title = "Transaction id wraparound",
    .alert = "PostgresXidWraparound",
    .limits = {0.40, 0.70, Seconds(300)},
    .summary = "A database comes near transaction id wraparound.",
    .description =
        "{{ $labels.datname }} has used {value} of its transaction ids (limit {limit}); at the end the "
        "server "
        "refuses writes. First: end what holds vacuum back (old transactions, slots, prepared transactions), "
        "then VACUUM (FREEZE).",
    // The server stops assigning ids 3 million before 2^31 (varsup.c, SetTransactionIdLimit).
    .indicator = {"Age of the oldest id that is not frozen, of those that can be used.", Unit::ratio,
                  "pg_database_wraparound_age_datfrozenxid / (2 ^ 31 - 3000000)"},
    .board = "databases",
};

inline constexpr Rule kMultixactWraparound = {
    .id = "multixact_wraparound",
    .title = "Multixact id wraparound",
    .alert = "PostgresMultixactWraparound",
    .limits = {0.40, 0.70, Seconds(300)},
    .summary = "A database comes near multixact id wraparound.",
    .description =
        "{{ $labels.datname }} has used {value} of its multixact ids (limit {limit}); at the end the server "
        "refuses row locks. First: end what holds vacuum back, then VACUUM (FREEZE).",
    // The server stops assigning ids 3 million before 2^31 (multixact.c, SetMultiXactIdLimit).
    .indicator = {"Age of the oldest multixact id, of those that can be used.", Unit::ratio,
                  "pg_database_wraparound_age_datminmxid / (2 ^ 31 - 3000000)"},
    .board = "databases",
};

inline constexpr Rule kFreezeOverdue = {
    .id = "freeze_overdue",
    .title = "Freezing overdue",
    .alert = "PostgresFreezeOverdue",
    .limits = {1.1, 3, Seconds(3600)},
    .summary = "Autovacuum does not keep up with freezing.",
    .description =
        "{{ $labels.datname }} is at {value} times autovacuum_freeze_max_age (limit {limit}), where "
        "autovacuum "
        "should have frozen its tables at 1. First: is a vacuum running, and does an old transaction, a slot "
        "or a lock hold it back?",
    .indicator = {"Age of the oldest id that is not frozen, in autovacuum_freeze_max_age.", Unit::number,
                  "pg_database_wraparound_age_datfrozenxid / ignoring (datname) group_left () "
                  "pg_settings_autovacuum_freeze_max_age"},
    .board = "databases",
};

inline constexpr Rule kAutovacuumBehind = {
    .id = "autovacuum_behind",
    .title = "Autovacuum behind",
    .alert = "PostgresAutovacuumBehind",
    .limits = {5, kNoLimit, Seconds(3600)},
    .summary = "Autovacuum does not keep up with a table's dead rows.",
    .description =
        "{{ $labels.schemaname }}.{{ $labels.relname }} of {{ $labels.datname }} has {value} times the dead "
        "rows "
        "at which autovacuum should start (limit {limit}). First: an old transaction may hold them; else "
        "VACUUM "
        "it, and give autovacuum more cost limit.",
    .indicator =
        {"Dead rows over autovacuum's threshold by the server's settings, for 10,000 rows and more.",
         Unit::number,
         "(pg_stat_user_tables_n_dead_tup > 10000) / (pg_stat_user_tables_n_live_tup * ignoring (datname, "
         "schemaname, relname) group_left () pg_settings_autovacuum_vacuum_scale_factor + ignoring (datname, "
         "schemaname, relname) group_left () pg_settings_autovacuum_vacuum_threshold)"},
    .board = "databases",
};

inline constexpr Rule kCheckpoints = {
    .id = "checkpoints",
    .title = "Checkpoints too frequent",
    .alert = "PostgresCheckpointsFrequent",
    .limits = {12, kNoLimit, Seconds(600)},
    .summary = "WAL forces checkpoints more often than checkpoint_timeout.",
    .description =
        "{value} checkpoints were requested in an hour (limit {limit}); each makes the server write every "
        "changed page anew to WAL. First: raise max_wal_size.",
    .indicator = {"Checkpoints requested in an hour.", Unit::number,
                  "round(increase(pg_stat_bgwriter_checkpoints_req_total[1h]))"},
    .board = "replication",
};

inline constexpr Rule kBackup = {
    .id = "backup",
    .title = "Backup too old",
    .alert = "PostgresBackupOld",
    .limits = {93600, 180000, Seconds(300)},
    .summary = "The last successful backup is too old.",
    .description =
        "The last successful backup was {value} ago (limit {limit}). First: the backup job's log, and the "
        "last rows of audit.backup_history.",
    .indicator = {"Time since the last successful backup, where backups are recorded.", Unit::seconds,
                  "time() - pg_backup_last_success_timestamp_seconds{kind=\"backup\"}"},
    .board = "bill-inquiry",
};

// The job runs every week; the eighth day is for the run itself.
inline constexpr Rule kRestoreTest = {
    .id = "restore_test",
    .title = "Restore test too old",
    .alert = "PostgresRestoreTestOld",
    .limits = {691200, kNoLimit, Seconds(300)},
    .summary = "The last successful restore test is too old.",
    .description =
        "The last successful restore test was {value} ago (limit {limit}): nobody knows whether the backups "
        "since then are any good. First: the restore test's job and its log, and the last rows of "
        "audit.backup_history.",
    .indicator = {"Time since the last successful restore test, where they are recorded.", Unit::seconds,
                  "time() - pg_backup_last_success_timestamp_seconds{kind=\"restore_test\"}"},
    .board = "bill-inquiry",
};

// Of what has never succeeded there is no age: then this alone tells. It waits while the job tries once more.
inline constexpr Rule kBackupFailed = {
    .id = "backup_failed",
    .title = "Backup or restore test failed",
    .alert = "PostgresBackupFailed",
    .limits = {1, kNoLimit, Seconds(900)},
    .summary = "The last backup or the last restore test failed.",
    .description =
        "The last {{ reReplaceAll \"_\" \" \" $labels.kind }} failed. First: the message of its row in "
        "audit.backup_history, then the job's log.",
    .indicator = {"1 where the last run of the kind succeeded, 0 where it failed.", Unit::state,
                  "pg_backup_last_success"},
    .board = "bill-inquiry",
    .side = Side::below,
};

}  // namespace pgvigil::rules
