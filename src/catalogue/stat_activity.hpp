#pragma once

#include "catalogue/sessions.hpp"

/// Sessions by what they are and do, our own among them: they take up connections too. Every state is there
/// for every database, at 0 where nobody is in it. Processes that belong to no database are not sessions.
namespace pgvigil::catalogue::stat_activity {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"state"},
    {"usename"},
    {"application_name"},
    {"backend_type"},
    {"wait_event_type"},
    {"wait_event"},
    {"count", Use::gauge, "pg_stat_activity_count", "Sessions in this state.", 1, kEndsInCount},
    {"max_tx_duration", Use::gauge, "pg_stat_activity_max_tx_duration",
     "Age in seconds of their oldest open transaction, 0 if there is none."},
});

inline constexpr CollectorSpec kSpec =
    sessions::folded("stat_activity", model::Fold::session_states, kColumns, true);

}  // namespace pgvigil::catalogue::stat_activity
