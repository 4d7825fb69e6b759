#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/model/snapshot.hpp"

namespace pgvigil::model {

/// A counter's value at a moment of the monotonic clock.
struct Sample {
  base::SteadyTime at;
  double value = 0;
};

/// The stretch of time that the windowed indicators look at.
inline constexpr base::Seconds kWindow{300};

/// What must be remembered across polls to judge: running totals that never fall, pruned to the rules'
/// window.
struct History {
  std::deque<Sample> cpu_seconds;        ///< CPU time used by the container
  std::deque<Sample> statement_calls;    ///< executions of all statements, resets and evictions taken out
  std::deque<Sample> statement_seconds;  ///< and their execution time
};

/// What an indicator says now: a value, or why there is none.
struct Reading {
  std::optional<double> value;
  std::string reason;
  bool idle = false;  ///< there is no value because nothing happened that could be judged: that is fine
};

/// `state` is 1 or 0, which a text says in words: it shows neither value nor limit.
enum class Unit : std::uint8_t { ratio, seconds, bytes, bytes_per_second, number, state };

/// A quantity worth judging. `promql` gives the same number to Prometheus as `read` gives to one snapshot;
/// without `read` only Prometheus judges. In PromQL, `$job` stands for the scrape job, and for the kubelet's
/// metrics `$container` for the database's container and `$claim` for the claim template of its volume.
struct Indicator {
  std::string_view meaning;  ///< what the number says, as one sentence
  Unit unit = Unit::ratio;
  std::string_view promql;
  Reading (*read)(const Snapshot&, const History&) = nullptr;
  std::string_view record = {};   ///< the recording rule that holds it, where several expressions share it
  std::string_view kubelet = {};  ///< the same number by namespace and pod, from the kubelet's metrics
};

/// A level that a rule does not have: no number is over it.
inline constexpr double kNoLimit = std::numeric_limits<double>::quiet_NaN();

/// The numbers of a rule: the only part that an operator changes.
struct Limits {
  double warning = kNoLimit;
  double critical = kNoLimit;
  base::Seconds hold{300};  ///< how long the alert waits; the exported state is of now
};

/// On which side of its limit a number is over it: at or above, or below.
enum class Side : std::uint8_t { above, below };

/// A row of the one table of rules. Every number in a text is filled in from it: in `description`, `{value}`
/// and `{limit}`; `{{ $labels.x }}` is Prometheus' own.
struct Rule {
  std::string_view id;  ///< in the configuration, and in the threshold metrics
  std::string_view title;
  std::string_view alert;  ///< name of the alert, and of its runbook docs/runbooks/<alert>.md
  Limits limits;
  std::string_view summary;      ///< one sentence without numbers
  std::string_view description;  ///< value, limit, and what to do first
  Indicator indicator;
  std::string_view board;  ///< the dashboard that shows it: dashboards/<board>.json
  Side side = Side::above;
  base::Seconds keep_firing{0};  ///< how long it goes on when the number is back, where it flaps
};

enum class State : std::uint8_t { ok = 0, warning = 1, critical = 2 };

/// A rule held against one snapshot. `state` is absent where it cannot be known.
struct Finding {
  const Rule* rule = nullptr;
  Limits limits;
  Reading reading;
  std::optional<State> state;
};

std::string_view name(State state);

}  // namespace pgvigil::model
