#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "generate/groups.hpp"
#include "generate/promql.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/generate/generate.hpp"

namespace pgvigil::generate {
namespace {

constexpr std::size_t kWidth = 120;

constexpr std::string_view kPlainFile =
    "# Recording and alerting rules for Prometheus 2.42 and later. Made by `pgvigil generate`: do not edit.\n"
    "# Their numbers come from pgvigil's rules and configuration; docs/alerts.md lists them.\n";

constexpr std::string_view kObject =
    R"(# The rules of pgvigil.rules.yml for Prometheus' operator. Made by `pgvigil generate`: do not edit.
# The operator takes this object in only if the ruleSelector of its Prometheus selects the labels below;
# many installations ask for a label such as `release: NAME` besides: add it.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: pgvigil
  labels:
    app.kubernetes.io/name: pgvigil
spec:
)";

std::string spaces(std::size_t count) { return std::string(count, ' '); }

/// A text that YAML reads as itself without quotes.
bool is_plain(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view kInside = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:-";
  constexpr std::array<std::string_view, 10> kWords = {"true", "false", "null", "yes", "no",
                                                       "on",   "off",   "y",    "n",   "~"};
  if (text.empty() || kLetters.find(text.front()) == std::string_view::npos || text.back() == ':')
    return false;
  for (const std::string_view word : kWords)
    if (text == word) return false;
  return text.find_first_not_of(kInside) == std::string_view::npos;
}

/// In single quotes, within which nothing is special; in double ones where that does not do.
std::string quoted(std::string_view text) {
  const bool simple =
      text.find('\'') == std::string_view::npos && std::ranges::none_of(text, base::is_control);
  if (simple) return fmt::format("'{}'", text);
  std::string out = "\"";
  for (const char c : text) {
    if (base::is_control(c))
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    else if (c == '"' || c == '\\')
      out += {'\\', c};
    else
      out += c;
  }
  return out + "\"";
}

/// The end of the line that begins at `from`: the last blank at which a folded text may be broken. One blank
/// between two words: YAML puts exactly that back.
std::size_t line_end(std::string_view text, std::size_t from, std::size_t width) {
  const auto may_break = [&](std::size_t at) {
    return text[at] == ' ' && at + 1 < text.size() && text[at + 1] != ' ' && text[at - 1] != ' ';
  };
  if (text.size() - from <= width) return text.size();
  std::size_t end = from + width;
  while (end > from && !may_break(end)) --end;
  if (end > from) return end;
  for (end = from + width; end < text.size() && !may_break(end);) ++end;
  return end;
}

/// A text as a value behind `key:`, in one line or folded over several.
std::string scalar(std::string_view text, std::size_t indent, std::size_t key_width) {
  if (is_plain(text)) return fmt::format(" {}\n", text);
  const std::string one = quoted(text);
  const bool fits = indent + key_width + one.size() + 2 <= kWidth;
  if (fits || text.starts_with(' ') || text.ends_with(' ') || std::ranges::any_of(text, base::is_control))
    return fmt::format(" {}\n", one);
  std::string out = " >-\n";
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = line_end(text, from, kWidth - indent - 2);
    out += fmt::format("{}{}\n", spaces(indent + 2), text.substr(from, end - from));
    from = end + 1;
  }
  return out;
}

std::string pair(std::string_view key, std::string_view text, std::size_t indent) {
  return fmt::format("{}{}:{}", spaces(indent), key, scalar(text, indent, key.size()));
}

std::string map(std::string_view key, const Pairs& pairs, std::size_t indent) {
  if (pairs.empty()) return {};
  std::string out = fmt::format("{}{}:\n", spaces(indent), key);
  for (const auto& [name, text] : pairs) out += pair(name, text, indent + 2);
  return out;
}

std::string yaml(const Entry& entry, std::size_t indent) {
  const bool records = !entry.record.empty();
  std::string out =
      spaces(indent) + "- " + pair(records ? "record" : "alert", records ? entry.record : entry.alert, 0);
  indent += 2;
  out += pair("expr", entry.expr, indent);
  if (entry.hold.count() > 0) out += fmt::format("{}for: {}\n", spaces(indent), promql_duration(entry.hold));
  if (entry.keep_firing.count() > 0)
    out += fmt::format("{}keep_firing_for: {}\n", spaces(indent), promql_duration(entry.keep_firing));
  return out + map("labels", entry.labels, indent) + map("annotations", entry.annotations, indent);
}

/// `groups:` and all below it, as both files have it.
std::string yaml(const std::vector<Group>& groups, std::size_t indent) {
  std::string out = spaces(indent) + "groups:\n";
  for (const Group& group : groups) {
    out += fmt::format("{}- name: {}\n", spaces(indent + 2), group.name);
    out += fmt::format("{}interval: {}\n", spaces(indent + 4), promql_duration(group.interval));
    out += fmt::format("{}rules:\n", spaces(indent + 4));
    for (const Entry& entry : group.entries) out += yaml(entry, indent + 6);
  }
  return out;
}

}  // namespace

std::vector<File> alerts(const Options& options) {
  const std::vector<Group> all = groups(options);
  return {{"alerts/pgvigil.rules.yml", std::string(kPlainFile) + yaml(all, 0)},
          {"alerts/prometheusrule.yml", std::string(kObject) + yaml(all, 2)}};
}

}  // namespace pgvigil::generate
