// SPDX-License-Identifier: EUPL-1.2
#include "calendar/civil.hpp"

#include <gtest/gtest.h>

namespace flora::calendar {
namespace {

TEST(CivilDate, CountsEveryDayOfFourHundredYears) {
  std::int64_t day = days_from_civil(1800, 1, 1);
  int weekday = static_cast<int>(weekday_of(day));
  for (std::int64_t year = 1800; year < 2200; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int d = 1; d <= days_in_month(year, month); ++d, ++day) {
        ASSERT_EQ(days_from_civil(year, month, d), day);
        ASSERT_EQ(civil_from_days(day), (CivilFields{year, month, d}));
        ASSERT_EQ(static_cast<int>(weekday_of(day)), weekday);
        weekday = weekday % 7 + 1;
      }
    }
  }
}

TEST(CivilDate, KnowsFarYears) {
  EXPECT_EQ(days_from_civil(1970, 1, 1), 0);
  EXPECT_EQ(weekday_of(0), Weekday::kThursday);
  for (const std::int64_t year : {-999'999'999LL, -4000LL, -1LL, 0LL, 1LL, 9999LL, 999'999'999LL}) {
    EXPECT_EQ(civil_from_days(days_from_civil(year, 2, 28)), (CivilFields{year, 2, 28}));
    EXPECT_EQ(civil_from_days(days_from_civil(year, 12, 31)), (CivilFields{year, 12, 31}));
  }
}

TEST(CivilDate, AddsMonthsToTheLastDayWhereTheMonthIsShort) {
  const auto after = [](const char* from, std::int32_t months) { return to_text(parse_date(from)->plus_months(months)); };
  EXPECT_EQ(after("2021-01-31", 1), "2021-02-28");
  EXPECT_EQ(after("2020-01-31", 1), "2020-02-29");
  EXPECT_EQ(after("2021-01-15", 14), "2022-03-15");
  EXPECT_EQ(after("2021-01-31", -1), "2020-12-31");
  EXPECT_EQ(after("2021-03-31", -1), "2021-02-28");
  EXPECT_EQ(after("2021-12-01", 1), "2022-01-01");
  EXPECT_EQ(after("2021-12-01", -24), "2019-12-01");
}

TEST(CivilDate, ReadsOnlyDaysThatExist) {
  EXPECT_EQ(parse_date("2024-02-29"), CivilDate::from(2024, 2, 29));
  for (const auto* text : {"2023-02-29", "2023-13-01", "2023-00-01", "2023-01-00", "2023-04-31", "0000-01-01", "2023-1-1",
                           "20230101", "2023-01-01 ", "", "2023-01-0x"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

}  // namespace
}  // namespace flora::calendar
