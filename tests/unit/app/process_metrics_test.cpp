#include "app/process_metrics.hpp"

#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace pgvigil::app {
namespace {

using testing::ElementsAre;

/// The lines that begin with `start`, without it.
std::vector<std::string> lines(std::string_view start, const std::string& text) {
  std::vector<std::string> found;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(start)) found.push_back(line.substr(start.size()));
  return found;
}

double value(const std::string& name) {
  const auto values = lines(name + " ", process_metrics({}));
  if (values.size() == 1) return std::stod(values.front());
  ADD_FAILURE() << values.size() << " samples of " << name;
  return 0;
}

}  // namespace

TEST(ProcessMetrics, AreThoseThatEveryClientLibraryHas) {
  EXPECT_THAT(
      lines("# TYPE ", process_metrics({})),
      ElementsAre("process_cpu_seconds_total counter", "process_resident_memory_bytes gauge",
                  "process_virtual_memory_bytes gauge", "process_virtual_memory_max_bytes gauge",
                  "process_start_time_seconds gauge", "process_open_fds gauge", "process_max_fds gauge"));
}

TEST(ProcessMetrics, CarryTheConstantLabels) {
  const auto samples = lines("process_", process_metrics({{"cluster", "shop"}}));
  EXPECT_EQ(samples.size(), 7U);
  for (const std::string& sample : samples) EXPECT_THAT(sample, testing::HasSubstr("{cluster=\"shop\"} "));
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

/// The number comes from the folder's size where the kernel has that there.
TEST(ProcessMetrics, EachOpenDescriptorCounts) {
  const double before = value("process_open_fds");  // opens what stays open
  std::error_code error;
  const auto listed = std::distance(std::filesystem::directory_iterator("/proc/self/fd", error), {});
  EXPECT_EQ(value("process_open_fds"), before);
  EXPECT_EQ(before, static_cast<double>(listed - 1)) << "the one that lists them";
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

TEST(ProcessMetrics, CpuTimeIsThatOfUserAndSystem) {
  const auto spent = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  };
  constexpr double kRounding = 0.01;
  const double before = spent();
  const double said = value("process_cpu_seconds_total");
  EXPECT_GE(said, before - kRounding);
  EXPECT_LE(said, spent() + kRounding);
}

TEST(ProcessMetrics, TheProcessStartedBeforeNowAndNotLongAgo) {
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_LE(value("process_start_time_seconds"), now + 2) << "the boot time has whole seconds";
  EXPECT_GT(value("process_start_time_seconds"), now - 3600);
}

}  // namespace pgvigil::app
