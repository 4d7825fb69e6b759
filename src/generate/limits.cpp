#include "generate/limits.hpp"

#include <algorithm>
#include <cmath>

#include "generate/groups.hpp"
#include "pgvigil/rules/rules.hpp"

namespace pgvigil::generate {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kOk = "green";
constexpr std::string_view kWarning = "orange";
constexpr std::string_view kCritical = "red";

const model::Rule& rule_of(std::string_view id) {
  const auto rules = rules::rules();
  return **std::ranges::find_if(rules, [&](const model::Rule* rule) { return rule->id == id; });
}

/// A colour that holds from `value` up; the lowest one has no beginning.
Json step(std::string_view color, double value = model::kNoLimit) {
  return {{"color", color}, {"value", std::isnan(value) ? Json() : Json(value)}};
}

}  // namespace

double first_limit(std::string_view rule, const Options& options) {
  const auto limits = limits_of(rule_of(rule), options);
  return std::isnan(limits.warning) ? limits.critical : limits.warning;
}

double last_limit(std::string_view rule, const Options& options) {
  const auto limits = limits_of(rule_of(rule), options);
  return std::isnan(limits.critical) ? limits.warning : limits.critical;
}

Json threshold_steps(std::string_view rule, const Options& options, bool lines) {
  const auto [warning, critical, hold] = limits_of(rule_of(rule), options);
  const bool warns = !std::isnan(warning);
  const bool alarms = !std::isnan(critical);
  Json steps = Json::array();
  if (rule_of(rule).side == model::Side::above) {
    steps.push_back(step(lines ? "transparent" : kOk));
    if (warns) steps.push_back(step(kWarning, warning));
    if (alarms) steps.push_back(step(kCritical, critical));
    return steps;
  }
  // Below a limit is bad: a colour begins where the next worse one ends; a line has that of its own limit.
  steps.push_back(step(lines ? "transparent" : alarms ? kCritical : kWarning));
  if (alarms) steps.push_back(step(lines ? kCritical : warns ? kWarning : kOk, critical));
  if (warns) steps.push_back(step(lines ? kWarning : kOk, warning));
  return steps;
}

}  // namespace pgvigil::generate
