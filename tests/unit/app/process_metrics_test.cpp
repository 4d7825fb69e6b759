#include "app/process_metrics.hpp"

#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace pgvigil::app {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;
using testing::ElementsAre;

std::vector<MetricFamily> families(const std::map<std::string, std::string>& constant = {}) {
  std::vector<MetricFamily> all;
  add_process(all, constant);
  return all;
}

double value(std::string_view name) {
  for (const MetricFamily& family : families())
    if (family.name == name)
      return family.type == MetricType::Counter ? family.metric[0].counter.value
                                                : family.metric[0].gauge.value;
  ADD_FAILURE() << "no " << name;
  return 0;
}

}  // namespace

TEST(ProcessMetrics, AreThoseThatEveryClientLibraryHas) {
  std::vector<std::string> names;
  for (const MetricFamily& family : families()) names.push_back(family.name);
  EXPECT_THAT(names, ElementsAre("process_cpu_seconds_total", "process_resident_memory_bytes",
                                 "process_virtual_memory_bytes", "process_virtual_memory_max_bytes",
                                 "process_start_time_seconds", "process_open_fds", "process_max_fds"));
}

TEST(ProcessMetrics, OnlyTheCpuTimeIsACounter) {
  for (const MetricFamily& family : families())
    EXPECT_EQ(family.type,
              family.name == "process_cpu_seconds_total" ? MetricType::Counter : MetricType::Gauge);
}

TEST(ProcessMetrics, CarryTheConstantLabels) {
  for (const MetricFamily& family : families({{"cluster", "shop"}})) {
    ASSERT_EQ(family.metric.size(), 1U);
    EXPECT_THAT(family.metric[0].label, ElementsAre(prometheus::ClientMetric::Label{"cluster", "shop"}));
  }
}

TEST(ProcessMetrics, CpuTimeGrowsWithWork) {
  const double before = value("process_cpu_seconds_total");
  while (value("process_cpu_seconds_total") == before) {
  }
  EXPECT_GT(value("process_cpu_seconds_total"), before);
}

TEST(ProcessMetrics, AnOpenFileIsADescriptorMore) {
  const double before = value("process_open_fds");
  std::ifstream file("/proc/self/stat");
  EXPECT_EQ(value("process_open_fds"), before + 1);
  EXPECT_LT(before, value("process_max_fds"));
}

TEST(ProcessMetrics, MemoryThatIsUsedIsResident) {
  constexpr std::size_t kSize = 64U << 20U;
  const double before = value("process_resident_memory_bytes");
  void* const memory =
      mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  const double during = value("process_resident_memory_bytes");
  munmap(memory, kSize);
  EXPECT_GE(during - before, 0.9 * kSize);
  EXPECT_GE(value("process_virtual_memory_bytes"), during);
}

TEST(ProcessMetrics, TheProcessStartedBeforeNowAndNotLongAgo) {
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_LE(value("process_start_time_seconds"), now + 2) << "the boot time has whole seconds";
  EXPECT_GT(value("process_start_time_seconds"), now - 3600);
}

}  // namespace pgvigil::app
