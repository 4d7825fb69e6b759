#include "render/status_units.hpp"

#include <fmt/chrono.h>

namespace pgvigil::render {
namespace {

constexpr std::string_view kNoBreak = "\u00a0";

std::string three_digits(double value, std::string_view unit) {
  if (value >= 100) return fmt::format("{:.0f}{}{}", value, kNoBreak, unit);
  return fmt::format("{:.3g}{}{}", value, kNoBreak, unit);
}

}  // namespace

std::string amount(double value, model::Unit unit) {
  if (unit == model::Unit::ratio) return three_digits(value * 100, "%");
  return value < 1 ? three_digits(value * 1000, "ms") : three_digits(value, "s");
}

std::string amount(base::Millis time) {
  return amount(std::chrono::duration<double>(time).count(), model::Unit::seconds);
}

std::string age(base::WallTime then, base::WallTime now) {
  const auto seconds = std::chrono::duration_cast<base::Seconds>(now - then).count();
  if (seconds < 1) return "just now";
  const auto ago = [](auto count, std::string_view unit) {
    return fmt::format("{}{}{} ago", count, kNoBreak, unit);
  };
  if (seconds < 120) return ago(seconds, "s");
  constexpr long kMinute = 60;
  constexpr long kHour = 60 * kMinute;
  constexpr long kDay = 24 * kHour;
  if (seconds < 2 * kHour) return ago(seconds / kMinute, "min");
  if (seconds < 2 * kDay) return ago(seconds / kHour, "h");
  return ago(seconds / kDay, "days");
}

std::string age_element(base::WallTime then, base::WallTime now) {
  return fmt::format(R"(<time datetime="{:%FT%TZ}" title="{}">{}</time>)",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(then)), utc(then), age(then, now));
}

std::string utc(base::WallTime time) {
  return fmt::format("{:%F %T} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace pgvigil::render
