#pragma once

#include "catalogue/spec.hpp"

/// Calls of functions and their time, where track_functions counts them: nothing is counted, and no row
/// returned, while it is none. Functions of one name are summed. The 100 that took longest.
namespace pgvigil::catalogue::stat_user_functions {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"funcname"},
    {"calls", Use::counter, "pg_stat_user_functions_calls_total", "Calls of the function."},
    {"total_time", Use::counter, "pg_stat_user_functions_seconds_total",
     "Time spent in the function and in those that it called.", 0.001},
    {"self_time", Use::counter, "pg_stat_user_functions_self_seconds_total",
     "Time spent in the function itself, without other functions that it called.", 0.001},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.current_database() AS datname, f.schemaname, f.funcname, pg_catalog.sum(f.calls) AS calls,
       pg_catalog.sum(f.total_time) AS total_time, pg_catalog.sum(f.self_time) AS self_time
  FROM pg_catalog.pg_stat_user_functions f
 GROUP BY f.schemaname, f.funcname
 ORDER BY total_time DESC, f.schemaname, f.funcname
 LIMIT 100)"}});

inline constexpr CollectorSpec kSpec = {.name = "stat_user_functions",
                                        .scope = model::Scope::database,
                                        .interval = seconds(60),
                                        .max_rows = 100,
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::stat_user_functions
