#pragma once

#include <map>
#include <string>

namespace pgvigil::app {

/// The process_* families that every Prometheus client library has, of this process as of now, in Prometheus'
/// text format. Any thread.
std::string process_metrics(const std::map<std::string, std::string>& constant);

}  // namespace pgvigil::app
