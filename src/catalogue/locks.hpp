#pragma once

#include "catalogue/spec.hpp"

/// Locks held or awaited, every mode in every database: a series that is there at 0 can be alerted on.
namespace pgvigil::catalogue::locks {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"mode"},
    {"count", Use::gauge, "pg_locks_count", "Locks held or awaited.", 1, kEndsInCount},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT d.datname, m.mode, coalesce(l.count, 0) AS count
  FROM pg_catalog.pg_database d
 CROSS JOIN (VALUES ('accesssharelock'), ('rowsharelock'), ('rowexclusivelock'), ('shareupdateexclusivelock'),
                    ('sharelock'), ('sharerowexclusivelock'), ('exclusivelock'), ('accessexclusivelock'),
                    ('sireadlock')) m(mode)
  LEFT JOIN (SELECT database, pg_catalog.lower(mode) AS mode, pg_catalog.count(*) AS count
               FROM pg_catalog.pg_locks
              WHERE database IS NOT NULL
              GROUP BY 1, 2) l ON l.database = d.oid AND l.mode = m.mode
 ORDER BY count DESC, d.datname, m.mode)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "locks", .max_rows = 2000, .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::locks
