#include <benchmark/benchmark.h>

#include <vector>

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

/// pg_stat_statements of that many statements into 100 and a remainder, as at every poll but the first.
void fold_statements(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  model::CollectorSpec spec = collector("stat_statements");
  std::vector<model::Column> answered(spec.columns.begin(), spec.columns.end());
  answered.insert(answered.begin(), {"id"});  // which the fold drops
  spec.columns = answered;
  const pg::Rows answer = rows(spec, count);
  collect::StatementFold fold(100);
  model::History history;
  base::SteadyTime now;
  for (auto _ : state) {
    const auto folded = fold(answer, history, now += base::Seconds(15));
    benchmark::DoNotOptimize(folded->cells.rows());
  }
}
BENCHMARK(fold_statements)->Arg(250)->Arg(5'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace pgvigil::bench
