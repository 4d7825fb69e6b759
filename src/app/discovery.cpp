#include "app/discovery.hpp"

#include <nlohmann/json.hpp>

namespace pgvigil::app {

std::string service_discovery(const Watch& watch, std::string_view authority,
                              std::string_view telemetry_path) {
  using Json = nlohmann::ordered_json;
  auto groups = Json::array();
  const auto add = [&](Json labels) {
    groups.push_back({{"targets", Json::array({authority})}, {"labels", std::move(labels)}});
  };
  add({{"__metrics_path__", telemetry_path}});
  if (watch.named())
    for (const auto& [name, target] : watch.targets)
      add({{"__metrics_path__", "/probe"}, {"__param_target", name}, {"instance", name}});
  return groups.dump(2) + "\n";
}

}  // namespace pgvigil::app
