#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "pgvigil/model/alerting.hpp"
#include "pgvigil/model/collector.hpp"
#include "pgvigil/model/rule.hpp"

/// The files that follow from the rules and the catalogue: the same input gives the same bytes.
namespace pgvigil::generate {

struct File {
  std::string path;  ///< below the output directory, such as alerts/pgvigil.rules.yml
  std::string text;
};

/// What the files are made from.
struct Options {
  std::map<std::string, model::Limits, std::less<>> limits;  ///< of every rule, by id
  model::Alerting alerting;
  model::Cost cost;
};

/// alerts/pgvigil.rules.yml, for Prometheus, and alerts/prometheusrule.yml, the same for its operator.
std::vector<File> alerts(const Options& options);

/// dashboards/*.json for Grafana 10 and later, and dashboards/provisioning/*.
std::vector<File> dashboards(const Options& options);

/// docs/alerts.md and docs/metrics.md: every rule with its numbers, every metric with its labels.
std::vector<File> docs(const Options& options, std::span<const model::CollectorSpec* const> catalogue);

}  // namespace pgvigil::generate
