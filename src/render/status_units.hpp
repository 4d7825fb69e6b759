#pragma once

#include <string>
#include <string_view>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/model/rule.hpp"

/// Quantities and texts as the status page shows them: HTML text, ready to be put in.
namespace pgvigil::render {

/// Three digits with a unit that does not break away: 87.3 %, 42 ms, 1.25 s.
std::string amount(double value, model::Unit unit);
std::string amount(base::Millis time);

/// How long ago, in the largest unit that still tells something: 42 s ago, 3 min ago, 5 h ago, 4 days ago.
std::string age(base::WallTime then, base::WallTime now);

/// A <time> element: the age, with the time itself for machines and for the mouse.
std::string age_element(base::WallTime then, base::WallTime now);

/// 2026-05-01 12:00:03 UTC
std::string utc(base::WallTime time);

}  // namespace pgvigil::render
