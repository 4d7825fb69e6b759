#include "pgvigil/host/container.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include "host/cgroup.hpp"
#include "host/fields.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::host {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();
/// USER_HZ, the unit of /proc/stat: 100 on every Linux that is not Alpha or IA-64, ours and a remote one
/// alike.
constexpr double kTicksPerSecond = 100;
constexpr std::array<std::string_view, 3> kPressures = {"cpu", "memory", "io"};

/// Values out of files: nothing where the file is missing or malformed.
struct Reader {
  const ReadFile& read;

  std::string text(const std::string& path) const { return read(path).value_or(""); }
  std::optional<double> value(const std::string& path) const { return count(text(path)); }
  std::optional<double> value(const std::string& path, std::string_view key) const {
    return keyed(text(path), key);
  }
};

std::optional<double> scaled(std::optional<double> value, double factor) {
  if (value) *value *= factor;
  return value;
}

std::optional<double> difference(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return std::nullopt;
  return std::max(0.0, *a - *b);
}

/// How many CPUs a list such as `0-3,8` names.
std::optional<double> listed_cpus(std::string_view list) {
  double cpus = 0;
  for (const std::string_view range : split(base::trim(list), ',')) {
    const auto dash = range.find('-');
    const auto first = count(range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : count(range.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    cpus += *last - *first + 1;
  }
  return cpus;
}

/// The CPUs that the process may run on, by its cpuset where it has one, else the machine's.
std::optional<double> usable_cpus(const Reader& files, const Place& cpuset) {
  if (cpuset.own()) {
    const auto list = files.text(cpuset.directories.front() +
                                 (cpuset.version == 2 ? "/cpuset.cpus.effective" : "/cpuset.effective_cpus"));
    if (const auto cpus = listed_cpus(list)) return cpus;
  }
  if (const auto cpus = listed_cpus(files.text("/sys/devices/system/cpu/online"))) return cpus;
  const std::string cpuinfo = files.text("/proc/cpuinfo");
  double processors = 0;
  for (const std::string_view line : split(cpuinfo, '\n')) {
    if (line.substr(0, line.find_first_of("\t :")) == "processor") ++processors;
  }
  return processors > 0 ? std::optional(processors) : std::nullopt;
}

/// cpu.max is `QUOTA PERIOD` or `max PERIOD`; v1 has a file for each, and -1 for max.
std::optional<double> quota(const Reader& files, const std::string& directory, int version) {
  std::optional<double> share;
  std::optional<double> period;
  if (version == 2) {
    const std::string text = files.text(directory + "/cpu.max");
    const auto found = words(base::trim(text));
    if (found.size() != 2) return std::nullopt;
    if (found[0] == "max") return kUnlimited;
    share = count(found[0]);
    period = count(found[1]);
  } else {
    const std::string text = files.text(directory + "/cpu.cfs_quota_us");
    if (base::trim(text) == "-1") return kUnlimited;
    share = count(text);
    period = files.value(directory + "/cpu.cfs_period_us");
  }
  if (!share || !period || *share == 0 || *period == 0) return std::nullopt;
  return *share / *period;
}

std::optional<double> memory_limit(const Reader& files, const std::string& directory, int version) {
  const std::string text = files.text(directory + (version == 2 ? "/memory.max" : "/memory.limit_in_bytes"));
  if (version == 2 && base::trim(text) == "max") return kUnlimited;
  return count(text);
}

/// Whether the cgroup itself must have its controller's files: in v1 always, in v2 where cgroup.controllers
/// names it.
bool must_have(const Reader& files, const Place& place, std::string_view controller) {
  if (place.version == 1) return true;
  const std::string text = files.text(place.directories.front() + "/cgroup.controllers");
  const auto enabled = words(base::trim(text));
  return std::find(enabled.begin(), enabled.end(), controller) != enabled.end();
}

/// The least limit of the cgroup and its visible ancestors; nothing where one of them is malformed or hidden.
/// Without the file there is no limit to set: in the hierarchy's root, and in v2 where the controller is not
/// enabled.
template <typename Limit>
std::optional<double> least(const Reader& files, const Place& place, std::string_view controller,
                            const std::string& file, Limit limit) {
  double least_yet = kUnlimited;
  for (const std::string& directory : place.directories) {
    const bool itself = directory == place.directories.front();
    if (!files.read(directory + file)) {
      if (itself && must_have(files, place, controller)) return std::nullopt;
      continue;
    }
    const auto here = limit(files, directory, place.version);
    if (!here) return std::nullopt;
    least_yet = std::min(least_yet, *here);
  }
  return least_yet;
}

/// A limit above what the machine has is the machine's.
std::optional<double> capped(std::optional<double> limit, std::optional<double> machine) {
  if (!limit) return std::nullopt;
  // v1 writes 2^63 rounded down to a page for "no limit".
  if (!machine) return *limit < std::ldexp(1, 62) ? limit : std::nullopt;
  return std::min(*limit, *machine);
}

void read_host_cpu(const Reader& files, std::optional<double> cpus, Container& result) {
  result.cpu_limit_cores = cpus;
  // user nice system idle iowait irq softirq steal; guest time is within user.
  const std::string stat = files.text("/proc/stat");
  const auto fields = words(split(stat, '\n').front());
  if (fields.size() < 9 || fields[0] != "cpu") return;
  double ticks = 0;
  for (const std::size_t field : {1U, 2U, 3U, 6U, 7U, 8U}) {
    const auto spent = count(fields[field]);
    if (!spent) return;
    ticks += *spent;
  }
  result.cpu_usage_seconds = ticks / kTicksPerSecond;
}

void read_cpu(const Reader& files, const Place& cpuacct, const Place& cpu, const Place& cpuset,
              Container& result) {
  const auto cpus = usable_cpus(files, cpuset);
  // Use and limit must be of the same: v1 can put a process into the root of one hierarchy and not of the
  // other.
  if (cpuacct.kind == Place::Kind::root) return read_host_cpu(files, cpus, result);
  if (cpuacct.own()) {
    const std::string& top = cpuacct.directories.front();
    result.cpu_usage_seconds = cpuacct.version == 2
                                   ? scaled(files.value(top + "/cpu.stat", "usage_usec"), 1e-6)
                                   : scaled(files.value(top + "/cpuacct.usage"), 1e-9);
  }
  if (cpu.kind == Place::Kind::root) result.cpu_limit_cores = cpus;
  if (!cpu.own()) return;
  const std::string stat = cpu.directories.front() + "/cpu.stat";
  const bool v2 = cpu.version == 2;
  result.cpu_throttled_seconds = v2 ? scaled(files.value(stat, "throttled_usec"), 1e-6)
                                    : scaled(files.value(stat, "throttled_time"), 1e-9);
  result.cpu_limit_cores =
      capped(least(files, cpu, "cpu", v2 ? "/cpu.max" : "/cpu.cfs_quota_us", quota), cpus);
}

void read_memory(const Reader& files, const Place& memory, Container& result) {
  const auto total = scaled(files.value("/proc/meminfo", "MemTotal:"), 1024);
  if (memory.kind == Place::Kind::root) {
    result.memory_working_set_bytes =
        difference(total, scaled(files.value("/proc/meminfo", "MemAvailable:"), 1024));
    result.memory_limit_bytes = total;
    result.oom_kills = files.value("/proc/vmstat", "oom_kill");
  }
  if (!memory.own()) return;
  const std::string& top = memory.directories.front();
  const bool v2 = memory.version == 2;
  result.memory_working_set_bytes =
      difference(files.value(top + (v2 ? "/memory.current" : "/memory.usage_in_bytes")),
                 files.value(top + "/memory.stat", v2 ? "inactive_file" : "total_inactive_file"));
  result.memory_limit_bytes = capped(
      least(files, memory, "memory", v2 ? "/memory.max" : "/memory.limit_in_bytes", memory_limit), total);
  result.oom_kills = files.value(top + (v2 ? "/memory.events" : "/memory.oom_control"), "oom_kill");
}

/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=MICROSECONDS`
std::optional<double> waiting_seconds(std::string_view text) {
  constexpr std::string_view kTotal = "total=";
  for (const std::string_view line : split(text, '\n')) {
    const auto found = words(line);
    if (found.empty() || found.front() != "some" || found.back().substr(0, kTotal.size()) != kTotal) continue;
    return scaled(count(found.back().substr(kTotal.size())), 1e-6);
  }
  return std::nullopt;
}

void read_pressure(const Reader& files, const Place& unified, Container& result) {
  const bool host = result.scope == "host";
  if (!host && !unified.own()) return;
  for (const std::string_view resource : kPressures) {
    const std::string name(resource);
    const auto path =
        host ? "/proc/pressure/" + name : unified.directories.front() + "/" + name + ".pressure";
    if (const auto seconds = waiting_seconds(files.text(path))) result.pressure.push_back({name, *seconds});
  }
}

void describe(const Place& cpuacct, const Place& memory, Container& result) {
  const auto is = [&](Place::Kind kind) { return cpuacct.kind == kind || memory.kind == kind; };
  const bool own = is(Place::Kind::own);
  result.scope = own ? "container" : "host";
  result.source = !own ? "proc" : is(Place::Kind::root) ? "cgroup+proc" : "cgroup";
  result.cgroup_version = cpuacct.version == 1 || memory.version == 1 ? 1 : 2;
}

}  // namespace

/// Through whichever mounts show them: ours, which may show its ancestors too, or its own.
base::Result<Places> find_places(const ReadFile& read, std::string_view pid) {
  const std::string process = "/proc/" + std::string(pid);
  const auto cgroup = read(process + "/cgroup");
  if (!cgroup) return base::fail(base::ErrorKind::io, "cannot read {}/cgroup", process);
  std::vector<Membership> views;
  views.push_back({*cgroup, parse_mountinfo(read(std::string(kMountinfoPath)).value_or("")), ""});
  if (pid != "self") {
    const auto mountinfo = read(process + "/mountinfo").value_or("");
    views.push_back({*cgroup, parse_mountinfo(mountinfo), process + "/root"});
  }

  const auto find = [&](std::string_view controller) {
    for (const Membership& view : views) {
      Place place = locate(read, view, controller);
      if (place.kind != Place::Kind::unseen) return place;
    }
    return Place{};
  };
  Places places{find("cpuacct"), find("cpu"), find("cpuset"), find("memory"), find("")};
  if (places.cpuacct.kind == Place::Kind::unseen && places.memory.kind == Place::Kind::unseen) {
    return base::fail(base::ErrorKind::io, "the cgroup of process {} cannot be seen ({})", pid,
                      base::one_line(base::trim(split(*cgroup, '\n').front())));
  }
  return places;
}

Container read_container(const ReadFile& read, const Places& places) {
  Container result;
  describe(places.cpuacct, places.memory, result);
  std::map<std::string, std::optional<std::string>> known;
  const ReadFile once = [&](const std::string& path) {
    const auto [file, is_new] = known.try_emplace(path);
    if (is_new) file->second = read(path);
    return file->second;
  };
  const Reader files{once};
  read_cpu(files, places.cpuacct, places.cpu, places.cpuset, result);
  read_memory(files, places.memory, result);
  read_pressure(files, places.unified, result);
  return result;
}

base::Result<Container> read_container(const Files& files) {
  const ReadFile read = [&](const std::string& path) -> std::optional<std::string> {
    const auto file = files.find(path);
    return file == files.end() ? std::nullopt : std::optional(file->second);
  };
  const auto places = find_places(read, "self");
  if (!places) return tl::unexpected(places.error());
  return read_container(read, *places);
}

}  // namespace pgvigil::host
