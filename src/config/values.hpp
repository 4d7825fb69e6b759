#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/document.hpp"
#include "pgvigil/base/clock.hpp"

/// Texts as values. Each function gives nothing where the node or text is not such a value.
namespace pgvigil::config {

/// 'text' as a message quotes it: one line, cut at 60 characters; hidden where it may be a connection string.
std::string shown(std::string_view text);

std::optional<std::string> text(const Node& node);
std::optional<bool> boolean(const Node& node);
/// A whole number from `least` to `most`.
std::optional<std::size_t> count(const Node& node, std::size_t least, std::size_t most);
/// A finite number above 0 and at most `most`.
std::optional<double> positive(const Node& node, double most);
/// A duration of at least `least`.
std::optional<base::Millis> duration(const Node& node, base::Millis least);
/// A list of texts, none of them empty.
std::optional<std::vector<std::string>> names(const Node& node);

/// "host:port", ":port" or "[IPv6]:port".
bool is_listen_address(std::string_view text);
/// A path that a page can have beside the daemon's own pages.
bool is_telemetry_path(std::string_view text);
/// [a-zA-Z_][a-zA-Z0-9_]*, and not Prometheus' own `__…`.
bool is_label_name(std::string_view text);

/// Takes the value over where there is one; says whether there was.
template <typename Target, typename Value>
bool put(Target& target, std::optional<Value>&& value) {
  if (value) target = std::move(*value);
  return value.has_value();
}

/// Takes one of a few words; says whether it was one.
template <typename Value, std::size_t N>
bool choose(const Node& node, const std::array<std::pair<std::string_view, Value>, N>& choices,
            Value& target) {
  const auto found = std::find_if(choices.begin(), choices.end(), [&](const auto& choice) {
    return node.kind == Node::Kind::scalar && choice.first == node.text;
  });
  if (found != choices.end()) target = found->second;
  return found != choices.end();
}

}  // namespace pgvigil::config
