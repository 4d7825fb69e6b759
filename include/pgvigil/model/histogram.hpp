#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pgvigil::model {

/// Counts observations for a column of Use::histogram. Owned and used by whoever counts: a reader, a fold.
/// One that the server has counted comes in the columns of a row: collect/row_histogram.hpp.
class Histogram {
 public:
  /// `bounds` are its column's, and outlive it.
  explicit Histogram(std::span<const double> bounds) : bounds_(bounds), counts_(bounds.size()) {}

  void observe(double value);

  /// The column's cell: how many there were, their sum, then each bound and how many were not above it; with
  /// a blank in between.
  std::string cell() const;

 private:
  std::span<const double> bounds_;
  std::vector<std::uint64_t> counts_;  // of each bucket alone
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace pgvigil::model
