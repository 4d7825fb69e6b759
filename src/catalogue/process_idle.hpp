#pragma once

#include "catalogue/sessions.hpp"

/// How long idle sessions have been idle now, those idle in a transaction too. postgres_exporter's, whose own
/// shows one group alone; a histogram an application and state, so it is off unless switched on.
namespace pgvigil::catalogue::process_idle {

inline constexpr std::array kBounds = {1.0, 2.0, 5.0, 15.0, 30.0, 60.0, 90.0, 120.0, 300.0};

inline constexpr auto kColumns = std::to_array<Column>({
    {"state"},
    {"application_name"},
    {"seconds",
     Use::histogram,
     "pg_process_idle_seconds",
     "How long the sessions that are idle now have been idle; it falls, too: take no rate().",
     1,
     {},
     {kBounds}},
});

consteval CollectorSpec spec() {
  CollectorSpec made = sessions::folded("process_idle", model::Fold::idle_times, kColumns);
  made.enabled = false;
  return made;
}

inline constexpr CollectorSpec kSpec = spec();

}  // namespace pgvigil::catalogue::process_idle
