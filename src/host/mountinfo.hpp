#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pgvigil::host {

/// One line of /proc/PID/mountinfo (proc(5)), its octal escapes undone.
struct MountLine {
  std::string id;
  std::string parent;  ///< id of the mount it is mounted on, itself perhaps not listed
  std::string device;  ///< major:minor; one file system has one, in whatever namespace it is mounted
  std::string
      root;  ///< the directory of the file system that is mounted; of a cgroup: relative to our namespace
  std::string point;      ///< where, as the process sees it
  std::string type;       ///< ext4, cgroup, cgroup2, …
  std::string options;    ///< of the file system; of a v1 cgroup they name its controllers
  bool readonly = false;  ///< this mount of it is, whatever other mounts of the same file system are
};

/// Whether the file system itself can only be read, through whatever mount: so mounted, or so made by the
/// kernel after an error (errors=remount-ro; newer ext4 says emergency_ro).
bool is_readonly_everywhere(const MountLine& line);

/// Every well-formed line, in order; of two mounts at one point the later covers the earlier.
std::vector<MountLine> parse_mountinfo(std::string_view text);

/// The line that `path` (absolute, without links) lies on: the longest prefix, the last of equals. Null if
/// there is none.
const MountLine* mount_of(const std::vector<MountLine>& lines, std::string_view path);

/// Whether `path` (absolute, without links) lies for both processes on one mount of one file system: the same
/// device and directory of it, mounted at the same point, and not hidden below a mount that covers the point.
bool is_same_mount(const std::vector<MountLine>& ours, const std::vector<MountLine>& theirs,
                   std::string_view path);

/// What is left of `path` below directory `top` ("" or "/…"); false where it lies elsewhere.
bool below(std::string_view path, std::string_view top, std::string_view& rest);

}  // namespace pgvigil::host
