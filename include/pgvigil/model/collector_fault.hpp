#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <vector>

#include "pgvigil/model/collector.hpp"

/// The bodies of model::fault(). Included by collector.hpp only.
namespace pgvigil::model {
namespace soundness {

constexpr bool lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool digit(char c) { return c >= '0' && c <= '9'; }

/// [a-z_][a-z0-9_]*, and no double underscore in front (Prometheus keeps those to itself).
constexpr bool snake_case(std::string_view name) {
  if (name.empty() || digit(name.front()) || name.starts_with("__")) return false;
  return std::ranges::all_of(name, [](char c) { return lower(c) || digit(c) || c == '_'; });
}

/// Units that are not base units, and suffixes that belong to histograms and summaries.
constexpr std::array<std::string_view, 16> kBadUnits = {
    "_milliseconds", "_ms", "_microseconds", "_us", "_minutes", "_hours", "_days",   "_kb",
    "_kilobytes",    "_mb", "_megabytes",    "_gb", "_percent", "_count", "_bucket", "_sum"};

constexpr std::string_view bad_name(const Column& column) {
  std::string_view name = column.metric;
  const bool total = name.ends_with("_total");
  if (column.use == Use::counter && !total) return "a counter's name ends in _total";
  if (column.use != Use::counter && total) return "only a counter's name ends in _total";
  if (total) name.remove_suffix(6);
  for (const auto unit : kBadUnits)
    if (name.ends_with(unit))
      return "the name ends in a unit that is not a base unit, or in a histogram's suffix";
  return {};
}

constexpr Fault of_bounds(const Column& column) {
  const auto bounds = column.bounds.each;
  if (column.use != Use::histogram && !bounds.empty())
    return {"a column has bounds and is no histogram", column.name};
  if (std::ranges::adjacent_find(bounds, std::ranges::greater_equal()) != bounds.end() ||
      (!bounds.empty() && !(bounds.back() <= std::numeric_limits<double>::max())))
    return {"a histogram's bounds do not ascend, or are not finite", column.name};
  if (column.use == Use::histogram && column.scale != 1) return {"a histogram is not scaled", column.name};
  return {};
}

constexpr Fault of(const Column& column) {
  if (const auto found = of_bounds(column)) return found;
  if (column.name.empty()) return {"a column needs a name", {}};
  if (column.use == Use::label) {
    if (!snake_case(column.name)) return {"a label's name is [a-z_][a-z0-9_]*", column.name};
    if (!column.metric.empty() || !column.help.empty())
      return {"a label has no metric and no help", column.name};
    return {};
  }
  if (!snake_case(column.metric)) return {"a metric's name is [a-z_][a-z0-9_]*", column.name};
  if (column.use == Use::family) return {};
  if (column.help.empty()) return {"a metric needs a help text", column.metric};
  if (!column.help.ends_with('.')) return {"a help text ends with a full stop", column.metric};
  if (column.scale == 0) return {"a scale of 0 makes every value 0", column.metric};
  const auto reason = bad_name(column);
  if (!reason.empty() && column.legacy.empty()) return {reason, column.metric};
  if (reason.empty() && !column.legacy.empty())
    return {"the name is sound: it needs no legacy mark", column.metric};
  return {};
}

constexpr Fault of_staircase(const CollectorSpec& spec) {
  if ((spec.source == Source::sql) == spec.queries.empty())
    return {"a collector has queries exactly when its source is sql", spec.name};
  for (std::size_t i = 0; i < spec.queries.size(); ++i) {
    if (spec.queries[i].sql.empty()) return {"a query is empty", spec.name};
    if (i > 0 && spec.queries[i].since <= spec.queries[i - 1].since)
      return {"the staircase of queries does not ascend", spec.name};
  }
  return {};
}

/// The console has one scope, no roles and no extensions, and one command for all versions, whose columns
/// differ.
constexpr bool asks_too_much_of_a_console(const CollectorSpec& spec) {
  return spec.server == Server::pgbouncer &&
         (spec.scope != Scope::cluster || spec.role != Role::any || spec.source != Source::sql ||
          !spec.extension.empty() || spec.before != 0 || !spec.open || spec.queries.size() != 1 ||
          spec.queries.front().since != 0);
}

/// The hashes of the names of the column's family and samples.
constexpr void add_names(std::vector<std::uint64_t>& names, const Column& column) {
  if (column.use == Use::label) return;
  names.push_back(hash(column.metric));
  if (column.use != Use::histogram) return;
  for (const auto suffix : kHistogramSuffixes) names.push_back(hash(suffix, hash(column.metric)));
}

}  // namespace soundness

constexpr Fault fault(const CollectorSpec& spec) {
  using namespace soundness;
  if (!snake_case(spec.name)) return {"a collector's name is [a-z_][a-z0-9_]*", spec.name};
  if (spec.interval.count() <= 0) return {"the interval is not positive", spec.name};
  if (spec.timeout.count() <= 0 || spec.timeout > spec.interval)
    return {"the timeout is not between 0 and the interval", spec.name};
  if (spec.max_rows == 0) return {"max_rows is 0", spec.name};
  if (const auto found = of_staircase(spec)) return found;
  if (asks_too_much_of_a_console(spec))
    return {"on pgbouncer's console a collector is one command for every version, open, at cluster scope",
            spec.name};

  std::size_t values = 0;
  bool datname = false;
  const bool histogram = std::ranges::find(spec.columns, Use::histogram, &Column::use) != spec.columns.end();
  for (std::size_t i = 0; i < spec.columns.size(); ++i) {
    const Column& column = spec.columns[i];
    if (const auto found = of(column)) return found;
    values += column.use == Use::label ? 0U : 1U;
    datname = datname || (column.use == Use::label && column.name == "datname");
    if (histogram && column.name == "le") return {"a histogram has a label le of its own", spec.name};
    for (std::size_t j = 0; j < i; ++j)
      if (spec.columns[j].name == column.name) return {"two columns have one name", column.name};
  }
  if (values == 0) return {"a collector needs a value column", spec.name};
  if (spec.scope == Scope::database && !datname)
    return {"at database scope a label `datname` tells the databases apart", spec.name};
  return {};
}

constexpr Fault fault(std::span<const CollectorSpec* const> specs) {
  std::vector<std::uint64_t> names;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (i > 0 && specs[i]->name <= specs[i - 1]->name)
      return {"collectors are not sorted by name", specs[i]->name};
    if (const auto found = fault(*specs[i])) return found;
    if (specs[i]->minimal && !specs[i]->enabled)
      return {"what is in the minimal group is on by default", specs[i]->name};
    for (const Column& column : specs[i]->columns) soundness::add_names(names, column);
  }
  std::sort(names.begin(), names.end());
  for (std::size_t i = 1; i < names.size(); ++i) {
    if (names[i] != names[i - 1]) continue;
    for (const CollectorSpec* spec : specs) {
      for (const Column& column : spec->columns) {
        std::vector<std::uint64_t> own;
        soundness::add_names(own, column);
        if (std::ranges::find(own, names[i]) != own.end())
          return {"two columns have one metric", column.metric};
      }
    }
  }
  return {};
}

}  // namespace pgvigil::model
