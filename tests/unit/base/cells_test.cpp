#include "pgvigil/base/cells.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pgvigil::base {

TEST(Cells, KeepNullApartFromEmptyText) {
  Cells cells(2);
  cells.add("");
  cells.add_null();
  cells.add("x");
  cells.add("y");
  ASSERT_EQ(cells.rows(), 2U);
  EXPECT_EQ(cells.at(0, 0), "");
  EXPECT_EQ(cells.at(0, 1), std::nullopt);
  EXPECT_EQ(cells.at(1, 0), "x");
  EXPECT_EQ(cells.at(1, 1), "y");
}

TEST(Cells, TruncateKeepsTheFirstRows) {
  Cells cells(1);
  for (const char* text : {"a", "b", "c"}) cells.add(text);
  cells.truncate(1);
  EXPECT_EQ(cells.rows(), 1U);
  EXPECT_EQ(cells.at(0, 0), "a");
  cells.add("d");
  EXPECT_EQ(cells.at(1, 0), "d");
  cells.truncate(0);
  EXPECT_EQ(cells.rows(), 0U);
}

TEST(Cells, ARowIsAddedAsItsCellsAre) {
  Cells at_once(3);
  Cells one_by_one(3);
  for (const std::string_view text : {"first", ""}) {
    at_once.add_row(std::vector<std::string_view>{text, {}, "last"});
    one_by_one.add(text);
    one_by_one.add_null();
    one_by_one.add("last");
  }
  EXPECT_EQ(at_once, one_by_one);
  EXPECT_EQ(at_once.at(1, 0), "");
}

TEST(Cells, ARowIsTheSameWhereverItStands) {
  const auto table = [](std::string_view before, const std::vector<std::optional<std::string_view>>& row) {
    Cells cells(3);
    for (int i = 0; i < 3; ++i) cells.add(before);
    for (const auto& cell : row) cell ? cells.add(*cell) : cells.add_null();
    return cells;
  };
  const Cells one = table("x", {"1", "23", std::nullopt});
  EXPECT_TRUE(one.same_row(1, table("longer", {"1", "23", std::nullopt}), 1));
  EXPECT_TRUE(one.same_row(1, table("", {"1", "23", std::nullopt}), 1));
  EXPECT_TRUE(one.same_row(0, table("x", {"", "", ""}), 0));
  for (const auto& row : std::vector<std::vector<std::optional<std::string_view>>>{
           {"12", "3", std::nullopt}, {"1", "23", ""}, {"1", "24", std::nullopt}, {"1", std::nullopt, "23"}})
    EXPECT_FALSE(one.same_row(1, table("x", row), 1));
  EXPECT_EQ(one, table("x", {"1", "23", std::nullopt}));
  EXPECT_NE(one, table("x", {"1", "23", ""}));
}

}  // namespace pgvigil::base
