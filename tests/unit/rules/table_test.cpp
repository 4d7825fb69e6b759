#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>

#include "pgvigil/rules/rules.hpp"

/// What every row of the table must have, whatever it judges.
namespace pgvigil::rules {
namespace {

using model::Rule;
using testing::EndsWith;
using testing::HasSubstr;

bool has(double limit) { return !std::isnan(limit); }

}  // namespace

TEST(Table, IdsAndAlertsAreUnique) {
  std::set<std::string_view> ids;
  std::set<std::string_view> alerts;
  for (const Rule* rule : rules()) {
    EXPECT_TRUE(ids.insert(rule->id).second) << rule->id;
    EXPECT_TRUE(alerts.insert(rule->alert).second) << rule->alert;
  }
}

TEST(Table, AnAlertIsCalledAfterWhatIsWatchedOrAfterUs) {
  for (const Rule* rule : rules()) {
    const auto begins = [&](std::string_view with) { return rule->alert.starts_with(with); };
    EXPECT_TRUE(begins("Postgres") || begins("Pgbouncer") || begins("Pgvigil")) << rule->alert;
  }
}

TEST(Table, EachHasALevelAndTheCriticalIsTheWorse) {
  for (const Rule* rule : rules()) {
    const auto [warning, critical, hold] = rule->limits;
    EXPECT_TRUE(has(warning) || has(critical)) << rule->id;
    EXPECT_FALSE(rule->side == model::Side::above ? warning >= critical : warning <= critical) << rule->id;
  }
}

TEST(Table, ASummaryIsASentenceWithoutNumbers) {
  for (const Rule* rule : rules()) {
    EXPECT_THAT(rule->summary, EndsWith(".")) << rule->id;
    EXPECT_FALSE(std::ranges::any_of(rule->summary, [](char c) { return std::isdigit(c) != 0; })) << rule->id;
    EXPECT_THAT(rule->indicator.meaning, EndsWith(".")) << rule->id;
  }
}

TEST(Table, ADescriptionSaysWhatToDoFirst) {
  for (const Rule* rule : rules()) {
    EXPECT_THAT(rule->description, HasSubstr(" First: ")) << rule->id;
    EXPECT_THAT(rule->description, testing::AnyOf(EndsWith("."), EndsWith("?"))) << rule->id;
  }
}

TEST(Table, ARecordedNameIsLevelMetricOperation) {
  for (const Rule* rule : rules()) {
    const std::string_view name = rule->indicator.record;
    EXPECT_TRUE(name.empty() || std::ranges::count(name, ':') == 2) << rule->id;
  }
  for (const Record& record : records()) EXPECT_EQ(std::ranges::count(record.name, ':'), 2) << record.name;
}

}  // namespace pgvigil::rules
