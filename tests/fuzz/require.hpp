#pragma once

#include <fmt/core.h>

#include <cstdlib>
#include <string_view>

namespace pgvigil::fuzz {

/// What must hold whatever the input: else this input is a finding.
inline void require(bool holds, std::string_view what) {
  if (holds) return;
  fmt::print(stderr, "does not hold: {}\n", what);
  std::abort();
}

}  // namespace pgvigil::fuzz
