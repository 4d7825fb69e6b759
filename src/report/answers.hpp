#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/report/report.hpp"
#include "report/prometheus.hpp"
#include "report/queries.hpp"

/// What Prometheus answered to the table of queries.
namespace pgvigil::report {

/// What is reported on: seconds since the epoch, whole steps.
struct Period {
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t step = 60;
  std::int64_t coarse = 60;

  double seconds() const { return static_cast<double>(end - start); }
  double days() const { return seconds() / 86'400; }
};

struct Answers {
  Period period;
  model::Cost cost;
  std::array<std::vector<Series>, kQueries.size()> series;
  std::array<std::string, kQueries.size()>
      refused;  ///< why there is no answer to that query; empty: there is
};

/// Asks everything, the instances first.
base::Result<Answers> gather(const Options& options, const Get& get);

/// The answers about one instance. A view: the answers live longer.
class Instance {
 public:
  Instance(std::string_view name, const Answers& answers) : name_(name), answers_(&answers) {}

  std::string_view name() const { return name_; }
  const Period& period() const { return answers_->period; }
  const model::Cost& cost() const { return answers_->cost; }

  std::vector<const Series*> of(Ask ask) const;

  /// The newest value of the first series whose every label is one of `labels`; nothing where there is none.
  std::optional<double> value(Ask ask, const Labels& labels) const;
  /// The same of the query's only series.
  std::optional<double> value(Ask ask) const;
  /// The sum over its series.
  std::optional<double> sum(Ask ask) const;
  /// A setting by its name in pg_settings_NAME.
  std::optional<double> setting(std::string_view name) const;

  /// How much of the period has samples of pg_up.
  double seconds_with_data() const;
  /// Whether that is a day at least: less is no ground for trends and advice.
  bool has_a_day() const { return seconds_with_data() >= 86'400; }

  /// Why Prometheus did not answer the query; empty where it did.
  std::string_view refused(Ask ask) const;
  /// "No data" for the query: Prometheus' own reason, else the likely one.
  std::string nothing(Ask ask, std::string_view likely) const;

 private:
  std::string_view name_;
  const Answers* answers_;
};

}  // namespace pgvigil::report
