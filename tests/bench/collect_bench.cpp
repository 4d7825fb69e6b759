#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <string>

#include "inputs.hpp"
#include "pgvigil/collect/fold.hpp"
#include "pgvigil/collect/map_rows.hpp"

namespace pgvigil::bench {
namespace {

/// Rows of stat_user_tables: 22 columns, 19 of them values.
void map_rows_of_tables(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const model::CollectorSpec& spec = collector("stat_user_tables");
  const pg::Rows answer = rows(spec, count);
  for (auto _ : state) {
    const auto sheet = collect::map_rows(spec, answer);
    benchmark::DoNotOptimize(sheet->cells.rows());
  }
}
BENCHMARK(map_rows_of_tables)->Arg(20)->Arg(2'000)->Unit(benchmark::kMicrosecond);

/// pg_stat_statements as stat_statements reads it: `count` entries, of which every tenth is executed between
/// two polls. What is 0 comes as NULL: as it is of most entries, five of the counters.
pg::Rows statements(std::size_t count, std::size_t poll) {
  pg::Rows rows{{"name", "userid", "dbid", "queryid", "nested"}, base::Cells(0)};
  for (const model::Column& column : collector("stat_statements").columns)
    if (column.use != model::Use::label) rows.columns.emplace_back(column.name);
  rows.cells = base::Cells(rows.columns.size());
  for (std::size_t r = 0; r < count; ++r) {
    const std::size_t executed = 1000 + r + (r % 10 == 0 ? poll : 0);
    rows.cells.add_null();
    for (const std::size_t id : {std::size_t{16384}, std::size_t{16385}, r * 0x9e3779b97f4a7c15U >> 1U})
      rows.cells.add(std::to_string(id));
    rows.cells.add_null();
    for (std::size_t c = 5; c < rows.columns.size(); ++c) {
      if (c == 6)
        rows.cells.add(fmt::format("{}.{:06}", executed, r));
      else if (c % 2 == 1)
        rows.cells.add(std::to_string(executed));
      else
        rows.cells.add_null();
    }
  }
  return rows;
}

/// That into 100 and a remainder, as at every poll but the first.
void fold_statements(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const std::array polls = {statements(count, 1), statements(count, 2)};
  const model::CollectorSpec& spec = collector("stat_statements");
  collect::StatementFold fold(100);
  model::History history;
  base::SteadyTime now;
  std::size_t poll = 0;
  for (auto _ : state) {
    const auto folded = fold(polls.at(poll++ % 2), spec, history, now += base::Seconds(15));
    benchmark::DoNotOptimize(folded->cells.rows());
  }
}
BENCHMARK(fold_statements)->Arg(250)->Arg(5'000)->Arg(20'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace pgvigil::bench
