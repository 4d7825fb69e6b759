#pragma once

#include "catalogue/spec.hpp"

/// How many stream from this server: 0, where stat_replication would have no series.
namespace pgvigil::catalogue::replication_senders {

inline constexpr auto kColumns = std::to_array<Column>({
    {"senders", Use::gauge, "pg_replication_senders",
     "WAL senders: standbys, logical subscribers and base backups that are connected."},
    {"streaming", Use::gauge, "pg_replication_senders_streaming",
     "Those of them that have caught up and stream."},
    {"synchronous", Use::gauge, "pg_replication_senders_synchronous",
     "Those of them that commits wait for, alone or as one of a quorum."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.count(*) AS senders,
       pg_catalog.count(*) FILTER (WHERE s.state = 'streaming') AS streaming,
       pg_catalog.count(*) FILTER (WHERE s.sync_state IN ('sync', 'quorum')) AS synchronous
  FROM pg_catalog.pg_stat_get_wal_senders() s)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "replication_senders", .queries = kQueries, .columns = kColumns, .all_stats = true};

}  // namespace pgvigil::catalogue::replication_senders
