// SPDX-License-Identifier: EUPL-1.2
// docs/reference/process-language.md section 3, numbers 2 to 4, and the dues, sentence by sentence.
#include <gtest/gtest.h>

#include "process/test_trace.hpp"

namespace flora::process {
namespace {

using test::Trace;

// ---- 2. Effects
// ------------------------------------------------------------------------------------------------------------------

// "Effects, always, also of a deviating fact (the world has moved)"
TEST(Effects, AlsoOfADeviatingFact) {
  Trace t(R"(
    step a:
    step b: initially: {closed: critical}
    step c:
    rule K1: condition: a before b, level: critical
    rule D1: response: b -> c, within: no limit)");
  EXPECT_EQ(
      t.run("b by clerk"),
      "#0 b\n  duty D1 c owed\n  opened critical K1 on b #0 -> clerk\n  opened critical closed:b on b #0 -> clerk\n  cue c\n");
}

// "B removes the causes of its obligations (... those with event time <= `at`); one without causes is done, else its due is that
// of the rest"
TEST(Effects, AFactRemovesTheCausesThatAreNotLater) {
  Trace t("step a: \n step b: \n rule D1: response: a -> b, within: 2 workdays, overdue: attention");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T09:00 ; a by clerk at 2021-03-03T09:00"),
            "#0 a\n  duty D1 b owed due 2021-03-03T24:00\n  cue b\n#1 a\n");
  EXPECT_EQ(t.run("b by clerk at 2021-03-02T09:00 entered 2021-03-03T10:00"), "#2 b\n  duty D1 b renewed due 2021-03-05T24:00\n");
  EXPECT_EQ(t.run("b by clerk"), "#3 b\n  duty D1 b done due 2021-03-05T24:00\n");
}

// "(all if `once` ...)"
TEST(Effects, AOnceStepRemovesAllCauses) {
  Trace t("step a: \n step b: once: true \n rule D1: response: a -> b, within: 2 workdays, overdue: attention");
  EXPECT_EQ(
      t.run("a by clerk at 2021-03-01T09:00 ; a by clerk at 2021-03-03T09:00 ; b by clerk at 2021-03-02T09:00 ; a by clerk"),
      "#0 a\n  duty D1 b owed due 2021-03-03T24:00\n  cue b\n#1 a\n#2 b\n  duty D1 b done due 2021-03-03T24:00\n#3 a\n");
}

// "at most the first, the last and those with the least due are kept"
TEST(Effects, OfManyCausesTheFirstTheLastAndThoseWithTheLeastDueAreKept) {
  Trace t(
      "step a: data: {d: {type: date, title: {de: d, en: d}}} \n step b: \n rule D1: response: a -> b, within: 0 days, after: d, "
      "overdue: attention");
  t.run(
      "a by clerk with d=2021-03-10 ; a by clerk with d=2021-03-09 ; a by clerk with d=2021-03-08 ; a by clerk with d=2021-03-08 "
      "; a by clerk with d=2021-03-12");
  ASSERT_EQ(t.state().causes.size(), 4U);
  EXPECT_EQ(t.state().causes[0].fact, FactRef::entered(0));
  EXPECT_EQ(t.state().causes[1].fact, FactRef::entered(2));
  EXPECT_EQ(t.state().causes[2].fact, FactRef::entered(3));
  EXPECT_EQ(t.state().causes[3].fact, FactRef::entered(4));
  Trace u("step a: \n step b: \n rule D1: response: a -> b, within: no limit");
  u.run("a by clerk ; a by clerk ; a by clerk ; a by clerk");
  EXPECT_EQ(u.state().causes.size(), 2U) << "no due is no least due";
}

// "an overdue finding of a removed cause heals", and what remains is graded for itself
TEST(Effects, AnOverdueFindingOfARemovedCauseHeals) {
  Trace t("step a: \n step b: \n rule D1: response: a -> b, within: 1 day, overdue: attention");
  t.run("a by clerk at 2021-03-01T09:00 ; a by clerk at 2021-03-02T09:00");
  EXPECT_EQ(t.run("clock 2021-03-03T00:00"),
            "clock 2021-03-02T24:00\n  duty D1 b overdue due 2021-03-02T24:00\n  opened attention D1 on b (due) #0 -> ag\n");
  EXPECT_EQ(t.run("b by clerk at 2021-03-02T08:00 entered 2021-03-03T08:00"),
            "#2 b\n  duty D1 b renewed due 2021-03-03T24:00\n  withdrawn attention D1 on b (due) #0 -> ag\n");
  EXPECT_EQ(t.run("clock 2021-03-04T00:00"),
            "clock 2021-03-03T24:00\n  duty D1 b overdue due 2021-03-03T24:00\n  opened attention D1 on b (due) #1 -> ag\n");
}

// "`cancels` (causes of all obligations of the target)"
TEST(Effects, Cancels) {
  Trace t(R"(
    step a:
    step s:
    step x:
    step b:
    rule D1: response: a -> b, within: 1 day, overdue: attention
    rule D2: response: s -> b, within: no limit
    rule X1: cancels: x -> b)");
  t.run("a by clerk ; s by clerk");
  EXPECT_EQ(t.run("x by clerk"), "#2 x\n  duty D1 b cancelled due 2021-03-02T24:00\n  duty D2 b cancelled\n");
  EXPECT_EQ(t.run("s by clerk at 2021-03-01T15:00 ; x by clerk at 2021-03-01T14:00"), "#3 s\n  duty D2 b owed\n  cue b\n#4 x\n")
      << "only on what is not later by event time";
}

// "`until` (those of its own rule)"
TEST(Effects, Until) {
  Trace t(R"(
    step a:
    step b:
    step u:
    rule D1: response: a -> b, within: no limit, until: u
    rule D2: response: a -> b, within: no limit)");
  EXPECT_EQ(t.run("a by clerk ; u by clerk"),
            "#0 a\n  duty D1 b owed\n  duty D2 b owed\n  cue b\n#1 u\n  duty D1 b released (until)\n");
}

// "`closes`, then `opens` (opening wins ..."
TEST(Effects, OpeningWins) {
  Trace t("step a: \n step b: \n rule C1: closes: a -> b, level: critical \n rule C2: opens: a -> b");
  EXPECT_EQ(t.run("a by clerk ; b by clerk"), "#0 a\n#1 b\n");
}

// "... except into a closed phase"
TEST(Effects, NothingReopensAClosedPhase) {
  Trace t(
      "phase p \n step x: \n step a: \n step b: phase: p \n rule C1: phase_closes: x -> p, level: attention \n rule C2: opens: a "
      "-> b \n rule D1: response: a -> b, within: no limit");
  EXPECT_EQ(t.run("a by clerk ; x by clerk"), "#0 a\n  duty D1 b owed\n  cue b\n#1 x\n  duty D1 b released (phase_closed)\n");
  EXPECT_EQ(t.run("a by clerk ; b by clerk"), "#2 a\n#3 b\n  opened attention C1 on b #3 -> clerk\n");
}

// "neither acts on a step that a fact with a later event time opened or closed"
TEST(Effects, NeitherActsOnAStepThatALaterFactOpenedOrClosed) {
  const char* process = "step x: \n step y: \n step b: \n rule C1: closes: x -> b, level: critical \n rule C2: opens: y -> b";
  Trace t(process);
  EXPECT_EQ(t.run("y by clerk at 2021-03-01T12:00 ; x by clerk at 2021-03-01T11:00 ; b by clerk"), "#0 y\n#1 x\n#2 b\n");
  Trace u(process);
  EXPECT_EQ(u.run("x by clerk at 2021-03-01T12:00 ; y by clerk at 2021-03-01T11:00 ; b by clerk"),
            "#0 x\n#1 y\n#2 b\n  opened critical C1 on b #2 -> clerk\n");
}

// "`phase_closes` (steps leave for good, obligations released; a step may belong to the phase it closes)"
TEST(Effects, AStepMayBelongToThePhaseItCloses) {
  Trace t(
      "phase p \n step a: phase: p \n step b: phase: p \n rule D1: response: a -> b, within: no limit \n rule C1: phase_closes: "
      "a -> p, level: critical");
  EXPECT_EQ(t.run("a by clerk ; a by clerk"), "#0 a\n#1 a\n  opened critical C1 on a #1 -> clerk\n");
}

// "an obligation of (rule, B') arises unless B' is in a closed phase, or `once` and executed, or `unless_done` and executed, or
// has a fact with an event time after `at`"
TEST(Effects, WhenAnObligationDoesNotArise) {
  Trace t(R"(
    step a:
    step b: once: true
    step c:
    step d:
    rule D1: response: a -> b, within: no limit
    rule D2: response: a -> c, within: no limit, unless_done: true
    rule D3: response: a -> d, within: no limit)");
  EXPECT_EQ(t.run("b by clerk ; c by clerk ; d by clerk"), "#0 b\n#1 c\n#2 d\n");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T09:30"), "#3 a\n") << "d has a later fact";
  EXPECT_EQ(t.run("a by clerk"), "#4 a\n  duty D3 d owed\n  cue d\n");
}

TEST(Effects, AStepMayMakeItselfOwed) {
  Trace t("step a: \n rule D1: response: a -> a, within: no limit");
  EXPECT_EQ(t.run("a by clerk ; a by clerk"), "#0 a\n  duty D1 a owed\n  cue a\n#1 a\n  duty D1 a done\n  duty D1 a owed\n");
}

// "The same rule firing again adds a cause; with `renews` it replaces the causes with event time <= `at` and heals the open
// overdue finding of that obligation."
TEST(Effects, Renews) {
  Trace t("step a: \n step b: \n rule D1: response: a -> b, within: 1 day, renews: true, overdue: attention");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T09:00 ; a by clerk at 2021-03-02T09:00"),
            "#0 a\n  duty D1 b owed due 2021-03-02T24:00\n  cue b\n#1 a\n  duty D1 b renewed due 2021-03-03T24:00\n");
  t.run("clock 2021-03-04T09:00");
  EXPECT_EQ(t.run("a by clerk at 2021-03-04T10:00"),
            "#2 a\n  duty D1 b renewed due 2021-03-05T24:00\n  healed attention D1 on b (due) #1 -> ag\n");
}

// "A list of targets of a response gives one obligation, and one finding, each."
TEST(Effects, AListOfTargetsGivesOneObligationEach) {
  Trace t("step a: \n step b: \n step c: owner: [other] \n rule D1: response: \"a -> [b, c]\", within: 1 day, overdue: hint");
  EXPECT_EQ(t.run("a by clerk ; clock 2021-03-03T00:00"),
            "#0 a\n  duty D1 b owed due 2021-03-02T24:00\n  duty D1 c owed due 2021-03-02T24:00\n  cue b c\n"
            "clock 2021-03-02T24:00\n  duty D1 b overdue due 2021-03-02T24:00\n  opened hint D1 on b (due) #0 -> ag\n"
            "clock 2021-03-02T24:00\n  duty D1 c overdue due 2021-03-02T24:00\n  opened hint D1 on c (due) #0 -> bg\n");
}

// "A due already past when it arises is graded overdue in the same step, after the effects, before healing, with the due instant
// and the entry time, and escalated in it if the grace is past too; a past `warn` is dropped."
TEST(Effects, ADueAlreadyPastWhenItArises) {
  Trace t(
      "step a: \n step b: \n rule D1: response: a -> b, within: 2 days, warn: 1 day, overdue: attention, grace: 2 days, then: "
      "critical, then_to: [boss]");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T09:00 entered 2021-03-04T10:00"),
            "#0 a\n  duty D1 b owed due 2021-03-03T24:00\n  duty D1 b overdue due 2021-03-03T24:00\n  opened attention D1 on b "
            "(due) #0 -> ag\n  cue b\n");
  EXPECT_EQ(t.state().findings[0].opened, base::parse_rfc3339("2021-03-04T10:00:00+01:00")->ns);
  Trace u(t.shared());
  EXPECT_EQ(u.run("a by clerk at 2021-03-01T09:00 entered 2021-03-06T10:00"),
            "#0 a\n  duty D1 b owed due 2021-03-03T24:00\n  duty D1 b overdue due 2021-03-03T24:00\n  duty D1 b escalated due "
            "2021-03-03T24:00\n"
            "  opened attention D1 on b (due) #0 -> ag\n  escalated critical D1 on b (grace) #0 -> boss\n  cue b\n");
}

// "`initially: owed` is the obligation (`owed:B`, B) caused by the first fact, counted from its entry."
TEST(Effects, InitiallyOwed) {
  Trace t("step a: \n step b: initially: {owed: critical, within: 2 days}");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T09:00 entered 2021-03-02T10:00"),
            "#0 a\n  duty owed:b b owed due 2021-03-04T24:00\n  cue b\n");
  EXPECT_EQ(
      t.run("clock 2021-03-05T00:00"),
      "clock 2021-03-04T24:00\n  duty owed:b b overdue due 2021-03-04T24:00\n  opened critical owed:b on b (due) #0 -> ag\n");
  EXPECT_EQ(t.run("b by clerk"),
            "#1 b\n  duty owed:b b done due 2021-03-04T24:00\n  healed critical owed:b on b (due) #0 -> ag\n");
}

// "`note: A to RECIPIENTS` | tells that A happened; no finding"
TEST(Effects, Note) {
  Trace t("step a: \n rule W1: note: \"a to [boss, bg]\", when: \"count(a) = 1\"");
  EXPECT_EQ(t.run("a by clerk ; a by clerk"), "#0 a\n  note W1 -> boss bg\n#1 a\n");
}

// ---- Due
// ---------------------------------------------------------------------------------------------------------------------------

// "counted from the entry of A if A's author's agency is not among B's debtors, else from the event time of A"
TEST(Due, NobodyProlongsItsOwnTermByEnteringLate) {
  const char* process =
      "step a: owner: [clerk, other] \n step b: \n rule D1: response: a -> b, within: 1 day, overdue: attention";
  Trace own(process), foreign(process);
  EXPECT_EQ(own.run("a by clerk at 2021-03-01T09:00 entered 2021-03-02T09:00"),
            "#0 a\n  duty D1 b owed due 2021-03-02T24:00\n  cue b\n");
  EXPECT_EQ(foreign.run("a by other at 2021-03-01T09:00 entered 2021-03-02T09:00"),
            "#0 a\n  duty D1 b owed due 2021-03-03T24:00\n  cue b\n");
}

// "`after FIELD` counts from a date in A's data; a guard may yield the date"
TEST(Due, AfterADateInTheData) {
  Trace t(R"(
    step a: data: {d: {type: date, required: false, title: {de: d, en: d}}}
    step b:
    step c:
    rule D1: response: a -> b, within: 1 workday, after: d, overdue: attention
    rule D2: response: a -> c, within: {date: 'fact.d - duration("P14D")'}, when: "fact.d != null", overdue: attention)");
  EXPECT_EQ(t.run("a by clerk with d=2021-04-01"),
            "#0 a\n  duty D1 b owed due 2021-04-06T24:00\n  duty D2 c owed due 2021-03-18T24:00\n  cue b c\n")
      << "Good Friday to Easter Monday are no workdays";
  Trace u(t.shared());
  EXPECT_EQ(u.run("a by clerk"), "#0 a\n  duty D1 b owed due 2021-03-02T24:00\n  cue b\n")
      << "without the date as if the rule named none";
}

// "Creditor: the agency of A's author, unless the rule names one"
TEST(Due, Creditor) {
  Trace t(
      "step a: owner: [other] \n step b: \n step c: \n rule D1: response: a -> b, within: no limit \n rule D2: response: a -> c, "
      "within: no limit, creditor: ag");
  t.run("a by other");
  EXPECT_EQ(t.state().duties[0].creditor, *t.definition().package().find_agency("bg"));
  EXPECT_EQ(t.state().duties[1].creditor, *t.definition().package().find_agency("ag"));
}

TEST(Due, HoursAreExact) {
  Trace t("step a: \n step b: \n rule D1: response: a -> b, within: 36 hours, overdue: attention");
  EXPECT_EQ(t.run("a by clerk at 2021-03-27T09:00"), "#0 a\n  duty D1 b owed due 2021-03-28T22:00:00+02:00\n  cue b\n")
      << "the night of the change to summer time";
}

// ---- 3. Heal
// -----------------------------------------------------------------------------------------------------------------------

// "of a `milestone` when a later fact executes A or takes its duty away"
TEST(Heal, AMilestoneWhenTheDutyIsTakenAway) {
  Trace t(R"(
    step s:
    step a:
    step b:
    step x:
    rule D1: response: s -> a, within: no limit
    rule M1: milestone: a settles before b, level: attention
    rule X1: cancels: x -> a)");
  t.run("s by clerk ; b by clerk");
  EXPECT_EQ(t.run("x by clerk"), "#2 x\n  duty D1 a cancelled\n  healed attention M1 on b #1 -> clerk\n");
}

// "(if the violating fact itself took it away, only a person closes it)"
TEST(Heal, AMilestoneWhoseFactTookTheDutyAwayItself) {
  Trace t(R"(
    step s:
    step a:
    step b:
    rule D1: response: s -> a, within: no limit
    rule M1: milestone: a settles before b, level: attention
    rule X1: cancels: b -> a)");
  EXPECT_EQ(t.run("s by clerk ; b by clerk"),
            "#0 s\n  duty D1 a owed\n  cue a\n#1 b\n  duty D1 a cancelled\n  opened attention M1 on b #1 -> clerk\n");
  EXPECT_EQ(t.run("a by clerk ; s by clerk ; a by clerk"), "#2 a\n#3 s\n  duty D1 a owed\n  cue a\n#4 a\n  duty D1 a done\n");
  EXPECT_EQ(t.run("close M1 by clerk"), "close M1 by clerk\n  closed attention M1 on b #1 -> clerk\n");
}

// "of an overdue duty when it is done, cancelled, released or renewed"
TEST(Heal, AnOverdueDutyWhenItIsDoneCancelledOrReleased) {
  const char* process = R"(
    step a:
    step b:
    step x:
    step u:
    rule D1: response: a -> b, within: 1 day, until: u, overdue: attention
    rule X1: cancels: x -> b)";
  for (const std::string step : {"b", "x", "u"}) {
    Trace t(process);
    t.run("a by clerk ; clock 2021-03-03T00:00");
    const std::string how = step == "b" ? "done" : step == "x" ? "cancelled" : "released (until)";
    EXPECT_EQ(t.run(step + " by clerk"),
              "#1 " + step + "\n  duty D1 b " + how + " due 2021-03-02T24:00\n  healed attention D1 on b (due) #0 -> ag\n");
  }
}

// "`heals: moot` also when A leaves In"
TEST(Heal, Moot) {
  Trace t(
      "step a: \n step b: \n step x: \n rule K1: condition: a before b, level: attention, heals: moot \n rule K2: condition: a "
      "before b, level: hint \n rule C1: closes: x -> a, level: hint");
  EXPECT_EQ(t.run("b by clerk ; x by clerk"),
            "#0 b\n  opened attention K1 on b #0 -> clerk\n  opened hint K2 on b #0 -> clerk\n#1 x\n  healed attention K1 on b "
            "#0 -> clerk\n");
}

// "`heals: when G` when G holds"
TEST(Heal, When) {
  Trace t("step a: \n step b: \n rule R1: at: a, when: \"true\", report: critical, heals: 'when count(b) >= 2'");
  EXPECT_EQ(t.run("a by clerk ; b by clerk"), "#0 a\n  opened critical R1 on a #0 -> clerk\n#1 b\n");
  EXPECT_EQ(t.run("b by clerk"), "#2 b\n  healed critical R1 on a #0 -> clerk\n");
}

// "`heals: person` never by itself; all others only by a person"
TEST(Heal, Person) {
  Trace t(R"(
    step a:
    step b:
    step x:
    rule K1: condition: a before b, level: attention, heals: person
    rule N1: at_most: 1 b, level: attention)");
  EXPECT_EQ(t.run("b by clerk ; b by clerk ; a by clerk ; x by clerk"),
            "#0 b\n  opened attention K1 on b #0 -> clerk\n#1 b\n  opened attention K1 on b #1 -> clerk\n  opened attention N1 "
            "on b #1 -> clerk\n#2 a\n#3 x\n");
}

// "If a later-entered fact shows that by event time there was no violation, the finding becomes `withdrawn` (reported late)
// instead, also with `heals: person`: a source (all; of `any_of` one) with event time <= B's for a condition or milestone"
TEST(Heal, WithdrawnForACondition) {
  Trace t(R"(
    step a:
    step c:
    step b:
    rule K1: condition: "[a, c] before b", level: critical
    rule K2: condition: any_of [a, c] before b, level: attention, heals: person
    rule K3: condition: a before b, level: hint)");
  t.run("b by clerk at 2021-03-01T12:00");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T11:00 entered 2021-03-01T13:00"),
            "#1 a\n  withdrawn attention K2 on b #0 -> clerk\n  withdrawn hint K3 on b #0 -> clerk\n");
  EXPECT_EQ(t.run("c by clerk at 2021-03-01T12:30 entered 2021-03-01T14:00"), "#2 c\n  healed critical K1 on b #0 -> clerk\n")
      << "not all of them were there by event time";
}

TEST(Heal, WithdrawnForAMilestone) {
  Trace t(R"(
    step s:
    step a:
    step b:
    rule D1: response: s -> a, within: no limit
    rule M1: milestone: a settles before b, level: critical, heals: person)");
  t.run("s by clerk at 2021-03-01T09:00 ; b by clerk at 2021-03-01T12:00");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T10:00 entered 2021-03-01T13:00"),
            "#2 a\n  duty D1 a done\n  withdrawn critical M1 on b #1 -> clerk\n");
}

// "a fact that discharges, cancels or releases the duty before its due"
TEST(Heal, WithdrawnForADuty) {
  Trace t("step a: \n step b: \n rule D1: response: a -> b, within: 1 day, overdue: attention, grace: 1 day, then: critical");
  t.run("a by clerk at 2021-03-01T09:00 ; clock 2021-03-04T08:00");
  EXPECT_EQ(t.run("b by clerk at 2021-03-02T23:59"),
            "#1 b\n  duty D1 b done due 2021-03-02T24:00\n  withdrawn critical D1 on b (grace) #0 -> ag\n");
  EXPECT_EQ(t.state().findings.size(), 1U) << "nothing is deleted";
}

// ---- 4. Cues
// -----------------------------------------------------------------------------------------------------------------------

// "`cue(agency)` = owed by it and included and no unmet condition or milestone of any level"
TEST(Cues, OwedIncludedAndUnobstructed) {
  Trace t(R"(
    step s:
    step a: owner: [other]
    step b: owner: [clerk, other]
    step x:
    rule D1: response: s -> b, within: no limit
    rule K1: condition: a before b, level: hint
    rule C1: closes: x -> b, level: hint)");
  EXPECT_EQ(t.run("s by clerk"), "#0 s\n  duty D1 b owed\n");
  const auto waiting = blocked(t.definition(), t.state());
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].step, *t.definition().package().find_step("b"));
  EXPECT_EQ(waiting[0].missing, std::vector<StepIndex>{*t.definition().package().find_step("a")});
  EXPECT_EQ(t.run("a by other"), "#1 a\n  cue b\n");
  for (AgencyIndex agency = 0; agency < 2; ++agency) EXPECT_EQ(cues_of(t.definition(), t.state(), agency).size(), 1U);
  EXPECT_EQ(t.run("x by clerk"), "#2 x\n");
  EXPECT_TRUE(t.state().cues.empty());
  EXPECT_TRUE(blocked(t.definition(), t.state()).empty()) << "excluded: neither cue nor blocked";
}

TEST(Cues, AMilestoneObstructsWhileItsSourceIsOwed) {
  Trace t(R"(
    step s:
    step a:
    step b:
    rule D1: response: "s -> [a, b]", within: no limit
    rule M1: milestone: a settles before b, level: hint)");
  EXPECT_EQ(t.run("s by clerk ; a by clerk"),
            "#0 s\n  duty D1 a owed\n  duty D1 b owed\n  cue a\n#1 a\n  duty D1 a done\n  cue b\n");
}

// "a guard of these that names `fact` and is null for lack of it blocks, any other null does not apply"
TEST(Cues, AGuardWithoutAFact) {
  Trace t(R"(
    step s:
    step a:
    step z: data: {n: {type: integer, min: 0, max: 9, title: {de: n, en: n}}}
    step b: data: {n: {type: integer, min: 0, max: 9, title: {de: n, en: n}}}
    step c:
    rule D1: response: "s -> [b, c]", within: no limit
    rule K1: condition: a before b, when: "fact.n > 3", level: hint
    rule K2: condition: a before c, when: "last.z.n > 3", level: hint)");
  EXPECT_EQ(t.run("s by clerk"), "#0 s\n  duty D1 b owed\n  duty D1 c owed\n  cue c\n");
  EXPECT_EQ(t.run("z by clerk with n=5"), "#1 z\n");
  EXPECT_TRUE(t.state().cues.empty());
  EXPECT_EQ(t.run("a by clerk"), "#2 a\n  cue b c\n");
}

// ---- finished, cancelled, the life of a finding
// ------------------------------------------------------------------------------------

// "Finished: no included step other than one of channel `clock` is owed, and no critical finding is open."
TEST(Finished, NothingOwedAndNothingCriticalOpen) {
  Trace t(R"(
    step a:
    step b:
    step k: via: clock
    rule D1: response: a -> b, within: no limit
    rule D2: response: a -> k, within: 30 days
    rule K1: at: b, when: "count(b) = 1", report: critical)");
  EXPECT_FALSE(finished(t.definition(), t.state()));
  t.run("a by clerk");
  EXPECT_FALSE(finished(t.definition(), t.state()));
  t.run("b by clerk");
  EXPECT_FALSE(finished(t.definition(), t.state())) << "a critical finding is open";
  t.run("justify K1 by clerk reason known");
  EXPECT_TRUE(finished(t.definition(), t.state()));
}

// "Cancellation excludes every step for good, releases all obligations ...; every fact after it: critical `cancelled:B` to its
// author."
TEST(Cancellation, ExcludesReleasesAndGrades) {
  Trace t(R"(
    step a:
    step b: owner: [clerk, other]
    rule C1: opens: a -> b
    rule D1: response: a -> b, within: 1 day, overdue: attention)");
  t.run("a by clerk ; clock 2021-03-03T00:00");
  EXPECT_EQ(t.run("cancel by clerk reason withdrawn"),
            "cancel by clerk reason withdrawn\n  duty D1 b released (cancelled) due 2021-03-02T24:00\n  healed attention D1 on b "
            "(due) #0 -> ag bg\n");
  EXPECT_EQ(t.run("a by clerk ; b by other"),
            "#1 a\n  opened critical cancelled:a on a #1 -> clerk\n#2 b\n  opened critical cancelled:b on b #2 -> other\n");
  EXPECT_EQ(t.run("cancel by clerk"), "refused already_exists\n");
  EXPECT_TRUE(t.state().included.empty());
}

// "Life of a finding: `open -> acknowledged -> healed | justified | withdrawn -> closed`."
TEST(Findings, Life) {
  Trace t("step a: \n step b: \n rule K1: condition: a before b, level: attention, to: [clerk]");
  t.run("b by clerk");
  EXPECT_EQ(t.run("acknowledge K1 by other"), "refused forbidden\n") << "it does not reach that agency";
  EXPECT_EQ(t.run("acknowledge K1 by boss"), "acknowledge K1 by boss\n  acknowledged attention K1 on b #0 -> clerk\n");
  EXPECT_EQ(t.run("acknowledge K1 by clerk"), "refused finding_state\n");
  EXPECT_EQ(t.run("a by clerk"), "#1 a\n  healed attention K1 on b #0 -> clerk\n");
  EXPECT_EQ(t.run("justify K1 by clerk reason known"), "refused finding_state\n");
  EXPECT_EQ(t.run("close K1 by clerk ; close K1 by clerk"),
            "close K1 by clerk\n  closed attention K1 on b #0 -> clerk\nrefused finding_state\n");
}

// Corrections and second signatures come with a later version; their form stands.
TEST(Later, CorrectionsAndFourEyesAreNotInThisVersion) {
  Trace t("step a: \n step b: four_eyes: {agency: different}");
  t.run("a by clerk");
  EXPECT_EQ(t.run("b by clerk"), "refused not_in_version\n");
  Effects effects;
  const auto status = decide(t.definition(), t.state(), {}, CorrectFact{FactRef::entered(0), std::nullopt, 0, "typo"},
                             {t.state().ledger_time}, effects);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::Code::kNotInVersion);
}

}  // namespace
}  // namespace flora::process
