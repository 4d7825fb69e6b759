#include "collect/number.hpp"

#include <array>
#include <utility>

namespace pgvigil::collect {

bool is_number(std::string_view text) {
  const auto digits = [&text] {
    std::size_t end = 0;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    text.remove_prefix(end);
    return end > 0;
  };
  const auto take = [&text](std::string_view set) {
    if (text.empty() || set.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
  };
  take("-");
  if (!digits()) return false;
  if (take(".") && !digits()) return false;
  if (take("eE")) {
    take("+-");
    if (!digits()) return false;
  }
  return text.empty();
}

std::optional<std::string_view> page_number(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kSpecial = {
      {{"true", "1"}, {"false", "0"}, {"NaN", "NaN"}, {"Infinity", "+Inf"}, {"-Infinity", "-Inf"}}};
  if (is_number(text)) return text;
  for (const auto& [given, shown] : kSpecial)
    if (text == given) return shown;
  return {};
}

}  // namespace pgvigil::collect
