#pragma once

#include "catalogue/sessions.hpp"

/// All processes of the server by what they are; those that come and go are there at 0.
namespace pgvigil::catalogue::stat_activity_backends {

inline constexpr auto kColumns = std::to_array<Column>({
    {"backend_type"},
    {"backends", Use::gauge, "pg_stat_activity_backends", "Processes of this type, background ones too."},
});

inline constexpr CollectorSpec kSpec =
    sessions::folded("stat_activity_backends", model::Fold::session_kinds, kColumns);

}  // namespace pgvigil::catalogue::stat_activity_backends
