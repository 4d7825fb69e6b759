#pragma once

#include "catalogue/spec.hpp"

/// postgres_exporter's opt-in collector of that name; extension pg_buffercache has the function since 1.4,
/// which came with 16. It looks at every buffer's header without a lock: a few milliseconds for each GiB.
namespace pgvigil::catalogue::buffercache_summary {

inline constexpr auto kColumns = std::to_array<Column>({
    {"buffers_used", Use::gauge, "pg_buffercache_summary_buffers_used", "Shared buffers in use."},
    {"buffers_unused", Use::gauge, "pg_buffercache_summary_buffers_unused", "Shared buffers not in use."},
    {"buffers_dirty", Use::gauge, "pg_buffercache_summary_buffers_dirty", "Shared buffers not yet written."},
    {"buffers_pinned", Use::gauge, "pg_buffercache_summary_buffers_pinned",
     "Shared buffers that somebody is using at the moment."},
    {"usagecount_avg", Use::gauge, "pg_buffercache_summary_usagecount_avg",
     "Average usage count of the buffers in use, from 0 to 5."},
});

inline constexpr auto kQueries = std::to_array<Query>({{104, R"(
SELECT b.buffers_used, b.buffers_unused, b.buffers_dirty, b.buffers_pinned, b.usagecount_avg
  FROM @extschema@.pg_buffercache_summary() b)"}});

inline constexpr CollectorSpec kSpec = {.name = "buffercache_summary",
                                        .extension = "pg_buffercache",
                                        .interval = seconds(60),
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .enabled = false};

}  // namespace pgvigil::catalogue::buffercache_summary
