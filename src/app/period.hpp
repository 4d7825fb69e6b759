#pragma once

#include <optional>
#include <string_view>

#include "pgvigil/base/clock.hpp"

namespace pgvigil::app {

/// "12h", "30d" or "4w": an hour to 365 days. Nothing for any other text.
std::optional<base::Seconds> parse_since(std::string_view text);

/// "2026-05-01" or "2026-05-01T12:00:00Z", in UTC. Nothing for any other text, and for a day that there is
/// not.
std::optional<base::WallTime> parse_time(std::string_view text);

}  // namespace pgvigil::app
