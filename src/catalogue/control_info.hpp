#pragma once

#include "catalogue/spec.hpp"

/// Which cluster it is: a primary and its replicas have one system identifier.
namespace pgvigil::catalogue::control_info {

inline constexpr auto kColumns = std::to_array<Column>({
    {"system_identifier"},
    {"catalog_version"},
    {"cluster_name"},
    {"info", Use::gauge, "pg_control_info",
     "Always 1: the cluster's identity, and its name (cluster_name) if it has one."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT s.system_identifier, s.catalog_version_no AS catalog_version,
       pg_catalog.current_setting('cluster_name') AS cluster_name, 1 AS info
  FROM pg_catalog.pg_control_system() s)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "control_info", .interval = seconds(300), .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::control_info
