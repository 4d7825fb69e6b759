#include <benchmark/benchmark.h>

#include "inputs.hpp"
#include "pgvigil/render/exposition.hpp"

namespace pgvigil::bench {
namespace {

/// One page of about that many samples, all of them new. To reach: 20,000 in 3 ms.
void render_samples(benchmark::State& state) {
  const auto samples = static_cast<std::size_t>(state.range(0));
  const auto snapshot = tables(samples / kSamplesPerTable + 1);
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::string page = render::exposition(*snapshot);
    benchmark::DoNotOptimize(page.data());
    bytes = page.size();
  }
  state.counters["page_bytes"] = static_cast<double>(bytes);
}
BENCHMARK(render_samples)->Arg(2'000)->Arg(20'000)->Arg(200'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pgvigil::bench
