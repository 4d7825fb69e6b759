#pragma once

#include "catalogue/spec.hpp"

/// Settings whose files and server disagree: changed and reloaded, but of the kind that only a restart takes
/// up.
namespace pgvigil::catalogue::settings_pending_restart {

inline constexpr auto kColumns = std::to_array<Column>({
    {"pending", Use::gauge, "pg_settings_pending_restart",
     "Settings that were changed in the configuration files and wait for a restart."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.count(*) AS pending
  FROM pg_catalog.pg_settings s
 WHERE s.pending_restart)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "settings_pending_restart", .interval = seconds(60), .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::settings_pending_restart
