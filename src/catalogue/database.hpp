#pragma once

#include "catalogue/spec.hpp"

/// Sizes and connection limits of all databases. pg_database_size() refuses a role that has neither CONNECT
/// nor pg_read_all_stats, and would take the other databases' sizes with it: such a database has no size.
namespace pgvigil::catalogue::database {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"size_bytes", Use::gauge, "pg_database_size_bytes", "Disk space used by the database."},
    {"connection_limit", Use::gauge, "pg_database_connection_limit",
     "Connection limit set for the database, -1 for none."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT d.datname,
       CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT')
                 OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
            THEN pg_catalog.pg_database_size(d.oid) END AS size_bytes,
       d.datconnlimit AS connection_limit
  FROM pg_catalog.pg_database d
 ORDER BY size_bytes DESC NULLS LAST, d.datname)"}});

inline constexpr CollectorSpec kSpec = {.name = "database",
                                        .interval = seconds(60),
                                        .timeout = seconds(10),  // a stat() for every file of the cluster
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::database
