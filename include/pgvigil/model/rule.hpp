#pragma once

#include <cstdint>
#include <deque>
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

enum class Unit : std::uint8_t { ratio, seconds };

/// A quantity worth judging. `promql` gives the same number to Prometheus; `read` gives it to one snapshot.
struct Indicator {
  std::string_view name;
  Unit unit = Unit::ratio;
  std::string_view promql;
  Reading (*read)(const Snapshot&, const History&) = nullptr;
};

/// The numbers of a rule: the only part that an operator changes. At or above a limit is over it.
struct Limits {
  double warning = 0;
  double critical = 0;
  base::Seconds hold{300};  ///< how long the alert waits; the exported state is of now
};

/// A row of the one table of thresholds. Every number in a text is filled in from it.
struct Rule {
  std::string_view id;
  std::string_view title;
  Limits limits;
  std::string_view summary;
  std::string_view description;
  std::string_view runbook;
  Indicator indicator;
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
