#pragma once

#include <map>
#include <string>

#include "app/fleet.hpp"
#include "pgvigil/web/server.hpp"

namespace pgvigil::app {

/// What the daemon answers: telemetry, each target's page and the list of them, health, readiness, the status
/// page and the same as JSON, the runbooks, a reload. `fleet` and `clock` outlive the routes.
std::map<std::string, web::Route> routes(Fleet& fleet, const std::string& telemetry_path,
                                         const base::Clock& clock);

}  // namespace pgvigil::app
