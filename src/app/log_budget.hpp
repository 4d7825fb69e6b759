#pragma once

#include <map>
#include <string>
#include <string_view>

#include "pgvigil/base/clock.hpp"

namespace pgvigil::app {

/// What keeps the log from flooding: of one message (`collector failed`), whatever its fields, kBurst lines
/// at once and then one in kPace. Thousands of databases may fail each in its own way, and a collector may
/// recover and fail every second. Messages are few; past kMostMessages those without debts are forgotten.
/// Not for several threads at once.
class LogBudget {
 public:
  static constexpr double kBurst = 100;
  static constexpr base::Seconds kPace{6};
  static constexpr std::size_t kMostMessages = 1000;

  struct Verdict {
    bool write = true;           ///< whether there is room for the line
    unsigned long left_out = 0;  ///< where there is: lines left out before it; else with it, so far
  };
  Verdict take(std::string_view message, base::SteadyTime now);

 private:
  struct Bucket {
    double room = kBurst;
    base::SteadyTime at;
    unsigned long left_out = 0;
  };
  std::map<std::string, Bucket, std::less<>> buckets_;
};

}  // namespace pgvigil::app
