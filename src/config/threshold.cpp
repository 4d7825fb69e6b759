#include "config/threshold.hpp"

#include <array>
#include <cmath>

namespace pgvigil::config {
namespace {

constexpr double kRatio = 1;
constexpr double kMonth = 30 * 86'400;
constexpr double kHuge = 1e18;

bool take_hold(const Node& value, ThresholdOverride& limits) {
  const auto hold = duration(value, base::Millis(0));
  if (!hold || (*hold % base::Seconds(1)).count() != 0) return false;
  limits.hold = std::chrono::duration_cast<base::Seconds>(*hold);
  return true;
}

std::optional<double> ratio(const Node& value) { return positive(value, kRatio); }

/// Seconds as a plain number, or a duration.
std::optional<double> seconds(const Node& value) {
  if (const auto length = duration(value, base::Millis(1)))
    return std::chrono::duration<double>(*length).count();
  return positive(value, kMonth);
}

std::optional<double> number(const Node& value) { return positive(value, kHuge); }

/// The keys of a rule whose limits `read` reads, and what it wants there.
template <std::optional<double> (*read)(const Node&)>
constexpr std::array<Setting<ThresholdOverride>, 3> keys(std::string_view expected) {
  return {{{"warning", expected,
            [](const Node& value, ThresholdOverride& limits) { return put(limits.warning, read(value)); }},
           {"critical", expected,
            [](const Node& value, ThresholdOverride& limits) { return put(limits.critical, read(value)); }},
           {"hold", "a duration in whole seconds such as 5m, at most 24h", take_hold}}};
}

constexpr auto kRatioLimits = keys<ratio>("a ratio above 0 and at most 1, such as 0.80");
constexpr auto kTimeLimits = keys<seconds>("a duration such as 500ms, or seconds such as 0.5, above 0");
constexpr auto kNumberLimits = keys<number>("a number above 0, such as 12; sizes are in bytes");

std::span<const Setting<ThresholdOverride>> limit_settings(model::Unit unit) {
  if (unit == model::Unit::ratio) return kRatioLimits;
  if (unit == model::Unit::seconds) return kTimeLimits;
  return kNumberLimits;
}

/// That a rule has the levels that are given, and the worse one on the worse side.
Status check_limits(const Place& at, const model::Rule& rule, const ThresholdOverride& change) {
  if (change.warning && std::isnan(rule.limits.warning))
    return wrong(at, "{} has no warning; it has critical and hold", at.path);
  if (change.critical && std::isnan(rule.limits.critical))
    return wrong(at, "{} has no critical; it has warning and hold", at.path);
  const model::Limits limits = apply(rule.limits, change);
  const bool above = rule.side == model::Side::above;
  if (above ? limits.warning > limits.critical : limits.warning < limits.critical)
    return wrong(at, "{}: warning {} is {} critical {}; it must be at {} that", at.path, limits.warning,
                 above ? "above" : "below", limits.critical, above ? "most" : "least");
  return {};
}

}  // namespace

Status read_thresholds(const Place& at, TargetConfig& target) {
  return read_named(at, "rule", at.rules, &model::Rule::id,
                    [&](const Place& here, const model::Rule& rule) -> Status {
                      ThresholdOverride& change = target.thresholds[std::string(rule.id)];
                      if (Status map = read_map(here, limit_settings(rule.indicator.unit), change); !map)
                        return map;
                      return check_limits(here, rule, change);
                    });
}

}  // namespace pgvigil::config
