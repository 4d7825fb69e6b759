#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "generate/groups.hpp"
#include "generate/metrics_page.hpp"
#include "generate/promql.hpp"
#include "generate/texts.hpp"
#include "pgvigil/generate/generate.hpp"
#include "pgvigil/rules/rules.hpp"

namespace pgvigil::generate {
namespace {

using model::Rule;

constexpr std::string_view kIntroduction = R"(# Alerts

Made by `pgvigil generate docs` from the rules and the configuration: do not edit.

[alerts/pgvigil.rules.yml](../alerts/pgvigil.rules.yml) has an alert for each limit of a rule;
[alerts/prometheusrule.yml](../alerts/prometheusrule.yml) has the same for Prometheus' operator. `severity` is
`warning` or `critical`; an alert at its critical limit has its warning firing beside it, which Alertmanager
inhibits. An alert fires once its condition has held for the time under "Holds". Each links to its runbook and its
dashboard.

The limits stand under `thresholds`, by the rule's name, in the configuration
([docs/pgvigil.example.yml](pgvigil.example.yml)); after a change `pgvigil generate all --out=DIR` makes rules, this
page and dashboards anew. Rules marked * are judged by pgvigil itself too: it exports their limits as
`pgvigil_threshold_limit`, and their alerts compare with what the server's own pgvigil exports, so that servers with
different limits share one rule file.

| Alert | Rule | What it says | Number | Warning | Critical | Holds |
|---|---|---|---|---|---|---|
)";

std::string limit(const Rule& rule, double number) {
  if (std::isnan(number)) return "";
  return fmt::format("{} {}", rule.side == model::Side::above ? "≥" : "<",
                     amount(number, rule.indicator.unit));
}

std::string row(const Rule& rule, const model::Limits& limits) {
  const bool holds = limits.hold.count() > 0;
  return fmt::format("| [{0}](runbooks/{0}.md) | `{1}`{2} | {3} | {4} | {5} | {6} | {7} |\n", rule.alert,
                     rule.id, rule.indicator.read != nullptr ? " *" : "", cell(rule.summary),
                     cell(rule.indicator.meaning), limit(rule, limits.warning), limit(rule, limits.critical),
                     holds ? promql_duration(limits.hold) : "");
}

std::string alerts_page(const Options& options) {
  std::string page(kIntroduction);
  for (const Rule* rule : rules::rules()) page += row(*rule, limits_of(*rule, options));
  return page;
}

}  // namespace

std::vector<File> docs(const Options& options, std::span<const model::CollectorSpec* const> catalogue) {
  return {{"docs/alerts.md", alerts_page(options)}, {"docs/metrics.md", metrics_page(catalogue)}};
}

}  // namespace pgvigil::generate
