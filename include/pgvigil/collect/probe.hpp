#pragma once

#include <optional>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/model/collector.hpp"
#include "pgvigil/model/histogram.hpp"
#include "pgvigil/pg/session.hpp"

namespace pgvigil::collect {

/// The reader of source probe: how many seconds the server takes to answer SELECT 1, nothing else being asked
/// of the session meanwhile, as one row. An error is the session's that was lost over it; where there is none
/// it is of kind connect.
base::Result<pg::Rows> read_probe(const model::CollectorSpec& spec, pg::Session* session,
                                  const base::Clock& clock, base::SteadyTime deadline);

/// All times since the first, as one histogram. Owned by the poller.
class ProbeFold {
 public:
  base::Result<pg::Rows> operator()(const model::CollectorSpec& spec, const pg::Rows& rows);

 private:
  std::optional<model::Histogram> times_;
};

}  // namespace pgvigil::collect
