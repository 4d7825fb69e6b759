#include <benchmark/benchmark.h>
#include <malloc.h>

/// Memory behaves as in the daemon (keep_memory_small() of app/serve.cpp): large texts are new pages each
/// time, and the faults are part of what is measured.
int main(int argc, char** argv) {
  constexpr int kMappedFrom = 128 * 1024;
  mallopt(M_MMAP_THRESHOLD, kMappedFrom);
  mallopt(M_TRIM_THRESHOLD, kMappedFrom);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
