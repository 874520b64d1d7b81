// SPDX-License-Identifier: EUPL-1.2
#include "calendar/zone.hpp"

#include <gtest/gtest.h>

#include "calendar/calendar.hpp"

namespace flora::calendar {
namespace {

const Zone& berlin() { return *builtin_calendars().find_zone("Europe/Berlin"); }

base::Instant at(std::string_view text) { return base::parse_rfc3339(text).value(); }
std::string local(std::string_view utc) { return to_local_text(berlin(), at(utc)); }
// From a reading of the clock to UTC.
std::string utc(const char* date, int hour, int minute) {
  return base::to_rfc3339(berlin().to_instant({*parse_date(date), (hour * 60LL + minute) * 60 * base::kNanosPerSecond}).value());
}

TEST(Zone, TurnsToSummerTimeInTheNightOfMarch) {
  EXPECT_EQ(local("2021-03-28T00:59:59Z"), "2021-03-28T01:59:59+01:00");
  EXPECT_EQ(local("2021-03-28T01:00:00Z"), "2021-03-28T03:00:00+02:00");
  EXPECT_EQ(utc("2021-03-28", 1, 59), "2021-03-28T00:59:00Z");
  EXPECT_EQ(utc("2021-03-28", 3, 0), "2021-03-28T01:00:00Z");
}

TEST(Zone, ReadsTheHourThatIsLeftOutAsAnHourLater) {
  EXPECT_EQ(utc("2021-03-28", 2, 30), "2021-03-28T01:30:00Z");
  EXPECT_EQ(local("2021-03-28T01:30:00Z"), "2021-03-28T03:30:00+02:00");
}

TEST(Zone, TurnsBackInTheNightOfOctober) {
  EXPECT_EQ(local("2021-10-31T00:59:59Z"), "2021-10-31T02:59:59+02:00");
  EXPECT_EQ(local("2021-10-31T01:00:00Z"), "2021-10-31T02:00:00+01:00");
  EXPECT_EQ(utc("2021-10-31", 3, 0), "2021-10-31T02:00:00Z");
}

TEST(Zone, TakesTheFirstOfTheHourThatComesTwice) {
  EXPECT_EQ(utc("2021-10-31", 2, 0), "2021-10-31T00:00:00Z");
  EXPECT_EQ(utc("2021-10-31", 2, 59), "2021-10-31T00:59:00Z");
}

TEST(Zone, KnowsTheRulesSince1980) {
  EXPECT_EQ(local("1979-07-01T12:00:00Z"), "1979-07-01T13:00:00+01:00");
  EXPECT_EQ(local("1980-04-06T00:59:59Z"), "1980-04-06T01:59:59+01:00");
  EXPECT_EQ(local("1980-04-06T01:00:00Z"), "1980-04-06T03:00:00+02:00");
  EXPECT_EQ(local("1980-09-28T00:59:59Z"), "1980-09-28T02:59:59+02:00");
  EXPECT_EQ(local("1980-09-28T01:00:00Z"), "1980-09-28T02:00:00+01:00");
  EXPECT_EQ(local("1995-09-24T00:59:59Z"), "1995-09-24T02:59:59+02:00");
  EXPECT_EQ(local("1995-09-24T01:00:00Z"), "1995-09-24T02:00:00+01:00");
  EXPECT_EQ(local("1996-09-30T12:00:00Z"), "1996-09-30T14:00:00+02:00");
  EXPECT_EQ(local("1996-10-27T01:00:00Z"), "1996-10-27T02:00:00+01:00");
  EXPECT_EQ(local("2061-03-27T01:00:00Z"), "2061-03-27T03:00:00+02:00");
}

TEST(Zone, GoesBackAndForthAtEveryHourOfTenYears) {
  const base::Instant end = at("2031-01-01T00:00:00Z");
  for (base::Instant t = at("2021-01-01T00:30:00Z"); t < end; t = t.plus_seconds(3600)) {
    const LocalTime reading = berlin().to_local(t);
    const base::Instant back = berlin().to_instant(reading).value();
    // Only the second pass through the doubled hour reads as the first.
    if (back != t) {
      EXPECT_EQ(back.plus_seconds(3600), t);
      EXPECT_EQ(reading.date.fields().month, 10);
      EXPECT_EQ(reading.ns_of_day, 9'000 * base::kNanosPerSecond);
    }
  }
}

TEST(Zone, WritesFractionsAndOffsets) {
  EXPECT_EQ(local("2021-01-01T00:00:00.120Z"), "2021-01-01T01:00:00.12+01:00");
  const auto india = Zone::from_changes("X", 19'800, {}, std::nullopt);
  EXPECT_EQ(to_local_text(india, at("2021-01-01T00:00:00Z")), "2021-01-01T05:30:00+05:30");
  const auto west = Zone::from_changes("Y", -12'600, {}, std::nullopt);
  EXPECT_EQ(to_local_text(west, at("2021-01-01T00:00:00Z")), "2020-12-31T20:30:00-03:30");
}

TEST(Zone, FollowsASouthernRule) {
  const Zone melbourne = Zone::from_changes("M", 36'000, {}, parse_yearly_rule("AEST-10AEDT,M10.1.0,M4.1.0/3").value());
  EXPECT_EQ(to_local_text(melbourne, at("2021-01-01T00:00:00Z")), "2021-01-01T11:00:00+11:00");
  EXPECT_EQ(to_local_text(melbourne, at("2021-07-01T00:00:00Z")), "2021-07-01T10:00:00+10:00");
  EXPECT_EQ(to_local_text(melbourne, at("2021-10-02T16:00:00Z")), "2021-10-03T03:00:00+11:00");
}

TEST(Zone, RefusesRulesItCannotRead) {
  EXPECT_TRUE(parse_yearly_rule("<+0330>-3:30"));
  EXPECT_EQ(parse_yearly_rule("<+0330>-3:30")->standard_offset, 12'600);
  for (const auto* text : {"", "CET", "CE-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,J60,J300", "CET-1CEST,M13.5.0,M10.5.0",
                           "CET-1CEST,M3.6.0,M10.5.0", "CET-1x", "CET-1CEST,M3.5.0,M10.5.0/3x", "<CET-1"}) {
    EXPECT_FALSE(parse_yearly_rule(text)) << text;
  }
}

TEST(Zone, HasNoInstantOutsideItsYears) {
  EXPECT_FALSE(berlin().to_instant({CivilDate::from(2300, 1, 1), 0}));
  EXPECT_FALSE(berlin().to_instant({CivilDate::from(1600, 1, 1), 0}));
  EXPECT_TRUE(berlin().start_of(CivilDate::from(2261, 1, 1)));
}

}  // namespace
}  // namespace flora::calendar
