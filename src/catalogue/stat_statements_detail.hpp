#pragma once

#include "catalogue/spec.hpp"
#include "catalogue/statements_sql.hpp"

/// The other counters of the statements that stat_statements has series for, off unless asked for: it makes
/// three times as many. Where both are asked, this collector's rows serve both.
namespace pgvigil::catalogue::stat_statements_detail {

inline constexpr auto kColumns = std::to_array<Column>({
    {"user"},
    {"datname"},
    {"queryid"},
    {"plans", Use::counter, "pg_stat_statements_plans_total",
     "Times the statement was planned, where pg_stat_statements.track_planning is on."},
    {"nested_calls", Use::counter, "pg_stat_statements_nested_calls_total",
     "Executions of the statement inside functions, where pg_stat_statements.track is all."},
    {"nested_milliseconds", Use::counter, "pg_stat_statements_nested_seconds_total",
     "Time spent executing the statement inside functions, where pg_stat_statements.track is all: the "
     "statement that called the function has it, too.",
     0.001},
    {"shared_dirtied_bytes", Use::counter, "pg_stat_statements_shared_dirtied_bytes_total",
     "Bytes of shared blocks that the statement was the first to change since they were written."},
    {"shared_written_bytes", Use::counter, "pg_stat_statements_shared_written_bytes_total",
     "Bytes of shared blocks that the statement had to write itself to make room."},
    {"local_hit_bytes", Use::counter, "pg_stat_statements_local_hit_bytes_total",
     "Bytes of blocks of temporary tables that the statement found in temp_buffers."},
    {"local_read_bytes", Use::counter, "pg_stat_statements_local_read_bytes_total",
     "Bytes of blocks of temporary tables that the statement had to read."},
    {"local_dirtied_bytes", Use::counter, "pg_stat_statements_local_dirtied_bytes_total",
     "Bytes of blocks of temporary tables that the statement was the first to change."},
    {"local_written_bytes", Use::counter, "pg_stat_statements_local_written_bytes_total",
     "Bytes of blocks of temporary tables that the statement wrote."},
    {"temp_read_bytes", Use::counter, "pg_stat_statements_temp_read_bytes_total",
     "Bytes that the statement read from temporary files."},
    {"temp_block_read_milliseconds", Use::counter, "pg_stat_statements_temp_block_read_seconds_total",
     "Time the statement spent reading temporary files, where track_io_timing is on.", 0.001},
    {"temp_block_write_milliseconds", Use::counter, "pg_stat_statements_temp_block_write_seconds_total",
     "Time the statement spent writing temporary files, where track_io_timing is on.", 0.001},
    {"wal_records", Use::counter, "pg_stat_statements_wal_records_total",
     "Records of WAL that the statement generated."},
    {"wal_full_page_images", Use::counter, "pg_stat_statements_wal_full_page_images_total",
     "Full page images in the WAL that the statement generated."},
    {"wal_buffers_full", Use::counter, "pg_stat_statements_wal_buffers_full_total",
     "Times the statement had to write WAL because wal_buffers were full."},
    {"jit_functions", Use::counter, "pg_stat_statements_jit_functions_total",
     "Functions that were compiled for the statement by JIT."},
    {"jit_generation_milliseconds", Use::counter, "pg_stat_statements_jit_generation_seconds_total",
     "Time spent generating JIT code for the statement.", 0.001},
    {"jit_inlining_milliseconds", Use::counter, "pg_stat_statements_jit_inlining_seconds_total",
     "Time spent inlining functions into the statement's JIT code.", 0.001},
    {"jit_optimization_milliseconds", Use::counter, "pg_stat_statements_jit_optimization_seconds_total",
     "Time spent optimizing the statement's JIT code.", 0.001},
    {"jit_emission_milliseconds", Use::counter, "pg_stat_statements_jit_emission_seconds_total",
     "Time spent emitting the statement's JIT code.", 0.001},
    {"jit_deform_milliseconds", Use::counter, "pg_stat_statements_jit_deform_seconds_total",
     "Time spent making JIT code that takes rows apart, which is part of the time of generating.", 0.001},
    {"parallel_workers_to_launch", Use::counter, "pg_stat_statements_parallel_workers_to_launch_total",
     "Parallel workers that the statement's plans asked for."},
    {"parallel_workers_launched", Use::counter, "pg_stat_statements_parallel_workers_launched_total",
     "Parallel workers that the statement got."},
});

namespace sql = statements_sql;
template <const std::string_view& Nested, const std::string_view& Execution, const std::string_view&... More>
inline constexpr std::string_view kStatement =
    sql::Statement<Nested, Execution, sql::kBlocks, sql::kPlanning108, sql::kMore108, More...>::kText;
inline constexpr auto kQueries = std::to_array<Query>({
    {108, kStatement<sql::kNotNested, sql::kExecution108>},
    {109, kStatement<sql::kNested, sql::kExecution108, sql::kMore109>},
    {110, kStatement<sql::kNested, sql::kExecution108, sql::kMore109, sql::kMore110>},
    {111, kStatement<sql::kNested, sql::kExecution111, sql::kMore109, sql::kMore110, sql::kMore111>},
    {112, kStatement<sql::kNested, sql::kExecution111, sql::kMore109, sql::kMore110, sql::kMore111,
                     sql::kMore112>},
});

inline constexpr CollectorSpec kSpec = {.name = "stat_statements_detail",
                                        .extension = "pg_stat_statements",
                                        .max_rows = 101,
                                        .fold = model::Fold::statements,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .all_stats = true,
                                        .enabled = false};

}  // namespace pgvigil::catalogue::stat_statements_detail
