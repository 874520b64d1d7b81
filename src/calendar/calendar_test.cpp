// SPDX-License-Identifier: EUPL-1.2
#include "calendar/calendar.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/random.hpp"

namespace flora::calendar {
namespace {

#include "calendar/builtin_data.inc"

const Calendar& calendar_of(std::string_view id) { return *builtin_calendars().find(id); }
CivilDate day(std::string_view text) { return parse_date(text).value(); }
bool holiday(std::string_view id, std::string_view text) { return calendar_of(id).is_holiday(day(text)); }

std::string content(const std::string& file) {
  std::ifstream in(std::string(FLORA_SOURCE_DIR) + "/packages/calendar-de/" + file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// Butcher's Easter against the data, so that a slip in the file shows.
CivilDate easter(int year) {
  const int a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4, g = (8 * b + 13) / 25;
  const int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7,
            m = (a + 11 * h + 22 * l) / 451;
  const int n = h + l - 7 * m + 114;
  return CivilDate::from(year, n / 31, n % 31 + 1);
}

TEST(Calendars, AreBuiltFromTheFilesAsTheyStand) {
  EXPECT_EQ(content("zones.json"), kZoneTexts[0]);
  std::size_t i = 0;
  for (const auto* id : {"de-bb", "de-be", "de-bw", "de-by", "de-hb", "de-he", "de-hh", "de-mv", "de-ni", "de-nw", "de-rp",
                         "de-sh", "de-sl", "de-sn", "de-st", "de-th"}) {
    EXPECT_EQ(content(std::string(id) + ".json"), kCalendarTexts[i++]) << "run tools/make_calendars.py --embed";
    EXPECT_NE(builtin_calendars().find(id), nullptr);
  }
  EXPECT_EQ(builtin_calendars().ids().size(), 20u);
  EXPECT_EQ(builtin_calendars().find("de-xx"), nullptr);
}

TEST(Calendars, HaveTheNineHolidaysOfAllLaender) {
  for (const auto id : builtin_calendars().ids()) {
    const Calendar& land = calendar_of(id);
    for (int year = land.first_year(); year <= land.last_year(); ++year) {
      const CivilDate e = easter(year);
      for (const CivilDate d :
           {CivilDate::from(year, 1, 1), e.plus_days(-2), e.plus_days(1), CivilDate::from(year, 5, 1), e.plus_days(39),
            e.plus_days(50), CivilDate::from(year, 10, 3), CivilDate::from(year, 12, 25), CivilDate::from(year, 12, 26)}) {
        EXPECT_TRUE(land.is_holiday(d)) << id << " " << to_text(d);
      }
    }
  }
}

TEST(Calendars, KnowWhatDiffersBetweenLaender) {
  EXPECT_TRUE(holiday("de-sn", "2021-11-17"));  // Repentance: a holiday in Saxony only
  EXPECT_FALSE(holiday("de-st", "2021-11-17"));
  EXPECT_TRUE(holiday("de-st", "2021-01-06"));
  EXPECT_FALSE(holiday("de-sn", "2021-01-06"));
  EXPECT_TRUE(holiday("de-ni", "2018-10-31"));
  EXPECT_FALSE(holiday("de-be", "2018-10-31"));
  EXPECT_FALSE(holiday("de-be", "2018-03-08"));
  EXPECT_TRUE(holiday("de-be", "2019-03-08"));
  EXPECT_FALSE(holiday("de-mv", "2022-03-08"));
  EXPECT_TRUE(holiday("de-mv", "2023-03-08"));
  EXPECT_FALSE(holiday("de-th", "2018-09-20"));
  EXPECT_TRUE(holiday("de-th", "2019-09-20"));
  for (const auto* once : {"2020-05-08", "2025-05-08", "2028-06-17"}) {
    EXPECT_TRUE(holiday("de-be", once));
    EXPECT_FALSE(holiday("de-bb", once));
  }
  EXPECT_FALSE(holiday("de-be", "2021-05-08"));
  EXPECT_TRUE(holiday("de-bb", "2021-04-04"));  // Easter Sunday by law
}

TEST(Calendars, KeepMunicipalExceptionsApart) {
  EXPECT_FALSE(holiday("de-by", "2022-08-15"));
  EXPECT_TRUE(holiday("de-by.assumption", "2022-08-15"));
  EXPECT_TRUE(holiday("de-by.augsburg", "2022-08-08"));
  EXPECT_TRUE(holiday("de-by.augsburg", "2022-11-01"));
  EXPECT_FALSE(holiday("de-sn", "2022-06-16"));
  EXPECT_TRUE(holiday("de-sn.corpus_christi", "2022-06-16"));
  EXPECT_TRUE(holiday("de-th.corpus_christi", "2022-06-16"));
}

TEST(Calendar, CountsLikeOneWhoGoesThroughTheDays) {
  base::SeededRandom random(7);
  const auto closed =
      calendar_of("de-sn")
          .with_closures("site", {{day("2021-12-24"), {{"de", "Heiligabend"}}}, {day("2021-12-31"), {{"de", "Silvester"}}}})
          .value();
  for (const Calendar* land : {&calendar_of("de-by"), &closed}) {
    for (int round = 0; round < 300; ++round) {
      const auto kind = static_cast<DayKind>(random.below(3));
      const CivilDate from = day("2016-06-01").plus_days(static_cast<std::int32_t>(random.below(8'000)));
      const auto length = static_cast<std::int32_t>(random.below(400));
      const CivilDate to = from.plus_days(length);
      std::int64_t count = 0;
      for (CivilDate d = from.plus_days(1); d <= to; d = d.plus_days(1)) {
        const bool holiday = land->is_holiday(d) || (kind == DayKind::kOfficeDay && land->closure(d) != nullptr);
        const int weekday = static_cast<int>(d.weekday());
        const bool counts = !holiday && weekday <= (kind == DayKind::kWerktag ? 6 : 5);
        ASSERT_EQ(land->is(kind, d), counts) << to_text(d);
        count += counts ? 1 : 0;
      }
      ASSERT_EQ(land->count_between(kind, from, to), count);
      ASSERT_EQ(land->count_between(kind, to, from), -count);
      if (count > 0) {
        const CivilDate last = land->nth(kind, from, static_cast<std::int32_t>(count));
        ASSERT_TRUE(land->is(kind, last));
        ASSERT_LE(last, to);
        ASSERT_EQ(land->count_between(kind, from, last), count);
        const CivilDate first = land->nth(kind, to.plus_days(1), -static_cast<std::int32_t>(count));
        ASSERT_TRUE(land->is(kind, first));
        ASSERT_EQ(land->count_between(kind, first.plus_days(-1), to), count);
      }
      const CivilDate same = land->nth(kind, from, 0);
      ASSERT_TRUE(land->is(kind, same));
      ASSERT_EQ(same == from, land->is(kind, from));
    }
  }
}

TEST(Calendar, KnowsWeekdaysOnlyBeyondItsYears) {
  const Calendar& land = calendar_of("de-sn");
  EXPECT_FALSE(land.covers(day("2036-01-01")));
  EXPECT_TRUE(land.is(DayKind::kWorkday, day("2036-01-01")));
  EXPECT_EQ(land.nth(DayKind::kWorkday, day("2035-12-31"), 1), day("2036-01-01"));
  EXPECT_EQ(land.nth(DayKind::kWorkday, day("2018-01-02"), -1), day("2017-12-29"));
}

TEST(Calendars, RefuseDataThatIsNotInOrder) {
  const std::string_view zones[] = {R"({"zones":[{"id":"Z","eras":[{"from":1970,"rule":"CET-1"}]}]})"};
  const auto parse = [&](std::string_view text) {
    const std::string_view calendars[] = {text};
    const auto out = Calendars::parse(zones, calendars);
    return out ? base::Code::kOk : out.error().code;
  };
  const std::string head = R"({"id":"x","title":{"de":"X"},"zone":"Z","names":{"a":{"de":"A"}},"years":)";
  EXPECT_EQ(parse(head + R"({"2020":{"2020-01-01":"a"}}})"), base::Code::kOk);
  EXPECT_EQ(parse(head + R"({"2020":{"2021-01-01":"a"}}})"), base::Code::kMalformed);
  EXPECT_EQ(parse(head + R"({"2020":{},"2022":{}}})"), base::Code::kMalformed);
  EXPECT_EQ(parse(head + R"({"2020":{"2020-02-30":"a"}}})"), base::Code::kMalformed);
  EXPECT_EQ(parse(head + R"({"2020":{"2020-01-01":"b"}}})"), base::Code::kUnknownReference);
  EXPECT_EQ(parse(head + R"({}})"), base::Code::kMalformed);
  EXPECT_EQ(parse(head + R"({"2020":{}},"more":1})"), base::Code::kUnknownField);
  EXPECT_EQ(parse(R"({"id":"x","title":{},"zone":"Y","names":{},"years":{"2020":{}}})"), base::Code::kUnknownReference);
  EXPECT_EQ(parse("[]"), base::Code::kWrongType);
  EXPECT_EQ(parse("{"), base::Code::kJsonMalformed);
}

TEST(Calendars, TakeASiteOnce) {
  const auto site = calendar_of("de-sn").with_closures("harbour", {{day("2021-12-24"), {}}}).value();
  const auto with = builtin_calendars().with(site).value();
  EXPECT_TRUE(with.find("harbour")->is(DayKind::kWorkday, day("2021-12-24")));
  EXPECT_FALSE(with.find("harbour")->is(DayKind::kOfficeDay, day("2021-12-24")));
  EXPECT_FALSE(with.with(site));
  EXPECT_FALSE(calendar_of("de-sn").with_closures("late", {{day("2050-01-01"), {}}}));
}

}  // namespace
}  // namespace flora::calendar
