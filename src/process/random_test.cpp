// SPDX-License-Identifier: EUPL-1.2
// Random processes, random runs: what must hold after every command, whatever the rules.
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "process/core.hpp"
#include "process/test_trace.hpp"

namespace flora::process {
namespace {

using base::SeededRandom;

constexpr std::int64_t kHour = 3600 * base::kNanosPerSecond;

class RandomProcess {
 public:
  explicit RandomProcess(SeededRandom& random, std::size_t steps) : r_(random), n_(steps) {}

  std::string make() {
    std::string out = "phase p\nphase q\n";
    for (std::size_t i = 0; i < n_; ++i) out += "step " + id(i) + ":" + members(i) + "\n";
    // A chain of clock steps that late facts can strike.
    out += "step k: via: clock, owner: [clerk, other]" + std::string(once_in(2) ? ", phase: p" : "") +
           "\nstep m: via: clock, owner: [boss]\n";
    out +=
        "rule k1: response: \"" + any() + " -> k\", within: " + std::to_string(1 + r_.below(3)) + " days, until: " + any() + "\n";
    out += "rule k2: response: k -> m, within: " + std::to_string(1 + r_.below(40)) + " hours\nrule k3: cancels: \"" + any() +
           " -> k\"" + guard() + "\n";
    out += "rule k4: response: \"m -> " + any() + "\", within: 1 workdays, overdue: attention\nrule k5: closes: \"k -> " + any() +
           "\", level: attention\n";
    const std::size_t rules = 4 + r_.below(3 * n_);
    for (std::size_t i = 0; i < rules; ++i)
      out += "rule " + std::string(1, static_cast<char>('A' + r_.below(26))) + std::to_string(i) + ": " + rule() + "\n";
    return out;
  }

 private:
  static std::string id(std::size_t i) { return "s" + std::to_string(i); }
  std::string any() { return id(r_.below(n_)); }
  bool once_in(std::uint64_t n) { return r_.below(n) == 0; }
  std::string list() {
    if (!once_in(3)) return any();
    const std::string a = any(), b = any();
    return a == b ? a : "[" + a + ", " + b + "]";
  }
  std::string term() {
    static const char* kUnits[] = {"hours", "days", "workdays", "weeks"};
    return std::to_string(r_.below(5)) + " " + kUnits[r_.below(4)];
  }
  std::string level() {
    static const char* kLevels[] = {"hint", "attention", "critical", "critical", "attention"};
    return once_in(25) ? "refuse" : kLevels[r_.below(5)];
  }
  std::string soft() { return once_in(2) ? "attention" : "critical"; }
  std::string to() {
    static const char* kTo[] = {"", ", to: [boss]", ", to: [author, other]", ", to: [creditor]", ", to: [debtor, bg]"};
    return kTo[r_.below(5)];
  }
  std::string guard() {
    switch (r_.below(8)) {
      case 0: return ", when: \"count(" + any() + ") >= 2\"";
      case 1: return ", when: \"fact.n > 3\"";
      case 2: return ", when: \"last." + any() + ".n = 1 or count(" + any() + ") = 0\"";
      default: return "";
    }
  }
  std::string graded() {
    static const char* kHeals[] = {
        "", "", ", heals: person", ", heals: moot", ", heals: 'when count(s0) > 2'", ", escalate: 1 days to [boss]"};
    return ", level: " + level() + to() + guard() + kHeals[r_.below(6)];
  }

  std::string members(std::size_t i) {
    std::string out = once_in(3) ? " owner: [clerk, other]" : once_in(2) ? " owner: [other]" : " owner: [clerk]";
    const bool clock = i > 0 && once_in(4);
    if (clock) out += ", via: clock";
    if (i > 0 && once_in(3)) out += ", once: true";
    if (once_in(3)) out += once_in(2) ? ", phase: p" : ", phase: q";
    if (i > 0 && once_in(6)) {
      out += ", initially: {closed: " + soft() + "}";
    } else if (i > 0 && once_in(8)) {
      out += ", initially: {owed: " + soft() + ", within: " + term() + "}";
    }
    if (clock) return out;
    return out +
           ", data: {n: {type: integer, min: 0, max: 9, required: false, title: {de: n, en: n}}, d: {type: date, required: "
           "false, title: {de: d, en: d}}, "
           "t: {type: token, required: false, title: {de: t, en: t}}}";
  }

  std::string rule() {
    switch (r_.below(14)) {
      case 0: return "condition: \"" + list() + " before " + list() + "\"" + graded();
      case 1: return "condition: \"any_of [s0, " + id(1 + r_.below(n_ - 1)) + "] before " + any() + "\"" + graded();
      case 2: return "milestone: \"" + list() + " settles before " + any() + "\"" + graded();
      case 3: return "opens: \"" + any() + " -> " + list() + "\"" + guard();
      case 4: return "closes: \"" + any() + " -> " + list() + "\", level: " + level() + to() + guard();
      case 5: return "cancels: \"" + any() + " -> " + any() + "\"" + guard();
      case 6: return "phase_closes: " + any() + (once_in(2) ? " -> p" : " -> q") + ", level: " + level() + to() + guard();
      case 7: return "at_most: " + std::to_string(1 + r_.below(3)) + " " + any() + ", level: " + level();
      case 8: return "spacing: " + term() + " " + any() + ", level: " + level();
      case 9: return "in_order: \"" + any() + ", " + any() + "\", level: " + level() + (once_in(2) ? ", each: true" : "");
      case 10: return "at: any, when: \"count(" + any() + ") = 2\", report: " + soft() + to();
      default: {
        std::string out = "response: \"" + any() + " -> " + list() + "\"" + guard();
        if (once_in(5)) return out + ", within: no limit";
        out += ", within: " + term() + ", overdue: attention";
        if (once_in(3)) out += ", after: d";
        if (once_in(3)) out += ", renews: true";
        if (once_in(2)) out += ", until: " + any();
        if (once_in(4)) out += ", unless_done: true";
        if (once_in(3)) out += ", warn: 1 days";
        if (once_in(2)) out += ", grace: " + term() + ", then: critical";
        if (once_in(4)) out += ", escalate: 2 days to [boss]";
        return out;
      }
    }
  }

  SeededRandom& r_;
  std::size_t n_;
};

Command random_command(SeededRandom& r, const Definition& d, const CaseState& state, std::int64_t now) {
  const std::uint64_t kind = r.below(40);
  if (kind == 0 && state.facts.size() > 5 && r.below(4) == 0) return CancelCase{static_cast<RoleIndex>(r.below(4)), "reason"};
  if (kind < 5 && !state.findings.empty()) {
    const Finding& f = state.findings[r.below(state.findings.size())];
    return ActOnFinding{f.rule, f.step, f.fact, static_cast<FindingAct>(r.below(3)), static_cast<RoleIndex>(r.below(4)), "known"};
  }
  RecordFact fact;
  fact.step = static_cast<StepIndex>(r.below(d.step_count()));
  const auto& owners = d.package().steps[fact.step].owners;
  fact.by = owners.empty() || r.below(20) == 0 ? static_cast<RoleIndex>(r.below(4)) : owners[r.below(owners.size())];
  if (r.below(3) == 0) fact.at = base::Instant{now - static_cast<std::int64_t>(r.below(240)) * kHour};
  if (!d.package().steps[fact.step].data.empty() && r.below(3) == 0) {
    fact.data.values = {static_cast<std::int64_t>(r.below(10)), Data::kAbsent, Data::kAbsent};
    if (r.below(2) == 0) fact.data.values[1] = 18'690 + static_cast<std::int64_t>(r.below(20));  // March 2021
    if (r.below(2) == 0) {
      fact.data.tokens = "tok." + std::to_string(r.below(100));
      fact.data.values[2] = static_cast<std::int64_t>(fact.data.tokens.size());
    }
  }
  return fact;
}

// What follows from the state alone.
void expect_consistent(const Definition& d, const CaseState& state, bool clock_runs = false) {
  std::string_view broken;
  ASSERT_TRUE(check_state(d, state, &broken)) << broken;
  StepSet expected(d.step_count());
  for (StepIndex s = 0; s < d.step_count(); ++s) {
    const bool clock = d.package().steps[s].via == package::Via::kClock;
    if (state.owed.has(s) && state.included.has(s) && !clock && !is_obstructed(d, state, nullptr, s, state.ledger_time))
      expected.add(s);
  }
  ASSERT_EQ(expected, state.cues);
  for (const auto& b : blocked(d, state)) ASSERT_FALSE(b.missing.empty()) << "blocked by something";
  std::vector<std::uint16_t> counts(d.step_count(), 0);
  walk_facts(state, [&](FactRef ref) {
    ++counts[state.fact(ref).step];
    return true;
  });
  for (std::size_t s = 0; s < counts.size(); ++s) ASSERT_EQ(counts[s], state.steps[s].count);
  const auto due = next_due(d, state);
  if (due && !clock_runs) {
    ASSERT_GT(due->ns, state.ledger_time) << "nothing is left behind by the clock";
  }
}

struct Tally {
  std::size_t loaded = 0, commands = 0, accepted = 0, refused = 0, replayed = 0, findings = 0, clock = 0;
};

void run_case(SeededRandom& r, const std::shared_ptr<const Definition>& d, Tally& tally) {
  CaseState state = make_state(*d);   // decide and apply
  CaseState direct = make_state(*d);  // execute
  Effects effects, other;
  std::int64_t now = base::parse_rfc3339("2021-03-01T09:00:00+01:00")->ns;
  bool struck = false;
  const std::size_t length = 10 + r.below(30);
  for (std::size_t i = 0; i < length; ++i) {
    now += static_cast<std::int64_t>(r.below(4) == 0 ? 0 : r.below(40)) * kHour;
    while (step_clock(*d, direct, {now}, other)) {
      apply(*d, direct, other);
      expect_consistent(*d, direct, true);
      ++tally.clock;
    }
    if (state.open && r.below(2) == 0) {
      if (advance_clock(*d, state, {}, {now}, effects)) apply(*d, state, effects);
      ASSERT_EQ(encode_state(*d, state), encode_state(*d, direct)) << "one by one, or all at once";
    }
    const Command command = random_command(r, *d, direct, now);
    ++tally.commands;
    const auto before = encode_state(*d, direct);
    const auto verdict = decide(*d, state, {}, command, {now}, effects);
    const auto second = execute(*d, direct, {}, command, {now}, other);
    ASSERT_EQ(verdict.has_value(), second.has_value());
    if (!verdict) {
      ++tally.refused;
      ASSERT_EQ(verdict.error(), second.error());
      ASSERT_EQ(before, encode_state(*d, direct)) << "a refusal changes nothing";
      continue;
    }
    ++tally.accepted;
    tally.findings += effects.report.findings.size();
    if (effects.replaced) {
      ++tally.replayed;
      struck = true;
    }
    apply(*d, state, effects);
    const auto bytes = encode_state(*d, state);
    ASSERT_EQ(bytes, encode_state(*d, direct)) << "decide and apply as execute";
    expect_consistent(*d, state);

    const auto decoded = decode_state(*d, bytes);
    ASSERT_TRUE(decoded) << decoded.error().detail;
    ASSERT_EQ(bytes, encode_state(*d, *decoded));
    if (r.below(3) == 0) state = *decoded;  // and go on with it

    const CaseState again = replay(*d, state, state.facts.size(), now);
    if (!struck) {
      ASSERT_EQ(bytes, encode_state(*d, again)) << "a function of its inputs";
    } else {
      ASSERT_EQ(state.included, again.included);
      ASSERT_EQ(state.executed, again.executed);
      ASSERT_EQ(state.owed, again.owed);
      ASSERT_EQ(state.cues, again.cues);
    }
  }
}

Tally run_processes(std::uint64_t seed, std::size_t processes, std::size_t cases, std::size_t steps_min, std::size_t steps_span) {
  Tally tally;
  SeededRandom r(seed);
  for (std::size_t i = 0; i < processes; ++i) {
    const std::string text = RandomProcess(r, steps_min + r.below(steps_span)).make();
    auto loaded = package::load(test::sources_of(text), true);
    if (!loaded.ok()) continue;
    const auto d =
        Definition::compile(std::make_shared<const package::Package>(std::move(loaded.package)), calendar::builtin_calendars());
    if (!d) continue;
    ++tally.loaded;
    for (std::size_t k = 0; k < cases; ++k) {
      run_case(r, *d, tally);
      if (::testing::Test::HasFatalFailure()) {
        ADD_FAILURE() << "process:\n" << text;
        return tally;
      }
    }
  }
  return tally;
}

TEST(RandomProcesses, EveryCommandLeavesAConsistentState) {
  const Tally tally = run_processes(1, 600, 3, 3, 9);
  EXPECT_GT(tally.loaded, 100U);
  EXPECT_GT(tally.accepted, 5000U);
  EXPECT_GT(tally.replayed, 20U);
  EXPECT_GT(tally.findings, 5000U);
  EXPECT_GT(tally.clock, 1000U);
  std::printf("random: %zu processes, %zu commands, %zu accepted, %zu refused, %zu replayed, %zu findings, %zu clock\n",
              tally.loaded, tally.commands, tally.accepted, tally.refused, tally.replayed, tally.findings, tally.clock);
}

// More than 64 steps: the same code, wider sets.
TEST(RandomProcesses, WideProcesses) {
  const Tally tally = run_processes(2, 60, 2, 65, 80);
  EXPECT_GT(tally.loaded, 1U);
  EXPECT_GT(tally.accepted, 50U);
}

}  // namespace
}  // namespace flora::process
