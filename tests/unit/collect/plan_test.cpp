#include "pgvigil/collect/plan.hpp"

#include <gmock/gmock.h>

#include <array>

namespace pgvigil::collect {
namespace {

using model::CollectorSpec;
using model::Outcome;
using model::Query;

constexpr std::array kByServer = {Query{13, "old"}, Query{15, "new"}, Query{18, "newest"}};
constexpr std::array kByExtension = {Query{104, "SELECT old FROM @extschema@.stats()"},
                                     Query{108, "SELECT new FROM @extschema@.stats(), @extschema@.info()"}};

CollectorSpec server_spec() {
  CollectorSpec spec;
  spec.name = "by_server";
  spec.queries = kByServer;
  return spec;
}

CollectorSpec extension_spec() {
  CollectorSpec spec;
  spec.name = "by_extension";
  spec.extension = "pg_stat_statements";
  spec.queries = kByExtension;
  return spec;
}

pg::ServerFacts server(int major) {
  pg::ServerFacts facts;
  facts.version_num = major * 10000 + 3;
  facts.database = "shop";
  return facts;
}

pg::ServerFacts with_statements(pg::ServerFacts facts, int version, std::string schema) {
  facts.extensions = {{"btree_gin", 103, "public"}, {"pg_stat_statements", version, std::move(schema)}};
  return facts;
}

Planned plan_one(const CollectorSpec& spec, const pg::ServerFacts& facts) {
  const std::array<const CollectorSpec*, 1> specs{&spec};
  auto planned = plan(specs, facts);
  EXPECT_EQ(planned.size(), 1U);
  EXPECT_EQ(planned.front().spec, &spec);
  return planned.front();
}

std::string why_skipped(const CollectorSpec& spec, const pg::ServerFacts& facts, std::string_view code) {
  const Planned planned = plan_one(spec, facts);
  EXPECT_EQ(planned.skipped.status, Outcome::Status::skipped);
  EXPECT_EQ(planned.skipped.code, code);
  EXPECT_EQ(planned.sql, "") << "what is skipped is not run";
  return planned.skipped.reason;
}

}  // namespace

TEST(Plan, EachServerGetsTheLastStepThatItsVersionReaches) {
  EXPECT_EQ(plan_one(server_spec(), server(13)).sql, "old");
  EXPECT_EQ(plan_one(server_spec(), server(14)).sql, "old");
  EXPECT_EQ(plan_one(server_spec(), server(15)).sql, "new");
  EXPECT_EQ(plan_one(server_spec(), server(17)).sql, "new");
  EXPECT_EQ(plan_one(server_spec(), server(18)).sql, "newest");
  EXPECT_EQ(plan_one(server_spec(), server(21)).sql, "newest") << "a staircase has no upper end";
}

TEST(Plan, AServerBelowTheFirstStepIsToldWhatItWouldNeed) {
  EXPECT_EQ(why_skipped(server_spec(), server(12), "version"), "needs PostgreSQL 13");
}

TEST(Plan, WhereAnExtensionIsNeededItsVersionCountsAndNotTheServers) {
  const auto upgraded = with_statements(server(18), 104, "public");
  EXPECT_EQ(plan_one(extension_spec(), upgraded).sql, "SELECT old FROM public.stats()");
  const auto updated = with_statements(server(13), 110, "public");
  EXPECT_EQ(plan_one(extension_spec(), updated).sql, "SELECT new FROM public.stats(), public.info()");
}

TEST(Plan, TheExtensionsSchemaStandsInTheSqlAsTheServerQuotesIt) {
  const auto odd = with_statements(server(14), 108, "\"odd \"\"schema\"");
  EXPECT_EQ(plan_one(extension_spec(), odd).sql,
            "SELECT new FROM \"odd \"\"schema\".stats(), \"odd \"\"schema\".info()");
}

TEST(Plan, ASchemaThatIsNamedLikeThePlaceholderIsFilledInOnce) {
  const auto odd = with_statements(server(14), 104, "\"@extschema@\"");
  EXPECT_EQ(plan_one(extension_spec(), odd).sql, "SELECT old FROM \"@extschema@\".stats()");
}

TEST(Plan, AnAbsentExtensionIsNamedTogetherWithTheDatabaseAndTheCure) {
  EXPECT_EQ(
      why_skipped(extension_spec(), server(14), "extension"),
      "extension pg_stat_statements is not installed in database shop: CREATE EXTENSION pg_stat_statements");
}

TEST(Plan, AnOldExtensionIsToldWhatItHasAndNeeds) {
  EXPECT_EQ(why_skipped(extension_spec(), with_statements(server(14), 103, "public"), "extension"),
            "needs extension pg_stat_statements 1.4, has 1.3: ALTER EXTENSION pg_stat_statements UPDATE");
}

TEST(Plan, ACollectorForOneRoleIsSkippedOnTheOther) {
  CollectorSpec primary = server_spec();
  primary.role = model::Role::primary;
  CollectorSpec replica = server_spec();
  replica.role = model::Role::replica;
  pg::ServerFacts standby = server(14);
  standby.in_recovery = true;

  EXPECT_EQ(plan_one(primary, server(14)).sql, "old");
  EXPECT_EQ(plan_one(replica, standby).sql, "old");
  EXPECT_EQ(why_skipped(primary, standby, "role"), "makes sense on a primary only");
  EXPECT_EQ(why_skipped(replica, server(14), "role"), "makes sense on a replica only");
}

TEST(Plan, WhatWouldBeWrongWithoutAllStatisticsIsSkippedWithTheCure) {
  CollectorSpec activity = server_spec();
  activity.all_stats = true;
  pg::ServerFacts facts = server(14);
  facts.role = "watcher";
  EXPECT_EQ(why_skipped(activity, facts, "permission"),
            "role watcher sees its own sessions and statements only: GRANT pg_monitor TO watcher");
  EXPECT_EQ(why_skipped(activity, server(12), "version"), "needs PostgreSQL 13") << "no right would help";
  facts.reads_all_stats = true;
  EXPECT_EQ(plan_one(activity, facts).sql, "old");
}

TEST(Plan, AReaderRunsWithoutSql) {
  CollectorSpec reader;
  reader.name = "mounts";
  reader.source = model::Source::mounts;
  const Planned planned = plan_one(reader, server(14));
  EXPECT_EQ(planned.skipped.status, Outcome::Status::ok);
  EXPECT_EQ(planned.sql, "");
}

TEST(OutcomeOf, WhatCannotBeIsSkippedAndWhatBrokeHasFailed) {
  const CollectorSpec plain = server_spec();
  const CollectorSpec extended = extension_spec();
  CollectorSpec reader;
  reader.source = model::Source::container;
  const auto outcome = [](const CollectorSpec& spec, base::ErrorKind kind, std::string sqlstate) {
    const Outcome made = outcome_of(spec, {kind, "the reason", std::move(sqlstate)});
    EXPECT_EQ(made.reason, "the reason");
    return std::pair<Outcome::Status, std::string>(made.status, made.code);
  };
  using enum Outcome::Status;
  EXPECT_EQ(outcome(plain, base::ErrorKind::permission, "42501"),
            std::pair(skipped, std::string("permission")));
  EXPECT_EQ(outcome(reader, base::ErrorKind::io, ""), std::pair(skipped, std::string("not_visible")));
  EXPECT_EQ(outcome(plain, base::ErrorKind::io, ""), std::pair(failed, std::string("io")));
  EXPECT_EQ(outcome(extended, base::ErrorKind::sql, "55000"), std::pair(skipped, std::string("extension")))
      << "not preloaded";
  EXPECT_EQ(outcome(plain, base::ErrorKind::sql, "55000"), std::pair(failed, std::string("sql")));
  EXPECT_EQ(outcome(plain, base::ErrorKind::timeout, "57014"), std::pair(failed, std::string("timeout")));
}

TEST(Plan, EverySpecIsPlannedInItsOrderAndNoneSpoilsAnother) {
  const CollectorSpec first = extension_spec();
  const CollectorSpec second = server_spec();
  const std::array<const CollectorSpec*, 2> specs{&first, &second};
  const auto planned = plan(specs, server(14));
  ASSERT_EQ(planned.size(), 2U);
  EXPECT_EQ(planned[0].skipped.status, Outcome::Status::skipped);
  EXPECT_EQ(planned[1].sql, "old");
}

TEST(Plan, NothingIsAskedFromTheVersionOnThatASpecEndsBefore) {
  CollectorSpec spec = server_spec();
  spec.before = 17;
  EXPECT_EQ(plan_one(spec, server(16)).sql, "new");
  EXPECT_EQ(why_skipped(spec, server(17), "version"), "is for PostgreSQL before 17");
}

TEST(Plan, PgbouncersConsoleIsAskedByItsOwnCollectorsOnly) {
  constexpr std::array kShow = {Query{0, "SHOW POOLS"}};
  CollectorSpec pools;
  pools.name = "pools";
  pools.server = model::Server::pgbouncer;
  pools.queries = kShow;
  pg::ServerFacts console;
  console.console = true;
  EXPECT_EQ(plan_one(pools, console).sql, "SHOW POOLS");
  EXPECT_EQ(why_skipped(pools, server(14), "server"), "is for pgbouncer's console");
  EXPECT_EQ(why_skipped(server_spec(), console, "server"),
            "is for PostgreSQL, and this is pgbouncer's console");
}

}  // namespace pgvigil::collect
