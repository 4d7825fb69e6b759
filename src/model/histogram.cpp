#include "pgvigil/model/histogram.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pgvigil/base/text.hpp"

namespace pgvigil::model {

void Histogram::observe(double value) {
  ++count_;
  sum_ += value;
  const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
  if (bucket < std::ssize(bounds_)) ++counts_[static_cast<std::size_t>(bucket)];
}

std::string Histogram::cell() const {
  std::string cell = fmt::format("{} {}", count_, base::number(sum_));
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i)
    cell += fmt::format(" {} {}", base::number(bounds_[i]), below += counts_[i]);
  return cell;
}

}  // namespace pgvigil::model
