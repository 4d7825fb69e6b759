#include "pgvigil/collect/fold.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>

#include "pgvigil/base/text.hpp"
#include "rows.hpp"

namespace pgvigil::collect {
namespace {

using base::Seconds;
using base::SteadyTime;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::Pair;
using testing::UnorderedElementsAre;

/// What the server, or the page, says of each statement: calls and seconds, by query id.
struct Counters {
  double calls = 0;
  double seconds = 0;
  bool operator==(const Counters&) const = default;
};
using Statements = std::map<std::string, Counters>;

const std::vector<std::string> kColumns = {"id", "user", "datname", "queryid", "calls", "seconds"};

/// The server's rows: biggest total time first.
pg::Rows server_rows(const Statements& statements) {
  std::vector<std::pair<std::string, Counters>> ranked(statements.begin(), statements.end());
  std::ranges::stable_sort(ranked, std::ranges::greater(),
                           [](const auto& each) { return each.second.seconds; });
  pg::Rows made = rows(kColumns, {});
  for (const auto& [id, counters] : ranked) {
    for (const std::string& cell : {id, std::string("app"), std::string("shop"), id,
                                    base::number(counters.calls), base::number(counters.seconds)})
      made.cells.add(cell);
  }
  return made;
}

Statements page_of(const pg::Rows& folded) {
  Statements page;
  for (std::size_t r = 0; r < folded.cells.rows(); ++r) {
    const auto number = [&](std::size_t column) {
      return std::stod(std::string(*folded.cells.at(r, column)));
    };
    const auto [_, fresh] = page.emplace(*folded.cells.at(r, 2), Counters{number(3), number(4)});
    EXPECT_TRUE(fresh) << "twice: " << *folded.cells.at(r, 2);
  }
  return page;
}

Counters sum(const Statements& page) {
  Counters total;
  for (const auto& [_, counters] : page)
    total = {total.calls + counters.calls, total.seconds + counters.seconds};
  return total;
}

/// A fold with the polls' clock and history.
class Fold : public testing::Test {
 protected:
  Statements poll(StatementFold& fold, const Statements& statements) {
    now_ += Seconds(15);
    const auto folded = fold(server_rows(statements), history_, now_);
    EXPECT_TRUE(folded);
    return page_of(*folded);
  }
  Statements poll(const Statements& statements) { return poll(fold_, statements); }

  /// What the rule for latency sees.
  Counters window() const {
    return {history_.statement_calls.back().value - history_.statement_calls.front().value,
            history_.statement_seconds.back().value - history_.statement_seconds.front().value};
  }

  SteadyTime now_{Seconds(100'000)};
  model::History history_;
  StatementFold fold_{2};
};

}  // namespace

TEST_F(Fold, TheBiggestHaveSeriesAndTheOthersOneTogether) {
  EXPECT_THAT(poll({{"a", {1, 90}}, {"b", {2, 50}}, {"c", {3, 20}}, {"d", {4, 10}}}),
              UnorderedElementsAre(Pair("a", Counters{1, 90}), Pair("b", Counters{2, 50}),
                                   Pair("other", Counters{7, 30})));
}

TEST_F(Fold, WithRoomForAllThereIsNoRemainder) {
  EXPECT_THAT(poll({{"a", {1, 9}}, {"b", {2, 5}}}),
              UnorderedElementsAre(Pair("a", Counters{1, 9}), Pair("b", Counters{2, 5})));
}

TEST_F(Fold, NoStatementsAreNoSeries) { EXPECT_THAT(poll(Statements{}), IsEmpty()); }

TEST_F(Fold, TheRemainderStaysOnceThereWasOne) {
  poll({{"a", {1, 90}}, {"b", {2, 50}}, {"c", {3, 20}}});
  EXPECT_THAT(poll({{"a", {1, 90}}, {"b", {2, 50}}}),
              UnorderedElementsAre(Pair("a", Counters{1, 90}), Pair("b", Counters{2, 50}),
                                   Pair("other", Counters{3, 20})));
}

TEST_F(Fold, AResetLosesNothing) {
  poll({{"a", {10, 90}}, {"b", {20, 50}}});
  EXPECT_THAT(poll({{"a", {1, 2}}, {"b", {3, 4}}}),
              UnorderedElementsAre(Pair("a", Counters{11, 92}), Pair("b", Counters{23, 54})));
}

TEST_F(Fold, AStatementThatWasEvictedAndReturnsGrowsByWhatItBrings) {
  poll({{"a", {10, 90}}, {"b", {20, 50}}});
  const Statements without = poll({{"a", {10, 90}}});
  EXPECT_EQ(sum(without), (Counters{30, 140})) << "what it had is kept";
  const Statements back = poll({{"a", {10, 90}}, {"b", {1, 5}}});
  EXPECT_EQ(sum(back), (Counters{31, 145}));
}

TEST_F(Fold, OneCounterThatFellMeansThatAllStartedAnew) {
  poll({{"a", {10, 90}}});
  EXPECT_EQ(sum(poll({{"a", {12, 7}}})), (Counters{22, 97})) << "more calls, less time: evicted in between";
}

TEST_F(Fold, TheSameQueryOfAnotherUserIsAnotherStatement) {
  const auto folded = fold_(rows(kColumns, {{"10/1/1", "app", "shop", "1", "5", "50"},
                                            {"11/1/1", "batch", "shop", "1", "4", "40"},
                                            {"10/2/1", "app", "audit", "1", "3", "30"}}),
                            history_, now_);
  ASSERT_TRUE(folded);
  EXPECT_EQ(folded->cells.rows(), 3U);
  EXPECT_EQ(folded->cells.at(2, 2), "other");
  EXPECT_EQ(folded->cells.at(2, 0), "");
}

TEST_F(Fold, AStatementIsTheSameWhenItsRoleIsDroppedOrItsDatabaseRenamed) {
  (void)fold_(rows(kColumns, {{"10/1/1", "app", "shop", "1", "500", "50"}}), history_, now_);
  now_ += Seconds(15);
  const auto folded = fold_(rows(kColumns, {{"10/1/1", "10", "store", "1", "502", "51"}}), history_, now_);
  ASSERT_TRUE(folded);
  EXPECT_EQ(folded->cells.at(0, 1), "store");
  EXPECT_EQ(folded->cells.at(0, 3), "502");
  EXPECT_EQ(window(), (Counters{2, 1})) << "not all that it ever did";
}

TEST_F(Fold, AStatementWithoutQueryIdIsNotTheRemainder) {
  const auto folded = fold_(rows(kColumns, {{"10/1", "app", "shop", kNull, "5", "50"},
                                            {"11/1", "b", "shop", kNull, "4", "40"},
                                            {"12/1", "c", "shop", kNull, "3", "30"}}),
                            history_, now_);
  ASSERT_TRUE(folded);
  EXPECT_EQ(folded->cells.at(0, 2), "");
  EXPECT_EQ(folded->cells.at(2, 2), "other");
}

TEST_F(Fold, TwoThatChangePlacesAtTheEdgeDoNotFlap) {
  for (int polls = 0; polls < 20; ++polls) {
    const double time = polls * 10;
    const double b = time + (polls % 2 == 0 ? 20 : 10);
    const double c = time + (polls % 2 == 0 ? 10 : 20);
    EXPECT_THAT(poll({{"a", {1, 1000}}, {"b", {1, b}}, {"c", {1, c}}}),
                UnorderedElementsAre(Pair("a", Counters{1, 1000}), Key("b"), Key("other")));
  }
}

TEST_F(Fold, OneThatFallsFarBehindGivesItsSeriesUpAndWhatItHadGoesToTheRemainder) {
  poll({{"a", {1, 90}}, {"b", {1, 50}}});
  const Statements page =
      poll({{"a", {1, 90}}, {"b", {1, 50}}, {"c", {1, 80}}, {"d", {1, 70}}, {"e", {1, 60}}});
  EXPECT_THAT(page, UnorderedElementsAre(Pair("a", Counters{1, 90}), Pair("c", Counters{1, 80}),
                                         Pair("other", Counters{3, 180})));
}

TEST_F(Fold, OneThatComesIntoTheFirstHalfTakesThePlaceOfTheLast) {
  poll({{"a", {1, 90}}, {"b", {1, 50}}});
  const Statements page = poll({{"a", {1, 90}}, {"b", {1, 50}}, {"busy", {7, 1000}}});
  EXPECT_THAT(page, UnorderedElementsAre(Pair("a", Counters{1, 90}), Pair("busy", Counters{7, 1000}),
                                         Pair("other", Counters{1, 50})))
      << "b is third, within the first 1.5 tops";
}

TEST_F(Fold, OneThatEntersStartsAtWhatItGrewBySince) {
  poll({{"a", {1, 90}}, {"b", {1, 80}}, {"c", {5, 10}}});
  const Statements page = poll({{"a", {1, 90}}, {"c", {105, 85}}, {"b", {1, 80}}, {"d", {1, 82}}});
  EXPECT_EQ(page.at("c"), (Counters{100, 75})) << "what it did before is in the remainder already";
  EXPECT_EQ(sum(page), (Counters{108, 337}));
}

TEST_F(Fold, WithLessRoomTheLastGiveTheirSeriesUpAndNothingIsLost) {
  poll({{"a", {1, 90}}, {"b", {1, 50}}});
  fold_.keep(1);
  EXPECT_THAT(poll({{"a", {1, 90}}, {"b", {2, 60}}}),
              UnorderedElementsAre(Pair("a", Counters{1, 90}), Pair("other", Counters{2, 60})));
  fold_.keep(2);
  const Statements page = poll({{"a", {1, 90}}, {"b", {3, 75}}});
  EXPECT_EQ(page.at("b"), (Counters{1, 15}));
  EXPECT_EQ(sum(page), (Counters{4, 165}));
}

TEST_F(Fold, WithoutRoomForAnyTheRemainderIsTheSumOfAll) {
  StatementFold none(0);
  EXPECT_THAT(poll(none, {{"a", {1, 9}}, {"b", {2, 5}}}), ElementsAre(Pair("other", Counters{3, 14})));
  EXPECT_THAT(poll(none, {{"a", {2, 10}}, {"b", {2, 5}}}), ElementsAre(Pair("other", Counters{4, 15})));
}

TEST_F(Fold, RowsOfAnotherShapeBreakTheContract) {
  for (const pg::Rows& other :
       {rows({"id", "user", "datname", "queryid", "calls"}, {}),
        rows({"id", "a", "b", "c", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, {})}) {
    const auto folded = fold_(other, history_, now_);
    ASSERT_FALSE(folded);
    EXPECT_EQ(folded.error().kind, base::ErrorKind::contract);
  }
}

TEST_F(Fold, TheLatencysWindowBeginsWithTheFirstPollAndNotWithTheServersStart) {
  poll({{"a", {1'000'000, 5000}}});
  EXPECT_EQ(window(), (Counters{0, 0}));
  poll({{"a", {1'000'010, 5001}}});
  EXPECT_EQ(window(), (Counters{10, 1}));
}

TEST_F(Fold, AResetMakesTheLatencyNeitherNegativeNorInflated) {
  poll({{"a", {1000, 500}}, {"b", {1000, 100}}});
  poll({{"a", {1010, 505}}, {"b", {1010, 101}}});
  poll({{"a", {2, 1}}});
  EXPECT_EQ(window(), (Counters{22, 7}));
}

TEST_F(Fold, AnEvictionAndAReturnNeitherInflateTheLatencyNorMakeItNegative) {
  poll({{"a", {1000, 500}}, {"b", {1000, 100}}});
  poll({{"a", {1000, 500}}});
  EXPECT_EQ(window(), (Counters{0, 0}));
  poll({{"a", {1000, 500}}, {"b", {1, 0.5}}});
  EXPECT_EQ(window(), (Counters{1, 0.5})) << "not the thousand that were counted before";
}

/// A server's life in two thousand polls: work, resets, evictions, returns, new statements. What
/// each poll must show is known from the rows alone: the growth of each row since the last poll in which it
/// was seen.
class FoldProperty : public Fold, public testing::WithParamInterface<unsigned> {
 protected:
  static constexpr std::size_t kTop = 5;

  /// Whole numbers, so that sums are exact.
  void live() {
    if (chance(100)) server_.clear();
    std::erase_if(server_, [this](const auto&) { return chance(40); });
    for (int i = 0; i < 6; ++i) {
      // Low ids work more, so there is a top; it changes with time.
      const auto id = std::min(random_() % 30, random_() % 30) + (polls_ / 300) * 3;
      Counters& counters = server_["q" + std::to_string(id)];
      const auto calls = static_cast<double>(1 + random_() % 50);
      counters = {counters.calls + calls, counters.seconds + calls * static_cast<double>(random_() % 20)};
    }
    ++polls_;
  }
  bool chance(unsigned one_in) { return random_() % one_in == 0; }

  Counters growth() const {
    Counters grown;
    for (const auto& [id, now] : server_) {
      const auto before = last_.find(id);
      const bool anew =
          before == last_.end() || now.calls < before->second.calls || now.seconds < before->second.seconds;
      const Counters from = anew ? Counters{} : before->second;
      grown = {grown.calls + now.calls - from.calls, grown.seconds + now.seconds - from.seconds};
    }
    return grown;
  }

  std::minstd_rand random_{GetParam()};
  unsigned polls_ = 0;
  Statements server_;
  Statements last_;
};

TEST_P(FoldProperty, TheSumOverAllSeriesIsTheGrowthOfAllStatementsAndNoSeriesFalls) {
  StatementFold fold(kTop);
  Counters total;
  Counters since_first;
  Statements before;
  double calls_before = 0;
  for (int polls = 0; polls < 2000; ++polls) {
    live();
    const Counters grown = growth();
    total = {total.calls + grown.calls, total.seconds + grown.seconds};
    if (polls > 0) since_first = {since_first.calls + grown.calls, since_first.seconds + grown.seconds};

    const Statements page = poll(fold, server_);
    ASSERT_EQ(sum(page), total) << "poll " << polls;
    ASSERT_LE(page.size(), kTop + 1);
    for (const auto& [id, counters] : page) {
      const auto known = before.find(id);
      if (known == before.end()) continue;
      ASSERT_GE(counters.calls, known->second.calls) << id << " at poll " << polls;
      ASSERT_GE(counters.seconds, known->second.seconds) << id << " at poll " << polls;
    }
    ASSERT_GE(page.count("other"), before.count("other"));

    ASSERT_EQ(history_.statement_calls.back().value, since_first.calls);
    ASSERT_EQ(history_.statement_seconds.back().value, since_first.seconds);
    ASSERT_GE(history_.statement_calls.back().value, calls_before);
    calls_before = history_.statement_calls.back().value;
    before = page;
    last_ = server_;
  }
}

INSTANTIATE_TEST_SUITE_P(Lives, FoldProperty, testing::Values(1U, 7U, 42U),
                         testing::PrintToStringParamName());

}  // namespace pgvigil::collect
