#pragma once

#include "catalogue/spec.hpp"

/// Queries of a standby cancelled because of recovery. postgres_exporter labels these with `server`, too: the
/// address that the server itself sees.
namespace pgvigil::catalogue::database_conflicts {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datid"},
    {"datname"},
    {"server"},
    {"confl_tablespace", Use::counter, "pg_stat_database_conflicts_confl_tablespace",
     "Queries cancelled because of dropped tablespaces.", 1, kNoTotal},
    {"confl_lock", Use::counter, "pg_stat_database_conflicts_confl_lock",
     "Queries cancelled because of lock timeouts.", 1, kNoTotal},
    {"confl_snapshot", Use::counter, "pg_stat_database_conflicts_confl_snapshot",
     "Queries cancelled because of old snapshots.", 1, kNoTotal},
    {"confl_bufferpin", Use::counter, "pg_stat_database_conflicts_confl_bufferpin",
     "Queries cancelled because of pinned buffers.", 1, kNoTotal},
    {"confl_deadlock", Use::counter, "pg_stat_database_conflicts_confl_deadlock",
     "Queries cancelled because of deadlocks.", 1, kNoTotal},
    {"confl_active_logicalslot", Use::untyped, "pg_stat_database_conflicts_confl_active_logicalslot",
     "Uses of logical slots cancelled because of old snapshots or too low a wal_level on the primary (16+)."},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {13, R"(
SELECT c.datid, c.datname,
       coalesce(pg_catalog.host(pg_catalog.inet_server_addr()), 'localhost') || ':'
         || pg_catalog.current_setting('port') AS server,
       c.confl_tablespace, c.confl_lock, c.confl_snapshot, c.confl_bufferpin, c.confl_deadlock,
       NULL::bigint AS confl_active_logicalslot
  FROM pg_catalog.pg_stat_database_conflicts c
 ORDER BY c.confl_tablespace + c.confl_lock + c.confl_snapshot + c.confl_bufferpin + c.confl_deadlock DESC, c.datid)"},
    {16, R"(
SELECT c.datid, c.datname,
       coalesce(pg_catalog.host(pg_catalog.inet_server_addr()), 'localhost') || ':'
         || pg_catalog.current_setting('port') AS server,
       c.confl_tablespace, c.confl_lock, c.confl_snapshot, c.confl_bufferpin, c.confl_deadlock,
       c.confl_active_logicalslot
  FROM pg_catalog.pg_stat_database_conflicts c
 ORDER BY c.confl_tablespace + c.confl_lock + c.confl_snapshot + c.confl_bufferpin + c.confl_deadlock DESC, c.datid)"},
});

inline constexpr CollectorSpec kSpec = {
    .name = "database_conflicts", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::database_conflicts
