// SPDX-License-Identifier: EUPL-1.2
// One run of the engine over a state that it may change: a command, or something the clock does. Every change goes through
// emit(), which notes it and folds it at once, so that apply() on another copy of the state comes to the same. Internal.
#pragma once
#include <cstdint>
#include <span>

#include "process/compiled.hpp"
#include "process/engine.hpp"
#include "process/walk.hpp"

namespace flora::process {

// Folds one effect into a state. `from` holds what the effect points to.
void fold(const Compiled& compiled, CaseState& state, const Effect& effect, const Effects& from);
// The two halves of Effect::kFact: into the record, into the counts.
void append_fact(const Compiled& compiled, CaseState& state, const Fact& fact, std::span<const std::int64_t> values,
                 std::string_view tokens);
void count_fact(CaseState& state, FactRef ref);

// In as it was at an event time: openings and closings with a later one do not count.
struct Standing {
  bool included = true;
  RuleRef closed_by;
};
Standing standing_at(const Compiled& compiled, const CaseState& state, StepIndex step, std::int64_t at);

// Whether the rule's validity contains the case's trigger, or the event time of the graded fact.
bool in_force_now(const Compiled& compiled, const CaseState& state, const CompiledRule& rule, std::int64_t event_at);
inline bool in_force(const Compiled& compiled, const CaseState& state, const CompiledRule& rule, std::int64_t event_at) {
  return rule.always || in_force_now(compiled, state, rule, event_at);
}

class Core {
 public:
  // `keep`: effects are for apply() on another copy of the state.
  Core(const Definition& definition, CaseState& state, Effects& out, const Tallies* tallies, std::int64_t now, bool keep = false)
      : d_(definition),
        c_(definition.compiled()),
        state_(state),
        out_(out),
        tallies_(tallies),
        now_(now),
        keep_(keep),
        taken_(out.taken) {
    out_.cues_before = state.cues;
  }

  // ---- entry points (decide.cpp, clock.cpp, replay.cpp)
  base::Status command(const Command& command);
  bool clock_step(std::int64_t until);                         // the first thing due; false: nothing is
  bool needs_replay(const RecordFact& fact);                   // a late fact strikes a fact of the clock
  void replay_fact(const CaseState& from, std::size_t index);  // as recorded, nothing is refused
  void replay_act(const ActRecord& record, std::string_view reason);
  void set_now(std::int64_t now) { now_ = now; }
  void finish();  // cues and ledger time, once, after everything else

 private:
  // decide.cpp
  base::Status record(const RecordFact& command);
  base::Status act(const ActOnFinding& command);
  base::Status cancel(const CancelCase& command);
  base::Status check_record(const RecordFact& command) const;
  void open_case(std::int64_t at);
  FactRef enter(const RecordFact& command, std::int64_t at);
  void withdraw_entry(bool was_open);
  std::size_t find_finding(RuleRef rule, StepIndex step, FactRef fact) const;
  void note_act(ActRecord record, std::string_view reason);
  void do_act(std::size_t finding, FindingAct act);
  void do_cancel();

  // replay.cpp
  bool strike(FactRef late);
  bool strikes(const Fact& late, FactRef ref, const ClockFact& fact) const;

  // grade.cpp
  RuleRef violated_refusal(FactRef ref, const Fact& fact, bool repeated);
  void grade(FactRef ref, const Fact& fact);
  void grade_rule(const CompiledRule& rule, FactRef ref, const Fact& fact, bool late);
  bool is_violated(const CompiledRule& rule, FactRef ref, const Fact& fact, bool late, std::uint64_t* unmet);
  bool condition_violated(const CompiledRule& rule, const Fact& fact, bool late, std::uint64_t* unmet) const;
  bool spacing_violated(const CompiledRule& rule, FactRef ref, const Fact& fact) const;
  bool order_violated(const CompiledRule& rule, FactRef ref, const Fact& fact) const;
  void grade_standing(FactRef ref, const Fact& fact, bool late);
  bool included_at(StepIndex step, std::int64_t at, bool late) const {
    return late ? standing_at(c_, state_, step, at).included : state_.included.has(step);
  }
  bool in_force(const CompiledRule& rule, std::int64_t event_at) const { return process::in_force(c_, state_, rule, event_at); }
  bool guard_true(const CompiledRule& rule, FactRef ref) { return rule.when == kNoGuard || ask_guard(rule, ref); }
  bool ask_guard(const CompiledRule& rule, FactRef ref);
  feel::Truth guard_truth(std::int16_t guard, FactRef ref) const;
  void open_finding(RuleRef rule, Level level, FactRef ref, StepIndex step, std::int64_t reference, FindingStage stage,
                    std::uint64_t unmet, std::uint8_t flags, To to);

  // consequences.cpp
  void process(FactRef ref);  // grade, effects, past dues, heal; the fact is in the record
  void apply_consequences(FactRef ref, const Fact& fact);
  void discharge(const Fact& fact);
  void drop_causes(std::size_t duty, std::int64_t until, DutyVerb verb, Release why, std::int64_t by_at, bool* gone);
  void settle_finding(std::size_t finding, std::int64_t by_at);
  void close_and_open(FactRef ref, const Fact& fact);
  void close_phases(FactRef ref, const Fact& fact);
  void respond(const CompiledRule& rule, FactRef ref, const Fact& fact);
  void owe(RuleRef rule, StepIndex step, FactRef cause, std::int64_t at, std::int64_t due, AgencyIndex creditor, bool renews);
  void schedule(std::size_t duty, DutyStage stage, std::uint16_t finding);
  std::int64_t due_of_response(const CompiledRule& rule, FactRef ref, const Fact& fact, StepIndex target);
  AgencyIndex author_agency(FactRef ref) const;
  void send_notes(FactRef ref, const Fact& fact);
  std::size_t find_duty(RuleRef rule, StepIndex step) const;

  // duties.cpp
  void grade_past_dues();
  void grade_overdue(std::size_t duty, std::int64_t when);
  void escalate_duty(std::size_t duty, std::int64_t when);
  std::int64_t grace_end(const Obligation& duty) const;
  bool fire_past_clocks();
  void fire(std::size_t duty, std::int64_t due, bool past);
  FactRef intern_clock_fact(const Obligation& duty, const Cause& cause, std::int64_t at, std::int64_t due, bool* struck);
  void release_duty(std::size_t duty, Release why);

  // heal.cpp
  void heal(FactRef by);  // kNoFact: not by a fact
  void heal_condition(std::size_t i, FactRef by);
  void heal_milestone(std::size_t i, FactRef by);
  void change_finding(std::size_t i, FindingStatus status, FindingVerb verb, std::int64_t when);
  void put_finding(std::size_t i, const Finding& finding);

  // addressees.cpp
  To address(const std::vector<package::Recipient>& to, RuleRef rule, FindingStage stage, StepIndex step, FactRef fact,
             std::uint64_t unmet);
  To address_finding(const Finding& finding);

  // cues.cpp
  void update_cues();

  void emit(const Effect& effect) {
    if (keep_) out_.list.push_back(effect);
    fold(c_, state_, effect, out_);
  }

  const Definition& d_;
  const Compiled& c_;
  CaseState& state_;
  Effects& out_;
  const Tallies* tallies_;
  std::int64_t now_;
  bool keep_;
  // While the clock runs, what falls due at this very instant waits for its turn; only what is past already is taken along.
  bool clock_runs_ = false;
  bool is_past(std::int64_t due) const { return clock_runs_ ? due < now_ : due <= now_; }
  FactRef uncounted_;  // stands in the record, not yet in the counts
  StepSet& taken_;     // duties taken away or done in this step
};

// open -> acknowledged -> healed | justified | withdrawn -> closed; a person may close from every state.
bool may_follow(FindingStatus status, FindingAct act);
// clock.cpp: the earliest instant at which the clock has something to do; kNever.
std::int64_t first_due(const Compiled& compiled, const CaseState& state);
// cues.cpp: shared with readers of a state.
bool is_obstructed(const Definition& definition, const CaseState& state, const Tallies* tallies, StepIndex step,
                   std::int64_t now);
// The sources of one condition or milestone that are missing now; empty if it does not obstruct.
std::vector<StepIndex> obstacles_of(const Definition& definition, const CaseState& state, RuleRef rule);
// addressees.cpp: ids looked up; `list` empty: the default of the rule's kind.
void resolve_addressees(const Definition& definition, const CaseState& state, const std::vector<package::Recipient>& list,
                        RuleRef rule, FindingStage stage, StepIndex step, FactRef fact, std::uint64_t unmet,
                        std::vector<Addressee>& to, std::size_t first);
// Whom a finding reaches at its present stage, appended to `to` from `first` on, sorted, each once.
void resolve_finding(const Definition& definition, const CaseState& state, const Finding& finding, std::vector<Addressee>& to,
                     std::size_t first);

// replay.cpp: the state after the inputs of `inputs` up to `entered` facts and what the clock did until `now`, those facts of the
// clock left out that are struck in it.
CaseState replay(const Definition& definition, const CaseState& inputs, std::size_t entered, std::int64_t now);
// Keeps the history of findings of `before` in `after` and reports the difference.
void merge_replay(const Definition& definition, const CaseState& before, CaseState& after, std::int64_t now, Effects& out);

}  // namespace flora::process
