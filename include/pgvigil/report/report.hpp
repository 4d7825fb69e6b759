#pragma once

#include <functional>
#include <string>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/model/alerting.hpp"

namespace pgvigil::report {

struct Options {
  std::string job = "pgvigil";     ///< the scrape job whose instances are reported on
  std::string instance;            ///< this one only; empty: each that has data in the period
  base::WallTime until;            ///< the period's end; a step's multiple at or before it is taken
  base::Seconds since{2'592'000};  ///< the period's length, an hour to a year
  model::Cost cost;
};

/// Asks Prometheus: the body of what it answers to a path with query, such as /api/v1/query?query=up.
using Get = std::function<base::Result<std::string>(const std::string& path)>;

/// The analysis of a period as Markdown, from Prometheus alone: thresholds over time, statements, growth,
/// cache, indexes, backups, alerts, outages, suggested settings with reasons, cost. What is not there is said
/// with the likely reason, never guessed. No text of a utility statement, which can hold a password, gets in.
/// An error (as `get` gives it, or kind contract) is one line: Prometheus does not answer, is none, or has
/// nothing of the job. A single query that Prometheus refuses is said in its section instead.
base::Result<std::string> report(const Options& options, const Get& get);

}  // namespace pgvigil::report
