#pragma once

#include <functional>
#include <optional>
#include <string>

#include "pgvigil/base/result.hpp"

namespace pgvigil::config {

/// Looks a variable up as std::getenv does: null where it is not set.
using Lookup = std::function<const char*(const char*)>;

/// The connection string from postgres_exporter's variables; nothing where none of them is set. An empty
/// variable counts as not set. DATA_SOURCE_NAME wins; else postgresql://USER:PASS@URI is built from
/// DATA_SOURCE_URI (host:port/database?parameters), DATA_SOURCE_USER and DATA_SOURCE_PASS, each of which may
/// come from the file that its variant with _FILE names, which then wins. Source: postgres_exporter,
/// exporter/datasource.go, GetDataSources. Errors (kind config) name the variable and never show its value.
/// A password that comes from a file is not in it: see below.
base::Result<std::optional<std::string>> dsn_from_environment(const Lookup& lookup);

/// The file that DATA_SOURCE_PASS_FILE names, where it counts: Config::password_file, read at each
/// connection.
std::optional<std::string> password_file_from_environment(const Lookup& lookup);

}  // namespace pgvigil::config
