#pragma once

#include "catalogue/sessions.hpp"

/// What processes wait for, background ones too. Those of type Activity wait for work, and are left out.
namespace pgvigil::catalogue::stat_activity_waits {

inline constexpr auto kColumns = std::to_array<Column>({
    {"wait_event_type"},
    {"wait_event"},
    {"processes", Use::gauge, "pg_stat_activity_waiting_processes",
     "Processes that wait for this event now; clients that are idle wait for ClientRead."},
});

inline constexpr CollectorSpec kSpec =
    sessions::folded("stat_activity_waits", model::Fold::session_waits, kColumns);

}  // namespace pgvigil::catalogue::stat_activity_waits
