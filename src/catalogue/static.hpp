#pragma once

#include "catalogue/spec.hpp"

/// What the server is. short_version has three parts, as postgres_exporter writes it, and `server` is the
/// address that the server itself sees.
namespace pgvigil::catalogue::server_static {

inline constexpr auto kColumns = std::to_array<Column>({
    {"version"},
    {"short_version"},
    {"server"},
    {"static", Use::untyped, "pg_static", "Always 1: the server's version."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.version() AS version,
       v.number / 10000 || '.' || v.number % 10000 || '.0' AS short_version,
       coalesce(pg_catalog.host(pg_catalog.inet_server_addr()), 'localhost') || ':'
         || pg_catalog.current_setting('port') AS server,
       1 AS static
  FROM (SELECT pg_catalog.current_setting('server_version_num')::int AS number) v)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "static", .interval = seconds(60), .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::server_static
