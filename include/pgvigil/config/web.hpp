#pragma once

#include <string>
#include <string_view>

#include "pgvigil/base/result.hpp"
#include "pgvigil/web/security.hpp"

namespace pgvigil::config {

/// Reads a web configuration in exporter-toolkit's format (its web/tls_config.go, docs/web-configuration.md).
/// Paths in it start at its own folder. What the toolkit takes and this daemon does not (TLS below 1.2,
/// rate_limit) is refused. The files that it names are not opened: web::verify() does. Errors (kind config):
/// one line, `FILE:LINE: what is wrong; what would be right`, never with a key or a hash.
base::Result<web::Security> load_web(const std::string& path);

/// The same for text that is already there.
base::Result<web::Security> parse_web(std::string_view yaml, std::string_view file_name);

}  // namespace pgvigil::config
