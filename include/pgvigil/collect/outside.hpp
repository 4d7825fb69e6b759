#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pgvigil/base/stop.hpp"
#include "pgvigil/collect/world.hpp"
#include "pgvigil/host/mounts.hpp"

namespace pgvigil::collect {

struct OutsideOptions {
  std::string conninfo;
  std::string password_file;             ///< read at each connection; empty: none
  std::vector<host::ServerPath> mounts;  ///< configured; used beside the server's own paths
  bool ping = true;                      ///< a ping may be the last sign of a shutdown
};

/// The World over libpq, /proc and statvfs. `stop` outlives it.
std::unique_ptr<World> outside(OutsideOptions options, const base::Stop& stop, const base::Clock& clock);

/// The postmaster's pid where the session's server is provably a process that we see; error io: it is not,
/// and why.
base::Result<int> local_postmaster(const pg::Session& session);

}  // namespace pgvigil::collect
