#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/model/rule.hpp"
#include "pgvigil/pg/rows.hpp"

namespace pgvigil::collect {

/// What is remembered of all statements from one poll to the next, so that counters that the server may reset
/// or evict become counters that never fall.
///
/// A row of pg_stat_statements is told from others by its id, whatever its role and database are called now.
/// What it grew by since the last poll is the difference, or, where any of its counters fell (a reset, an
/// eviction and a return), all of it. The biggest `top` keep series of their own; all growth of the others
/// goes to one remainder (queryid "other"). One that leaves the top gives what it had to the remainder, one
/// that enters starts at 0, so the sum over all series is the growth of all statements: right, and never
/// falling. It stays in the top until it falls out of the first 1.5 × `top`, so that series do not flap, or,
/// as the last of a full top, makes room for one that has come into the first half.
class StatementFold {
 public:
  explicit StatementFold(std::size_t top) : top_(top) {}

  /// Keeps series for so many from the next rows on.
  void keep(std::size_t top) { top_ = top; }

  /// (history, rows) → (history, rows). `rows`: the id, three label columns, then the counters (calls
  /// and seconds first), the biggest first; what comes back has no id. Appends the totals of calls and
  /// seconds to `history` at `now`.
  base::Result<pg::Rows> operator()(const pg::Rows& rows, model::History& history, base::SteadyTime now);

 private:
  static constexpr std::size_t kFirstCounter = 4;  // behind the id and three labels
  static constexpr std::size_t kMostCounters = 8;
  using Counters = std::array<double, kMostCounters>;

  struct Statement {
    std::uint64_t id = 0;  // hash of its text
    Counters counters{};   // as the server had them at the last poll
  };
  struct Member {
    std::uint64_t id = 0;
    Counters exported{};
  };

  Counters growth(std::uint64_t id, const Counters& now) const;
  Member* member(std::uint64_t id);
  void choose_members(const std::vector<std::uint64_t>& ranked);

  std::size_t top_;
  bool seen_ = false;
  std::vector<Statement> last_;  // sorted by id
  std::vector<Member> members_;  // at most top_
  Counters remainder_{};
  bool has_remainder_ = false;
  double calls_ = 0;
  double seconds_ = 0;
};

/// Appends a sample of a running total, drops what model::kWindow no longer needs (two samples always stay),
/// and starts anew where the total fell: it then counts something else.
void remember(std::deque<model::Sample>& samples, model::Sample sample);

/// Forgets everything when the newest sample is older than the window: nobody knows what happened since.
void forget_stale(model::History& history, base::SteadyTime now);

}  // namespace pgvigil::collect
