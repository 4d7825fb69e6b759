#pragma once

#include "catalogue/spec.hpp"

/// How many roles may do what only few should.
namespace pgvigil::catalogue::role_attributes {

inline constexpr auto kColumns = std::to_array<Column>({
    {"login", Use::gauge, "pg_roles_login", "Roles that may log in."},
    {"superusers", Use::gauge, "pg_roles_superusers", "Roles that are superusers."},
    {"createrole", Use::gauge, "pg_roles_createrole", "Roles that may create roles, superusers not counted."},
    {"replication", Use::gauge, "pg_roles_replication", "Roles that may replicate, superusers not counted."},
    {"bypassrls", Use::gauge, "pg_roles_bypassrls",
     "Roles that bypass row security, superusers not counted."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.count(*) FILTER (WHERE r.rolcanlogin) AS login,
       pg_catalog.count(*) FILTER (WHERE r.rolsuper) AS superusers,
       pg_catalog.count(*) FILTER (WHERE r.rolcreaterole AND NOT r.rolsuper) AS createrole,
       pg_catalog.count(*) FILTER (WHERE r.rolreplication AND NOT r.rolsuper) AS replication,
       pg_catalog.count(*) FILTER (WHERE r.rolbypassrls AND NOT r.rolsuper) AS bypassrls
  FROM pg_catalog.pg_roles r)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "role_attributes", .interval = seconds(300), .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::role_attributes
