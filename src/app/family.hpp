#pragma once

#include <prometheus/metric_family.h>

#include <map>
#include <string>

namespace pgvigil::app {

/// Puts the constant labels in front of a sample's own.
void add_labels(prometheus::ClientMetric& metric, const std::map<std::string, std::string>& constant);

/// A family of one sample, a gauge or a counter.
prometheus::MetricFamily family(std::string name, std::string help, prometheus::MetricType type,
                                const std::map<std::string, std::string>& constant, double value);
prometheus::MetricFamily gauge(std::string name, std::string help,
                               const std::map<std::string, std::string>& constant, double value);

/// pgvigil_build_info.
prometheus::MetricFamily build_info(const std::map<std::string, std::string>& constant);

}  // namespace pgvigil::app
