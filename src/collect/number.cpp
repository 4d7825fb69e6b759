#include "collect/number.hpp"

#include <array>
#include <utility>

#include "pgvigil/base/text.hpp"

namespace pgvigil::collect {

bool is_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto is = [&](char a, char b) { return at < text.size() && (text[at] == a || text[at] == b); };
  const auto digits = [&] {
    const std::size_t first = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at > first;
  };
  if (!digits()) return false;
  if (is('.', '.')) {
    ++at;
    if (!digits()) return false;
  }
  if (is('e', 'E')) {
    ++at;
    if (is('+', '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

std::optional<std::string_view> page_number(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kSpecial = {
      {{"true", "1"}, {"false", "0"}, {"NaN", "NaN"}, {"Infinity", "+Inf"}, {"-Infinity", "-Inf"}}};
  if (is_number(text)) return text;
  for (const auto& [given, shown] : kSpecial)
    if (text == given) return shown;
  return {};
}

tl::unexpected<base::Error> is_not(std::string_view what, std::string_view column, std::string_view text) {
  return base::fail(base::ErrorKind::contract, "column {} holds '{}', which is not {}", column,
                    base::cut(base::one_line(text), 100), what);
}

}  // namespace pgvigil::collect
