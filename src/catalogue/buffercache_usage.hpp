#pragma once

#include "catalogue/spec.hpp"

/// Shared buffers by usage count: many at 5 and few at 0 say that the cache is too small for what is asked.
/// Extension pg_buffercache has the function since 1.4, which came with 16; it costs what the summary costs.
namespace pgvigil::catalogue::buffercache_usage {

inline constexpr auto kColumns = std::to_array<Column>({
    {"usage_count"},
    {"buffers", Use::gauge, "pg_buffercache_usage_buffers", "Shared buffers that have the usage count."},
    {"dirty", Use::gauge, "pg_buffercache_usage_buffers_dirty", "Those not yet written."},
    {"pinned", Use::gauge, "pg_buffercache_usage_buffers_pinned",
     "Those that somebody is using at the moment."},
});

inline constexpr auto kQueries = std::to_array<Query>({{104, R"(
SELECT u.usage_count, u.buffers, u.dirty, u.pinned
  FROM @extschema@.pg_buffercache_usage_counts() u)"}});

inline constexpr CollectorSpec kSpec = {.name = "buffercache_usage",
                                        .extension = "pg_buffercache",
                                        .interval = seconds(60),
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .enabled = false};

}  // namespace pgvigil::catalogue::buffercache_usage
