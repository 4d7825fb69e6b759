#include "pgvigil/collect/statement_texts.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "rows.hpp"

namespace pgvigil::collect {
namespace {

using Ids = std::vector<std::int64_t>;

pg::Rows answer(std::initializer_list<std::initializer_list<Cell>> lines) {
  return rows({"queryid", "query", "present"}, lines);
}

}  // namespace

TEST(StatementTexts, AreAskedForOnce) {
  StatementTexts texts;
  EXPECT_EQ(texts.unknown(Ids{}), "");
  EXPECT_EQ(texts.unknown(Ids{7, -9}), "{7,-9}");
  texts.learn(answer({{"7", "SELECT 1", "1"}}), Ids{7, -9});
  EXPECT_EQ(texts.unknown(Ids{7, -9}), "{-9}") << "it was not there: it may be another time";
  EXPECT_EQ(texts.unknown(Ids{7}), "");
}

TEST(StatementTexts, OneThatMayNotBeSeenIsNotAskedForAgainAndHasNoRow) {
  StatementTexts texts;
  texts.learn(answer({{"7", kNull, "1"}, {"8", "SELECT 8", "1"}}), Ids{8, 7});
  EXPECT_EQ(texts.unknown(Ids{8, 7}), "");
  const pg::Rows shown = texts.of(Ids{8, 7});
  ASSERT_EQ(shown.cells.rows(), 1U);
  EXPECT_EQ(shown.cells.at(0, 0), "8");
  EXPECT_EQ(shown.cells.at(0, 1), "SELECT 8");
  EXPECT_EQ(shown.cells.at(0, 2), "1");
}

TEST(StatementTexts, OfAStatementThatLeftTheTopAreKeptForItsReturnButHaveNoRow) {
  StatementTexts texts;
  texts.learn(answer({{"1", "SELECT 1", "1"}}), Ids{1});
  texts.learn(answer({{"2", "SELECT 2", "1"}}), Ids{2});
  EXPECT_EQ(texts.of(Ids{2}).cells.rows(), 1U);
  EXPECT_EQ(texts.unknown(Ids{1, 2}), "");
}

TEST(StatementTexts, AreForgottenWhenTwiceAsManyAreKnownAsTheTopHas) {
  StatementTexts texts;
  for (const char* id : {"1", "2", "3"}) texts.learn(answer({{id, "SELECT", "1"}}), Ids{*id - '0'});
  EXPECT_EQ(texts.unknown(Ids{1, 2, 3}), "{1,2}");
}

}  // namespace pgvigil::collect
