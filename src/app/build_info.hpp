#pragma once

#include <map>
#include <string>

namespace pgvigil::app {

/// pgvigil_build_info in Prometheus' text format.
std::string build_info(const std::map<std::string, std::string>& constant);

}  // namespace pgvigil::app
