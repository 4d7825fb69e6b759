#pragma once

#include <array>

#include "config/section.hpp"
#include "config/threshold.hpp"

/// What is said of a server: of one target, or at the root of all of them.
namespace pgvigil::config {

Status read_databases(const Place& at, TargetConfig& target);
Status read_labels(const Place& at, TargetConfig& target);
Status read_collectors(const Place& at, TargetConfig& target);
Status read_mounts(const Place& at, TargetConfig& target);
Status read_detect_shutdown(const Place& at, TargetConfig& target);

template <typename T, Status (*read)(const Place&, TargetConfig&)>
Status as_target(const Place& at, T& target) {
  return read(at, target);
}

/// The keys of a target, and of the root, where they are each target's default.
template <typename T>
inline constexpr auto kTargetSettings = std::to_array<Setting<T>>({
    {"dsn", "a connection string such as \"host=db dbname=app\", or a URI",
     [](const Node& value, T& target) { return put(target.dsn, text(value)); }},
    {"password_file", "the path of a file",
     [](const Node& value, T& target) { return put(target.password_file, text(value)); }},
    {"databases", {}, nullptr, as_target<T, read_databases>},
    {"labels", {}, nullptr, as_target<T, read_labels>},
    {"thresholds", {}, nullptr, as_target<T, read_thresholds>},
    {"collectors", {}, nullptr, as_target<T, read_collectors>},
    {"mounts", {}, nullptr, as_target<T, read_mounts>},
    {"detect_shutdown", {}, nullptr, as_target<T, read_detect_shutdown>},
});

bool is_target_key(std::string_view key);

/// One target's own keys, over what `target` has already.
Status read_target(const Place& at, TargetConfig& target);

/// All of them, by name. The root's other sections must have been read.
Status read_targets(const Place& at, Config& config);

}  // namespace pgvigil::config
