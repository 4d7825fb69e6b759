#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "pgvigil/model/rule.hpp"
#include "pgvigil/model/snapshot.hpp"

/// What the status page and the index of targets have in common.
namespace pgvigil::render {

/// A state is told by symbol, word and colour: each suffices.
std::string state_label(std::string_view state);

/// The one word for everything: the worst that is known. What cannot be known is better than what is known to
/// be bad.
std::string_view verdict(const model::Snapshot& snapshot, std::span<const model::Finding> findings);

/// "1 critical, 4 ok": how many of each, the named ones in this order.
template <typename Items, typename Name>
std::string tally(const Items& items, std::initializer_list<std::string_view> order, Name name_of) {
  std::string text;
  for (const std::string_view name : order) {
    const auto count = std::ranges::count_if(items, [&](const auto& item) { return name_of(item) == name; });
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  }
  return text;
}

/// The document up to its body: `word` gives the icon its colour, and the title with `subject`, HTML text.
std::string head(std::string_view word, std::string_view subject);

}  // namespace pgvigil::render
