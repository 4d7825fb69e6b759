#include <gmock/gmock.h>

#include "pgvigil/collect/fold.hpp"

/// What the rules' window is made of.
namespace pgvigil::collect {
namespace {

using base::Seconds;
using base::SteadyTime;
using testing::ElementsAre;
using testing::IsEmpty;

/// The values that are remembered, in their order.
std::vector<double> values(const std::deque<model::Sample>& samples) {
  std::vector<double> all;
  for (const model::Sample& sample : samples) all.push_back(sample.value);
  return all;
}

SteadyTime at(int second) { return SteadyTime(Seconds(100'000 + second)); }

}  // namespace

TEST(Remember, WhatTheWindowNoLongerNeedsGoes) {
  std::deque<model::Sample> samples;
  for (int i = 0; i <= 40; ++i) remember(samples, {at(i * 15), i * 1.0});
  EXPECT_EQ(samples.front().at, at(300)) << "exactly the window";
  EXPECT_EQ(samples.back().at, at(600));
}

TEST(Remember, TheOldestSampleStandsAtTheWindowsEdgeOrJustBeforeIt) {
  std::deque<model::Sample> samples;
  for (int i = 0; i <= 10; ++i) remember(samples, {at(i * 70), i * 1.0});
  EXPECT_EQ(samples.front().at, at(350)) << "from 350 to 700 lies the whole window";
}

TEST(Remember, TwoSamplesAlwaysStay) {
  std::deque<model::Sample> samples;
  remember(samples, {at(0), 1});
  remember(samples, {at(3600), 2});
  EXPECT_THAT(values(samples), ElementsAre(1, 2));
}

TEST(Remember, ATotalThatFellCountsSomethingElse) {
  std::deque<model::Sample> samples;
  remember(samples, {at(0), 10});
  remember(samples, {at(15), 11});
  remember(samples, {at(30), 3});
  EXPECT_THAT(values(samples), ElementsAre(3));
}

TEST(ForgetStale, NothingIsForgottenWithinTheWindow) {
  model::History history;
  remember(history.cpu_seconds, {at(0), 1});
  remember(history.cpu_seconds, {at(15), 2});
  forget_stale(history, at(315));
  EXPECT_THAT(values(history.cpu_seconds), ElementsAre(1, 2));
}

TEST(ForgetStale, BehindTheWindowEachTotalIsForgottenForItself) {
  model::History history;
  remember(history.cpu_seconds, {at(0), 1});
  remember(history.statement_calls, {at(100), 1});
  remember(history.statement_seconds, {at(0), 1});
  forget_stale(history, at(316));
  EXPECT_THAT(history.cpu_seconds, IsEmpty());
  EXPECT_THAT(values(history.statement_calls), ElementsAre(1));
  EXPECT_THAT(history.statement_seconds, IsEmpty());
}

}  // namespace pgvigil::collect
