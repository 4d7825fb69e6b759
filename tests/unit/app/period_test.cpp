#include "app/period.hpp"

#include <gtest/gtest.h>

namespace pgvigil::app {
namespace {

constexpr base::Seconds kDay = std::chrono::days(1);

}  // namespace

TEST(Since, TakesHoursDaysAndWeeks) {
  EXPECT_EQ(parse_since("1h"), std::chrono::hours(1));
  EXPECT_EQ(parse_since("30d"), 30 * kDay);
  EXPECT_EQ(parse_since("4w"), 28 * kDay);
  EXPECT_EQ(parse_since("365d"), 365 * kDay);
}

TEST(Since, RefusesWhatIsTooShortTooLongOrNoLength) {
  for (const char* text :
       {"", "0h", "0d", "366d", "53w", "30", "d", "30m", "-1d", "1.5d", "30d ", "30 d", "99999999999d"})
    EXPECT_EQ(parse_since(text), std::nullopt) << text;
}

TEST(Time, IsADayOrAMomentInUtc) {
  const base::WallTime day = std::chrono::sys_days(std::chrono::year(2024) / 2 / 29);
  EXPECT_EQ(parse_time("2024-02-29"), day);
  EXPECT_EQ(parse_time("2024-02-29T23:59:01Z"), day + kDay - base::Seconds(59));
}

TEST(Time, RefusesDaysThatAreNone) {
  for (const char* text :
       {"", "2023-02-29", "2024-13-01", "2024-1-1", "24-01-01", "2024-01-01T", "2024-01-01T10:00Z",
        "2024-01-01T24:00:00Z", "2024-01-01T10:00:00", "2024-01-01T10:00:00Zx", "2024-01-01 "})
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
}

}  // namespace pgvigil::app
