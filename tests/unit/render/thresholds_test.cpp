#include "pgvigil/render/thresholds.hpp"

#include <gtest/gtest.h>

#include <array>

namespace pgvigil::render {
namespace {

using model::Finding;
using model::State;

model::Rule named(std::string_view id) {
  model::Rule rule;
  rule.id = id;
  return rule;
}

const model::Rule kDisk = named("disk");
const model::Rule kLatency = named("latency");
constexpr model::Limits kDiskLimits = {0.8, 0.9, base::Seconds(300)};
constexpr model::Limits kLatencyLimits = {0.1, 0.5, base::Seconds(300)};

constexpr std::string_view kLimitText =
    "# HELP pgvigil_threshold_limit The rule's limit in the unit of its value; at or above it is over it.\n"
    "# TYPE pgvigil_threshold_limit gauge\n";

}  // namespace

TEST(Thresholds, AValueItsLimitsAndItsStateAreShownByRule) {
  const std::array findings = {Finding{&kDisk, kDiskLimits, {0.93, {}}, State::critical},
                               Finding{&kLatency, kLatencyLimits, {0.0125, {}}, State::ok}};
  EXPECT_EQ(thresholds(findings),
            std::string(kLimitText) +
                "pgvigil_threshold_limit{rule=\"disk\",severity=\"warning\"} 0.8\n"
                "pgvigil_threshold_limit{rule=\"disk\",severity=\"critical\"} 0.9\n"
                "pgvigil_threshold_limit{rule=\"latency\",severity=\"warning\"} 0.1\n"
                "pgvigil_threshold_limit{rule=\"latency\",severity=\"critical\"} 0.5\n"
                "# HELP pgvigil_threshold_value What the rule's indicator says now: a ratio, or seconds.\n"
                "# TYPE pgvigil_threshold_value gauge\n"
                "pgvigil_threshold_value{rule=\"disk\"} 0.93\n"
                "pgvigil_threshold_value{rule=\"latency\"} 0.0125\n"
                "# HELP pgvigil_threshold_state Where the value stands now: 0 ok, 1 warning, 2 critical.\n"
                "# TYPE pgvigil_threshold_state gauge\n"
                "pgvigil_threshold_state{rule=\"disk\"} 2\n"
                "pgvigil_threshold_state{rule=\"latency\"} 0\n");
}

TEST(Thresholds, WhatCannotBeKnownHasLimitsOnly) {
  const std::array findings = {Finding{&kDisk, kDiskLimits, {{}, "not visible"}, {}}};
  EXPECT_EQ(thresholds(findings), std::string(kLimitText) +
                                      "pgvigil_threshold_limit{rule=\"disk\",severity=\"warning\"} 0.8\n"
                                      "pgvigil_threshold_limit{rule=\"disk\",severity=\"critical\"} 0.9\n");
}

TEST(Thresholds, WithoutACallTheStateIsFineAndThereIsNoValue) {
  const std::array findings = {
      Finding{&kLatency, kLatencyLimits, {{}, "no statement ended in the window", true}, State::ok}};
  const std::string text = thresholds(findings);
  EXPECT_NE(text.find("pgvigil_threshold_state{rule=\"latency\"} 0\n"), std::string::npos);
  EXPECT_EQ(text.find("pgvigil_threshold_value"), std::string::npos);
}

TEST(Thresholds, ConstantLabelsStandOnEverySample) {
  const std::array findings = {Finding{&kDisk, kDiskLimits, {0.85, {}}, State::warning}};
  const std::string text = thresholds(findings, {{"cluster", "shop"}});
  EXPECT_NE(text.find("pgvigil_threshold_limit{cluster=\"shop\",rule=\"disk\",severity=\"warning\"} 0.8\n"),
            std::string::npos);
  EXPECT_NE(text.find("pgvigil_threshold_value{cluster=\"shop\",rule=\"disk\"} 0.85\n"), std::string::npos);
  EXPECT_NE(text.find("pgvigil_threshold_state{cluster=\"shop\",rule=\"disk\"} 1\n"), std::string::npos);
}

TEST(Thresholds, NoFindingsAreNoText) { EXPECT_EQ(thresholds({}), ""); }

}  // namespace pgvigil::render
