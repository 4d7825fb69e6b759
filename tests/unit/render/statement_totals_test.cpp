#include "pgvigil/render/statement_totals.hpp"

#include <gmock/gmock.h>

namespace pgvigil::render {
namespace {

using testing::HasSubstr;

const base::SteadyTime kStart{base::Seconds(1000)};

model::History history(double calls, double seconds) {
  model::History history;
  history.statement_calls = {{kStart, 0}, {kStart + base::Seconds(15), calls}};
  history.statement_seconds = {{kStart, 0}, {kStart + base::Seconds(15), seconds}};
  return history;
}

}  // namespace

TEST(StatementTotals, AreTheNewestOnesAndCounters) {
  EXPECT_EQ(statement_totals(history(1234, 5.25)),
            "# HELP pgvigil_statements_calls_total Executions of all statements since pgvigil was started, "
            "whatever "
            "the server forgot.\n"
            "# TYPE pgvigil_statements_calls_total counter\n"
            "pgvigil_statements_calls_total 1234\n"
            "# HELP pgvigil_statements_seconds_total Time spent executing all statements since pgvigil was "
            "started, "
            "whatever the server forgot.\n"
            "# TYPE pgvigil_statements_seconds_total counter\n"
            "pgvigil_statements_seconds_total 5.25\n");
}

TEST(StatementTotals, AreThereAtZeroFromTheFirstLookOn) {
  model::History first;
  first.statement_calls = {{kStart, 0}};
  first.statement_seconds = {{kStart, 0}};
  EXPECT_THAT(statement_totals(first), HasSubstr("\npgvigil_statements_calls_total 0\n"));
  EXPECT_THAT(statement_totals(first), HasSubstr("\npgvigil_statements_seconds_total 0\n"));
}

TEST(StatementTotals, AreNotThereWhereNothingIsKnownOfStatements) { EXPECT_EQ(statement_totals({}), ""); }

TEST(StatementTotals, CarryTheConstantLabels) {
  const std::string text = statement_totals(history(7, 0.5), {{"cluster", "shop"}});
  EXPECT_THAT(text, HasSubstr("\npgvigil_statements_calls_total{cluster=\"shop\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("\npgvigil_statements_seconds_total{cluster=\"shop\"} 0.5\n"));
}

}  // namespace pgvigil::render
