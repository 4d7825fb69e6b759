#include "pgvigil/collect/poller.hpp"

#include <gmock/gmock.h>

#include "poller_story.hpp"

namespace pgvigil::collect {
namespace {

using base::ErrorKind;
using base::Millis;
using base::Seconds;
using model::Outcome;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;
using testing::Not;

using Line = Diary::Line;

}  // namespace

/// What is asked when, and what becomes of the answers.
class PollerTest : public PollerStory {};

TEST_F(PollerTest, TheFirstPollConnectsAndAsksEverything) {
  add("activity");
  add("locks");
  EXPECT_TRUE(poll().up);
  EXPECT_EQ(snapshot_->server_version, "14.23");
  EXPECT_THAT(server_.done(), ElementsAre("connect", "activity", "locks"));
  ASSERT_NE(part("activity").sheet, nullptr);
  EXPECT_EQ(part("activity").sheet->cells.at(0, 1), "1");
  EXPECT_EQ(part("activity").last_success, clock_.wall());
  EXPECT_THAT(diary_.take(),
              ElementsAre(Line{"connection", "", "ok"}, Line{"activity", "", "ok"}, Line{"locks", "", "ok"}));
}

TEST_F(PollerTest, ACollectorIsAskedAtItsInterval) {
  add("activity");
  add("sizes").interval = Seconds(60);
  poll_for(Seconds(239));
  EXPECT_EQ(server_.count("activity"), 16U);
  EXPECT_EQ(server_.count("sizes"), 4U);
  EXPECT_EQ(server_.count("connect"), 1U) << "one session is kept";
}

TEST_F(PollerTest, ASheetStaysWhileItsAnswersSayTheSame) {
  add("activity");
  poll();
  const auto sheet = part("activity").sheet;
  poll();
  EXPECT_EQ(part("activity").sheet, sheet) << "what was made of it is good still";
  EXPECT_EQ(part("activity").last_success, clock_.wall());
  server_.answers.insert_or_assign("activity", Answer{rows({"datname", "value"}, {{"x", "2"}}), Millis(0)});
  poll();
  EXPECT_EQ(part("activity").sheet->cells.at(0, 1), "2");
}

TEST_F(PollerTest, APollThatStartsALittleEarlyStillAsksWhatIsNearlyDue) {
  add("activity");
  poll();
  server_.done();
  clock_.advance(Millis(14'990));
  poller_->poll();
  EXPECT_THAT(server_.done(), ElementsAre("activity"));
}

TEST_F(PollerTest, WhatIsBehindAResultThatIsTooLargeIsAskedSoonInASessionOfItsOwn) {
  add("a");
  add("flood");
  add("z");
  fails("flood", ErrorKind::too_large, "");
  EXPECT_TRUE(poll().up);
  EXPECT_EQ(part("flood").outcome.code, "too_large");
  EXPECT_EQ(part("z").outcome.code, "pending");
  EXPECT_THAT(server_.done(), ElementsAre("connect", "a", "flood", "close"));
  EXPECT_EQ(until_next_poll(), Seconds(1));
  EXPECT_TRUE(poll().up);
  EXPECT_EQ(part("z").outcome.code, "");
  EXPECT_THAT(server_.done(), ElementsAre("connect", "z"));
}

TEST_F(PollerTest, AFloodIsNoOutageAtAShortPaceEither) {
  options_.interval = Seconds(1);
  add("a").interval = Seconds(1);
  add("flood").interval = Seconds(1);
  fails("flood", ErrorKind::too_large, "", Millis(300));
  for (int polls = 0; polls < 10; ++polls) EXPECT_TRUE(poll().up) << polls;
}

TEST_F(PollerTest, ACollectorWhoseResultsAreTooLargeRunsLastAndMoreRarely) {
  add("a");
  add("flood");
  add("z");
  fails("flood", ErrorKind::too_large, "");
  poll_for(Seconds(3600));
  server_.done();
  poll_for(Seconds(3600));
  EXPECT_THAT(server_.count("flood"), AllOf(Ge(105U), Le(121U)));
  EXPECT_THAT(server_.count("connect"), AllOf(Ge(105U), Le(121U))) << "a session each";
  EXPECT_THAT(server_.count("z"), AllOf(Ge(215U), Le(300U))) << "nobody missed a turn";
}

TEST_F(PollerTest, AFailedStatementHarmsNoOther) {
  add("a");
  add("broken");
  add("c");
  fails("broken", ErrorKind::sql, "42703");
  EXPECT_TRUE(poll().up);
  EXPECT_EQ(part("a").outcome.status, Outcome::Status::ok);
  EXPECT_EQ(part("c").outcome.status, Outcome::Status::ok);
  EXPECT_EQ(part("broken").outcome.status, Outcome::Status::failed);
  EXPECT_EQ(part("broken").outcome.code, "sql");
  EXPECT_EQ(part("broken").outcome.reason, "the server said no");
  EXPECT_EQ(part("broken").last_success, std::nullopt);
}

TEST_F(PollerTest, RowsThatBreakTheContractFailTheirCollectorOnly) {
  add("a");
  add("twins");
  server_.answers["twins"] = {rows({"datname", "value"}, {{"x", "1"}, {"x", "2"}})};
  poll();
  EXPECT_EQ(part("a").outcome.status, Outcome::Status::ok);
  EXPECT_EQ(part("twins").outcome.code, "contract");
  EXPECT_EQ(part("twins").sheet, nullptr);
}

TEST_F(PollerTest, WhatTimedOutRunsLastAndMoreRarely) {
  add("fast");
  add("alone");
  add("slow");
  times_out("fast");
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("connect", "fast", "alone", "slow"));
  EXPECT_EQ(part("fast").outcome.code, "timeout");
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("alone", "slow")) << "twice its interval";
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("alone", "slow", "fast")) << "behind those that did not time out";
  poll();
  EXPECT_THAT(server_.done(), Not(Contains("fast")));
  recovers("fast");
  poll();
  EXPECT_THAT(server_.done(), Contains("fast"));
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("fast", "alone", "slow")) << "as if nothing had been";
}

TEST_F(PollerTest, TimingOutForHoursStillMeansEveryOtherRound) {
  add("slow");
  times_out("slow");
  poll_for(Seconds(3600));
  server_.done();
  poll_for(Seconds(2 * 15 * 10));
  EXPECT_THAT(server_.count("slow"), AllOf(Ge(10U), Le(11U)));
}

TEST_F(PollerTest, WhatUsesUpThePollsTimeRunsLastFromThenOn) {
  for (const char* name : {"a", "b_silent", "c"}) add(name);
  takes("b_silent", Seconds(60));
  EXPECT_TRUE(poll().up);
  EXPECT_EQ(part("c").outcome.code, "timeout");
  poll();
  EXPECT_EQ(part("c").outcome.status, Outcome::Status::ok);
  server_.done();
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("a", "c", "b_silent", "close"));
}

TEST_F(PollerTest, AUsersCollectorThatUsesUpThePollsTimeHarmsNoneOfOurs) {
  add("a_users").user = true;
  add("ours");
  takes("a_users", Seconds(60));
  EXPECT_TRUE(poll().up);
  EXPECT_THAT(server_.done(), ElementsAre("connect", "ours", "a_users", "close"));
  EXPECT_EQ(part("ours").outcome.status, Outcome::Status::ok);
}

TEST_F(PollerTest, DisksAreReadWhateverUsesUpThePollsTime) {
  add("a");
  model::CollectorSpec& reader = add("mounts");
  reader.source = model::Source::mounts;
  reader.queries = {};
  add("silent");
  takes("silent", Seconds(60));
  poll();
  EXPECT_EQ(part("mounts").outcome.status, Outcome::Status::ok);
}

TEST_F(PollerTest, AServerThatIsSilentWhenAskedForItsDisksIsAskedNothingElse) {
  add("a");
  for (const char* name : {"m1", "m2"}) {
    model::CollectorSpec& reader = add(name);
    reader.source = model::Source::mounts;
    reader.queries = {};
  }
  server_.answers["m1"] = {base::fail(ErrorKind::timeout, "the server did not answer in time")};
  EXPECT_FALSE(poll().up);
  EXPECT_THAT(server_.done(), ElementsAre("connect", "read m1", "read alone m1", "read alone m2", "close"));
  for (const char* name : {"a", "m1"}) EXPECT_EQ(part(name).outcome.code, "timeout") << name;
  EXPECT_EQ(part("m2").outcome.status, Outcome::Status::ok) << "what needs no server is read all the same";
}

TEST_F(PollerTest, ManyThatTimeOutUseUpThePollsTimeAndTheServerIsUpAllTheSame) {
  for (const char* name : {"a", "slow1", "slow2", "slow3", "z"}) add(name);
  for (const char* name : {"slow1", "slow2", "slow3"}) times_out(name);
  EXPECT_TRUE(poll().up);
  EXPECT_THAT(server_.done(), ElementsAre("connect", "a", "slow1", "slow2", "slow3", "close"));
  EXPECT_EQ(part("a").outcome.status, Outcome::Status::ok);
  EXPECT_EQ(part("z").outcome.code, "timeout");
  EXPECT_EQ(until_next_poll(), Seconds(3)) << "at its time";
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("connect", "a", "slow3", "z"));
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("a", "z", "slow1", "slow2")) << "what answers comes first";
}

TEST_F(PollerTest, ALackOfPrivilegeIsSkippedAndNotFailed) {
  add("a");
  poll();
  ASSERT_NE(part("a").sheet, nullptr);
  fails("a", ErrorKind::permission, "42501");
  poll();
  EXPECT_EQ(part("a").outcome.status, Outcome::Status::skipped);
  EXPECT_EQ(part("a").outcome.code, "permission");
  EXPECT_EQ(part("a").sheet, nullptr) << "what may not be read any more is not shown any more";
  recovers("a");
  poll();
  EXPECT_NE(part("a").sheet, nullptr);
}

TEST_F(PollerTest, ASkippedCollectorSaysWhyAndIsNotAsked) {
  add("statements").extension = "pg_stat_statements";
  poll();
  EXPECT_THAT(server_.done(), Not(Contains("statements")));
  EXPECT_EQ(part("statements").outcome.status, Outcome::Status::skipped);
  EXPECT_EQ(part("statements").outcome.code, "extension");
  EXPECT_TRUE(snapshot_->up) << "with nothing to ask, the look has reached the server";
}

TEST_F(PollerTest, AnExtensionIsNoticedWithinAMinute) {
  add("a");
  add("statements").extension = "pg_stat_statements";
  poll();
  server_.facts.extensions = {{"pg_stat_statements", 109, "public"}};
  poll_for(Seconds(75));
  EXPECT_THAT(server_.done(), Contains("statements"));
  EXPECT_EQ(part("statements").outcome.status, Outcome::Status::ok);
}

TEST_F(PollerTest, TheServerIsLookedAtOnceAMinute) {
  add("a");
  poll_for(Seconds(599));
  EXPECT_THAT(server_.count("look"), AllOf(Ge(8U), Le(9U)));
}

TEST_F(PollerTest, AnErrorThatOldFactsWouldExplainIsFollowedByALook) {
  add("a");
  poll();
  fails("a", ErrorKind::sql, "42P01");
  server_.done();
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("a", "look"));
}

TEST_F(PollerTest, WithNothingDueTheLookIsTheHeartbeat) {
  add("sizes").interval = Seconds(60);
  poll();
  server_.done();
  EXPECT_TRUE(poll().up);
  EXPECT_THAT(server_.done(), ElementsAre("look"));
  server_is_down();
  EXPECT_FALSE(poll().up);
}

TEST_F(PollerTest, AFailoverIsSeen) {
  model::CollectorSpec& replica = add("replica_lag");
  replica.role = model::Role::replica;
  add("wal");
  poll();
  EXPECT_FALSE(snapshot_->in_recovery);
  server_.facts.in_recovery = true;
  poll_for(Seconds(75));
  EXPECT_TRUE(snapshot_->in_recovery);
  EXPECT_EQ(part("replica_lag").outcome.status, Outcome::Status::ok);
}

TEST_F(PollerTest, TheLastGoodRowsAreShownForFiveMinutes) {
  add("a");
  poll();
  const auto good_at = clock_.wall();
  fails("a", ErrorKind::sql, "XX000");
  poll_for(Seconds(290));
  EXPECT_NE(part("a").sheet, nullptr);
  EXPECT_EQ(part("a").outcome.status, Outcome::Status::failed);
  EXPECT_EQ(part("a").last_success, good_at);
  poll_for(Seconds(30));
  EXPECT_EQ(part("a").sheet, nullptr);
  EXPECT_EQ(part("a").last_success, good_at) << "the page still says when it last succeeded";
}

TEST_F(PollerTest, RowsOfASlowCollectorAreShownForThreeRounds) {
  add("sizes").interval = Seconds(600);
  poll();
  fails("sizes", ErrorKind::sql, "XX000");
  poll_for(Seconds(1790));
  EXPECT_NE(part("sizes").sheet, nullptr);
  poll_for(Seconds(30));
  EXPECT_EQ(part("sizes").sheet, nullptr);
}

TEST_F(PollerTest, ASnapshotOutlivesThePollsBehindIt) {
  add("a");
  poll();
  const auto before = snapshot_;
  server_.answers["a"] = {rows({"datname", "value"}, {{"x", "2"}})};
  poll();
  EXPECT_EQ(before->entries[0].parts[0].sheet->cells.at(0, 1), "1");
  EXPECT_EQ(part("a").sheet->cells.at(0, 1), "2");
}

TEST_F(PollerTest, AReaderThatSeesNothingIsSkippedWithItsReason) {
  model::CollectorSpec& reader = add("container");
  reader.source = model::Source::container;
  reader.queries = {};
  server_.answers["container"] = {base::fail(ErrorKind::io, "the server is elsewhere")};
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("connect", "read container", "look"));
  EXPECT_EQ(part("container").outcome.status, Outcome::Status::skipped);
  EXPECT_EQ(part("container").outcome.code, "not_visible");
  EXPECT_EQ(part("container").outcome.reason, "the server is elsewhere");
}

TEST_F(PollerTest, TheContainersCpuTimeIsRemembered) {
  static constexpr std::array kCpu = {
      model::Column{"usage", model::Use::counter, "pg_container_cpu_usage_seconds_total", "CPU."}};
  model::CollectorSpec& reader = add("container");
  reader.source = model::Source::container;
  reader.queries = {};
  reader.columns = kCpu;
  server_.answers["container"] = {rows({"usage"}, {{"12.5"}})};
  poll();
  ASSERT_EQ(poller_->history().cpu_seconds.size(), 1U);
  EXPECT_EQ(poller_->history().cpu_seconds[0].value, 12.5);
  EXPECT_EQ(poller_->history().cpu_seconds[0].at, clock_.steady());
}

TEST_F(PollerTest, AStatementBudgetOfOneRowKeepsTheRemainder) {
  static constexpr std::array kStatements = {
      model::Column{"user"}, model::Column{"datname"}, model::Column{"queryid"},
      model::Column{"calls", model::Use::counter, "pg_calls_total", "Calls."},
      model::Column{"milliseconds", model::Use::counter, "pg_seconds_total", "Time.", 0.001}};
  model::CollectorSpec& statements = add("statements");
  statements.fold = model::Fold::statements;
  statements.max_rows = 1;
  statements.columns = kStatements;
  server_.answers["statements"] = {
      rows({"name", "userid", "dbid", "queryid", "nested", "calls", "milliseconds"},
           {{kNull, "10", "1", "1", kNull, "10", "5"}, {kNull, "10", "1", "2", kNull, "4", "2"}})};
  poll();
  const auto& sheet = *part("statements").sheet;
  ASSERT_EQ(sheet.cells.rows(), 1U);
  EXPECT_EQ(sheet.cells.at(0, 2), "other");
  EXPECT_EQ(sheet.cells.at(0, 3), "14") << "with room for one series, that is the sum of all";
}

/// Collectors of statements, and a server that has some.
class PollsStatements : public PollerTest {
 protected:
  model::CollectorSpec& add_statements(std::string_view name) {
    static constexpr std::array kStatements = {
        model::Column{"user"}, model::Column{"datname"}, model::Column{"queryid"},
        model::Column{"calls", model::Use::counter, "pg_calls_total", "Calls."}};
    model::CollectorSpec& spec = add(name);
    spec.fold = model::Fold::statements;
    spec.columns = kStatements;
    return spec;
  }
  model::CollectorSpec& add_texts() {
    static constexpr std::array kTexts = {model::Column{"queryid"}, model::Column{"query"},
                                          model::Column{"present", model::Use::gauge, "pg_query_id", "1."}};
    model::CollectorSpec& spec = add("texts");
    spec.fold = model::Fold::statement_texts;
    spec.columns = kTexts;
    spec.interval = base::Seconds(60);
    server_.answers["texts"] = {rows({"queryid", "query", "present"}, {})};
    return spec;
  }
  void server_has(std::initializer_list<std::initializer_list<Cell>> entries) {
    server_.answers["statements"] = {
        rows({"name", "userid", "dbid", "queryid", "nested", "calls", "milliseconds"}, entries)};
  }
};

TEST_F(PollsStatements, OnceForAllThatAskTheSame) {
  add_statements("statements").within = "statements_detail";
  add_statements("statements_detail");
  server_has({{kNull, "10", "1", "1", kNull, "10", "5"}});
  poll();
  EXPECT_EQ(server_.count("statements") + server_.count("statements_detail"), 1U);
  EXPECT_EQ(part("statements").sheet->cells.at(0, 3), "10");
  EXPECT_EQ(part("statements_detail").sheet->cells.at(0, 3), "10");
}

TEST_F(PollsStatements, ReadsTextsOnlyWhenTheTopHasOneThatIsNotKnownAndAtMostOnceAnInterval) {
  add_statements("statements");
  add_texts();
  server_has({{kNull, "10", "1", "1", kNull, "10", "5"}});
  poll();
  EXPECT_EQ(server_.count("texts"), 0U) << "the top is not known yet";
  server_.answers["texts"] = {rows({"queryid", "query", "present"}, {{"1", "SELECT 1", "1"}})};
  poll();
  EXPECT_EQ(server_.count("texts"), 1U);
  EXPECT_EQ(part("texts").sheet->cells.at(0, 1), "SELECT 1");
  poll_for(base::Seconds(180));
  EXPECT_EQ(server_.count("texts"), 1U) << "it is known";

  server_has({{kNull, "10", "1", "2", kNull, "10", "5"}});
  poll();
  poll_for(base::Seconds(30));
  EXPECT_EQ(server_.count("texts"), 2U);
  EXPECT_EQ(part("texts").sheet->cells.rows(), 0U) << "the answer has no text of it";
  poll_for(base::Seconds(60));
  EXPECT_EQ(server_.count("texts"), 3U) << "a minute later it is asked for again";
}

}  // namespace pgvigil::collect
