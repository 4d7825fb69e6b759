#include "generate/metrics_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "generate/measured.hpp"
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
needs, from which on there are samples; a NULL is no sample. A metric without a unit counts what its text says. Names
marked † are postgres_exporter's, kept although they break Prometheus' naming rules; new dashboards do better without
them where another metric says the same. pgvigil's metrics of itself (`pg_up`, `pg_exporter_…`, `pg_scrape_…`,
`pgvigil_…`, `process_…`) are not a collector's: they explain themselves on the page,
`curl -s localhost:9187/metrics | grep '^# HELP'`.

Costs are the server's CPU time for one run, measured on two servers (`tests/bench/collector_cost`): a small one of one
database, 20 tables, 250 statements and 20 sessions, and a large one of 10 databases with 200 tables each, 5,000
statements and 40 sessions; in each database, where a collector visits them. What a collector needs is a right of
pgvigil's role; [privileges](privileges.md) says what is lost without it.
)";

constexpr std::string_view kGroups = R"(
## By group

`collectors: {group: …}` in the configuration, or `--collectors=…`, chooses what runs; each group has all of those
before it. `collectors: {NAME: {enabled: true}}`, or `--collector.NAME`, wins over it.

| Group | Has |
|---|---|
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

/// By the help text, where a kept name says something else or nothing, or by what the name ends in.
std::string_view unit(const Column& column) {
  using Row = std::pair<std::string_view, std::string_view>;
  constexpr Row kWords[] = {{"since the epoch", "Unix time"},
                            {"illiseconds", "ms"},
                            {"in seconds", "s"},
                            {"Seconds since", "s"},
                            {"Age of", "s"},
                            {" in bytes", "bytes"},
                            {"Always 1", "1"}};
  constexpr Row kEndings[] = {{"_timestamp_seconds", "Unix time"},
                              {"_start_time_seconds", "Unix time"},
                              {"_seconds", "s"},
                              {"_bytes", "bytes"},
                              {"_ratio", "0 to 1"},
                              {"_cores", "cores"}};
  std::string_view name = column.metric;
  if (name.ends_with("_total")) name.remove_suffix(6);
  for (const auto& [word, unit] : kWords)
    if (column.help.find(word) != std::string_view::npos) return unit;
  for (const auto& [ending, unit] : kEndings)
    if (name.ends_with(ending)) return unit;
  return {};
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
  if (!spec.extension.empty()) parts.push_back(fmt::format("where {} is installed", spec.extension));
  if (spec.before != 0) parts.push_back(fmt::format("before PostgreSQL {}", spec.before));
  parts.push_back(fmt::format("at most {} rows", spec.max_rows));
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// A line of a table that is sorted by collector; null where there is none.
template <typename Line>
const Line* line_of(std::span<const Line> lines, std::string_view collector) {
  const auto found = std::ranges::find(lines, collector, &Line::collector);
  return found == lines.end() ? nullptr : &*found;
}

std::string cost(const CollectorSpec& spec) {
  const Cost* const line = line_of(costs(), spec.name);
  if (line == nullptr) return "not measured";
  return fmt::format("{:g} ms (rows: {}) on the small server, {:g} ms (rows: {}) on the large one",
                     line->small_us / 1000.0, line->small_rows, line->large_us / 1000.0, line->large_rows);
}

std::string needs(const CollectorSpec& spec) {
  if (spec.server == model::Server::pgbouncer) return "to be one of pgbouncer's `stats_users`";
  if (spec.source == model::Source::container || spec.source == model::Source::mounts)
    return "to see the server's processes, as its own user does";
  const Right* const line = line_of(rights(), spec.name);
  const std::string right(line == nullptr ? "not tested" : line->needs);
  return spec.source == model::Source::logs ? "to read the server's log files, as its own user does; " + right
                                            : right;
}

std::string section(const CollectorSpec& spec) {
  std::string text = fmt::format("\n## {}\n\nRuns {}.", spec.name, circumstances(spec));
  if (const std::string names = labels(spec); !names.empty()) text += fmt::format(" Labels: {}.", names);
  text += fmt::format("\nGroup: {}. Costs: {}. Needs: {}.\n", name(spec.group()), cost(spec), needs(spec));
  text += "\n| Metric | Type | Unit | Since | What it says |\n|---|---|---|---|---|\n";
  for (const Column& column : spec.columns) {
    if (column.use == Use::label) continue;
    const bool family = column.use == Use::family;
    text += fmt::format("| `{}{}`{} | {} | {} | {} | {} |\n", column.metric, family ? "*" : "",
                        column.legacy.empty() ? "" : " †", family ? "gauge" : type(column.use),
                        family ? "by name" : unit(column), versions(spec, column.name),
                        family ? "A family a row, named and explained by it." : cell(column.help));
  }
  return text;
}

/// Which collectors each group adds, as links to their sections.
std::string index(std::span<const CollectorSpec* const> catalogue) {
  std::string text(kGroups);
  for (const auto group : {model::Group::minimal, model::Group::standard, model::Group::all}) {
    std::vector<std::string> links;
    for (const CollectorSpec* spec : catalogue)
      if (spec->group() == group) links.push_back(fmt::format("[{0}](#{0})", spec->name));
    text += fmt::format("| `{}` | {}{} |\n", name(group), group == model::Group::minimal ? "" : "and ",
                        links.empty() ? "nothing more" : fmt::format("{}", fmt::join(links, ", ")));
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
  std::string page = std::string(kIntroduction) + index(catalogue);
  for (const CollectorSpec* spec : catalogue) page += section(*spec);
  return page;
}

}  // namespace pgvigil::generate
