#pragma once

#include "catalogue/spec.hpp"

/// Data pages whose checksum was wrong, where the cluster has checksums. The catalogues that all databases
/// share have the row without a datname.
namespace pgvigil::catalogue::database_checksums {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datid"},
    {"datname"},
    {"failures", Use::counter, "pg_stat_database_checksum_failures_total",
     "Data pages whose checksum was wrong; no sample where the cluster has no checksums."},
    {"last_failure", Use::gauge, "pg_stat_database_checksum_last_failure_timestamp_seconds",
     "When the last of them was found; no sample if none was."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT d.datid, d.datname, d.checksum_failures AS failures,
       extract(epoch FROM d.checksum_last_failure) AS last_failure
  FROM pg_catalog.pg_stat_database d
 WHERE d.checksum_failures IS NOT NULL
 ORDER BY failures DESC, d.datid)"}});

inline constexpr CollectorSpec kSpec = {.name = "database_checksums",
                                        .interval = seconds(60),
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .minimal = true};

}  // namespace pgvigil::catalogue::database_checksums
