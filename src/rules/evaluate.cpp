#include "pgvigil/rules/rules.hpp"

namespace pgvigil::rules {
namespace {

std::optional<model::State> judge(const model::Reading& reading, const model::Limits& limits) {
  if (reading.idle) return model::State::ok;
  if (!reading.value) return std::nullopt;
  if (*reading.value >= limits.critical) return model::State::critical;
  if (*reading.value >= limits.warning) return model::State::warning;
  return model::State::ok;
}

}  // namespace

std::vector<model::Finding> evaluate(std::span<const model::Rule* const> rules, const LimitOverrides& limits,
                                     const model::Snapshot& snapshot, const model::History& history) {
  std::vector<model::Finding> findings;
  for (const model::Rule* rule : rules) {
    if (rule->indicator.read == nullptr) continue;
    const auto changed = limits.find(rule->id);
    model::Finding finding{rule, changed == limits.end() ? rule->limits : changed->second, {}, {}};
    finding.reading = rule->indicator.read(snapshot, history);
    finding.state = judge(finding.reading, finding.limits);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pgvigil::rules
