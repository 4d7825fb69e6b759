#include <benchmark/benchmark.h>

#include "app/gzip.hpp"
#include "app/own_metrics.hpp"
#include "inputs.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/render/exposition.hpp"

namespace pgvigil::bench {
namespace {

/// What the first scrape of a page costs that asks for gzip.
void compress_page(benchmark::State& state) {
  const auto samples = static_cast<std::size_t>(state.range(0));
  const std::string page = render::exposition(*tables(samples / kSamplesPerTable + 1));
  std::size_t bytes = 0;
  for (auto _ : state) {
    const app::Deflated part = app::deflate_part(page, false);
    benchmark::DoNotOptimize(part.crc);
    bytes = part.bytes.size();
  }
  state.counters["ratio"] = static_cast<double>(page.size()) / static_cast<double>(bytes);
}
BENCHMARK(compress_page)->Arg(2'000)->Arg(20'000)->Unit(benchmark::kMillisecond);

/// The daemon's own metrics, which every scrape renders, for a page with all collectors.
void own_metrics_text(benchmark::State& state) {
  model::Snapshot snapshot;
  snapshot.up = true;
  for (const model::CollectorSpec* spec : catalogue::collectors()) {
    model::Part part;
    part.last_success = base::SystemClock().wall();
    snapshot.entries.push_back({spec, {std::move(part)}});
  }
  app::Poll poll;
  poll.snapshot = std::make_shared<const model::Snapshot>(std::move(snapshot));
  const app::Page page(std::move(poll));
  app::OwnMetrics metrics;
  for (auto _ : state) {
    const std::string text = metrics.text(&page, true, {}, base::Seconds(15));
    benchmark::DoNotOptimize(text.data());
  }
}
BENCHMARK(own_metrics_text)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace pgvigil::bench
