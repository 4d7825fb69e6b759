#include "app/family.hpp"

#include <utility>
#include <vector>

#include "app/version.hpp"

namespace pgvigil::app {

using prometheus::MetricFamily;
using prometheus::MetricType;

void add_labels(prometheus::ClientMetric& metric, const std::map<std::string, std::string>& constant) {
  std::vector<prometheus::ClientMetric::Label> labels;
  labels.reserve(constant.size());
  for (const auto& [name, value] : constant) labels.push_back({name, value});
  metric.label.insert(metric.label.begin(), labels.begin(), labels.end());
}

MetricFamily family(std::string name, std::string help, MetricType type,
                    const std::map<std::string, std::string>& constant, double value) {
  prometheus::ClientMetric metric;
  add_labels(metric, constant);
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return {std::move(name), std::move(help), type, {std::move(metric)}};
}

MetricFamily gauge(std::string name, std::string help, const std::map<std::string, std::string>& constant,
                   double value) {
  return family(std::move(name), std::move(help), MetricType::Gauge, constant, value);
}

MetricFamily build_info(const std::map<std::string, std::string>& constant) {
  MetricFamily info = gauge("pgvigil_build_info", "Always 1; the labels say what was built.", constant, 1);
  info.metric[0].label.push_back({"compiler", std::string(kCompiler)});
  info.metric[0].label.push_back({"version", std::string(kVersion)});
  return info;
}

}  // namespace pgvigil::app
