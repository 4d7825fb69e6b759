#pragma once

#include "catalogue/spec.hpp"

/// Each database as clients name it, where it leads, and how much of it is in use.
namespace pgvigil::catalogue::pgbouncer_databases {

inline constexpr auto kColumns = std::to_array<Column>({
    {"name"},
    {"host"},
    {"port"},
    {"database"},
    {"force_user"},
    {"pool_mode"},
    {"pool_size", Use::gauge, "pgbouncer_databases_pool_size", "Server connections of a pool at most."},
    {"min_pool_size", Use::gauge, "pgbouncer_databases_min_pool_size",
     "Server connections that are kept open while there are clients."},
    {"reserve_pool", Use::gauge, "pgbouncer_databases_reserve_pool",
     "Server connections that a pool may open beyond its size, before 1.24."},
    {"reserve_pool_size", Use::gauge, "pgbouncer_databases_reserve_pool_size",
     "Server connections that a pool may open beyond its size, from 1.24 on."},
    {"max_connections", Use::gauge, "pgbouncer_databases_max_connections",
     "Server connections of the database at most; 0 is no limit."},
    {"current_connections", Use::gauge, "pgbouncer_databases_current_connections",
     "Server connections of the database now."},
    {"max_client_connections", Use::gauge, "pgbouncer_databases_max_client_connections",
     "Client connections of the database at most; 0 is no limit."},
    {"current_client_connections", Use::gauge, "pgbouncer_databases_current_client_connections",
     "Client connections of the database now."},
    {"paused", Use::gauge, "pgbouncer_databases_paused", "1 while the database is paused."},
    {"disabled", Use::gauge, "pgbouncer_databases_disabled", "1 while the database is disabled."},
});

inline constexpr auto kQueries = std::to_array<Query>({{0, "SHOW DATABASES"}});

inline constexpr CollectorSpec kSpec = on_console("pgbouncer_databases", kQueries, kColumns);

}  // namespace pgvigil::catalogue::pgbouncer_databases
