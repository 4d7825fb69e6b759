#pragma once

#include "generate/board.hpp"

namespace pgvigil::generate::boards {
namespace pooler {

inline constexpr std::string_view kNoPooler = "No pgbouncer is watched";

inline constexpr auto kClients = std::to_array<Panel>({
    {.title = "Longest wait for pgbouncer",
     .description =
         "How long the first client in each pool's queue has waited for a server connection. The lines are "
         "the rule's limits.",
     .unit = "s",
     .targets = {{{"max by (database, user) (pgbouncer_pools_client_maxwait_seconds{$server})",
                   "{{database}}, {{user}}"}}},
     .rule = "pooler_wait",
     .nothing = kNoPooler},
    {.title = "Clients of pgbouncer",
     .description =
         "Clients that have a server connection, or need none yet, and below zero those that wait.",
     .targets = {{{"sum by (database) (pgbouncer_pools_client_active_connections{$server})", "{{database}}"},
                  {"sum by (database) (pgbouncer_pools_client_waiting_connections{$server})",
                   "{{database}} waiting", Look::below}}},
     .nothing = kNoPooler},
    {.title = "Clients of those allowed",
     .description = "Clients that are connected, of max_client_conn: beyond it pgbouncer refuses them. The "
                    "lines are the rule's limits.",
     .unit = "percentunit",
     .targets = {{{"sum by (instance) (pgbouncer_used_clients{$server}) / sum by (instance) "
                   "(pgbouncer_config_max_client_connections{$server})"}}},
     .rule = "pooler_clients",
     .max = 1,
     .nothing = kNoPooler},
});

inline constexpr auto kPools = std::to_array<Panel>({
    {.title = "Pools in use",
     .description = "Connections of each pool that a client has, of the pool's size. The line is the rule's "
                    "limit, for the mean of five minutes.",
     .unit = "percentunit",
     .targets = {{{"max by (database, user) (pgbouncer_pools_server_active_connections{$server} / on (job, "
                   "instance, database) group_left () (max by (job, instance, database) "
                   "(label_replace(pgbouncer_databases_pool_size{$server}, \"database\", \"$1\", \"name\", "
                   "\"(.+)\")) > 0))",
                   "{{database}}, {{user}}"}}},
     .rule = "pooler_full",
     .width = 12,
     .nothing = kNoPooler},
    {.title = "Connections of pgbouncer to the server",
     .description = "Of all pools: those that a client has, and those that are free.",
     .targets = {{{"sum(pgbouncer_pools_server_active_connections{$server})", "active"},
                  {"sum(pgbouncer_pools_server_idle_connections{$server}) + "
                   "sum(pgbouncer_pools_server_used_connections{$server})",
                   "free"}}},
     .width = 12,
     .stack = true,
     .nothing = kNoPooler},
    {.title = "Pools",
     .description = "Each pool, which is a database and a role: clients with a connection and without, the "
                    "longest wait, and the server's connections.",
     .kind = Kind::table,
     .targets = {{{"sum by (instance, database, user) (pgbouncer_pools_client_waiting_connections{$server})"},
                  {"max by (instance, database, user) (pgbouncer_pools_client_maxwait_seconds{$server})"},
                  {"sum by (instance, database, user) (pgbouncer_pools_client_active_connections{$server})"},
                  {"sum by (instance, database, user) (pgbouncer_pools_server_active_connections{$server})"},
                  {"sum by (instance, database, user) (pgbouncer_pools_server_idle_connections{$server})"},
                  {"sum by (instance, database, user) (pgbouncer_pools_server_used_connections{$server})"},
                  {"sum by (instance, database, user) (pgbouncer_pools_server_login_connections{$server})"}}},
     .width = 24,
     .nothing = kNoPooler,
     .sort = "Waiting",
     .columns = {{{"instance", "pgbouncer", "", 160},
                  {"database", "Database"},
                  {"user", "Role"},
                  {"A", "Waiting", "short", 100},
                  {"B", "Longest wait", "s", 120, "pooler_wait"},
                  {"C", "Clients", "short", 100},
                  {"D", "Connections in use", "short", 150},
                  {"E", "Free", "short", 90},
                  {"F", "To be checked", "short", 120},
                  {"G", "Logging in", "short", 110}}}},
});

inline constexpr auto kTraffic = std::to_array<Panel>({
    {.title = "Transactions through pgbouncer",
     .description = "Transactions of each database.",
     .unit = "ops",
     .targets = {{{"sum by (database) "
                   "(rate(pgbouncer_stats_sql_transactions_pooled_total{$server}[$__rate_interval]))",
                   "{{database}}"}}},
     .nothing = kNoPooler},
    {.title = "Statements through pgbouncer",
     .description = "Statements of each database.",
     .unit = "ops",
     .targets =
         {{{"sum by (database) (rate(pgbouncer_stats_queries_pooled_total{$server}[$__rate_interval]))",
            "{{database}}"}}},
     .nothing = kNoPooler},
    {.title = "Wait of a transaction for its connection",
     .description =
         "Time that clients waited for a server connection, by transaction: what the pool adds to each.",
     .unit = "s",
     .targets =
         {{{"sum by (database) (rate(pgbouncer_stats_client_wait_seconds_total{$server}[$__rate_interval])) "
            "/ (sum by (database) "
            "(rate(pgbouncer_stats_sql_transactions_pooled_total{$server}[$__rate_interval])) > 0)",
            "{{database}}"}}},
     .nothing = kNoPooler},
    {.title = "Mean time of a transaction",
     .description = "Time that a server connection was in a transaction, and below zero that it ran a "
                    "statement, in the mean. Far apart: the application thinks in its transactions.",
     .unit = "s",
     .targets =
         {{{"sum by (database) "
            "(rate(pgbouncer_stats_server_in_transaction_seconds_total{$server}[$__rate_interval])) / (sum "
            "by (database) (rate(pgbouncer_stats_sql_transactions_pooled_total{$server}[$__rate_interval])) "
            "> 0)",
            "{{database}}"},
           {"sum by (database) "
            "(rate(pgbouncer_stats_queries_duration_seconds_total{$server}[$__rate_interval])) / (sum by "
            "(database) (rate(pgbouncer_stats_queries_pooled_total{$server}[$__rate_interval])) > 0)",
            "{{database}} statement", Look::below}}},
     .nothing = kNoPooler},
    {.title = "Bytes through pgbouncer",
     .description = "Bytes received from clients and servers, and below zero sent to them.",
     .unit = "binBps",
     .targets =
         {{{"sum by (database) (rate(pgbouncer_stats_received_bytes_total{$server}[$__rate_interval]))",
            "{{database}}"},
           {"sum by (database) (rate(pgbouncer_stats_sent_bytes_total{$server}[$__rate_interval]))",
            "{{database}} sent", Look::below}}},
     .nothing = kNoPooler},
    {.title = "Databases paused or disabled",
     .description = "1 where the database is paused, or disabled: its clients wait, or are refused.",
     .unit = "short",
     .targets = {{{"max by (name) (pgbouncer_databases_paused{$server})", "{{name}} paused"},
                  {"max by (name) (pgbouncer_databases_disabled{$server})", "{{name}} disabled"}}},
     .nothing = kNoPooler},
});

inline constexpr auto kRows = std::to_array<Row>({
    {"Clients", kClients},
    {"Pools", kPools},
    {"Traffic", kTraffic},
});

}  // namespace pooler

inline constexpr Board kPooler = {
    .id = "pooler",
    .title = "PostgreSQL: Pooler (pgbouncer)",
    .description =
        "Who waits for a connection of pgbouncer, how far its pools are in use, and what goes through them.",
    .variables = {},
    .rows = pooler::kRows,
};

}  // namespace pgvigil::generate::boards
