#pragma once

#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"

/// What a server writes to its log files, counted by severity and SQLSTATE. No text of a message is kept.
namespace pgvigil::host {

/// In the order in which one is chosen: each tells less than the one before (`log_destination`).
enum class LogFormat : std::uint8_t { jsonlog, csvlog, stderr_ };

/// The word that `log_destination` has for it.
std::string_view name(LogFormat format);

/// Where log files are, and how to read them.
struct LogPlace {
  std::string root;       ///< the root directory that `directory` is in, by root_of(); empty: ours
  std::string directory;  ///< absolute
  std::string file_name;  ///< the setting log_filename, with strftime(3)'s escapes
  LogFormat format = LogFormat::stderr_;
  std::string prefix;  ///< the setting log_line_prefix; counts for stderr alone
};

/// Messages of one severity and SQLSTATE. `severity`: LOG, ERROR and so on in English, or `unknown`.
/// `sqlstate`: five letters and digits; empty where the log does not say it; `other` for the sum of those
/// that have no series of their own.
struct LogCount {
  std::string severity;
  std::string sqlstate;
  std::uint64_t messages = 0;
};

/// All counters start at 0 with the follower and never fall.
struct LogCounts {
  LogFormat format = LogFormat::stderr_;
  std::vector<LogCount> messages;
  std::uint64_t read_bytes = 0;
  std::uint64_t unread_bytes = 0;    ///< a gauge: what is there and has to wait for the next read
  std::uint64_t unparsed_lines = 0;  ///< what is no message of this format
  std::uint64_t gaps = 0;            ///< times that the file being written was cut off without a copy of it
};

/// Reads log files from where they end at the first read on, each byte once, through every kind of rotation:
/// files are known by their inodes and by hashes of what was read of them, and every file in the directory
/// that may be one of the server's is watched. A renamed file goes on where it was; a new one is read from
/// its start, unless it begins as a known one does: then it is a copy, and only what was not read of the
/// original is; one that became shorter, or has other contents where it was read, was cut off, and starts
/// anew; one that was unlinked stays open until another has taken its place.
///
/// Only regular files directly in the directory are opened, never through a link. A read takes place in a
/// thread of its own, since a dead mount can keep it in the kernel for ever. Used by one thread.
class LogFollower {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{8} * 1024 * 1024;  ///< of one read

  LogFollower();

  /// Reads on, at most kMostBytes, until `deadline`. At most `top` pairs of severity and SQLSTATE have a
  /// count of their own, the frequent ones. Another place than before: begins at its files' ends. Error io:
  /// the files cannot be seen, and why; what is known of them stays.
  base::Result<LogCounts> read(const LogPlace& place, std::size_t top, base::SteadyTime deadline);

 private:
  class State;
  std::shared_ptr<State> state_;                  // shared with a thread that may hang
  std::future<base::Result<LogCounts>> running_;  // valid: a read that was given up, or has not been fetched
};

/// Where we find what a process finds at `/`: empty where its mounts are ours, which takes no right to look.
std::string root_of(int pid, const std::string& proc = "/proc");

/// The file that the process writes its standard error to: of a server without logging collector, its log.
/// Error io: it is no regular file, or cannot be seen.
base::Result<std::string> standard_error_of(int pid, const std::string& proc = "/proc");

}  // namespace pgvigil::host
