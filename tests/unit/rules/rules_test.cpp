#include "pgvigil/rules/rules.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "situation.hpp"

namespace pgvigil::rules {
namespace {

using model::Finding;
using model::Limits;
using model::Outcome;
using model::State;
using model::Use;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::Eq;
using testing::Optional;

const model::Rule& rule(std::string_view id) {
  return **std::ranges::find(rules(), id, [](const model::Rule* each) { return each->id; });
}

Finding find(std::string_view id, const Situation& situation, const LimitOverrides& limits = {}) {
  const auto findings = evaluate(rules(), limits, situation.snapshot, situation.history);
  return *std::ranges::find(findings, id, [](const Finding& each) { return each.rule->id; });
}

void add_container(Situation& situation, std::string cores, std::string used, std::string limit) {
  situation.add({"container",
                 {{"cores", Use::gauge, "pg_container_cpu_limit_cores", "Cores."},
                  {"used", Use::gauge, "pg_container_memory_working_set_bytes", "Used."},
                  {"limit", Use::gauge, "pg_container_memory_limit_bytes", "Limit."}},
                 {{std::move(cores), std::move(used), std::move(limit)}}});
}

using Rows = std::vector<std::vector<std::string>>;

/// Rows: role, size, free, available.
void add_mounts(Situation& situation, Rows rows) {
  situation.add({"mounts",
                 {{"role"},
                  {"size", Use::gauge, "pg_mount_size_bytes", "Size."},
                  {"free", Use::gauge, "pg_mount_free_bytes", "Free."},
                  {"available", Use::gauge, "pg_mount_available_bytes", "Available."}},
                 std::move(rows)});
}

/// Rows: backend type, state, count.
void add_connections(Situation& situation, std::string most, Rows rows) {
  situation.add({"settings",
                 {{"name"}, {"help"}, {"setting", Use::family, "pg_settings_", {}}},
                 {{"max_connections", "Most sessions.", std::move(most)},
                  {"max_connections_of_others", "Else.", "7"}}});
  situation.add({"stat_activity",
                 {{"backend_type"}, {"state"}, {"count", Use::gauge, "pg_stat_activity_count", "Sessions."}},
                 std::move(rows)});
}

}  // namespace

TEST(Rules, TheFiveOfThePlanStandInTheirOrder) {
  std::vector<std::string_view> ids;
  for (const Finding& finding : evaluate(rules(), {}, Situation().snapshot, {}))
    ids.push_back(finding.rule->id);
  EXPECT_THAT(ids, ElementsAre("cpu", "memory", "disk", "connections", "latency"));
}

TEST(Rules, EachHasThePlansNumbers) {
  const auto numbers = [](std::string_view id) {
    return std::pair(rule(id).limits.warning, rule(id).limits.critical);
  };
  EXPECT_EQ(numbers("cpu"), std::pair(0.80, 0.90));
  EXPECT_EQ(numbers("memory"), std::pair(0.85, 0.95));
  EXPECT_EQ(numbers("disk"), std::pair(0.80, 0.90));
  EXPECT_EQ(numbers("connections"), std::pair(0.80, 0.95));
  EXPECT_EQ(numbers("latency"), std::pair(0.100, 0.500));
  for (const model::Rule* each : rules().first(5)) {
    EXPECT_EQ(each->limits.hold, base::Seconds(300)) << each->id;
    EXPECT_EQ(each->indicator.unit, each->id == "latency" ? model::Unit::seconds : model::Unit::ratio);
  }
}

TEST(Rules, NothingKnownIsNeitherValueNorState) {
  const Situation nothing;
  for (const Finding& finding : evaluate(rules(), {}, nothing.snapshot, nothing.history)) {
    EXPECT_EQ(finding.reading.value, std::nullopt) << finding.rule->id;
    EXPECT_EQ(finding.state, std::nullopt) << finding.rule->id;
    EXPECT_FALSE(finding.reading.idle) << finding.rule->id;
    EXPECT_THAT(finding.reading.reason, testing::EndsWith(" is off")) << finding.rule->id;
  }
}

TEST(Cpu, IsTheUseOfTheLimitOverTheWindow) {
  Situation situation;
  add_container(situation, "1.5", "", "");
  situation.history.cpu_seconds = Situation::total({100, 130, 172});
  const Finding cpu = find("cpu", situation);
  EXPECT_THAT(cpu.reading.value, Optional(DoubleEq(72.0 / 120 / 1.5)));
  EXPECT_THAT(cpu.state, Optional(State::ok));
}

TEST(Cpu, OnePollIsTooEarly) {
  Situation situation;
  add_container(situation, "1.5", "", "");
  situation.history.cpu_seconds = Situation::total({100});
  EXPECT_EQ(find("cpu", situation).reading.reason, "needs two polls");
  EXPECT_EQ(find("cpu", situation).state, std::nullopt);
}

TEST(Cpu, AContainerThatCannotBeSeenGivesItsReason) {
  Situation situation;
  situation.add_without_rows("container",
                             {Outcome::Status::skipped, "the server is elsewhere", "not_visible"});
  EXPECT_EQ(find("cpu", situation).reading.reason, "the server is elsewhere");
  EXPECT_EQ(find("memory", situation).reading.reason, "the server is elsewhere");
}

TEST(Cpu, NoValueIsTakenFromASheetThatIsGone) {
  Situation situation;
  situation.add_without_rows("container", {});
  situation.snapshot.up = false;
  situation.snapshot.down_reason = "connection refused";
  situation.history.cpu_seconds = Situation::total({1, 2});
  EXPECT_EQ(find("cpu", situation).reading.value, std::nullopt);
  EXPECT_EQ(find("cpu", situation).reading.reason, "connection refused");
}

TEST(Memory, IsTheWorkingSetOverTheLimit) {
  Situation situation;
  add_container(situation, "", "880", "1000");
  const Finding memory = find("memory", situation);
  EXPECT_THAT(memory.reading.value, Optional(DoubleEq(0.88)));
  EXPECT_THAT(memory.state, Optional(State::warning));
}

TEST(Memory, WithoutALimitThereIsNoShare) {
  for (const char* limit : {"", "0"}) {
    Situation situation;
    add_container(situation, "", "880", limit);
    EXPECT_EQ(find("memory", situation).reading.value, std::nullopt);
    EXPECT_EQ(find("memory", situation).reading.reason, "collector container has no sample");
  }
}

TEST(Disk, CountsWhatUsersMayUseAsDfDoes) {
  Situation situation;
  add_mounts(situation, {{"data", "1000", "400", "350"}});
  EXPECT_THAT(find("disk", situation).reading.value, Optional(DoubleEq(600.0 / 950)));
}

TEST(Disk, IsTheFullerOfDataAndWal) {
  for (const auto& [data_free, wal_free] : {std::pair("900", "50"), std::pair("50", "900")}) {
    Situation situation;
    add_mounts(situation, {{"data", "1000", data_free, data_free}, {"wal", "1000", wal_free, wal_free}});
    EXPECT_THAT(find("disk", situation).reading.value, Optional(DoubleEq(0.95)));
    EXPECT_THAT(find("disk", situation).state, Optional(State::critical));
  }
}

TEST(Disk, AFullTablespaceOrLogIsNotTheDatabases) {
  Situation situation;
  add_mounts(situation,
             {{"data", "1000", "900", "900"}, {"log", "1000", "1", "1"}, {"tablespace", "1000", "1", "1"}});
  EXPECT_THAT(find("disk", situation).reading.value, Optional(DoubleEq(0.1)));
}

TEST(Disk, AnEmptyDiskIsKnownToBeEmpty) {
  Situation situation;
  add_mounts(situation, {{"data", "1000", "1000", "950"}});
  EXPECT_THAT(find("disk", situation).reading.value, Optional(0.0));
  EXPECT_THAT(find("disk", situation).state, Optional(State::ok));
}

TEST(Disk, OneMountIsEnough) {
  Situation situation;
  add_mounts(situation, {{"wal", "1000", "100", "100"}});
  EXPECT_THAT(find("disk", situation).reading.value, Optional(DoubleEq(0.9)));
  EXPECT_EQ(find("disk", situation).reading.reason, "");
}

TEST(Connections, AreTheClientsOverTheMost) {
  Situation situation;
  add_connections(situation, "100",
                  {{"client backend", "active", "30"},
                   {"client backend", "idle", "52"},
                   {"autovacuum worker", "active", "3"},
                   {"walsender", "active", "2"}});
  const Finding connections = find("connections", situation);
  EXPECT_THAT(connections.reading.value, Optional(DoubleEq(0.82)));
  EXPECT_THAT(connections.state, Optional(State::warning));
}

TEST(Connections, WithoutTheSettingThereIsNoShare) {
  Situation situation;
  situation.add({"stat_activity",
                 {{"backend_type"}, {"state"}, {"count", Use::gauge, "pg_stat_activity_count", "Sessions."}},
                 {{"client backend", "active", "30"}}});
  EXPECT_EQ(find("connections", situation).reading.value, std::nullopt);
}

TEST(Latency, IsTheMeanOfAllCallsInTheWindow) {
  Situation situation;
  situation.history.statement_calls = Situation::total({1000, 1010, 1040});
  situation.history.statement_seconds = Situation::total({50, 51, 54});
  const Finding latency = find("latency", situation);
  EXPECT_THAT(latency.reading.value, Optional(DoubleEq(0.1)));
  EXPECT_THAT(latency.state, Optional(State::warning)) << "at the limit is over it";
}

TEST(Latency, WithoutACallThereIsNoValueAndAllIsWell) {
  Situation situation;
  situation.history.statement_calls = Situation::total({1000, 1000});
  situation.history.statement_seconds = Situation::total({50, 50});
  const Finding latency = find("latency", situation);
  EXPECT_EQ(latency.reading.value, std::nullopt);
  EXPECT_THAT(latency.state, Optional(State::ok));
  EXPECT_EQ(latency.reading.reason, "no statement ended in the window");
}

TEST(Latency, OnePollIsTooEarly) {
  Situation situation;
  situation.history.statement_calls = Situation::total({1000});
  situation.history.statement_seconds = Situation::total({50});
  EXPECT_EQ(find("latency", situation).reading.reason, "needs two polls");
  EXPECT_EQ(find("latency", situation).state, std::nullopt) << "too early is not idle";
}

TEST(Latency, AnAbsentExtensionIsTheReason) {
  Situation situation;
  situation.add_without_rows(
      "stat_statements",
      {Outcome::Status::skipped, "extension pg_stat_statements is not installed", "extension"});
  EXPECT_EQ(find("latency", situation).reading.reason, "extension pg_stat_statements is not installed");
}

TEST(Evaluate, AtOrAboveALimitIsOverIt) {
  const auto state = [](const char* used) {
    Situation situation;
    add_container(situation, "", used, "1000");
    return find("memory", situation).state;
  };
  EXPECT_THAT(state("0"), Optional(State::ok));
  EXPECT_THAT(state("849"), Optional(State::ok));
  EXPECT_THAT(state("850"), Optional(State::warning));
  EXPECT_THAT(state("949"), Optional(State::warning));
  EXPECT_THAT(state("950"), Optional(State::critical));
  EXPECT_THAT(state("2000"), Optional(State::critical));
}

TEST(Evaluate, TheOperatorsNumbersTakeThePlaceOfTheTables) {
  Situation situation;
  add_container(situation, "", "500", "1000");
  const LimitOverrides limits = {{"memory", Limits{0.4, 0.6, base::Seconds(60)}}};
  const Finding memory = find("memory", situation, limits);
  EXPECT_THAT(memory.state, Optional(State::warning));
  EXPECT_EQ(memory.limits.warning, 0.4);
  EXPECT_EQ(memory.limits.hold, base::Seconds(60));
  EXPECT_EQ(find("disk", situation, limits).limits.warning, 0.80) << "other rules keep theirs";
}

TEST(Evaluate, OfTwoEqualLimitsTheWorseCounts) {
  Situation situation;
  add_container(situation, "", "500", "1000");
  EXPECT_THAT(find("memory", situation, {{"memory", Limits{0.5, 0.5, base::Seconds(300)}}}).state,
              Optional(State::critical));
}

}  // namespace pgvigil::rules
