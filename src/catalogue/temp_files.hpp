#pragma once

#include "catalogue/spec.hpp"

/// Temporary files that are there now: queries that do not fit into work_mem, and what a crash left.
/// pg_stat_database_temp_bytes counts a file when it is removed.
namespace pgvigil::catalogue::temp_files {

inline constexpr auto kColumns = std::to_array<Column>({
    {"tablespace"},
    {"files", Use::gauge, "pg_temp_files", "Temporary files that are there now."},
    {"bytes", Use::gauge, "pg_temp_files_bytes", "Their size."},
    {"oldest", Use::gauge, "pg_temp_files_oldest_timestamp_seconds",
     "When the one that was left alone longest was written to; no sample if there is none."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT t.spcname AS tablespace, pg_catalog.count(f.name) AS files,
       coalesce(pg_catalog.sum(f.size), 0) AS bytes, extract(epoch FROM pg_catalog.min(f.modification)) AS oldest
  FROM pg_catalog.pg_tablespace t
  LEFT JOIN LATERAL pg_catalog.pg_ls_tmpdir(t.oid) f ON true
 WHERE t.spcname <> 'pg_global'
 GROUP BY t.spcname
 ORDER BY bytes DESC, t.spcname)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "temp_files", .interval = seconds(60), .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::temp_files
