#pragma once

#include "catalogue/sessions.hpp"

/// How long the clients' sessions have been at it, in each database that has any. These are
/// histograms of what is the case now: they fall again, so histogram_quantile() takes them without rate().
namespace pgvigil::catalogue::stat_activity_ages {

inline constexpr std::array kBounds = {0.1, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0};

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"transaction",
     Use::histogram,
     "pg_stat_activity_transaction_age_seconds",
     "Ages of the transactions that are open now; it falls, too: take no rate().",
     1,
     {},
     {kBounds}},
    {"query",
     Use::histogram,
     "pg_stat_activity_query_age_seconds",
     "How long the queries that run now have run; it falls, too: take no rate().",
     1,
     {},
     {kBounds}},
    {"idle_in_transaction",
     Use::histogram,
     "pg_stat_activity_idle_in_transaction_age_seconds",
     "How long the sessions that are idle in a transaction now have been idle; it falls, too: take no "
     "rate().",
     1,
     {},
     {kBounds}},
});

inline constexpr CollectorSpec kSpec =
    sessions::folded("stat_activity_ages", model::Fold::session_ages, kColumns);

}  // namespace pgvigil::catalogue::stat_activity_ages
