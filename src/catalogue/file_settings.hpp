#pragma once

#include "catalogue/spec.hpp"

/// The configuration files as they are on disk now, which the server reads for this. pg_monitor may not:
/// SELECT on the view and EXECUTE on pg_show_all_file_settings() must be granted, so it is off by default.
namespace pgvigil::catalogue::file_settings {

inline constexpr auto kColumns = std::to_array<Column>({
    {"errors", Use::gauge, "pg_file_settings_errors",
     "Lines of the configuration files that cannot be applied: mistakes, and what waits for a restart."},
    {"lines", Use::gauge, "pg_file_settings_lines", "Settings in the configuration files."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.count(f.error) AS errors, pg_catalog.count(f.name) AS lines
  FROM pg_catalog.pg_file_settings f)"}});

inline constexpr CollectorSpec kSpec = {.name = "file_settings",
                                        .interval = seconds(300),
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .enabled = false};

}  // namespace pgvigil::catalogue::file_settings
