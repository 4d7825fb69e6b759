#pragma once

#include "catalogue/sessions.hpp"

/// Open transactions other than autovacuum's and our own. postgres_exporter's oldest_timestamp_seconds is no
/// timestamp but an age: kept, with the honest name beside it.
namespace pgvigil::catalogue::long_running_transactions {

inline constexpr auto kColumns = std::to_array<Column>({
    {"transactions", Use::gauge, "pg_long_running_transactions", "Transactions open now."},
    {"oldest_timestamp_seconds", Use::gauge, "pg_long_running_transactions_oldest_timestamp_seconds",
     "Age of the oldest open transaction, 0 if there is none; an age in spite of its name."},
    {"oldest_age_seconds", Use::gauge, "pg_long_running_transactions_oldest_age_seconds",
     "Age of the oldest open transaction, 0 if there is none."},
});

inline constexpr CollectorSpec kSpec =
    sessions::folded("long_running_transactions", model::Fold::open_transactions, kColumns, true);

}  // namespace pgvigil::catalogue::long_running_transactions
