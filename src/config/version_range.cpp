#include "config/version_range.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "pgvigil/base/text.hpp"

namespace pgvigil::config {
namespace {

constexpr int kOldest = 13;
constexpr int kNewest = 60;  // far above what there is
constexpr int kLastMinor = 99;

using Version = std::array<int, 3>;

/// "13.2.0"; parts that are left out, or an x, match any.
struct Comparison {
  std::string_view sign;
  Version version{};
  std::size_t parts = 0;

  bool holds(const Version& of) const {
    int order = 0;
    for (std::size_t i = 0; i < parts && order == 0; ++i)
      order = of[i] < version[i] ? -1 : static_cast<int>(of[i] > version[i]);
    if (sign == ">") return order > 0;
    if (sign == ">=") return order >= 0;
    if (sign == "<") return order < 0;
    if (sign == "<=") return order <= 0;
    return sign == "!=" || sign == "!" ? order != 0 : order == 0;
  }
};

using All = std::vector<Comparison>;
using Any = std::vector<All>;

/// Takes "13.2.x" off the front.
bool take_version(std::string_view& text, Comparison& comparison) {
  while (comparison.parts < comparison.version.size()) {
    if (text.starts_with('x') || text.starts_with('X') || text.starts_with('*')) {
      text.remove_prefix(1);
      if (text.starts_with(".x")) text.remove_prefix(2);
      return comparison.parts > 0;
    }
    int& part = comparison.version[comparison.parts];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (error != std::errc{} || part < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    ++comparison.parts;
    if (!text.starts_with('.')) return true;
    text.remove_prefix(1);
  }
  return false;
}

std::optional<All> parse_all(std::string_view text) {
  constexpr std::array<std::string_view, 8> kSigns = {">=", "<=", "!=", "==", ">", "<", "=", "!"};
  All all;
  for (text = base::trim(text); !text.empty(); text = base::trim(text)) {
    Comparison comparison;
    const auto sign = std::find_if(kSigns.begin(), kSigns.end(),
                                   [&](std::string_view known) { return text.starts_with(known); });
    if (sign != kSigns.end()) comparison.sign = *sign;
    text = base::trim(text.substr(comparison.sign.size()));
    if (!take_version(text, comparison)) return std::nullopt;
    all.push_back(comparison);
  }
  return all.empty() ? std::nullopt : std::optional(all);
}

std::optional<Any> parse(std::string_view text) {
  Any any;
  while (true) {
    const auto end = text.find("||");
    auto all = parse_all(text.substr(0, end));
    if (!all) return std::nullopt;
    any.push_back(std::move(*all));
    if (end == std::string_view::npos) return any;
    text.remove_prefix(end + 2);
  }
}

bool holds(const Any& any, const Version& of) {
  return std::any_of(any.begin(), any.end(), [&](const All& all) {
    return std::all_of(all.begin(), all.end(), [&](const Comparison& one) { return one.holds(of); });
  });
}

}  // namespace

tl::expected<VersionRange, std::string_view> version_range(std::string_view text) {
  const auto any = parse(text);
  if (!any) return tl::unexpected(std::string_view("is no range of versions"));
  VersionRange range;
  bool inside = false;
  int stretches = 0;
  for (int major = kOldest; major <= kNewest; ++major) {
    const bool first = holds(*any, {major, 0, 0});
    for (int minor = 1; minor <= kLastMinor; ++minor)
      if (holds(*any, {major, minor, 0}) != first)
        return tl::unexpected(std::string_view("tells minor versions of PostgreSQL apart"));
    if (first && !inside) {
      if (major > kOldest) range.since = major;
      ++stretches;
    }
    if (!first && inside) range.before = major;
    inside = first;
  }
  if (stretches > 1) return tl::unexpected(std::string_view("has a gap"));
  range.empty = stretches == 0;
  return range;
}

}  // namespace pgvigil::config
