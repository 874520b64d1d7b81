// SPDX-License-Identifier: EUPL-1.2
// Late facts that strike a fact of the clock: the case is derived anew without it, from its inputs in ledger order with their
// original entry times.
#include <algorithm>

#include "process/core.hpp"

namespace flora::process {

bool Core::strikes(const Fact& late, FactRef ref, const ClockFact& fact) const {
  if (fact.state != ClockFact::State::kActive || late.at >= fact.at) return false;
  const CompiledStep& step = c_.steps[fact.step];
  // It must have taken the cause away: what came before the cause did not.
  const bool after_cause = state_.fact(fact.cause).at <= late.at;
  if (late.step == fact.step) return after_cause || step.once;
  const auto speaks = [&](const CompiledRule& rule) {
    return in_force(rule, late.at) && (rule.when == kNoGuard || guard_truth(rule.when, ref) == feel::Truth::kTrue);
  };
  const CompiledRule* source = c_.find(fact.rule);
  if (source != nullptr && after_cause) {
    const auto& until = source->rule->until;
    if (std::find(until.begin(), until.end(), late.step) != until.end()) return true;
  }
  for (auto r : c_.steps[late.step].cancels) {
    const CompiledRule& rule = c_.rules[r.value];
    const auto& targets = rule.rule->targets;
    if (after_cause && std::find(targets.begin(), targets.end(), fact.step) != targets.end() && speaks(rule)) return true;
  }
  for (auto r : c_.steps[late.step].phase_closes) {
    const CompiledRule& rule = c_.rules[r.value];
    if (step.phase != kNoPhase && rule.rule->phase == step.phase && speaks(rule)) return true;
  }
  return false;
}

bool Core::needs_replay(const RecordFact& fact) {
  const std::int64_t at = fact.at ? fact.at->ns : now_;
  return std::any_of(state_.clock.begin(), state_.clock.end(),
                     [&](const ClockFact& c) { return c.state == ClockFact::State::kActive && at < c.at; });
}

// The fact stands at the end of the record. True: the state has been derived anew, without the fact.
bool Core::strike(FactRef ref) {
  const Fact late = state_.fact(ref);
  bool any = false;
  CaseState inputs;
  for (std::size_t i = 0; i < state_.clock.size(); ++i) {
    if (!strikes(late, ref, state_.clock[i])) continue;
    if (!any) inputs = state_;
    any = true;
    inputs.clock[i].state = ClockFact::State::kStruck;
  }
  if (!any) return false;
  CaseState after = replay(d_, inputs, inputs.facts.size() - 1, now_);
  merge_replay(d_, state_, after, now_, out_);
  state_ = std::move(after);
  return true;
}

void Core::replay_fact(const CaseState& from, std::size_t index) {
  const Fact& fact = from.facts[index];
  RecordFact command;
  command.step = fact.step;
  command.by = fact.by;
  const auto values = from.values_of(d_, FactRef::entered(index));
  const auto& fields = c_.package->steps[fact.step].data;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::int64_t value = values[i];
    if (fields[i].type == package::FieldType::kToken && value != Data::kAbsent) {
      const auto text = from.token(value);
      value = static_cast<std::int64_t>(command.data.tokens.size() * 128 + text.size());
      command.data.tokens += text;
    }
    command.data.values.push_back(value);
  }
  const bool repeated = c_.steps[fact.step].once && state_.executed.has(fact.step);
  if (!state_.open) open_case(fact.at);
  FactRef ref = enter(command, fact.at);
  uncounted_ = ref;
  if (repeated) state_.facts.back().flags = out_.facts.back().flags = Fact::kRepeated;
  if (!repeated && strike(ref)) append_fact(c_, state_, out_.facts.back(), command.data.values, command.data.tokens);
  process(ref);
}

void Core::replay_act(const ActRecord& record, std::string_view reason) {
  note_act(record, reason);
  if (record.kind == ActRecord::Kind::kCancel) {
    if (!state_.is_cancelled()) do_cancel();
    return;
  }
  const std::size_t i = find_finding(record.rule, record.step, record.fact);
  const auto act = static_cast<FindingAct>(record.kind);
  if (i < state_.findings.size() && may_follow(state_.findings[i].status, act)) do_act(i, act);
}

CaseState replay(const Definition& definition, const CaseState& inputs, std::size_t entered, std::int64_t now) {
  CaseState state = make_state(definition);
  state.outcomes = inputs.outcomes;
  state.clock = inputs.clock;
  for (auto& fact : state.clock) {
    if (fact.state == ClockFact::State::kActive) fact.state = ClockFact::State::kAbsent;
  }
  Effects effects;
  const auto advance = [&](std::int64_t until) {
    for (bool more = state.open; more;) {
      effects.clear();
      more = Core(definition, state, effects, nullptr, until).clock_step(until);
    }
    effects.clear();
  };
  std::size_t act = 0;
  for (std::size_t k = 0; k <= entered; ++k) {
    for (; act < inputs.acts.size() && inputs.acts[act].after <= k; ++act) {
      const ActRecord& record = inputs.acts[act];
      advance(record.entered);
      Core core(definition, state, effects, nullptr, record.entered);
      core.replay_act(record, inputs.token(record.reason));
      core.finish();
    }
    if (k == entered) break;
    const std::int64_t at = inputs.facts[k].entered;
    advance(at);
    Core core(definition, state, effects, nullptr, at);
    core.replay_fact(inputs, k);
    core.finish();
  }
  advance(now);
  return state;
}

namespace {

// What a finding's change of status is called.
std::optional<FindingVerb> verb_of(FindingStatus before, FindingStatus after) {
  if (before == after) return std::nullopt;
  switch (after) {
    case FindingStatus::kOpen: return FindingVerb::kOpened;
    case FindingStatus::kAcknowledged: return before == FindingStatus::kOpen ? FindingVerb::kAcknowledged : FindingVerb::kOpened;
    case FindingStatus::kHealed: return FindingVerb::kHealed;
    case FindingStatus::kJustified: return FindingVerb::kJustified;
    case FindingStatus::kWithdrawn: return FindingVerb::kWithdrawn;
    case FindingStatus::kClosed: return FindingVerb::kClosed;
  }
  return std::nullopt;
}

class Merge {
 public:
  Merge(const Definition& definition, const CaseState& before, CaseState& after, std::int64_t now, Effects& out)
      : d_(definition), before_(before), after_(after), now_(now), out_(out) {}

  void run() {
    findings();
    duties();
    for (std::size_t i = 0; i < after_.clock.size(); ++i) {
      const auto& fact = after_.clock[i];
      const bool was = i < before_.clock.size() && before_.clock[i].state == ClockFact::State::kActive;
      const bool is = fact.state == ClockFact::State::kActive;
      if (was != is) out_.report.clock.push_back({FactRef::clock(i), fact.step, was ? before_.clock[i].at : fact.at, was});
    }
  }

 private:
  void tell(const Finding& f, std::size_t place, FindingVerb verb) {
    const std::size_t first = out_.addressees.size();
    resolve_finding(d_, after_, f, out_.addressees, first);
    const To to{static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(out_.addressees.size() - first)};
    out_.report.findings.push_back({f.rule, f.step, f.fact, f.stage, f.level, verb, now_, static_cast<std::uint16_t>(place), to});
  }

  void findings() {
    std::vector<Finding> merged;
    std::vector<std::uint16_t> place(after_.findings.size(), kNoFinding);
    for (const Finding& old : before_.findings) {
      std::size_t j = 0;
      while (j < after_.findings.size() && !(place[j] == kNoFinding && after_.findings[j].rule == old.rule &&
                                             after_.findings[j].step == old.step && after_.findings[j].fact == old.fact)) {
        ++j;
      }
      if (j == after_.findings.size()) {
        merged.push_back(withdrawn(old, merged.size()));
        continue;
      }
      place[j] = static_cast<std::uint16_t>(merged.size());
      Finding f = after_.findings[j];
      f.opened = old.opened;
      f.flags |= old.flags & Finding::kAcknowledgedOnce;
      if (const auto verb = verb_of(old.status, f.status)) tell(f, merged.size(), *verb);
      if (f.stage > old.stage) tell(f, merged.size(), FindingVerb::kEscalated);
      merged.push_back(f);
    }
    for (std::size_t j = 0; j < after_.findings.size(); ++j) {
      if (place[j] != kNoFinding) continue;
      place[j] = static_cast<std::uint16_t>(merged.size());
      Finding f = after_.findings[j];
      f.opened = now_;
      tell(f, merged.size(), FindingVerb::kOpened);
      if (const auto verb = verb_of(FindingStatus::kOpen, f.status)) tell(f, merged.size(), *verb);
      merged.push_back(f);
    }
    for (auto& duty : after_.duties) {
      if (duty.finding != kNoFinding) duty.finding = place[duty.finding];
    }
    after_.findings = std::move(merged);
  }

  Finding withdrawn(const Finding& old, std::size_t index) {
    Finding f = old;
    if (f.status == FindingStatus::kClosed || f.status == FindingStatus::kWithdrawn) return f;
    f.status = FindingStatus::kWithdrawn;
    f.changed = now_;
    f.escalate_at = kNever;
    tell(f, index, FindingVerb::kWithdrawn);
    return f;
  }

  void duties() {
    for (const auto& duty : after_.duties) {
      const auto* old = before_.duty(duty.rule, duty.step);
      if (old == nullptr || old->due != duty.due) {
        out_.report.duties.push_back({duty.rule, duty.step, old == nullptr ? DutyVerb::kOwed : DutyVerb::kRenewed, duty.due,
                                      duty.creditor, Release::kNone});
      }
    }
    for (const auto& duty : before_.duties) {
      if (after_.duty(duty.rule, duty.step) == nullptr) {
        out_.report.duties.push_back({duty.rule, duty.step, DutyVerb::kReleased, duty.due, duty.creditor, Release::kReplayed});
      }
    }
  }

  const Definition& d_;
  const CaseState& before_;
  CaseState& after_;
  std::int64_t now_;
  Effects& out_;
};

}  // namespace

void merge_replay(const Definition& definition, const CaseState& before, CaseState& after, std::int64_t now, Effects& out) {
  Merge(definition, before, after, now, out).run();
}

}  // namespace flora::process
