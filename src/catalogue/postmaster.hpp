#pragma once

#include "catalogue/spec.hpp"

namespace pgvigil::catalogue::postmaster {

inline constexpr auto kColumns = std::to_array<Column>({
    {"start_time_seconds", Use::gauge, "pg_postmaster_start_time_seconds", "When the server was started."},
    {"configuration_load", Use::gauge, "pg_configuration_load_timestamp_seconds",
     "When the server last read its configuration files."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT extract(epoch FROM pg_catalog.pg_postmaster_start_time()) AS start_time_seconds,
       extract(epoch FROM pg_catalog.pg_conf_load_time()) AS configuration_load)"}});

inline constexpr CollectorSpec kSpec = {.name = "postmaster", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::postmaster
