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
using testing::Le;

using Line = Diary::Line;

}  // namespace

/// What happens where there is no server.
class LostServer : public PollerStory {
 protected:
  LostServer() { add("a"); }
};

TEST_F(LostServer, AServerThatIsDownAtTheStartIsReportedSo) {
  server_is_down();
  EXPECT_FALSE(poll().up);
  EXPECT_EQ(snapshot_->down_reason, "connection refused");
  EXPECT_EQ(snapshot_->server_version, "");
  EXPECT_EQ(part("a").outcome.status, Outcome::Status::failed);
  EXPECT_EQ(part("a").outcome.code, "connect");
  EXPECT_THAT(diary_.take(), ElementsAre(Line{"connection", "", "connect"}));
}

TEST_F(LostServer, ItIsTriedAgainAfterOneTwoFourEightSecondsAndThenAtEveryPoll) {
  server_is_down();
  std::vector<Millis> waits;
  for (int attempts = 0; attempts < 8; ++attempts) {
    poll();
    waits.push_back(until_next_poll());
  }
  EXPECT_EQ(server_.count("refused"), 8U) << "each poll was an attempt";
  const auto about = [](Millis time) { return AllOf(Ge(time * 9 / 10), Le(time)); };
  EXPECT_THAT(waits, ElementsAre(about(Seconds(1)), about(Seconds(2)), about(Seconds(4)), about(Seconds(8)),
                                 about(kInterval), about(kInterval), about(kInterval), about(kInterval)));
}

TEST_F(LostServer, AWrongPasswordIsTriedMoreRarelyThanThePollsCome) {
  server_.closed[""] = {ErrorKind::auth, "password authentication failed", "28P01"};
  poll_for(Seconds(3600));
  server_.done();
  diary_.take();
  poll_for(Seconds(3600));
  EXPECT_THAT(server_.count("refused"), AllOf(Ge(120U), Le(134U))) << "every other poll";
  EXPECT_EQ(snapshot_->down_reason, "password authentication failed") << "between the attempts, too";
}

TEST_F(LostServer, AServerWithoutRoomIsGivenRoom) {
  server_.closed[""] = {ErrorKind::connect, "sorry, too many clients already", "53300"};
  poll_for(Seconds(3600));
  server_.done();
  poll_for(Seconds(3600));
  EXPECT_THAT(server_.count("refused"), AllOf(Ge(120U), Le(134U))) << "every other poll";
}

TEST_F(LostServer, ALostSessionIsNotUpAndComesBackByItself) {
  poll();
  server_.done();
  diary_.take();
  server_.cut_sessions();
  EXPECT_FALSE(poll().up);
  EXPECT_EQ(snapshot_->down_reason, "the connection was lost");
  EXPECT_EQ(part("a").outcome.code, "connect");
  EXPECT_THAT(diary_.take(), ElementsAre(Line{"a", "", "connect"}, Line{"connection", "", "connect"}));
  EXPECT_LE(until_next_poll(), Seconds(1)) << "tried again soon";
  EXPECT_THAT(server_.done(), ElementsAre("close"));
  poll();
  EXPECT_THAT(server_.done(), Contains("connect"));
  EXPECT_TRUE(snapshot_->up);
}

TEST_F(LostServer, WhatWasMissedWhileTheServerWasAwayIsAskedAtOnce) {
  poll();
  server_is_down();
  poll_for(Seconds(60));
  server_is_up();
  server_.done();
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("connect", "a"));
}

TEST_F(LostServer, ItsVersionAndItsLastGoodRowsStayOnThePage) {
  poll();
  server_is_down();
  poll_for(Seconds(60));
  EXPECT_FALSE(snapshot_->up);
  EXPECT_EQ(snapshot_->server_version, "14.23");
  EXPECT_NE(part("a").sheet, nullptr);
  poll_for(Seconds(300));
  EXPECT_EQ(part("a").sheet, nullptr);
}

TEST_F(LostServer, TheDiskIsReadWhileTheServerIsAway) {
  add("mounts").source = model::Source::mounts;
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("connect", "read mounts", "a"));
  server_is_down();
  poll_for(Seconds(600));
  EXPECT_FALSE(snapshot_->up);
  EXPECT_THAT(server_.count("read alone mounts"), AllOf(Ge(39U), Le(44U))) << "at its interval";
  EXPECT_EQ(part("mounts").outcome.status, Outcome::Status::ok);
  EXPECT_NE(part("mounts").sheet, nullptr);
  EXPECT_GE(part("mounts").last_success, clock_.wall() - kInterval) << "fresh";
  EXPECT_EQ(part("a").outcome.code, "connect");
}

TEST_F(LostServer, WhatIsNotVisibleWithoutTheServerIsSkippedAndLeavesNothingStale) {
  add("mounts").source = model::Source::mounts;
  poll();
  server_is_down();
  fails("mounts", ErrorKind::io, "");
  poll_for(Seconds(30));
  EXPECT_EQ(part("mounts").outcome.status, Outcome::Status::skipped);
  EXPECT_EQ(part("mounts").outcome.code, "not_visible");
  EXPECT_EQ(part("mounts").sheet, nullptr);
}

TEST_F(LostServer, WhatIsNotVisibleWithoutTheServerIsReadAsSoonAsItIsThere) {
  model::CollectorSpec& reader = add("mounts");
  reader.source = model::Source::mounts;
  reader.interval = Seconds(3600);
  server_is_down();
  fails("mounts", ErrorKind::io, "");
  poll();
  EXPECT_EQ(part("mounts").outcome.code, "not_visible");
  server_is_up();
  recovers("mounts");
  poll();
  EXPECT_EQ(part("mounts").outcome.status, Outcome::Status::ok);
}

TEST_F(LostServer, AServerThatNeverAnswersIsGivenUpWithinTheBudget) {
  add("b");
  takes("a", Seconds(3600));
  const auto start = clock_.steady();
  EXPECT_FALSE(poll().up);
  EXPECT_EQ(clock_.steady() - start, kInterval * 4 / 5);
  EXPECT_EQ(snapshot_->down_reason, "the server did not answer in time");
  EXPECT_THAT(server_.done(), ElementsAre("connect", "a", "close"));
}

TEST_F(LostServer, AfterARecoveryTheWaitStartsAtOneSecondAgain) {
  server_is_down();
  poll_for(Seconds(120));
  server_is_up();
  EXPECT_TRUE(poll().up);
  EXPECT_EQ(until_next_poll(), kInterval);
  server_is_down();
  poll();
  EXPECT_LE(until_next_poll(), Seconds(1));
}

TEST_F(LostServer, AServerThatShutsDownIsLetGoOfAndTakenUpAgain) {
  add_at_database_scope("tables");
  add_database("shop");
  poll();
  server_.done();
  server_.stopping_sign = true;
  EXPECT_FALSE(poll().up);
  EXPECT_THAT(server_.done(), ElementsAre("a", "close", "shop: close"))
      << "both sessions, so that it can end";
  server_.closed[""] = {ErrorKind::connect, "the database system is shutting down", "57P03"};
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("refused"));
  server_.closed.clear();
  server_.stopping_sign = false;
  poll_for(Seconds(60));
  EXPECT_TRUE(snapshot_->up);
  EXPECT_THAT(server_.done(), AllOf(Contains("connect"), Contains("shop: connect")));
}

}  // namespace pgvigil::collect
