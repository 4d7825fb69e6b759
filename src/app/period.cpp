#include "app/period.hpp"

#include <charconv>
#include <chrono>

namespace pgvigil::app {
namespace {

/// Takes a number of exactly `digits` digits, and `separator` behind it, from the front of `text`.
std::optional<unsigned> take(std::string_view& text, std::size_t digits, std::string_view separator) {
  unsigned number = 0;
  const char* const end = text.data() + digits;
  if (text.size() < digits || std::from_chars(text.data(), end, number).ptr != end) return std::nullopt;
  text.remove_prefix(digits);
  if (!text.starts_with(separator)) return std::nullopt;
  text.remove_prefix(separator.size());
  return number;
}

}  // namespace

std::optional<base::Seconds> parse_since(std::string_view text) {
  constexpr base::Seconds kShortest = std::chrono::hours(1);
  constexpr base::Seconds kLongest = std::chrono::days(365);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const base::Seconds length = unit == "h"   ? std::chrono::hours(1)
                               : unit == "d" ? std::chrono::days(1)
                               : unit == "w" ? std::chrono::weeks(1)
                                             : base::Seconds(0);
  if (error != std::errc{} || length.count() == 0 || number > kLongest / length) return std::nullopt;
  if (number * length < kShortest) return std::nullopt;
  return number * length;
}

std::optional<base::WallTime> parse_time(std::string_view text) {
  const bool day_only = text.find('T') == std::string_view::npos;
  const auto year = take(text, 4, "-");
  const auto month = year ? take(text, 2, "-") : std::nullopt;
  const auto day = month ? take(text, 2, day_only ? "" : "T") : std::nullopt;
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  base::WallTime time = std::chrono::sys_days(date);
  if (day_only) return text.empty() ? std::optional(time) : std::nullopt;
  const auto hours = take(text, 2, ":");
  const auto minutes = hours ? take(text, 2, ":") : std::nullopt;
  const auto seconds = minutes ? take(text, 2, "Z") : std::nullopt;
  if (!seconds || !text.empty() || *hours > 23 || *minutes > 59 || *seconds > 59) return std::nullopt;
  return time + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + base::Seconds(*seconds);
}

}  // namespace pgvigil::app
