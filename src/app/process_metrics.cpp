#include "app/process_metrics.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <ctime>
#include <filesystem>

#include "pgvigil/base/text.hpp"
#include "pgvigil/render/exposition.hpp"

namespace pgvigil::app {
namespace {

using model::Column;
using model::Use;

constexpr std::array kColumns = {
    Column{"cpu", Use::counter, "process_cpu_seconds_total",
           "Total user and system CPU time spent in seconds."},
    Column{"resident", Use::gauge, "process_resident_memory_bytes", "Resident memory size in bytes."},
    Column{"virtual", Use::gauge, "process_virtual_memory_bytes", "Virtual memory size in bytes."},
    Column{"virtual_max", Use::gauge, "process_virtual_memory_max_bytes",
           "Maximum amount of virtual memory available in bytes."},
    Column{"start", Use::gauge, "process_start_time_seconds",
           "Start time of the process since unix epoch in seconds."},
    Column{"fds", Use::gauge, "process_open_fds", "Number of open file descriptors."},
    Column{"fds_max", Use::gauge, "process_max_fds", "Maximum number of open file descriptors."},
};

double leading_number(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// What follows the first `after`; empty where there is none.
std::string_view behind(std::string_view text, std::string_view after) {
  const auto at = text.find(after);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + after.size());
}

/// From the machine's start and field 22 of /proc/self/stat, which is counted behind the command's name.
double start_time() {
  const std::string machine = base::read_file("/proc/stat").value_or("");
  const std::string stat = base::read_file("/proc/self/stat").value_or("");
  std::string_view fields(stat);
  fields.remove_prefix(std::min(stat.rfind(')'), stat.size()));
  for (int field = 2; field < 22; ++field) fields = behind(fields, " ");
  return leading_number(behind(machine, "\nbtime ")) +
         leading_number(fields) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double cpu_seconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

struct Memory {
  double virtual_bytes;
  double resident_bytes;
};

/// The file stays open, as does the folder below: to open one takes four times as long as to read it.
Memory memory() {
  static const int statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  std::array<char, 256> block{};
  const ssize_t size = pread(statm, block.data(), block.size(), 0);
  const std::string_view pages(block.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  return {leading_number(pages) * page, leading_number(behind(pages, " ")) * page};
}

/// Since Linux 6.2 the folder's size is their number; before, it is 0.
double open_descriptors() {
  static const int folder = open("/proc/self/fd", O_PATH | O_CLOEXEC);
  struct stat now {};
  if (fstat(folder, &now) == 0 && now.st_size > 0) return static_cast<double>(now.st_size);
  std::error_code ignored;
  const auto all = std::distance(std::filesystem::directory_iterator("/proc/self/fd", ignored), {});
  return static_cast<double>(all) - 1;  // the one that lists them
}

double limit(__rlimit_resource resource) {
  rlimit limit{};
  getrlimit(resource, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

std::string process_metrics(const std::map<std::string, std::string>& constant) {
  static const double start = start_time();
  const auto [virtual_bytes, resident_bytes] = memory();
  base::Cells cells(kColumns.size());
  for (const double value : {cpu_seconds(), resident_bytes, virtual_bytes, limit(RLIMIT_AS), start,
                             open_descriptors(), limit(RLIMIT_NOFILE)})
    cells.add(base::number(value));
  return render::exposition(kColumns, cells, constant);
}

}  // namespace pgvigil::app
