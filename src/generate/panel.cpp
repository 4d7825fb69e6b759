#include "generate/panel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "generate/limits.hpp"
#include "generate/table.hpp"
#include "generate/texts.hpp"
#include "generate/words.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::generate {
namespace {

constexpr double kHeadroom = 1.1;  // above the first limit, so that its line is seen

std::string_view type_name(Kind kind) {
  switch (kind) {
    case Kind::timeseries:
      return "timeseries";
    case Kind::stat:
      return "stat";
    case Kind::gauge:
      return "gauge";
    case Kind::bargauge:
      return "bargauge";
    case Kind::table:
      return "table";
    case Kind::timeline:
      break;
  }
  return "state-timeline";
}

bool over_time(const Panel& panel) { return panel.kind == Kind::timeseries || panel.kind == Kind::timeline; }

/// The series of statements, named by their texts where those are exported, else by their ids.
std::string with_texts(std::string_view expr) {
  return fmt::format(
      R"-(label_replace(label_replace(({0}) * on (queryid) group_left (query) )-"
      R"-(topk by (queryid) (1, max by (queryid, query) (pg_stat_statements_query_id{{$server}})) )-"
      R"-(or on (queryid, user, datname) ({0}), "statement", "$1", "queryid", "(.+)"), )-"
      R"-("statement", "$1", "query", "(?s)\\s*(.{{1,50}}).*"))-",
      expr);
}

std::string expression(const Target& target, const Panel& panel, const Options& options) {
  std::string expr(target.expr);
  if (!panel.top.empty()) {
    const std::string rank = base::replaced(std::string(panel.top), "$expr", target.expr);
    const std::string count = panel.top_count == 0 ? "$topk" : std::to_string(panel.top_count);
    expr = fmt::format("({}) and topk({}, {})", expr, count, rank);
  }
  return filled(target.texts ? with_texts(expr) : expr, options);
}

Json target(const Target& target, const Panel& panel, std::size_t index, const Options& options) {
  const bool range = over_time(panel);
  return {{"refId", letter(index)},
          {"datasource", datasource()},
          {"editorMode", "code"},
          {"expr", expression(target, panel, options)},
          {"format", panel.kind == Kind::table ? "table" : "time_series"},
          {"instant", !range},
          {"legendFormat", target.legend},
          {"range", range}};
}

Json fixed(std::string_view color) { return {{"mode", "fixed"}, {"fixedColor", color}}; }

/// What makes one target look different from the others.
Json properties(const Target& target) {
  Json list = Json::array();
  const auto dashed = [&](std::string_view color) {
    list.push_back(property("color", fixed(color)));
    list.push_back(property("custom.lineStyle", {{"fill", "dash"}, {"dash", {8, 6}}}));
    list.push_back(property("custom.lineWidth", 1));
    list.push_back(property("custom.fillOpacity", 0));
    list.push_back(property("custom.stacking", {{"mode", "none"}, {"group", "A"}}));
    list.push_back(property("custom.drawStyle", "line"));
  };
  if (!target.color.empty()) list.push_back(property("color", fixed(target.color)));
  switch (target.look) {
    case Look::warning:
      dashed("orange");
      break;
    case Look::critical:
      dashed("red");
      break;
    case Look::reference:
      dashed("text");
      break;
    case Look::below:
      list.push_back(property("custom.transform", "negative-Y"));
      break;
    case Look::plain:
      break;
  }
  return list;
}

Json overrides(const Panel& panel) {
  Json list = Json::array();
  for (std::size_t i = 0; i < panel.targets.size(); ++i) {
    Json looks = properties(panel.targets[i]);
    if (looks.empty()) continue;
    list.push_back(
        {{"matcher", {{"id", "byFrameRefID"}, {"options", letter(i)}}}, {"properties", std::move(looks)}});
  }
  return list;
}

Json graph(const Panel& panel, const Options& options) {
  Json custom = {{"drawStyle", panel.bars ? "bars" : "line"},
                 {"lineInterpolation", "linear"},
                 {"lineWidth", panel.bars ? 0 : 1},
                 {"fillOpacity", panel.bars    ? 80
                                 : panel.stack ? 30
                                               : 10},
                 {"gradientMode", "none"},
                 {"showPoints", "never"},
                 {"spanNulls", false},
                 {"stacking", {{"mode", panel.stack ? "normal" : "none"}, {"group", "A"}}},
                 {"thresholdsStyle", {{"mode", panel.rule.empty() ? "off" : "dashed"}}}};
  if (!panel.rule.empty() && std::isnan(panel.max))
    custom["axisSoftMax"] = first_limit(panel.rule, options) * kHeadroom;
  else if (panel.unit == "short")
    custom["axisSoftMax"] = 1;  // else an axis without a single event goes up to 100
  return custom;
}

Json steps(const Panel& panel, const Options& options) {
  if (!panel.rule.empty()) return threshold_steps(panel.rule, options, panel.kind == Kind::timeseries);
  if (std::isnan(panel.alarm))
    return Json::array({{{"color", panel.kind == Kind::timeseries ? "green" : "text"}, {"value", nullptr}}});
  return Json::array({{{"color", "green"}, {"value", nullptr}}, {{"color", "red"}, {"value", panel.alarm}}});
}

double top(const Panel& panel, const Options& options) {
  if (!std::isnan(panel.max) || panel.kind != Kind::gauge || panel.rule.empty()) return panel.max;
  return last_limit(panel.rule, options) * kHeadroom;
}

Json defaults(const Panel& panel, const Options& options) {
  const bool lines = panel.kind == Kind::timeseries;
  Json json = {{"unit", filled(panel.unit, options)},
               {"color", {{"mode", lines ? "palette-classic" : "thresholds"}}},
               {"mappings", mappings(panel.words)},
               {"thresholds", {{"mode", "absolute"}, {"steps", steps(panel, options)}}}};
  const bool mirrored =
      std::ranges::any_of(panel.targets, [](const Target& t) { return t.look == Look::below; });
  if (panel.kind != Kind::table && !mirrored && !std::isnan(panel.min)) json["min"] = panel.min;
  if (const double max = top(panel, options); !std::isnan(max)) json["max"] = max;
  if (panel.decimals >= 0) json["decimals"] = panel.decimals;
  if (!panel.nothing.empty()) json["noValue"] = panel.nothing;
  if (lines) json["custom"] = graph(panel, options);
  if (panel.kind == Kind::timeline) json["custom"] = {{"lineWidth", 0}, {"fillOpacity", 80}};
  return json;
}

Json last_value() { return {{"calcs", Json::array({"lastNotNull"})}, {"fields", ""}, {"values", false}}; }

Json legend(const Panel& panel) {
  const bool table = panel.legend == Legend::table;
  return {{"showLegend", panel.legend != Legend::hidden},
          {"displayMode", table ? "table" : "list"},
          {"placement", table ? "right" : "bottom"},
          {"calcs", table ? Json::array({"mean", "max", "lastNotNull"}) : Json::array()}};
}

Json view(const Panel& panel) {
  switch (panel.kind) {
    case Kind::timeseries:
      return {{"legend", legend(panel)}, {"tooltip", {{"mode", "multi"}, {"sort", "desc"}}}};
    case Kind::stat:
      return {{"colorMode", panel.words == Words::none ? "value" : "background"},
              {"graphMode", "none"},
              {"justifyMode", "auto"},
              {"orientation", "auto"},
              {"reduceOptions", last_value()},
              {"textMode", panel.unit == "string" ? "name" : "auto"}};
    case Kind::gauge:
      return {{"orientation", "auto"},
              {"reduceOptions", last_value()},
              {"showThresholdLabels", false},
              {"showThresholdMarkers", true}};
    case Kind::bargauge:
      return {{"displayMode", "basic"}, {"orientation", "horizontal"}, {"reduceOptions", last_value()},
              {"showUnfilled", true},   {"valueMode", "color"},        {"minVizHeight", 16},
              {"minVizWidth", 8}};
    case Kind::table:
      return table_options(panel);
    case Kind::timeline:
      break;
  }
  return {{"showValue", "never"},
          {"rowHeight", 0.85},
          {"mergeValues", true},
          {"alignValue", "left"},
          {"legend", {{"showLegend", true}, {"displayMode", "list"}, {"placement", "bottom"}}},
          {"tooltip", {{"mode", "single"}, {"sort", "none"}}}};
}

}  // namespace

Json datasource() { return {{"type", "prometheus"}, {"uid", "${datasource}"}}; }

Json property(std::string_view id, Json value) { return {{"id", id}, {"value", std::move(value)}}; }

std::string letter(std::size_t index) { return {static_cast<char>('A' + index)}; }

std::string filled(std::string_view text, const Options& options) {
  std::string out(text);
  out = base::replaced(std::move(out), "$server", R"(job=~"$job", instance=~"$instance")");
  out = base::replaced(std::move(out), "$databases", R"(datname=~"$database", datname!~"template[01]")");
  out = base::replaced(std::move(out), "$disk_price", base::number(options.cost.disk));
  out = base::replaced(std::move(out), "$snapshot_price", base::number(options.cost.snapshot));
  out = base::replaced(std::move(out), kCurrency, "currency" + options.cost.currency);
  return out;
}

std::string board_url(std::string_view board, std::string_view more) {
  return fmt::format(
      "/d/"
      "pgvigil-{}?${{__url_time_range}}&${{datasource:queryparam}}&${{job:queryparam}}&${{instance:"
      "queryparam}}{}",
      board, more);
}

int height(const Panel& panel) {
  if (panel.height != 0) return panel.height;
  switch (panel.kind) {
    case Kind::stat:
      return 4;
    case Kind::gauge:
      return 6;
    default:
      return 8;
  }
}

Json draw(const Panel& panel, const Options& options) {
  Json json = {
      {"type", type_name(panel.kind)},
      {"title", panel.title},
      {"description", panel.description},
      {"datasource", datasource()},
      {"fieldConfig",
       {{"defaults", defaults(panel, options)},
        {"overrides", panel.kind == Kind::table ? table_overrides(panel, options) : overrides(panel)}}},
      {"options", view(panel)},
      {"targets", Json::array()}};
  for (std::size_t i = 0; i < panel.targets.size() && !panel.targets[i].expr.empty(); ++i)
    json["targets"].push_back(target(panel.targets[i], panel, i, options));
  if (panel.kind == Kind::table) json["transformations"] = table_transformations(panel);
  if (!panel.board.empty())
    json["links"] = Json::array({{{"title", "More"}, {"url", board_url(panel.board)}}});
  return json;
}

}  // namespace pgvigil::generate
