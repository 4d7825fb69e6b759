#pragma once

#include "catalogue/spec.hpp"

/// Sizes of tablespaces, whatever databases use them. pg_tablespace_size() refuses a role that has neither
/// CREATE there nor pg_read_all_stats: such a tablespace has no size.
namespace pgvigil::catalogue::tablespaces {

inline constexpr auto kColumns = std::to_array<Column>({
    {"tablespace"},
    {"size_bytes", Use::gauge, "pg_tablespace_size_bytes", "Disk space used by the tablespace."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT t.spcname AS tablespace,
       CASE WHEN pg_catalog.has_tablespace_privilege(t.oid, 'CREATE')
                 OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
            THEN pg_catalog.pg_tablespace_size(t.oid) END AS size_bytes
  FROM pg_catalog.pg_tablespace t
 ORDER BY size_bytes DESC NULLS LAST, t.spcname)"}});

inline constexpr CollectorSpec kSpec = {.name = "tablespaces",
                                        .interval = seconds(300),
                                        .timeout = seconds(10),  // a stat() for every file of the cluster
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::tablespaces
