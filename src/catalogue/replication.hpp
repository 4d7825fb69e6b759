#pragma once

#include "catalogue/spec.hpp"

/// A replica's distance from its primary. All it has received replayed means no lag, however old the last
/// transaction is: an idle primary does not make a replica late. A replica that has replayed no transaction
/// yet has no lag to tell.
namespace pgvigil::catalogue::replication {

inline constexpr auto kColumns = std::to_array<Column>({
    {"lag", Use::gauge, "pg_replication_lag_seconds",
     "How far replay is behind the primary; 0 on a primary."},
    {"is_replica", Use::gauge, "pg_replication_is_replica", "1 on a replica, 0 on a primary."},
    {"last_replay", Use::gauge, "pg_replication_last_replay_seconds",
     "Age of the last replayed transaction; 0 on a server that never was a replica."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT CASE WHEN NOT r.is_replica OR r.caught_up THEN 0 ELSE r.last_replay END AS lag,
       r.is_replica::int AS is_replica,
       CASE WHEN r.is_replica THEN r.last_replay ELSE coalesce(r.last_replay, 0) END AS last_replay
  FROM (SELECT pg_catalog.pg_is_in_recovery() AS is_replica,
               pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() AS caught_up,
               extract(epoch FROM CASE WHEN pg_catalog.now() < pg_catalog.pg_last_xact_replay_timestamp()
                                       THEN interval '0'
                                       ELSE pg_catalog.now() - pg_catalog.pg_last_xact_replay_timestamp()
                                  END) AS last_replay) r)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "replication", .queries = kQueries, .columns = kColumns, .minimal = true};

}  // namespace pgvigil::catalogue::replication
