#include <cmath>
#include <string>
#include <string_view>

#include "pgvigil/base/text.hpp"
#include "pgvigil/host/container.hpp"
#include "require.hpp"

namespace pgvigil::fuzz {
namespace {

/// A tree kept as one text, as in tests/unit/host/trees: a line `== /path`, then the file's lines.
host::Files tree_of(std::string_view text) {
  host::Files files;
  std::string* file = nullptr;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n') + 1);
    const std::string_view whole = line.empty() ? text : line;  // the last may lack its newline
    text.remove_prefix(whole.size());
    if (whole.starts_with("== "))
      file = &files[std::string(base::trim(whole.substr(3)))];
    else if (file != nullptr)
      *file += whole;
  }
  return files;
}

void require_sane(const std::optional<double>& value, std::string_view what) {
  require(!value || (std::isfinite(*value) && *value >= 0), what);
}

}  // namespace
}  // namespace pgvigil::fuzz

/// Whatever /proc and /sys/fs/cgroup hold: an error of kind io, or numbers that can be.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace pgvigil;
  host::Files files = fuzz::tree_of({reinterpret_cast<const char*>(data), size});
  const std::string cgroup = files[std::string(host::kCgroupPath)];
  const std::string mountinfo = files[std::string(host::kMountinfoPath)];
  for (const std::string& path : host::paths_by_sql(cgroup, mountinfo))
    fuzz::require(path.starts_with('/'), "a path is absolute");

  const auto container = host::read_container(files);
  if (!container) {
    fuzz::require(container.error().kind == base::ErrorKind::io, "the kind is io");
    fuzz::require(base::is_utf8(container.error().message), "a message is text");
    return 0;
  }
  fuzz::require_sane(container->cpu_usage_seconds, "CPU time");
  fuzz::require_sane(container->cpu_limit_cores, "CPU limit");
  fuzz::require_sane(container->cpu_throttled_seconds, "throttled time");
  fuzz::require_sane(container->memory_working_set_bytes, "working set");
  fuzz::require_sane(container->memory_limit_bytes, "memory limit");
  fuzz::require_sane(container->oom_kills, "kills");
  for (const host::Pressure& pressure : container->pressure)
    fuzz::require_sane(pressure.waiting_seconds, "pressure");
  fuzz::require(container->scope == "container" || container->scope == "host", "scope");
  return 0;
}
