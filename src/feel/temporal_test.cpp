// SPDX-License-Identifier: EUPL-1.2
#include "feel/temporal.hpp"

#include <gtest/gtest.h>

#include "calendar/calendar.hpp"

namespace flora::feel {
namespace {

const calendar::ZoneSource* zones() { return &calendar::builtin_calendars(); }

std::string duration(std::string_view text) {
  if (const auto months = parse_years_months(text)) return to_text(*months);
  if (const auto days = parse_days_time(text)) return to_text(*days);
  return "null";
}
std::string date_time(std::string_view text) {
  const auto v = parse_date_time(text, zones());
  return v ? to_text(*v) : "null";
}
std::string time_of_day(std::string_view text) {
  const auto v = parse_time(text, zones());
  return v ? to_text(*v) : "null";
}
std::string plus(std::string_view from, std::string_view by) {
  const auto a = parse_date_time(from, zones()).value();
  if (const auto months = parse_years_months(by)) return to_text(add(a, *months).value());
  return to_text(add(a, parse_days_time(by).value()).value());
}

TEST(Temporal, ReadsDatesOfAllYears) {
  for (const auto* text :
       {"2021-04-09", "0001-01-01", "-0044-03-15", "9999-12-31", "999999999-12-31", "-999999999-01-01", "0000-02-29"}) {
    ASSERT_TRUE(parse_date(text)) << text;
    EXPECT_EQ(to_text(*parse_date(text)), text);
  }
  for (const auto* text :
       {"", "2021", "2021-4-9", "21-04-09", "02021-04-09", "1000000000-01-01", "2021-02-29", "2021-04-31", "2021-13-01",
        "2021-04-09T", "2021-04-09Z", " 2021-04-09", "+2021-04-09", "-0000-01-01", "2021/04/09"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

TEST(Temporal, ReadsTimes) {
  EXPECT_EQ(time_of_day("09:05:07"), "09:05:07");
  EXPECT_EQ(time_of_day("09:05:07.5000"), "09:05:07.5");
  EXPECT_EQ(time_of_day("09:05:07.123456789"), "09:05:07.123456789");
  EXPECT_EQ(time_of_day("09:05:07Z"), "09:05:07Z");
  EXPECT_EQ(time_of_day("09:05:07-00:00"), "09:05:07Z");
  EXPECT_EQ(time_of_day("09:05:07+02:00"), "09:05:07+02:00");
  EXPECT_EQ(time_of_day("09:05:07-11:30:15"), "09:05:07-11:30:15");
  EXPECT_EQ(time_of_day("09:05:07@Europe/Berlin"), "09:05:07@Europe/Berlin");
  EXPECT_EQ(time_of_day("24:00:00"), "00:00:00");
  for (const auto* text : {"", "9:05:07", "09:05", "09:05:60", "09:60:00", "25:00:00", "24:00:01", "24:00:00.1", "09:05:07.",
                           "09:05:07z", "09:05:07+2:00", "09:05:07+02", "09:05:07+15:00", "09:05:07@", "09:05:07@Nowhere/City",
                           "09:05:07+02:00@Europe/Berlin", "T09:05:07", "09:05:07 ", "09:05:07.1234567891"}) {
    EXPECT_EQ(time_of_day(text), "null") << text;
  }
}

TEST(Temporal, ReadsDateTimes) {
  EXPECT_EQ(date_time("2021-04-09"), "2021-04-09T00:00:00");
  EXPECT_EQ(date_time("2021-04-09T24:00:00"), "2021-04-10T00:00:00");
  EXPECT_EQ(date_time("2021-12-31T24:00:00Z"), "2022-01-01T00:00:00Z");
  EXPECT_EQ(date_time("2021-03-28T02:30:00@Europe/Berlin"), "2021-03-28T03:30:00@Europe/Berlin");  // an hour that is not there
  EXPECT_EQ(date_time("2021-10-31T02:30:00@Europe/Berlin"), "2021-10-31T02:30:00@Europe/Berlin");
  for (const auto* text :
       {"2021-04-09T", "2021-04-09 09:00:00", "2021-04-09T09:00", "2021-02-30T09:00:00", "T09:00:00", "2021-04-09t09:00:00"})
    EXPECT_EQ(date_time(text), "null") << text;
}

TEST(Temporal, WritesDurationsInOneWay) {
  const std::pair<const char*, const char*> cases[] = {{"P1Y2M", "P1Y2M"},
                                                       {"P26M", "P2Y2M"},
                                                       {"-P100M", "-P8Y4M"},
                                                       {"P0Y", "P0M"},
                                                       {"-P0M", "P0M"},
                                                       {"P1D", "P1D"},
                                                       {"PT24H", "P1D"},
                                                       {"PT61M", "PT1H1M"},
                                                       {"P0D", "PT0S"},
                                                       {"-PT0S", "PT0S"},
                                                       {"PT0.S", "PT0S"},
                                                       {"PT1.500S", "PT1.5S"},
                                                       {"-PT0.5S", "-PT0.5S"},
                                                       {"-P1DT2H", "-P1DT2H"},
                                                       {"P1DT2H3M4.123456789S", "P1DT2H3M4.123456789S"},
                                                       {"PT1000M", "PT16H40M"},
                                                       {"P999999999M", "P83333333Y3M"}};
  for (const auto& [from, to] : cases) EXPECT_EQ(duration(from), to) << from;
  for (const auto* text : {"",       "P",     "-P",     "PT",  "P1DT", "P0",   "1Y",    "P1H",  "P1S",  "PT1D",
                           "P1M1Y",  "P1Y1D", "PT1S1M", "P1W", "+P1D", "P-1D", "P1.5D", "P1Y ", "P1Y2", "P99999999999999999999D",
                           "PT1M1H", "P1D1D"}) {
    EXPECT_EQ(duration(text), "null") << text;
  }
}

TEST(Temporal, AddsMonthsOnTheWallAndSecondsOnTheTimeLine) {
  EXPECT_EQ(plus("2021-01-31T10:00:00", "P1M"), "2021-02-28T10:00:00");
  EXPECT_EQ(plus("2021-03-27T12:00:00@Europe/Berlin", "P1D"), "2021-03-28T13:00:00@Europe/Berlin");
  EXPECT_EQ(plus("2021-10-30T12:00:00@Europe/Berlin", "P1D"), "2021-10-31T11:00:00@Europe/Berlin");
  EXPECT_EQ(plus("2021-02-28T02:30:00@Europe/Berlin", "P1M"), "2021-03-28T03:30:00@Europe/Berlin");
  EXPECT_EQ(plus("2021-03-27T12:00:00+01:00", "P1D"), "2021-03-28T12:00:00+01:00");
  EXPECT_EQ(plus("2021-01-01T00:00:00", "-PT0.5S"), "2020-12-31T23:59:59.5");
  EXPECT_EQ(to_text(add(*parse_date("2021-01-02"), *parse_days_time("-PT1S")).value()), "2021-01-01");
  EXPECT_EQ(to_text(add(*parse_time("10:00:00", nullptr), *parse_days_time("-P2DT11H"))), "23:00:00");
  EXPECT_FALSE(add(*parse_date("999999999-12-31"), *parse_days_time("P1D")));
}

TEST(Temporal, ComparesInWholeSecondsOnTheTimeLine) {
  const auto order = [](std::string_view a, std::string_view b) {
    return compare(*parse_date_time(a, zones()), *parse_date_time(b, zones()));
  };
  EXPECT_EQ(order("2002-04-02T12:00:00-01:00", "2002-04-02T17:00:00+04:00"), std::strong_ordering::equal);
  EXPECT_EQ(order("2021-07-01T12:00:00@Europe/Berlin", "2021-07-01T10:00:00Z"), std::strong_ordering::equal);
  EXPECT_EQ(order("2021-01-01T12:00:00@Europe/Berlin", "2021-01-01T10:00:00Z"), std::strong_ordering::greater);
  EXPECT_EQ(order("2021-01-01T12:00:00.1Z", "2021-01-01T12:00:00.2Z"), std::strong_ordering::equal);
  EXPECT_EQ(order("2021-01-01T12:00:00", "2021-01-01T12:00:00Z"), std::nullopt);
  EXPECT_EQ(compare(*parse_time("10:30:00+01:00", nullptr), *parse_time("10:30:00@Europe/Berlin", zones())),
            std::strong_ordering::equal);
}

TEST(Temporal, GoesToInstantsAndBack) {
  const auto& berlin = *calendar::builtin_calendars().find_zone("Europe/Berlin");
  for (const auto* text : {"2021-03-28T00:59:59Z", "2021-03-28T01:00:00Z", "2021-10-31T00:30:00Z", "1969-12-31T23:59:59.5Z",
                           "2021-07-01T12:00:00.000000001Z"}) {
    const auto instant = base::parse_rfc3339(text).value();
    EXPECT_EQ(instant_of(date_time_of(instant, berlin)), instant) << text;
  }
  // The second pass through the doubled hour reads like the first.
  const auto second_pass = base::parse_rfc3339("2021-10-31T01:30:00Z").value();
  EXPECT_EQ(instant_of(date_time_of(second_pass, berlin)), base::parse_rfc3339("2021-10-31T00:30:00Z"));
  EXPECT_FALSE(instant_of(*parse_date_time("2021-01-01T00:00:00", nullptr)));
  EXPECT_FALSE(instant_of(*parse_date_time("9999-01-01T00:00:00Z", nullptr)));
}

TEST(Temporal, CountsWholeMonthsTowardsZero) {
  const auto between = [](std::string_view a, std::string_view b) {
    return to_text(months_between(*parse_date(a), *parse_date(b)));
  };
  EXPECT_EQ(between("2011-12-22", "2013-08-24"), "P1Y8M");
  EXPECT_EQ(between("2013-08-24", "2011-12-22"), "-P1Y8M");
  EXPECT_EQ(between("2016-09-30", "2017-12-28"), "P1Y2M");
  EXPECT_EQ(between("2021-01-31", "2021-02-28"), "P0M");
}

}  // namespace
}  // namespace flora::feel
