#pragma once

#include "catalogue/spec.hpp"

/// How many stream from this server: 0, where stat_replication would have no series. Where fewer are
/// synchronous than commits are to wait for, commits hang.
namespace pgvigil::catalogue::replication_senders {

inline constexpr auto kColumns = std::to_array<Column>({
    {"senders", Use::gauge, "pg_replication_senders",
     "WAL senders: standbys, logical subscribers and base backups that are connected."},
    {"streaming", Use::gauge, "pg_replication_senders_streaming",
     "Those of them that have caught up and stream."},
    {"synchronous", Use::gauge, "pg_replication_senders_synchronous",
     "Those of them that commits wait for, alone or as one of a quorum."},
    {"required", Use::gauge, "pg_replication_synchronous_required",
     "Standbys that commits are to wait for by synchronous_standby_names; 0 if it names none."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.count(*) AS senders,
       pg_catalog.count(*) FILTER (WHERE s.state = 'streaming') AS streaming,
       pg_catalog.count(*) FILTER (WHERE s.sync_state IN ('sync', 'quorum')) AS synchronous,
       CASE pg_catalog.current_setting('synchronous_standby_names') WHEN '' THEN 0
            ELSE coalesce(pg_catalog.substring(pg_catalog.current_setting('synchronous_standby_names'),
                                               '(?i)^\s*(?:first\s|any\s)?\s*(\d+)\s*\(')::int, 1) END AS required
  FROM pg_catalog.pg_stat_get_wal_senders() s)"}});

inline constexpr CollectorSpec kSpec = {.name = "replication_senders",
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .all_stats = true,
                                        .minimal = true};

}  // namespace pgvigil::catalogue::replication_senders
