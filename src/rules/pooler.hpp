#pragma once

#include "rules/thresholds.hpp"

/// pgbouncer, by its console: a pool that is short, and clients that it turns away.
namespace pgvigil::rules {

inline constexpr Rule kPoolerWait = {
    .id = "pooler_wait",
    .title = "Waiting for pgbouncer",
    .alert = "PgbouncerClientsWait",
    .limits = {5, 30, Seconds(60)},
    .summary = "Clients wait for a connection from pgbouncer's pool.",
    .description =
        "A client of {{ $labels.user }} in {{ $labels.database }} has waited {value} for a server connection "
        "(limit "
        "{limit}). First: SHOW POOLS says whether all connections of the pool are active; then who keeps "
        "them, on the "
        "server.",
    .indicator = {"How long the first client in a pool's queue has waited.", Unit::seconds,
                  "pgbouncer_pools_client_maxwait_seconds"},
    .board = "pooler",
};

// A look every poll sees a busy pool free at times: the mean over five minutes does not. At nine in ten
// clients begin to queue, long before one waits for seconds. How bad it then is, PgbouncerClientsWait says.
inline constexpr Rule kPoolerFull = {
    .id = "pooler_full",
    .title = "Pool of pgbouncer in use",
    .alert = "PgbouncerPoolFull",
    .limits = {0.90, kNoLimit, Seconds(300)},
    .summary = "Nearly all connections of a pool of pgbouncer are in use.",
    .description =
        "Clients have {value} of the pool of {{ $labels.user }} in {{ $labels.database }} (limit {limit}); "
        "the next "
        "ones wait. First: what do the pool's sessions do on the server? Idle in transaction: the "
        "application "
        "keeps them; all at work: a larger pool_size, if the server has CPU to spare.",
    .indicator =
        {"Server connections that clients have, of the pool's size, over five minutes.", Unit::ratio,
         "avg_over_time(pgbouncer_pools_server_active_connections[5m]) / ignoring (user) group_left () (max "
         "without (name, host, port, force_user, pool_mode) (label_replace(pgbouncer_databases_pool_size, "
         "\"database\", \"$1\", \"name\", \"(.+)\")) > 0)"},
    .board = "pooler",
};

inline constexpr Rule kPoolerClients = {
    .id = "pooler_clients",
    .title = "Clients of pgbouncer",
    .alert = "PgbouncerClientsHigh",
    .limits = {0.80, 0.95, Seconds(300)},
    .summary = "Most of the clients that pgbouncer allows are connected.",
    .description =
        "{value} of max_client_conn are connected (limit {limit}); at 100 % pgbouncer refuses the next. "
        "First: SHOW "
        "CLIENTS says from where they come; then a smaller pool in the application, or a larger "
        "max_client_conn.",
    .indicator = {"Clients of pgbouncer, of max_client_conn.", Unit::ratio,
                  "pgbouncer_used_clients / pgbouncer_config_max_client_connections"},
    .board = "pooler",
};

}  // namespace pgvigil::rules
