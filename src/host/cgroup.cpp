#include "host/cgroup.hpp"

#include <algorithm>
#include <optional>

#include "host/fields.hpp"

namespace pgvigil::host {
namespace {

bool contains(std::string_view list, char separator, std::string_view item) {
  const auto items = split(list, separator);
  return std::find(items.begin(), items.end(), item) != items.end();
}

struct Line {
  int version = 0;
  std::string_view path;
};

/// The line `ID:CONTROLLERS:PATH` of /proc/PID/cgroup that counts for `controller`; v2's is `0::PATH`.
std::optional<Line> line_of(std::string_view cgroup, std::string_view controller) {
  constexpr std::size_t kLongestPath = 4096;
  std::optional<Line> unified;
  for (const std::string_view line : split(cgroup, '\n')) {
    const auto first = line.find(':');
    const auto second = line.find(':', first == std::string_view::npos ? first : first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string_view path = line.substr(second + 1);
    if (path.empty() || path.front() != '/' || path.size() > kLongestPath) continue;
    if (!controller.empty() && contains(controllers, ',', controller)) return Line{1, path};
    if (controllers.empty() && line.substr(0, first) == "0") unified = Line{2, path};
  }
  return unified;
}

bool carries(const MountLine& mount, int version, std::string_view controller) {
  if (version == 2) return mount.type == "cgroup2";
  return mount.type == "cgroup" && contains(mount.options, ',', controller);
}

}  // namespace

std::string_view marker(int version, std::string_view controller) {
  if (version == 2) return "/cgroup.controllers";
  if (controller == "cpu") return "/cpu.cfs_quota_us";
  if (controller == "cpuacct") return "/cpuacct.usage";
  return controller == "cpuset" ? "/cpuset.cpus" : "/memory.usage_in_bytes";
}

std::string_view root_marker(int version) {
  return version == 1 ? "/cgroup.sane_behavior" : "/cgroup.events";
}

Place place_of(const Membership& process, std::string_view controller) {
  const auto line = line_of(process.cgroup, controller);
  if (!line) return {};
  Place place;
  for (const MountLine& mount : process.mounts) {
    std::string_view rest;
    // A rest with .. would be above what is mounted, or in a neighbour.
    if (!carries(mount, line->version, controller) || !below(line->path, mount.root, rest)) continue;
    if (contains(rest, '/', "..")) continue;
    place = {Place::Kind::own, line->version, {}};
    for (;;) {
      place.directories.push_back(process.prefix + mount.point + std::string(rest));
      if (rest.empty()) break;
      rest = rest.substr(0, rest.rfind('/'));
    }
  }
  return place;
}

Place locate(const ReadFile& read, const Membership& process, std::string_view controller) {
  Place place = place_of(process, controller);
  if (place.directories.empty()) return {};
  const std::string& directory = place.directories.front();
  if (!read(directory + std::string(marker(place.version, controller)))) return {};
  const bool marked = read(directory + std::string(root_marker(place.version))).has_value();
  if (marked == (place.version == 1)) place.kind = Place::Kind::root;
  return place;
}

}  // namespace pgvigil::host
