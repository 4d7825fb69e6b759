#pragma once

#include "catalogue/spec.hpp"

/// How full pg_stat_statements is, and what it threw away. Entries are counted by collect/fold.hpp in the
/// rows of stat_statements, not read once more.
namespace pgvigil::catalogue::stat_statements_info {

inline constexpr auto kColumns = std::to_array<Column>({
    {"dealloc", Use::counter, "pg_stat_statements_dealloc_total",
     "Times that entries of the least executed statements were thrown away because there were more than "
     "pg_stat_statements.max."},
    {"stats_reset", Use::gauge, "pg_stat_statements_stats_reset_timestamp_seconds",
     "When all entries were reset last, in seconds since the epoch."},
    {"entries", Use::gauge, "pg_stat_statements_entries",
     "Entries in use, but for those of pgvigil's own role; pg_stat_statements.max says how many there may "
     "be."},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {104, "SELECT NULL::bigint AS dealloc, NULL::timestamptz AS stats_reset"},
    {109, R"(
SELECT i.dealloc, i.stats_reset
  FROM @extschema@.pg_stat_statements_info i)"},
});

inline constexpr CollectorSpec kSpec = {.name = "stat_statements_info",
                                        .extension = "pg_stat_statements",
                                        .fold = model::Fold::statement_entries,
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::stat_statements_info
