#include "pgvigil/model/collector.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>

namespace pgvigil::model {
namespace {

constexpr Column kColumns[] = {
    {"datname"},
    {"size", Use::gauge, "pg_x_size_bytes", "Size."},
};
constexpr Query kQueries[] = {{13, "SELECT 1"}, {17, "SELECT 2"}};

CollectorSpec sound() {
  CollectorSpec spec;
  spec.name = "x";
  spec.queries = kQueries;
  spec.columns = kColumns;
  return spec;
}

std::string reason_for(Column column) {
  const std::array<Column, 1> columns{column};
  CollectorSpec spec = sound();
  spec.columns = columns;
  return std::string(fault(spec).reason);
}

}  // namespace

TEST(Fault, FindsNothingInASoundSpec) { EXPECT_EQ(fault(sound()).reason, ""); }

TEST(Fault, WantsOneOpenCommandOnPgbouncersConsole) {
  constexpr Query kShow[] = {{0, "SHOW POOLS"}};
  CollectorSpec spec = sound();
  spec.server = Server::pgbouncer;
  EXPECT_TRUE(fault(spec)) << "SHOW's columns differ";
  spec.open = true;
  EXPECT_TRUE(fault(spec)) << "a console has no PostgreSQL's versions";
  spec.queries = kShow;
  EXPECT_EQ(fault(spec).reason, "");
  spec.role = Role::primary;
  EXPECT_TRUE(fault(spec)) << "a console has no role";
}

TEST(Fault, WantsTotalExactlyOnCounters) {
  EXPECT_EQ(reason_for({"v", Use::counter, "pg_x", "X."}), "a counter's name ends in _total");
  EXPECT_EQ(reason_for({"v", Use::gauge, "pg_x_total", "X."}), "only a counter's name ends in _total");
  EXPECT_EQ(reason_for({"v", Use::counter, "pg_x_total", "X."}), "");
}

TEST(Fault, ExcusesLegacyNamesAndOnlyThose) {
  EXPECT_EQ(reason_for({"v", Use::counter, "pg_x", "X.", 1, "kept"}), "");
  EXPECT_NE(reason_for({"v", Use::counter, "pg_x_total", "X.", 1, "kept"}), "");
}

TEST(Fault, WantsBaseUnits) {
  EXPECT_NE(reason_for({"v", Use::gauge, "pg_x_ms", "X."}), "");
  EXPECT_NE(reason_for({"v", Use::counter, "pg_x_ms_total", "X."}), "");
}

TEST(Fault, WantsHelpThatEndsWithAFullStop) {
  EXPECT_EQ(reason_for({"v", Use::gauge, "pg_x", ""}), "a metric needs a help text");
  EXPECT_EQ(reason_for({"v", Use::gauge, "pg_x", "X"}), "a help text ends with a full stop");
}

TEST(Fault, WantsBoundsThatAscendAndOfHistogramsAlone) {
  static constexpr double kBounds[] = {0.1, 1, 5};
  constexpr double kTwice[] = {1, 1};
  constexpr double kEndless[] = {1, std::numeric_limits<double>::infinity()};
  EXPECT_EQ(reason_for({"v", Use::histogram, "pg_x_seconds", "X.", 1, {}, {kBounds}}), "");
  EXPECT_EQ(reason_for({"v", Use::histogram, "pg_x_seconds", "X."}), "") << "each row brings its own";
  EXPECT_NE(reason_for({"v", Use::gauge, "pg_x_seconds", "X.", 1, {}, {kBounds}}), "");
  EXPECT_NE(reason_for({"v", Use::histogram, "pg_x_seconds", "X.", 1, {}, {kTwice}}), "");
  EXPECT_NE(reason_for({"v", Use::histogram, "pg_x_seconds", "X.", 1, {}, {kEndless}}), "");
  EXPECT_NE(reason_for({"v", Use::histogram, "pg_x_seconds", "X.", 0.001, {}, {kBounds}}), "");
  EXPECT_NE(reason_for({"v", Use::histogram, "pg_x_seconds_bucket", "X.", 1, {}, {kBounds}}), "");
}

TEST(Fault, LeavesTheLabelLeToHistograms) {
  static constexpr double kBounds[] = {1};
  constexpr Column kBoth[] = {{"le"}, {"v", Use::histogram, "pg_x_seconds", "X.", 1, {}, {kBounds}}};
  CollectorSpec spec = sound();
  spec.columns = kBoth;
  EXPECT_NE(fault(spec).reason, "");
}

TEST(Fault, WantsAnAscendingStaircase) {
  constexpr Query kDescending[] = {{17, "SELECT 2"}, {13, "SELECT 1"}};
  CollectorSpec spec = sound();
  spec.queries = kDescending;
  EXPECT_EQ(fault(spec).reason, "the staircase of queries does not ascend");
}

TEST(Fault, WantsDatnameWhereManyDatabasesAreVisited) {
  constexpr Column kOther[] = {{"relname"}, {"size", Use::gauge, "pg_x_size_bytes", "Size."}};
  CollectorSpec spec = sound();
  spec.scope = Scope::database;
  spec.columns = kOther;
  EXPECT_NE(fault(spec).reason, "");
}

TEST(Fault, FindsAMetricOfTwoCollectors) {
  CollectorSpec first = sound();
  CollectorSpec second = sound();
  second.name = "y";
  const std::array<const CollectorSpec*, 2> both{&first, &second};
  const Fault found = fault(both);
  EXPECT_EQ(found.reason, "two columns have one metric");
  EXPECT_EQ(found.where, "pg_x_size_bytes");
}

TEST(Fault, FindsAMetricThatIsCalledAsAHistogramsSamplesAre) {
  static constexpr double kBounds[] = {1};
  constexpr Column kWaits[] = {{"v", Use::histogram, "pg_x", "X.", 1, {}, {kBounds}}};
  constexpr Column kCount[] = {{"v", Use::gauge, "pg_x_count", "X.", 1, "kept"}};
  CollectorSpec first = sound();
  CollectorSpec second = sound();
  first.columns = kWaits;
  second.columns = kCount;
  second.name = "y";
  const std::array<const CollectorSpec*, 2> both{&first, &second};
  EXPECT_EQ(fault(both).reason, "two columns have one metric");
}

}  // namespace pgvigil::model
