#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/config/config.hpp"
#include "pgvigil/rules/rules.hpp"

/// The groups of collectors: what is in them, and how one is chosen.
namespace pgvigil::config {
namespace {

using model::CollectorSpec;
using model::Column;
using model::Use;
using testing::IsEmpty;

using Names = std::set<std::string, std::less<>>;

const Catalogue kCatalogue = catalogue::collectors();

Config read(std::string_view yaml) {
  auto config = parse(yaml, "pgvigil.yml", kCatalogue, rules::rules());
  EXPECT_TRUE(config) << config.error().message;
  return config.value_or(Config{});
}

Names running(const TargetConfig& target) {
  Names names;
  for (const CollectorSpec& spec : collectors(target, kCatalogue))
    if (spec.enabled) names.emplace(spec.name);
  return names;
}

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Whether the expression has `metric` as a whole word, or a name that begins with it, for a family.
bool asks_for(std::string_view promql, const Column& column) {
  for (auto at = promql.find(column.metric); at != std::string_view::npos;
       at = promql.find(column.metric, at + 1)) {
    const auto end = at + column.metric.size();
    const bool starts = at == 0 || !is_name(promql[at - 1]);
    if (starts && (column.use == Use::family || end == promql.size() || !is_name(promql[end]))) return true;
  }
  return false;
}

/// The collectors whose metrics the rule asks for: exactly those, where a family's name is a prefix of
/// others.
Names needed_by(const model::Rule& rule) {
  Names names;
  for (const CollectorSpec* spec : kCatalogue)
    for (const Column& column : spec->columns)
      if (column.use != Use::label && asks_for(rule.indicator.promql, column)) names.emplace(spec->name);
  return names;
}

/// The five thresholds, of which pgvigil's own counters of statements and CPU are made, and what is critical.
Names needed() {
  Names names = {"container", "mounts", "stat_activity", "settings", "stat_statements"};
  for (const model::Rule* rule : rules::rules())
    if (!std::isnan(rule->limits.critical)) names.merge(needed_by(*rule));
  return names;
}

}  // namespace

TEST(Groups, MinimalIsWhatThresholdsAndCriticalAlertsNeedAndNothingElse) {
  EXPECT_EQ(running(read("collectors: {group: minimal}")), needed());
}

TEST(Groups, EachHasAllOfTheOneBefore) {
  const Names minimal = running(read("collectors: {group: minimal}"));
  const Names standard = running(Config{});
  const Names all = running(read("collectors: {group: all}"));
  EXPECT_TRUE(std::ranges::includes(standard, minimal));
  EXPECT_TRUE(std::ranges::includes(all, standard));
  EXPECT_LT(minimal.size(), standard.size());
  EXPECT_EQ(all.size(), kCatalogue.size());
  EXPECT_EQ(running(read("collectors: {group: default}")), standard);
}

TEST(Groups, WhatIsSaidOfOneCollectorWinsOverTheGroupWhereverItStands) {
  for (const char* yaml :
       {"collectors: {group: minimal, wal: {enabled: true}, settings: {enabled: false}}",
        "collectors: {wal: {enabled: true}, settings: {enabled: false}, group: minimal}"}) {
    const Names names = running(read(yaml));
    EXPECT_TRUE(names.contains("wal"));
    EXPECT_FALSE(names.contains("settings"));
    EXPECT_FALSE(names.contains("roles"));
  }
}

TEST(Groups, ATargetsGroupWinsOverTheRoots) {
  const Config config = read(
      "collectors: {group: minimal}\ntargets: {a: {dsn: dbname=a}, b: {dsn: dbname=b, collectors: {group: "
      "all}}}");
  EXPECT_EQ(config.targets.at(0).group, model::Group::minimal);
  EXPECT_EQ(config.targets.at(1).group, model::Group::all);
}

TEST(Groups, AUsersOwnCollectorsRunWithEach) {
  const std::string file = std::string(PGVIGIL_SOURCE_DIR) + "/deploy/database/collectors.yml";
  const Config config = read("collector_files: [" + file + "]\ncollectors: {group: minimal}");
  const Names names = running(config);
  EXPECT_FALSE(config.user_collectors.empty());
  for (const UserCollector& collector : config.user_collectors)
    EXPECT_TRUE(names.contains(collector.spec().name)) << collector.spec().name;
}

TEST(Groups, NoCollectorIsCalledGroup) {
  const auto own =
      parse_collectors("collectors: {group: {query: SELECT 1 AS n, metrics: {n: {gauge: app_n, help: N.}}}}",
                       "own.yml", kCatalogue, {});
  ASSERT_FALSE(own);
  EXPECT_EQ(own.error().message,
            "own.yml:1: collectors.group: there is a collector group already; choose another name");
}

}  // namespace pgvigil::config
