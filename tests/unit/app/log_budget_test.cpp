#include "app/log_budget.hpp"

#include <gtest/gtest.h>

#include <set>

#include "app/own_metrics.hpp"

namespace pgvigil::app {

TEST(LogBudget, AFloodOfOneMessageIsCutAndCountedAndHindersNoOther) {
  LogBudget budget;
  base::SteadyTime now;
  int written = 0;
  for (int i = 0; i < 5000; ++i) written += budget.take("collector failed", now).write ? 1 : 0;
  EXPECT_EQ(written, 100);
  EXPECT_EQ(budget.take("collector failed", now).left_out, 4901U);
  EXPECT_TRUE(budget.take("no connection", now).write);
  now += base::Seconds(6);
  const auto later = budget.take("collector failed", now);
  EXPECT_TRUE(later.write);
  EXPECT_EQ(later.left_out, 4901U);
  EXPECT_FALSE(budget.take("collector failed", now).write);
}

TEST(LogBudget, WhatFlapsForADayIsToldTenTimesAMinuteAtMost) {
  LogBudget budget;
  base::SteadyTime now;
  int written = 0;
  for (int second = 0; second < 86'400; ++second, now += base::Seconds(1))
    written += budget.take("collector failed", now).write ? 1 : 0;
  EXPECT_LE(written, 100 + 86'400 / 6);
  EXPECT_GE(written, 86'400 / 6);
}

TEST(LogBudget, MessagesWithoutEndTakeNoMemoryWithoutEnd) {
  LogBudget budget;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(budget.take("note " + std::to_string(i), {}).write);
}

TEST(Problem, IsTheSameWhateverNumbersItsTextHas) {
  EXPECT_EQ(without_numbers("process 4711 waits at 0/1A2B3C4D"),
            without_numbers("process 12 waits at 16/FF00"));
  EXPECT_NE(without_numbers("relation \"a\" does not exist"),
            without_numbers("relation \"b\" does not exist"));
}

}  // namespace pgvigil::app
