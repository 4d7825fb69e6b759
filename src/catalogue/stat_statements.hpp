#pragma once

#include "catalogue/spec.hpp"
#include "catalogue/statements_sql.hpp"

/// All statements; collect/fold.hpp makes of them the top 100 and a remainder, so that sums stay right.
/// Statements inside functions and at top level are one series. Who or what was dropped is named by its oid.
namespace pgvigil::catalogue::stat_statements {

inline constexpr auto kColumns = std::to_array<Column>({
    {"user"},
    {"datname"},
    {"queryid"},
    {"calls", Use::counter, "pg_stat_statements_calls_total", "Executions of the statement."},
    {"milliseconds", Use::counter, "pg_stat_statements_seconds_total", "Time spent executing the statement.",
     0.001},
    {"rows", Use::counter, "pg_stat_statements_rows_total", "Rows retrieved or affected by the statement."},
    {"block_read_milliseconds", Use::counter, "pg_stat_statements_block_read_seconds_total",
     "Time the statement spent reading blocks, where track_io_timing is on.", 0.001},
    {"block_write_milliseconds", Use::counter, "pg_stat_statements_block_write_seconds_total",
     "Time the statement spent writing blocks, where track_io_timing is on.", 0.001},
    {"shared_hit_bytes", Use::counter, "pg_stat_statements_shared_hit_bytes_total",
     "Bytes of shared blocks that the statement found in shared_buffers."},
    {"shared_read_bytes", Use::counter, "pg_stat_statements_shared_read_bytes_total",
     "Bytes of shared blocks that the statement had to read into shared_buffers."},
    {"temp_written_bytes", Use::counter, "pg_stat_statements_temp_written_bytes_total",
     "Bytes that the statement wrote to temporary files, because work_mem was too small for a sort or hash."},
    {"plan_milliseconds", Use::counter, "pg_stat_statements_plan_seconds_total",
     "Time spent planning the statement, where pg_stat_statements.track_planning is on.", 0.001},
    {"wal_bytes", Use::counter, "pg_stat_statements_wal_bytes_total",
     "Bytes of WAL that the statement generated."},
});

namespace sql = statements_sql;
inline constexpr auto kQueries = std::to_array<Query>({
    {104, sql::Statement<sql::kNotNested, sql::kExecution104, sql::kBlocks>::kText},
    {108, sql::Statement<sql::kNotNested, sql::kExecution108, sql::kBlocks, sql::kPlanning108>::kText},
    {109, sql::Statement<sql::kNested, sql::kExecution108, sql::kBlocks, sql::kPlanning108>::kText},
    {111, sql::Statement<sql::kNested, sql::kExecution111, sql::kBlocks, sql::kPlanning108>::kText},
});

inline constexpr CollectorSpec kSpec = {.name = "stat_statements",
                                        .extension = "pg_stat_statements",
                                        .max_rows = 101,
                                        .fold = model::Fold::statements,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .all_stats = true,
                                        .minimal = true,
                                        .within = "stat_statements_detail"};

}  // namespace pgvigil::catalogue::stat_statements
