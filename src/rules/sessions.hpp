#pragma once

#include "rules/thresholds.hpp"

/// What sessions do to each other, and to the server.
namespace pgvigil::rules {

inline constexpr Rule kLongTransaction = {
    .id = "long_transaction",
    .title = "Long transaction",
    .alert = "PostgresLongTransaction",
    .limits = {1800, 7200, Seconds(0)},
    .summary = "A transaction has been open for long.",
    .description =
        "The oldest transaction has been open for {value} (limit {limit}): vacuum cannot remove what it may "
        "still see. First: find its session in pg_stat_activity by xact_start.",
    .indicator = {"Age of the oldest open transaction.", Unit::seconds,
                  "pg_long_running_transactions_oldest_age_seconds"},
    .board = "activity",
};

inline constexpr Rule kIdleInTransaction = {
    .id = "idle_in_transaction",
    .title = "Idle in transaction",
    .alert = "PostgresIdleInTransaction",
    .limits = {600, 3600, Seconds(0)},
    .summary = "A session sits idle in an open transaction.",
    .description =
        "A session of {{ $labels.datname }} has been idle in a transaction of {value} (limit {limit}) and "
        "keeps "
        "its locks. First: find the application by pg_stat_activity; set "
        "idle_in_transaction_session_timeout.",
    .indicator = {"Age of the oldest transaction whose session is idle.", Unit::seconds,
                  "max without (state, usename, application_name, backend_type, wait_event_type, wait_event) "
                  "(pg_stat_activity_max_tx_duration{state=~\"idle in transaction.*\"})"},
    .board = "activity",
};

inline constexpr Rule kLockWait = {
    .id = "lock_wait",
    .title = "Lock wait",
    .alert = "PostgresLockWait",
    .limits = {60, 300, Seconds(0)},
    .summary = "A session has waited long for a lock.",
    .description =
        "A session has waited {value} for a lock (limit {limit}). First: pg_blocking_pids() names who holds "
        "it.",
    .indicator = {"The longest wait for a lock.", Unit::seconds, "pg_blocking_longest_wait_seconds"},
    .board = "activity",
};

inline constexpr Rule kRootBlocker = {
    .id = "root_blocker",
    .title = "Root blocker",
    .alert = "PostgresRootBlocker",
    .limits = {5, 20, Seconds(60)},
    .summary = "One session holds up many others.",
    .description =
        "{value} sessions wait behind one (limit {limit}). First: find it by pg_blocking_pids(), and end it "
        "by "
        "pg_terminate_backend() if it may be ended.",
    .indicator = {"Sessions that stand behind one root blocker.", Unit::number,
                  "pg_blocking_worst_root_blocked_sessions"},
    .board = "activity",
};

// Sees what comes and goes between two looks at the sessions. The sum with `other`, which has messages only
// where there are more SQLSTATEs than series, begins at 0: so the first refusal counts.
inline constexpr Rule kRefused = {
    .id = "connections_refused",
    .title = "Connections refused",
    .alert = "PostgresConnectionsRefused",
    .limits = {1, kNoLimit, Seconds(0)},
    .summary = "The server refused clients: all connections were in use.",
    .description =
        "Clients that the server turned away in 15 minutes for want of a free connection: {value} (limit "
        "{limit}). "
        "First: the log says which limit: max_connections, or one of the role's or the database's own; then "
        "who "
        "holds them, on the Activity board.",
    .indicator =
        {"Clients turned away with SQLSTATE 53300 in 15 minutes, where the server's log is read.",
         Unit::number,
         "round(increase(sum without (sqlstate) (pg_log_messages_total{severity=\"FATAL\",sqlstate=~\"53300|"
         "other\"})[15m:1m]))"},
    .board = "activity",
};

inline constexpr Rule kDeadlocks = {
    .id = "deadlocks",
    .title = "Deadlocks",
    .alert = "PostgresDeadlocks",
    .limits = {1, 10, Seconds(0)},
    .summary = "Transactions deadlock.",
    .description =
        "Deadlocks in {{ $labels.datname }} in ten minutes: {value} (limit {limit}). First: the server's log "
        "shows both statements of each; let all take their locks in one order.",
    .indicator = {"Deadlocks in ten minutes.", Unit::number,
                  "round(increase(pg_stat_database_deadlocks[10m]))"},
    .board = "activity",
};

inline constexpr Rule kRollbacks = {
    .id = "rollbacks",
    .title = "Rollbacks",
    .alert = "PostgresRollbacksHigh",
    .limits = {0.10, 0.50, Seconds(600)},
    .summary = "Many transactions are rolled back.",
    .description =
        "{value} of the transactions of {{ $labels.datname }} are rolled back (limit {limit}). First: the "
        "server's log shows the errors.",
    .indicator = {"Transactions rolled back, of all, over ten minutes, where there is one in two seconds.",
                  Unit::ratio,
                  "rate(pg_stat_database_xact_rollback[10m]) / (rate(pg_stat_database_xact_rollback[10m]) + "
                  "rate(pg_stat_database_xact_commit[10m]) > 0.5)"},
    .board = "databases",
    .keep_firing = Seconds(300),
};

inline constexpr Rule kCacheHits = {
    .id = "cache_hits",
    .title = "Cache hit ratio",
    .alert = "PostgresCacheHitsLow",
    .limits = {0.90, kNoLimit, Seconds(900)},
    .summary = "Many blocks are not found in shared buffers.",
    .description =
        "{value} of the blocks that {{ $labels.datname }} reads are found in shared buffers (limit {limit}). "
        "First: the statements by read time, on the Statements board; a missing index reads whole tables.",
    .indicator = {"Blocks found in shared buffers, of all, over half an hour, where 100 a second are read.",
                  Unit::ratio,
                  "rate(pg_stat_database_blks_hit[30m]) / (rate(pg_stat_database_blks_hit[30m]) + "
                  "rate(pg_stat_database_blks_read[30m])) and rate(pg_stat_database_blks_read[30m]) > 100"},
    .board = "databases",
    .side = Side::below,
    .keep_firing = Seconds(900),
};

inline constexpr Rule kTempFiles = {
    .id = "temp_files",
    .title = "Temporary files",
    .alert = "PostgresTempFilesHigh",
    .limits = {10485760, kNoLimit, Seconds(900)},
    .summary = "Sorts and hashes spill much data to disk.",
    .description =
        "{{ $labels.datname }} writes {value} of temporary files (limit {limit}). First: set log_temp_files "
        "to "
        "see the statements; an index or a larger work_mem for that role helps.",
    .indicator = {"Temporary files written, bytes a second, over ten minutes.", Unit::bytes_per_second,
                  "rate(pg_stat_database_temp_bytes[10m])"},
    .board = "databases",
};

inline constexpr Rule kStatementRegression = {
    .id = "statement_regression",
    .title = "Statement slower than before",
    .alert = "PostgresStatementRegression",
    .limits = {3, 10, Seconds(600)},
    .summary = "One statement has become much slower than it was the day before.",
    .description =
        "Statement {{ $labels.queryid }} of {{ $labels.user }} in {{ $labels.datname }} takes {value} times "
        "as "
        "long as over the last day (limit {limit}). First: its text and history on the Statements board; "
        "then "
        "its plan, by EXPLAIN.",
    .indicator =
        {"Mean time of ten minutes over that of the day before, for 50 ms and more and 100 calls that day.",
         Unit::number,
         "statement:pg_stat_statements_mean:seconds_rate10m / "
         "statement:pg_stat_statements_mean:seconds_rate1d_offset10m and "
         "statement:pg_stat_statements_mean:seconds_rate10m > 0.05"},
    .board = "statements",
    .keep_firing = Seconds(600),
};

}  // namespace pgvigil::rules
