#pragma once

#include "catalogue/spec.hpp"

/// I/O by kind of process, object and context; the view came with 16. Of its 30 (16) to 79 (18) rows most are
/// possible and never happen, so a row appears with its first operation. What rate() misses by that is what
/// happened in one interval, once after a reset of the statistics; what it saves is most of the page. Times
/// are 0 for ever where track_io_timing (for WAL, track_wal_io_timing) is off, which would say that I/O takes
/// no time: then they have no sample. Before 18 an operation is a block, 18 combines blocks and counts bytes.
namespace pgvigil::catalogue::stat_io {

inline constexpr auto kColumns = std::to_array<Column>({
    {"backend_type"},
    {"object"},
    {"context"},
    {"reads", Use::counter, "pg_stat_io_reads_total", "Read operations; before 18 every block is one."},
    {"read_bytes", Use::counter, "pg_stat_io_read_bytes_total", "Bytes read."},
    {"read_time", Use::counter, "pg_stat_io_read_seconds_total",
     "Time spent reading; no sample where its timing is off.", 0.001},
    {"writes", Use::counter, "pg_stat_io_writes_total", "Write operations; before 18 every block is one."},
    {"write_bytes", Use::counter, "pg_stat_io_write_bytes_total", "Bytes written."},
    {"write_time", Use::counter, "pg_stat_io_write_seconds_total",
     "Time spent writing; no sample where its timing is off.", 0.001},
    {"writeback_bytes", Use::counter, "pg_stat_io_writeback_bytes_total",
     "Bytes that the kernel was asked to write out to the disk."},
    {"writeback_time", Use::counter, "pg_stat_io_writeback_seconds_total",
     "Time spent asking the kernel to write out; no sample where its timing is off.", 0.001},
    {"extends", Use::counter, "pg_stat_io_extends_total",
     "Operations that made a relation longer; before 18 every block is one."},
    {"extend_bytes", Use::counter, "pg_stat_io_extend_bytes_total",
     "Bytes by which relations became longer."},
    {"extend_time", Use::counter, "pg_stat_io_extend_seconds_total",
     "Time spent making relations longer; no sample where its timing is off.", 0.001},
    {"hits", Use::counter, "pg_stat_io_hits_total", "Blocks found in shared buffers."},
    {"evictions", Use::counter, "pg_stat_io_evictions_total",
     "Blocks put out of a buffer to make it available for another use."},
    {"reuses", Use::counter, "pg_stat_io_reuses_total",
     "Buffers of a ring (bulk reads, bulk writes, vacuum) used once more."},
    {"fsyncs", Use::counter, "pg_stat_io_fsyncs_total", "Calls of fsync."},
    {"fsync_time", Use::counter, "pg_stat_io_fsync_seconds_total",
     "Time spent in fsync; no sample where its timing is off.", 0.001},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {16, R"(
SELECT i.backend_type, i.object, i.context,
       i.reads, i.reads * i.op_bytes AS read_bytes, nullif(i.read_time, 0) AS read_time,
       i.writes, i.writes * i.op_bytes AS write_bytes, nullif(i.write_time, 0) AS write_time,
       i.writebacks * i.op_bytes AS writeback_bytes, nullif(i.writeback_time, 0) AS writeback_time,
       i.extends, i.extends * i.op_bytes AS extend_bytes, nullif(i.extend_time, 0) AS extend_time,
       i.hits, i.evictions, i.reuses, i.fsyncs, nullif(i.fsync_time, 0) AS fsync_time
  FROM pg_catalog.pg_stat_io i
 WHERE greatest(i.reads, i.writes, i.writebacks, i.extends, i.hits, i.evictions, i.reuses, i.fsyncs) > 0)"},
    {18, R"(
SELECT i.backend_type, i.object, i.context,
       i.reads, i.read_bytes, nullif(i.read_time, 0) AS read_time,
       i.writes, i.write_bytes, nullif(i.write_time, 0) AS write_time,
       i.writebacks * (SELECT pg_catalog.current_setting('block_size')::bigint) AS writeback_bytes,
       nullif(i.writeback_time, 0) AS writeback_time,
       i.extends, i.extend_bytes, nullif(i.extend_time, 0) AS extend_time,
       i.hits, i.evictions, i.reuses, i.fsyncs, nullif(i.fsync_time, 0) AS fsync_time
  FROM pg_catalog.pg_stat_io i
 WHERE greatest(i.reads, i.writes, i.writebacks, i.extends, i.hits, i.evictions, i.reuses, i.fsyncs) > 0)"},
});

inline constexpr CollectorSpec kSpec = {.name = "stat_io", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::stat_io
