#include <benchmark/benchmark.h>

#include <span>

#include "app/gzip.hpp"
#include "app/own_metrics.hpp"
#include "app/process_metrics.hpp"
#include "inputs.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/render/exposition.hpp"

namespace pgvigil::bench {
namespace {

/// What it costs to compress a page, all of it new.
void compress_page(benchmark::State& state) {
  const auto samples = static_cast<std::size_t>(state.range(0));
  const auto page =
      std::make_shared<const std::string>(render::exposition(*tables(samples / kSamplesPerTable + 1)));
  std::size_t bytes = 0;
  for (auto _ : state) {
    const app::Zipped zipped = app::Zipper()(std::span(&page, 1));
    benchmark::DoNotOptimize(zipped.crc);
    bytes = zipped.parts.front()->bytes.size();
  }
  state.counters["ratio"] = static_cast<double>(page->size()) / static_cast<double>(bytes);
}
BENCHMARK(compress_page)->Arg(2'000)->Arg(20'000)->Unit(benchmark::kMillisecond);

/// What every scrape renders, behind a page with all collectors.
void metrics_of_now(benchmark::State& state) {
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
  for (auto _ : state) {
    const std::string text = app::of_now(&page, true, {}) + app::process_metrics({});
    benchmark::DoNotOptimize(text.data());
  }
}
BENCHMARK(metrics_of_now)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace pgvigil::bench
