#pragma once

#include "catalogue/spec.hpp"

/// The WAL files that the server keeps, and how much WAL there has been: written on a primary, received on a
/// replica.
namespace pgvigil::catalogue::wal {

inline constexpr auto kColumns = std::to_array<Column>({
    {"segments", Use::gauge, "pg_wal_segments", "WAL files."},
    {"size_bytes", Use::gauge, "pg_wal_size_bytes", "Their size."},
    {"position_bytes", Use::counter, "pg_wal_position_bytes_total",
     "Newest WAL position, as bytes since the beginning."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.count(*) AS segments, pg_catalog.sum(w.size) AS size_bytes,
       CASE WHEN pg_catalog.pg_is_in_recovery()
            THEN coalesce(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
            ELSE pg_catalog.pg_current_wal_lsn() END - '0/0'::pg_lsn AS position_bytes
  FROM pg_catalog.pg_ls_waldir() w
 WHERE w.name ~ '^[0-9A-F]{24}$')"}});

inline constexpr CollectorSpec kSpec = {.name = "wal", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::wal
