#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "pgvigil/base/text.hpp"
#include "pgvigil/generate/generate.hpp"
#include "pgvigil/rules/rules.hpp"

/// The boards as Grafana reads them.
namespace pgvigil::generate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

std::map<std::string, Json> boards(const Options& options) {
  std::map<std::string, Json> found;
  for (const File& file : dashboards(options))
    if (file.path.ends_with(".json")) found.emplace(file.path, Json::parse(file.text));
  return found;
}

/// With the table's own limits.
const std::map<std::string, Json>& default_boards() {
  static const auto kept = boards({});
  return kept;
}

Json board(const std::string& name, const Options& options) {
  return boards(options).at("dashboards/" + name + ".json");
}

Json panel(const Json& board, const std::string& title) {
  for (const Json& panel : board.at("panels"))
    if (panel.at("title") == title) return panel;
  ADD_FAILURE() << "no panel " << title;
  return {};
}

/// "COLOUR from NUMBER" for each of a panel's threshold steps.
std::vector<std::string> steps(const Json& panel) {
  std::vector<std::string> texts;
  for (const Json& step : panel.at("fieldConfig").at("defaults").at("thresholds").at("steps")) {
    const std::string from = step.at("value").is_null() ? "the start" : base::number(step.at("value"));
    texts.push_back(fmt::format("{} from {}", step.at("color").get<std::string>(), from));
  }
  return texts;
}

Options with_limits(const std::string& rule, double warning, double critical) {
  Options options;
  options.limits[rule] = {warning, critical, base::Seconds(60)};
  return options;
}

struct Place {
  int x, y, w, h;
};

Place place(const Json& panel) {
  const Json& at = panel.at("gridPos");
  return {at.at("x"), at.at("y"), at.at("w"), at.at("h")};
}

}  // namespace

TEST(Dashboards, AreTenThatRulesAndLinksFindByName) {
  std::set<std::string> names;
  for (const auto& [path, json] : default_boards()) {
    names.insert(path);
    EXPECT_EQ(path,
              "dashboards/" + json.at("uid").get<std::string>().substr(sizeof "pgvigil-" - 1) + ".json");
  }
  EXPECT_EQ(names.size(), 10U);
  for (const model::Rule* rule : rules::rules())
    EXPECT_EQ(names.count(fmt::format("dashboards/{}.json", rule->board)), 1U) << rule->id;
}

TEST(Dashboards, AreTheSameEachTime) {
  const auto first = dashboards({});
  const auto second = dashboards({});
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].text, second[i].text);
}

TEST(Dashboards, FillEveryLineOfTheirGridWithPanelsOfOneHeight) {
  for (const auto& [path, json] : default_boards()) {
    int x = 0;
    int y = 0;
    int height = 0;
    for (const Json& panel : json.at("panels")) {
      const Place at = place(panel);
      EXPECT_EQ(at.x, x) << path << ": " << panel.at("title");
      EXPECT_EQ(at.y, y) << path << ": " << panel.at("title");
      height = x == 0 ? at.h : height;
      EXPECT_EQ(at.h, height) << path << ": " << panel.at("title");
      x += at.w;
      ASSERT_LE(x, 24) << path << ": " << panel.at("title");
      if (x == 24) {
        x = 0;
        y += height;
      }
    }
    EXPECT_EQ(x, 0) << path << " ends in a line that is not full";
  }
}

TEST(Dashboards, NumberTheirPanelsOnce) {
  for (const auto& [path, json] : default_boards()) {
    std::set<int> ids;
    for (const Json& panel : json.at("panels"))
      EXPECT_TRUE(ids.insert(panel.at("id").get<int>()).second) << path;
  }
}

TEST(Dashboards, LeaveNothingOfTheTablesUnfilled) {
  for (const auto& [path, json] : default_boards())
    for (const char* placeholder : {"$server", "$databases", "$disk_price", "$snapshot_price", "$currency"})
      EXPECT_THAT(json.dump(), Not(HasSubstr(placeholder))) << path;
}

TEST(Dashboards, DrawTheLimitsOfEveryRuleOnItsBoard) {
  std::map<std::string, double> numbers;  // one of its own for each rule, so that it is found again
  Options options;
  for (const model::Rule* rule : rules::rules()) {
    const double number = 0.0625 + static_cast<double>(numbers.size());
    numbers.emplace(rule->id, number);
    options.limits[std::string(rule->id)] = {number, model::kNoLimit, base::Seconds(0)};
  }
  const auto drawn = boards(options);
  for (const model::Rule* rule : rules::rules()) {
    const std::string text = drawn.at(fmt::format("dashboards/{}.json", rule->board)).dump();
    EXPECT_NE(text.find(base::number(numbers.at(std::string(rule->id)))), std::string::npos) << rule->id;
  }
}

TEST(Dashboards, DrawTheLinesOfARuleWhereItsLimitsAre) {
  const Json inodes = panel(board("container", with_limits("inodes", 0.25, 0.5)), "Inodes in use");
  EXPECT_THAT(steps(inodes), ElementsAre("transparent from the start", "orange from 0.25", "red from 0.5"));
  EXPECT_EQ(inodes.at("fieldConfig").at("defaults").at("custom").at("thresholdsStyle").at("mode"), "dashed");
}

TEST(Dashboards, DrawNoLineForALevelThatARuleDoesNotHave) {
  const Json checkpoints =
      panel(board("replication", with_limits("checkpoints", 6, model::kNoLimit)), "Checkpoints in an hour");
  EXPECT_THAT(steps(checkpoints), ElementsAre("transparent from the start", "orange from 6"));
  const Json slots =
      panel(board("replication", with_limits("slot_wal", model::kNoLimit, 2)), "Slots that lose their WAL");
  EXPECT_THAT(steps(slots), ElementsAre("transparent from the start", "red from 2"));
}

TEST(Dashboards, ShowTheFirstLimitOfAGraphEvenWhenTheValuesAreFarBelow) {
  const Json lag =
      panel(board("replication", with_limits("replication_lag", 20, 40)), "Lag of replay, in time");
  EXPECT_DOUBLE_EQ(lag.at("fieldConfig").at("defaults").at("custom").at("axisSoftMax"), 22);
}

TEST(Dashboards, ColourAGaugeByItsRule) {
  const Options options = with_limits("latency", 0.25, 0.5);
  const Json gauge = panel(board("overview", options), "Mean response time");
  EXPECT_THAT(steps(gauge), ElementsAre("green from the start", "orange from 0.25", "red from 0.5"));
  EXPECT_DOUBLE_EQ(gauge.at("fieldConfig").at("defaults").at("max"), 0.55);
}

TEST(Dashboards, ColourWhatMustNotFallFromTheOtherSide) {
  const Json up = panel(board("overview", with_limits("server_down", model::kNoLimit, 1)), "Server");
  EXPECT_THAT(steps(up), ElementsAre("red from the start", "green from 1"));
  const Json hits = panel(board("databases", with_limits("cache_hits", 0.9, 0.5)), "Found in shared buffers");
  EXPECT_THAT(steps(hits), ElementsAre("transparent from the start", "red from 0.5", "orange from 0.9"));
}

TEST(Dashboards, ReckonTheCostFromThePrices) {
  Options options;
  options.cost = {0.375, 0.0625, "KRW"};
  const Json cost = panel(board("bill-inquiry", options), "Cost a month (비용)");
  EXPECT_EQ(cost.at("fieldConfig").at("defaults").at("unit"), "currencyKRW");
  EXPECT_THAT(cost.at("targets").at(0).at("expr"), HasSubstr("* 0.375"));
  EXPECT_THAT(cost.at("targets").at(1).at("expr"), HasSubstr("* 0.0625"));
}

TEST(Dashboards, ComeWithWhatGrafanaReadsAtItsStart) {
  std::set<std::string> paths;
  for (const File& file : dashboards({}))
    if (file.path.ends_with(".yml")) paths.insert(file.path);
  EXPECT_THAT(paths, ElementsAre("dashboards/provisioning/dashboards/pgvigil.yml",
                                 "dashboards/provisioning/datasources/prometheus.yml"));
}

}  // namespace pgvigil::generate
