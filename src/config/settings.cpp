#include "config/settings.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "config/alerting.hpp"
#include "config/target.hpp"
#include "config/user_files.hpp"

namespace pgvigil::config {
namespace {

constexpr std::array<std::pair<std::string_view, LogLevel>, 4> kLogLevels = {{{"debug", LogLevel::debug},
                                                                              {"info", LogLevel::info},
                                                                              {"warn", LogLevel::warn},
                                                                              {"error", LogLevel::error}}};
constexpr std::array<std::pair<std::string_view, LogFormat>, 2> kLogFormats = {
    {{"logfmt", LogFormat::logfmt}, {"json", LogFormat::json}}};

constexpr Setting<Web> kWeb[] = {
    {"listen_address", "HOST:PORT or :PORT, such as 0.0.0.0:9187, port 0 to 65535",
     [](const Node& value, Web& web) {
       return is_listen_address(value.text) && put(web.listen_address, text(value));
     }},
    {"telemetry_path",
     "a path such as /metrics, other than /, /api/v1/status, /probe, /sd and those below /-/ and /runbooks",
     [](const Node& value, Web& web) {
       return is_telemetry_path(value.text) && put(web.telemetry_path, text(value));
     }},
    {"enable_lifecycle", "true or false",
     [](const Node& value, Web& web) { return put(web.enable_lifecycle, boolean(value)); }},
};

constexpr Setting<Log> kLog[] = {
    {"level", "debug, info, warn or error",
     [](const Node& value, Log& log) { return choose(value, kLogLevels, log.level); }},
    {"format", "logfmt or json",
     [](const Node& value, Log& log) { return choose(value, kLogFormats, log.format); }},
};

constexpr Setting<Config> kRoot[] = {
    {"collector_files", {}, nullptr, read_collector_files},
    {"queries_file", {}, nullptr, read_queries_file},
    {"queries_in_each_database", {}, nullptr, read_in_each_database},
    {"targets", {}, nullptr, read_targets},
    {"web", {}, nullptr, [](const Place& at, Config& config) { return read_map<Web>(at, kWeb, config.web); }},
    {"log", {}, nullptr, [](const Place& at, Config& config) { return read_map<Log>(at, kLog, config.log); }},
    {"alerting", {}, nullptr, read_alerting},
    {"cost", {}, nullptr, read_cost},
};

/// Those, and what the root says as every target's default.
std::vector<Setting<Config>> root_settings() {
  std::vector<Setting<Config>> all(kTargetSettings<Config>.begin(), kTargetSettings<Config>.end());
  all.insert(all.end(), std::begin(kRoot), std::end(kRoot));
  return all;
}

}  // namespace

base::Result<void> apply_tree(const Node& root, std::string_view origin, Catalogue catalogue, Rules rules,
                              Config& config) {
  static const std::vector<Setting<Config>> settings = root_settings();
  Node ordered = files_first(root);
  // Targets begin with what the other sections say.
  std::ranges::stable_partition(ordered.entries, [](const Entry& entry) { return entry.key != "targets"; });
  Place at{origin, catalogue, rules, &ordered, {}, root.line};
  if (Status read = read_map<Config>(at, settings, config); !read) return read;
  if (config.targets.empty() || config.dsn.empty()) return {};
  at.line = ordered.entries.back().line;
  return wrong(at, "targets stand beside a dsn; each of them names its own server: leave the dsn out");
}

}  // namespace pgvigil::config
