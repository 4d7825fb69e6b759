#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pgvigil::collect {

/// What tells an entry of pg_stat_statements from the others.
struct StatementKey {
  std::uint32_t user = 0;
  std::uint32_t database = 0;
  std::int64_t query = 0;
  bool nested = false;  ///< executed inside a function; always false before extension 1.9

  // clang-tidy takes the 0 of the comparisons that this makes for a pointer.
  auto operator<=>(const StatementKey&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// The counters of each entry as the server last said them: rows of one array, found through a flat hash, so
/// that a poll of entries that are known allocates nothing. Used by the target's thread only.
class StatementBook {
 public:
  /// The row of an entry, made where it is new, all zero then. Valid until forget_unseen() moves rows.
  std::uint32_t seen(const StatementKey& key);

  /// The same for a row that is still valid, without a search.
  void seen_again(std::uint32_t row);

  /// The row of an entry that was seen since the last forget_unseen().
  std::optional<std::uint32_t> find(const StatementKey& key) const;

  const StatementKey& key(std::uint32_t row) const { return entries_[row].key; }
  std::span<double> counters(std::uint32_t row) { return std::span(counters_).subspan(row * width_, width_); }
  std::size_t size() const { return entries_.size(); }

  /// From now on an entry has so many counters, at least as many as before; the new ones are 0.
  void widen(std::size_t width);

  /// Forgets all that were not seen since the last call; true where that moved others' rows.
  bool forget_unseen();

 private:
  struct Entry {
    StatementKey key;
    std::uint32_t turn = 0;  // in which it was seen last
  };

  std::size_t slot(const StatementKey& key) const;
  void index();

  std::size_t width_ = 0;
  std::vector<Entry> entries_;
  std::vector<double> counters_;      // `width_` for each entry
  std::vector<std::uint32_t> slots_;  // a power of two, at most half full: 1 + row, or 0; probed linearly
  std::uint32_t turn_ = 1;
  std::size_t seen_ = 0;  // entries, in this turn
};

}  // namespace pgvigil::collect
