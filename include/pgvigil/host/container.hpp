#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/base/result.hpp"

/// CPU, memory and pressure of the container that a process runs in: of its cgroup (v2, v1, or both at once),
/// or of the host where it runs in the hierarchy's root. Pure: all text comes from a reader, so the same code
/// serves the local /proc, text fetched over SQL, and a test's tree. Sources, in the kernel's
/// Documentation/admin-guide: cgroup-v2.rst (cpu.max, cpu.stat, memory.*, *.pressure, cgroup.events),
/// cgroup-v1/memory.rst, cgroup-v1/cpuacct.rst, scheduler/sched-bwc.rst (cpu.cfs_*), and
/// filesystems/proc.rst, accounting/psi.rst; cgroup_namespaces(7) for what the paths of /proc/PID/cgroup and
/// /proc/PID/mountinfo are relative to.
namespace pgvigil::host {

/// The text of a file by its absolute path; nothing where it is missing or unreadable.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

/// Text that was read already, by absolute path.
using Files = std::map<std::string, std::string>;

/// Where a controller keeps the numbers of a process.
struct Place {
  /// unseen: nobody knows. own: a cgroup. root: the hierarchy's root, so the controller does not count it
  /// apart.
  enum class Kind { unseen, own, root };
  Kind kind = Kind::unseen;
  int version = 0;
  /// The cgroup's directory, then its ancestors' as far as the mount shows them. Empty only where unseen.
  std::vector<std::string> directories;

  bool own() const { return kind == Kind::own; }
};

/// The places of one process, by controller; `unified` is that of v2, which has the pressures. They change
/// when the process is moved, or what is mounted where.
struct Places {
  Place cpuacct, cpu, cpuset, memory, unified;
};

/// Time in which at least one task waited for `resource` (cpu, memory, io): the `total` of pressure stall's
/// `some`.
struct Pressure {
  std::string resource;
  double waiting_seconds = 0;
};

/// What could be read; a file that is missing or malformed leaves its value empty.
struct Container {
  std::optional<double> cpu_usage_seconds;  ///< counter; v2 usage_usec, v1 cpuacct.usage, host: /proc/stat
  std::optional<double>
      cpu_limit_cores;  ///< least quota of the cgroup and its visible ancestors, or the CPUs
  std::optional<double> cpu_throttled_seconds;     ///< counter; of a cgroup only
  std::optional<double> memory_working_set_bytes;  ///< usage - inactive_file, as the kubelet computes it
  std::optional<double>
      memory_limit_bytes;           ///< least limit of the cgroup and its ancestors, at most MemTotal
  std::optional<double> oom_kills;  ///< counter; memory.events, memory.oom_control or /proc/vmstat
  std::vector<Pressure> pressure;   ///< of a v2 cgroup, or of the host at scope host; else empty
  std::string scope;                ///< "container" where CPU or memory is a cgroup's own, else "host"
  std::string
      source;  ///< "cgroup", "proc", or "cgroup+proc" where only one of CPU and memory has its own cgroup
  int cgroup_version = 0;  ///< 2, or 1 where CPU or memory is counted by a v1 hierarchy

  bool has_numbers() const { return cpu_usage_seconds || memory_working_set_bytes; }
};

/// Where the container of process `pid` (digits, or "self": the process that the reader reads for) is. Reads
/// /proc/PID/cgroup and /proc/PID/mountinfo, which both are relative to the reader's cgroup namespace, and
/// from them finds the cgroup below the reader's own mounts, else below /proc/PID/root. In a pod's sidecar
/// the path of another container reads
/// `/../NAME`: only /proc/PID/root/sys/fs/cgroup shows it, which needs the same user or CAP_SYS_PTRACE.
/// Error io: neither its CPU's nor its memory's cgroup can be seen; the host's numbers are never put in their
/// place.
base::Result<Places> find_places(const ReadFile& read, std::string_view pid);

/// What is to be read at those places, each file once. Without numbers where there is no such cgroup any
/// more.
Container read_container(const ReadFile& read, const Places& places);

/// Both at once, for "self", from text read before: over SQL, or by a fuzzer.
base::Result<Container> read_container(const Files& files);

/// What read_container(Files) needs of a server that we can only ask by pg_read_file: first the texts of
/// kCgroupPath and kMountinfoPath, which change only when the server restarts, then at each poll all these
/// (the two included). Most do not exist, so read with missing_ok; 64 KiB of each are enough (of the
/// mountinfo: all).
std::vector<std::string> paths_by_sql(std::string_view cgroup, std::string_view mountinfo);
inline constexpr std::string_view kCgroupPath = "/proc/self/cgroup";
inline constexpr std::string_view kMountinfoPath = "/proc/self/mountinfo";

}  // namespace pgvigil::host
