// SPDX-License-Identifier: EUPL-1.2
// Section 3, number 0: what nobody may do is refused, before anything has changed; then the fact is entered and processed.
#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "process/core.hpp"

namespace flora::process {

using base::Code;
using base::fail;

namespace {

constexpr std::size_t kReasonCharsMax = 64;

bool is_reason(std::string_view reason) {
  return reason.size() <= kReasonCharsMax && std::all_of(reason.begin(), reason.end(), [](char ch) {
           return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '_';
         });
}

}  // namespace

base::Status Core::check_record(const RecordFact& command) const {
  const Compiled& c = c_;
  const bool known = command.step < c.steps.size();
  if (known && !d_.owns(command.by, command.step)) return fail(Code::kNotOwner, fmt::format("step {}", d_.step_id(command.step)));
  if (!state_.open && !(known && c.steps[command.step].starts)) {
    return fail(Code::kUnknownCase, known ? fmt::format("step {} does not open a case", d_.step_id(command.step)) : "");
  }
  if (!known) return fail(Code::kUnknownStep, "");
  FLORA_TRY(check_data(d_, command.step, command.data));
  if (command.at && command.at->ns > now_ + base::limits::kFutureSecondsMax * base::kNanosPerSecond) {
    return fail(Code::kInFuture,
                fmt::format("it would happen {} s after ledger time", (command.at->ns - now_) / base::kNanosPerSecond));
  }
  return {};
}

void Core::open_case(std::int64_t at) {
  Effect e;
  e.kind = Effect::Kind::kOpenCase;
  e.a = now_;
  e.b = at;
  emit(e);
}

// Into the record, but not yet into the counts: guards see it in the lists, rules grade the state before it.
FactRef Core::enter(const RecordFact& command, std::int64_t at) {
  Fact fact;
  fact.at = at;
  fact.entered = now_;
  fact.step = command.step;
  fact.by = command.by;
  out_.facts.push_back(fact);
  out_.values = command.data.values;
  out_.values.resize(c_.package->steps[command.step].data.size(), Data::kAbsent);
  out_.tokens = command.data.tokens;
  append_fact(c_, state_, fact, command.data.values, command.data.tokens);
  return FactRef::entered(state_.facts.size() - 1);
}

void Core::withdraw_entry(bool was_open) {
  const Fact& fact = state_.facts.back();
  const auto& tokens = out_.tokens;
  state_.values.resize(fact.data);
  state_.tokens.resize(state_.tokens.size() - tokens.size());
  const FactRef ref = FactRef::entered(state_.facts.size() - 1);
  state_.facts.pop_back();
  std::erase_if(state_.outcomes, [&](const TallyOutcome& o) { return o.fact == ref; });
  if (!was_open) {
    state_.open = false;
    state_.opened = state_.trigger = 0;
  }
}

base::Status Core::record(const RecordFact& command) {
  FLORA_TRY(check_record(command));
  const CompiledStep& step = c_.steps[command.step];
  const bool was_open = state_.open;
  const bool repeated = step.once && state_.executed.has(command.step);
  const std::int64_t at = std::min(command.at ? command.at->ns : now_, now_);
  if (!was_open) open_case(at);
  FactRef ref = enter(command, at);
  uncounted_ = ref;

  base::Status verdict;
  if (const RuleRef rule = violated_refusal(ref, state_.fact(ref), repeated); rule != kNoRule) {
    out_.refused_by = rule;
    verdict = fail(Code::kRuleRefuses, fmt::format("rule {}", d_.rule_id(rule)));
  } else if (step.four_eyes) {
    verdict = fail(Code::kNotInVersion, fmt::format("step {} needs two signatures", d_.step_id(command.step)));
  } else if (now_ < state_.ledger_time) {
    verdict = fail(Code::kTimeRunsBackwards, "");
  } else if (state_.facts.size() > base::limits::kFactsPerCaseMax) {
    verdict = fail(Code::kCaseTooLong, fmt::format("a case has at most {} facts", base::limits::kFactsPerCaseMax));
  }
  if (!verdict) {
    withdraw_entry(was_open);
    uncounted_ = kNoFact;
    return verdict;
  }

  Effect e;
  e.kind = Effect::Kind::kFact;
  if (repeated) state_.facts.back().flags = out_.facts.back().flags = Fact::kRepeated;
  if (keep_) out_.list.push_back(e);  // in the record already
  out_.fact = ref;
  if (!repeated && strike(ref)) {
    // The state was derived anew up to this fact; with it in the record, go on as if the clock had never spoken.
    out_.replaced = true;
    append_fact(c_, state_, out_.facts.back(), command.data.values, command.data.tokens);
  }
  process(ref);
  return {};
}

std::size_t Core::find_finding(RuleRef rule, StepIndex step, FactRef fact) const {
  for (auto i = state_.findings.size(); i-- > 0;) {
    const auto& f = state_.findings[i];
    if (f.rule == rule && f.step == step && f.fact == fact) return i;
  }
  return state_.findings.size();
}

void Core::note_act(ActRecord record, std::string_view reason) {
  record.entered = now_;
  record.after = static_cast<std::uint16_t>(state_.facts.size());
  record.reason = static_cast<std::uint32_t>(out_.tokens.size() * 128 + reason.size());
  out_.tokens += reason;
  out_.acts.push_back(record);
  Effect e;
  e.kind = Effect::Kind::kAct;
  e.index = static_cast<std::uint32_t>(out_.acts.size() - 1);
  emit(e);
}

void Core::do_act(std::size_t finding, FindingAct act) {
  switch (act) {
    case FindingAct::kAcknowledge: {
      Finding f = state_.findings[finding];
      f.flags |= Finding::kAcknowledgedOnce;
      f.escalate_at = kNever;
      put_finding(finding, f);
      change_finding(finding, FindingStatus::kAcknowledged, FindingVerb::kAcknowledged, now_);
      break;
    }
    case FindingAct::kJustify: change_finding(finding, FindingStatus::kJustified, FindingVerb::kJustified, now_); break;
    case FindingAct::kClose: change_finding(finding, FindingStatus::kClosed, FindingVerb::kClosed, now_); break;
  }
}

bool may_follow(FindingStatus status, FindingAct act) {
  if (act == FindingAct::kAcknowledge) return status == FindingStatus::kOpen;
  if (act == FindingAct::kJustify) return status == FindingStatus::kOpen || status == FindingStatus::kAcknowledged;
  return status != FindingStatus::kClosed;
}

base::Status Core::act(const ActOnFinding& command) {
  if (!state_.open) return fail(Code::kUnknownCase, "");
  const std::size_t i = find_finding(command.rule, command.step, command.fact);
  if (i < state_.findings.size()) {
    std::vector<Addressee> to;
    resolve_finding(d_, state_, state_.findings[i], to, 0);
    const AgencyIndex agency = command.by < c_.package->roles.size() ? c_.package->roles[command.by].agency : kNoAgency;
    const bool reached = std::any_of(to.begin(), to.end(), [&](const Addressee& a) { return d_.agency_of(a) == agency; });
    if (!reached) return fail(Code::kForbidden, "the finding does not reach this role's agency");
  }
  if (!is_reason(command.reason)) return fail(Code::kDataRefused, "a reason is a code of at most 64 letters a-z, digits and '_'");
  if (command.act == FindingAct::kJustify && command.reason.empty())
    return fail(Code::kDataRefused, "a justification needs a reason code");
  if (i == state_.findings.size()) return fail(Code::kUnknownFinding, "");
  if (!may_follow(state_.findings[i].status, command.act)) {
    return fail(Code::kFindingState, fmt::format("the finding is {}", to_text(state_.findings[i].status)));
  }
  if (now_ < state_.ledger_time) return fail(Code::kTimeRunsBackwards, "");
  if (state_.acts.size() >= base::limits::kFactsPerCaseMax) return fail(Code::kCaseTooLong, "");
  ActRecord record;
  record.kind = static_cast<ActRecord::Kind>(command.act);
  record.by = command.by;
  record.rule = command.rule;
  record.step = command.step;
  record.fact = command.fact;
  note_act(record, command.reason);
  do_act(i, command.act);
  return {};
}

void Core::do_cancel() {
  Effect e;
  e.kind = Effect::Kind::kCancelled;
  e.a = now_;
  emit(e);
  taken_ = state_.owed;
  while (!state_.duties.empty()) {
    bool gone = false;
    drop_causes(0, kNever, DutyVerb::kReleased, Release::kCancelled, now_, &gone);
  }
  heal(kNoFact);
}

base::Status Core::cancel(const CancelCase& command) {
  if (command.by >= c_.package->roles.size()) return fail(Code::kForbidden, "");
  if (!state_.open) return fail(Code::kUnknownCase, "");
  if (!is_reason(command.reason)) return fail(Code::kDataRefused, "a reason is a code of at most 64 letters a-z, digits and '_'");
  if (state_.is_cancelled()) return fail(Code::kAlreadyExists, "the case is cancelled already");
  if (now_ < state_.ledger_time) return fail(Code::kTimeRunsBackwards, "");
  ActRecord record;
  record.kind = ActRecord::Kind::kCancel;
  record.by = command.by;
  note_act(record, command.reason);
  do_cancel();
  return {};
}

base::Status Core::command(const Command& command) {
  if (const auto* fact = std::get_if<RecordFact>(&command)) return record(*fact);
  if (const auto* finding = std::get_if<ActOnFinding>(&command)) return act(*finding);
  if (const auto* cancelled = std::get_if<CancelCase>(&command)) return cancel(*cancelled);
  return fail(Code::kNotInVersion, "corrections");
}

base::Status decide(const Definition& definition, const CaseState& state, const Tallies& tallies, const Command& command,
                    base::Instant now, Effects& out) {
  out.clear();
  out.scratch = state;
  out.now = now.ns;
  Core core(definition, out.scratch, out, &tallies, now.ns, true);
  if (state.next_due <= now.ns) {
    while (core.clock_step(now.ns)) {
    }
    core.set_now(now.ns);
  }
  FLORA_TRY(core.command(command));
  core.finish();
  return {};
}

base::Status execute(const Definition& definition, CaseState& state, const Tallies& tallies, const Command& command,
                     base::Instant now, Effects& out) {
  out.clear();
  out.now = now.ns;
  Core core(definition, state, out, &tallies, now.ns);
  FLORA_CHECK(state.next_due > now.ns, "the clock has been run before a command is executed");
  const auto* fact = std::get_if<RecordFact>(&command);
  if (fact != nullptr && core.needs_replay(*fact)) {
    FLORA_TRY(decide(definition, state, tallies, command, now, out));
    apply(definition, state, out);
    return {};
  }
  FLORA_TRY(core.command(command));
  core.finish();
  std::string_view broken;
  FLORA_CHECK(check_state(definition, state, &broken), broken);
  return {};
}

void Effects::clear() {
  report.findings.clear();
  report.notes.clear();
  report.duties.clear();
  report.clock.clear();
  addressees.clear();
  fact = clock_fact = kNoFact;
  refused_by = kNoRule;
  replaced = false;
  now = clock_at = 0;
  list.clear();
  facts.clear();
  clock_facts.clear();
  values.clear();
  tokens.clear();
  opened.clear();
  acts.clear();
}

}  // namespace flora::process
