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
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;
using testing::Not;
using testing::StartsWith;

using Line = Diary::Line;

}  // namespace

/// The second connection: it takes the collectors of database scope to each database.
class Visits : public PollerStory {
 protected:
  Visits() {
    add("cluster");
    add_at_database_scope("tables");
  }
  void add_databases(int count) {
    for (int i = 0; i < count; ++i) add_database("db" + std::string(i < 10 ? "0" : "") + std::to_string(i));
  }
};

TEST_F(Visits, WithOneDatabaseTheSessionStaysThere) {
  add_database("shop");
  poll_for(Seconds(59));
  EXPECT_EQ(server_.count("shop: connect"), 1U);
  EXPECT_EQ(server_.count("shop: tables"), 4U) << "as often as at cluster scope";
  EXPECT_EQ(server_.count("shop: close"), 0U);
}

TEST_F(Visits, SeveralDatabasesAreEachVisitedOnceAMinuteByAFreshSession) {
  add_databases(3);
  poll_for(Seconds(599));
  for (const std::string database : {"db00", "db01", "db02"}) {
    EXPECT_EQ(server_.count(database + ": connect"), 10U);
    EXPECT_EQ(server_.count(database + ": tables"), 10U);
    EXPECT_EQ(server_.count(database + ": close"), 10U);
  }
  EXPECT_THAT(databases_of("tables"), ElementsAre("db00", "db01", "db02"));
}

TEST_F(Visits, ACollectorOfSomeDatabasesRunsInThoseAlone) {
  constexpr std::array<std::string_view, 2> kSome = {"db01", "nonesuch"};
  add_at_database_scope("tills").databases = kSome;
  add_databases(3);
  poll_for(Seconds(599));
  EXPECT_EQ(server_.count("db01: tills"), 10U);
  EXPECT_EQ(server_.count("db00: tills") + server_.count("db02: tills"), 0U);
  EXPECT_THAT(databases_of("tills"), ElementsAre("db01"));
  EXPECT_EQ(entry("tills").outcome().status, Outcome::Status::ok);
}

TEST_F(Visits, AMinuteStaysAMinuteWhenPollsTakeNowMoreAndNowLess) {
  add_databases(2);
  for (int polls = 0; polls < 40; ++polls) {
    takes("cluster", Millis(polls % 7 == 0 ? 400 : 10));
    takes("tables", Millis(polls % 3 == 0 ? 300 : 10));
    poll();
  }
  EXPECT_EQ(server_.count("db00: tables"), 10U);
  EXPECT_EQ(server_.count("db01: tables"), 10U);
}

TEST_F(Visits, TheLongestUnvisitedComesFirst) {
  add_databases(4);
  takes("tables", Seconds(3));
  std::vector<std::string> order;
  for (int polls = 0; polls < 30; ++polls) {
    poll();
    for (const std::string& what : server_.done())
      if (what.ends_with(": tables")) order.push_back(what.substr(0, 4));
  }
  ASSERT_GE(order.size(), 12U);
  for (std::size_t i = 0; i + 4 < order.size(); ++i) EXPECT_EQ(order[i], order[i + 4]) << "visit " << i;
}

TEST_F(Visits, TheyUseAtMostAFifthOfTheTime) {
  add_databases(30);
  server_.connecting_takes = Millis(100);
  takes("tables", Millis(1900));
  poll_for(Seconds(3600));
  std::size_t visits = 0;
  for (const std::string& what : server_.done()) visits += what.ends_with(": tables") ? 1U : 0U;
  EXPECT_THAT(visits, AllOf(Ge(330U), Le(362U))) << "a fifth of an hour is 360 visits of two seconds";
}

TEST_F(Visits, OneSlowDatabaseDoesNotUseMoreThanItsFifthEither) {
  add_database("shop");
  takes("tables", Seconds(6));
  poll_for(Seconds(3600));
  EXPECT_THAT(server_.count("shop: tables"), AllOf(Ge(110U), Le(121U))) << "120 times six seconds";
}

TEST_F(Visits, ATemplateIsNeverEnteredNorPostgresUnlessTheConninfoNamesIt) {
  server_.facts.database = "shop";
  add_database("shop");
  poll_for(Seconds(120));
  EXPECT_THAT(databases_of("tables"), ElementsAre("shop"));
  EXPECT_EQ(server_.count("postgres: connect") + server_.count("template1: connect"), 0U);
}

TEST_F(Visits, PostgresIsVisitedWhereTheConninfoNamesIt) {
  server_.facts.database = "postgres";
  poll();
  EXPECT_THAT(databases_of("tables"), ElementsAre("postgres"));
  EXPECT_EQ(server_.count("template1: connect"), 0U);
}

TEST_F(Visits, OnlyIncludedDatabasesAreVisited) {
  add_databases(3);
  options_.include = {"db02", "db00", "not there"};
  poll();
  EXPECT_THAT(databases_of("tables"), ElementsAre("db00", "db02"));
}

TEST_F(Visits, ExcludedDatabasesAreNotVisited) {
  add_databases(3);
  options_.exclude = {"postgres", "db01"};
  poll();
  EXPECT_THAT(databases_of("tables"), ElementsAre("db00", "db02"));
}

TEST_F(Visits, WithNoDatabaseToVisitTheCollectorSaysSo) {
  options_.exclude = {"postgres"};
  poll();
  EXPECT_EQ(entry("tables").outcome().status, Outcome::Status::skipped);
  EXPECT_EQ(entry("tables").outcome().reason, "there is no database to visit");
}

TEST_F(Visits, ASessionIsGivenUpAfterTenMinutes) {
  add_database("shop");
  poll_for(Seconds(3599));
  EXPECT_EQ(server_.count("shop: connect"), 6U);
  EXPECT_EQ(server_.count("connect"), 1U) << "the kept one stays";
}

TEST_F(Visits, ADatabaseThatCannotBeEnteredFailsAloneAndWithItsOwnReason) {
  add_databases(2);
  server_.closed["db00"] = {ErrorKind::auth, "no pg_hba.conf entry", "28000"};
  EXPECT_TRUE(poll().up);
  EXPECT_EQ(part("tables", "db00").outcome.code, "auth");
  EXPECT_EQ(part("tables", "db00").outcome.reason, "no pg_hba.conf entry");
  EXPECT_EQ(part("tables", "db01").outcome.status, Outcome::Status::ok);
  EXPECT_EQ(entry("tables").outcome().status, Outcome::Status::failed) << "the worst of its databases";
  EXPECT_THAT(diary_.take(), Contains(Line{"connection", "db00", "auth"}));
}

TEST_F(Visits, AServerThatRefusesAVisitBecauseItShutsDownIsLetGoOf) {
  add_databases(2);
  poll();
  server_.closed["db00"] = {ErrorKind::connect, "the database system is shutting down", "57P03"};
  poll_for(Seconds(60));
  EXPECT_FALSE(snapshot_->up);
  EXPECT_EQ(server_.count("close"), 1U) << "the kept session, too";
}

TEST_F(Visits, ADroppedDatabaseIsForgotten) {
  add_databases(2);
  poll();
  drop_database("db00");
  server_.closed["db00"] = {ErrorKind::connect, "database \"db00\" does not exist", "3D000"};
  poll_for(Seconds(75));
  EXPECT_THAT(databases_of("tables"), ElementsAre("db01"));
  EXPECT_EQ(entry("tables").outcome().status, Outcome::Status::ok);
}

TEST_F(Visits, ANewDatabaseIsFoundWithinAMinute) {
  add_databases(2);
  poll();
  add_database("new");
  poll_for(Seconds(75));
  EXPECT_THAT(databases_of("tables"), Contains("new"));
}

TEST_F(Visits, ALostVisitLeavesTheKeptSessionAlone) {
  add_database("shop");
  poll();
  server_.done();
  fails("tables", ErrorKind::connect, "57P01");
  server_.answers["tables"].rows = base::fail(ErrorKind::connect, "the connection was lost");
  EXPECT_TRUE(poll().up);
  EXPECT_EQ(part("tables", "shop").outcome.code, "connect");
  EXPECT_EQ(part("cluster").outcome.status, Outcome::Status::ok);
}

TEST_F(Visits, WhereNothingIsDueNobodyKnocks) {
  add_databases(2);
  poll();
  server_.done();
  poll_for(Seconds(40));
  EXPECT_THAT(server_.done(), Each(Not(StartsWith("db"))));
}

/// Many databases, a collector that is due each minute, and five that are due every five minutes.
class VisitsToMany : public Visits {
 protected:
  static constexpr std::array<const char*, 5> kRare = {"v", "w", "x", "y", "z"};

  VisitsToMany() {
    for (const char* name : kRare) add_at_database_scope(name).interval = Seconds(300);
  }
  void poll_for_a_minute() {
    for (int polls = 0; polls < 4; ++polls) poll();
  }
  std::vector<std::string> asked_of(const std::string& database) {
    std::vector<std::string> asked;
    for (const std::string& what : server_.done())
      if (what.starts_with(database + ": ") && !what.ends_with("connect") && !what.ends_with("close"))
        asked.push_back(what.substr(database.size() + 2));
    return asked;
  }
};

TEST_F(VisitsToMany, AVisitAsksOneOfTheRareStatementsTheLongestDueFirst) {
  add_databases(21);
  for (const char* rare : {"v", "w", "x", "y", "z", "v", "w"}) {
    poll_for_a_minute();
    EXPECT_THAT(asked_of("db07"), ElementsAre("tables", rare));
  }
}

TEST_F(VisitsToMany, EachStatementKeepsItsIntervalInEachDatabase) {
  add_at_database_scope("z_hourly").interval = Seconds(3600);
  add_databases(40);
  poll_for(Seconds(7199));
  for (const std::string database : {"db00", "db20", "db39"}) {
    EXPECT_EQ(server_.count(database + ": tables"), 120U) << database;
    EXPECT_EQ(server_.count(database + ": z_hourly"), 3U) << database;
    for (const char* rare : kRare) EXPECT_EQ(server_.count(database + ": " + rare), 24U) << database << rare;
  }
}

TEST_F(VisitsToMany, TheFirstRoundTakesHardlyLongerThanWithoutTheRareStatements) {
  add_databases(90);
  for (const char* name : {"tables", "v", "w", "x", "y", "z"}) takes(name, Millis(16));
  poll();
  EXPECT_EQ(databases_of("tables").size(), 90U) << "32 ms each, of three seconds";
}

TEST_F(VisitsToMany, TheyAreAskedAllTheSameWhereTheTimeIsTooShort) {
  add_databases(40);
  for (const char* name : {"tables", "v", "w", "x", "y", "z"}) takes(name, Millis(300));
  poll_for(Seconds(1200));
  for (const std::string database : {"db00", "db39"})
    for (const char* rare : kRare)
      EXPECT_THAT(server_.count(database + ": " + rare), Ge(1U)) << database << rare;
}

TEST_F(VisitsToMany, OneThatRanIntoItsLimitStillRunsLast) {
  add_databases(21);
  fails("tables", ErrorKind::timeout, "57014");
  poll_for_a_minute();
  EXPECT_THAT(asked_of("db07"), ElementsAre("tables", "v"));
  poll_for_a_minute();
  EXPECT_THAT(asked_of("db07"), ElementsAre("w", "tables"));
}

TEST_F(VisitsToMany, TwentyAreFew) {
  add_databases(20);
  poll();
  EXPECT_THAT(asked_of("db07"), ElementsAre("tables", "v", "w", "x", "y", "z"));
}

class VisitsWithoutPurpose : public PollerStory {};

TEST_F(VisitsWithoutPurpose, WithoutCollectorsOfDatabaseScopeNoDatabaseIsEntered) {
  add("cluster");
  for (const char* name : {"a", "b", "c"}) add_database(name);
  poll_for(Seconds(300));
  for (const std::string& what : server_.done()) EXPECT_EQ(what.find(':'), std::string::npos) << what;
}

TEST_F(VisitsWithoutPurpose, ADatabaseIsEnteredOnlyWhenACollectorIsDueThere) {
  add_at_database_scope("sizes").interval = Seconds(600);
  for (const char* name : {"a", "b"}) add_database(name);
  poll_for(Seconds(530));
  EXPECT_EQ(server_.count("a: connect"), 1U);
  poll_for(Seconds(90));
  EXPECT_EQ(server_.count("a: connect"), 2U);
}

TEST_F(VisitsWithoutPurpose, ASessionIsGivenUpAfterTwoThousandTablesSized) {
  model::CollectorSpec& sizes = add_at_database_scope("table_size");
  sizes.max_rows = 2000;
  add_database("shop");
  server_.facts.database = "shop";
  pg::Rows eight_hundred = rows({"datname", "value"}, {});
  for (int i = 0; i < 800; ++i) {
    eight_hundred.cells.add("table" + std::to_string(i));
    eight_hundred.cells.add("8192");
  }
  server_.answers["table_size"] = {eight_hundred};
  for (int polls = 0; polls < 3; ++polls) poll();
  EXPECT_EQ(server_.count("shop: connect"), 1U);
  poll();
  EXPECT_EQ(server_.count("shop: close"), 1U) << "2,400 relations were sized";
  EXPECT_EQ(server_.count("shop: connect"), 2U);
}

}  // namespace pgvigil::collect
