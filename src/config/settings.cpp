#include "config/settings.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "config/alerting.hpp"
#include "config/target.hpp"
#include "config/user_files.hpp"
#include "config/web_section.hpp"

namespace pgvigil::config {
namespace {

constexpr std::array<std::pair<std::string_view, LogLevel>, 4> kLogLevels = {{{"debug", LogLevel::debug},
                                                                              {"info", LogLevel::info},
                                                                              {"warn", LogLevel::warn},
                                                                              {"error", LogLevel::error}}};
constexpr std::array<std::pair<std::string_view, LogFormat>, 2> kLogFormats = {
    {{"logfmt", LogFormat::logfmt}, {"json", LogFormat::json}}};

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
    {"web", {}, nullptr, read_web},
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
  std::stable_partition(ordered.entries.begin(), ordered.entries.end(),
                        [](const Entry& entry) { return entry.key != "targets"; });
  Place at{origin, catalogue, rules, &ordered, {}, root.line};
  if (Status read = read_map<Config>(at, settings, config); !read) return read;
  if (config.targets.empty() || config.dsn.empty()) return {};
  at.line = ordered.entries.back().line;
  return wrong(at, "targets stand beside a dsn; each of them names its own server: leave the dsn out");
}

}  // namespace pgvigil::config
