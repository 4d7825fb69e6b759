#include "config/web_section.hpp"

#include <algorithm>

#include "config/user_files.hpp"

namespace pgvigil::config {
namespace {

/// One address, or a list of them, each another.
bool take_addresses(const Node& value, Web& web) {
  std::vector<std::string> addresses{value.text};
  if (value.kind != Node::Kind::scalar && !put(addresses, names(value))) return false;
  if (addresses.empty() || !std::ranges::all_of(addresses, is_listen_address)) return false;
  web.listen_addresses = std::move(addresses);
  return true;
}

Status read_addresses(const Place& at, Web& web) {
  if (!take_addresses(*at.node, web))
    return wrong_value(at, "HOST:PORT or :PORT, such as 0.0.0.0:9187, port 0 to 65535, or a list of such");
  auto sorted = web.listen_addresses;
  std::ranges::sort(sorted);
  const auto twice = std::ranges::adjacent_find(sorted);
  if (twice != sorted.end() && !twice->ends_with(":0"))
    return wrong(at, "{} names {} twice; name each address once", at.path, shown(*twice));
  return {};
}

Status read_config_file(const Place& at, Web& web) {
  const auto path = text(*at.node);
  if (!path) return wrong_value(at, "the path of a file in exporter-toolkit's format");
  web.config_file = path->empty() ? "" : resolved(at, *path);
  return {};
}

constexpr Setting<Web> kWeb[] = {
    {"listen_address", {}, nullptr, read_addresses},
    {"telemetry_path",
     "a path such as /metrics, other than /, /api/v1/status, /probe, /sd and those below /-/ and /runbooks",
     [](const Node& value, Web& web) {
       return is_telemetry_path(value.text) && put(web.telemetry_path, text(value));
     }},
    {"config_file", {}, nullptr, read_config_file},
    {"enable_lifecycle", "true or false",
     [](const Node& value, Web& web) { return put(web.enable_lifecycle, boolean(value)); }},
    {"open_health", "true or false",
     [](const Node& value, Web& web) { return put(web.open_health, boolean(value)); }},
};

}  // namespace

Status read_web(const Place& at, Config& config) { return read_map<Web>(at, kWeb, config.web); }

}  // namespace pgvigil::config
