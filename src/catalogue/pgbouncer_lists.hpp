#pragma once

#include "catalogue/spec.hpp"

/// How many there are of everything that pgbouncer holds.
namespace pgvigil::catalogue::pgbouncer_lists {

inline constexpr auto kColumns = std::to_array<Column>({
    {"databases", Use::gauge, "pgbouncer_databases", "Databases that are known."},
    {"users", Use::gauge, "pgbouncer_users", "Users that are known."},
    {"pools", Use::gauge, "pgbouncer_pools", "Pools: pairs of database and user."},
    {"free_clients", Use::gauge, "pgbouncer_free_clients", "Places for clients that are allocated and free."},
    {"used_clients", Use::gauge, "pgbouncer_used_clients", "Clients, those that log in included."},
    {"login_clients", Use::gauge, "pgbouncer_login_clients", "Clients that are logging in."},
    {"free_servers", Use::gauge, "pgbouncer_free_servers",
     "Places for server connections that are allocated and free."},
    {"used_servers", Use::gauge, "pgbouncer_used_servers", "Server connections."},
    {"dns_names", Use::gauge, "pgbouncer_cached_dns_names", "Host names in the cache."},
    {"dns_zones", Use::gauge, "pgbouncer_cached_dns_zones", "DNS zones in the cache."},
    {"dns_queries", Use::gauge, "pgbouncer_in_flight_dns_queries", "DNS queries without an answer yet."},
});

inline constexpr auto kQueries = std::to_array<Query>({{0, "SHOW LISTS"}});

inline constexpr CollectorSpec kSpec = [] {
  CollectorSpec spec = on_console("pgbouncer_lists", kQueries, kColumns, true);
  spec.listed = true;
  return spec;
}();

}  // namespace pgvigil::catalogue::pgbouncer_lists
