#include "pgvigil/base/cells.hpp"

#include <gtest/gtest.h>

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

}  // namespace pgvigil::base
