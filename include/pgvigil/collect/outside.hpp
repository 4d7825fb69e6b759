#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pgvigil/base/stop.hpp"
#include "pgvigil/collect/world.hpp"
#include "pgvigil/host/mounts.hpp"

namespace pgvigil::collect {

/// What was counted in the server's log files, and how far they were read. Made by log_reader().
class LogReader;
std::shared_ptr<LogReader> log_reader(const base::Clock& clock);

struct OutsideOptions {
  std::string conninfo;
  std::string password_file;             ///< read at each connection; empty: none
  std::vector<host::ServerPath> mounts;  ///< configured; used beside the server's own paths
  bool ping = true;                      ///< a ping may be the last sign of a shutdown
  std::shared_ptr<LogReader> logs = {};  ///< of an earlier World of the same server; null: a new one
};

/// The World over libpq, /proc and statvfs. `stop` outlives it.
std::unique_ptr<World> outside(OutsideOptions options, const base::Stop& stop, const base::Clock& clock);

/// The postmaster's pid where the session's server is provably a process that we see; error io: it is not,
/// and why.
base::Result<int> local_postmaster(const pg::Session& session);

}  // namespace pgvigil::collect
