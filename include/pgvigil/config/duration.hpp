#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pgvigil/base/clock.hpp"

namespace pgvigil::config {

/// "500ms", "15s", "5m" or "1h": digits and one unit, at most 24h. Nothing for any other text.
std::optional<base::Millis> parse_duration(std::string_view text);

/// The shortest text that parse_duration() reads back as the same: 300000 ms is "5m".
std::string duration_text(base::Millis duration);

}  // namespace pgvigil::config
