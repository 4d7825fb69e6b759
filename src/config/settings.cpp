#include "config/settings.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include "config/alerting.hpp"
#include "config/section.hpp"
#include "config/user_files.hpp"
#include "pgvigil/config/duration.hpp"

namespace pgvigil::config {
namespace {

constexpr double kRatio = 1;
constexpr double kMonth = 30 * 86'400;
constexpr std::size_t kMaxRows = 1'000'000;

constexpr std::array<std::pair<std::string_view, LogLevel>, 4> kLogLevels = {{{"debug", LogLevel::debug},
                                                                              {"info", LogLevel::info},
                                                                              {"warn", LogLevel::warn},
                                                                              {"error", LogLevel::error}}};
constexpr std::array<std::pair<std::string_view, LogFormat>, 2> kLogFormats = {
    {{"logfmt", LogFormat::logfmt}, {"json", LogFormat::json}}};

constexpr Setting<Databases> kDatabases[] = {
    {"include", "a list of database names such as [app, audit]",
     [](const Node& value, Databases& databases) { return put(databases.include, names(value)); }},
    {"exclude", "a list of database names such as [app, audit]",
     [](const Node& value, Databases& databases) { return put(databases.exclude, names(value)); }},
};

constexpr Setting<Web> kWeb[] = {
    {"listen_address", "HOST:PORT or :PORT, such as 0.0.0.0:9187, port 0 to 65535",
     [](const Node& value, Web& web) {
       return is_listen_address(value.text) && put(web.listen_address, text(value));
     }},
    {"telemetry_path",
     "a path such as /metrics, other than /, /-/healthy, /-/ready, /api/v1/status and /runbooks",
     [](const Node& value, Web& web) {
       return is_telemetry_path(value.text) && put(web.telemetry_path, text(value));
     }},
};

constexpr Setting<Log> kLog[] = {
    {"level", "debug, info, warn or error",
     [](const Node& value, Log& log) { return choose(value, kLogLevels, log.level); }},
    {"format", "logfmt or json",
     [](const Node& value, Log& log) { return choose(value, kLogFormats, log.format); }},
};

bool take_hold(const Node& value, ThresholdOverride& limits) {
  const auto hold = duration(value, base::Millis(0));
  if (!hold || (*hold % base::Seconds(1)).count() != 0) return false;
  limits.hold = std::chrono::duration_cast<base::Seconds>(*hold);
  return true;
}

constexpr Setting<ThresholdOverride> kHold = {"hold", "a duration in whole seconds such as 5m, at most 24h",
                                              take_hold};
constexpr std::string_view kRatioExpected = "a ratio above 0 and at most 1, such as 0.80";
constexpr Setting<ThresholdOverride> kRatioLimits[] = {
    {"warning", kRatioExpected,
     [](const Node& value, ThresholdOverride& limits) {
       return put(limits.warning, positive(value, kRatio));
     }},
    {"critical", kRatioExpected,
     [](const Node& value, ThresholdOverride& limits) {
       return put(limits.critical, positive(value, kRatio));
     }},
    kHold,
};

/// Seconds as a plain number, or a duration.
std::optional<double> seconds(const Node& value) {
  if (const auto length = duration(value, base::Millis(1)))
    return std::chrono::duration<double>(*length).count();
  return positive(value, kMonth);
}

constexpr std::string_view kTimeExpected = "a duration such as 500ms, or seconds such as 0.5, above 0";
constexpr Setting<ThresholdOverride> kTimeLimits[] = {
    {"warning", kTimeExpected,
     [](const Node& value, ThresholdOverride& limits) { return put(limits.warning, seconds(value)); }},
    {"critical", kTimeExpected,
     [](const Node& value, ThresholdOverride& limits) { return put(limits.critical, seconds(value)); }},
    kHold,
};

constexpr double kHuge = 1e18;
constexpr std::string_view kNumberExpected = "a number above 0, such as 12; sizes are in bytes";
constexpr Setting<ThresholdOverride> kNumberLimits[] = {
    {"warning", kNumberExpected,
     [](const Node& value, ThresholdOverride& limits) {
       return put(limits.warning, positive(value, kHuge));
     }},
    {"critical", kNumberExpected,
     [](const Node& value, ThresholdOverride& limits) {
       return put(limits.critical, positive(value, kHuge));
     }},
    kHold,
};

std::span<const Setting<ThresholdOverride>> limit_settings(model::Unit unit) {
  if (unit == model::Unit::ratio) return kRatioLimits;
  if (unit == model::Unit::seconds) return kTimeLimits;
  return kNumberLimits;
}

constexpr Setting<CollectorOverride> kCollector[] = {
    {"enabled", "true or false",
     [](const Node& value, CollectorOverride& change) { return put(change.enabled, boolean(value)); }},
    {"interval", "a duration from 1s to 24h, such as 15s",
     [](const Node& value, CollectorOverride& change) {
       return put(change.interval, duration(value, base::Seconds(1)));
     }},
    {"timeout", "a duration from 1ms to the interval, such as 5s",
     [](const Node& value, CollectorOverride& change) {
       return put(change.timeout, duration(value, base::Millis(1)));
     }},
    {"max_rows", "a number from 1 to 1000000",
     [](const Node& value, CollectorOverride& change) {
       return put(change.max_rows, count(value, 1, kMaxRows));
     }},
};

constexpr Setting<Mount> kMount[] = {
    {"path", "an absolute path such as /bitnami/postgresql",
     [](const Node& value, Mount& mount) {
       return value.text.starts_with('/') && put(mount.path, text(value));
     }},
    {"role", "data, wal, tablespace or log",
     [](const Node& value, Mount& mount) {
       constexpr std::array<std::string_view, 4> kRoles = {"data", "wal", "tablespace", "log"};
       return std::find(kRoles.begin(), kRoles.end(), value.text) != kRoles.end() &&
              put(mount.role, text(value));
     }},
};

constexpr Setting<DetectShutdown> kDetectShutdown[] = {
    {"ping", "true or false",
     [](const Node& value, DetectShutdown& detect) { return put(detect.ping, boolean(value)); }},
};

Status read_databases(const Place& at, Config& config) {
  Databases& databases = config.databases;
  if (Status map = read_map<Databases>(at, kDatabases, databases); !map) return map;
  for (const std::string& name : databases.include)
    if (std::find(databases.exclude.begin(), databases.exclude.end(), name) != databases.exclude.end())
      return wrong(at, "{} both includes and excludes {}; name it in one of the lists", at.path, shown(name));
  return {};
}

/// A constant label beside a label of the same name would make a page that Prometheus refuses.
std::string_view user_of_label(std::string_view label, std::span<const model::CollectorSpec* const> all) {
  constexpr std::array<std::string_view, 9> kOwn = {"collector", "compiler", "kind",     "le",     "quantile",
                                                    "reason",    "rule",     "severity", "version"};
  if (std::find(kOwn.begin(), kOwn.end(), label) != kOwn.end()) return "pgvigil's own metrics";
  for (const model::CollectorSpec* spec : all)
    for (const model::Column& column : spec->columns)
      if (column.use == model::Use::label && column.name == label) return spec->name;
  return {};
}

Status read_labels(const Place& at, Config& config) {
  if (Status map = expect_map(at); !map) return map;
  for (const Entry& entry : at.node->entries) {
    const Place here = at.inside(entry);
    if (!is_label_name(entry.key))
      return wrong(here, "{} is not a label name; it must be letters, digits and _, not led by a digit or __",
                   shown(entry.key));
    if (const auto user = user_of_label(entry.key, known(config, at.catalogue)); !user.empty())
      return wrong(here, "the label '{}' is taken by {}; choose another name", entry.key, user);
    if (entry.value.kind != Node::Kind::scalar) return wrong_value(here, "a text");
    config.labels[entry.key] = entry.value.text;
  }
  return {};
}

/// A section whose keys are the names of things that exist: reads each thing's own section by `read_one`.
template <typename Thing, typename ReadOne>
Status read_named(const Place& at, std::string_view what, std::span<const Thing* const> things,
                  std::string_view Thing::*name, ReadOne read_one) {
  if (Status map = expect_map(at); !map) return map;
  for (const Entry& entry : at.node->entries) {
    const auto thing =
        std::find_if(things.begin(), things.end(), [&](const Thing* one) { return one->*name == entry.key; });
    if (thing == things.end()) {
      std::vector<std::string_view> known;
      for (const Thing* one : things) known.push_back(one->*name);
      return unknown(at.inside(entry), what, entry.key, known);
    }
    if (Status one = read_one(at.inside(entry), **thing); !one) return one;
  }
  return {};
}

/// That a rule has the levels that are given, and the worse one on the worse side.
Status check_limits(const Place& at, const model::Rule& rule, const ThresholdOverride& change) {
  if (change.warning && std::isnan(rule.limits.warning))
    return wrong(at, "{} has no warning; it has critical and hold", at.path);
  if (change.critical && std::isnan(rule.limits.critical))
    return wrong(at, "{} has no critical; it has warning and hold", at.path);
  const model::Limits limits = apply(rule.limits, change);
  const bool above = rule.side == model::Side::above;
  if (above ? limits.warning > limits.critical : limits.warning < limits.critical)
    return wrong(at, "{}: warning {} is {} critical {}; it must be at {} that", at.path, limits.warning,
                 above ? "above" : "below", limits.critical, above ? "most" : "least");
  return {};
}

Status read_thresholds(const Place& at, Config& config) {
  return read_named(at, "rule", at.rules, &model::Rule::id,
                    [&](const Place& here, const model::Rule& rule) -> Status {
                      ThresholdOverride& change = config.thresholds[std::string(rule.id)];
                      if (Status map = read_map(here, limit_settings(rule.indicator.unit), change); !map)
                        return map;
                      return check_limits(here, rule, change);
                    });
}

Status read_collectors(const Place& at, Config& config) {
  const auto read_one = [&](const Place& here, const model::CollectorSpec& spec) -> Status {
    CollectorOverride& change = config.collectors[std::string(spec.name)];
    if (Status map = read_map<CollectorOverride>(here, kCollector, change); !map) return map;
    const model::CollectorSpec changed = apply(spec, change);
    if (changed.timeout > changed.interval)
      return wrong(here, "{}: the timeout {} is longer than the interval {}; it must be at most that",
                   here.path, duration_text(changed.timeout), duration_text(changed.interval));
    if (const auto fault = model::fault(changed))
      return wrong(here, "{}: {} {}", here.path, fault.reason, fault.where);
    return {};
  };
  const std::vector<const model::CollectorSpec*> all = known(config, at.catalogue);
  return read_named<model::CollectorSpec>(at, "collector", all, &model::CollectorSpec::name, read_one);
}

Status read_mounts(const Place& at, Config& config) {
  if (at.node->kind == Node::Kind::scalar || at.node->kind == Node::Kind::map)
    return wrong_value(at, "a list such as [{path: /bitnami/postgresql, role: data}]");
  config.mounts.clear();
  for (const Entry& entry : at.node->entries) {
    Place here = at.inside(entry);
    here.path = fmt::format("{}[{}]", at.path, config.mounts.size());
    Mount mount;
    if (Status map = read_map<Mount>(here, kMount, mount); !map) return map;
    if (mount.path.empty() || mount.role.empty())
      return wrong(here, "{} lacks its {}; a mount has a path and a role", here.path,
                   mount.path.empty() ? "path" : "role");
    for (const Mount& other : config.mounts)
      if (other.path == mount.path)
        return wrong(here, "{} names {} again; name each path once", here.path, shown(mount.path));
    config.mounts.push_back(std::move(mount));
  }
  return {};
}

constexpr Setting<Config> kRoot[] = {
    {"dsn", "a connection string such as \"host=db dbname=app\", or a URI",
     [](const Node& value, Config& config) { return put(config.dsn, text(value)); }},
    {"collector_files", {}, nullptr, read_collector_files},
    {"queries_file", {}, nullptr, read_queries_file},
    {"queries_in_each_database", {}, nullptr, read_in_each_database},
    {"databases", {}, nullptr, read_databases},
    {"web", {}, nullptr, [](const Place& at, Config& config) { return read_map<Web>(at, kWeb, config.web); }},
    {"log", {}, nullptr, [](const Place& at, Config& config) { return read_map<Log>(at, kLog, config.log); }},
    {"labels", {}, nullptr, read_labels},
    {"thresholds", {}, nullptr, read_thresholds},
    {"collectors", {}, nullptr, read_collectors},
    {"mounts", {}, nullptr, read_mounts},
    {"detect_shutdown",
     {},
     nullptr,
     [](const Place& at, Config& config) {
       return read_map<DetectShutdown>(at, kDetectShutdown, config.detect_shutdown);
     }},
    {"alerting", {}, nullptr, read_alerting},
    {"cost", {}, nullptr, read_cost},
};

}  // namespace

base::Result<void> apply_tree(const Node& root, std::string_view origin, Catalogue catalogue, Rules rules,
                              Config& config) {
  const Node ordered = files_first(root);
  return read_map<Config>({origin, catalogue, rules, &ordered, {}, root.line}, kRoot, config);
}

}  // namespace pgvigil::config
