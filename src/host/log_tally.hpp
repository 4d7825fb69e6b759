#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "pgvigil/host/log.hpp"

namespace pgvigil::host {

/// English, as in the source of PostgreSQL; the last is what any other word becomes.
inline constexpr std::array<std::string_view, 9> kSeverities = {
    "DEBUG", "LOG", "INFO", "NOTICE", "WARNING", "ERROR", "FATAL", "PANIC", "unknown"};

/// The element of kSeverities that the word is, or the last. PostgreSQL before 14 tells DEBUG1 to DEBUG5.
std::size_t severity_of(std::string_view word);

/// Counts of messages. Whoever writes SQL can make up SQLSTATEs, so there are `top` series at most: the
/// frequent ones, and for each severity the sum of the others. A pair that leaves the top gives its count to
/// that sum, one that enters starts at 0: so each sum over SQLSTATEs is right, and never falls.
class LogTally {
 public:
  /// `severity` as severity_of() has it; an `sqlstate` that is none is taken for empty.
  void message(std::size_t severity, std::string_view sqlstate);

  std::vector<LogCount> counts(std::size_t top);

 private:
  static constexpr std::size_t kMostPairs = 1000;

  struct Pair {
    std::uint64_t messages = 0;  // all
    std::uint64_t fresh = 0;     // since the last counts()
    std::uint64_t shown = 0;     // of its series
    bool in_top = false;
  };
  using Pairs = std::map<std::pair<std::size_t, std::array<char, 5>>, Pair>;

  void enter(Pair& pair, std::size_t top);

  Pairs pairs_;
  std::size_t in_top_ = 0;
  std::array<std::uint64_t, kSeverities.size()> others_{};
};

}  // namespace pgvigil::host
