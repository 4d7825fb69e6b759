#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/commands.hpp"
#include "app/log.hpp"
#include "app/settings.hpp"
#include "pgvigil/base/stop.hpp"
#include "pgvigil/collect/outside.hpp"

namespace pgvigil::app {
namespace {

using model::Finding;
using model::State;

/// Says nothing: `check` prints what it finds.
class Silent final : public collect::Observer {
 public:
  void collected(const model::CollectorSpec&, std::string_view, const model::Outcome&) override {}
  void connection(std::string_view, const base::Error*) override {}
};

std::string in_unit(double value, model::Unit unit) {
  return unit == model::Unit::ratio ? fmt::format("{:.1f} %", value * 100)
                                    : fmt::format("{:.1f} ms", value * 1000);
}

std::string_view state_name(const Finding& finding) {
  return finding.state ? model::name(*finding.state) : "unknown";
}

void print_table(std::span<const Finding> findings) {
  fmt::print("{:<20} {:>10} {:>10} {:>10}  {}\n", "threshold", "value", "warning", "critical", "state");
  for (const Finding& finding : findings) {
    const auto unit = finding.rule->indicator.unit;
    fmt::print("{:<20} {:>10} {:>10} {:>10}  {}{}\n", finding.rule->title,
               finding.reading.value ? in_unit(*finding.reading.value, unit) : "-",
               in_unit(finding.limits.warning, unit), in_unit(finding.limits.critical, unit),
               state_name(finding), finding.reading.reason.empty() ? "" : ": " + finding.reading.reason);
  }
}

void print_json(std::span<const Finding> findings) {
  auto list = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    nlohmann::ordered_json item = {{"rule", finding.rule->id}, {"title", finding.rule->title}};
    item["unit"] = finding.rule->indicator.unit == model::Unit::ratio ? "ratio" : "seconds";
    item["value"] = finding.reading.value ? nlohmann::ordered_json(*finding.reading.value) : nullptr;
    item["warning"] = finding.limits.warning;
    item["critical"] = finding.limits.critical;
    item["state"] = state_name(finding);
    item["reason"] = finding.reading.reason;
    list.push_back(std::move(item));
  }
  fmt::print("{}\n", nlohmann::ordered_json{{"thresholds", list}}.dump(2));
}

int exit_code(std::span<const Finding> findings) {
  const auto any = [&](std::optional<State> state) {
    return std::ranges::any_of(findings, [&](const Finding& finding) { return finding.state == state; });
  };
  constexpr int kUnknown = 3;
  if (any(State::critical)) return 2;
  if (any(State::warning)) return 1;
  return any(std::nullopt) ? kUnknown : 0;
}

}  // namespace

int check(const CommandLine& line, const config::TargetConfig& target) {
  config::TargetConfig quick = target;
  // Every collector is due at both polls; what visits databases, and what is not minimal, judges nothing.
  const Selection configured(target);
  for (const model::CollectorSpec* spec : configured.specs()) {
    auto& change = quick.collectors[std::string(spec->name)];
    change.interval = line.window;
    if (spec->scope == model::Scope::database || !spec->minimal) change.enabled = false;
  }
  const Selection selection(quick);
  const base::SystemClock clock;
  const base::Stop stop;
  Silent silent;
  const auto world = collect::outside(outside_options(quick), stop, clock);
  collect::Poller poller(selection.specs(), poller_options(quick, selection), *world, silent, clock);

  const auto first = poller.poll();
  if (first->up) stop.wait_until(clock.steady() + line.window);
  const auto second = first->up ? poller.poll() : first;
  const auto findings =
      rules::evaluate(rules::rules(), config::limits(quick, rules::rules()), *second, poller.history());
  if (!second->up) fmt::print(stderr, "pgvigil: {}\n", second->down_reason);
  if (line.json)
    print_json(findings);
  else
    print_table(findings);
  return exit_code(findings);
}

}  // namespace pgvigil::app
