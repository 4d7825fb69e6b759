#include "pgvigil/doctor/doctor.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>

#include "pgvigil/doctor/sql.hpp"

namespace pgvigil::doctor {
namespace {

using base::ErrorKind;
using model::Outcome;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

base::WallTime day(int year, unsigned month, unsigned of_month) {
  return std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) /
                               std::chrono::day(of_month));
}

/// A set-up that wants nothing.
Examination healthy() {
  Examination e;
  e.destination = {"pgvigil", "shop", "verify-full", "prefer", false};
  e.now = day(2026, 6, 1);
  e.facts.version_num = 140023;
  e.facts.version = "14.23";
  e.facts.database = "shop";
  e.facts.role = "pgvigil";
  e.facts.reads_all_stats = true;
  e.peer_address = "10.0.0.5";
  e.over_network = true;
  e.role.in_monitor = e.role.reads_settings = true;
  e.role.connection_limit = 5;
  e.settings = {{"max_connections", {"100", ""}},
                {"superuser_reserved_connections", {"3", ""}},
                {"shared_preload_libraries", {"pg_stat_statements", ""}},
                {"compute_query_id", {"auto", ""}},
                {"pg_stat_statements.max", {"5000", ""}},
                {"pg_stat_statements.track", {"none", "user"}},
                {"track_io_timing", {"on", ""}}};
  e.visits = {{"shop", true, true, {}, {}}};
  e.statements = {"1.9", "1.9", 0, 100};
  e.tls = {true, "TLSv1.3", "TLS_AES_256_GCM_SHA384"};
  return e;
}

Examination without_session(ErrorKind kind, std::string message, std::string sqlstate = {}) {
  Examination e;
  e.destination = {"pgvigil", "shop", "prefer", "prefer", false};
  e.refused = base::Error{kind, std::move(message), std::move(sqlstate)};
  return e;
}

std::vector<Verdict> lost(const Examination& e) {
  auto all = diagnose(e);
  std::erase_if(all, [](const Verdict& verdict) { return verdict.status == Status::ok; });
  return all;
}

/// The one thing that is wrong.
Verdict only(const Examination& e) {
  const auto found = lost(e);
  EXPECT_EQ(found.size(), 1U);
  return found.empty() ? Verdict{} : found.front();
}

std::string said(const Examination& e, std::string_view check) {
  const auto all = diagnose(e);
  const auto found = std::ranges::find(all, check, &Verdict::check);
  return found == all.end() ? "" : found->message;
}

}  // namespace

TEST(Doctor, FindsNothingInAHealthySetUp) {
  EXPECT_THAT(lost(healthy()), IsEmpty());
  EXPECT_EQ(said(healthy(), "tls"), "TLSv1.3, TLS_AES_256_GCM_SHA384, the server is proven to be itself");
}

TEST(Doctor, NotesWhenAVersionGetsNoMoreFixes) {
  auto e = healthy();
  e.now = day(2026, 11, 11);
  EXPECT_EQ(said(e, "version"), "PostgreSQL 14.23");
  e.now = day(2026, 11, 12);
  EXPECT_EQ(said(e, "version"), "PostgreSQL 14.23; since 2026-11-12 without fixes: plan the upgrade");
}

TEST(Doctor, KnowsVersions13To18) {
  auto e = healthy();
  e.facts.version_num = 120020;
  e.facts.version = "12.20";
  EXPECT_EQ(only(e).message, "PostgreSQL 12.20 is older than pgvigil knows: 13 to 18");
  e.facts.version_num = 190001;
  e.facts.version = "19.1";
  e.role.reserved = true;
  e.settings["reserved_connections"] = {"2", ""};
  EXPECT_EQ(only(e).message, "PostgreSQL 19.1 is newer than pgvigil knows: 13 to 18");
}

TEST(Doctor, TellsWhoseClockIsAheadAndByHowMuch) {
  auto e = healthy();
  e.round_trip = base::Millis(40);
  e.clock_ahead = 0.9;
  EXPECT_EQ(said(e, "clock"), "less than 1 s from the server's; round trip 40 ms");
  e.clock_ahead = -3601.5;
  EXPECT_EQ(only(e).message,
            "the server's clock is 3601.5 s behind this one: ages are wrong by that; round trip 40 ms");
  e.clock_ahead = 2;
  EXPECT_THAT(only(e).message, HasSubstr("2.0 s ahead of this one"));
}

TEST(Doctor, WantsTheServerProvenOverANetwork) {
  auto e = healthy();
  e.destination.sslmode = "require";
  EXPECT_THAT(only(e).message, HasSubstr("with sslmode=require anybody on the way can pass for the server"));
  EXPECT_THAT(only(e).remedy.configuration, HasSubstr("sslmode=verify-full sslrootcert=FILE"));
  e.destination.channel_binding = "require";
  EXPECT_THAT(lost(e), IsEmpty());
  e.tls = {};
  EXPECT_THAT(only(e).message, HasSubstr("no TLS: whoever is on the way"));
  e.over_network = false;
  EXPECT_THAT(lost(e), IsEmpty());
}

TEST(Doctor, KeepsTheLibrariesThatAreLoadedAlready) {
  auto e = healthy();
  e.settings.erase("pg_stat_statements.max");
  e.settings.erase("pg_stat_statements.track");
  e.settings["shared_preload_libraries"] = {"auto_explain, \"it's odd\"", ""};
  EXPECT_EQ(only(e).remedy.sql,
            "ALTER SYSTEM SET shared_preload_libraries = 'auto_explain', 'it''s odd', 'pg_stat_statements';\n"
            "-- then restart PostgreSQL");
}

TEST(Doctor, DoesNotReplaceLibrariesThatItCannotSee) {
  auto e = healthy();
  e.settings.erase("pg_stat_statements.max");
  e.settings.erase("pg_stat_statements.track");
  e.settings.erase("shared_preload_libraries");
  EXPECT_EQ(only(e).remedy.sql, "");
  EXPECT_THAT(only(e).message, HasSubstr("once the role may see shared_preload_libraries"));
}

TEST(Doctor, NamesThePackageOfAnExtensionThatIsNotThere) {
  auto e = healthy();
  e.settings.erase("pg_stat_statements.max");
  e.settings.erase("pg_stat_statements.track");
  e.statements = {};
  EXPECT_EQ(only(e).remedy.shell, "apt-get install postgresql-14");
}

TEST(Doctor, RaisesTheRoomForStatementsOnlyWhereItIsFullNow) {
  auto e = healthy();
  e.statements.dealloc = 12;
  EXPECT_THAT(lost(e), IsEmpty());
  e.statements.entries = 4800;
  EXPECT_THAT(only(e).remedy.sql, HasSubstr("SET pg_stat_statements.max = 10000;"));
  e.settings["pg_stat_statements.max"] = {"1000000000", ""};
  e.statements.entries = 1e9;
  EXPECT_THAT(only(e).remedy.sql, HasSubstr("SET pg_stat_statements.max = 1073741823;"));
}

TEST(Doctor, SaysWhenHardlyAConnectionIsFree) {
  auto e = healthy();
  e.backends = 94;
  EXPECT_EQ(said(e, "connections"), "3 of 97 connections are free");
  EXPECT_THAT(lost(e), IsEmpty());
  e.backends = 98;
  EXPECT_THAT(only(e).message, HasSubstr("0 of 97 connections are free"));
}

TEST(Doctor, TellsWhyADatabaseWasNotVisited) {
  auto e = healthy();
  e.visits.push_back({"slow", true, false, {}, {}});
  EXPECT_EQ(only(e).message, "slow was not looked at: too little time");
  e.visits.back() = {"gone", true, true, base::Error{ErrorKind::connect, "it is gone", "3D000"}, {}};
  EXPECT_EQ(only(e).status, Status::missing);
  EXPECT_EQ(only(e).message, "gone: there is no database gone (it is gone)");
  EXPECT_EQ(said(e, "databases"), "1 entered of 2 to visit");
}

TEST(Doctor, GathersWhatIsLostForOneReason) {
  auto e = healthy();
  model::CollectorSpec locks;
  locks.name = "locks";
  model::CollectorSpec wal;
  wal.name = "wal";
  model::CollectorSpec newer;
  newer.name = "newer";
  const Outcome broken{Outcome::Status::failed, "relation\n\"x\" does not exist", "sql"};
  e.trials = {{&wal, "", broken, ""},
              {&locks, "", broken, ""},
              {&newer, "", {Outcome::Status::skipped, "needs PostgreSQL 17", "version"}, ""}};
  EXPECT_EQ(only(e).message, "locks, wal: relation \"x\" does not exist");
  EXPECT_EQ(said(e, "collectors"), "0 run, group default; newer: needs PostgreSQL 17");
}

TEST(Doctor, GivesAUsersCollectorWhatItLacksAndNothingMore) {
  auto e = healthy();
  e.facts.reads_all_stats = e.role.in_monitor = false;
  model::CollectorSpec users;
  users.name = "bills";
  users.user = true;
  const Outcome denied{Outcome::Status::skipped, "permission denied for table bill", "permission"};
  e.trials = {{&users, "bills", denied, "GRANT SELECT ON public.bill TO pgvigil;"}};
  const auto found = lost(e);
  EXPECT_THAT(found.back().message, HasSubstr("bills in database bills: permission denied"));
  EXPECT_EQ(found.back().remedy.sql, "GRANT SELECT ON public.bill TO pgvigil;");
  EXPECT_EQ(found.back().remedy.database, "bills");
}

TEST(Doctor, OffersPgReadFileOnlyToThoseWhoLackIt) {
  auto e = healthy();
  model::CollectorSpec container;
  container.name = "container";
  container.source = model::Source::container;
  e.trials = {
      {&container, "", {Outcome::Status::skipped, "the server is not on this machine", "not_visible"}, ""}};
  EXPECT_THAT(only(e).remedy.sql, HasSubstr("GRANT pg_read_server_files TO \"pgvigil\";"));
  EXPECT_THAT(only(e).remedy.manifest, HasSubstr("shareProcessNamespace: true"));
  e.facts.reads_files = true;
  EXPECT_EQ(only(e).remedy.sql, "");
}

TEST(Doctor, NoticesAShutdownByAnyOfThreeSigns) {
  auto e = healthy();
  e.facts.pooled = true;  // so a ping tells of the pooler
  EXPECT_THAT(said(e, "shutdown"), HasSubstr("is not noticed"));
  e.facts.stopping_function = true;
  EXPECT_THAT(said(e, "shutdown"), HasSubstr("audit.server_stopping()"));
  e.local_sign = true;
  EXPECT_THAT(said(e, "shutdown"), HasSubstr("postmaster.pid"));
}

TEST(Doctor, QuotesEveryName) {
  auto e = healthy();
  e.facts.role = "a \"b'";
  e.facts.reads_all_stats = e.role.in_monitor = e.role.reads_settings = false;
  e.role.connection_limit = 1;
  e.role.createdb = true;
  e.settings["pg_stat_statements.track"] = {"top", "user"};
  e.visits = {{"요금 \"조회\"", false, true, {}, {}}, {"shop", true, true, {}, {{"s c", "o \"w", 2}}}};
  for (const Verdict& verdict : lost(e))
    EXPECT_THAT(verdict.remedy.sql, HasSubstr("\"a \"\"b'\"")) << verdict.check;
}

TEST(Doctor, WritesNoControlCharacterIntoIdentifiers) {
  EXPECT_EQ(identifier("요금 조회"), "\"요금 조회\"");
  EXPECT_EQ(identifier("a\\b"), "\"a\\b\"");
  EXPECT_EQ(identifier("a\\\n\"\x1b"), "U&\"a\\\\\\000a\"\"\\001b\"");
}

TEST(Doctor, WithoutASessionJudgesOnlyWhatNeedsNone) {
  auto e = without_session(ErrorKind::connect, "the database system is starting up", "57P03");
  e.destination.password_on_command_line = true;
  std::vector<std::string> checks;
  for (const Verdict& verdict : diagnose(e)) checks.emplace_back(verdict.check);
  EXPECT_THAT(checks, ElementsAre("connection", "password"));
  EXPECT_THAT(said(e, "connection"), HasSubstr("it takes no sessions now"));
}

TEST(Doctor, KnowsTheWordsOfLibpq) {
  const auto says = [](std::string message) {
    return diagnose(without_session(ErrorKind::connect, std::move(message))).front().message;
  };
  EXPECT_THAT(says("could not translate host name \"db\" to address: Name or service not known"),
              HasSubstr("the host's name is not resolved"));
  EXPECT_THAT(says("server does not support SSL, but SSL was required"), HasSubstr("the server has none"));
  EXPECT_THAT(says("SSL error: certificate verify failed"), HasSubstr("is not trusted"));
  EXPECT_THAT(says("server certificate for \"a\" does not match host name \"b\""),
              HasSubstr("is not trusted"));
  EXPECT_THAT(says("Connection refused"), HasSubstr("cannot be reached"));
}

TEST(Doctor, WritesThePgHbaLineForOurAddressWhateverTheLanguage) {
  const auto line = [](std::string message) {
    return diagnose(without_session(ErrorKind::auth, std::move(message), "28000"))
        .front()
        .remedy.configuration;
  };
  EXPECT_THAT(line("호스트 \"10.1.2.3\", 사용자 \"pgvigil\", pg_hba.conf 파일에 설정이 없음"),
              HasSubstr("hostssl  \"shop\" \"pgvigil\" 10.1.2.3/32 scram-sha-256"));
  EXPECT_THAT(line("no pg_hba.conf entry for host \"fd00::7\", user \"pgvigil\""),
              HasSubstr("hostssl  \"shop\" \"pgvigil\" fd00::7/128 scram-sha-256"));
  EXPECT_THAT(line("no pg_hba.conf entry for host \"[local]\", user \"pgvigil\""),
              HasSubstr("local    \"shop\" \"pgvigil\" scram-sha-256"));
}

TEST(Doctor, TellsWhoseConnectionsAreUsedUp) {
  const auto remedy = [](std::string message) {
    return diagnose(without_session(ErrorKind::connect, std::move(message), "53300")).front().remedy.sql;
  };
  EXPECT_EQ(remedy("too many connections for role \"pgvigil\""),
            "ALTER ROLE \"pgvigil\" CONNECTION LIMIT 5;");
  EXPECT_EQ(remedy("too many connections for database \"shop\""),
            "ALTER DATABASE \"shop\" CONNECTION LIMIT -1;");
  EXPECT_THAT(remedy("sorry, too many clients already"),
              AllOf(HasSubstr("GRANT pg_use_reserved_connections"), HasSubstr("-- then restart PostgreSQL")));
}

}  // namespace pgvigil::doctor
