#pragma once

#include "catalogue/spec.hpp"

/// WAL generated and written; the view came with 14. 18 moved writes and syncs to pg_stat_io: here they are
/// the same as before, without the making of new segments and without what a replica's receiver writes.
/// Times are 0 for ever where track_wal_io_timing is off: then they have no sample.
namespace pgvigil::catalogue::stat_wal {

inline constexpr auto kColumns = std::to_array<Column>({
    {"records", Use::counter, "pg_stat_wal_records_total", "WAL records generated."},
    {"fpi", Use::counter, "pg_stat_wal_fpi_total", "Full page images generated."},
    {"bytes", Use::counter, "pg_stat_wal_bytes_total", "WAL generated."},
    {"buffers_full", Use::counter, "pg_stat_wal_buffers_full_total",
     "Times that WAL was written because the WAL buffers were full."},
    {"writes", Use::counter, "pg_stat_wal_writes_total", "Times that WAL buffers were written out."},
    {"syncs", Use::counter, "pg_stat_wal_syncs_total", "Times that WAL files were synchronised."},
    {"write_time", Use::counter, "pg_stat_wal_write_seconds_total",
     "Time spent writing WAL; no sample where track_wal_io_timing is off.", 0.001},
    {"sync_time", Use::counter, "pg_stat_wal_sync_seconds_total",
     "Time spent synchronising WAL; no sample where track_wal_io_timing is off.", 0.001},
    {"stats_reset", Use::gauge, "pg_stat_wal_stats_reset_timestamp_seconds",
     "When these statistics were last reset."},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {14, R"(
SELECT w.wal_records AS records, w.wal_fpi AS fpi, w.wal_bytes AS bytes, w.wal_buffers_full AS buffers_full,
       w.wal_write AS writes, w.wal_sync AS syncs,
       nullif(w.wal_write_time, 0) AS write_time, nullif(w.wal_sync_time, 0) AS sync_time,
       extract(epoch FROM w.stats_reset) AS stats_reset
  FROM pg_catalog.pg_stat_wal w)"},
    {18, R"(
SELECT w.wal_records AS records, w.wal_fpi AS fpi, w.wal_bytes AS bytes, w.wal_buffers_full AS buffers_full,
       io.writes, io.syncs, io.write_time, io.sync_time, extract(epoch FROM w.stats_reset) AS stats_reset
  FROM pg_catalog.pg_stat_wal w,
       (SELECT pg_catalog.sum(i.writes) AS writes, pg_catalog.sum(i.fsyncs) AS syncs,
               nullif(pg_catalog.sum(i.write_time), 0) AS write_time,
               nullif(pg_catalog.sum(i.fsync_time), 0) AS sync_time
          FROM pg_catalog.pg_stat_io i
         WHERE i.object = 'wal' AND i.context = 'normal' AND i.backend_type <> 'walreceiver') io)"},
});

inline constexpr CollectorSpec kSpec = {.name = "stat_wal", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::stat_wal
