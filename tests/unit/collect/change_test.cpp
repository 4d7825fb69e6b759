#include <gmock/gmock.h>

#include "poller_story.hpp"

namespace pgvigil::collect {
namespace {

using base::Seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

}  // namespace

/// A poller that goes on under another configuration.
class ChangeTest : public PollerStory {
 protected:
  /// The collectors under a configuration that names these.
  void change_to(std::initializer_list<model::CollectorSpec> specs) {
    next_specs_.assign(specs);
    next_.clear();
    for (const model::CollectorSpec& spec : next_specs_) next_.push_back(&spec);
    poller_->change(next_, options_, server_);
  }

 private:
  std::vector<model::CollectorSpec> next_specs_;
  std::vector<const model::CollectorSpec*> next_;
};

TEST_F(ChangeTest, KeepsTheSessionAndWhatIsKnownOfCollectorsThatStay) {
  const auto& activity = add("activity");
  const auto& locks = add("locks");
  auto wal = activity;
  wal.name = "wal";
  poll();
  const auto sheet = part("locks").sheet;
  const auto success = part("locks").last_success;
  server_.done();
  change_to({locks, wal});
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("locks", "wal")) << "in the same session";
  ASSERT_EQ(snapshot_->entries.size(), 2U);
  EXPECT_NE(part("locks").last_success, success) << "it was due again";
  ASSERT_NE(sheet, nullptr);
}

TEST_F(ChangeTest, AShorterIntervalCountsFromNow) {
  auto& sizes = add("sizes");
  add("wal");
  sizes.interval = Seconds(3600);
  poll();
  auto often = sizes;
  often.interval = Seconds(30);
  auto wal = sizes;
  wal.name = "wal";
  wal.interval = kInterval;
  change_to({often, wal});
  server_.done();
  poll();
  EXPECT_THAT(server_.done(), Not(Contains("sizes"))) << "what is not due waits";
  EXPECT_NE(part("sizes").sheet, nullptr) << "and is shown as it was";
  poll();
  EXPECT_THAT(server_.done(), Contains("sizes"));
}

TEST_F(ChangeTest, RowsThatMeanSomethingElseNowAreForgotten) {
  static constexpr std::array kOther = {model::Column{"datname"},
                                        model::Column{"value", model::Use::gauge, "pg_other", "Other."}};
  auto& bills = add("bills");
  bills.interval = Seconds(3600);
  poll();
  auto other = bills;
  other.columns = kOther;
  change_to({other});
  server_.done();
  poll();
  EXPECT_THAT(server_.done(), ElementsAre("bills"));
  EXPECT_EQ(entry("bills").spec->columns[1].metric, "pg_other");
}

TEST_F(ChangeTest, DatabasesThatAreNoLongerSelectedAreForgotten) {
  add_database("app");
  add_database("audit");
  const auto& tables = add_at_database_scope("tables");
  poll();
  options_.exclude = {"app"};
  change_to({tables});
  poll();
  EXPECT_THAT(databases_of("tables"), ElementsAre("audit"));
}

}  // namespace pgvigil::collect
