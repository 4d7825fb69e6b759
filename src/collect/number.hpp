#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace pgvigil::collect {

/// The number that a cell begins with; 0 where it is NULL.
template <typename Number>
Number to_number(std::optional<std::string_view> cell) {
  Number value = 0;
  if (cell) std::from_chars(cell->data(), cell->data() + cell->size(), value);
  return value;
}

}  // namespace pgvigil::collect
