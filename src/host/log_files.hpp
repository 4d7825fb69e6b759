#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/log_directory.hpp"
#include "host/log_parser.hpp"
#include "host/log_tally.hpp"
#include "pgvigil/host/log.hpp"

namespace pgvigil::host {

/// A hash of the bytes of a file from `from` to `to`; of none where they are equal.
struct Print {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint64_t hash = 0;
};

/// A log file, known by its inode.
struct LogFile {
  std::string name;
  dev_t device = 0;
  ino_t inode = 0;
  std::uint64_t size = 0;  // as last seen
  timespec modified{};     // as last seen
  Descriptor open;         // while it is written, and a little longer

  std::uint64_t offset = 0;  // all before it is counted
  Print head, tail;          // the first bytes of those, and the last
  std::unique_ptr<LogParser> parser;

  bool active = false;  // it was being written at the last read
  bool listed = true;   // it is in the directory still
  bool changed = true;  // since the last read
  bool cut = false;     // what was read of it is no longer there,
  bool copied = false;  // but in another file
  ino_t copy_of = 0;    // of another file, which is still written, and is read instead
};

/// The files of one directory and what was counted in them; the rules are LogFollower's. Used by one thread
/// at a time.
class LogFiles {
 public:
  base::Result<LogCounts> read(const LogPlace& place, std::size_t top);

 private:
  base::Result<void> begin(const Descriptor& directory);
  base::Result<void> advance(const Descriptor& directory);

  base::Result<void> look(const Descriptor& directory);
  void see(const std::string& name, const struct stat& now);
  bool opened(LogFile& file, const Descriptor& directory);
  void find_cuts(const Descriptor& directory);
  void find_copies(const Descriptor& directory);
  bool is_copy(LogFile& file, LogFile& origin, const Descriptor& directory);
  void release_copy(LogFile& file);
  void restart_cut();
  void read_on(LogFile& file);
  void follow_originals();
  void let_go();

  LogFile* newest();
  LogFile* by_inode(ino_t inode);
  bool dated() const;

  LogPlace place_;
  dev_t device_ = 0;  // of the directory
  ino_t inode_ = 0;
  std::vector<LogFile> files_;
  std::size_t budget_ = 0;
  LogTally tally_;
  LogCounts counts_;
};

}  // namespace pgvigil::host
