#pragma once

#include <string>

#include "app/fleet.hpp"

namespace pgvigil::app {

/// What the daemon says of itself, in Prometheus' text format: its process and its configuration; where the
/// targets have names, also its build and in a few samples how each target is.
std::string daemon_metrics(const Watch& watch);

}  // namespace pgvigil::app
