#pragma once

#include "catalogue/spec.hpp"

/// Checkpoints and buffers written, under the names of PostgreSQL 13 to 16 on every version. 17 moved the
/// checkpoints to pg_stat_checkpointer, and what backends write and sync themselves to pg_stat_io: there it
/// is every relation block that neither the checkpointer nor the background writer wrote or extended. 18
/// counts these in bytes. checkpoint_*_time_total are milliseconds and stats_reset_total is a timestamp,
/// typed counter as postgres_exporter does; the seconds and the gauge are beside them. A server whose
/// statistics were never reset has 0 in the first.
namespace pgvigil::catalogue::stat_bgwriter {

inline constexpr auto kColumns = std::to_array<Column>({
    {"checkpoints_timed", Use::counter, "pg_stat_bgwriter_checkpoints_timed_total",
     "Checkpoints begun because checkpoint_timeout had passed."},
    {"checkpoints_req", Use::counter, "pg_stat_bgwriter_checkpoints_req_total",
     "Checkpoints requested: by the amount of WAL, or by a command."},
    {"checkpoint_write_time", Use::counter, "pg_stat_bgwriter_checkpoint_write_time_total",
     "Milliseconds that checkpoints spent writing files."},
    {"checkpoint_sync_time", Use::counter, "pg_stat_bgwriter_checkpoint_sync_time_total",
     "Milliseconds that checkpoints spent synchronising files."},
    {"buffers_checkpoint", Use::counter, "pg_stat_bgwriter_buffers_checkpoint_total",
     "Buffers written by checkpoints."},
    {"buffers_clean", Use::counter, "pg_stat_bgwriter_buffers_clean_total",
     "Buffers written by the background writer."},
    {"maxwritten_clean", Use::counter, "pg_stat_bgwriter_maxwritten_clean_total",
     "Times the background writer stopped early because it had written bgwriter_lru_maxpages."},
    {"buffers_backend", Use::counter, "pg_stat_bgwriter_buffers_backend_total",
     "Buffers that backends had to write themselves, extensions of relations included."},
    {"buffers_backend_fsync", Use::counter, "pg_stat_bgwriter_buffers_backend_fsync_total",
     "Times a backend had to synchronise a file itself."},
    {"buffers_alloc", Use::counter, "pg_stat_bgwriter_buffers_alloc_total", "Buffers allocated."},
    {"stats_reset", Use::counter, "pg_stat_bgwriter_stats_reset_total",
     "When these statistics were last reset, as seconds since the epoch; 0 for never."},
    {"checkpoint_write_seconds", Use::counter, "pg_stat_bgwriter_checkpoint_write_seconds_total",
     "Time that checkpoints spent writing files.", 0.001},
    {"checkpoint_sync_seconds", Use::counter, "pg_stat_bgwriter_checkpoint_sync_seconds_total",
     "Time that checkpoints spent synchronising files.", 0.001},
    {"stats_reset_timestamp", Use::gauge, "pg_stat_bgwriter_stats_reset_timestamp_seconds",
     "When these statistics were last reset."},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {13, R"(
SELECT b.checkpoints_timed, b.checkpoints_req, b.checkpoint_write_time, b.checkpoint_sync_time, b.buffers_checkpoint,
       b.buffers_clean, b.maxwritten_clean, b.buffers_backend, b.buffers_backend_fsync, b.buffers_alloc,
       coalesce(extract(epoch FROM b.stats_reset), 0) AS stats_reset,
       b.checkpoint_write_time AS checkpoint_write_seconds, b.checkpoint_sync_time AS checkpoint_sync_seconds,
       extract(epoch FROM b.stats_reset) AS stats_reset_timestamp
  FROM pg_catalog.pg_stat_bgwriter b)"},
    {17, R"(
SELECT c.num_timed AS checkpoints_timed, c.num_requested AS checkpoints_req,
       c.write_time AS checkpoint_write_time, c.sync_time AS checkpoint_sync_time,
       c.buffers_written AS buffers_checkpoint, b.buffers_clean, b.maxwritten_clean,
       io.buffers_backend, io.buffers_backend_fsync, b.buffers_alloc,
       coalesce(extract(epoch FROM b.stats_reset), 0) AS stats_reset,
       c.write_time AS checkpoint_write_seconds, c.sync_time AS checkpoint_sync_seconds,
       extract(epoch FROM b.stats_reset) AS stats_reset_timestamp
  FROM pg_catalog.pg_stat_bgwriter b, pg_catalog.pg_stat_checkpointer c,
       (SELECT pg_catalog.sum(coalesce(i.writes, 0) + coalesce(i.extends, 0)) AS buffers_backend,
               coalesce(pg_catalog.sum(i.fsyncs), 0) AS buffers_backend_fsync
          FROM pg_catalog.pg_stat_io i
         WHERE i.object = 'relation' AND i.backend_type NOT IN ('background writer', 'checkpointer')) io)"},
    {18, R"(
SELECT c.num_timed AS checkpoints_timed, c.num_requested AS checkpoints_req,
       c.write_time AS checkpoint_write_time, c.sync_time AS checkpoint_sync_time,
       c.buffers_written AS buffers_checkpoint, b.buffers_clean, b.maxwritten_clean,
       io.buffers_backend, io.buffers_backend_fsync, b.buffers_alloc,
       coalesce(extract(epoch FROM b.stats_reset), 0) AS stats_reset,
       c.write_time AS checkpoint_write_seconds, c.sync_time AS checkpoint_sync_seconds,
       extract(epoch FROM b.stats_reset) AS stats_reset_timestamp
  FROM pg_catalog.pg_stat_bgwriter b, pg_catalog.pg_stat_checkpointer c,
       (SELECT pg_catalog.div(pg_catalog.sum(coalesce(i.write_bytes, 0) + coalesce(i.extend_bytes, 0)),
                              pg_catalog.current_setting('block_size')::numeric) AS buffers_backend,
               coalesce(pg_catalog.sum(i.fsyncs), 0) AS buffers_backend_fsync
          FROM pg_catalog.pg_stat_io i
         WHERE i.object = 'relation' AND i.backend_type NOT IN ('background writer', 'checkpointer')) io)"},
});

inline constexpr CollectorSpec kSpec = {.name = "stat_bgwriter", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::stat_bgwriter
