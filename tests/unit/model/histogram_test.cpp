#include "pgvigil/model/histogram.hpp"

#include <gtest/gtest.h>

#include <array>

namespace pgvigil::model {
namespace {

constexpr std::array kBounds = {0.1, 1.0, 5.0};

}  // namespace

TEST(Histogram, CountsEachValueInItsBucketAndAllAbove) {
  Histogram observed(kBounds);
  for (const double value : {0.05, 0.5, 0.5, 4.0, 60.0}) observed.observe(value);
  EXPECT_EQ(observed.cell(), "5 65.05 0.1 1 1 3 5 4");
}

TEST(Histogram, ABoundBelongsToItsBucket) {
  Histogram observed(kBounds);
  observed.observe(1);
  EXPECT_EQ(observed.cell(), "1 1 0.1 0 1 1 5 1");
}

TEST(Histogram, WithoutObservationsEverythingIsZero) {
  EXPECT_EQ(Histogram(kBounds).cell(), "0 0 0.1 0 1 0 5 0");
}

}  // namespace pgvigil::model
