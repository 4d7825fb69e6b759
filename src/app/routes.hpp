#pragma once

#include <map>
#include <string>

#include "app/target.hpp"
#include "pgvigil/web/server.hpp"

namespace pgvigil::app {

/// What the daemon answers: telemetry, health, readiness, the status page and the same as JSON, the
/// runbooks. `target` and `clock` outlive the routes.
std::map<std::string, web::Route> routes(const Target& target, const std::string& telemetry_path,
                                         const base::Clock& clock);

}  // namespace pgvigil::app
