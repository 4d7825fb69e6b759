#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/host/container.hpp"
#include "pgvigil/host/locality.hpp"
#include "pgvigil/host/mounts.hpp"
#include "pgvigil/model/collector.hpp"
#include "pgvigil/pg/session.hpp"

namespace pgvigil::collect {

/// Reads the database's own container and mounts: locally where the server is provably on this machine, else,
/// for the container, by pg_read_file where the role may call it. Otherwise there is no sample, and a reason.
///
/// While the server is down it goes on with what it knows: through the postmaster's process while that is
/// there, and after its end through our own view of its cgroup and its mounts, where we have one.
class HostReader {
 public:
  HostReader(std::vector<host::ServerPath> configured, const base::Clock& clock)
      : configured_(std::move(configured)), clock_(clock) {}

  /// Rows for a spec of source container or mounts; error io: not visible, and why. The server has until
  /// `deadline` to name its paths; `session` is null while it is down.
  base::Result<pg::Rows> read(const model::CollectorSpec& spec, pg::Session* session,
                              base::SteadyTime deadline);

  /// The postmaster's pid where the session's server is provably a process that we see.
  base::Result<int> postmaster(const pg::Session& session);

  /// The same while there is no session: as last seen, if it is still there.
  base::Result<int> remaining() const;

 private:
  base::Result<host::Container> container(pg::Session* session, base::SteadyTime deadline);
  base::Result<host::Container> container_of(int postmaster);
  base::Result<host::Container> container_by_sql(pg::Session& session, base::SteadyTime deadline);
  base::Result<host::Mounts> mounts(pg::Session& session, base::SteadyTime deadline);
  base::Result<void> find_paths(pg::Session& session, base::SteadyTime deadline);
  base::Result<host::Mounts> mounts_alone();
  bool is_there(int postmaster) const { return started_ && host::start_of(postmaster) == started_; }

  std::vector<host::ServerPath> configured_;
  const base::Clock& clock_;
  host::MountProber prober_;

  const pg::Session* proven_for_ = nullptr;  // the session that postmaster_ was found for
  int proven_backend_ = 0;
  base::Result<int> postmaster_ = base::fail(base::ErrorKind::io, "the server was not reached yet");
  std::optional<double> started_;  // of postmaster_, which makes the pid unmistakable
  host::Places places_;            // of its cgroups, as last found
  base::SteadyTime places_found_at_;

  std::vector<host::ServerPath> paths_;             // the server's and the configured, as last seen
  std::optional<base::SteadyTime> paths_found_at_;  // for postmaster_, when last asked for
  bool mounts_are_ours_ = false;

  base::SteadyTime container_at_;
  std::optional<base::Result<host::Container>> container_;

  base::WallTime paths_of_;  // the server's start that sql_paths_ belong to
  std::vector<std::string> sql_paths_;
};

}  // namespace pgvigil::collect
