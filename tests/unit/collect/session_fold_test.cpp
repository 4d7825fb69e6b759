#include "pgvigil/collect/session_fold.hpp"

#include <gmock/gmock.h>

#include <array>

#include "rows.hpp"

namespace pgvigil::collect {
namespace {

using model::Column;
using model::Fold;
using model::Use;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::array kBounds = {1.0, 60.0};
constexpr Column kLabel{"label"};
constexpr Column kGauge{"gauge", Use::gauge, "pg_gauge", "Gauge."};
constexpr Column kAges{"ages", Use::histogram, "pg_ages", "Ages.", 1, {}, {kBounds}};

const std::vector<std::string> kColumns = {
    "datname",    "usename",    "application_name", "backend_type",    "state",     "wait_event_type",
    "wait_event", "own",        "xact_age",         "query_age",       "state_age", "xmin_age",
    "task",       "task_start", "slot_xmin_age",    "prepared_xid_age"};

/// A row of the statement on all sessions: a client's, unless it says otherwise.
struct Process {
  Cell datname = "shop";
  Cell application_name = "";
  Cell backend_type = "client backend";
  Cell state = "active";
  Cell wait_event_type = kNull;
  Cell wait_event = kNull;
  Cell own = "false";
  Cell xact_age = kNull;
  Cell query_age = kNull;
  Cell state_age = kNull;
  Cell xmin_age = kNull;
  Cell task = kNull;
  Cell task_start = kNull;
  Cell slot_xmin_age = kNull;
  Cell prepared_xid_age = kNull;
};

/// A database that nobody is in.
Process nobody(std::string_view datname) {
  return {.datname = datname, .application_name = kNull, .backend_type = kNull, .state = kNull, .own = kNull};
}

pg::Rows answer(const std::vector<Process>& processes) {
  pg::Rows made = rows(kColumns, {});
  for (const Process& p : processes) {
    const std::array<Cell, 16> cells = {p.datname,
                                        p.datname ? Cell("app") : kNull,
                                        p.application_name,
                                        p.backend_type,
                                        p.state,
                                        p.wait_event_type,
                                        p.wait_event,
                                        p.own,
                                        p.xact_age,
                                        p.query_age,
                                        p.state_age,
                                        p.xmin_age,
                                        p.task,
                                        p.task_start,
                                        p.slot_xmin_age,
                                        p.prepared_xid_age};
    for (const Cell& cell : cells) {
      if (cell)
        made.cells.add(*cell);
      else
        made.cells.add_null();
    }
  }
  return made;
}

/// What the fold makes of them, a row each, cells separated by a bar; as many columns as the fold has.
std::vector<std::string> folded(Fold fold, std::vector<Column> columns,
                                const std::vector<Process>& processes) {
  model::CollectorSpec spec;
  spec.fold = fold;
  spec.columns = columns;
  const auto made = fold_sessions(spec, answer(processes));
  std::vector<std::string> lines;
  for (std::size_t r = 0; made && r < made->cells.rows(); ++r) {
    std::string& line = lines.emplace_back();
    for (std::size_t c = 0; c < columns.size(); ++c)
      line.append(c == 0 ? "" : "|").append(made->cells.at(r, c).value_or("NULL"));
  }
  EXPECT_TRUE(made);
  return lines;
}

std::vector<std::string> states(const std::vector<Process>& processes) {
  return folded(Fold::session_states,
                {kLabel, kLabel, kLabel, kLabel, kLabel, kLabel, kLabel, kGauge, kGauge}, processes);
}

}  // namespace

TEST(SessionStates, AreCountedByAllThatTellsThemApartTheMostFirst) {
  const auto lines = states({{.application_name = "one"},
                             {.application_name = "two", .xact_age = "3.5"},
                             {.application_name = "two", .xact_age = "7"},
                             {.application_name = "two", .wait_event_type = "Lock", .wait_event = "tuple"}});
  EXPECT_EQ(lines[0], "shop|active|app|two|client backend|||2|7");
  EXPECT_EQ(lines[1], "shop|active|app|one|client backend|||1|0");
  EXPECT_EQ(lines[2], "shop|active|app|two|client backend|Lock|tuple|1|0");
}

TEST(SessionStates, ThatNobodyIsInAreThereForEveryDatabase) {
  EXPECT_THAT(
      states({nobody("empty"), {.state = "idle"}}),
      ElementsAre("shop|idle|app||client backend|||1|0", "empty|active||||||0|0", "empty|disabled||||||0|0",
                  "empty|fastpath function call||||||0|0", "empty|idle||||||0|0",
                  "empty|idle in transaction||||||0|0", "empty|idle in transaction (aborted)||||||0|0",
                  "shop|active||||||0|0", "shop|disabled||||||0|0", "shop|fastpath function call||||||0|0",
                  "shop|idle in transaction||||||0|0", "shop|idle in transaction (aborted)||||||0|0"));
}

TEST(SessionStates, ProcessesOfNoDatabaseAreNoSessions) {
  EXPECT_THAT(states({{.datname = kNull, .backend_type = "checkpointer", .state = kNull}}), IsEmpty());
}

TEST(SessionStates, OfAClockThatWasSetBackNoAgeIsNegative) {
  EXPECT_EQ(states({{.xact_age = "-0.000004"}})[0], "shop|active|app||client backend|||1|0");
}

TEST(SessionAges, AreThoseOfClientsByDatabase) {
  EXPECT_THAT(
      folded(
          Fold::session_ages, {kLabel, kAges, kAges, kAges},
          {{.xact_age = "0.5", .query_age = "0.25", .state_age = "0.25"},
           {.state = "idle in transaction", .xact_age = "100", .query_age = "90", .state_age = "50"},
           {.state = "idle in transaction (aborted)", .xact_age = "100", .query_age = "9", .state_age = "80"},
           {.state = "idle", .query_age = "900", .state_age = "900"},
           {.own = "true", .xact_age = "0", .query_age = "0"},
           {.backend_type = "autovacuum worker", .xact_age = "1000", .query_age = "1000"},
           {.datname = "other", .state = "idle"},
           {.datname = "ours", .own = "true"},
           nobody("empty")}),
      ElementsAre("other|0 0 1 0 60 0|0 0 1 0 60 0|0 0 1 0 60 0",
                  "shop|3 200.5 1 1 60 1|1 0.25 1 1 60 1|2 130 1 0 60 1"));
}

TEST(IdleTimes, AreByStateAndApplication) {
  EXPECT_THAT(
      folded(Fold::idle_times, {kLabel, kLabel, kAges},
             {{.application_name = "a", .state = "idle", .state_age = "0.5"},
              {.application_name = "a", .state = "idle", .state_age = "61"},
              {.application_name = "b", .state = "idle", .state_age = "2"},
              {.application_name = "a", .state = "idle in transaction", .state_age = "3"},
              {.application_name = "a", .state_age = "4"}}),
      ElementsAre("idle|a|2 61.5 1 1 60 1", "idle|b|1 2 1 0 60 1", "idle in transaction|a|1 3 1 0 60 1"));
}

TEST(SessionKinds, ThatComeAndGoAreThereAtZero) {
  EXPECT_THAT(folded(Fold::session_kinds, {kLabel, kGauge},
                     {{}, {.own = "true"}, {.datname = kNull, .backend_type = "walwriter"}, nobody("empty")}),
              ElementsAre("client backend|2", "walwriter|1", "autovacuum worker|0", "parallel worker|0",
                          "walsender|0"));
}

TEST(SessionWaits, LeaveOutWaitsForWork) {
  EXPECT_THAT(folded(Fold::session_waits, {kLabel, kLabel, kGauge},
                     {{.wait_event_type = "Client", .wait_event = "ClientRead"},
                      {.wait_event_type = "Lock", .wait_event = "transactionid"},
                      {.wait_event_type = "Lock", .wait_event = "transactionid"},
                      {.wait_event_type = "Activity", .wait_event = "WalWriterMain"},
                      {}}),
              ElementsAre("Lock|transactionid|2", "Client|ClientRead|1"));
}

TEST(OpenTransactions, AreNeitherAutovacuumsNorOurOwn) {
  EXPECT_THAT(folded(Fold::open_transactions, {kGauge, kGauge, kGauge},
                     {{.xact_age = "5"},
                      {.state = "idle in transaction", .xact_age = "8.5"},
                      {.state = "idle", .xact_age = "90"},
                      {.own = "true", .xact_age = "90"},
                      {.backend_type = "autovacuum worker", .xact_age = "90"},
                      {}}),
              ElementsAre("2|8.5|8.5"));
  EXPECT_THAT(folded(Fold::open_transactions, {kGauge, kGauge, kGauge}, {}), ElementsAre("0|0|0"));
}

TEST(Autovacuums, AreNamedByWhatTheWorkersSay) {
  const auto worker = [](std::string_view task) {
    return Process{.backend_type = "autovacuum worker", .task = task, .task_start = "1700000000.5"};
  };
  EXPECT_THAT(folded(Fold::autovacuums, {kLabel, kLabel, kLabel, kGauge, kGauge},
                     {worker("autovacuum: VACUUM public.bill"),
                      worker("autovacuum: VACUUM ANALYZE pg_catalog.pg_class (to prevent wraparound)"),
                      worker("autovacuum: ANALYZE public.a table. of mine"),
                      worker(""),
                      worker("autovacuum: BRIN summarize public.index 7"),
                      {.task = kNull}}),
              ElementsAre("shop|pg_catalog|pg_class|1700000000.5|1",
                          "shop|public|a table. of mine|1700000000.5|0", "shop|public|bill|1700000000.5|0"));
}

TEST(XminHorizon, IsTheOldestOfEachHolder) {
  EXPECT_THAT(
      folded(
          Fold::xmin_horizon, {kLabel, kGauge},
          {{.xmin_age = "5", .slot_xmin_age = "40", .prepared_xid_age = "7"},
           {.xmin_age = "9", .slot_xmin_age = "40", .prepared_xid_age = "7"},
           {.own = "true", .xmin_age = "90", .slot_xmin_age = "40", .prepared_xid_age = "7"},
           {.backend_type = "walsender", .xmin_age = "8", .slot_xmin_age = "40", .prepared_xid_age = "7"}}),
      ElementsAre("slot|40", "session|9", "standby|8", "prepared|7"));
  EXPECT_THAT(folded(Fold::xmin_horizon, {kLabel, kGauge}, {{.own = "true", .xmin_age = "1"}}),
              ElementsAre("prepared|0", "session|0", "slot|0", "standby|0"));
}

TEST(SessionFold, OtherRowsBreakTheContract) {
  model::CollectorSpec spec;
  spec.fold = Fold::session_waits;
  const auto made = fold_sessions(spec, rows({"datname"}, {{"shop"}}));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, base::ErrorKind::contract);
}

}  // namespace pgvigil::collect
