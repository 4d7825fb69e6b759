#pragma once

#include <string>

#include "pgvigil/base/result.hpp"
#include "pgvigil/config/config.hpp"

namespace pgvigil::config {

/// Reads one file and all that it names, PEM files among them, as the daemon would: a configuration, a web
/// configuration, collectors in our own format or postgres_exporter's queries.yaml, told by its keys. Errors:
/// kind config, one line, `FILE:LINE: what is wrong; what would be right`.
base::Result<void> check_file(const std::string& path, Catalogue catalogue, Rules rules);

/// The same for what is known to be a web configuration.
base::Result<void> check_web_file(const std::string& path);

}  // namespace pgvigil::config
