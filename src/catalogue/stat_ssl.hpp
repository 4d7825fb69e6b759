#pragma once

#include "catalogue/spec.hpp"

/// How sessions of clients are encrypted, ours and those of replicas included. The function below the views
/// has all of it in one pass. A session over TLS has its cipher as label, any other an empty one.
namespace pgvigil::catalogue::stat_ssl {

inline constexpr auto kColumns = std::to_array<Column>({
    {"transport"},
    {"encryption"},
    {"cipher"},
    {"sessions", Use::gauge, "pg_stat_ssl_sessions",
     "Sessions by how they come (tcp, socket) and by what encrypts them (a version of TLS, gssapi, none)."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT CASE WHEN s.client_port < 0 THEN 'socket' ELSE 'tcp' END AS transport,
       CASE WHEN s.ssl THEN s.sslversion WHEN s.gss_enc THEN 'gssapi' ELSE 'none' END AS encryption,
       coalesce(s.sslcipher, '') AS cipher, pg_catalog.count(*) AS sessions
  FROM pg_catalog.pg_stat_get_activity(NULL) s
 WHERE s.client_port IS NOT NULL
 GROUP BY 1, 2, 3
 ORDER BY sessions DESC, transport, encryption, cipher)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "stat_ssl", .interval = seconds(60), .queries = kQueries, .columns = kColumns, .all_stats = true};

}  // namespace pgvigil::catalogue::stat_ssl
