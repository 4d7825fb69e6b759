#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/mountinfo.hpp"
#include "pgvigil/host/container.hpp"

namespace pgvigil::host {

/// A file that every cgroup with the controller has, the root included.
std::string_view marker(int version, std::string_view controller);

/// The file that shows whether a cgroup is its hierarchy's root; its name and text do not. v1 has
/// cgroup.sane_behavior in the root only, v2 has cgroup.events everywhere else.
std::string_view root_marker(int version);

/// What says where the cgroups of one process are, and the prefix under which its mounts are seen.
struct Membership {
  std::string cgroup;             ///< /proc/PID/cgroup
  std::vector<MountLine> mounts;  ///< of the process whose mounts are looked through
  std::string prefix;             ///< "" for our own mounts, /proc/PID/root for the process' own
};

/// Where `controller` (cpu, cpuacct, cpuset, memory) would keep its numbers, from these texts alone: `kind`
/// is not known yet, and is own. A v1 hierarchy that has the controller goes before the v2 one. An empty
/// controller: v2's.
Place place_of(const Membership& process, std::string_view controller);

/// The same with the files looked at: unseen where there is no such directory.
Place locate(const ReadFile& read, const Membership& process, std::string_view controller);

}  // namespace pgvigil::host
