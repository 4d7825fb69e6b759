#include "generate/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "generate/limits.hpp"
#include "generate/words.hpp"

namespace pgvigil::generate {
namespace {

std::span<const Column> columns(const Panel& panel) {
  const auto end =
      std::ranges::find_if(panel.columns, [](const Column& column) { return column.field.empty(); });
  return {panel.columns.begin(), end};
}

bool several_targets(const Panel& panel) { return !panel.targets[1].expr.empty(); }

bool is_value(const Column& column) { return column.field.size() == 1; }

/// As Grafana names the field: a value carries its target's letter where there are several.
std::string field(const Column& column, const Panel& panel) {
  if (!is_value(column)) return std::string(column.field);
  return several_targets(panel) ? "Value #" + std::string(column.field) : "Value";
}

Json properties(const Column& column, const Options& options) {
  Json list = Json::array();
  // A text that looks like a number stays a text.
  const std::string_view unit = column.unit.empty() && !is_value(column) ? "string" : column.unit;
  if (!unit.empty()) list.push_back(property("unit", filled(unit, options)));
  if (column.width != 0) list.push_back(property("custom.width", column.width));
  if (!column.rule.empty())
    list.push_back(property("thresholds",
                            {{"mode", "absolute"}, {"steps", threshold_steps(column.rule, options, false)}}));
  if (column.words != Words::none) list.push_back(property("mappings", mappings(column.words)));
  if (!column.rule.empty() || column.words != Words::none)
    list.push_back(property("custom.cellOptions", {{"type", "color-text"}}));
  if (column.bar) {
    list.push_back(
        property("custom.cellOptions", {{"type", "gauge"}, {"mode", "basic"}, {"valueDisplayMode", "text"}}));
    list.push_back(property("color", {{"mode", "fixed"}, {"fixedColor", "blue"}}));
    list.push_back(property("min", 0));
    list.push_back(property("fieldMinMax", true));
  }
  if (!column.board.empty()) {
    const std::string chosen = fmt::format("&var-{}=${{__value.raw}}", column.variable);
    list.push_back(
        property("links", Json::array({{{"title", "Show"}, {"url", board_url(column.board, chosen)}}})));
  }
  return list;
}

}  // namespace

Json table_transformations(const Panel& panel) {
  Json names = Json::array();
  Json order = Json::object();
  Json titles = Json::object();
  for (const Column& column : columns(panel)) {
    const std::string name = field(column, panel);
    order[name] = names.size();
    titles[name] = column.title;
    names.push_back(name);
  }
  Json list = Json::array();
  if (several_targets(panel)) list.push_back({{"id", "merge"}, {"options", Json::object()}});
  list.push_back({{"id", "filterFieldsByName"}, {"options", {{"include", {{"names", names}}}}}});
  list.push_back(
      {{"id", "organize"},
       {"options", {{"excludeByName", Json::object()}, {"indexByName", order}, {"renameByName", titles}}}});
  return list;
}

Json table_overrides(const Panel& panel, const Options& options) {
  Json list = Json::array();
  for (const Column& column : columns(panel)) {
    Json looks = properties(column, options);
    if (looks.empty()) continue;
    list.push_back(
        {{"matcher", {{"id", "byName"}, {"options", column.title}}}, {"properties", std::move(looks)}});
  }
  return list;
}

Json table_options(const Panel& panel) {
  Json options = {{"showHeader", true}, {"cellHeight", "sm"}};
  if (!panel.sort.empty()) options["sortBy"] = Json::array({{{"displayName", panel.sort}, {"desc", true}}});
  return options;
}

}  // namespace pgvigil::generate
