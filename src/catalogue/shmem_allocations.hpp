#pragma once

#include "catalogue/spec.hpp"

/// What the main segment of shared memory is used for: the ten largest allocations, what has no name, what
/// is free, and the rest in one. Nearly all is allocated at the start. Before 15 the view is a superuser's.
namespace pgvigil::catalogue::shmem_allocations {

inline constexpr auto kColumns = std::to_array<Column>({
    {"name"},
    {"bytes", Use::gauge, "pg_shmem_allocations_bytes",
     "Shared memory by what it is allocated for; `<free>` is left for what may come, `<other>` is the rest."},
});

inline constexpr auto kQueries = std::to_array<Query>({{15, R"(
SELECT CASE WHEN s.name IS NULL THEN '<free>' WHEN s.name = '<anonymous>' OR s.rank <= 10 THEN s.name
            ELSE '<other>' END AS name,
       pg_catalog.sum(s.allocated_size) AS bytes
  FROM (SELECT a.name, a.allocated_size,
               pg_catalog.row_number() OVER (PARTITION BY coalesce(a.name, '<anonymous>') = '<anonymous>'
                                              ORDER BY a.allocated_size DESC, a.name) AS rank
          FROM pg_catalog.pg_shmem_allocations a) s
 GROUP BY 1)"}});

inline constexpr CollectorSpec kSpec = {.name = "shmem_allocations",
                                        .interval = seconds(300),
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .all_stats = true};

}  // namespace pgvigil::catalogue::shmem_allocations
