#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/base/result.hpp"

/// Prometheus' HTTP API: the paths that ask, and what is answered.
namespace pgvigil::report {

using Labels = std::map<std::string, std::string, std::less<>>;

struct Point {
  std::int64_t time = 0;  ///< seconds since the epoch
  double value = 0;
};

/// A series of the answer, oldest point first; to an instant query it has one point. NaN is left out.
struct Series {
  Labels labels;
  std::vector<Point> points;

  /// A label's value; empty where it lacks the label.
  std::string_view label(std::string_view name) const;
};

std::string instant_path(std::string_view promql, std::int64_t time);
std::string range_path(std::string_view promql, std::int64_t start, std::int64_t end, std::int64_t step);

/// The series of an answer. Kind contract: it is not one of Prometheus'. Kind io: Prometheus says why not.
base::Result<std::vector<Series>> parse_answer(const std::string& json);

/// A text as it stands in PromQL between double quotes.
std::string quoted(std::string_view text);

}  // namespace pgvigil::report
