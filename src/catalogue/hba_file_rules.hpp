#pragma once

#include "catalogue/spec.hpp"

/// pg_hba.conf as it is on disk now, which the server reads for this: with a mistake in it, a reload leaves
/// the old rules in force, and a restart fails. pg_monitor may not see it: SELECT on the view and EXECUTE on
/// pg_hba_file_rules() must be granted, so it is off by default.
namespace pgvigil::catalogue::hba_file_rules {

inline constexpr auto kColumns = std::to_array<Column>({
    {"errors", Use::gauge, "pg_hba_file_rules_errors", "Lines of pg_hba.conf that are mistakes."},
    {"lines", Use::gauge, "pg_hba_file_rules_lines", "Rules in pg_hba.conf."},
    {"trust", Use::gauge, "pg_hba_file_rules_trust_lines",
     "Rules among them that let in whoever comes without a password (trust)."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.count(h.error) AS errors, pg_catalog.count(h.type) AS lines,
       pg_catalog.count(*) FILTER (WHERE h.auth_method = 'trust') AS trust
  FROM pg_catalog.pg_hba_file_rules h)"}});

inline constexpr CollectorSpec kSpec = {.name = "hba_file_rules",
                                        .interval = seconds(300),
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .enabled = false};

}  // namespace pgvigil::catalogue::hba_file_rules
