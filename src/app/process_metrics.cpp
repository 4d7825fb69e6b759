#include "app/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <optional>

#include "app/family.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::app {
namespace {

using prometheus::MetricType;

/// Field `number` of /proc/self/stat, counted from 1 as proc(5) does; those behind the command's name only.
double stat_field(std::string_view stat, int number) {
  constexpr int kFirstBehindName = 3;
  stat.remove_prefix(std::min(stat.rfind(')') + 2, stat.size()));
  for (int field = kFirstBehindName; field < number; ++field)
    stat.remove_prefix(std::min(stat.find(' ') + 1, stat.size()));
  double value = 0;
  std::from_chars(stat.data(), stat.data() + stat.size(), value);
  return value;
}

/// When the machine started, in seconds since the epoch.
double boot_time() {
  const std::string stat = base::read_file("/proc/stat").value_or("");
  const auto at = stat.find("\nbtime ");
  double value = 0;
  if (at != std::string::npos) std::from_chars(stat.data() + at + 7, stat.data() + stat.size(), value);
  return value;
}

double open_descriptors() {
  std::error_code ignored;
  const auto all = std::distance(std::filesystem::directory_iterator("/proc/self/fd", ignored), {});
  return static_cast<double>(all) - 1;  // the one that lists them
}

}  // namespace

void add_process(std::vector<prometheus::MetricFamily>& families,
                 const std::map<std::string, std::string>& constant) {
  const auto add = [&](const char* name, const char* help, MetricType type, double value) {
    families.push_back(family(name, help, type, constant, value));
  };
  const std::string stat = base::read_file("/proc/self/stat").value_or("");
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  static const double boot = boot_time();
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  rlimit space{};
  getrlimit(RLIMIT_AS, &space);
  add("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", MetricType::Counter,
      (stat_field(stat, 14) + stat_field(stat, 15)) / ticks);
  add("process_resident_memory_bytes", "Resident memory size in bytes.", MetricType::Gauge,
      stat_field(stat, 24) * page);
  add("process_virtual_memory_bytes", "Virtual memory size in bytes.", MetricType::Gauge,
      stat_field(stat, 23));
  add("process_virtual_memory_max_bytes", "Maximum amount of virtual memory available in bytes.",
      MetricType::Gauge, static_cast<double>(space.rlim_cur));
  add("process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
      MetricType::Gauge, boot + stat_field(stat, 22) / ticks);
  add("process_open_fds", "Number of open file descriptors.", MetricType::Gauge, open_descriptors());
  add("process_max_fds", "Maximum number of open file descriptors.", MetricType::Gauge,
      static_cast<double>(files.rlim_cur));
}

}  // namespace pgvigil::app
