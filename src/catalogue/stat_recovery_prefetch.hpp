#pragma once

#include "catalogue/spec.hpp"

/// Reading blocks ahead of replay, on a standby (15+).
namespace pgvigil::catalogue::stat_recovery_prefetch {

inline constexpr auto kColumns = std::to_array<Column>({
    {"prefetch", Use::counter, "pg_stat_recovery_prefetch_prefetched_total",
     "Blocks prefetched because they were not in shared buffers."},
    {"hit", Use::counter, "pg_stat_recovery_prefetch_hit_total",
     "Blocks not prefetched because they were in shared buffers."},
    {"skip_init", Use::counter, "pg_stat_recovery_prefetch_skip_init_total",
     "Blocks not prefetched because replay would initialize them."},
    {"skip_new", Use::counter, "pg_stat_recovery_prefetch_skip_new_total",
     "Blocks not prefetched because they did not exist yet."},
    {"skip_fpw", Use::counter, "pg_stat_recovery_prefetch_skip_fpw_total",
     "Blocks not prefetched because WAL had the full page."},
    {"skip_rep", Use::counter, "pg_stat_recovery_prefetch_skip_rep_total",
     "Blocks not prefetched because they had just been prefetched."},
    {"wal_distance", Use::gauge, "pg_stat_recovery_prefetch_wal_distance_bytes",
     "How far ahead of replay, in bytes of WAL, the prefetcher looks."},
    {"block_distance", Use::gauge, "pg_stat_recovery_prefetch_block_distance",
     "How far ahead of replay, in blocks, the prefetcher looks."},
    {"io_depth", Use::gauge, "pg_stat_recovery_prefetch_io_depth",
     "Prefetches begun and not yet known to have ended."},
    {"stats_reset", Use::gauge, "pg_stat_recovery_prefetch_reset_timestamp_seconds",
     "When these counters were last reset, since the epoch."},
});

inline constexpr auto kQueries = std::to_array<Query>({{15, R"(
SELECT p.prefetch, p.hit, p.skip_init, p.skip_new, p.skip_fpw, p.skip_rep, p.wal_distance, p.block_distance,
       p.io_depth, extract(epoch FROM p.stats_reset) AS stats_reset
  FROM pg_catalog.pg_stat_recovery_prefetch p)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "stat_recovery_prefetch", .role = Role::replica, .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::stat_recovery_prefetch
