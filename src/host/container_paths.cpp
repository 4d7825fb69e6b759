#include <algorithm>
#include <array>

#include "host/cgroup.hpp"
#include "pgvigil/host/container.hpp"

namespace pgvigil::host {
namespace {

struct Wanted {
  int version = 0;
  std::string_view controller;
  std::string_view file;
};

constexpr std::array<Wanted, 19> kWanted = {{
    {1, "cpuacct", "/cpuacct.usage"},
    {1, "cpu", "/cpu.cfs_quota_us"},
    {1, "cpu", "/cpu.cfs_period_us"},
    {1, "cpu", "/cpu.stat"},
    {1, "cpuset", "/cpuset.effective_cpus"},
    {1, "memory", "/memory.usage_in_bytes"},
    {1, "memory", "/memory.limit_in_bytes"},
    {1, "memory", "/memory.stat"},
    {1, "memory", "/memory.oom_control"},
    {2, "cpuacct", "/cpu.stat"},
    {2, "cpu", "/cpu.max"},
    {2, "cpuset", "/cpuset.cpus.effective"},
    {2, "memory", "/memory.current"},
    {2, "memory", "/memory.max"},
    {2, "memory", "/memory.stat"},
    {2, "memory", "/memory.events"},
    {2, "", "/cpu.pressure"},
    {2, "", "/memory.pressure"},
    {2, "", "/io.pressure"},
}};

/// Without /proc/cpuinfo: it is large and slow on large machines, and needed only where sysfs is hidden.
constexpr std::array<std::string_view, 9> kHostPaths = {
    kCgroupPath,          kMountinfoPath,          "/sys/devices/system/cpu/online",
    "/proc/stat",         "/proc/meminfo",         "/proc/vmstat",
    "/proc/pressure/cpu", "/proc/pressure/memory", "/proc/pressure/io",
};

}  // namespace

std::vector<std::string> paths_by_sql(std::string_view cgroup, std::string_view mountinfo) {
  std::vector<std::string> paths(kHostPaths.begin(), kHostPaths.end());
  const Membership server{std::string(cgroup), parse_mountinfo(mountinfo), ""};
  for (const std::string_view controller : {"cpuacct", "cpu", "cpuset", "memory", ""}) {
    const Place place = place_of(server, controller);
    const auto add = [&](const std::string& directory, std::string_view file) {
      paths.push_back(directory + std::string(file));
    };
    for (const std::string& directory : place.directories) {
      add(directory, marker(place.version, controller));
      add(directory, root_marker(place.version));
      for (const Wanted& wanted : kWanted) {
        if (wanted.version == place.version && wanted.controller == controller) add(directory, wanted.file);
      }
    }
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

}  // namespace pgvigil::host
