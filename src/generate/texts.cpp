#include "generate/texts.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "pgvigil/base/text.hpp"

namespace pgvigil::generate {
namespace {

using model::Unit;

/// "1d 2h", "90s" as "1m 30s", "250ms": whole units, without the ones at zero.
std::string duration(double seconds) {
  if (seconds < 1) return fmt::format("{:.4g}ms", seconds * 1000);
  constexpr std::array<std::pair<double, char>, 3> kUnits = {{{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}}};
  std::string text;
  for (const auto& [length, unit] : kUnits) {
    const double count = std::floor(seconds / length);
    if (count >= 1) text += fmt::format("{}{} ", count, unit);
    seconds -= count * length;
  }
  if (seconds > 0) return text + fmt::format("{:.4g}s", seconds);
  text.pop_back();
  return text;
}

std::string bytes(double value) {
  std::string_view prefixes = "KMGTPE";
  if (value < 1024) return fmt::format("{:.4g}B", value);
  for (value /= 1024; value >= 1024 && prefixes.size() > 1; value /= 1024) prefixes.remove_prefix(1);
  return fmt::format("{:.4g}{}iB", value, prefixes.front());
}

struct Shown {
  std::string_view function;  ///< of Prometheus' templates
  std::string_view suffix;
};

Shown shown(Unit unit) {
  switch (unit) {
    case Unit::ratio:
      return {"humanizePercentage", ""};
    case Unit::seconds:
      return {"humanizeDuration", ""};
    case Unit::bytes:
      return {"humanize1024", "B"};
    case Unit::bytes_per_second:
      return {"humanize1024", "B/s"};
    case Unit::number:
    case Unit::state:
      break;
  }
  return {"humanize", ""};
}

}  // namespace

std::string amount(double value, Unit unit) {
  switch (unit) {
    case Unit::ratio:
      return fmt::format("{:.4g}%", value * 100);
    case Unit::seconds:
      return duration(value);
    case Unit::bytes:
      return bytes(value);
    case Unit::bytes_per_second:
      return bytes(value) + "/s";
    case Unit::number:
    case Unit::state:
      break;
  }
  return fmt::format("{}", value);
}

std::string template_of(std::string_view pipeline, Unit unit) {
  return fmt::format("{{{{ {} | {} }}}}{}", pipeline, shown(unit).function, shown(unit).suffix);
}

std::string with_numbers(std::string_view text, std::string_view value, std::string_view limit) {
  return base::replaced(base::replaced(std::string(text), "{value}", value), "{limit}", limit);
}

}  // namespace pgvigil::generate
