#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "generate/boards/activity.hpp"
#include "generate/boards/bill_inquiry.hpp"
#include "generate/boards/container.hpp"
#include "generate/boards/databases.hpp"
#include "generate/boards/overview.hpp"
#include "generate/boards/pgvigil.hpp"
#include "generate/boards/pooler.hpp"
#include "generate/boards/replication.hpp"
#include "generate/boards/server.hpp"
#include "generate/boards/statements.hpp"
#include "generate/panel.hpp"
#include "generate/provisioning.hpp"

namespace pgvigil::generate {
namespace {

constexpr int kColumns = 24;
constexpr int kSchemaVersion = 39;  // Grafana 10.4

constexpr std::array kBoards = {
    &boards::kOverview, &boards::kStatements,  &boards::kDatabases, &boards::kActivity,
    &boards::kPooler,   &boards::kReplication, &boards::kServer,    &boards::kContainer,
    &boards::kPgvigil,  &boards::kBillInquiry,
};

/// A variable whose values the data source knows: several may be chosen, or all.
Json choice(std::string_view name, std::string_view label, const std::string& query) {
  return {
      {"type", "query"},
      {"name", name},
      {"label", label},
      {"datasource", datasource()},
      {"definition", query},
      {"query", {{"qryType", 1}, {"query", query}, {"refId", "PrometheusVariableQueryEditor-VariableQuery"}}},
      {"refresh", 2},
      {"regex", ""},
      {"sort", 1},
      {"multi", true},
      {"includeAll", true},
      {"allValue", ".+"},
      {"current", {{"selected", true}, {"text", Json::array({"All"})}, {"value", Json::array({"$__all"})}}},
      {"options", Json::array()},
      {"hide", 0},
      {"skipUrlSync", false}};
}

/// A variable that is one of a few fixed values.
Json fixed_choice(const Variable& variable) {
  Json options = Json::array();
  std::string_view rest = variable.values;
  while (!rest.empty()) {
    const std::string_view value = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(value.size() + 1, rest.size()));
    options.push_back({{"selected", options.empty()}, {"text", value}, {"value", value}});
  }
  return {{"type", "custom"},         {"name", variable.name}, {"label", variable.label},
          {"query", variable.values}, {"current", options[0]}, {"options", options},
          {"multi", false},           {"includeAll", false},   {"hide", 0},
          {"skipUrlSync", false}};
}

Json variables(const Board& board, const Options& options) {
  Json list = Json::array();
  list.push_back({{"type", "datasource"},
                  {"name", "datasource"},
                  {"label", "Data source"},
                  {"query", "prometheus"},
                  {"refresh", 1},
                  {"regex", ""},
                  {"multi", false},
                  {"includeAll", false},
                  {"current", Json::object()},
                  {"options", Json::array()},
                  {"hide", 0},
                  {"skipUrlSync", false}});
  list.push_back(choice("job", "Job", "label_values(pg_up, job)"));
  list.push_back(choice("instance", "Instance", "label_values(pg_up{job=~\"$job\"}, instance)"));
  for (const Variable& variable : board.variables) {
    if (variable.metric.empty())
      list.push_back(fixed_choice(variable));
    else
      list.push_back(
          choice(variable.name, variable.label,
                 filled(fmt::format("label_values({}, {})", variable.metric, variable.source), options)));
  }
  return list;
}

Json annotation(std::string_view name, std::string_view color, std::string_view expr, std::string_view title,
                std::string_view text, const Options& options) {
  return {{"name", name},       {"datasource", datasource()},    {"enable", true}, {"hide", false},
          {"iconColor", color}, {"expr", filled(expr, options)}, {"step", "60s"},  {"titleFormat", title},
          {"textFormat", text}, {"useValueForTime", false}};
}

Json annotations(const Options& options) {
  Json list = Json::array();
  list.push_back({{"builtIn", 1},
                  {"name", "Annotations & Alerts"},
                  {"type", "dashboard"},
                  {"datasource", {{"type", "grafana"}, {"uid", "-- Grafana --"}}},
                  {"enable", true},
                  {"hide", true},
                  {"iconColor", "blue"}});
  list.push_back(annotation("Restarts", "red", "changes(pg_postmaster_start_time_seconds{$server}[2m]) > 0",
                            "Server restarted", "{{instance}}", options));
  list.push_back(annotation("Requested checkpoints", "purple",
                            "increase(pg_stat_bgwriter_checkpoints_req_total{$server}[2m]) > 0",
                            "Checkpoint requested", "{{instance}}", options));
  list.push_back(
      annotation("Alerts", "orange",
                 "max by (alertname, severity, instance) (ALERTS{alertstate=\"firing\", $server}) > 0",
                 "{{alertname}}", "{{severity}}, {{instance}}", options));
  return list;
}

/// The other boards, in the head of each.
Json links() {
  return Json::array({{{"type", "dashboards"},
                       {"title", "pgvigil"},
                       {"tags", Json::array({"pgvigil"})},
                       {"asDropdown", false},
                       {"icon", "external link"},
                       {"includeVars", true},
                       {"keepTime", true},
                       {"targetBlank", false},
                       {"tooltip", ""},
                       {"url", ""}}});
}

/// Puts panels on the grid, numbers them, and starts a new line where one is full.
class Grid {
 public:
  explicit Grid(const Options& options) : options_(options) {}

  void add(const Row& row) {
    place({{"type", "row"}, {"title", row.title}, {"collapsed", false}, {"panels", Json::array()}}, kColumns,
          1);
    for (const Panel& panel : row.panels) place(draw(panel, options_), panel.width, height(panel));
    end_line();
  }

  Json take() { return std::move(panels_); }

 private:
  void place(Json panel, int width, int height) {
    if (x_ + width > kColumns) end_line();
    panel["id"] = panels_.size() + 1;
    panel["gridPos"] = {{"x", x_}, {"y", y_}, {"w", width}, {"h", height}};
    panels_.push_back(std::move(panel));
    x_ += width;
    line_ = std::max(line_, height);
  }

  void end_line() {
    x_ = 0;
    y_ += std::exchange(line_, 0);
  }

  const Options& options_;
  Json panels_ = Json::array();
  int x_ = 0;
  int y_ = 0;
  int line_ = 0;  // the height of the line so far
};

Json dashboard(const Board& board, const Options& options) {
  Grid grid(options);
  for (const Row& row : board.rows) grid.add(row);
  return {{"uid", fmt::format("pgvigil-{}", board.id)},
          {"title", board.title},
          {"description", board.description},
          {"tags", Json::array({"pgvigil", "postgresql"})},
          {"schemaVersion", kSchemaVersion},
          {"version", 1},
          {"editable", false},
          {"graphTooltip", 1},
          {"refresh", "30s"},
          {"time", {{"from", "now-1h"}, {"to", "now"}}},
          {"timepicker", {{"refresh_intervals", Json::array({"10s", "30s", "1m", "5m", "15m", "1h"})}}},
          {"timezone", "browser"},
          {"weekStart", ""},
          {"fiscalYearStartMonth", 0},
          {"links", links()},
          {"annotations", {{"list", annotations(options)}}},
          {"templating", {{"list", variables(board, options)}}},
          {"panels", grid.take()}};
}

}  // namespace

std::vector<File> dashboards(const Options& options) {
  std::vector<File> files;
  files.reserve(kBoards.size() + 2);
  for (const Board* board : kBoards)
    files.push_back(
        {fmt::format("dashboards/{}.json", board->id), dashboard(*board, options).dump(2) + '\n'});
  files.push_back({"dashboards/provisioning/dashboards/pgvigil.yml", std::string(kProvideDashboards)});
  files.push_back({"dashboards/provisioning/datasources/prometheus.yml", std::string(kProvideDatasource)});
  return files;
}

}  // namespace pgvigil::generate
