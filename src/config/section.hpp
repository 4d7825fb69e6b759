#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/document.hpp"
#include "config/values.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/config/config.hpp"

/// How a map of settings is read: one table row a key.
namespace pgvigil::config {

using Status = base::Result<void>;

/// Where reading stands: what is known of the world, and the node with its path and line for messages.
struct Place {
  std::string_view origin;
  Catalogue catalogue;
  Rules rules;
  const Node* node = nullptr;
  std::string path;  ///< one line, whatever is in the keys
  int line = 0;

  Place inside(const Entry& entry) const {
    const std::string key = base::one_line(entry.key);
    return {origin,    catalogue, rules, &entry.value, path.empty() ? key : fmt::format("{}.{}", path, key),
            entry.line};
  }
};

template <typename... Args>
tl::unexpected<base::Error> wrong(const Place& at, fmt::format_string<Args...> format, Args&&... args) {
  const std::string where = at.line == 0 ? std::string(at.origin) : fmt::format("{}:{}", at.origin, at.line);
  return base::within(where, {base::ErrorKind::config, fmt::format(format, std::forward<Args>(args)...), {}});
}

/// A key of a map that sets something in a T: either a value (`take`, which says whether it was one;
/// `expects` completes "it must be") or a map of its own (`section`).
template <typename T>
struct Setting {
  std::string_view key;
  std::string_view expects;
  bool (*take)(const Node& value, T& target) = nullptr;
  Status (*section)(const Place& at, T& target) = nullptr;
};

/// "web.telemetry_path is 'x'; it must be …"
inline tl::unexpected<base::Error> wrong_value(const Place& at, std::string_view expects) {
  const bool is_text = at.node->kind == Node::Kind::scalar;
  return wrong(at, "{} is {}; it must be {}", at.path,
               is_text ? shown(at.node->text) : std::string(name(at.node->kind)), expects);
}

/// "unknown key 'intreval' in collectors.wal; did you mean 'interval'?"; with nothing near, all that is
/// known.
inline tl::unexpected<base::Error> unknown(const Place& at, std::string_view what, std::string_view key,
                                           std::span<const std::string_view> known) {
  const std::string where = at.path.empty() || what != "key" ? "" : fmt::format(" in {}", at.path);
  if (const auto near = base::nearest(key, known))
    return wrong(at, "unknown {} {}{}; did you mean '{}'?", what, shown(key), where, *near);
  return wrong(at, "unknown {} {}{}; known are {}", what, shown(key), where, fmt::join(known, ", "));
}

/// An empty section is a section without keys.
inline Status expect_map(const Place& at) {
  if (at.node->kind == Node::Kind::map || at.node->kind == Node::Kind::null) return {};
  if (at.path.empty())
    return wrong(at, "the file is {}; it must be a map of settings such as `web:`", name(at.node->kind));
  return wrong_value(at, "a map of settings");
}

template <typename T>
Status read_map(const Place& at, std::span<const Setting<T>> settings, T& target) {
  if (Status map = expect_map(at); !map) return map;
  for (const Entry& entry : at.node->entries) {
    const Place here = at.inside(entry);
    const auto row = std::find_if(settings.begin(), settings.end(),
                                  [&](const Setting<T>& setting) { return setting.key == entry.key; });
    if (row == settings.end()) {
      std::vector<std::string_view> keys;
      for (const Setting<T>& setting : settings) keys.push_back(setting.key);
      Place container = at;
      container.line = entry.line;
      return unknown(container, "key", entry.key, keys);
    }
    if (row->section != nullptr) {
      if (Status section = row->section(here, target); !section) return section;
    } else if (!row->take(entry.value, target)) {
      return wrong_value(here, row->expects);
    }
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

}  // namespace pgvigil::config
