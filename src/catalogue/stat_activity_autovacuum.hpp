#pragma once

#include "catalogue/sessions.hpp"

/// Tables that autovacuum works on now, from what its workers say of themselves. postgres_exporter's has
/// relname alone for a label, with which two tables of one name are one too many.
namespace pgvigil::catalogue::stat_activity_autovacuum {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"timestamp_seconds", Use::gauge, "pg_stat_activity_autovacuum_timestamp_seconds",
     "When autovacuum began with the table."},
    {"prevents_wraparound", Use::gauge, "pg_stat_activity_autovacuum_prevents_wraparound",
     "Whether it works on the table lest transaction ids run out: it does not give way to others then."},
});

inline constexpr CollectorSpec kSpec =
    sessions::folded("stat_activity_autovacuum", model::Fold::autovacuums, kColumns);

}  // namespace pgvigil::catalogue::stat_activity_autovacuum
