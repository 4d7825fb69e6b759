#include "config/vetting.hpp"

#include <array>
#include <cctype>

namespace pgvigil::config {
namespace {

using model::CollectorSpec;
using model::Column;
using model::Use;

/// What pgvigil says of itself, beside every collector.
constexpr std::array<std::string_view, 5> kOwn = {"pg_up", "pg_exporter_", "pg_scrape_collector_", "pgvigil_",
                                                  "process_"};

/// What a metric's family and samples are called.
std::vector<std::string> names(std::string_view metric, Use use) {
  std::vector<std::string> all{std::string(metric)};
  if (use == Use::histogram)
    for (const std::string_view suffix : model::kHistogramSuffixes)
      all.push_back(all.front() + std::string(suffix));
  return all;
}

bool exports(const Column& column, std::string_view metric) {
  if (column.use == Use::label) return false;
  if (column.use == Use::family) return metric.starts_with(column.metric);
  if (column.use == Use::histogram && metric.starts_with(column.metric) &&
      std::ranges::count(model::kHistogramSuffixes, metric.substr(column.metric.size())) > 0)
    return true;
  return column.metric == metric;
}

bool exports(const CollectorSpec& spec, std::string_view metric) {
  return std::any_of(spec.columns.begin(), spec.columns.end(),
                     [&](const Column& column) { return exports(column, metric); });
}

/// Whether both have a sample of one name.
bool clash(const Column& one, const Column& other) {
  if (one.use == Use::label) return false;
  const auto all = names(one.metric, one.use);
  return std::any_of(all.begin(), all.end(), [&](const std::string& name) { return exports(other, name); });
}

bool is_own(std::string_view metric) {
  return std::any_of(kOwn.begin(), kOwn.end(), [&](std::string_view own) {
    return own.ends_with('_') ? metric.starts_with(own) : metric == own;
  });
}

/// Takes comments, white space and opening parentheses off the front.
std::string_view behind_comments(std::string_view sql) {
  while (true) {
    sql.remove_prefix(std::min(sql.find_first_not_of(" \t\r\n("), sql.size()));
    if (sql.starts_with("--"))
      sql.remove_prefix(std::min(sql.find('\n'), sql.size()));
    else if (sql.starts_with("/*"))
      sql.remove_prefix(std::min(sql.find("*/", 2), sql.size() - 2) + 2);
    else
      return sql;
  }
}

/// A place with the line of what is at fault in it.
Place pointed(Place at, const Lines& lines, std::string_view what) {
  if (const auto known = lines.find(what); known != lines.end()) at.line = known->second;
  return at;
}

}  // namespace

base::Result<Node> read_root(std::string_view yaml, std::string_view file_name, std::string_view expects) {
  auto root = read_document(yaml, file_name);
  if (root && root->kind != Node::Kind::map && root->kind != Node::Kind::null)
    return base::fail(base::ErrorKind::config, "{}:{}: the file is {}; it must be {}", file_name, root->line,
                      name(root->kind), expects);
  return root;
}

Owner owner_of(std::string_view metric, Use use, Catalogue catalogue,
               std::span<const UserCollector> earlier) {
  for (const std::string& name : names(metric, use)) {
    if (is_own(name)) return {"pgvigil itself", true};
    for (const CollectorSpec* spec : catalogue)
      if (exports(*spec, name)) return {fmt::format("the built-in collector {}", spec->name), true};
    for (const UserCollector& other : earlier)
      if (exports(other.spec(), name)) return {fmt::format("the collector {}", other.spec().name), false};
  }
  return {};
}

bool is_taken(std::string_view collector, Catalogue catalogue, std::span<const UserCollector> earlier) {
  return collector == "group" ||  // the key of the section `collectors` that is no collector
         std::any_of(catalogue.begin(), catalogue.end(),
                     [&](const CollectorSpec* spec) { return spec->name == collector; }) ||
         std::any_of(earlier.begin(), earlier.end(),
                     [&](const UserCollector& other) { return other.spec().name == collector; });
}

Status admit(const Place& at, CollectorText text, const Lines& lines, std::vector<UserCollector>& all) {
  UserCollector collector(std::move(text));
  const CollectorSpec& spec = collector.spec();
  if (const auto fault = model::fault(spec))
    return wrong(pointed(at, lines, fault.where), "{}: {}{}", at.path, fault.reason,
                 fault.where.empty() ? "" : fmt::format(" ({})", base::one_line(fault.where)));
  if (is_taken(spec.name, at.catalogue, all))
    return wrong(at, "{}: there is a collector {} already; choose another name", at.path, spec.name);
  for (const Column& column : spec.columns) {
    if (column.use == Use::label) continue;
    const Place here = pointed(at, lines, column.name);
    if (const Owner owner = owner_of(column.metric, column.use, at.catalogue, all); !owner.name.empty())
      return wrong(here, "{}: {} is exported by {} already; choose another name", at.path, column.metric,
                   owner.name);
    const auto same = [&](const Column& other) { return clash(column, other); };
    if (std::count_if(spec.columns.begin(), spec.columns.end(), same) > 1)
      return wrong(here, "{}: two columns have the metric {}; give each its own", at.path, column.metric);
  }
  all.push_back(std::move(collector));
  return {};
}

bool gives_rows(std::string_view sql) {
  constexpr std::array<std::string_view, 5> kFirst = {"select", "with", "values", "table", "show"};
  const std::string_view rest = behind_comments(sql);
  std::string word;
  for (const char c : rest.substr(0, 7)) {
    if (std::isalpha(static_cast<unsigned char>(c)) == 0) break;
    word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return std::find(kFirst.begin(), kFirst.end(), word) != kFirst.end();
}

std::string sentence(std::string_view text) {
  std::string line(base::trim(text));
  std::replace(line.begin(), line.end(), '\n', ' ');
  if (!line.empty() && !line.ends_with('.')) line += '.';
  return line;
}

}  // namespace pgvigil::config
