#pragma once

#include "catalogue/spec.hpp"

namespace pgvigil::catalogue::roles {

inline constexpr auto kColumns = std::to_array<Column>({
    {"rolname"},
    {"connection_limit", Use::gauge, "pg_roles_connection_limit",
     "Connection limit set for the role, -1 for none."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT r.rolname, r.rolconnlimit AS connection_limit
  FROM pg_catalog.pg_roles r
 ORDER BY connection_limit DESC, r.rolname)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "roles", .interval = seconds(60), .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::roles
