#pragma once

#include <map>
#include <string>

namespace pgvigil::model {

/// What an operator can change in the generated alert rules and dashboards, beside the rules' limits.
struct Alerting {
  std::string job = "pgvigil";  ///< the scrape job whose absence is an alert
  /// Where the runbooks are; the alert's name follows. By default pgvigil's own pages of the server
  /// concerned.
  std::string runbooks = "http://{{ $labels.instance }}/runbooks";
  std::string grafana = "http://localhost:3000";  ///< where Grafana is, for links to dashboards
  std::map<std::string, std::string> labels = {{"team", "database"}};  ///< of every alert, for routing
  bool kubelet = false;                  ///< CPU, memory and disk from the kubelet's metrics instead of ours
  std::string container = "postgresql";  ///< the database's container, as the kubelet names it
  std::string claim = "data";            ///< the volume claim template, of claims named CLAIM-POD
  unsigned hurry = 1;  ///< divides every interval, window and hold time: for drills and tests

  bool operator==(const Alerting&) const = default;
};

/// What storage costs, for the cost panel: prices per GiB and month.
struct Cost {
  double disk = 0.10;      ///< of the volume, whether used or not
  double snapshot = 0.05;  ///< of its snapshots, one at a time
  std::string currency = "USD";

  bool operator==(const Cost&) const = default;
};

}  // namespace pgvigil::model
