#include "report/text.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <utility>

#include "pgvigil/base/text.hpp"

namespace pgvigil::report {
namespace {

/// At most three digits, whole numbers in full.
std::string digits(double value) {
  if (std::abs(value) >= 99.95) return fmt::format("{:.0f}", value);
  return fmt::format("{:.3g}", value);
}

}  // namespace

std::string bytes(double value) {
  constexpr std::array<std::string_view, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  for (; std::abs(value) >= 1023.5 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return fmt::format("{} {}", digits(value), kUnits[unit]);
}

std::string percent(double ratio) { return digits(ratio * 100) + " %"; }

std::string duration(double seconds) {
  constexpr double kMinute = 60;
  constexpr double kHour = 60 * kMinute;
  constexpr double kDay = 24 * kHour;
  if (seconds == 0) return "0";
  if (seconds < 1) return digits(seconds * 1000) + " ms";
  if (seconds < 2 * kMinute) return digits(seconds) + " s";
  if (seconds < 2 * kHour) return digits(seconds / kMinute) + " min";
  if (seconds < 2 * kDay) return digits(seconds / kHour) + " h";
  return digits(seconds / kDay) + " days";
}

std::string count(double value) {
  if (value != 0 && std::abs(value) < 10 && value != std::floor(value)) return fmt::format("{:.2g}", value);
  std::string text = fmt::format("{:.0f}", value);
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  for (std::size_t at = text.size(); at > first + 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string amount(double value, model::Unit unit) {
  switch (unit) {
    case model::Unit::ratio:
      return percent(value);
    case model::Unit::seconds:
      return duration(value);
    case model::Unit::bytes:
      return bytes(value);
    case model::Unit::bytes_per_second:
      return bytes(value) + "/s";
    case model::Unit::number:
    case model::Unit::state:
      break;
  }
  return count(value);
}

std::string time_text(std::int64_t time) {
  return fmt::format("{:%F %H:%M}", fmt::gmtime(static_cast<std::time_t>(time)));
}

std::string code(std::string_view text) {
  std::string line = base::one_line(text);
  // The fence must be longer than any run of backticks within.
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : line) longest = std::max(longest, run = c == '`' ? run + 1 : 0);
  const std::string fence(longest + 1, '`');
  const std::string_view gap = longest > 0 ? " " : "";
  if (line.empty()) return "–";
  return fmt::format("{}{}{}{}{}", fence, gap, base::replaced(std::move(line), "|", "\\|"), gap, fence);
}

Table::Table(std::vector<std::string_view> titles) {
  std::string line = "|";
  for (std::string_view& title : titles) {
    const bool number = title.starts_with('>');
    if (number) title.remove_prefix(1);
    head_ += fmt::format("| {} ", title);
    line += number ? "---:|" : "---|";
  }
  head_ += fmt::format("|\n{}\n", line);
}

void Table::add(const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) rows_ += fmt::format("| {} ", cell);
  rows_ += "|\n";
}

std::string no_data(std::string_view reason) { return fmt::format("No data: {}.\n", reason); }

}  // namespace pgvigil::report
