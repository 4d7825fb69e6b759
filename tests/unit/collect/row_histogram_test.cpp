#include <gmock/gmock.h>

#include <array>

#include "pgvigil/collect/map_rows.hpp"
#include "rows.hpp"

/// Histograms that the server counts, as postgres_exporter's queries select them.
namespace pgvigil::collect {
namespace {

using base::ErrorKind;
using model::Column;
using model::Use;
using testing::ElementsAre;

constexpr std::array kColumns = {Column{"till"},
                                 Column{"wait", Use::histogram, "shop_wait_seconds", "Waits."}};

model::CollectorSpec spec(bool open = true) {
  model::CollectorSpec made;
  made.name = "waits";
  made.columns = kColumns;
  made.open = open;
  return made;
}

/// What one till's bounds, counts, sum and count become: the cell, "NULL", or the error.
std::string made_of(Cell bounds, Cell counts, Cell sum, Cell count) {
  const auto sheet = map_rows(spec(), rows({"till", "wait", "wait_bucket", "wait_sum", "wait_count"},
                                           {{"a", bounds, counts, sum, count}}));
  if (!sheet) {
    EXPECT_EQ(sheet.error().kind, ErrorKind::contract);
    return sheet.error().message;
  }
  return std::string(sheet->cells.at(0, 1).value_or("NULL"));
}

}  // namespace

TEST(RowHistogram, IsMadeOfFourColumnsInAnyOrder) {
  for (const bool open : {true, false}) {
    const auto sheet = map_rows(
        spec(open), rows({"wait_count", "wait_bucket", "till", "wait_sum", "wait"},
                         {{"7", "{1,3}", "a", "12.5", "{0.1,60}"}, {"0", "{0,0}", "b", "0", "{0.1,60}"}}));
    ASSERT_TRUE(sheet) << sheet.error().message;
    EXPECT_EQ(sheet->cells.at(0, 0), "a");
    EXPECT_EQ(sheet->cells.at(0, 1), "7 12.5 0.1 1 60 3");
    EXPECT_EQ(sheet->cells.at(1, 1), "0 0 0.1 0 60 0");
  }
}

TEST(RowHistogram, EachRowHasItsOwnBounds) {
  EXPECT_EQ(made_of("{5}", "{1}", "2", "1"), "1 2 5 1");
  EXPECT_EQ(made_of("{}", "{}", "2", "1"), "1 2") << "the bucket of everything is always there";
  EXPECT_EQ(made_of("{60,0.1}", "{3,1}", "2", "7"), "7 2 0.1 1 60 3") << "in any order";
  EXPECT_EQ(made_of("{1e3,0.010,-1}", "{3,2,1}", "2", "7"), "7 2 -1 1 0.01 2 1000 3");
}

TEST(RowHistogram, TheBoundOfEverythingIsTheCount) {
  EXPECT_EQ(made_of("{1,Infinity}", "{1,9}", "2", "7"), "7 2 1 1");
}

TEST(RowHistogram, OfArraysOfTwoLengthsTheRestIsIgnored) {
  EXPECT_EQ(made_of("{1,2,3}", "{1,2}", "9", "3"), "3 9 1 1 2 2");
  EXPECT_EQ(made_of("{1}", "{1,2}", "9", "3"), "3 9 1 1");
}

TEST(RowHistogram, ANullInOneOfTheFourIsNoSample) {
  EXPECT_EQ(made_of(kNull, "{1}", "2", "1"), "NULL");
  EXPECT_EQ(made_of("{5}", kNull, "2", "1"), "NULL");
  EXPECT_EQ(made_of("{5}", "{1}", kNull, "1"), "NULL");
  EXPECT_EQ(made_of("{5}", "{1}", "2", kNull), "NULL");
}

TEST(RowHistogram, ASumMayBeNoFiniteNumber) {
  EXPECT_EQ(made_of("{5}", "{0}", "NaN", "1"), "1 NaN 5 0");
  EXPECT_EQ(made_of("{5}", "{0}", "Infinity", "1"), "1 +Inf 5 0");
}

TEST(RowHistogram, WhatIsNoHistogramBreaksTheContract) {
  for (const char* bounds :
       {"5", "", "{5", "{a}", "{NULL}", "{NaN}", "{1e999}", "{-Infinity}", "{{1,2}}", "{1,}", "[0:1]={1,2}"})
    EXPECT_EQ(made_of(bounds, "{1,2}", "2", "1"),
              "column wait holds '" + std::string(bounds) + "', which is not an array of numbers");
  for (const char* counts : {"5", "{a}", "{NULL}", "{NaN}"})
    EXPECT_EQ(made_of("{1}", counts, "2", "1"),
              "column wait_bucket holds '" + std::string(counts) + "', which is not an array of numbers");
  EXPECT_EQ(made_of("{5}", "{1}", "x", "1"), "column wait_sum holds 'x', which is not a number");
  EXPECT_EQ(made_of("{5}", "{1}", "2", "NaN"), "column wait_count holds 'NaN', which is not a number");
  EXPECT_EQ(made_of("{5,5.0}", "{1,1}", "2", "1"), "column wait holds the bound 5 twice");
}

TEST(RowHistogram, WantsItsThreeColumnsWhereTheBoundsAreThere) {
  const auto sheet =
      map_rows(spec(), rows({"till", "wait", "wait_sum", "wait_count"}, {{"a", "{1}", "2", "1"}}));
  ASSERT_FALSE(sheet);
  EXPECT_EQ(sheet.error().message, "the result has no column wait_bucket for the histogram wait");
}

TEST(RowHistogram, WithoutTheBoundsAnOpenSpecHasNoSample) {
  const auto without = rows({"till", "wait_sum", "wait_count"}, {{"a", "2", "1"}});
  const auto sheet = map_rows(spec(), without);
  ASSERT_TRUE(sheet) << sheet.error().message;
  EXPECT_EQ(sheet->cells.at(0, 1), std::nullopt);
  const auto closed = map_rows(spec(false), without);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().message, "the result has no column wait");
}

TEST(RowHistogram, LeavesAColumnOfAnothersNameAlone) {
  static constexpr std::array kBoth = {Column{"wait", Use::histogram, "shop_wait_seconds", "Waits."},
                                       Column{"wait_count", Use::gauge, "shop_waits", "Waits."}};
  model::CollectorSpec both = spec(false);
  both.columns = kBoth;
  const auto sheet =
      map_rows(both, rows({"wait", "wait_bucket", "wait_sum", "wait_count"}, {{"{1}", "{2}", "3", "4"}}));
  ASSERT_TRUE(sheet) << sheet.error().message;
  EXPECT_EQ(sheet->cells.at(0, 0), "4 3 1 2");
  EXPECT_EQ(sheet->cells.at(0, 1), "4");
}

TEST(RowHistogram, RowsThatAreCutStayCounted) {
  pg::Rows some =
      rows({"till", "wait", "wait_bucket", "wait_sum", "wait_count"}, {{"a", "{1}", "{1}", "2", "1"}});
  some.cut = 5;
  EXPECT_EQ(map_rows(spec(), some)->cut, 5U);
}

}  // namespace pgvigil::collect
