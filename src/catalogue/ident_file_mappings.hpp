#pragma once

#include "catalogue/spec.hpp"

/// pg_ident.conf as it is on disk now; the view came with 15. pg_monitor may not see it: SELECT on the view
/// and EXECUTE on pg_ident_file_mappings() must be granted, so it is off by default.
namespace pgvigil::catalogue::ident_file_mappings {

inline constexpr auto kColumns = std::to_array<Column>({
    {"errors", Use::gauge, "pg_ident_file_mappings_errors", "Lines of pg_ident.conf that are mistakes."},
    {"lines", Use::gauge, "pg_ident_file_mappings_lines", "Mappings in pg_ident.conf."},
});

inline constexpr auto kQueries = std::to_array<Query>({{15, R"(
SELECT pg_catalog.count(i.error) AS errors, pg_catalog.count(i.map_name) AS lines
  FROM pg_catalog.pg_ident_file_mappings i)"}});

inline constexpr CollectorSpec kSpec = {.name = "ident_file_mappings",
                                        .interval = seconds(300),
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .enabled = false};

}  // namespace pgvigil::catalogue::ident_file_mappings
