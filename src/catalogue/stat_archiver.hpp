#pragma once

#include "catalogue/spec.hpp"

/// WAL archiving. A server that has archived nothing yet has no age of the last archiving.
namespace pgvigil::catalogue::stat_archiver {

inline constexpr auto kColumns = std::to_array<Column>({
    {"archived_count", Use::counter, "pg_stat_archiver_archived_count", "WAL files archived.", 1, kNoTotal},
    {"failed_count", Use::counter, "pg_stat_archiver_failed_count", "Failed attempts to archive a WAL file.",
     1, kNoTotal},
    {"last_archive_age", Use::gauge, "pg_stat_archiver_last_archive_age",
     "Seconds since a WAL file was last archived."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT a.archived_count, a.failed_count,
       extract(epoch FROM pg_catalog.now() - a.last_archived_time) AS last_archive_age
  FROM pg_catalog.pg_stat_archiver a)"}});

inline constexpr CollectorSpec kSpec = {.name = "stat_archiver", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::stat_archiver
