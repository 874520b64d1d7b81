// SPDX-License-Identifier: EUPL-1.2
// Section 3, number 5: what ledger time causes by itself, one thing after the other in due order.
#include <algorithm>
#include <tuple>

#include "process/core.hpp"

namespace flora::process {

namespace {

enum class Stage : std::uint8_t { kWarn, kDue, kGrace, kEscalate };

// Order within a case: due instant, clock steps before graded dues, stage, rule, step, and at last the finding.
struct Turn {
  std::int64_t at = kNever;
  bool graded = false;
  Stage stage = Stage::kDue;
  std::uint32_t rank = 0;
  StepIndex step = 0;
  std::size_t index = 0;  // of the duty, or of the finding
  auto key() const { return std::tuple(at, graded, stage, rank, step, index); }
};

Turn first_turn(const Definition& d, const CaseState& state) {
  const Compiled& c = d.compiled();
  Turn best;
  const auto offer = [&](const Turn& turn) {
    if (turn.at != kNever && (best.at == kNever || turn.key() < best.key())) best = turn;
  };
  for (std::size_t i = 0; i < state.duties.size(); ++i) {
    const auto& duty = state.duties[i];
    if (duty.rests || duty.next == kNever) continue;
    const bool fires = c.steps[duty.step].clock && duty.next == duty.due;
    // A due is graded only while its step is included; a step of the clock falls due whatever happened.
    if (!fires && !state.included.has(duty.step)) {
      if (c.steps[duty.step].clock) offer({duty.due, false, Stage::kDue, d.rank(duty.rule), duty.step, i});
      continue;
    }
    Stage stage = Stage::kDue;
    if (duty.stage == DutyStage::kOwed && duty.next < duty.due) stage = Stage::kWarn;
    if (duty.stage == DutyStage::kOverdue) stage = Stage::kGrace;
    offer({duty.next, !fires, stage, d.rank(duty.rule), duty.step, i});
  }
  for (std::size_t i = 0; i < state.findings.size(); ++i) {
    const auto& f = state.findings[i];
    if (f.status == FindingStatus::kOpen) offer({f.escalate_at, true, Stage::kEscalate, d.rank(f.rule), f.step, i});
  }
  return best;
}

}  // namespace

std::int64_t first_due(const Compiled& c, const CaseState& state) {
  std::int64_t first = kNever;
  for (const auto& duty : state.duties) {
    if (duty.rests) continue;
    const bool included = state.included.has(duty.step);
    if (included) {
      first = std::min(first, duty.next);
    } else if (c.steps[duty.step].clock) {
      first = std::min(first, duty.due);
    }
  }
  for (const auto& f : state.findings) {
    if (f.status == FindingStatus::kOpen) first = std::min(first, f.escalate_at);
  }
  return first;
}

bool Core::clock_step(std::int64_t until) {
  const Turn turn = first_turn(d_, state_);
  if (turn.at > until || turn.at == kNever) return false;
  // A reopened step's due may lie before what the case has seen since; time does not run back for it.
  now_ = std::max(turn.at, state_.ledger_time);
  clock_runs_ = true;
  out_.now = now_;
  if (out_.clock_at == 0) out_.clock_at = turn.at;
  switch (turn.stage) {
    case Stage::kWarn: {
      const Obligation duty = state_.duties[turn.index];
      out_.report.duties.push_back({duty.rule, duty.step, DutyVerb::kWarned, duty.due, duty.creditor, Release::kNone});
      schedule(turn.index, DutyStage::kWarned, duty.finding);
      break;
    }
    case Stage::kDue:
      if (turn.graded) {
        grade_overdue(turn.index, now_);
      } else {
        fire(turn.index, turn.at, false);
        while (fire_past_clocks()) {
        }
      }
      break;
    case Stage::kGrace: escalate_duty(turn.index, now_); break;
    case Stage::kEscalate: {
      Finding f = state_.findings[turn.index];
      f.flags |= Finding::kEscalated;
      f.escalate_at = kNever;
      f.changed = now_;
      put_finding(turn.index, f);
      const To to = address(c_.find(f.rule)->rule->escalate_to, f.rule, f.stage, f.step, f.fact, f.named);
      out_.report.findings.push_back(
          {f.rule, f.step, f.fact, f.stage, f.level, FindingVerb::kEscalated, now_, static_cast<std::uint16_t>(turn.index), to});
      break;
    }
  }
  clock_runs_ = false;
  finish();
  return true;
}

std::optional<base::Instant> next_due(const Definition&, const CaseState& state) {
  if (state.next_due == kNever) return std::nullopt;
  return base::Instant{state.next_due};
}

bool step_clock(const Definition& definition, const CaseState& state, base::Instant now, Effects& out) {
  out.clear();
  if (state.next_due > now.ns) return false;
  out.scratch = state;
  return Core(definition, out.scratch, out, nullptr, now.ns, true).clock_step(now.ns);
}

bool advance_clock(const Definition& definition, const CaseState& state, const Tallies& tallies, base::Instant now,
                   Effects& out) {
  out.clear();
  if (state.next_due > now.ns) return false;
  out.scratch = state;
  Core core(definition, out.scratch, out, &tallies, now.ns, true);
  bool any = false;
  while (core.clock_step(now.ns)) any = true;
  return any;
}

}  // namespace flora::process
