#include "report/answers.hpp"

#include <algorithm>

#include "pgvigil/base/text.hpp"
#include "report/text.hpp"

namespace pgvigil::report {
namespace {

using base::ErrorKind;

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

/// `value` rounded up to whole `unit`s, one at least.
std::int64_t whole(std::int64_t value, std::int64_t unit) {
  return std::max<std::int64_t>((value + unit - 1) / unit, 1) * unit;
}

/// A step of 5 minutes for 30 days: Prometheus gives at most 11,000 points of a series.
Period period_of(const Options& options) {
  constexpr std::int64_t kSteps = 8640;
  constexpr std::int64_t kCoarseSteps = 720;
  Period period;
  period.step = whole((options.since.count() + kSteps - 1) / kSteps, kMinute);
  period.coarse = whole((options.since.count() + kCoarseSteps - 1) / kCoarseSteps, period.step);
  const auto until = std::chrono::floor<base::Seconds>(options.until.time_since_epoch()).count();
  period.end = until / period.step * period.step;
  period.start = period.end - whole(options.since.count(), period.step);
  return period;
}

std::string filled(std::string_view promql, const Options& options, const Period& period) {
  const auto seconds = [](std::int64_t length) { return fmt::format("{}s", length); };
  const std::string only = options.instance.empty() ? "=~\".+\"" : "=" + quoted(options.instance);
  const std::string or_none = options.instance.empty() ? "=~\".*\"" : only;
  const std::string job = "job=" + quoted(options.job);
  const std::int64_t length = period.end - period.start;
  std::string text(promql);
  text = base::replaced(std::move(text), "$range", seconds(length));
  text = base::replaced(std::move(text), "$inner", seconds(length - period.step));
  text = base::replaced(std::move(text), "$slot", seconds(period.step - 1));
  text = base::replaced(std::move(text), "$step", seconds(period.step));
  text = base::replaced(std::move(text), "$coarse", seconds(period.coarse));
  text = base::replaced(std::move(text), "$day", seconds(std::min(length, kDay)));
  text = base::replaced(std::move(text), "$alerts", fmt::format("{}, instance{}", job, or_none));
  return base::replaced(std::move(text), "$server", fmt::format("{}, instance{}", job, only));
}

std::string path_of(const Query& query, const Options& options, const Period& period) {
  const std::string promql = filled(query.promql, options, period);
  switch (query.shape) {
    case Shape::steps:
      return range_path(promql, period.start + period.step, period.end, period.step);
    case Shape::hours:
      return range_path(promql, whole(period.start + 1, kHour), period.end, kHour);
    case Shape::now:
      break;
  }
  return instant_path(promql, period.end);
}

std::size_t index(Ask ask) { return static_cast<std::size_t>(ask); }

}  // namespace

base::Result<Answers> gather(const Options& options, const Get& get) {
  Answers answers;
  answers.period = period_of(options);
  answers.cost = options.cost;
  for (const Query& query : kQueries) {
    auto body = get(path_of(query, options, answers.period));
    auto series = body ? parse_answer(*body) : tl::unexpected(body.error());
    if (series) {
      answers.series[index(query.ask)] = *std::move(series);
    } else if (query.ask == Ask::instances || series.error().kind != ErrorKind::io) {
      return tl::unexpected(series.error());
    } else {
      answers.refused[index(query.ask)] = series.error().message;
    }
    if (query.ask == Ask::instances && answers.series[index(query.ask)].empty())
      return base::fail(ErrorKind::contract,
                        "Prometheus has no pg_up of job '{}'{} between {} and {}; the job is alerting.job in "
                        "the configuration",
                        options.job,
                        options.instance.empty() ? "" : fmt::format(" and instance '{}'", options.instance),
                        time_text(answers.period.start), time_text(answers.period.end));
  }
  return answers;
}

std::vector<const Series*> Instance::of(Ask ask) const {
  std::vector<const Series*> found;
  for (const Series& series : answers_->series[index(ask)])
    if (series.label("instance") == name_) found.push_back(&series);
  return found;
}

std::optional<double> Instance::value(Ask ask, const Labels& labels) const {
  for (const Series* series : of(ask)) {
    const bool fits = std::ranges::all_of(series->labels, [&](const auto& label) {
      const auto found = labels.find(label.first);
      return label.first == "instance" || (found != labels.end() && found->second == label.second);
    });
    if (fits) return series->points.back().value;
  }
  return std::nullopt;
}

std::optional<double> Instance::value(Ask ask) const { return value(ask, {}); }

std::optional<double> Instance::sum(Ask ask) const {
  std::optional<double> sum;
  for (const Series* series : of(ask)) sum = sum.value_or(0) + series->points.back().value;
  return sum;
}

std::optional<double> Instance::setting(std::string_view name) const {
  constexpr std::string_view kPrefix = "pg_settings_";
  for (const Series* series : of(Ask::settings)) {
    const std::string_view metric = series->label("__name__");
    if (metric.starts_with(kPrefix) && metric.substr(kPrefix.size()) == name)
      return series->points.back().value;
  }
  return std::nullopt;
}

double Instance::seconds_with_data() const {
  double steps = 0;
  for (const Series* series : of(Ask::up)) steps += static_cast<double>(series->points.size());
  return steps * static_cast<double>(period().step);
}

std::string_view Instance::refused(Ask ask) const { return answers_->refused[index(ask)]; }

std::string Instance::nothing(Ask ask, std::string_view likely) const {
  return no_data(refused(ask).empty() ? likely : refused(ask));
}

}  // namespace pgvigil::report
