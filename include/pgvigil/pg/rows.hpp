#pragma once

#include <string>
#include <vector>

#include "pgvigil/base/cells.hpp"

namespace pgvigil::pg {

/// The result of one statement, as PostgreSQL's text, but for booleans (true, false) and points in time
/// (seconds since the epoch). Plain data: a test reads one from a file, a reader makes one from /proc.
struct Rows {
  std::vector<std::string> columns;
  base::Cells cells{0};
  std::size_t cut = 0;  ///< rows that came after those, and were not kept
};

}  // namespace pgvigil::pg
