#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/pg/rows.hpp"

namespace pgvigil::collect {

/// Stands for NULL in a table written down in a test.
inline constexpr std::nullopt_t kNull = std::nullopt;

using Cell = std::optional<std::string_view>;

/// A statement's result as the server would send it.
inline pg::Rows rows(std::vector<std::string> columns,
                     std::initializer_list<std::initializer_list<Cell>> lines) {
  pg::Rows made{std::move(columns), base::Cells(0)};
  made.cells = base::Cells(made.columns.size());
  for (const auto& line : lines) {
    for (const Cell& cell : line) {
      if (cell)
        made.cells.add(*cell);
      else
        made.cells.add_null();
    }
  }
  return made;
}

}  // namespace pgvigil::collect
