#pragma once

#include "catalogue/spec.hpp"

/// The WAL files that the server keeps.
namespace pgvigil::catalogue::wal {

inline constexpr auto kColumns = std::to_array<Column>({
    {"segments", Use::gauge, "pg_wal_segments", "WAL files."},
    {"size_bytes", Use::gauge, "pg_wal_size_bytes", "Their size."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.count(*) AS segments, pg_catalog.sum(w.size) AS size_bytes
  FROM pg_catalog.pg_ls_waldir() w
 WHERE w.name ~ '^[0-9A-F]{24}$')"}});

inline constexpr CollectorSpec kSpec = {.name = "wal", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::wal
