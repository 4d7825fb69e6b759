#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/collect/statement_book.hpp"
#include "pgvigil/model/collector.hpp"
#include "pgvigil/model/rule.hpp"
#include "pgvigil/pg/rows.hpp"

namespace pgvigil::collect {

/// What is remembered of all statements from one poll to the next, so that counters that the server may reset
/// or evict become counters that never fall.
///
/// An entry is told from others by the ids of its role, database and query and by whether it is nested,
/// whatever its role and database are called now. What it grew by since the last poll is the difference, or,
/// where any of its counters fell (a reset, an eviction and a return), all of it; nested or not, it grows one
/// series. The biggest `top` by total time keep series of their own; all growth of the others goes to one
/// remainder (queryid "other"). One that leaves the top gives what it had to the remainder, one that enters
/// starts at 0, so the sum over all series is the growth of all statements: right, and never falling. It
/// stays in the top until it falls out of the first 1.5 × `top`, so that series do not flap, or, as the last
/// of a full top, makes room for one that has come into the first half.
///
/// Several collectors may ask for more or fewer counters: one fold serves them all, so the top is the same
/// for all. Owned by the poller, used by the target's thread.
class StatementFold {
 public:
  explicit StatementFold(std::size_t top) : top_(top) {}

  /// Keeps series for so many from the next rows on.
  void keep(std::size_t top) { top_ = top; }

  /// (history, rows) → (history, rows). `rows`, in any order: columns name, userid, dbid, queryid, nested,
  /// calls, milliseconds and more counters. NULL is not nested, and as a counter 0. A row without queryid
  /// names the role or the database that it has the oid of; one without either is an entry that the role may
  /// not see. What comes back has `spec`'s columns, a row each of the top and one of the remainder; a counter
  /// that was never among the rows is NULL. Appends the totals of calls and seconds to `history` at `now`.
  base::Result<pg::Rows> operator()(const pg::Rows& rows, const model::CollectorSpec& spec,
                                    model::History& history, base::SteadyTime now);

  /// The queries that have series, without repetition, the one with most time first.
  std::vector<std::int64_t> top() const;

  /// The one row `row` with a column more: how many entries the last rows had; NULL before there were any.
  pg::Rows with_entries(const pg::Rows& row) const;

 private:
  struct Member {
    StatementKey key;
    std::size_t rank = 0;  // by total time, at the last poll
    std::vector<double> exported;
  };
  struct Ranked {
    double milliseconds = 0;
    StatementKey key;
  };
  struct Changed {
    std::size_t row = 0;      // of the answer
    std::uint32_t known = 0;  // of the book
    StatementKey key;
  };
  struct Name {
    std::uint32_t oid = 0;
    std::string_view text;  // in the rows
  };

  void take_columns(const std::vector<std::string>& columns);
  void take_rows(const base::Cells& cells);
  void take_entry(const base::Cells& cells, std::size_t row, std::int64_t query);
  const StatementKey& take_known(std::uint32_t known, double milliseconds);
  void join_nested();
  void rank();
  void choose_members();
  void give_up(const Member& member);
  void grow(const base::Cells& cells, const Changed& changed);
  void let_go();
  pg::Rows series(const model::CollectorSpec& spec) const;

  std::size_t top_;
  bool seen_ = false;
  StatementBook book_;
  std::vector<std::string> counters_;  // all that were ever asked for: calls and milliseconds first
  std::vector<std::size_t> places_;    // in `counters_`, of those of the last rows
  bool all_ = true;                    // the rows have other counters than the last: all are to be read
  std::vector<Member> members_;        // by key, at most top_
  std::vector<double> remainder_;
  bool has_remainder_ = false;
  std::size_t entries_ = 0;
  double least_near_top_ = 0;  // milliseconds
  double calls_ = 0;
  double milliseconds_ = 0;

  // The last answer, and for each of its rows that of the book: what is the same again is not read again.
  base::Cells last_{0};
  std::vector<std::uint32_t> known_;

  // Of one call; here, so that their memory is used again.
  std::vector<Ranked> ranked_;
  std::vector<std::size_t> nested_;     // places in `ranked_`
  std::vector<std::uint32_t> rank_of_;  // place in `ranked_`, by row of the book
  std::vector<Changed> changed_;
  std::vector<double> values_;
  std::vector<Name> roles_;
  std::vector<Name> databases_;
};

/// Appends a sample of a running total, drops what model::kWindow no longer needs (two samples always stay),
/// and starts anew where the total fell: it then counts something else.
void remember(std::deque<model::Sample>& samples, model::Sample sample);

/// Forgets everything when the newest sample is older than the window: nobody knows what happened since.
void forget_stale(model::History& history, base::SteadyTime now);

}  // namespace pgvigil::collect
