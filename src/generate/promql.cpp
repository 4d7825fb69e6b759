#include "generate/promql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <utility>

#include "generate/texts.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::generate {
namespace {

using base::Seconds;

constexpr std::array<std::pair<char, Seconds>, 4> kUnits = {
    {{'d', Seconds(86'400)}, {'h', Seconds(3'600)}, {'m', Seconds(60)}, {'s', Seconds(1)}}};

bool in_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':';
}

/// The length of the string literal that `text` begins with; 0 where it begins with none.
std::size_t literal(std::string_view text) {
  if (text.empty() || text.front() != '"') return 0;
  std::size_t end = 1;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  return std::min(end + 1, text.size());
}

/// The length of the word that `text` begins with.
std::size_t word(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), in_word) - text.begin());
}

/// "10m" as a length of time; the rules' own durations have one unit.
Seconds read_duration(std::string_view text) {
  long count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  for (const auto& [unit, length] : kUnits)
    if (text.ends_with(unit)) return count * length;
  return Seconds(0);
}

/// The expression with every range and offset divided.
std::string in_a_hurry(std::string_view promql, unsigned hurry) {
  constexpr std::string_view kOffset = "offset ";
  std::string out;
  while (!promql.empty()) {
    std::size_t length = std::max({literal(promql), word(promql), std::size_t{1}});
    if (promql.starts_with(kOffset)) length = kOffset.size();
    if (promql.front() == ':') length = 1;
    out += promql.substr(0, length);
    const bool duration_follows =
        promql.starts_with(kOffset) || promql.front() == '[' || promql.front() == ':';
    promql.remove_prefix(length);
    if (!duration_follows) continue;
    const std::size_t duration = word(promql.substr(0, promql.find(':')));
    out += promql_duration(hurried(read_duration(promql.substr(0, duration)), hurry));
    promql.remove_prefix(duration);
  }
  return out;
}

}  // namespace

std::string promql_duration(Seconds duration) {
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                 [&](const auto& one) { return (duration % one.second).count() == 0; });
  if (duration.count() == 0) return "0s";
  return fmt::format("{}{}", duration / unit->second, unit->first);
}

Seconds hurried(Seconds duration, unsigned hurry) {
  if (duration.count() == 0) return duration;
  return std::max(Seconds(1), duration / static_cast<Seconds::rep>(hurry));
}

std::string filled_in(std::string_view promql, const model::Alerting& alerting) {
  std::string text = in_a_hurry(promql, alerting.hurry);
  text = base::replaced(std::move(text), "$job", alerting.job);
  text = base::replaced(std::move(text), "$container", alerting.container);
  return base::replaced(std::move(text), "$claim", alerting.claim);
}

std::string operand(std::string_view promql) {
  int depth = 0;
  for (std::string_view rest = promql; !rest.empty();) {
    const std::string_view token = rest.substr(0, std::max({literal(rest), word(rest), std::size_t{1}}));
    if (token == "(" || token == "{" || token == "[") ++depth;
    if (token == ")" || token == "}" || token == "]") --depth;
    constexpr std::array<std::string_view, 7> kLooser = {"and", "or", "unless", "<", ">", "=", "!"};
    if (depth == 0 && std::find(kLooser.begin(), kLooser.end(), token) != kLooser.end())
      return fmt::format("({})", promql);
    rest.remove_prefix(token.size());
  }
  return std::string(promql);
}

}  // namespace pgvigil::generate
