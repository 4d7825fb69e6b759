#pragma once

#include "catalogue/spec.hpp"

/// Transactions prepared for two-phase commit, every database with its figures: one that nobody finishes
/// keeps its locks, and keeps vacuum from removing rows, over restarts too.
namespace pgvigil::catalogue::prepared_transactions {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"transactions", Use::gauge, "pg_prepared_transactions",
     "Transactions that are prepared and not yet finished."},
    {"oldest_age", Use::gauge, "pg_prepared_transactions_oldest_age_seconds",
     "Time since the oldest of them was prepared, 0 if there is none."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT d.datname, pg_catalog.count(p.prepared) AS transactions,
       greatest(0, max(extract(epoch FROM pg_catalog.clock_timestamp() - p.prepared))) AS oldest_age
  FROM pg_catalog.pg_database d
  LEFT JOIN pg_catalog.pg_prepared_xacts p ON p.database = d.datname
 GROUP BY d.datname
 ORDER BY oldest_age DESC, d.datname)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "prepared_transactions", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::prepared_transactions
