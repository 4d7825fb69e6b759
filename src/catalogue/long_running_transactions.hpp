#pragma once

#include "catalogue/spec.hpp"

/// Open transactions other than autovacuum's. postgres_exporter's oldest_timestamp_seconds is no timestamp
/// but an age: kept, with the honest name beside it.
namespace pgvigil::catalogue::long_running_transactions {

inline constexpr auto kColumns = std::to_array<Column>({
    {"transactions", Use::gauge, "pg_long_running_transactions", "Transactions open now."},
    {"oldest_timestamp_seconds", Use::gauge, "pg_long_running_transactions_oldest_timestamp_seconds",
     "Age of the oldest open transaction, 0 if there is none; an age in spite of its name."},
    {"oldest_age_seconds", Use::gauge, "pg_long_running_transactions_oldest_age_seconds",
     "Age of the oldest open transaction, 0 if there is none."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT t.transactions, t.oldest AS oldest_timestamp_seconds, t.oldest AS oldest_age_seconds
  FROM (SELECT pg_catalog.count(*) AS transactions,
               greatest(0, max(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start))) AS oldest
          FROM pg_catalog.pg_stat_activity a
         WHERE a.xact_start IS NOT NULL
           AND a.state IS DISTINCT FROM 'idle'
           AND a.query NOT LIKE 'autovacuum:%'
           AND a.pid <> pg_catalog.pg_backend_pid()) t)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "long_running_transactions", .queries = kQueries, .columns = kColumns, .all_stats = true};

}  // namespace pgvigil::catalogue::long_running_transactions
