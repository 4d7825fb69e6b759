#include "generate/groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "generate/promql.hpp"
#include "generate/texts.hpp"
#include "pgvigil/rules/rules.hpp"

namespace pgvigil::generate {
namespace {

using base::Seconds;
using model::Alerting;
using model::Indicator;
using model::Rule;

constexpr Seconds kInterval{30};

struct Level {
  std::string_view severity;
  double limit;
};

/// The kubelet's number with the labels that pgvigil's own metrics of that pod have, so that it is compared
/// with that pod's limits; without a metric name, as the indicator has none either.
std::string from_kubelet(std::string_view promql) {
  return fmt::format("{} * on (namespace, pod) group_right () (pg_up >= bool 0)", promql);
}

Group records(const Options& options) {
  Group group{"pgvigil-records", hurried(kInterval, options.alerting.hurry), {}};
  const auto add = [&](std::string_view name, std::string_view promql) {
    group.entries.push_back({std::string(name), {}, filled_in(promql, options.alerting), {}, {}, {}, {}});
  };
  for (const Rule* rule : rules::rules()) {
    const Indicator& indicator = rule->indicator;
    if (indicator.record.empty()) continue;
    const bool kubelet = options.alerting.kubelet && !indicator.kubelet.empty();
    add(indicator.record, kubelet ? from_kubelet(indicator.kubelet) : std::string(indicator.promql));
  }
  for (const rules::Record& record : rules::records()) add(record.name, record.promql);
  return group;
}

/// What one snapshot suffices for is compared with the limit that the server's own pgvigil exports.
std::string exported_limit(const Rule& rule, const Level& level) {
  return fmt::format(R"(pgvigil_threshold_limit{{rule="{}",severity="{}"}})", rule.id, level.severity);
}

std::string condition(const Rule& rule, const Level& level, const Alerting& alerting) {
  const Indicator& indicator = rule.indicator;
  const std::string value = operand(indicator.record.empty() ? filled_in(indicator.promql, alerting)
                                                             : std::string(indicator.record));
  const std::string_view comparison = rule.side == model::Side::above ? ">=" : "<";
  if (indicator.read != nullptr)
    return fmt::format("{} {} ignoring (rule, severity) {}", value, comparison, exported_limit(rule, level));
  return fmt::format("{} {} {}", value, comparison, level.limit);
}

/// The limit in a text: the number, or a template that asks for the one of the alert's own server.
std::string limit_text(const Rule& rule, const Level& level) {
  if (rule.indicator.read == nullptr) return amount(level.limit, rule.indicator.unit);
  return fmt::format(
      R"({{{{ with printf `pgvigil_threshold_limit{{rule="{}",severity="{}",job=%q,instance=%q}}` )"
      "$labels.job $labels.instance | query }}}}{}{{{{ end }}}}",
      rule.id, level.severity, template_of(". | first | value", rule.indicator.unit));
}

/// While pgvigil is down, so are the pages that it serves: then the file in the repository.
std::string runbook_url(const Rule& rule, const Alerting& alerting) {
  const bool of_pgvigil = alerting.runbooks.find("$labels.instance") != std::string::npos;
  if (rule.id == "pgvigil_down" && of_pgvigil) return fmt::format("docs/runbooks/{}.md", rule.alert);
  return fmt::format("{}/{}", alerting.runbooks, rule.alert);
}

Pairs annotations(const Rule& rule, const Level& level, const Alerting& alerting) {
  const std::string value = template_of("$value", rule.indicator.unit);
  const std::string limit = limit_text(rule, level);
  Pairs texts = {{"summary", std::string(rule.summary)},
                 {"description", with_numbers(rule.description, value, limit)}};
  if (rule.indicator.unit != model::Unit::state)
    texts.insert(texts.end(), {{"value", value}, {"limit", limit}});
  texts.emplace_back("runbook_url", runbook_url(rule, alerting));
  texts.emplace_back(
      "dashboard_url",
      fmt::format("{}/d/pgvigil-{}?var-job={{{{ $labels.job | urlquery }}}}"
                  "{{{{ with $labels.instance }}}}&var-instance={{{{ . | urlquery }}}}{{{{ end }}}}",
                  alerting.grafana, rule.board));
  return texts;
}

Entry alert(const Rule& rule, const model::Limits& limits, const Level& level, const Alerting& alerting) {
  Pairs labels = {{"severity", std::string(level.severity)}};
  labels.insert(labels.end(), alerting.labels.begin(), alerting.labels.end());
  return {{},
          std::string(rule.alert),
          condition(rule, level, alerting),
          hurried(limits.hold, alerting.hurry),
          hurried(rule.keep_firing, alerting.hurry),
          std::move(labels),
          annotations(rule, level, alerting)};
}

Group& of_board(std::vector<Group>& groups, std::string_view board, const Alerting& alerting) {
  const std::string name = fmt::format("pgvigil-{}", board);
  const auto known =
      std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.name == name; });
  if (known != groups.end()) return *known;
  return groups.emplace_back(Group{name, hurried(kInterval, alerting.hurry), {}});
}

}  // namespace

model::Limits limits_of(const Rule& rule, const Options& options) {
  const auto changed = options.limits.find(rule.id);
  return changed == options.limits.end() ? rule.limits : changed->second;
}

std::vector<Group> groups(const Options& options) {
  std::vector<Group> all = {records(options)};
  for (const Rule* rule : rules::rules()) {
    const model::Limits limits = limits_of(*rule, options);
    Group& group = of_board(all, rule->board, options.alerting);
    for (const Level& level : {Level{"warning", limits.warning}, Level{"critical", limits.critical}})
      if (!std::isnan(level.limit)) group.entries.push_back(alert(*rule, limits, level, options.alerting));
  }
  return all;
}

}  // namespace pgvigil::generate
