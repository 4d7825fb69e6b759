#include "generate/metrics_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "generate/texts.hpp"

namespace pgvigil::generate {
namespace {

using model::CollectorSpec;
using model::Column;
using model::Query;
using model::Use;

constexpr std::string_view kIntroduction = R"(# Metrics

Made by `pgvigil generate docs` from the catalogue of collectors: do not edit.

Every metric that a collector exports. "Since" is the version of PostgreSQL, or of the extension that the collector
needs, from which on there are samples; a NULL is no sample. Names marked † are postgres_exporter's, kept although
they break Prometheus' naming rules; new dashboards do better without them where another metric says the same.
pgvigil's metrics of itself (`pg_up`, `pg_exporter_…`, `pg_scrape_…`, `pgvigil_…`, `process_…`) are not a collector's:
they explain themselves on the page, `curl -s localhost:9187/metrics | grep '^# HELP'`.
)";

/// 14 is "14"; of an extension 108 is "1.8".
std::string version(const CollectorSpec& spec, int since) {
  if (spec.extension.empty()) return std::to_string(since);
  return fmt::format("{}.{}", since / 100, since % 100);
}

/// Whether a step of the staircase has the column only for its place: `NULL::bigint AS name`.
bool is_placeholder(std::string_view sql, std::string_view column) {
  constexpr std::string_view kNull = "NULL::";
  const std::string name = fmt::format(" AS {}", column);
  for (auto at = sql.find(kNull); at != std::string_view::npos; at = sql.find(kNull, at + 1)) {
    const std::string_view item = sql.substr(at, std::min(sql.find_first_of(",\n", at), sql.size()) - at);
    if (item.ends_with(name) || item.find(name + " ") != std::string_view::npos) return true;
  }
  return false;
}

/// Whether a step of the staircase has the column at all: where a fold makes the rows, not every one has.
bool mentions(std::string_view sql, std::string_view column) {
  const auto part_of_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  for (auto at = sql.find(column); at != std::string_view::npos; at = sql.find(column, at + 1)) {
    const auto end = at + column.size();
    if ((at == 0 || !part_of_name(sql[at - 1])) && (end == sql.size() || !part_of_name(sql[end])))
      return true;
  }
  return false;
}

/// "13", "14", "13 to 16": the versions that have the column; empty where there is no staircase.
std::string versions(const CollectorSpec& spec, std::string_view column) {
  std::string text;
  bool had = false;
  for (const Query& query : spec.queries) {
    if (query.since == 0) return {};  // for every version
    const bool has = !is_placeholder(query.sql, column) &&
                     (spec.fold != model::Fold::statements || mentions(query.sql, column));
    if (has && !had) text += fmt::format("{}{}", text.empty() ? "" : ", ", version(spec, query.since));
    if (!has && had) text += fmt::format(" to before {}", version(spec, query.since));
    had = has;
  }
  return text;
}

std::string_view type(Use use) {
  switch (use) {
    case Use::counter:
      return "counter";
    case Use::gauge:
      return "gauge";
    case Use::histogram:
      return "histogram";
    default:
      return "untyped";
  }
}

std::string labels(const CollectorSpec& spec) {
  std::vector<std::string_view> names;
  const bool family = std::ranges::any_of(spec.columns, [](const Column& c) { return c.use == Use::family; });
  for (const Column& column : spec.columns)
    if (column.use == Use::label && !family) names.push_back(column.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// How, where and when the collector runs, in one line.
std::string circumstances(const CollectorSpec& spec) {
  std::vector<std::string> parts;
  const std::chrono::duration<double> interval = spec.interval;
  parts.push_back(fmt::format("every {}", amount(interval.count(), model::Unit::seconds)));
  if (spec.source == model::Source::container) parts.emplace_back("from the container's cgroup");
  if (spec.source == model::Source::mounts) parts.emplace_back("from the mounted file systems");
  if (spec.source == model::Source::logs) parts.emplace_back("from the server's log files");
  if (spec.source == model::Source::tls) parts.emplace_back("from the session's TLS handshake");
  if (spec.source == model::Source::probe) parts.emplace_back("by a question of its own");
  if (spec.server == model::Server::pgbouncer) parts.emplace_back("on pgbouncer's console");
  if (spec.scope == model::Scope::database) parts.emplace_back("in each selected database");
  if (spec.role == model::Role::primary) parts.emplace_back("on primaries");
  if (spec.role == model::Role::replica) parts.emplace_back("on standbys");
  if (!spec.extension.empty()) parts.push_back(fmt::format("needs {}", spec.extension));
  parts.push_back(fmt::format("at most {} rows", spec.max_rows));
  if (!spec.enabled) parts.push_back(fmt::format("off unless switched on (`--collector.{}`)", spec.name));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string section(const CollectorSpec& spec) {
  std::string text = fmt::format("\n## {}\n\nRuns {}.", spec.name, circumstances(spec));
  if (const std::string names = labels(spec); !names.empty()) text += fmt::format(" Labels: {}.", names);
  text += "\n\n| Metric | Type | Since | What it says |\n|---|---|---|---|\n";
  for (const Column& column : spec.columns) {
    if (column.use == Use::label) continue;
    const bool family = column.use == Use::family;
    text += fmt::format("| `{}{}`{} | {} | {} | {} |\n", column.metric, family ? "*" : "",
                        column.legacy.empty() ? "" : " †", family ? "gauge" : type(column.use),
                        versions(spec, column.name),
                        family ? "A family a row, named and explained by it." : cell(column.help));
  }
  return text;
}

}  // namespace

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string metrics_page(std::span<const CollectorSpec* const> catalogue) {
  std::string page(kIntroduction);
  for (const CollectorSpec* spec : catalogue) page += section(*spec);
  return page;
}

}  // namespace pgvigil::generate
