#pragma once

#include "catalogue/spec.hpp"

/// The limits that pgbouncer runs with. 0 is no limit.
namespace pgvigil::catalogue::pgbouncer_config {

inline constexpr auto kColumns = std::to_array<Column>({
    {"default_pool_size", Use::gauge, "pgbouncer_config_default_pool_size",
     "Server connections of a pool, where its database says nothing else."},
    {"max_client_conn", Use::gauge, "pgbouncer_config_max_client_connections",
     "Client connections at most, of all databases."},
    {"max_db_connections", Use::gauge, "pgbouncer_config_max_database_connections",
     "Server connections of a database at most, over its pools; 0 is no limit."},
    {"max_user_connections", Use::gauge, "pgbouncer_config_max_user_connections",
     "Server connections of a user at most, over its pools; 0 is no limit."},
    {"reserve_pool_size", Use::gauge, "pgbouncer_config_reserve_pool_size",
     "Server connections that a pool may open beyond its size."},
});

inline constexpr auto kQueries = std::to_array<Query>({{0, "SHOW CONFIG"}});

inline constexpr CollectorSpec kSpec = [] {
  CollectorSpec spec = on_console("pgbouncer_config", kQueries, kColumns, true);
  spec.listed = true;
  return spec;
}();

}  // namespace pgvigil::catalogue::pgbouncer_config
