#pragma once

#include "pgvigil/collect/plan.hpp"
#include "pgvigil/collect/world.hpp"

/// One collector run by itself, as `explain` and `doctor` do.
namespace pgvigil::app {

struct Attempt {
  model::Outcome outcome;
  std::size_t rows = 0;
  base::SteadyTime::duration took{0};
};

/// Runs what was planned, which is not skipped, within half a minute, and maps what comes of it.
Attempt try_one(collect::World& world, pg::Session& session, const collect::Planned& planned,
                const base::Clock& clock);

}  // namespace pgvigil::app
