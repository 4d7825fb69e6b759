#include <cmath>
#include <string>
#include <string_view>

#include "pgvigil/base/text.hpp"
#include "pgvigil/host/container.hpp"
#include "require.hpp"
#include "tree.hpp"

namespace pgvigil::fuzz {
namespace {

void require_sane(const std::optional<double>& value, std::string_view what) {
  require(!value || (std::isfinite(*value) && *value >= 0), what);
}

}  // namespace
}  // namespace pgvigil::fuzz

/// Whatever /proc and /sys/fs/cgroup hold: an error of kind io, or numbers that can be.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace pgvigil;
  host::Files files = fuzz::tree_of(fuzz::text_of(data, size));
  const std::string cgroup = files[std::string(host::kCgroupPath)];
  const std::string mountinfo = files[std::string(host::kMountinfoPath)];
  for (const std::string& path : host::paths_by_sql(cgroup, mountinfo))
    fuzz::require(path.starts_with('/'), "a path is absolute");

  const auto container = host::read_container(files);
  if (!container) {
    fuzz::require(container.error().kind == base::ErrorKind::io, "the kind is io");
    const std::string& message = container.error().message;
    fuzz::require(base::is_utf8(message) && base::one_line(message) == message, "a message is one line");
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
