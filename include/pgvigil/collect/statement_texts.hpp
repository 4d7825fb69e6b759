#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "pgvigil/pg/rows.hpp"

namespace pgvigil::collect {

/// The texts of statements that have been read: pg_stat_statements keeps all of them in one file, so that
/// one costs as much as all, and it is asked only for those that are not known. Owned by the poller, used by
/// the target's thread.
class StatementTexts {
 public:
  /// Those of `queries` that have not been read, as PostgreSQL writes an array ("{1,-2}"); empty: none.
  std::string unknown(std::span<const std::int64_t> queries) const;

  /// Takes over rows of queryid and query, NULL where the text is not to be seen. When more are known than
  /// twice as many as `queries` has, all others are forgotten.
  void learn(const pg::Rows& rows, std::span<const std::int64_t> queries);

  /// The rows of those of `queries` whose texts are known and may be seen: queryid, query, present.
  pg::Rows of(std::span<const std::int64_t> queries) const;

 private:
  std::unordered_map<std::int64_t, std::optional<std::string>> texts_;
};

}  // namespace pgvigil::collect
