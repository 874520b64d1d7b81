// SPDX-License-Identifier: EUPL-1.2
// A case as deterministic CBOR: an array of arrays without names, drawn as CDDL in docs/reference/process-language.md. What
// follows from the facts (counts, least and greatest event times) is not written; reading derives it again.
#include <algorithm>
#include <limits>

#include "base/cbor.hpp"
#include "base/limits.hpp"
#include "process/compiled.hpp"
#include "process/core.hpp"

namespace flora::process {

using base::CborReader;
using base::CborType;
using base::CborWriter;
using base::Code;
using base::fail;
using package::Field;
using package::FieldType;

namespace {

constexpr std::uint64_t kVersion = 1;

// ---- writing ------------------------------------------------------------------------------------------------------------------

class Encoder {
 public:
  Encoder(const Definition& d, const CaseState& s) : c_(d.compiled()), s_(s) {}

  base::Bytes run() {
    w_.array(17);
    w_.uint(kVersion);
    w_.boolean(s_.open);
    w_.integer(s_.opened);
    w_.integer(s_.trigger);
    w_.integer(s_.ledger_time);
    instant(s_.cancelled);
    set(s_.included);
    set(s_.cues);
    steps();
    facts();
    duties();
    findings();
    openings();
    phases();
    clock();
    acts();
    outcomes();
    return w_.take();
  }

 private:
  void instant(std::int64_t value) { value == kNever ? w_.null() : w_.integer(value); }
  void set(const StepSet& set) {
    base::Bytes bytes((c_.step_count() + 7) / 8);
    set.each([&](StepIndex step) { bytes[step / 8U] = static_cast<std::uint8_t>(bytes[step / 8U] | 1U << step % 8U); });
    w_.bytes(bytes);
  }
  RuleRef default_closer(StepIndex step) const {
    return c_.initially_included.has(step) ? kNoRule : c_.own(OwnRule::kClosed, step);
  }
  void steps() {
    const auto plain = [&](std::size_t i) {
      return s_.steps[i].touched_at == kBeforeAll && s_.steps[i].closed_by == default_closer(static_cast<StepIndex>(i));
    };
    std::size_t n = 0;
    for (std::size_t i = 0; i < s_.steps.size(); ++i) n += plain(i) ? 0 : 1;
    w_.array(n);
    for (std::size_t i = 0; i < s_.steps.size(); ++i) {
      if (plain(i)) continue;
      const auto& step = s_.steps[i];
      w_.array(3).uint(i);
      step.touched_at == kBeforeAll ? w_.null() : w_.integer(step.touched_at);
      w_.uint(step.closed_by.value);
    }
  }
  void facts() {
    w_.array(s_.facts.size());
    for (const auto& f : s_.facts) {
      const auto& fields = c_.package->steps[f.step].data;
      w_.array(5 + fields.size()).uint(f.step).uint(f.by).integer(f.entered).integer(f.entered - f.at).uint(f.flags);
      for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::int64_t value = s_.values[f.data + i];
        if (value == Data::kAbsent) {
          w_.null();
        } else if (fields[i].type == FieldType::kToken) {
          w_.text(s_.token(value));
        } else {
          w_.integer(value);
        }
      }
    }
  }
  void duties() {
    w_.array(s_.duties.size());
    for (const auto& d : s_.duties) {
      w_.array(7).uint(d.rule.value).uint(d.step);
      instant(d.next);
      w_.uint(static_cast<unsigned>(d.stage)).uint(d.finding).boolean(d.rests);
      std::size_t n = 0;
      for (const auto& cause : s_.causes) n += cause.rule == d.rule && cause.step == d.step ? 1 : 0;
      w_.array(n);
      for (const auto& cause : s_.causes) {
        if (cause.rule != d.rule || cause.step != d.step) continue;
        w_.array(4).uint(cause.fact.value).integer(cause.at);
        instant(cause.due);
        w_.uint(cause.creditor);
      }
    }
  }
  void findings() {
    w_.array(s_.findings.size());
    for (const auto& f : s_.findings) {
      w_.array(13).uint(f.rule.value).uint(f.step).uint(f.fact.value).integer(f.opened).integer(f.changed).integer(f.reference);
      instant(f.escalate_at);
      w_.uint(f.named).uint(f.unmet).uint(static_cast<unsigned>(f.level)).uint(static_cast<unsigned>(f.stage));
      w_.uint(static_cast<unsigned>(f.status)).uint(f.flags);
    }
  }
  void openings() {
    w_.array(s_.openings.size());
    for (const auto& o : s_.openings) w_.array(4).integer(o.at).uint(o.step).uint(o.rule.value).boolean(o.included);
  }
  void phases() {
    w_.array(s_.phases.size());
    for (const auto& p : s_.phases) w_.array(3).integer(p.at).uint(p.phase).uint(p.rule.value);
  }
  void clock() {
    w_.array(s_.clock.size());
    for (const auto& f : s_.clock) {
      w_.array(8).integer(f.at).integer(f.entered).uint(f.rule.value).uint(f.step).uint(f.cause.value).uint(f.creditor);
      w_.uint(f.after).uint(static_cast<unsigned>(f.state));
    }
  }
  void acts() {
    w_.array(s_.acts.size());
    for (const auto& a : s_.acts) {
      w_.array(8).uint(static_cast<unsigned>(a.kind)).integer(a.entered).uint(a.after).uint(a.by).uint(a.rule.value).uint(a.step);
      w_.uint(a.fact.value).text(s_.token(a.reason));
    }
  }
  void outcomes() {
    w_.array(s_.outcomes.size());
    for (const auto& o : s_.outcomes) w_.array(3).uint(o.fact.value).uint(o.rule.value).uint(o.truth);
  }

  const Compiled& c_;
  const CaseState& s_;
  CborWriter w_;
};

// ---- reading ------------------------------------------------------------------------------------------------------------------

class Decoder {
 public:
  Decoder(const Definition& d, CborReader reader) : d_(d), c_(d.compiled()), r_(std::move(reader)), s_(make_state(d)) {}

  base::Result<CaseState> run() {
    FLORA_TRY(r_.array(17));
    FLORA_TRY(const auto version, r_.uint());
    if (version != kVersion) return fail(Code::kOutOfRange, "case state of another version");
    FLORA_TRY(s_.open, r_.boolean());
    FLORA_TRY(s_.opened, time());
    FLORA_TRY(s_.trigger, time());
    FLORA_TRY(s_.ledger_time, time());
    FLORA_TRY(s_.cancelled, instant());
    FLORA_TRY(set(s_.included));
    FLORA_TRY(set(s_.cues));
    FLORA_TRY(steps());
    FLORA_TRY(facts());
    FLORA_TRY(duties());
    FLORA_TRY(findings());
    FLORA_TRY(openings());
    FLORA_TRY(phases());
    FLORA_TRY(clock());
    FLORA_TRY(acts());
    FLORA_TRY(outcomes());
    FLORA_TRY(r_.end());
    FLORA_TRY(check_references());
    walk_facts(s_, [&](FactRef ref) {
      count_fact(s_, ref);
      return true;
    });
    s_.next_due = first_due(c_, s_);
    std::string_view broken;
    if (!check_state(d_, s_, &broken)) return fail(Code::kOutOfRange, std::string(broken));
    return std::move(s_);
  }

 private:
  static tl::unexpected<base::Error> wrong(std::string_view what) { return fail(Code::kOutOfRange, std::string(what)); }

  // Instants a case can have: far enough from the limits of the type that differences do not overflow.
  base::Result<std::int64_t> time() {
    FLORA_TRY(const auto value, r_.integer());
    if (value > kNever / 2 || value < kBeforeAll / 2) return wrong("an instant");
    return value;
  }
  base::Result<std::int64_t> instant() {
    if (r_.peek() == CborType::kNull) {
      FLORA_TRY(r_.null());
      return kNever;
    }
    return time();
  }
  template <class T = std::uint16_t>
  base::Result<T> below(std::uint64_t bound, std::string_view what) {
    FLORA_TRY(const auto value, r_.uint());
    if (value >= bound) return wrong(what);
    return static_cast<T>(value);
  }
  template <class T = std::uint16_t>
  base::Result<T> below_or_none(std::uint64_t bound, std::string_view what) {
    FLORA_TRY(const auto value, r_.uint());
    if (value >= bound && value != 0xffff) return wrong(what);
    return static_cast<T>(value);
  }
  base::Result<RuleRef> rule() {
    FLORA_TRY(const auto value, below(c_.rule_ref_count(), "a rule"));
    return RuleRef{value};
  }
  base::Result<StepIndex> step() { return below<StepIndex>(c_.step_count(), "a step"); }
  base::Result<FactRef> fact() {
    FLORA_TRY(const auto value, r_.uint());
    if (value > 0xffff) return wrong("a fact");
    return FactRef{static_cast<std::uint16_t>(value)};
  }
  base::Result<std::size_t> list() {
    FLORA_TRY(const auto n, r_.array());
    if (n > 4 * base::limits::kFactsPerCaseMax) return wrong("a list is too long");
    return n;
  }

  base::Status set(StepSet& out) {
    FLORA_TRY(const auto bytes, r_.bytes((c_.step_count() + 7) / 8));
    out.clear();
    for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
      if ((bytes[i / 8] >> i % 8 & 1) == 0) continue;
      if (i >= c_.step_count()) return wrong("a set of steps");
      out.add(static_cast<StepIndex>(i));
    }
    return {};
  }
  base::Status steps() {
    FLORA_TRY(const auto n, list());
    std::size_t next = 0;
    for (std::size_t i = 0; i < n; ++i) {
      FLORA_TRY(r_.array(3));
      FLORA_TRY(const auto index, step());
      if (index < next) return wrong("the order of steps");
      next = index + 1U;
      auto& out = s_.steps[index];
      const StepState plain = out;
      if (r_.peek() == CborType::kNull) {
        FLORA_TRY(r_.null());
      } else {
        FLORA_TRY(out.touched_at, time());
      }
      FLORA_TRY(out.closed_by.value, below_or_none(c_.rule_ref_count(), "a rule"));
      if (out.touched_at == plain.touched_at && out.closed_by == plain.closed_by) return wrong("a step that need not be told");
    }
    for (std::size_t i = 0; i < s_.steps.size(); ++i) {
      if (s_.included.has(static_cast<StepIndex>(i)) != (s_.steps[i].closed_by == kNoRule)) return wrong("who closed a step");
    }
    return {};
  }

  base::Status value(const Field& field, StepIndex step, std::size_t place) {
    if (r_.peek() == CborType::kNull) {
      FLORA_TRY(r_.null());
      s_.values.push_back(Data::kAbsent);
      return {};
    }
    Data one;
    one.values.assign(c_.package->steps[step].data.size(), Data::kAbsent);
    if (field.type == FieldType::kToken) {
      FLORA_TRY(const auto text, r_.text());
      if (text.size() > kTokenCharsMax) return wrong("a token");
      one.tokens = text;
      one.values[place] = static_cast<std::int64_t>(text.size());
      s_.values.push_back(static_cast<std::int64_t>(s_.tokens.size() * 128 + text.size()));
      s_.tokens += text;
    } else {
      FLORA_TRY(const auto number, r_.integer());
      one.values[place] = number;
      s_.values.push_back(number);
    }
    return check_value(d_, step, place, one);
  }
  base::Status facts() {
    FLORA_TRY(const auto n, list());
    if (n > base::limits::kFactsPerCaseMax) return wrong("too many facts");
    for (std::size_t i = 0; i < n; ++i) {
      FLORA_TRY(const auto items, r_.array());
      Fact f;
      FLORA_TRY(f.step, step());
      const auto& fields = c_.package->steps[f.step].data;
      if (items != 5 + fields.size()) return wrong("the data of a fact");
      FLORA_TRY(f.by, below<RoleIndex>(c_.package->roles.size(), "a role"));
      FLORA_TRY(f.entered, time());
      FLORA_TRY(const auto ago, time());
      if (ago < 0) return wrong("a fact after its entry");
      f.at = f.entered - ago;
      FLORA_TRY(const auto flags, below<std::uint8_t>(2, "flags of a fact"));
      f.flags = flags;
      f.data = static_cast<std::uint32_t>(s_.values.size() & 0xffffffU);
      if (!s_.facts.empty() && f.entered < s_.facts.back().entered) return wrong("the order of facts");
      for (std::size_t k = 0; k < fields.size(); ++k) {
        FLORA_TRY(value(fields[k], f.step, k));
      }
      s_.facts.push_back(f);
    }
    return {};
  }
  base::Status duties() {
    FLORA_TRY(const auto n, list());
    for (std::size_t i = 0; i < n; ++i) {
      FLORA_TRY(r_.array(7));
      Obligation d;
      FLORA_TRY(d.rule, rule());
      FLORA_TRY(d.step, step());
      if (s_.duty(d.rule, d.step) != nullptr) return wrong("an obligation twice");
      FLORA_TRY(d.next, instant());
      FLORA_TRY(d.stage, below<DutyStage>(4, "the stage of a duty"));
      FLORA_TRY(d.finding, below_or_none(0xffff, "a finding"));
      FLORA_TRY(d.rests, r_.boolean());
      FLORA_TRY(const auto causes, list());
      for (std::size_t k = 0; k < causes; ++k) {
        FLORA_TRY(r_.array(4));
        Cause cause;
        cause.rule = d.rule;
        cause.step = d.step;
        FLORA_TRY(cause.fact, fact());
        FLORA_TRY(cause.at, time());
        FLORA_TRY(cause.due, instant());
        FLORA_TRY(cause.creditor, below_or_none<AgencyIndex>(c_.package->agencies.size(), "an agency"));
        if (k == 0) {
          d.first = cause.fact;
          d.creditor = cause.creditor;
        }
        d.due = std::min(d.due, cause.due);
        s_.causes.push_back(cause);
      }
      s_.duties.push_back(d);
      s_.owed.add(d.step);
    }
    return {};
  }
  base::Status findings() {
    FLORA_TRY(const auto n, list());
    for (std::size_t i = 0; i < n; ++i) {
      FLORA_TRY(r_.array(13));
      Finding f;
      FLORA_TRY(f.rule, rule());
      FLORA_TRY(f.step, step());
      FLORA_TRY(f.fact, fact());
      FLORA_TRY(f.opened, time());
      FLORA_TRY(f.changed, time());
      FLORA_TRY(f.reference, time());
      FLORA_TRY(f.escalate_at, instant());
      FLORA_TRY(f.named, r_.uint());
      FLORA_TRY(f.unmet, r_.uint());
      FLORA_TRY(f.level, below<Level>(4, "a level"));
      FLORA_TRY(f.stage, below<FindingStage>(3, "a stage"));
      FLORA_TRY(f.status, below<FindingStatus>(6, "a status"));
      FLORA_TRY(f.flags, below<std::uint8_t>(16, "flags of a finding"));
      s_.findings.push_back(f);
    }
    return {};
  }
  base::Status openings() {
    FLORA_TRY(const auto n, list());
    for (std::size_t i = 0; i < n; ++i) {
      FLORA_TRY(r_.array(4));
      Opening o;
      FLORA_TRY(o.at, time());
      FLORA_TRY(o.step, step());
      FLORA_TRY(o.rule, rule());
      FLORA_TRY(o.included, r_.boolean());
      s_.last_opening = std::max(s_.last_opening, o.at);
      s_.openings.push_back(o);
    }
    return {};
  }
  base::Status phases() {
    FLORA_TRY(const auto n, list());
    for (std::size_t i = 0; i < n; ++i) {
      FLORA_TRY(r_.array(3));
      ClosedPhase p;
      FLORA_TRY(p.at, time());
      FLORA_TRY(p.phase, below<PhaseIndex>(c_.package->phases.size(), "a phase"));
      FLORA_TRY(p.rule, rule());
      if (s_.phase_closed(p.phase)) return wrong("a phase twice");
      s_.last_opening = std::max(s_.last_opening, p.at);
      s_.phases.push_back(p);
    }
    return {};
  }
  base::Status clock() {
    FLORA_TRY(const auto n, list());
    for (std::size_t i = 0; i < n; ++i) {
      FLORA_TRY(r_.array(8));
      ClockFact f;
      FLORA_TRY(f.at, time());
      FLORA_TRY(f.entered, time());
      FLORA_TRY(f.rule, rule());
      FLORA_TRY(f.step, step());
      FLORA_TRY(f.cause, fact());
      FLORA_TRY(f.creditor, below_or_none<AgencyIndex>(c_.package->agencies.size(), "an agency"));
      FLORA_TRY(f.after, below(s_.facts.size() + 1, "the place of a fact of the clock"));
      FLORA_TRY(f.state, below<ClockFact::State>(3, "the state of a fact of the clock"));
      // A cause is always there before what it causes, so names can be told.
      if (f.cause.is_clock() && f.cause.index() >= i) return wrong("the cause of a fact of the clock");
      s_.clock.push_back(f);
    }
    return {};
  }
  base::Status acts() {
    FLORA_TRY(const auto n, list());
    for (std::size_t i = 0; i < n; ++i) {
      FLORA_TRY(r_.array(8));
      ActRecord a;
      FLORA_TRY(a.kind, below<ActRecord::Kind>(4, "an act"));
      FLORA_TRY(a.entered, time());
      FLORA_TRY(a.after, below(s_.facts.size() + 1, "the place of an act"));
      FLORA_TRY(a.by, below<RoleIndex>(c_.package->roles.size(), "a role"));
      FLORA_TRY(a.rule.value, below_or_none(c_.rule_ref_count(), "a rule"));
      FLORA_TRY(a.step, step());
      FLORA_TRY(a.fact, fact());
      FLORA_TRY(const auto reason, r_.text());
      if (reason.size() > kTokenCharsMax) return wrong("a reason");
      a.reason = static_cast<std::uint32_t>(s_.tokens.size() * 128 + reason.size());
      s_.tokens += reason;
      s_.acts.push_back(a);
    }
    return {};
  }
  base::Status outcomes() {
    FLORA_TRY(const auto n, list());
    for (std::size_t i = 0; i < n; ++i) {
      FLORA_TRY(r_.array(3));
      TallyOutcome o;
      FLORA_TRY(o.fact, fact());
      FLORA_TRY(o.rule, rule());
      FLORA_TRY(o.truth, below<std::uint8_t>(3, "a truth value"));
      s_.outcomes.push_back(o);
    }
    return {};
  }

  bool exists(FactRef ref) const { return !ref.is_none() && ref.index() < (ref.is_clock() ? s_.clock.size() : s_.facts.size()); }
  base::Status check_references() const {
    for (const auto& cause : s_.causes) {
      if (!exists(cause.fact)) return wrong("the cause of a duty");
    }
    for (const auto& f : s_.findings) {
      if (!exists(f.fact)) return wrong("the fact of a finding");
    }
    for (const auto& f : s_.clock) {
      if (!exists(f.cause)) return wrong("the cause of a fact of the clock");
    }
    for (const auto& o : s_.outcomes) {
      if (!exists(o.fact)) return wrong("the fact of an outcome");
    }
    return {};
  }

  const Definition& d_;
  const Compiled& c_;
  CborReader r_;
  CaseState s_;
};

}  // namespace

base::Bytes encode_state(const Definition& definition, const CaseState& state) { return Encoder(definition, state).run(); }

base::Result<CaseState> decode_state(const Definition& definition, base::ByteView bytes) {
  FLORA_TRY(auto reader, CborReader::open(bytes));
  return Decoder(definition, std::move(reader)).run();
}

}  // namespace flora::process
