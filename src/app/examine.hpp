#pragma once

#include "pgvigil/base/clock.hpp"
#include "pgvigil/collect/world.hpp"
#include "pgvigil/config/config.hpp"
#include "pgvigil/doctor/doctor.hpp"

namespace pgvigil::app {

/// Finds out everything that doctor::diagnose() judges: over one session for the server and, one after the
/// other, one for each database to visit. Reads only; each statement is limited, the visits together to a
/// minute. Trials point into `specs`.
doctor::Examination examine(const config::TargetConfig& target, std::span<const model::CollectorSpec> specs,
                            collect::World& world, const base::Clock& clock);

}  // namespace pgvigil::app
