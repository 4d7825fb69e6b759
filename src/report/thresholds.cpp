#include <fmt/format.h>

#include <algorithm>

#include "pgvigil/rules/rules.hpp"
#include "report/sections.hpp"
#include "report/text.hpp"

namespace pgvigil::report {
namespace {

constexpr std::int64_t kHour = 3600;

/// What there is of one rule.
class Judged {
 public:
  Judged(const Instance& instance, const model::Rule& rule)
      : instance_(&instance), rule_(&rule), labels_{{"rule", std::string(rule.id)}} {}

  bool known() const { return instance_->value(Ask::value_mean, labels_).has_value(); }

  std::string amount_of(Ask ask) const { return shown(instance_->value(ask, labels_)); }

  std::string limit(std::string_view severity) const {
    Labels labels = labels_;
    labels["severity"] = severity;
    return shown(instance_->value(Ask::limit, labels));
  }

  /// Time over a limit, and its share of the time in which it is known.
  std::string over(Ask ask) const {
    const auto steps = instance_->value(ask, labels_);
    const auto all = instance_->value(Ask::state_known, labels_);
    if (!steps || !all || *all == 0) return "–";
    if (*steps == 0) return "never";
    return fmt::format("{} ({})", duration(*steps * static_cast<double>(instance_->period().step)),
                       percent(*steps / *all));
  }

  std::string worst_hour() const {
    for (const Series* series : instance_->of(Ask::value_hours))
      if (series->label("rule") == rule_->id) {
        const auto worst = std::ranges::max_element(series->points, {}, &Point::value);
        return fmt::format("{} ({})", time_text(worst->time - kHour), shown(worst->value));
      }
    return "–";
  }

 private:
  std::string shown(std::optional<double> value) const {
    return value ? amount(*value, rule_->indicator.unit) : "–";
  }

  const Instance* instance_;
  const model::Rule* rule_;
  Labels labels_;
};

}  // namespace

std::string threshold_section(const Instance& instance) {
  Table table({"threshold", ">warning", ">critical", ">mean", ">95 %", ">most", ">over warning",
               ">over critical", "worst hour from (mean)"});
  std::string missing;
  for (const model::Rule* rule : rules::rules()) {
    if (rule->indicator.read == nullptr) continue;
    const Judged judged(instance, *rule);
    if (judged.known())
      table.add({std::string(rule->title), judged.limit("warning"), judged.limit("critical"),
                 judged.amount_of(Ask::value_mean), judged.amount_of(Ask::value_p95),
                 judged.amount_of(Ask::value_max), judged.over(Ask::state_warning),
                 judged.over(Ask::state_critical), judged.worst_hour()});
    else
      missing += fmt::format("{}{}", missing.empty() ? "" : ", ", rule->title);
  }
  if (table.empty())
    return instance.nothing(Ask::value_mean,
                            "there is no pgvigil_threshold_value; an old pgvigil, or dropped "
                            "by metric_relabel_configs");
  if (missing.empty()) return table.text();
  return fmt::format(
      "{}\nNo data: {}. The status page of pgvigil says why; mostly the container is not visible "
      "or pg_stat_statements is not installed.\n",
      table.text(), missing);
}

}  // namespace pgvigil::report
