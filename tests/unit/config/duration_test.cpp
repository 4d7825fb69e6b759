#include "pgvigil/config/duration.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace pgvigil::config {

using namespace std::chrono_literals;

TEST(Duration, IsANumberWithAUnit) {
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("15s"), 15s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("24h"), 24h);
  EXPECT_EQ(parse_duration("0s"), 0ms);
}

TEST(Duration, IsNothingElse) {
  for (const char* text : {"", "15", "s", "1.5s", "-1s", "+1s", " 1s", "1s ", "1 s", "1d", "1h30m", "25h",
                           "1S", "99999999999999999999s", "0x1s", "2147483647h"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Duration, ReadsBackFromItsText) {
  EXPECT_EQ(duration_text(0ms), "0s");
  EXPECT_EQ(duration_text(1500ms), "1500ms");
  EXPECT_EQ(duration_text(90s), "90s");
  EXPECT_EQ(duration_text(5min), "5m");
  EXPECT_EQ(duration_text(2h), "2h");
  for (const auto duration : {0ms, 1ms, 1500ms, 90000ms, 7200000ms})
    EXPECT_EQ(parse_duration(duration_text(duration)), duration);
}

}  // namespace pgvigil::config
