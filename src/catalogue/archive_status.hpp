#pragma once

#include "catalogue/spec.hpp"

/// What waits to be archived, and what was and is still there: the files `*.ready` and `*.done` in
/// pg_wal/archive_status. The server lists that directory, which holds about one file for each WAL file.
/// Waiting files that are no segments (histories of timelines and of backups) are counted, but have next to
/// no size.
namespace pgvigil::catalogue::archive_status {

inline constexpr auto kColumns = std::to_array<Column>({
    {"files", Use::gauge, "pg_archive_status_ready_files", "Files that wait to be archived."},
    {"bytes", Use::gauge, "pg_archive_status_ready_bytes", "Size of the WAL files among them."},
    {"oldest", Use::gauge, "pg_archive_status_oldest_ready_timestamp_seconds",
     "Since when the one that waits longest has waited; no sample if none does."},
    {"done", Use::gauge, "pg_archive_status_done_files", "Files that were archived and not yet recycled."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.count(*) FILTER (WHERE a.name LIKE '%.ready') AS files,
       pg_catalog.count(*) FILTER (WHERE a.name ~ '^[0-9A-F]{24}\.ready$')
         * pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')) AS bytes,
       extract(epoch FROM pg_catalog.min(a.modification) FILTER (WHERE a.name LIKE '%.ready')) AS oldest,
       pg_catalog.count(*) FILTER (WHERE a.name LIKE '%.done') AS done
  FROM pg_catalog.pg_ls_archive_statusdir() a)"}});

inline constexpr CollectorSpec kSpec = {.name = "archive_status",
                                        .interval = seconds(60),
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .minimal = true};

}  // namespace pgvigil::catalogue::archive_status
