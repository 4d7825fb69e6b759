#pragma once

#include <algorithm>
#include <string_view>

namespace pgvigil::web {

/// Whether two words of a header are the same, in capital letters or small ones (RFC 9110: names, codings).
inline bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace pgvigil::web
