// SPDX-License-Identifier: EUPL-1.2
#include "calendar/due.hpp"

#include <gtest/gtest.h>

namespace flora::calendar {
namespace {

const Calendar& saxony() { return *builtin_calendars().find("de-sn"); }
base::Instant at(std::string_view text) { return base::parse_rfc3339(text).value(); }
std::string end(std::string_view from, std::string_view within, bool roll = true) {
  Term term = parse_term(within).value();
  term.roll_to_workday = roll;
  return to_text(saxony(), due(saxony(), at(from), term).value());
}

TEST(Due, DoesNotCountTheDayOfTheEvent) {
  EXPECT_EQ(end("2021-04-07T09:00:00+02:00", "2 workdays"), "2021-04-09T24:00");
  EXPECT_EQ(end("2021-04-07T00:00:00+02:00", "1 day"), "2021-04-08T24:00");
  EXPECT_EQ(end("2021-04-06T23:59:59+02:00", "1 day"), "2021-04-07T24:00");
  EXPECT_EQ(end("2021-04-06T22:00:00Z", "1 day"), "2021-04-08T24:00");  // already the 7th in Berlin
}

TEST(Due, MovesAnEndOnAFreeDay) {
  EXPECT_EQ(end("2021-04-08T10:00:00+02:00", "2 days"), "2021-04-12T24:00");         // Saturday
  EXPECT_EQ(end("2021-04-08T10:00:00+02:00", "2 days", false), "2021-04-10T24:00");  // switched off
  EXPECT_EQ(end("2021-04-01T10:00:00+02:00", "1 day"), "2021-04-06T24:00");          // Good Friday to Easter Monday
  EXPECT_EQ(end("2021-11-16T10:00:00+01:00", "1 day"), "2021-11-18T24:00");          // Repentance
  EXPECT_EQ(end("2021-04-10T10:00:00+02:00", "0 days"), "2021-04-12T24:00");
}

TEST(Due, CountsWeeksAndMonthsByName) {
  EXPECT_EQ(end("2021-04-07T10:00:00+02:00", "1 week"), "2021-04-14T24:00");
  EXPECT_EQ(end("2022-01-31T10:00:00+01:00", "1 month"), "2022-02-28T24:00");
  EXPECT_EQ(end("2020-01-31T10:00:00+01:00", "1 month", false), "2020-02-29T24:00");
  EXPECT_EQ(end("2021-03-31T10:00:00+02:00", "6 months"), "2021-09-30T24:00");
}

TEST(Due, CountsWerktageWithSaturdays) {
  EXPECT_EQ(end("2021-04-08T10:00:00+02:00", "1 werktag"), "2021-04-09T24:00");
  EXPECT_EQ(end("2021-04-08T10:00:00+02:00", "3 werktage"), "2021-04-12T24:00");
  EXPECT_EQ(end("2021-04-08T10:00:00+02:00", "2 werktage"), "2021-04-12T24:00");  // ends on a Saturday, moves
  EXPECT_EQ(end("2021-04-08T10:00:00+02:00", "2 werktage", false), "2021-04-10T24:00");
  EXPECT_EQ(end("2021-04-08T10:00:00+02:00", "2 workdays"), "2021-04-12T24:00");
}

TEST(Due, GivesTheInstantThroughBothNights) {
  // The days of 23 and of 25 hours end at midnight like all others.
  EXPECT_EQ(due(saxony(), at("2021-03-26T10:00:00+01:00"), {2, Unit::kDays, false})->at, at("2021-03-29T00:00:00+02:00"));
  EXPECT_EQ(due(saxony(), at("2021-10-29T10:00:00+02:00"), {2, Unit::kDays, false})->at, at("2021-11-01T00:00:00+01:00"));
  EXPECT_EQ(due(saxony(), at("2021-03-28T02:59:59+02:00"), {0, Unit::kDays, false})->day, CivilDate::from(2021, 3, 28));
  // Hours go by the time line.
  EXPECT_EQ(end("2021-03-28T01:30:00+01:00", "1 hour"), "2021-03-28T03:30:00+02:00");
  EXPECT_EQ(end("2021-10-31T02:30:00+02:00", "1 hour"), "2021-10-31T02:30:00+01:00");
  EXPECT_EQ(end("2021-10-30T12:00:00+02:00", "24 hours"), "2021-10-31T11:00:00+01:00");
}

TEST(Due, LeavesHoursWhereTheyEnd) {
  EXPECT_EQ(end("2021-04-09T18:00:00+02:00", "24 hours"), "2021-04-10T18:00:00+02:00");  // a Saturday
}

TEST(Due, GoesOnFromADay) {
  const auto grace = due_from_day(saxony(), CivilDate::from(2021, 4, 9), {3, Unit::kWorkdays, true}).value();
  EXPECT_EQ(to_text(grace.day), "2021-04-14");
  const auto hours = due_from_day(saxony(), CivilDate::from(2021, 4, 9), {2, Unit::kHours, true}).value();
  EXPECT_EQ(to_text(saxony(), hours), "2021-04-10T02:00:00+02:00");
}

TEST(Due, WarnsBefore) {
  const auto whole = due(saxony(), at("2021-04-07T09:00:00+02:00"), {2, Unit::kWorkdays, true}).value();
  EXPECT_EQ(to_text(saxony(), before(saxony(), whole, {1, Unit::kDays, true}).value()), "2021-04-08T24:00");
  EXPECT_EQ(to_text(saxony(), before(saxony(), whole, {3, Unit::kWorkdays, true}).value()), "2021-04-06T24:00");
  EXPECT_EQ(to_text(saxony(), before(saxony(), whole, {4, Unit::kWorkdays, true}).value()), "2021-04-01T24:00");  // over Easter
  EXPECT_EQ(to_text(saxony(), before(saxony(), whole, {12, Unit::kHours, true}).value()), "2021-04-09T12:00:00+02:00");
}

TEST(Due, SaysWhichDaysDidNotCount) {
  const auto explained = explain_due(saxony(), at("2021-04-01T09:00:00+02:00"), parse_term("1 workday").value()).value();
  std::string text;
  for (const auto& s : explained.skipped)
    text += to_text(s.day) + " " + std::string(to_text(s.reason)) + (s.name != nullptr ? " " + s.name->name.at("de") : "") + "\n";
  EXPECT_EQ(text,
            "2021-04-01 event_day\n2021-04-02 holiday Karfreitag\n2021-04-03 saturday\n2021-04-04 sunday\n2021-04-05 holiday "
            "Ostermontag\n");
  const auto moved = explain_due(saxony(), at("2021-04-08T09:00:00+02:00"), parse_term("2 days").value()).value();
  ASSERT_EQ(moved.skipped.size(), 3u);
  EXPECT_EQ(moved.skipped[1].reason, Skipped::Reason::kSaturday);
  EXPECT_EQ(moved.skipped[2].reason, Skipped::Reason::kSunday);
}

TEST(Due, SaysWhenItLeavesTheCalendar) {
  EXPECT_FALSE(due(saxony(), at("2035-12-27T09:00:00+01:00"), {1, Unit::kDays, true})->beyond_calendar);
  EXPECT_TRUE(due(saxony(), at("2035-12-27T09:00:00+01:00"), {1, Unit::kMonths, true})->beyond_calendar);
  EXPECT_FALSE(due(saxony(), at("2200-01-01T00:00:00Z"), {kTermAmountMax, Unit::kMonths, true}));
  EXPECT_FALSE(due(saxony(), at("2262-01-01T00:00:00Z"), {kTermAmountMax, Unit::kHours, true}));
  EXPECT_FALSE(due(saxony(), at("2021-01-01T00:00:00Z"), {kTermAmountMax + 1, Unit::kDays, true}));
}

TEST(Term, ReadsWhatItWrites) {
  for (const auto* text : {"1 hour", "2 hours", "1 day", "0 days", "3 weeks", "1 month", "1 workday", "3 workdays", "1 werktag",
                           "2 werktage", "1 office day", "5 office days"}) {
    EXPECT_EQ(to_text(parse_term(text).value()), text);
  }
  EXPECT_EQ(parse_term("1 workdays").value(), parse_term("1 workday").value());
  for (const auto* text : {"", "3", "workdays", "3workdays", "-1 days", "3  days", "3 days ", "3 Days", "1.5 days", "100001 days",
                           "99999999999999999999 days", "3 years"}) {
    EXPECT_FALSE(parse_term(text)) << text;
  }
}

}  // namespace
}  // namespace flora::calendar
