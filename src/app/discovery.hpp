#pragma once

#include <string>
#include <string_view>

#include "app/fleet.hpp"

namespace pgvigil::app {

/// The pages of this daemon in the format of Prometheus' http_sd, each with the labels that make one scrape
/// job find it: the daemon's own at `telemetry_path`, and each named target's at /probe, whose instance is
/// the target's name. `authority` is where the asker reached the daemon.
std::string service_discovery(const Watch& watch, std::string_view authority,
                              std::string_view telemetry_path);

}  // namespace pgvigil::app
