// SPDX-License-Identifier: EUPL-1.2
// docs/reference/process-language.md section 3, number 5, sentence by sentence.
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "process/test_trace.hpp"

namespace flora::process {
namespace {

using test::Trace;

// "Stages: `warn` (a duty change `warned`, no finding), due (finding at L1), grace (the same finding goes to L2, `escalated`; the
// grace counts with the due day as event day)"
TEST(Clock, Stages) {
  Trace t(
      "step a: \n step b: \n rule D1: response: a -> b, within: 3 workdays, warn: 1 workday, overdue: attention, to: [clerk], "
      "grace: 2 workdays, then: critical, then_to: [boss]");
  EXPECT_EQ(t.run("a by clerk at 2021-03-02T09:00"), "#0 a\n  duty D1 b owed due 2021-03-05T24:00\n  cue b\n");
  EXPECT_EQ(t.run("clock 2021-03-05T00:00"), "clock 2021-03-04T24:00\n  duty D1 b warned due 2021-03-05T24:00\n");
  EXPECT_EQ(t.run("clock 2021-03-06T00:00"),
            "clock 2021-03-05T24:00\n  duty D1 b overdue due 2021-03-05T24:00\n  opened attention D1 on b (due) #0 -> clerk\n");
  EXPECT_EQ(t.run("clock 2021-03-09T23:59"), "") << "Friday is the event day; Monday and Tuesday are two workdays";
  EXPECT_EQ(
      t.run("clock 2021-03-10T00:00"),
      "clock 2021-03-09T24:00\n  duty D1 b escalated due 2021-03-05T24:00\n  escalated critical D1 on b (grace) #0 -> boss\n");
  EXPECT_EQ(t.state().findings.size(), 1U);
  EXPECT_FALSE(next_due(t.definition(), t.state()));
}

// "At grace `then_to` replaces `to` (default `to`)."
TEST(Clock, ThenToDefaultsToTo) {
  Trace t(
      "step a: \n step b: \n rule D1: response: a -> b, within: 1 day, overdue: hint, to: [clerk], grace: 1 day, then: "
      "attention");
  t.run("a by clerk");
  EXPECT_EQ(
      t.run("clock 2021-03-10T00:00"),
      "clock 2021-03-02T24:00\n  duty D1 b overdue due 2021-03-02T24:00\n  opened hint D1 on b (due) #0 -> clerk\n"
      "clock 2021-03-03T24:00\n  duty D1 b escalated due 2021-03-02T24:00\n  escalated attention D1 on b (grace) #0 -> clerk\n");
}

// "`escalate: D3` for findings nobody acknowledged"
TEST(Clock, EscalateWhatNobodyAcknowledged) {
  const char* process =
      "step a: \n step b: \n rule K1: condition: a before b, level: attention, to: [clerk], escalate: 2 days to [boss]";
  Trace t(process);
  t.run("b by clerk");
  EXPECT_EQ(t.run("clock 2021-03-04T00:00"), "clock 2021-03-03T24:00\n  escalated attention K1 on b #0 -> boss\n");
  EXPECT_EQ(t.run("a by clerk"), "#1 a\n  healed attention K1 on b #0 -> clerk boss\n");
  Trace u(process);
  EXPECT_EQ(
      u.run("b by clerk ; acknowledge K1 by clerk ; clock 2021-03-10T00:00"),
      "#0 b\n  opened attention K1 on b #0 -> clerk\nacknowledge K1 by clerk\n  acknowledged attention K1 on b #0 -> clerk\n");
}

// "before the block's commands and before each fact that is entered, until nothing is due <= now"
TEST(Clock, TheClockRunsBeforeAFactIsEntered) {
  Trace t("step a: \n step b: \n rule D1: response: a -> b, within: 1 day, overdue: attention");
  t.run("a by clerk");
  EXPECT_EQ(t.run("b by clerk at 2021-03-03T00:00"),
            "clock 2021-03-02T24:00\n  duty D1 b overdue due 2021-03-02T24:00\n  opened attention D1 on b (due) #0 -> ag\n"
            "#1 b\n  duty D1 b done due 2021-03-02T24:00\n  healed attention D1 on b (due) #0 -> ag\n");
}

TEST(Clock, DecideRunsWhatItsCallerLeft) {
  const auto definition = test::define("step a: \n step b: \n rule D1: response: a -> b, within: 1 day, overdue: attention");
  CaseState state = make_state(*definition);
  Effects effects;
  const auto at = [](const char* text) { return *base::parse_rfc3339(text); };
  ASSERT_TRUE(decide(*definition, state, {}, RecordFact{0, 0, {}, {}}, at("2021-03-01T09:00:00+01:00"), effects));
  apply(*definition, state, effects);
  ASSERT_TRUE(decide(*definition, state, {}, RecordFact{1, 0, {}, {}}, at("2021-03-05T09:00:00+01:00"), effects));
  apply(*definition, state, effects);
  ASSERT_EQ(effects.report.findings.size(), 2U);
  EXPECT_EQ(effects.report.findings[0].change, FindingVerb::kOpened);
  EXPECT_EQ(effects.report.findings[0].at, at("2021-03-02T23:00:00Z").ns) << "graded at its due instant";
  EXPECT_EQ(effects.report.findings[1].change, FindingVerb::kHealed);
}

// "take the least (due instant, case, clock steps before graded dues, stage, rule, step)"
TEST(Clock, Order) {
  Trace t(R"(
    step a:
    step b:
    step c:
    step k: via: clock
    rule A1: response: a -> b, within: 2 days, overdue: attention
    rule B1: response: "a -> [c, b]", within: 2 days, overdue: attention
    rule C1: response: a -> k, within: 2 days
    rule C2: response: a -> c, within: 3 days, warn: 1 day, overdue: attention)");
  t.tell_cues = false;
  t.run("a by clerk");
  EXPECT_EQ(t.run("clock 2021-03-04T00:00"),
            "clock 2021-03-03T24:00 k\n  fact clock:C1:#0 k at 2021-03-03T24:00\n  duty C1 k done due 2021-03-03T24:00\n"
            "clock 2021-03-03T24:00\n  duty C2 c warned due 2021-03-04T24:00\n"
            "clock 2021-03-03T24:00\n  duty A1 b overdue due 2021-03-03T24:00\n  opened attention A1 on b (due) #0 -> ag\n"
            "clock 2021-03-03T24:00\n  duty B1 b overdue due 2021-03-03T24:00\n  opened attention B1 on b (due) #0 -> ag\n"
            "clock 2021-03-03T24:00\n  duty B1 c overdue due 2021-03-03T24:00\n  opened attention B1 on c (due) #0 -> ag\n");
}

// "what arises may fall due in the same run"; "from its instant for a fact of the clock"
TEST(Clock, WhatArisesMayFallDueInTheSameRun) {
  Trace t(R"(
    step a:
    step k: via: clock
    step m: via: clock
    rule C1: response: a -> k, within: 1 day
    rule C2: response: k -> m, within: 1 day)");
  t.run("a by clerk");
  EXPECT_EQ(
      t.run("clock 2021-03-20T00:00"),
      "clock 2021-03-02T24:00 k\n  fact clock:C1:#0 k at 2021-03-02T24:00\n  duty C1 k done due 2021-03-02T24:00\n  duty C2 m "
      "owed due 2021-03-04T24:00\n"
      "clock 2021-03-04T24:00 m\n  fact clock:C2:clock:C1:#0 m at 2021-03-04T24:00\n  duty C2 m done due 2021-03-04T24:00\n")
      << "24:00 of the second is the beginning of the third, which is the event day";
}

// "A due is graded only while the step is in In; reopened after its due, it is graded at that fact."
TEST(Clock, ADueIsGradedOnlyWhileTheStepIsIncluded) {
  Trace t(R"(
    step a:
    step b:
    step x:
    step y:
    rule D1: response: a -> b, within: 1 day, overdue: attention, grace: 1 day, then: critical
    rule C1: closes: x -> b, level: hint
    rule C2: opens: y -> b)");
  t.run("a by clerk ; x by clerk");
  EXPECT_EQ(t.run("clock 2021-03-03T12:00"), "");
  EXPECT_EQ(t.run("y by clerk"),
            "#2 y\n  duty D1 b overdue due 2021-03-02T24:00\n  opened attention D1 on b (due) #0 -> ag\n  cue b\n");
  EXPECT_EQ(
      t.run("clock 2021-03-04T00:00"),
      "clock 2021-03-03T24:00\n  duty D1 b escalated due 2021-03-02T24:00\n  escalated critical D1 on b (grace) #0 -> ag\n");
}

// "An obligation on a step of channel `clock` is discharged by the engine: at its due instant the step is a fact of the clock
// ..., graded and applied like any other"
TEST(Clock, AFactOfTheClockIsGradedAndAppliedLikeAnyOther) {
  Trace t(R"(
    step a: owner: [other]
    step b:
    step lapsed: via: clock
    rule C1: response: a -> lapsed, within: 5 days
    rule R1: at: lapsed, when: "count(b) = 0", report: critical, to: [boss]
    rule D1: response: lapsed -> b, within: 1 workday, overdue: attention, to: [creditor]
    rule W1: note: lapsed to clerk)");
  t.run("a by other");
  EXPECT_EQ(
      t.run("clock 2021-03-09T00:00"),
      "clock 2021-03-08T24:00 lapsed\n  fact clock:C1:#0 lapsed at 2021-03-08T24:00\n  duty C1 lapsed done due 2021-03-08T24:00\n"
      "  duty D1 b owed due 2021-03-10T24:00\n  opened critical R1 on lapsed clock:C1:#0 -> boss\n  note W1 -> clerk\n  cue b\n")
      << "6 March 2021 is a Saturday";
  EXPECT_EQ(t.state().count(2), 1);
  // "Creditor: the agency of A's author (of a clock fact: that of its cause)"
  EXPECT_EQ(
      t.run("clock 2021-03-11T00:00"),
      "clock 2021-03-10T24:00\n  duty D1 b overdue due 2021-03-10T24:00\n  opened attention D1 on b (due) clock:C1:#0 -> bg\n");
}

// "if it is then excluded or blocked, it is not recorded, the obligation is released and the reason noted"
TEST(Clock, AnExcludedOrBlockedClockStepIsNotRecorded) {
  Trace t(R"(
    step a:
    step x:
    step z:
    step k: via: clock, owner: [clerk]
    step m: via: clock, owner: [clerk]
    rule C1: response: "a -> [k, m]", within: 2 days
    rule X1: closes: x -> k, level: hint
    rule K1: condition: z before m, level: hint, to: [clerk])");
  t.run("a by clerk ; x by clerk");
  EXPECT_EQ(t.run("clock 2021-03-04T00:00"),
            "clock 2021-03-03T24:00\n  duty C1 k released (excluded) due 2021-03-03T24:00\n"
            "clock 2021-03-03T24:00\n  duty C1 m released (blocked) due 2021-03-03T24:00\n");
  EXPECT_TRUE(t.state().clock.empty());
}

// "A clock obligation whose due is past when it arises fires in the same step, with its cause's event time."
TEST(Clock, AClockObligationWhoseDueIsPastFiresInTheSameStep) {
  Trace t(
      "step a: \n step k: via: clock, owner: [clerk] \n step c: \n rule C1: response: a -> k, within: 2 days \n rule D1: "
      "response: k -> c, within: no limit");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T09:00 entered 2021-03-10T09:00"),
            "#0 a\n  fact clock:C1:#0 k at 2021-03-01T09:00:00+01:00\n  duty C1 k owed due 2021-03-03T24:00\n  duty C1 k done "
            "due 2021-03-03T24:00\n"
            "  duty D1 c owed\n  cue c\n");
}

// "a late fact strikes one if its event time is earlier and its step is that step, an `until` of its obligation, or the source of
// a `cancels` or `phase_closes` of it whose guard is true; the case is replayed without it, the obligation resting ungraded until
// the late fact; struck stays struck"
TEST(Clock, ALateFactStrikesAFactOfTheClock) {
  const char* process = R"(
    phase p
    step a:
    step k: via: clock, owner: [clerk], phase: p
    step u:
    step x:
    step y:
    step z:
    step b:
    rule C1: response: a -> k, within: 2 days, until: u
    rule X1: cancels: x -> k, when: "count(z) = 0"
    rule P1: phase_closes: y -> p, level: hint
    rule R1: at: k, when: "true", report: critical, to: [boss]
    rule D1: response: k -> b, within: 1 day, overdue: attention)";
  const auto definition = test::define(process);
  for (const std::string step : {"k", "u", "x", "y"}) {
    Trace t(definition);
    t.tell_cues = false;
    t.run("a by clerk at 2021-03-01T09:00 ; clock 2021-03-06T12:00");
    ASSERT_EQ(t.state().count(1), 1);
    ASSERT_EQ(t.state().findings.size(), 2U) << "R1, and D1 overdue";
    const std::string how = step == "k"   ? "done"
                            : step == "u" ? "released (until)"
                            : step == "x" ? "cancelled"
                                          : "released (phase_closed)";
    std::string expected = "#1 " + step +
                           "\n  struck clock:C1:#0 k at 2021-03-03T24:00\n  duty C1 k owed due 2021-03-03T24:00\n"
                           "  duty D1 b released (replayed) due 2021-03-05T24:00\n  duty C1 k " +
                           how + " due 2021-03-03T24:00\n";
    // The clerk owes b itself, so the day counts from the event: it is past already.
    if (step == "k") expected += "  duty D1 b owed due 2021-03-04T24:00\n  duty D1 b overdue due 2021-03-04T24:00\n";
    expected += "  withdrawn critical R1 on k clock:C1:#0 -> boss\n  withdrawn attention D1 on b (due) clock:C1:#0 -> ag\n";
    if (step == "k") expected += "  opened critical R1 on k #1 -> boss\n  opened attention D1 on b (due) #1 -> ag\n";
    EXPECT_EQ(t.run(step + " by clerk at 2021-03-03T09:00"), expected);
    EXPECT_EQ(t.state().count(1), step == "k" ? 1 : 0);
    EXPECT_EQ(t.state().clock[0].state, ClockFact::State::kStruck);
    t.run("clock 2021-04-01T00:00");
    EXPECT_EQ(t.state().clock.size(), 1U) << "struck stays struck";
  }
}

TEST(Clock, WhatDoesNotStrike) {
  Trace t(R"(
    step a:
    step k: via: clock, owner: [clerk]
    step x:
    step z:
    rule C1: response: a -> k, within: 2 days
    rule X1: cancels: x -> k, when: "count(z) > 0")");
  t.run("a by clerk at 2021-03-01T09:00 ; clock 2021-03-06T12:00");
  EXPECT_EQ(t.run("x by clerk at 2021-03-02T09:00"), "#1 x\n") << "its guard is not true";
  EXPECT_EQ(t.run("z by clerk ; x by clerk at 2021-03-01T08:00"), "#2 z\n#3 x\n")
      << "it did not take away a cause that came after it";
  EXPECT_EQ(t.run("x by clerk at 2021-03-04T08:00"), "#4 x\n") << "later than the fact of the clock";
  EXPECT_EQ(t.state().clock[0].state, ClockFact::State::kActive);
}

// "A cycle of clock steps without a positive delay does not load."
TEST(Clock, ACycleWithoutDelayDoesNotLoad) {
  const auto compile = [](const char* process) {
    auto loaded = package::load(test::sources_of(process), true);
    if (!loaded.ok()) return false;
    return Definition::compile(std::make_shared<const package::Package>(loaded.package), calendar::builtin_calendars())
        .has_value();
  };
  EXPECT_FALSE(
      compile("step a: \n step k: via: clock \n step m: via: clock \n rule C0: response: a -> k, within: 1 day \n rule C1: "
              "response: k -> m, within: 0 hours \n rule C2: response: m -> k, within: 0 hours"));
  EXPECT_TRUE(
      compile("step a: \n step k: via: clock \n step m: via: clock \n rule C0: response: a -> k, within: 1 day \n rule C1: "
              "response: k -> m, within: 0 hours \n rule C2: response: m -> k, within: 1 day"));
}

// "So the rhythm of blocks changes no result."
TEST(Clock, TheRhythmOfBlocksChangesNoResult) {
  const auto definition = test::define(R"(
    step a:
    step b:
    step k: via: clock
    rule C1: response: a -> k, within: 1 day
    rule C2: response: k -> k, within: 2 days
    rule D1: response: k -> b, within: 1 workday, warn: 1 day, overdue: attention, grace: 2 days, then: critical, escalate: 3 days to [boss])");
  Trace often(definition), once(definition);
  often.run("a by clerk");
  once.run("a by clerk");
  for (int day = 2; day < 29; ++day) often.run(fmt::format("clock 2021-03-{:02}T00:00 ; clock 2021-03-{:02}T13:00", day, day));
  once.run("clock 2021-03-28T13:00");
  EXPECT_EQ(encode_state(*definition, often.state()), encode_state(*definition, once.state()));
  EXPECT_GT(once.state().clock.size(), 5U);
}

// A step that makes itself due again and again cannot make a case grow for ever.
TEST(Clock, EndlessRepetitionEnds) {
  Trace t(
      "step a: \n step k: via: clock \n rule C1: response: a -> k, within: 1 hours \n rule C2: response: k -> k, within: 1 "
      "hours");
  t.run("a by clerk");
  Effects effects;
  EXPECT_TRUE(advance_clock(t.definition(), t.state(), {}, *base::parse_rfc3339("2023-01-01T00:00:00Z"), effects));
  apply(t.definition(), t.state(), effects);
  EXPECT_EQ(t.state().clock.size(), base::limits::kFactsPerCaseMax);
  EXPECT_FALSE(next_due(t.definition(), t.state()));
}

// advance_clock does in one go what step_clock does one by one.
TEST(Clock, AdvanceDoesItAll) {
  Trace t("step a: \n step b: \n rule D1: response: a -> b, within: 1 day, overdue: attention, grace: 1 day, then: critical");
  t.run("a by clerk");
  Effects effects;
  EXPECT_FALSE(advance_clock(t.definition(), t.state(), {}, *base::parse_rfc3339("2021-03-02T12:00:00Z"), effects));
  EXPECT_TRUE(advance_clock(t.definition(), t.state(), {}, *base::parse_rfc3339("2021-03-09T12:00:00Z"), effects));
  EXPECT_EQ(effects.report.findings.size(), 2U);
  apply(t.definition(), t.state(), effects);
  EXPECT_EQ(t.state().findings[0].stage, FindingStage::kGrace);
  EXPECT_FALSE(next_due(t.definition(), t.state()));
}

}  // namespace
}  // namespace flora::process
