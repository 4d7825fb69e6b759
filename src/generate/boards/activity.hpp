#pragma once

#include "generate/board.hpp"

namespace pgvigil::generate::boards {
namespace activity {

inline constexpr auto kVariables = std::to_array<Variable>({
    {"database", "Database", "pg_database_size_bytes{$server, datname!~\"template[01]\"}", "datname"},
});

inline constexpr auto kSessions = std::to_array<Panel>({
    {.title = "Connections in use",
     .description = "Client sessions of max_connections. The lines are the rule's limits.",
     .unit = "percentunit",
     .targets =
         {{{"sum by (instance) (pg_stat_activity_count{$server, backend_type=\"client backend\"}) / sum by "
            "(instance) (pg_settings_max_connections{$server})"}}},
     .rule = "connections",
     .max = 1},
    {.title = "Connections in use in an hour",
     .description =
         "Client sessions of max_connections, by the trend of half an hour. The line is the rule's limit.",
     .unit = "percentunit",
     .targets = {{{"clamp(predict_linear(pgvigil_threshold_value{$server, rule=\"connections\"}[30m], 3600), "
                   "0, 2)"}}},
     .rule = "connections_forecast"},
    {.title = "Client sessions by state",
     .description = "Client sessions, and the number that the server allows.",
     .targets =
         {{{"sum by (state) (pg_stat_activity_count{$server, backend_type=\"client backend\", $databases})",
            "{{state}}"},
           {"sum(pg_settings_max_connections{$server})", "max_connections", Look::reference}}},
     .stack = true},
    {.title = "Client sessions by application",
     .description = "Client sessions by the application_name that they give.",
     .targets =
         {{{"label_replace(sum by (application_name) (pg_stat_activity_count{$server, backend_type=\"client "
            "backend\", $databases}), \"application_name\", \"(no name)\", \"application_name\", \"\")",
            "{{application_name}}"}}},
     .stack = true},
    {.title = "Client sessions by role",
     .description = "Client sessions by the role that logged in.",
     .targets =
         {{{"sum by (usename) (pg_stat_activity_count{$server, backend_type=\"client backend\", $databases})",
            "{{usename}}"}}},
     .stack = true},
    {.title = "Client sessions by database",
     .description = "Client sessions by the database that they are connected to.",
     .targets =
         {{{"sum by (datname) (pg_stat_activity_count{$server, backend_type=\"client backend\", $databases})",
            "{{datname}}"}}},
     .stack = true},
    {.title = "What sessions wait for",
     .description =
         "Sessions at work, by the event that they wait for; without one, they use the CPU. Client: the "
         "application is next.",
     .targets = {{{"sum by (wait_event_type, wait_event) (pg_stat_activity_count{$server, $databases, "
                   "state!=\"idle\", wait_event!=\"\"})",
                   "{{wait_event_type}}: {{wait_event}}"},
                  {"sum(pg_stat_activity_count{$server, $databases, state!=\"idle\", wait_event=\"\"})",
                   "on the CPU"}}},
     .height = 9,
     .stack = true,
     .legend = Legend::table},
    {.title = "Limits of connections",
     .description = "Roles and databases with a limit of their own, and the sessions that they have.",
     .kind = Kind::table,
     .targets =
         {{{"max by (kind, name) (label_replace(label_replace(pg_roles_connection_limit{$server} >= 0, "
            "\"name\", \"$1\", "
            "\"rolname\", \"(.*)\"), \"kind\", \"role\", \"\", \"\") or "
            "label_replace(label_replace(pg_database_connection_limit{$server} >= 0, \"name\", \"$1\", "
            "\"datname\", "
            "\"(.*)\"), \"kind\", \"database\", \"\", \"\"))"},
           {"sum by (kind, name) (label_replace(label_replace(pg_stat_activity_count{$server, "
            "backend_type=\"client "
            "backend\"}, \"name\", \"$1\", \"usename\", \"(.*)\"), \"kind\", \"role\", \"\", \"\")) and on "
            "(name) "
            "label_replace(pg_roles_connection_limit{$server} >= 0, \"name\", \"$1\", \"rolname\", \"(.*)\") "
            "or sum by "
            "(kind, name) (label_replace(label_replace(pg_stat_activity_count{$server, backend_type=\"client "
            "backend\"}, "
            "\"name\", \"$1\", \"datname\", \"(.*)\"), \"kind\", \"database\", \"\", \"\")) and on (name) "
            "label_replace(pg_database_connection_limit{$server} >= 0, \"name\", \"$1\", \"datname\", "
            "\"(.*)\")"}}},
     .height = 9,
     .columns = {{{"kind", "Of the", "", 90},
                  {"name", "Name"},
                  {"A", "Limit", "short", 90},
                  {"B", "Sessions now", "short", 120}}}},
    {.title = "Clients refused in 15 minutes",
     .description =
         "Clients that the server turned away because all connections were in use, by its log. The "
         "line is the rule's limit.",
     .targets = {{{"round(increase(sum by (instance) (pg_log_messages_total{$server, severity=\"FATAL\", "
                   "sqlstate=~\"53300|other\"})[15m:1m]))"}}},
     .rule = "connections_refused",
     .height = 9,
     .nothing = kNoLog},
});

inline constexpr auto kLocks = std::to_array<Panel>({
    {.title = "Waiting for a lock",
     .description =
         "Sessions that wait for a lock of another session, and the sessions at the head of their queues.",
     .targets = {{{"sum(pg_blocking_blocked_sessions{$server})", "waiting"},
                  {"sum(pg_blocking_root_blockers{$server})", "root blockers"}}}},
    {.title = "Longest wait for a lock",
     .description =
         "How long the session that has waited longest for a lock has done so. The lines are the rule's "
         "limits.",
     .unit = "s",
     .targets = {{{"pg_blocking_longest_wait_seconds{$server}"}}},
     .rule = "lock_wait"},
    {.title = "Behind the worst root blocker",
     .description = "Sessions that stand behind one that waits for nobody. The lines are the rule's limits.",
     .targets = {{{"pg_blocking_worst_root_blocked_sessions{$server}"}}},
     .rule = "root_blocker"},
    {.title = "Age of the worst root blocker's transaction",
     .description = "How long the transaction that holds up most others has been open.",
     .unit = "s",
     .targets = {{{"pg_blocking_worst_root_age_seconds{$server}"}}}},
    {.title = "Deadlocks in ten minutes",
     .description =
         "Transactions that the server ended because they waited for each other. The lines are the rule's "
         "limits.",
     .targets = {{{"sum by (datname) (increase(pg_stat_database_deadlocks{$server, $databases}[10m]))",
                   "{{datname}}"}}},
     .rule = "deadlocks"},
    {.title = "Locks by mode",
     .description = "Locks held or awaited.",
     .targets = {{{"sum by (mode) (pg_locks_count{$server, $databases})", "{{mode}}"}}},
     .stack = true},
});

inline constexpr auto kTransactions = std::to_array<Panel>({
    {.title = "Oldest transaction",
     .description = "Age of the oldest open transaction. The lines are the rule's limits.",
     .unit = "s",
     .targets = {{{"pg_long_running_transactions_oldest_age_seconds{$server}"}}},
     .rule = "long_transaction"},
    {.title = "Longest idle in transaction",
     .description =
         "Age of the oldest transaction whose session does nothing, by application. The lines are the "
         "rule's limits.",
     .unit = "s",
     .targets =
         {{{"label_replace(max by (application_name) (pg_stat_activity_max_tx_duration{$server, $databases, "
            "state=~\"idle in transaction.*\"}), \"application_name\", \"(no name)\", \"application_name\", "
            "\"\")",
            "{{application_name}}"}}},
     .rule = "idle_in_transaction",
     .nothing = "No session is idle in a transaction"},
    {.title = "Longest transactions by application",
     .description = "Age of the oldest transaction of each application, whatever its session does.",
     .unit = "s",
     .targets =
         {{{"label_replace(max by (application_name) (pg_stat_activity_max_tx_duration{$server, $databases, "
            "backend_type=\"client backend\"}) > 0, \"application_name\", \"(no name)\", "
            "\"application_name\", "
            "\"\")",
            "{{application_name}}"}}},
     .nothing = "No transaction is open"},
    {.title = "Open transactions",
     .description = "Transactions that are open now.",
     .targets = {{{"pg_long_running_transactions{$server}"}}}},
    {.title = "What holds vacuum back",
     .description =
         "Age in transactions of the oldest one that vacuum must keep dead rows for, by who needs them.",
     .targets = {{{"max by (holder) (pg_xmin_horizon_age{$server})", "{{holder}}"}}}},
    {.title = "Prepared transactions",
     .description = "Transactions prepared for two-phase commit and neither committed nor rolled back yet.",
     .targets = {{{"sum by (datname) (pg_prepared_transactions{$server, $databases})", "{{datname}}"}}}},
    {.title = "Oldest prepared transaction",
     .description =
         "How long it has waited for its end; it holds its locks, and vacuum back, even over a restart.",
     .unit = "s",
     .targets = {{{"max by (datname) (pg_prepared_transactions_oldest_age_seconds{$server, $databases})",
                   "{{datname}}"}}},
     .width = 12,
     .nothing = "No transaction is prepared"},
    {.title = "Conflicts with replay",
     .description = "Queries on a standby that were ended so that replay of WAL could go on, by what they "
                    "were in the way "
                    "of.",
     .targets =
         {{{"sum(increase(pg_stat_database_conflicts_confl_lock{$server, $databases}[$__rate_interval]))",
            "locks"},
           {"sum(increase(pg_stat_database_conflicts_confl_snapshot{$server, $databases}[$__rate_interval]))",
            "old snapshots"},
           {"sum(increase(pg_stat_database_conflicts_confl_bufferpin{$server, "
            "$databases}[$__rate_interval]))",
            "pinned buffers"},
           {"sum(increase(pg_stat_database_conflicts_confl_deadlock{$server, $databases}[$__rate_interval]))",
            "deadlocks"},
           {"sum(increase(pg_stat_database_conflicts_confl_tablespace{$server, "
            "$databases}[$__rate_interval]))",
            "tablespaces"}}},
     .width = 12,
     .bars = true},
});

inline constexpr auto kAges = std::to_array<Panel>({
    {.title = "Open transactions by age",
     .description = "Transactions that are open now, by how long they have been: those over an hour are over "
                    "a minute too.",
     .targets =
         {{{"sum(pg_stat_activity_transaction_age_seconds_count{$server, $databases}) - "
            "sum(pg_stat_activity_transaction_age_seconds_bucket{$server, $databases, le=~\"1(\\\\.0)?\"})",
            "over 1 s"},
           {"sum(pg_stat_activity_transaction_age_seconds_count{$server, $databases}) - "
            "sum(pg_stat_activity_transaction_age_seconds_bucket{$server, $databases, le=~\"15(\\\\.0)?\"})",
            "over 15 s"},
           {"sum(pg_stat_activity_transaction_age_seconds_count{$server, $databases}) - "
            "sum(pg_stat_activity_transaction_age_seconds_bucket{$server, $databases, le=~\"60(\\\\.0)?\"})",
            "over 1 min"},
           {"sum(pg_stat_activity_transaction_age_seconds_count{$server, $databases}) - "
            "sum(pg_stat_activity_transaction_age_seconds_bucket{$server, $databases, le=~\"300(\\\\.0)?\"})",
            "over 5 min"},
           {"sum(pg_stat_activity_transaction_age_seconds_count{$server, $databases}) - "
            "sum(pg_stat_activity_transaction_age_seconds_bucket{$server, $databases, le=~\"900(\\\\.0)?\"})",
            "over 15 min"},
           {"sum(pg_stat_activity_transaction_age_seconds_count{$server, $databases}) - "
            "sum(pg_stat_activity_transaction_age_seconds_bucket{$server, $databases, "
            "le=~\"3600(\\\\.0)?\"})",
            "over 1 h"}}},
     .width = 12},
    {.title = "Running queries by age",
     .description = "Queries that run now, by how long they have run.",
     .targets =
         {{{"sum(pg_stat_activity_query_age_seconds_count{$server, $databases}) - "
            "sum(pg_stat_activity_query_age_seconds_bucket{$server, $databases, le=~\"1(\\\\.0)?\"})",
            "over 1 s"},
           {"sum(pg_stat_activity_query_age_seconds_count{$server, $databases}) - "
            "sum(pg_stat_activity_query_age_seconds_bucket{$server, $databases, le=~\"15(\\\\.0)?\"})",
            "over 15 s"},
           {"sum(pg_stat_activity_query_age_seconds_count{$server, $databases}) - "
            "sum(pg_stat_activity_query_age_seconds_bucket{$server, $databases, le=~\"60(\\\\.0)?\"})",
            "over 1 min"},
           {"sum(pg_stat_activity_query_age_seconds_count{$server, $databases}) - "
            "sum(pg_stat_activity_query_age_seconds_bucket{$server, $databases, le=~\"300(\\\\.0)?\"})",
            "over 5 min"},
           {"sum(pg_stat_activity_query_age_seconds_count{$server, $databases}) - "
            "sum(pg_stat_activity_query_age_seconds_bucket{$server, $databases, le=~\"900(\\\\.0)?\"})",
            "over 15 min"},
           {"sum(pg_stat_activity_query_age_seconds_count{$server, $databases}) - "
            "sum(pg_stat_activity_query_age_seconds_bucket{$server, $databases, le=~\"3600(\\\\.0)?\"})",
            "over 1 h"}}},
     .width = 12},
    {.title = "Idle in a transaction, by age",
     .description = "Sessions that are idle in a transaction now, by how long they have been idle. They keep "
                    "their locks, and vacuum from its work.",
     .targets = {{{"sum(pg_stat_activity_idle_in_transaction_age_seconds_count{$server, $databases}) - "
                   "sum(pg_stat_activity_idle_in_transaction_age_seconds_bucket{$server, $databases, "
                   "le=~\"1(\\\\.0)?\"})",
                   "over 1 s"},
                  {"sum(pg_stat_activity_idle_in_transaction_age_seconds_count{$server, $databases}) - "
                   "sum(pg_stat_activity_idle_in_transaction_age_seconds_bucket{$server, $databases, "
                   "le=~\"15(\\\\.0)?\"})",
                   "over 15 s"},
                  {"sum(pg_stat_activity_idle_in_transaction_age_seconds_count{$server, $databases}) - "
                   "sum(pg_stat_activity_idle_in_transaction_age_seconds_bucket{$server, $databases, "
                   "le=~\"60(\\\\.0)?\"})",
                   "over 1 min"},
                  {"sum(pg_stat_activity_idle_in_transaction_age_seconds_count{$server, $databases}) - "
                   "sum(pg_stat_activity_idle_in_transaction_age_seconds_bucket{$server, $databases, "
                   "le=~\"300(\\\\.0)?\"})",
                   "over 5 min"},
                  {"sum(pg_stat_activity_idle_in_transaction_age_seconds_count{$server, $databases}) - "
                   "sum(pg_stat_activity_idle_in_transaction_age_seconds_bucket{$server, $databases, "
                   "le=~\"900(\\\\.0)?\"})",
                   "over 15 min"},
                  {"sum(pg_stat_activity_idle_in_transaction_age_seconds_count{$server, $databases}) - "
                   "sum(pg_stat_activity_idle_in_transaction_age_seconds_bucket{$server, $databases, "
                   "le=~\"3600(\\\\.0)?\"})",
                   "over 1 h"}}},
     .width = 12},
    {.title = "Locks awaited by mode",
     .description = "Locks that sessions wait for, by what they ask for. AccessExclusiveLock: a change of a "
                    "table waits, and "
                    "all who use it behind it.",
     .targets = {{{"sum by (mode) (pg_locks_waiting{$server})", "{{mode}}"}}},
     .width = 12,
     .stack = true},
    {.title = "Maintenance that runs",
     .description = "Commands whose progress the server knows (VACUUM, ANALYZE, CREATE INDEX, COPY, CLUSTER, "
                    "base backups): "
                    "phase, and how much of the phase is done.",
     .kind = Kind::table,
     .targets =
         {{{"sum by (instance, command, datname, relname, phase) (pg_stat_progress_commands{$server})"},
           {"avg by (instance, command, datname, relname, phase) (pg_stat_progress_ratio{$server})"}}},
     .width = 24,
     .height = 6,
     .nothing = "No such command runs",
     .columns = {{{"instance", "Server", "", 160},
                  {"command", "Command", "", 150},
                  {"datname", "Database", "", 150},
                  {"relname", "Of"},
                  {"phase", "Phase"},
                  {"A", "Running", "short", 90},
                  {"B", "Done", "percentunit", 90}}}},
});

inline constexpr auto kRows = std::to_array<Row>({
    {"Sessions", kSessions},
    {"Locks", kLocks},
    {"Transactions", kTransactions},
    {"Ages and progress", kAges},
});

}  // namespace activity

inline constexpr Board kActivity = {
    .id = "activity",
    .title = "PostgreSQL: Activity and locks",
    .description =
        "Who is connected, what sessions wait for, who blocks whom, and which transactions stay open.",
    .variables = activity::kVariables,
    .rows = activity::kRows,
};

}  // namespace pgvigil::generate::boards
