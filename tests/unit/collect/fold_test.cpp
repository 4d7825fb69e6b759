#include "pgvigil/collect/fold.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <random>

#include "pgvigil/base/text.hpp"
#include "rows.hpp"

namespace pgvigil::collect {
namespace {

using base::Seconds;
using base::SteadyTime;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::Pair;
using testing::UnorderedElementsAre;

/// What the server, or the page, says of each statement: calls and milliseconds, by a name that stands for
/// its query id.
struct Counters {
  double calls = 0;
  double milliseconds = 0;
  bool operator==(const Counters&) const = default;
};
using Statements = std::map<std::string, Counters>;

const std::vector<std::string> kColumns = {"name",   "userid", "dbid",        "queryid",
                                           "nested", "calls",  "milliseconds"};
constexpr auto kSpecColumns = std::to_array<model::Column>({
    {"user"},
    {"datname"},
    {"queryid"},
    {"calls", model::Use::counter, "calls_total", "."},
    {"milliseconds", model::Use::counter, "seconds_total", "."},
});
constexpr model::CollectorSpec kSpec = {.name = "statements", .columns = kSpecColumns};

std::string query_id(std::string_view name) {
  return std::to_string(static_cast<std::int64_t>(model::hash(name)));
}

/// The server's rows, in no order that means anything.
pg::Rows server_rows(const Statements& statements) {
  pg::Rows made = rows(kColumns, {{"app", "10", kNull, kNull, kNull, kNull, kNull},
                                  {"shop", kNull, "1", kNull, kNull, kNull, kNull}});
  for (const auto& [name, counters] : statements) {
    made.cells.add_null();
    for (const std::string& cell : {std::string("10"), std::string("1"), query_id(name)})
      made.cells.add(cell);
    made.cells.add_null();
    made.cells.add(base::number(counters.calls));
    made.cells.add(base::number(counters.milliseconds));
  }
  return made;
}

/// `names` are those of all query ids.
Statements page_of(const pg::Rows& folded, const std::map<std::string, std::string>& names) {
  Statements page;
  for (std::size_t r = 0; r < folded.cells.rows(); ++r) {
    const auto number = [&](std::size_t column) {
      return std::stod(std::string(*folded.cells.at(r, column)));
    };
    const std::string id(*folded.cells.at(r, 2));
    const auto [_, fresh] = page.emplace(id == "other" ? id : names.at(id), Counters{number(3), number(4)});
    EXPECT_TRUE(fresh) << "twice: " << id;
  }
  return page;
}

Counters sum(const Statements& page) {
  Counters total;
  for (const auto& [_, counters] : page)
    total = {total.calls + counters.calls, total.milliseconds + counters.milliseconds};
  return total;
}

std::vector<std::vector<std::string>> cells_of(const pg::Rows& rows) {
  std::vector<std::vector<std::string>> lines(rows.cells.rows());
  for (std::size_t r = 0; r < lines.size(); ++r)
    for (std::size_t c = 0; c < rows.cells.columns(); ++c)
      lines[r].emplace_back(rows.cells.at(r, c).value_or("NULL"));
  return lines;
}

/// A fold with the polls' clock and history.
class Fold : public testing::Test {
 protected:
  Statements poll(StatementFold& fold, const Statements& statements) {
    now_ += Seconds(15);
    for (const auto& [name, _] : statements) names_[query_id(name)] = name;
    const auto folded = fold(server_rows(statements), kSpec, history_, now_);
    EXPECT_TRUE(folded);
    return page_of(*folded, names_);
  }
  Statements poll(const Statements& statements) { return poll(fold_, statements); }

  /// What the rule for latency sees, in calls and milliseconds.
  Counters window() const {
    const auto grown = [](const auto& samples) { return samples.back().value - samples.front().value; };
    return {grown(history_.statement_calls), std::round(grown(history_.statement_seconds) * 1e6) / 1000};
  }

  SteadyTime now_{Seconds(100'000)};
  std::map<std::string, std::string> names_;  // by query id
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
  const auto folded = fold_(rows(kColumns, {{kNull, "11", "1", "1", kNull, "4", "40"},
                                            {kNull, "10", "1", "1", kNull, "5", "50"},
                                            {"app", "10", kNull, kNull, kNull, kNull, kNull},
                                            {kNull, "10", "2", "1", kNull, "3", "30"}}),
                            kSpec, history_, now_);
  ASSERT_TRUE(folded);
  EXPECT_THAT(cells_of(*folded),
              ElementsAre(ElementsAre("app", "1", "1", "5", "50"), ElementsAre("11", "1", "1", "4", "40"),
                          ElementsAre("", "", "other", "3", "30")));
}

TEST_F(Fold, ARoleAndADatabaseMayHaveOneOid) {
  const auto folded = fold_(rows(kColumns, {{kNull, "7", "7", "1", kNull, "1", "1"},
                                            {"app", "7", kNull, kNull, kNull, kNull, kNull},
                                            {"shop", kNull, "7", kNull, kNull, kNull, kNull}}),
                            kSpec, history_, now_);
  ASSERT_TRUE(folded);
  EXPECT_THAT(cells_of(*folded), ElementsAre(ElementsAre("app", "shop", "1", "1", "1")));
}

TEST_F(Fold, AStatementIsTheSameWhenItsRoleIsDroppedOrItsDatabaseRenamed) {
  (void)fold_(rows(kColumns, {{"app", "10", kNull, kNull, kNull, kNull, kNull},
                              {"shop", kNull, "1", kNull, kNull, kNull, kNull},
                              {kNull, "10", "1", "1", kNull, "500", "50"}}),
              kSpec, history_, now_);
  now_ += Seconds(15);
  const auto folded = fold_(rows(kColumns, {{"store", kNull, "1", kNull, kNull, kNull, kNull},
                                            {kNull, "10", "1", "1", kNull, "502", "51"}}),
                            kSpec, history_, now_);
  ASSERT_TRUE(folded);
  EXPECT_THAT(cells_of(*folded), ElementsAre(ElementsAre("10", "store", "1", "502", "51")));
  EXPECT_EQ(window(), (Counters{2, 1})) << "not all that it ever did";
}

TEST_F(Fold, EntriesThatTheRoleMayNotSeeAreNone) {
  const auto folded = fold_(rows(kColumns, {{kNull, "10", "1", kNull, kNull, "5", "50"},
                                            {kNull, "10", "1", kNull, kNull, "4", "40"}}),
                            kSpec, history_, now_);
  ASSERT_TRUE(folded);
  EXPECT_EQ(folded->cells.rows(), 0U);
}

TEST_F(Fold, NestedAndTopLevelExecutionsAreOneSeries) {
  const auto nested = [this](std::string_view top_calls, std::string_view nested_calls) {
    now_ += Seconds(15);
    return fold_(rows(kColumns, {{kNull, "10", "1", "1", "true", nested_calls, "30"},
                                 {kNull, "10", "1", "2", kNull, "9", "40"},
                                 {kNull, "10", "1", "3", kNull, "9", "35"},
                                 {kNull, "10", "1", "1", kNull, top_calls, "30"},
                                 {kNull, "10", "1", "4", "true", "1", "50"}}),
                 kSpec, history_, now_);
  };
  const auto first = nested("5", "7");
  ASSERT_TRUE(first);
  EXPECT_THAT(cells_of(*first),
              ElementsAre(ElementsAre("10", "1", "1", "12", "60"), ElementsAre("10", "1", "4", "1", "50"),
                          ElementsAre("", "", "other", "18", "75")));
  const auto second = nested("6", "2");
  ASSERT_TRUE(second);
  EXPECT_THAT(cells_of(*second), Contains(ElementsAre("10", "1", "1", "15", "90")))
      << "one more call at top level; the nested entry was evicted and returned";
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
       {rows({"name", "userid", "dbid", "queryid", "nested", "calls"}, {}),
        rows({"name", "userid", "dbid", "queryid", "nested", "milliseconds", "calls"}, {})}) {
    const auto folded = fold_(other, kSpec, history_, now_);
    ASSERT_FALSE(folded);
    EXPECT_EQ(folded.error().kind, base::ErrorKind::contract);
  }
}

/// Two collectors, one of which asks for more.
class WiderFold : public Fold {
 protected:
  using Cell = collect::Cell;

  pg::Rows narrow(Cell calls, Cell milliseconds) {
    return *fold_(rows(kColumns, {{kNull, "10", "1", "1", kNull, calls, milliseconds}}), kSpec, history_,
                  now_);
  }
  pg::Rows wide(Cell calls, Cell milliseconds, Cell plans, const model::CollectorSpec& spec) {
    auto columns = kColumns;
    columns.emplace_back("plans");
    return *fold_(rows(columns, {{kNull, "10", "1", "1", kNull, calls, milliseconds, plans}}), spec, history_,
                  now_);
  }

  static constexpr auto kWide = std::to_array<model::Column>(
      {{"user"}, {"datname"}, {"queryid"}, {"plans", model::Use::counter, "plans_total", "."}});
  const model::CollectorSpec wide_{.name = "wide", .columns = kWide};
};

TEST_F(WiderFold, OneAnswerServesBothAndCountsOnce) {
  EXPECT_THAT(cells_of(wide("5", "50", "3", kSpec)), ElementsAre(ElementsAre("10", "1", "1", "5", "50")));
  EXPECT_THAT(cells_of(wide("5", "50", "3", wide_)), ElementsAre(ElementsAre("10", "1", "1", "3")));
}

TEST_F(WiderFold, ACounterThatIsAskedForMoreRarelyGrowsByAllThatCameInBetween) {
  wide("5", "50", "3", wide_);
  narrow("7", "70");
  narrow("7", "70");
  EXPECT_THAT(cells_of(wide("7", "70", "4", wide_)), ElementsAre(ElementsAre("10", "1", "1", "4")));
  narrow("1", "10");
  EXPECT_THAT(cells_of(wide("2", "20", "9", wide_)), ElementsAre(ElementsAre("10", "1", "1", "13")))
      << "all started anew in between";
}

TEST_F(WiderFold, ACounterThatWasNeverAskedForHasNoSample) {
  EXPECT_EQ(fold_(rows(kColumns, {{kNull, "10", "1", "1", kNull, "1", "1"}}), wide_, history_, now_)
                ->cells.at(0, 3),
            std::nullopt);
}

TEST_F(Fold, CountsEntriesForWhoeverWantsToKnow) {
  const pg::Rows row = rows({"dealloc"}, {{"3"}});
  EXPECT_EQ(fold_.with_entries(row).cells.at(0, 1), std::nullopt) << "before the first look";
  poll({{"a", {1, 9}}, {"b", {2, 5}}, {"c", {2, 5}}});
  EXPECT_EQ(fold_.with_entries(row).cells.at(0, 1), "3") << "names are none";
  EXPECT_EQ(fold_.with_entries(row).columns.back(), "entries");
}

TEST_F(Fold, NamesTheQueriesOfTheTopTheOneWithMostTimeFirst) {
  (void)fold_(rows(kColumns, {{kNull, "10", "1", "-5", kNull, "1", "10"},
                              {kNull, "10", "1", "7", kNull, "1", "90"},
                              {kNull, "11", "1", "7", kNull, "1", "80"}}),
              kSpec, history_, now_);
  EXPECT_THAT(fold_.top(), ElementsAre(7)) << "of two roles, and -5 is in the remainder";
  fold_.keep(3);
  poll({{"a", {1, 1}}});
  EXPECT_THAT(fold_.top(), testing::SizeIs(1));
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
      counters = {counters.calls + calls,
                  counters.milliseconds + calls * static_cast<double>(random_() % 20)};
    }
    ++polls_;
  }
  bool chance(unsigned one_in) { return random_() % one_in == 0; }

  Counters growth() const {
    Counters grown;
    for (const auto& [id, now] : server_) {
      const auto before = last_.find(id);
      const bool anew = before == last_.end() || now.calls < before->second.calls ||
                        now.milliseconds < before->second.milliseconds;
      const Counters from = anew ? Counters{} : before->second;
      grown = {grown.calls + now.calls - from.calls,
               grown.milliseconds + now.milliseconds - from.milliseconds};
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
    total = {total.calls + grown.calls, total.milliseconds + grown.milliseconds};
    if (polls > 0)
      since_first = {since_first.calls + grown.calls, since_first.milliseconds + grown.milliseconds};

    const Statements page = poll(fold, server_);
    ASSERT_EQ(sum(page), total) << "poll " << polls;
    ASSERT_LE(page.size(), kTop + 1);
    for (const auto& [id, counters] : page) {
      const auto known = before.find(id);
      if (known == before.end()) continue;
      ASSERT_GE(counters.calls, known->second.calls) << id << " at poll " << polls;
      ASSERT_GE(counters.milliseconds, known->second.milliseconds) << id << " at poll " << polls;
    }
    ASSERT_GE(page.count("other"), before.count("other"));

    ASSERT_EQ(history_.statement_calls.back().value, since_first.calls);
    ASSERT_EQ(history_.statement_seconds.back().value, since_first.milliseconds / 1000);
    ASSERT_GE(history_.statement_calls.back().value, calls_before);
    calls_before = history_.statement_calls.back().value;
    before = page;
    last_ = server_;
  }
}

INSTANTIATE_TEST_SUITE_P(Lives, FoldProperty, testing::Values(1U, 7U, 42U),
                         testing::PrintToStringParamName());

}  // namespace pgvigil::collect
