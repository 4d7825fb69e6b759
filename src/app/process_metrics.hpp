#pragma once

#include <prometheus/metric_family.h>

#include <map>
#include <string>
#include <vector>

namespace pgvigil::app {

/// Adds the process_* families that every Prometheus client library has, of this process, from /proc/self.
void add_process(std::vector<prometheus::MetricFamily>& families,
                 const std::map<std::string, std::string>& constant);

}  // namespace pgvigil::app
