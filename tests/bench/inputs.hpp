#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "pgvigil/model/collector.hpp"
#include "pgvigil/model/snapshot.hpp"
#include "pgvigil/pg/rows.hpp"

/// What the benchmarks work on: answers as a server with many tables and statements gives them.
namespace pgvigil::bench {

/// A built-in collector by its name.
const model::CollectorSpec& collector(std::string_view name);

/// `count` rows for `spec`: every label different in every row, every value a number of nine digits.
pg::Rows rows(const model::CollectorSpec& spec, std::size_t count);

/// A snapshot with that many tables: 27 samples each, 19 of stat_user_tables and 8 of statio_user_tables.
std::shared_ptr<const model::Snapshot> tables(std::size_t count);
inline constexpr std::size_t kSamplesPerTable = 27;

}  // namespace pgvigil::bench
