#pragma once

#include "catalogue/spec.hpp"

/// pg_stat_checkpointer under its own names; it came with 17. postgres_exporter's opt-in collector has times
/// in milliseconds, and a timestamp typed counter, 0 for never: kept, with the right ones beside them.
namespace pgvigil::catalogue::stat_checkpointer {

inline constexpr auto kColumns = std::to_array<Column>({
    {"num_timed", Use::counter, "pg_stat_checkpointer_num_timed_total",
     "Checkpoints begun because checkpoint_timeout had passed, skipped ones included."},
    {"num_requested", Use::counter, "pg_stat_checkpointer_num_requested_total",
     "Checkpoints requested: by the amount of WAL, or by a command."},
    {"num_done", Use::counter, "pg_stat_checkpointer_num_done_total", "Checkpoints completed (18+)."},
    {"restartpoints_timed", Use::counter, "pg_stat_checkpointer_restartpoints_timed_total",
     "Restartpoints begun because checkpoint_timeout had passed, or after a failed attempt."},
    {"restartpoints_req", Use::counter, "pg_stat_checkpointer_restartpoints_req_total",
     "Restartpoints requested."},
    {"restartpoints_done", Use::counter, "pg_stat_checkpointer_restartpoints_done_total",
     "Restartpoints completed."},
    {"write_time", Use::counter, "pg_stat_checkpointer_write_seconds_total",
     "Time that checkpoints and restartpoints spent writing files.", 0.001},
    {"sync_time", Use::counter, "pg_stat_checkpointer_sync_seconds_total",
     "Time that checkpoints and restartpoints spent synchronising files.", 0.001},
    {"write_time_ms", Use::counter, "pg_stat_checkpointer_write_time_total",
     "Milliseconds that checkpoints and restartpoints spent writing files."},
    {"sync_time_ms", Use::counter, "pg_stat_checkpointer_sync_time_total",
     "Milliseconds that checkpoints and restartpoints spent synchronising files."},
    {"buffers_written", Use::counter, "pg_stat_checkpointer_buffers_written_total",
     "Shared buffers written by checkpoints and restartpoints."},
    {"slru_written", Use::counter, "pg_stat_checkpointer_slru_written_total",
     "SLRU buffers written by checkpoints and restartpoints (18+)."},
    {"stats_reset", Use::gauge, "pg_stat_checkpointer_stats_reset_timestamp_seconds",
     "When these statistics were last reset."},
    {"stats_reset_total", Use::counter, "pg_stat_checkpointer_stats_reset_total",
     "When these statistics were last reset, as seconds since the epoch; 0 for never."},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {17, R"(
SELECT c.num_timed, c.num_requested, NULL::bigint AS num_done,
       c.restartpoints_timed, c.restartpoints_req, c.restartpoints_done,
       c.write_time, c.sync_time, c.write_time AS write_time_ms, c.sync_time AS sync_time_ms, c.buffers_written, NULL::bigint AS slru_written,
       extract(epoch FROM c.stats_reset) AS stats_reset,
       coalesce(extract(epoch FROM c.stats_reset), 0) AS stats_reset_total
  FROM pg_catalog.pg_stat_checkpointer c)"},
    {18, R"(
SELECT c.num_timed, c.num_requested, c.num_done,
       c.restartpoints_timed, c.restartpoints_req, c.restartpoints_done,
       c.write_time, c.sync_time, c.write_time AS write_time_ms, c.sync_time AS sync_time_ms, c.buffers_written, c.slru_written,
       extract(epoch FROM c.stats_reset) AS stats_reset,
       coalesce(extract(epoch FROM c.stats_reset), 0) AS stats_reset_total
  FROM pg_catalog.pg_stat_checkpointer c)"},
});

inline constexpr CollectorSpec kSpec = {
    .name = "stat_checkpointer", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::stat_checkpointer
