#pragma once

#include <charconv>
#include <optional>
#include <string_view>

#include "pgvigil/base/result.hpp"

namespace pgvigil::collect {

/// The number that a cell begins with; 0 where it is NULL.
template <typename Number>
Number to_number(std::optional<std::string_view> cell) {
  Number value = 0;
  if (cell) std::from_chars(cell->data(), cell->data() + cell->size(), value);
  return value;
}

/// Digits with an optional sign, fraction and exponent: what PostgreSQL writes for every finite number, and
/// what Prometheus reads. Such text goes to the page unparsed.
bool is_number(std::string_view text);

/// A value as a page has it, from what PostgreSQL writes: numbers as they are, NaN, the infinities as +Inf
/// and -Inf, true as 1, false as 0. Nothing for another text. A view of `text`, or of what lives for ever.
std::optional<std::string_view> page_number(std::string_view text);

/// The contract that a cell breaks: `what` it is not, as "a number".
tl::unexpected<base::Error> is_not(std::string_view what, std::string_view column, std::string_view text);

}  // namespace pgvigil::collect
