#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>

#include "pgvigil/base/stop.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/pg/connect.hpp"
#include "pgvigil/pg/sqlstate.hpp"

/// Against the real server that tests/support/with_postgres started: PGHOST, PGPORT, PGUSER and PGDATABASE
/// name it.
namespace pgvigil::pg {
namespace {

using base::ErrorKind;
using base::Millis;
using base::Seconds;
using namespace std::string_literals;

base::SteadyTime in(Millis time) { return std::chrono::steady_clock::now() + time; }

class SessionTest : public testing::Test {
 protected:
  void SetUp() override { session_ = open(""); }

  std::unique_ptr<Session> open(const std::string& conninfo) {
    auto session = connect(conninfo, "", in(Seconds(10)), stop_);
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }

  /// Runs the statements; what each gave: its first cell, or kind and SQLSTATE of its error.
  std::vector<std::string> run(std::vector<Statement> batch, Millis limit = Seconds(10)) {
    std::vector<std::string> answers(batch.size(), "never reported");
    ran_ = session_->run(batch, in(limit), [&](std::size_t i, base::Result<Rows> rows, Millis) {
      if (!rows)
        answers[i] = fmt::format("{} {}", base::name(rows.error().kind), rows.error().sqlstate);
      else
        answers[i] = rows->cells.rows() == 0 ? "no rows" : rows->cells.at(0, 0).value_or("NULL");
    });
    return answers;
  }

  base::Stop stop_;
  std::unique_ptr<Session> session_;
  base::Result<void> ran_;
};

using Answers = std::vector<std::string>;

/// What the allowed bytes and a sanitizer's bookkeeping for a buffer of 1 GiB may cost: a shadow of an
/// eighth.
#ifdef __SANITIZE_THREAD__
constexpr std::size_t kFewMiB = 1024;  // with four bytes of ThreadSanitizer's for each of ours
#else
constexpr std::size_t kFewMiB = 256;
#endif

std::size_t status_mib(std::string_view field) {
  const std::string status = base::read_file("/proc/self/status").value_or("");
  return std::stoul(status.substr(status.find(field) + field.size())) / 1024;
}

std::size_t resident_mib() {
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
  return status_mib("VmRSS:");
}

std::size_t peak_mib() { return status_mib("VmHWM:"); }

}  // namespace

TEST_F(SessionTest, AnErrorSpoilsOnlyItsOwnStatement) {
  EXPECT_EQ(run({{"a", "SELECT 1"}, {"b", "SELECT nothing"}, {"c", "SELECT 1/0"}, {"d", "SELECT NULL"}}),
            (Answers{"1", "sql 42703", "sql 22012", "NULL"}));
  EXPECT_TRUE(ran_);
}

TEST_F(SessionTest, AStatementPreparedOnceIsRunAgain) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run({{"a", "SELECT 1"}, {"b", "SELECT 2"}}), (Answers{"1", "2"}));
  const auto prepared =
      run({{"count", "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT 1'"}});
  EXPECT_EQ(prepared, Answers{"1"});
}

TEST_F(SessionTest, AnotherTextUnderTheSameNameIsAnotherStatement) {
  run({{"a", "SELECT 42"}});
  EXPECT_EQ(run({{"a", "SELECT 43"}}), Answers{"43"});
  EXPECT_EQ(run({{"a", "SELECT 42"}}), Answers{"42"});
}

TEST_F(SessionTest, EachStatementHasItsOwnTimeLimit) {
  EXPECT_EQ(run({{"a", "SELECT pg_sleep(5)", Millis(50)}, {"b", "SELECT 1"}}),
            (Answers{"timeout 57014", "1"}));
  EXPECT_EQ(run({{"c", "SELECT current_setting('statement_timeout')", Millis(700)},
                 {"d", "SELECT current_setting('statement_timeout')", Millis(800)}}),
            (Answers{"700ms", "800ms"}));
}

TEST_F(SessionTest, CannotWrite) { EXPECT_EQ(run({{"a", "CREATE TABLE t (i int)"}}), Answers{"sql 25006"}); }

TEST_F(SessionTest, AStatementMayHaveTheRolesOwnSearchPath) {
  constexpr std::string_view kShow = "SELECT current_setting('search_path')";
  const auto path = [&](std::string_view name, bool own) {
    return Statement{name, kShow, Millis(5000), own};
  };
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(
        run({path("a", false),
             path("b", true),
             path("c", false),
             {"d", "SELECT 1/0", Millis(5000), true},
             {"e", "SELECT 1; SELECT 2", Millis(5000), true},
             path("f", false)}),
        (Answers{"pg_catalog", "\"$user\", public", "pg_catalog", "sql 22012", "sql 42601", "pg_catalog"}));
}

TEST_F(SessionTest, AMomentIsSecondsSinceTheEpochAndABooleanAWord) {
  EXPECT_EQ(run({{"a", "SELECT true"},
                 {"b", "SELECT timestamptz '2026-01-31 08:30:00.25+09'"},
                 {"c", "SELECT timestamp '2026-01-31 08:30:00'"},
                 {"d", "SELECT date '1969-12-31'"},
                 {"e", "SELECT timestamptz '-infinity'"},
                 {"f", "SELECT timestamptz '0044-03-15 12:00:00+00 BC'"},
                 {"g", "SELECT set_config('timezone', 'America/St_Johns', false)"},
                 {"h", "SELECT timestamptz '2026-01-31 08:30:00.25+09'"}}),
            (Answers{"true", "1769815800.25", "1769848200", "-86400", "-Infinity",
                     "0044-03-15 12:00:00+00 BC", "America/St_Johns", "1769815800.25"}));
}

TEST_F(SessionTest, ALockedTableIsWaitedForNoLongerThanASecond) {
  // A session may take a lock without writing: two of ours, one in the way of the other.
  run({{"begin", "BEGIN"}, {"lock", "LOCK TABLE pg_catalog.pg_shdescription IN ACCESS EXCLUSIVE MODE"}});
  const auto holder = std::move(session_);
  session_ = open("");
  EXPECT_EQ(run({{"a", "SELECT count(*) FROM pg_catalog.pg_shdescription"}, {"b", "SELECT 1"}}),
            (Answers{"timeout 55P03", "1"}));
}

TEST_F(SessionTest, AStoppedServerCostsTheDeadlineAndNoMore) {
  const pid_t backend = session_->facts().backend_pid;
  ASSERT_GT(backend, 0);
  kill(backend, SIGSTOP);
  EXPECT_EQ(run({{"a", "SELECT 1"}, {"b", "SELECT 2"}}, Millis(300)), (Answers{"timeout ", "timeout "}));
  EXPECT_FALSE(ran_);
  kill(backend, SIGCONT);
}

TEST_F(SessionTest, AKilledBackendIsALostConnectionForAllThatFollows) {
  const auto other = std::move(session_);
  session_ = open("");
  const auto answers =
      run({{"a", "SELECT 1"}, {"b", "SELECT pg_terminate_backend(pg_backend_pid())"}, {"c", "SELECT 1"}});
  EXPECT_EQ(answers, (Answers{"1", "connect 57P01", "connect 57P01"}));
  EXPECT_FALSE(ran_);
}

TEST_F(SessionTest, RowsBeyondThoseToKeepAreCounted) {
  base::Result<Rows> rows = Rows{};
  const Statement many = {.name = "a", .sql = "SELECT i FROM generate_series(1, 100000) i", .max_rows = 3};
  rows = ask(*session_, many, in(Seconds(10)));
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->cells.rows(), 3U);
  EXPECT_EQ(rows->cells.at(2, 0), "3");
  EXPECT_EQ(rows->cut, 99'997U);
  EXPECT_EQ(run({{"b", "SELECT 1"}}), Answers{"1"});
}

TEST_F(SessionTest, AResultThatFailsHalfWayIsAnErrorAndNoRows) {
  EXPECT_EQ(run({{"a", "SELECT 1 / (1000 - i) FROM generate_series(1, 2000) i"}, {"b", "SELECT 1"}}),
            (Answers{"sql 22012", "1"}));
  EXPECT_TRUE(ran_);
}

TEST_F(SessionTest, AResultThatIsTooLargeIsGivenUpAndWithItTheSession) {
  for (const std::string_view flood :
       {"SELECT repeat('x', 1000000), generate_series(1, 10000)",
        "SELECT repeat('x', 1000), generate_series(1, 100000000)", "SELECT repeat('x', 400000000)"}) {
    const std::size_t before = resident_mib();
    EXPECT_EQ(run({{"a", "SELECT 1"}, {"b", flood, Seconds(60)}, {"c", "SELECT 1"}}, Seconds(60)),
              (Answers{"1", "too_large ", "never reported"}))
        << flood;
    ASSERT_FALSE(ran_);
    EXPECT_EQ(ran_.error().kind, ErrorKind::too_large);
    EXPECT_LE(peak_mib(), before + kFewMiB) << flood;
    session_ = open("");
  }
}

TEST_F(SessionTest, AFloodOfRowsEndsAtTheStatementsTimeLimit) {
  // So slow a flood that it is within the limit of bytes.
  EXPECT_EQ(run({{"a", "SELECT pg_sleep(0.001) FROM generate_series(1, 100000000)", Millis(300)},
                 {"b", "SELECT 1"}}),
            (Answers{"timeout 57014", "1"}));
}

TEST_F(SessionTest, AFloodOfRowsEndsAtTheDeadlineWhereTheServerKeepsNoTime) {
  run({{"no_limit", "SELECT set_config('statement_timeout', '0', false)"}});
  EXPECT_EQ(run({{"a", "SELECT pg_sleep(0.001) FROM generate_series(1, 100000000)"}}, Millis(300)),
            Answers{"timeout "});
  EXPECT_FALSE(ran_);
}

TEST_F(SessionTest, AStatementLongerThanAnySocketHasRoomForIsSent) {
  const std::string sql = "SELECT length('" + std::string(4'000'000, 'x') + "')";
  EXPECT_EQ(run({{"a", sql}, {"b", "SELECT 1"}}), (Answers{"4000000", "1"}));
}

TEST_F(SessionTest, ARequestToStopEndsTheWait) {
  stop_.request();
  EXPECT_EQ(run({{"a", "SELECT pg_sleep(5)"}}), Answers{"io "});
}

TEST_F(SessionTest, LearnsTheFacts) {
  const ServerFacts& facts = session_->facts();
  EXPECT_GE(facts.version_num, 130000);
  EXPECT_EQ(facts.database, "postgres");
  EXPECT_EQ(facts.role, "postgres");
  EXPECT_FALSE(facts.in_recovery);
  EXPECT_FALSE(facts.pooled);
  EXPECT_TRUE(facts.reads_all_stats);
  EXPECT_TRUE(facts.reads_files);
  EXPECT_FALSE(facts.stopping_function);
  EXPECT_EQ(facts.data_directory, std::getenv("PGDATA"));
  ASSERT_NE(facts.extension("plpgsql"), nullptr);
  EXPECT_EQ(facts.extension("plpgsql")->version, 100);
  EXPECT_EQ(facts.extension("nonesuch"), nullptr);
  std::map<std::string, bool> databases;
  for (const Database& database : facts.databases) databases[database.name] = database.is_template;
  EXPECT_EQ(databases, (std::map<std::string, bool>{{"postgres", false}, {"template1", true}}));
}

TEST_F(SessionTest, NamesTheProcessBehindAUnixSocket) {
  EXPECT_EQ(session_->peer_pid(), 0);
  EXPECT_EQ(session_->peer_address(), "127.0.0.1");
  session_ = open("host="s + std::getenv("PGVIGIL_TEST_SOCKET_DIR"));
  EXPECT_GT(session_->peer_pid(), 0);
  EXPECT_EQ(session_->peer_address(), "");
}

TEST_F(SessionTest, SaysWhyAConnectionFailed) {
  const auto failure = [this](const std::string& conninfo) {
    const auto session = connect(conninfo, "", in(Seconds(10)), stop_);
    return session ? "connected"s
                   : fmt::format("{} {}", connect_failure(session.error()), session.error().sqlstate);
  };
  EXPECT_EQ(failure("port=1"), "unreachable ");
  EXPECT_EQ(failure("host=nonesuch.invalid"), "unreachable ");
  EXPECT_EQ(failure("dbname=nonesuch"), "other 3D000");
  EXPECT_EQ(failure("user=nonesuch"), "auth 28000");
}

TEST_F(SessionTest, AnErrorTextIsOneLineWithoutItsSqlstate) {
  const auto session = connect("dbname=nonesuch", "", in(Seconds(10)), stop_);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().message,
            fmt::format("connection to server at \"127.0.0.1\", port {} failed: database "
                        "\"nonesuch\" does not exist",
                        std::getenv("PGPORT")));
}

TEST_F(SessionTest, AMistypedDsnIsRefusedWithoutShowingIt) {
  const auto session = connect("postgresql://user:secret@[::1", "", in(Seconds(10)), stop_);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::config);
  EXPECT_EQ(session.error().message.find("secret"), std::string::npos);
}

TEST_F(SessionTest, AServerIsDescribedWithoutItsPassword) {
  EXPECT_EQ(*describe("host=db.example port=5433 dbname=bill user=pgvigil password=secret"),
            "user=pgvigil dbname=bill host=db.example port=5433");
}

TEST_F(SessionTest, PingTellsWhetherTheServerTakesConnections) {
  EXPECT_EQ(ping(""), Ping::accepts);
  EXPECT_EQ(ping("port=1"), Ping::silent);
}

TEST(SqlState, DecidesTheKindOfAnError) {
  EXPECT_EQ(kind_of("28P01"), ErrorKind::auth);
  EXPECT_EQ(kind_of("42501"), ErrorKind::permission);
  EXPECT_EQ(kind_of("57014"), ErrorKind::timeout);
  EXPECT_EQ(kind_of("55P03"), ErrorKind::timeout);
  EXPECT_EQ(kind_of("53300"), ErrorKind::connect);
  EXPECT_EQ(kind_of("57P01"), ErrorKind::connect);
  EXPECT_EQ(kind_of("42P01"), ErrorKind::sql);
}

}  // namespace pgvigil::pg
