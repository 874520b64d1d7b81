// SPDX-License-Identifier: EUPL-1.2
// docs/reference/process-language.md section 3, numbers 0 and 1, sentence by sentence.
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "process/test_trace.hpp"

namespace flora::process {
namespace {

using test::Trace;

// ---- 0. Refuse
// ---------------------------------------------------------------------------------------------------------------------

// "case unknown and B not a starting step"
TEST(Refuse, UnknownCaseAndNotAStartingStep) {
  Trace t("step a: \n step b: starts: false");
  EXPECT_EQ(t.run("b by clerk"), "refused unknown_case\n");
  EXPECT_FALSE(t.state().open);
  EXPECT_EQ(t.run("a by clerk ; b by clerk"), "#0 a\n#1 b\n");
}

// "the first fact opens a case at its entry time"
TEST(Refuse, TheFirstFactOpensACaseAtItsEntryTime) {
  Trace t("step a:");
  t.run("a by clerk at 2021-03-01T09:00 entered 2021-03-02T09:00");
  EXPECT_EQ(t.state().opened, base::parse_rfc3339("2021-03-02T09:00:00+01:00")->ns);
  EXPECT_EQ(t.state().trigger, base::parse_rfc3339("2021-03-01T09:00:00+01:00")->ns);
}

// "author not bound to an owner role"
TEST(Refuse, AuthorNotBoundToAnOwnerRole) {
  Trace t("step a: owner: [clerk, other]");
  EXPECT_EQ(t.run("a by boss"), "refused not_owner\n");
  EXPECT_EQ(t.run("a by other"), "#0 a\n");
}

// "data outside the schema"
TEST(Refuse, DataOutsideTheSchema) {
  Trace t(
      "step a: data: {colour: {type: code, list: colours, title: {de: f, en: f}}, n: {type: integer, min: 1, max: 3, required: "
      "false, title: {de: n, en: n}}}");
  EXPECT_EQ(t.run("a by clerk"), "refused data_refused\n");
  EXPECT_EQ(t.run("a by clerk with colour=red, n=3"), "#0 a\n");
}

// "`at` after `now` (one at most 60 s ahead is taken as `now`; a later one the node holds back)"
TEST(Refuse, AFactAfterLedgerTime) {
  Trace t("step a:");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T09:01:01 entered 2021-03-01T09:00"), "refused in_future\n");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T09:01 entered 2021-03-01T09:00"), "#0 a\n");
  EXPECT_EQ(t.state().facts[0].at, t.state().facts[0].entered);
}

// "a rule of level `refuse` is violated"
TEST(Refuse, ARuleOfLevelRefuseIsViolated) {
  Trace t(R"(
    step a: once: true
    step b:
    step c:
    rule R1: at_most: 1 a, level: refuse
    rule R2: condition: a before b, level: refuse
    rule R3: at: c, when: "count(c) >= 2", report: refuse)");
  EXPECT_EQ(t.run("b by clerk"), "refused rule_refuses rule R2\n");
  EXPECT_FALSE(t.state().open) << "a refused first fact opens nothing";
  EXPECT_EQ(t.run("a by clerk ; a by clerk ; b by clerk ; c by clerk ; c by clerk"),
            "#0 a\nrefused rule_refuses rule R1\n#1 b\n#2 c\nrefused rule_refuses rule R3\n");
  EXPECT_EQ(t.state().facts.size(), 3U);
  EXPECT_EQ(t.state().count(2), 1);
}

// "A repeated `once` step under another id: accepted, only finding `once:B` (attention to the author, unless the step says
// otherwise): no other rule is graded, no effect, not counted, in no list of section 4, not in `last`."
TEST(Refuse, ARepeatedOnceStep) {
  Trace t(R"(
    step a: once: true, data: {n: {type: integer, min: 0, max: 9, title: {de: n, en: n}}}
    step b:
    step x:
    rule A1: at_most: 1 a, level: critical
    rule D1: response: a -> b, within: 2 days, overdue: attention
    rule L1: at: x, when: "last.a.n = 2 or count(a) > 1", report: critical)");
  EXPECT_EQ(t.run("a by clerk with n=1"), "#0 a\n  duty D1 b owed due 2021-03-03T24:00\n  cue b\n");
  EXPECT_EQ(t.run("a by clerk with n=2"), "#1 a\n  opened attention once:a on a #1 -> clerk\n");
  EXPECT_EQ(t.run("x by clerk"), "#2 x\n");
  EXPECT_EQ(t.state().count(0), 1);
  EXPECT_EQ(t.state().steps[0].last, FactRef::entered(0));
}

TEST(Refuse, ARepeatedOnceStepMayBeRefusedByTheStep) {
  Trace t("step a: once: true, repeat: critical, to: [boss]");
  EXPECT_EQ(t.run("a by clerk ; a by clerk"), "#0 a\n#1 a\n  opened critical once:a on a #1 -> boss\n");
}

// ---- 1. Grade
// ----------------------------------------------------------------------------------------------------------------------

// "Grade, on In, Ow, executed before f": a step is no condition of itself.
TEST(Grade, OnTheStateBefore) {
  Trace t("step a: \n rule K1: condition: a before a, level: attention");
  EXPECT_EQ(t.run("a by clerk"), "#0 a\n  opened attention K1 on a #0 -> clerk\n  healed attention K1 on a #0 -> clerk\n");
  EXPECT_EQ(t.run("a by clerk"), "#1 a\n");
}

// "every violated rule opens a finding of its own for this fact, also when an earlier one of that rule is open, and also when B
// is excluded"
TEST(Grade, EveryViolatedRuleOpensAFindingOfItsOwnForThisFact) {
  Trace t(R"(
    step a:
    step x:
    step b: owner: [other]
    rule C1: closes: x -> b, level: critical, to: [boss]
    rule K1: condition: a before b, level: attention
    rule K2: at_most: 1 b, level: hint, to: [author])");
  EXPECT_EQ(
      t.run("x by clerk ; b by other ; b by other"),
      "#0 x\n"
      "#1 b\n  opened attention K1 on b #1 -> other\n  opened critical C1 on b #1 -> boss\n"
      "#2 b\n  opened attention K1 on b #2 -> other\n  opened hint K2 on b #2 -> other\n  opened critical C1 on b #2 -> boss\n");
}

// "a list of sources gives one finding per rule and fact, naming every unmet source"
TEST(Grade, AListOfSourcesGivesOneFinding) {
  Trace t("step a: \n step b: \n step c: \n step d: \n rule K1: \"condition\": \"[a, b, c] before d\", level: attention");
  t.run("b by clerk ; d by clerk");
  ASSERT_EQ(t.state().findings.size(), 1U);
  EXPECT_EQ(t.state().findings[0].named, 0b101U);
  EXPECT_EQ(t.run("a by clerk"), "#2 a\n");
  EXPECT_EQ(t.run("c by clerk"), "#3 c\n  healed attention K1 on d #1 -> clerk\n");
}

// "`condition`: A in In"
TEST(Grade, AConditionAsksOnlyIncludedSources) {
  Trace t("step a: \n step x: \n step b: \n rule C1: closes: x -> a \n rule K1: condition: a before b, level: attention");
  EXPECT_EQ(t.run("x by clerk ; b by clerk"), "#0 x\n#1 b\n");
}

// "no fact of A with event time <= `at` ... if A is executed later by event time, the finding is opened and healed in the same
// step"
TEST(Grade, AConditionIsJudgedByEventTime) {
  Trace t("step a: \n step b: \n rule K1: condition: a before b, level: critical, to: [boss]");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T12:00"), "#0 a\n");
  EXPECT_EQ(t.run("b by clerk at 2021-03-01T11:00"),
            "#1 b\n  opened critical K1 on b #1 -> boss\n  healed critical K1 on b #1 -> boss\n");
  EXPECT_EQ(t.run("b by clerk at 2021-03-01T12:00"), "#2 b\n");
}

// "(`any_of`: of none, some in In)"
TEST(Grade, AnyOf) {
  Trace t(R"(
    step a:
    step b:
    step c:
    step x:
    rule C1: closes: x -> [a, b]
    rule K1: condition: any_of [a, b] before c, level: attention)");
  EXPECT_EQ(t.run("c by clerk"), "#0 c\n  opened attention K1 on c #0 -> clerk\n");
  EXPECT_EQ(t.run("b by clerk"), "#1 b\n  healed attention K1 on c #0 -> clerk\n");
  EXPECT_EQ(t.run("c by clerk"), "#2 c\n");
  Trace u(R"(
    step a:
    step b:
    step c:
    step x:
    rule C1: closes: x -> [a, b]
    rule K1: condition: any_of [a, b] before c, level: attention)");
  EXPECT_EQ(u.run("x by clerk ; c by clerk"), "#0 x\n#1 c\n") << "of none, but none is in In";
}

// "`milestone`: A in In and owed"
TEST(Grade, AMilestoneAsksWhatIsOwed) {
  Trace t(R"(
    step s:
    step a:
    step b:
    rule D1: response: s -> a, within: no limit
    rule M1: milestone: a settles before b, level: critical)");
  EXPECT_EQ(t.run("b by clerk"), "#0 b\n") << "nothing is owed yet";
  EXPECT_EQ(t.run("s by clerk ; b by clerk"), "#1 s\n  duty D1 a owed\n  cue a\n#2 b\n  opened critical M1 on b #2 -> clerk\n");
  EXPECT_EQ(t.run("a by clerk"), "#3 a\n  duty D1 a done\n  healed critical M1 on b #2 -> clerk\n");
}

// "For a late fact In is taken as of `at`: openings and closings with a later event time do not count."
TEST(Grade, InIsTakenAsOfTheEventTime) {
  const char* process = R"(
    step a:
    step x:
    step y:
    step b:
    rule C1: closes: x -> a
    rule C2: opens: y -> a
    rule K1: condition: a before b, level: attention)";
  Trace t(process);
  EXPECT_EQ(t.run("x by clerk at 2021-03-01T12:00 ; b by clerk at 2021-03-01T11:00"),
            "#0 x\n#1 b\n  opened attention K1 on b #1 -> clerk\n")
      << "a was included at 11:00";
  Trace u(process);
  EXPECT_EQ(u.run("x by clerk at 2021-03-01T12:00 ; y by clerk at 2021-03-01T14:00 ; b by clerk at 2021-03-01T13:00"),
            "#0 x\n#1 y\n#2 b\n")
      << "a was excluded at 13:00";
}

// "B not in In: at the level of the rule that took B out (finding under that rule's id; of several in one fact the highest, then
// the least id"
TEST(Grade, AnExcludedStepIsGradedByTheRuleThatTookItOut) {
  Trace t(R"(
    step x:
    step y:
    step b:
    rule C1: closes: x -> b, level: attention
    rule C2: closes: x -> b, level: critical, to: [boss]
    rule C3: closes: x -> b, level: critical
    rule C9: closes: y -> b, level: hint, to: [other])");
  EXPECT_EQ(t.run("x by clerk ; b by clerk"), "#0 x\n#1 b\n  opened critical C2 on b #1 -> boss\n");
  // "a later closing of an excluded step may raise, never lower it"
  EXPECT_EQ(t.run("y by clerk ; b by clerk"), "#2 y\n#3 b\n  opened critical C2 on b #3 -> boss\n");
}

TEST(Grade, ALaterClosingMayRaise) {
  Trace t("step x: \n step y: \n step b: \n rule C1: closes: x -> b, level: hint \n rule C2: closes: y -> b, level: critical");
  EXPECT_EQ(t.run("x by clerk ; y by clerk ; b by clerk"), "#0 x\n#1 y\n#2 b\n  opened critical C2 on b #2 -> clerk\n");
  // As of a time between the two it is the first.
  EXPECT_EQ(t.run("b by clerk at 2021-03-01T09:30"), "#3 b\n  opened hint C1 on b #3 -> clerk\n");
}

// "a closed phase's level is fixed"
TEST(Grade, AClosedPhasesLevelIsFixed) {
  Trace t(R"(
    phase p
    step x:
    step y:
    step z:
    step b: phase: p
    rule C1: phase_closes: x -> p, level: attention
    rule C2: phase_closes: y -> p, level: critical
    rule C3: closes: z -> b, level: critical)");
  EXPECT_EQ(t.run("x by clerk ; y by clerk ; z by clerk ; b by clerk"),
            "#0 x\n#1 y\n#2 z\n#3 b\n  opened attention C1 on b #3 -> clerk\n");
}

// "`closed:B`, to the author and B's owners, for a step initially closed"
TEST(Grade, AnInitiallyClosedStep) {
  Trace t("step a: \n step b: owner: [clerk, other], initially: {closed: critical}");
  EXPECT_EQ(t.run("a by clerk ; b by other"), "#0 a\n#1 b\n  opened critical closed:b on b #1 -> clerk other\n");
  Trace u("step a: \n step b: initially: {closed: hint}, to: [boss] \n rule C1: opens: a -> b");
  EXPECT_EQ(u.run("b by clerk ; a by clerk ; b by clerk"), "#0 b\n  opened hint closed:b on b #0 -> boss\n#1 a\n#2 b\n");
}

// "If all closings are later by event time than `at`: attention `late:B` to the recipients of the closing rule instead."
TEST(Grade, AllClosingsAreLater) {
  Trace t("step x: \n step b: \n rule C1: closes: x -> b, level: critical, to: [boss]");
  EXPECT_EQ(t.run("x by clerk at 2021-03-01T12:00 ; b by clerk at 2021-03-01T11:00"),
            "#0 x\n#1 b\n  opened attention late:b on b #1 -> boss\n");
  EXPECT_EQ(t.run("b by clerk at 2021-03-01T12:00"), "#2 b\n  opened critical C1 on b #2 -> boss\n");
}

TEST(Grade, AStepThatWasStillClosedThenIsGradedAsThen) {
  Trace t("step a: \n step b: initially: {closed: critical} \n rule C1: opens: a -> b");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T12:00 ; b by clerk at 2021-03-01T11:00"),
            "#0 a\n#1 b\n  opened critical closed:b on b #1 -> clerk\n");
}

TEST(Grade, AFactBeforeItsPhaseWasClosedIsLate) {
  Trace t("phase p \n step x: \n step b: phase: p \n rule C1: phase_closes: x -> p, level: critical, to: [boss]");
  EXPECT_EQ(t.run("x by clerk at 2021-03-01T12:00 ; b by clerk at 2021-03-01T11:00"),
            "#0 x\n#1 b\n  opened attention late:b on b #1 -> boss\n");
}

// "`at_most`, `spacing`, `in_order`, `when`: counts and lists include f."
TEST(Grade, AtMost) {
  Trace t("step b: \n rule N1: at_most: 2 b, level: attention");
  EXPECT_EQ(t.run("b by clerk ; b by clerk ; b by clerk"), "#0 b\n#1 b\n#2 b\n  opened attention N1 on b #2 -> clerk\n");
}

// "`spacing D B`: each pair adjacent by event time, ties by ledger order."
TEST(Grade, Spacing) {
  Trace t("step b: \n rule S1: spacing: 2 days b, level: attention");
  EXPECT_EQ(t.run("b by clerk at 2021-03-01T09:00 ; b by clerk at 2021-03-03T08:00"), "#0 b\n#1 b\n");
  EXPECT_EQ(t.run("b by clerk at 2021-03-04T08:00"), "#2 b\n  opened attention S1 on b #2 -> clerk\n");
  EXPECT_EQ(t.run("b by clerk at 2021-03-10T08:00 ; b by clerk at 2021-03-09T08:00"),
            "#3 b\n#4 b\n  opened attention S1 on b #4 -> clerk\n")
      << "late, between two others";
  Trace h("step b: \n rule S1: spacing: 2 hours b, level: attention");
  EXPECT_EQ(h.run("b by clerk at 2021-03-01T09:00 ; b by clerk at 2021-03-01T11:00 ; b by clerk at 2021-03-01T11:00"),
            "#0 b\n#1 b\n#2 b\n  opened attention S1 on b #2 -> clerk\n");
}

// "`in_order A, B`: graded once both exist, on the fact entered second: a B whose event time is before the earliest A's, or the
// first entered A whose event time is after an existing B's"
TEST(Grade, InOrder) {
  const char* process = "step a: \n step b: \n rule I1: in_order: \"a, b\", level: attention";
  Trace t(process);
  EXPECT_EQ(t.run("b by clerk at 2021-03-01T09:00 ; a by clerk at 2021-03-01T10:00"),
            "#0 b\n#1 a\n  opened attention I1 on a #1 -> clerk\n");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T11:00"), "#2 a\n") << "only the first entered A";
  EXPECT_EQ(t.run("b by clerk at 2021-03-01T09:30"), "#3 b\n  opened attention I1 on b #3 -> clerk\n");
  EXPECT_EQ(t.run("b by clerk at 2021-03-01T10:30"), "#4 b\n");
}

// "`each` pairs the n-th with the n-th"
TEST(Grade, InOrderEach) {
  Trace t("step a: \n step b: \n rule I1: in_order: \"a, b\", each: true, level: attention");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T09:00 ; b by clerk at 2021-03-01T10:00 ; b by clerk at 2021-03-01T11:00"),
            "#0 a\n#1 b\n#2 b\n");
  EXPECT_EQ(t.run("a by clerk at 2021-03-01T12:00"), "#3 a\n  opened attention I1 on a #3 -> clerk\n")
      << "the second A after the second B";
}

// "A guard applies its rule only if it is true; null does not."
TEST(Grade, AGuardAppliesItsRuleOnlyIfItIsTrue) {
  Trace t(R"(
    step a: data: {colour: {type: code, list: colours, required: false, title: {de: f, en: f}}}
    step z:
    rule G1: at: a, when: 'fact.colour = "red"', report: attention
    rule G2: condition: z before a, when: 'not(fact.colour = "red")', level: critical
    rule G3: at: a, when: "fact.colour != null and fact.at > last.z.at", report: hint)");
  EXPECT_EQ(t.run("a by clerk with colour=red"), "#0 a\n  opened attention G1 on a #0 -> clerk\n");
  EXPECT_EQ(t.run("a by clerk"), "#1 a\n  opened critical G2 on a #1 -> clerk\n") << "null = \"red\" is false";
  EXPECT_EQ(t.run("z by clerk ; a by clerk with colour=green"),
            "#2 z\n  healed critical G2 on a #1 -> clerk\n#3 a\n  opened hint G3 on a #3 -> clerk\n");
}

// "A rule is in force for a case if its validity contains the event time of the case's first fact (its trigger); with
// `valid_by: event`, that of the graded fact."
TEST(Grade, Validity) {
  Trace t(R"(
    step a:
    step b:
    rule V1: condition: a before b, level: attention, valid: 2021-03-01..2021-03-31
    rule V2: condition: a before b, level: critical, valid: 2021-03-01..2021-03-31, valid_by: event
    rule V3: condition: a before b, level: hint, valid: 2021-04-01..)");
  EXPECT_EQ(t.run("b by clerk at 2021-03-31T23:59"),
            "#0 b\n  opened attention V1 on b #0 -> clerk\n  opened critical V2 on b #0 -> clerk\n");
  EXPECT_EQ(t.run("b by clerk at 2021-04-01T00:00"), "#1 b\n  opened attention V1 on b #1 -> clerk\n");
}

// "Recipients: roles, agencies, or `author`, `debtor`, `creditor`, `owner`."
TEST(Grade, Recipients) {
  Trace t(R"(
    step s: owner: [other]
    step a: owner: [other]
    step b: owner: [clerk, boss]
    rule D1: response: s -> b, within: 1 day, overdue: attention, to: [creditor, debtor]
    rule K1: condition: a before b, level: attention, to: [debtor]
    rule K2: condition: a before b, level: attention, to: [author, bg, creditor]
    rule K3: condition: a before b, level: attention)");
  EXPECT_EQ(t.run("b by boss"),
            "#0 b\n  opened attention K1 on b #0 -> bg\n  opened attention K2 on b #0 -> boss ag bg\n  opened attention K3 on b "
            "#0 -> clerk boss\n");
  EXPECT_EQ(t.run("s by other ; clock 2021-03-03T00:00"),
            "#1 s\n  duty D1 b owed due 2021-03-02T24:00\nclock 2021-03-02T24:00\n  duty D1 b overdue due 2021-03-02T24:00\n"
            "  opened attention D1 on b (due) #1 -> ag bg\n");
}

}  // namespace
}  // namespace flora::process
