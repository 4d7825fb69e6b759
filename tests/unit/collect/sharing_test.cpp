#include <gmock/gmock.h>

#include "poller_story.hpp"

namespace pgvigil::collect {
namespace {

using base::ErrorKind;
using testing::Contains;
using testing::ElementsAre;

constexpr std::array kBounds = {0.1, 1.0};
constexpr std::array kTimes = {
    model::Column{"seconds", model::Use::histogram, "pg_x_seconds", "X.", 1, {}, {kBounds}}};

}  // namespace

/// One statement for several collectors, and one reader's rows over many polls.
class Sharing : public PollerStory {
 protected:
  void add_probe() {
    model::CollectorSpec& probe = add("probe");
    probe.source = model::Source::probe;
    probe.fold = model::Fold::probe;
    probe.columns = kTimes;
  }
  void answers_in(std::string_view seconds) {
    server_.answers.insert_or_assign("probe", Answer{rows({"seconds"}, {{seconds}}), base::Millis(0)});
  }
};

TEST_F(Sharing, CollectorsOfOneTextAreAskedInOneStatement) {
  const model::CollectorSpec& first = add("activity");
  add("locks");
  add("transactions").queries = first.queries;
  EXPECT_TRUE(poll().up);
  EXPECT_THAT(server_.done(), ElementsAre("connect", "activity", "locks"));
  for (const char* name : {"activity", "transactions"}) {
    ASSERT_NE(part(name).sheet, nullptr) << name;
    EXPECT_EQ(part(name).outcome.status, model::Outcome::Status::ok);
  }
}

TEST_F(Sharing, OneThatIsDueAloneAsksForItself) {
  const model::CollectorSpec& first = add("activity");
  model::CollectorSpec& second = add("transactions");
  second.queries = first.queries;
  second.interval = base::Seconds(5);
  options_.interval = base::Seconds(5);
  poll();
  server_.done();
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("transactions"));
}

TEST_F(Sharing, AnErrorIsThatOfEach) {
  const model::CollectorSpec& first = add("activity");
  add("transactions").queries = first.queries;
  fails("activity", ErrorKind::sql, "42703");
  poll();
  EXPECT_EQ(part("activity").outcome.code, "sql");
  EXPECT_EQ(part("transactions").outcome.code, "sql");
  EXPECT_THAT(diary_.take(), Contains(Diary::Line{"transactions", "", "sql"}));
}

TEST_F(Sharing, AUsersStatementRunsWithItsOwnSearchPath) {
  const model::CollectorSpec& first = add("activity");
  model::CollectorSpec& second = add("transactions");
  second.queries = first.queries;
  second.user = true;
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("connect", "activity", "transactions"));
}

TEST_F(Sharing, TheProbesTimesAddUpOverThePolls) {
  add_probe();
  answers_in("0.25");
  poll();
  EXPECT_EQ(part("probe").sheet->cells.at(0, 0), "1 0.25 0.1 0 1 1");
  answers_in("2");
  poll();
  EXPECT_EQ(part("probe").sheet->cells.at(0, 0), "2 2.25 0.1 0 1 1");
}

TEST_F(Sharing, WhileTheServerIsDownTheProbeAsksNobodyAndKeepsItsTimes) {
  add_probe();
  answers_in("0.25");
  poll();
  server_is_down();
  fails("probe", ErrorKind::connect, "");
  poll_for(base::Seconds(60));
  EXPECT_EQ(server_.count("read probe"), 2U) << "once to find out";
  EXPECT_EQ(part("probe").outcome.code, "connect");
  EXPECT_EQ(part("probe").sheet->cells.at(0, 0), "1 0.25 0.1 0 1 1");
  server_is_up();
  answers_in("0.25");
  poll_for(base::Seconds(15));
  EXPECT_EQ(part("probe").outcome.code, "");
  EXPECT_EQ(part("probe").sheet->cells.at(0, 0), "2 0.5 0.1 0 1 2");
}

}  // namespace pgvigil::collect
