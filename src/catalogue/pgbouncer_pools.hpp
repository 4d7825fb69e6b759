#pragma once

#include "catalogue/spec.hpp"

/// Who waits for whom: clients and server connections of each pool, by state.
namespace pgvigil::catalogue::pgbouncer_pools {

inline constexpr auto kColumns = std::to_array<Column>({
    {"database"},
    {"user"},
    {"cl_active", Use::gauge, "pgbouncer_pools_client_active_connections",
     "Clients that have a server connection, or need none yet."},
    {"cl_waiting", Use::gauge, "pgbouncer_pools_client_waiting_connections",
     "Clients that wait for a server connection."},
    {"cl_active_cancel_req", Use::gauge, "pgbouncer_pools_client_active_cancel_connections",
     "Clients whose request to cancel is with the server, from 1.18 on."},
    {"cl_waiting_cancel_req", Use::gauge, "pgbouncer_pools_client_waiting_cancel_connections",
     "Clients whose request to cancel is not with the server yet, from 1.18 on."},
    {"sv_active", Use::gauge, "pgbouncer_pools_server_active_connections",
     "Server connections that a client has."},
    {"sv_active_cancel", Use::gauge, "pgbouncer_pools_server_active_cancel_connections",
     "Server connections that bring a request to cancel, from 1.18 on."},
    {"sv_being_canceled", Use::gauge, "pgbouncer_pools_server_being_canceled_connections",
     "Server connections that a request to cancel under way keeps from being idle, from 1.18 on."},
    {"sv_idle", Use::gauge, "pgbouncer_pools_server_idle_connections",
     "Server connections that are free at once."},
    {"sv_used", Use::gauge, "pgbouncer_pools_server_used_connections",
     "Server connections that are free after a check."},
    {"sv_tested", Use::gauge, "pgbouncer_pools_server_testing_connections",
     "Server connections that are being reset or checked."},
    {"sv_login", Use::gauge, "pgbouncer_pools_server_login_connections",
     "Server connections that are logging in."},
    {"maxwait", Use::gauge, "pgbouncer_pools_client_maxwait_seconds",
     "How long the first client in the queue has waited, in whole seconds."},
});

inline constexpr auto kQueries = std::to_array<Query>({{0, "SHOW POOLS"}});

inline constexpr CollectorSpec kSpec = on_console("pgbouncer_pools", kQueries, kColumns, true);

}  // namespace pgvigil::catalogue::pgbouncer_pools
