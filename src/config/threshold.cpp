#include "config/threshold.hpp"

#include <cmath>

namespace pgvigil::config {
namespace {

constexpr double kRatio = 1;
constexpr double kMonth = 30 * 86'400;

bool take_hold(const Node& value, ThresholdOverride& limits) {
  const auto hold = duration(value, base::Millis(0));
  if (!hold || (*hold % base::Seconds(1)).count() != 0) return false;
  limits.hold = std::chrono::duration_cast<base::Seconds>(*hold);
  return true;
}

constexpr Setting<ThresholdOverride> kHold = {"hold", "a duration in whole seconds such as 5m, at most 24h",
                                              take_hold};
constexpr std::string_view kRatioExpected = "a ratio above 0 and at most 1, such as 0.80";
constexpr Setting<ThresholdOverride> kRatioLimits[] = {
    {"warning", kRatioExpected,
     [](const Node& value, ThresholdOverride& limits) {
       return put(limits.warning, positive(value, kRatio));
     }},
    {"critical", kRatioExpected,
     [](const Node& value, ThresholdOverride& limits) {
       return put(limits.critical, positive(value, kRatio));
     }},
    kHold,
};

/// Seconds as a plain number, or a duration.
std::optional<double> seconds(const Node& value) {
  if (const auto length = duration(value, base::Millis(1)))
    return std::chrono::duration<double>(*length).count();
  return positive(value, kMonth);
}

constexpr std::string_view kTimeExpected = "a duration such as 500ms, or seconds such as 0.5, above 0";
constexpr Setting<ThresholdOverride> kTimeLimits[] = {
    {"warning", kTimeExpected,
     [](const Node& value, ThresholdOverride& limits) { return put(limits.warning, seconds(value)); }},
    {"critical", kTimeExpected,
     [](const Node& value, ThresholdOverride& limits) { return put(limits.critical, seconds(value)); }},
    kHold,
};

constexpr double kHuge = 1e18;
constexpr std::string_view kNumberExpected = "a number above 0, such as 12; sizes are in bytes";
constexpr Setting<ThresholdOverride> kNumberLimits[] = {
    {"warning", kNumberExpected,
     [](const Node& value, ThresholdOverride& limits) {
       return put(limits.warning, positive(value, kHuge));
     }},
    {"critical", kNumberExpected,
     [](const Node& value, ThresholdOverride& limits) {
       return put(limits.critical, positive(value, kHuge));
     }},
    kHold,
};

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
