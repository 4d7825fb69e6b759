#pragma once

#include "catalogue/spec.hpp"

/// How a replica reads ahead of the WAL that it replays; the view came with 15.
namespace pgvigil::catalogue::stat_recovery_prefetch {

inline constexpr auto kColumns = std::to_array<Column>({
    {"prefetch", Use::counter, "pg_stat_recovery_prefetch_prefetch_total",
     "Blocks prefetched because they were not in shared buffers."},
    {"hit", Use::counter, "pg_stat_recovery_prefetch_hit_total",
     "Blocks not prefetched because they were in shared buffers."},
    {"skip_init", Use::counter, "pg_stat_recovery_prefetch_skip_init_total",
     "Blocks not prefetched because they would be filled with zeros."},
    {"skip_new", Use::counter, "pg_stat_recovery_prefetch_skip_new_total",
     "Blocks not prefetched because they did not exist yet."},
    {"skip_fpw", Use::counter, "pg_stat_recovery_prefetch_skip_fpw_total",
     "Blocks not prefetched because the WAL had their full page image."},
    {"skip_rep", Use::counter, "pg_stat_recovery_prefetch_skip_rep_total",
     "Blocks not prefetched because they had been a moment ago."},
    {"wal_distance", Use::gauge, "pg_stat_recovery_prefetch_wal_distance_bytes",
     "How far ahead of replay the prefetcher is."},
    {"block_distance", Use::gauge, "pg_stat_recovery_prefetch_block_distance",
     "Blocks by which the prefetcher is ahead."},
    {"io_depth", Use::gauge, "pg_stat_recovery_prefetch_io_depth",
     "Prefetches begun and not known to have ended."},
    {"stats_reset", Use::gauge, "pg_stat_recovery_prefetch_stats_reset_timestamp_seconds",
     "When these statistics were last reset."},
});

inline constexpr auto kQueries = std::to_array<Query>({{15, R"(
SELECT p.prefetch, p.hit, p.skip_init, p.skip_new, p.skip_fpw, p.skip_rep,
       p.wal_distance, p.block_distance, p.io_depth, extract(epoch FROM p.stats_reset) AS stats_reset
  FROM pg_catalog.pg_stat_recovery_prefetch p)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "stat_recovery_prefetch", .role = model::Role::replica, .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::stat_recovery_prefetch
