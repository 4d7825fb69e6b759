#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/host/log.hpp"
#include "pgvigil/host/mounts.hpp"
#include "pgvigil/model/collector.hpp"
#include "pgvigil/pg/session.hpp"

namespace pgvigil::collect {

/// Counts what the server writes to its log files. Outlives the World that uses it, so that nothing is
/// counted twice or missed over a reload of our configuration.
class LogReader {
 public:
  explicit LogReader(const base::Clock& clock) : clock_(clock) {}

  /// Rows for a spec of source logs. `local`: the postmaster, or why it is not seen; then a configured mount
  /// of role log is the directory. Without a session (null) it reads on where it last did. Error io: not
  /// visible, and why.
  base::Result<pg::Rows> read(const model::CollectorSpec& spec, pg::Session* session,
                              const base::Result<int>& local, std::span<const host::ServerPath> configured,
                              base::SteadyTime deadline);

 private:
  base::Result<host::LogCounts> counts(pg::Session* session, const base::Result<int>& local,
                                       std::span<const host::ServerPath> configured,
                                       base::SteadyTime deadline);

  const base::Clock& clock_;
  host::LogFollower follower_;
  std::size_t top_ = 1;

  base::Result<host::LogPlace> place_ = base::fail(base::ErrorKind::io, "the server was not reached yet");
  base::SteadyTime looked_at_;
  int looked_for_ = 0;  // the backend that place_ was learnt from

  std::pair<base::SteadyTime, bool> read_for_;  // of latest_: the poll's deadline, with a session
  std::optional<base::Result<host::LogCounts>> latest_;
};

}  // namespace pgvigil::collect
