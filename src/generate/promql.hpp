#pragma once

#include <string>
#include <string_view>

#include "pgvigil/model/alerting.hpp"
#include "pgvigil/model/rule.hpp"

/// The rules' expressions as an operator's Prometheus needs them.
namespace pgvigil::generate {

/// "90s", "5m", "1d": a duration as Prometheus writes it, in the largest unit that divides it.
std::string promql_duration(base::Seconds duration);

/// `duration` divided by `hurry`, never under a second; 0 stays 0.
base::Seconds hurried(base::Seconds duration, unsigned hurry);

/// The expression with $job, $container and $claim filled in, and each `[5m]`, `[5m:1m]` and `offset 10m`
/// divided by alerting.hurry.
std::string filled_in(std::string_view promql, const model::Alerting& alerting);

/// The expression as an operand of a comparison: in parentheses where it has a comparison or a set operator
/// of its own.
std::string operand(std::string_view promql);

}  // namespace pgvigil::generate
