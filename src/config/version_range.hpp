#pragma once

#include <string_view>
#include <tl/expected.hpp>

namespace pgvigil::config {

/// Major versions of PostgreSQL that a range takes in: from `since` on, below `before`. 0: no such bound.
struct VersionRange {
  int since = 0;
  int before = 0;
  bool empty = false;  ///< it takes in none that pgvigil watches (13 and later)
};

/// A range as postgres_exporter's `runonserver` has it: comparisons such as ">=13.0.0 <17.0.0", all of which
/// must hold, and alternatives between "||". An error says what is wrong with it: "is no range of versions",
/// "tells minor versions of PostgreSQL apart" or "has a gap".
tl::expected<VersionRange, std::string_view> version_range(std::string_view text);

}  // namespace pgvigil::config
