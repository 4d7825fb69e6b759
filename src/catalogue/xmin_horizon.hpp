#pragma once

#include "catalogue/sessions.hpp"

/// Who keeps vacuum from removing dead rows, and how far back. A session does it by its snapshot and by its
/// own transaction id; a VACUUM and we ourselves do not count. A standby without a slot does it by
/// hot_standby_feedback, through its walsender; with a slot, the slot does.
namespace pgvigil::catalogue::xmin_horizon {

inline constexpr auto kColumns = std::to_array<Column>({
    {"holder"},
    {"age", Use::gauge, "pg_xmin_horizon_age",
     "Age, in transactions, of the oldest one whose view of rows is kept for the holder; 0 if there is "
     "none."},
});

inline constexpr CollectorSpec kSpec = sessions::folded("xmin_horizon", model::Fold::xmin_horizon, kColumns);

}  // namespace pgvigil::catalogue::xmin_horizon
