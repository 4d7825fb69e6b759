#pragma once

#include "catalogue/spec.hpp"

/// What is set for each role. A password of a role without a date never expires, and has no sample.
namespace pgvigil::catalogue::roles {

inline constexpr auto kColumns = std::to_array<Column>({
    {"rolname"},
    {"connection_limit", Use::gauge, "pg_roles_connection_limit",
     "Connection limit set for the role, -1 for none."},
    {"valid_until", Use::gauge, "pg_roles_valid_until_timestamp_seconds",
     "When the role's password expires; no sample where it never does."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT r.rolname, r.rolconnlimit AS connection_limit,
       CASE WHEN pg_catalog.isfinite(r.rolvaliduntil) THEN extract(epoch FROM r.rolvaliduntil) END AS valid_until
  FROM pg_catalog.pg_roles r
 ORDER BY connection_limit DESC, r.rolname)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "roles", .interval = seconds(60), .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::roles
