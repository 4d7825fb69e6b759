#pragma once

#include "catalogue/spec.hpp"

/// The server's log files, where its logging collector writes any. Elsewhere the directory may not exist.
namespace pgvigil::catalogue::log_directory {

inline constexpr auto kColumns = std::to_array<Column>({
    {"files", Use::gauge, "pg_log_directory_files", "Files in the directory of the server's logs."},
    {"bytes", Use::gauge, "pg_log_directory_bytes", "Their size."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.count(*) AS files, coalesce(pg_catalog.sum(l.size), 0) AS bytes
  FROM pg_catalog.pg_ls_logdir() l
 WHERE pg_catalog.current_setting('logging_collector') = 'on'
HAVING pg_catalog.current_setting('logging_collector') = 'on')"}});

inline constexpr CollectorSpec kSpec = {
    .name = "log_directory", .interval = seconds(60), .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::log_directory
