#pragma once

#include <memory>
#include <string_view>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/model/collector.hpp"
#include "pgvigil/model/snapshot.hpp"
#include "pgvigil/pg/rows.hpp"
#include "pgvigil/pg/session.hpp"

namespace pgvigil::collect {

/// Everything outside that the poller touches. One real implementation (collect/outside.hpp); the poller's
/// tests have one in memory that records. Used by the target's thread only.
class World {
 public:
  virtual ~World() = default;

  /// A new session, in the conninfo's own database where `database` is empty.
  virtual base::Result<std::unique_ptr<pg::Session>> connect(std::string_view database,
                                                             base::SteadyTime deadline) = 0;

  /// Rows of a collector whose source is not SQL; `session` is null while there is no server to ask, and what
  /// was learnt of it must do. An error of kind io: not visible from here, and why; of kind connect or
  /// timeout without SQLSTATE: the session was lost over it.
  virtual base::Result<pg::Rows> read(const model::CollectorSpec& spec, pg::Session* session,
                                      base::SteadyTime deadline) = 0;

  /// Whether the server is shutting down and waits for sessions to end, by the signs on this machine or a
  /// ping.
  virtual bool stopping(pg::Session& session) = 0;
};

/// Told of what happened, for counting and logging. Called from the target's thread only.
class Observer {
 public:
  virtual ~Observer() = default;

  /// A collector was run, or skipped; `database` is empty at cluster scope.
  virtual void collected(const model::CollectorSpec& spec, std::string_view database,
                         const model::Outcome& outcome) = 0;

  /// A connection was made (null), failed or was lost; `database` is empty for the kept one.
  virtual void connection(std::string_view database, const base::Error* error) = 0;
};

}  // namespace pgvigil::collect
