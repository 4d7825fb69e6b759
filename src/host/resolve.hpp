#pragma once

#include <string>

#include "pgvigil/base/result.hpp"

namespace pgvigil::host {

/// `path` (absolute) without links, `.` and `..`, as a process with root directory `root` ("" is ours) would
/// resolve it. The kernel itself would take an absolute link below /proc/PID/root from our root. May hang on
/// a dead mount. Error io: a component cannot be seen, or there are more than 40 links.
base::Result<std::string> resolve(const std::string& root, const std::string& path);

}  // namespace pgvigil::host
