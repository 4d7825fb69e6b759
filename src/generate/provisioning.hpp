#pragma once

#include <string_view>

/// What Grafana reads at its start, so that a mount of dashboards/ is all it needs.
namespace pgvigil::generate {

inline constexpr std::string_view kProvideDashboards =
    R"(# Shows all boards. Made by `pgvigil generate`: do not edit.
# Grafana finds it with dashboards/ mounted at /etc/grafana/pgvigil and, in its environment,
# GF_PATHS_PROVISIONING=/etc/grafana/pgvigil/provisioning
apiVersion: 1
providers:
  - name: pgvigil
    folder: PostgreSQL
    type: file
    disableDeletion: true
    allowUiUpdates: false
    updateIntervalSeconds: 60
    options:
      path: /etc/grafana/pgvigil
)";

inline constexpr std::string_view kProvideDatasource =
    R"(# The Prometheus that scrapes pgvigil. Made by `pgvigil generate`: do not edit.
# Grafana's environment says where it is: PROMETHEUS_URL=http://localhost:9090
apiVersion: 1
datasources:
  - name: Prometheus
    uid: prometheus
    type: prometheus
    access: proxy
    url: $PROMETHEUS_URL
    isDefault: true
    editable: false
    jsonData:
      httpMethod: POST
      timeInterval: 15s
)";

}  // namespace pgvigil::generate
