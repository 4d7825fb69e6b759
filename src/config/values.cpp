#include "config/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>

#include "pgvigil/base/text.hpp"
#include "pgvigil/config/duration.hpp"

namespace pgvigil::config {
namespace {

struct TimeUnit {
  std::string_view name;
  base::Millis length;
};

constexpr std::array<TimeUnit, 4> kTimeUnits = {{{"h", std::chrono::hours(1)},
                                                 {"m", std::chrono::minutes(1)},
                                                 {"s", std::chrono::seconds(1)},
                                                 {"ms", base::Millis(1)}}};
constexpr base::Millis kLongest = std::chrono::hours(24);
constexpr std::size_t kShownLength = 60;

/// The whole text as a number, without sign, blanks or rest.
template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<base::Millis> parse_duration(std::string_view text) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = number_in<std::int32_t>(text.substr(0, digits));
  const auto unit = std::find_if(kTimeUnits.begin(), kTimeUnits.end(),
                                 [&](const TimeUnit& known) { return known.name == text.substr(digits); });
  if (!number || unit == kTimeUnits.end() || *number > kLongest / unit->length) return std::nullopt;
  return *number * unit->length;
}

std::string duration_text(base::Millis duration) {
  if (duration.count() == 0) return "0s";
  const auto unit = std::find_if(kTimeUnits.begin(), kTimeUnits.end(), [&](const TimeUnit& known) {
    return (duration % known.length).count() == 0;
  });
  return fmt::format("{}{}", duration / unit->length, unit->name);
}

std::string shown(std::string_view text) {
  if (text.find('=') != std::string_view::npos || text.find("://") != std::string_view::npos)
    return "(not shown)";
  return fmt::format("'{}{}'", base::one_line(text.substr(0, kShownLength)),
                     text.size() > kShownLength ? "..." : "");
}

std::optional<std::string> text(const Node& node) {
  if (node.kind != Node::Kind::scalar) return std::nullopt;
  return node.text;
}

std::optional<bool> boolean(const Node& node) {
  if (node.kind != Node::Kind::scalar || (node.text != "true" && node.text != "false")) return std::nullopt;
  return node.text == "true";
}

std::optional<std::size_t> count(const Node& node, std::size_t least, std::size_t most) {
  const auto value = number_in<std::size_t>(node.text);
  if (!value || *value < least || *value > most) return std::nullopt;
  return value;
}

std::optional<double> positive(const Node& node, double most) {
  const auto value = number_in<double>(node.text);
  if (!value || !std::isfinite(*value) || *value <= 0 || *value > most) return std::nullopt;
  return value;
}

std::optional<base::Millis> duration(const Node& node, base::Millis least) {
  const auto value = parse_duration(node.text);
  if (!value || *value < least) return std::nullopt;
  return value;
}

std::optional<std::vector<std::string>> names(const Node& node) {
  if (node.kind == Node::Kind::scalar || node.kind == Node::Kind::map) return std::nullopt;
  std::vector<std::string> list;
  for (const Entry& entry : node.entries) {
    if (entry.value.text.empty()) return std::nullopt;
    list.push_back(entry.value.text);
  }
  return list;
}

bool is_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || !number_in<std::uint16_t>(text.substr(colon + 1))) return false;
  std::string_view host = text.substr(0, colon);
  const bool ipv6 = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (ipv6) host = host.substr(1, host.size() - 2);
  return std::all_of(host.begin(), host.end(), [&](char c) {
    return letter(c) || digit(c) || c == '.' || (ipv6 ? c == ':' : c == '-');
  });
}

bool is_telemetry_path(std::string_view text) {
  constexpr std::array<std::string_view, 5> kTaken = {"/", "/api/v1/status", "/probe", "/sd", "/runbooks"};
  if (!text.starts_with('/') || std::find(kTaken.begin(), kTaken.end(), text) != kTaken.end()) return false;
  if (text.starts_with("/runbooks/") || text.starts_with("/-/")) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return letter(c) || digit(c) || std::string_view("/.-~").find(c) != std::string_view::npos;
  });
}

bool is_label_name(std::string_view text) {
  if (text.empty() || digit(text.front()) || text.starts_with("__")) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return letter(c) || digit(c); });
}

}  // namespace pgvigil::config
