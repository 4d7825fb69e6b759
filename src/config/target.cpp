#include "config/target.hpp"

#include <array>
#include <chrono>
#include <utility>

#include "config/threshold.hpp"
#include "pgvigil/config/duration.hpp"

namespace pgvigil::config {
namespace {

constexpr std::size_t kMaxRows = 1'000'000;

constexpr Setting<Databases> kDatabases[] = {
    {"include", "a list of database names such as [app, audit]",
     [](const Node& value, Databases& databases) { return put(databases.include, names(value)); }},
    {"exclude", "a list of database names such as [app, audit]",
     [](const Node& value, Databases& databases) { return put(databases.exclude, names(value)); }},
};

constexpr Setting<CollectorOverride> kCollector[] = {
    {"enabled", "true or false",
     [](const Node& value, CollectorOverride& change) { return put(change.enabled, boolean(value)); }},
    {"interval", "a duration from 100ms to 24h, such as 15s",
     [](const Node& value, CollectorOverride& change) {
       return put(change.interval, duration(value, base::Millis(100)));
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

constexpr std::string_view kGroup = "group";  // no collector has this name

constexpr std::array<std::pair<std::string_view, model::Group>, 3> kGroups = {
    {{name(model::Group::minimal), model::Group::minimal},
     {name(model::Group::standard), model::Group::standard},
     {name(model::Group::all), model::Group::all}}};

/// A constant label beside a label of the same name would make a page that Prometheus refuses.
std::string_view user_of_label(std::string_view label, std::span<const model::CollectorSpec* const> all) {
  constexpr std::array<std::string_view, 10> kOwn = {
      "collector", "compiler", "kind", "le", "quantile", "reason", "rule", "severity", "target", "version"};
  if (std::find(kOwn.begin(), kOwn.end(), label) != kOwn.end()) return "pgvigil's own metrics";
  for (const model::CollectorSpec* spec : all)
    for (const model::Column& column : spec->columns)
      if (column.use == model::Use::label && column.name == label) return spec->name;
  return {};
}

/// Letters, digits, `_`, `-` and `.`: fit for an URL, a label and a log as it stands.
bool is_target_name(std::string_view text) {
  constexpr std::size_t kLongest = 100;
  constexpr std::string_view kOf = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  return !text.empty() && text.size() <= kLongest && text.find_first_not_of(kOf) == std::string_view::npos;
}

}  // namespace

Status read_databases(const Place& at, TargetConfig& target) {
  Databases& databases = target.databases;
  if (Status map = read_map<Databases>(at, kDatabases, databases); !map) return map;
  for (const std::string& name : databases.include)
    if (std::find(databases.exclude.begin(), databases.exclude.end(), name) != databases.exclude.end())
      return wrong(at, "{} both includes and excludes {}; name it in one of the lists", at.path, shown(name));
  return {};
}

Status read_labels(const Place& at, TargetConfig& target) {
  if (Status map = expect_map(at); !map) return map;
  for (const Entry& entry : at.node->entries) {
    const Place here = at.inside(entry);
    if (!is_label_name(entry.key))
      return wrong(here, "{} is not a label name; it must be letters, digits and _, not led by a digit or __",
                   shown(entry.key));
    if (const auto user = user_of_label(entry.key, known(target, at.catalogue)); !user.empty())
      return wrong(here, "the label '{}' is taken by {}; choose another name", entry.key, user);
    if (entry.value.kind != Node::Kind::scalar) return wrong_value(here, "a text");
    target.labels[entry.key] = entry.value.text;
  }
  return {};
}

Status read_collectors(const Place& at, TargetConfig& target) {
  const auto read_one = [&](const Place& here, const model::CollectorSpec& spec) -> Status {
    CollectorOverride& change = target.collectors[std::string(spec.name)];
    if (Status map = read_map<CollectorOverride>(here, kCollector, change); !map) return map;
    const model::CollectorSpec changed = apply(spec, change);
    if (changed.timeout > changed.interval)
      return wrong(here, "{}: the timeout {} is longer than the interval {}; it must be at most that",
                   here.path, duration_text(changed.timeout), duration_text(changed.interval));
    if (const auto fault = model::fault(changed))
      return wrong(here, "{}: {} {}", here.path, fault.reason, fault.where);
    return {};
  };
  Node named = *at.node;
  for (const Entry& entry : at.node->entries)
    if (entry.key == kGroup && !choose(entry.value, kGroups, target.group))
      return wrong_value(at.inside(entry), "minimal, default or all");
  std::erase_if(named.entries, [](const Entry& entry) { return entry.key == kGroup; });
  Place rest = at;
  rest.node = &named;
  const std::vector<const model::CollectorSpec*> all = known(target, at.catalogue);
  return read_named<model::CollectorSpec>(rest, "collector", all, &model::CollectorSpec::name, read_one);
}

Status read_mounts(const Place& at, TargetConfig& target) {
  if (at.node->kind == Node::Kind::scalar || at.node->kind == Node::Kind::map)
    return wrong_value(at, "a list such as [{path: /bitnami/postgresql, role: data}]");
  target.mounts.clear();
  for (const Entry& entry : at.node->entries) {
    Place here = at.inside(entry);
    here.path = fmt::format("{}[{}]", at.path, target.mounts.size());
    Mount mount;
    if (Status map = read_map<Mount>(here, kMount, mount); !map) return map;
    if (mount.path.empty() || mount.role.empty())
      return wrong(here, "{} lacks its {}; a mount has a path and a role", here.path,
                   mount.path.empty() ? "path" : "role");
    for (const Mount& other : target.mounts)
      if (other.path == mount.path)
        return wrong(here, "{} names {} again; name each path once", here.path, shown(mount.path));
    target.mounts.push_back(std::move(mount));
  }
  return {};
}

Status read_detect_shutdown(const Place& at, TargetConfig& target) {
  return read_map<DetectShutdown>(at, kDetectShutdown, target.detect_shutdown);
}

bool is_target_key(std::string_view key) {
  return std::ranges::find(kTargetSettings<TargetConfig>, key, &Setting<TargetConfig>::key) !=
         kTargetSettings<TargetConfig>.end();
}

Status read_target(const Place& at, TargetConfig& target) {
  return read_map<TargetConfig>(at, kTargetSettings<TargetConfig>, target);
}

Status read_targets(const Place& at, Config& config) {
  if (Status map = expect_map(at); !map) return map;
  for (const Entry& entry : at.node->entries) {
    const Place here = at.inside(entry);
    if (!is_target_name(entry.key))
      return wrong(here, "{} is no name for a target; it must be at most 100 letters, digits, _, - and .",
                   shown(entry.key));
    TargetConfig target = static_cast<const TargetConfig&>(config);
    target.name = entry.key;
    if (Status read = read_target(here, target); !read) return read;
    if (target.dsn.empty())
      return wrong(here, "{} lacks its dsn; write a connection string or URI", here.path);
    config.targets.push_back(std::move(target));
  }
  std::ranges::sort(config.targets, {}, &TargetConfig::name);
  return {};
}

}  // namespace pgvigil::config
