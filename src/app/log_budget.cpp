#include "app/log_budget.hpp"

#include <algorithm>
#include <utility>

namespace pgvigil::app {

LogBudget::Verdict LogBudget::take(std::string_view message, base::SteadyTime now) {
  if (buckets_.size() >= kMostMessages && !buckets_.contains(message))
    std::erase_if(buckets_, [](const auto& entry) { return entry.second.left_out == 0; });
  Bucket& bucket = buckets_.try_emplace(std::string(message), Bucket{kBurst, now, 0}).first->second;
  bucket.room = std::min(kBurst, bucket.room + std::chrono::duration<double>(now - bucket.at) / kPace);
  bucket.at = now;
  if (bucket.room < 1) return {false, ++bucket.left_out};
  bucket.room -= 1;
  return {true, std::exchange(bucket.left_out, 0)};
}

}  // namespace pgvigil::app
