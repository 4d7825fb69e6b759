#pragma once

#include <string>
#include <system_error>
#include <vector>

#include "pgvigil/base/result.hpp"

namespace pgvigil::host {

/// `path` (absolute) without links, `.` and `..`, as a process with root directory `root` ("" is ours) would
/// resolve it. The kernel itself would take an absolute link below /proc/PID/root from our root. May hang on
/// a dead mount. Error permission: a component may not be looked at; io: it cannot be, or there are more than
/// 40 links. `turns`, where wanted, gets each link that was followed and each directory left by `..`.
base::Result<std::string> resolve(const std::string& root, const std::string& path,
                                  std::vector<std::string>* turns = nullptr);

/// permission where the kernel refused (EACCES, EPERM), else io.
base::ErrorKind kind_of(const std::error_code& error);

}  // namespace pgvigil::host
