#pragma once

#include <sys/statvfs.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pgvigil/base/clock.hpp"

/// Free space where the server's files lie. Asking a dead network mount can hang in the kernel for ever, in
/// uninterruptible sleep; here that costs a thread, not the poll.
namespace pgvigil::host {

/// A directory of the server: absolute, as the server itself names it; links are followed.
struct ServerPath {
  std::string role;  ///< data, wal, tablespace, log
  std::string path;
};

/// The directories to watch: the data directory, its pg_wal, the tablespaces and the log directory, which may
/// be relative to the data directory, or empty: none. Tablespaces are pg_tablespace_location()'s, empty ones
/// left out.
std::vector<ServerPath> server_paths(const std::string& data_directory,
                                     std::span<const std::string> tablespaces,
                                     const std::string& log_directory);

/// statvfs(3) of the file system under a path. `available` is what users other than root can still take, so a
/// disk is used / (used + available), used = size - free. Some file systems (btrfs) count no inodes: files is
/// 0.
struct Mount {
  std::string mount;  ///< the mount point as the server sees it, from /proc/PID/mountinfo; any bytes
  std::string role;
  double size_bytes = 0;
  double free_bytes = 0;
  double available_bytes = 0;
  double files = 0;
  double files_free = 0;
  bool readonly = false;  ///< the file system is, or the server's own mount of it; never merely ours
};

struct UnseenPath {
  std::string role;
  std::string path;
  std::string reason;  ///< one line
};

/// `seen` has each pair of mount and role once.
struct Mounts {
  std::vector<Mount> seen;
  std::vector<UnseenPath> unseen;
  bool ours = false;  ///< they are our own mounts: they stay when the server's process ends
};

/// The system call, and a test's way to make it hang. Returns 0 or an errno; called on other threads.
using Statvfs = std::function<int(const std::string& path, struct statvfs& answer)>;
int system_statvfs(const std::string& path, struct statvfs& answer);

/// Asks one path after the other on a thread of its own, on more of them, kMostThreads at most, where one
/// does not answer, and remembers what has not. Used by one thread; may be destroyed at any time: a thread
/// that still hangs shares what it writes to.
class MountProber {
 public:
  static constexpr std::size_t kMostThreads = 8;

  explicit MountProber(Statvfs call = system_statvfs, std::string proc = "/proc");

  /// Asks for all `paths`, at the latest until `deadline`. `postmaster_pid` says whose mounts the paths are
  /// in: those of a process that find_postmaster() named, looked at through /proc/PID/root unless they are
  /// ours as well; 0: ours. Where that is refused, a path is looked at from here if both have it on the same
  /// mount of the same file system. A path that hung before and has not come back is not asked again.
  Mounts probe(std::span<const ServerPath> paths, int postmaster_pid, base::SteadyTime deadline);

 private:
  struct Call;
  struct View;
  struct Round;
  std::shared_ptr<const View> view_of(int postmaster_pid);
  void start_thread(const std::shared_ptr<Round>& round) const;
  void probe_batch(std::span<const ServerPath> paths, const std::shared_ptr<const View>& view,
                   base::SteadyTime deadline, Mounts& result);

  Statvfs statvfs_;
  std::string proc_;
  std::shared_ptr<const View> view_;                         ///< of the last time
  std::map<std::string, std::shared_ptr<Call>> unanswered_;  ///< by root and path
};

}  // namespace pgvigil::host
