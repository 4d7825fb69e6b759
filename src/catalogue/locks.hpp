#pragma once

#include "catalogue/spec.hpp"

/// Locks held or awaited, every mode in every database: a series that is there at 0 can be alerted on. Locks
/// on transactions, for which whoever wants a row waits, belong to no database: those that are awaited have
/// the empty datname. pg_locks is read once for all.
namespace pgvigil::catalogue::locks {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"mode"},
    {"count", Use::gauge, "pg_locks_count", "Locks held or awaited.", 1, kEndsInCount},
    {"waiting", Use::gauge, "pg_locks_waiting",
     "Locks awaited; those on transactions, and on what databases share, have no datname."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT d.datname, m.mode, CASE WHEN d.oid > 0 THEN coalesce(l.count, 0) END AS count,
       coalesce(l.waiting, 0) AS waiting
  FROM (SELECT oid, datname FROM pg_catalog.pg_database UNION ALL SELECT 0, '') d
 CROSS JOIN (VALUES ('accesssharelock'), ('rowsharelock'), ('rowexclusivelock'), ('shareupdateexclusivelock'),
                    ('sharelock'), ('sharerowexclusivelock'), ('exclusivelock'), ('accessexclusivelock'),
                    ('sireadlock')) m(mode)
  LEFT JOIN (SELECT coalesce(database, 0) AS database, pg_catalog.lower(mode) AS mode,
                    pg_catalog.count(*) AS count, pg_catalog.count(*) FILTER (WHERE NOT granted) AS waiting
               FROM pg_catalog.pg_lock_status()
              GROUP BY 1, 2) l ON l.database = d.oid AND l.mode = m.mode
 ORDER BY waiting DESC, count DESC NULLS LAST, d.datname, m.mode)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "locks", .max_rows = 2000, .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::locks
