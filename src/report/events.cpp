#include <fmt/format.h>

#include <algorithm>

#include "report/sections.hpp"
#include "report/text.hpp"

namespace pgvigil::report {
namespace {

std::string alert_table(std::vector<const Series*> alerts) {
  constexpr double kMinute = 60;
  std::ranges::stable_sort(alerts, [](const Series* a, const Series* b) {
    return a->points.back().value > b->points.back().value;
  });
  Table table({"alert", "severity", ">firing for"});
  for (const Series* alert : alerts)
    table.add({code(alert->label("alertname")), code(alert->label("severity")),
               duration(alert->points.back().value * kMinute)});
  return table.text();
}

}  // namespace

std::string alert_section(const Instance& instance) {
  const auto alerts = instance.of(Ask::alerts);
  if (!instance.refused(Ask::alerts).empty()) return no_data(instance.refused(Ask::alerts));
  if (alerts.empty()) return "None fired, or this Prometheus does not have pgvigil's rules.\n";
  return alert_table(alerts);
}

std::string alerts_of_nobody(const Answers& answers) {
  const auto alerts = Instance("", answers).of(Ask::alerts);
  return alerts.empty() ? "" : "\n## Alerts of no one instance\n\n" + alert_table(alerts);
}

std::string backup_section(const Instance& instance) {
  Table table({"kind", "last success", ">age at the end", ">longest without", ">size", "last run"});
  for (const Series* series : instance.of(Ask::backup_time)) {
    const auto of = [&](Ask ask) { return instance.value(ask, series->labels); };
    const double success = series->points.back().value;
    const auto longest = of(Ask::backup_longest);
    const auto size = of(Ask::backup_size);
    const auto succeeded = of(Ask::backup_succeeded);
    table.add({code(series->label("kind")), time_text(static_cast<std::int64_t>(success)),
               duration(static_cast<double>(instance.period().end) - success),
               longest ? duration(*longest) : "–", size ? bytes(*size) : "–",
               !succeeded        ? "–"
               : *succeeded == 1 ? "succeeded"
                                 : "failed"});
  }
  if (table.empty())
    return instance.nothing(Ask::backup_time,
                            "no backup is recorded, or its collector is not loaded "
                            "(deploy/database/collectors.yml)");
  return table.text();
}

}  // namespace pgvigil::report
