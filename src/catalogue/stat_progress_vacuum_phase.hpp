#pragma once

#include "catalogue/spec.hpp"

/// The phase of each running vacuum: 1 for the one that it is in, 0 for the others.
namespace pgvigil::catalogue::stat_progress_vacuum_phase {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"relname"},
    {"phase"},
    {"active", Use::gauge, "pg_stat_progress_vacuum_phase", "1 while the vacuum is in this phase, else 0."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT v.datname,
       CASE WHEN v.datname = pg_catalog.current_database()
            THEN v.relid::regclass::text ELSE v.relid::text END AS relname,
       p.phase, (v.phase = p.phase)::int AS active
  FROM pg_catalog.pg_stat_progress_vacuum v
 CROSS JOIN (VALUES ('initializing'), ('scanning heap'), ('vacuuming indexes'), ('vacuuming heap'),
                    ('cleaning up indexes'), ('truncating heap'), ('performing final cleanup')) p(phase)
 WHERE v.relid IS NOT NULL
 ORDER BY v.heap_blks_total DESC, v.relid)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "stat_progress_vacuum_phase", .queries = kQueries, .columns = kColumns, .all_stats = true};

}  // namespace pgvigil::catalogue::stat_progress_vacuum_phase
