// SPDX-License-Identifier: EUPL-1.2
#include "process/native_guard.hpp"

#include <charconv>
#include <string>

#include "process/compiled.hpp"

namespace flora::process {

using feel::Compare;
using feel::Truth;
using feel::Value;
using package::FieldType;

namespace {

// Gives one answer to whatever is asked.
class Probe final : public feel::Resolver {
 public:
  Probe(Value value, std::uint32_t count) : value_(std::move(value)), count_(count) {}
  Value get(std::uint16_t, std::uint16_t) const override { return value_; }
  bool present(std::uint16_t) const override { return !value_.is_null(); }
  std::uint32_t count(std::uint16_t) const override { return count_; }
  Value get_at(std::uint16_t, std::uint32_t, std::uint16_t) const override { return value_; }

 private:
  Value value_;
  std::uint32_t count_;
};

const package::Field* field_at(const Compiled& c, package::StepIndex step, std::int16_t place) {
  const auto& fields = c.package->steps[step].data;
  return place >= 0 && static_cast<std::size_t>(place) < fields.size() ? &fields[static_cast<std::size_t>(place)] : nullptr;
}

}  // namespace

bool NativeGuard::compare(std::int64_t value) const {
  switch (compare_) {
    case Compare::kEqual: return value == literal_;
    case Compare::kUnequal: return value != literal_;
    case Compare::kLess: return value < literal_;
    case Compare::kLessEqual: return value <= literal_;
    case Compare::kGreater: return value > literal_;
    case Compare::kGreaterEqual: return value >= literal_;
  }
  return false;
}

// The literal as a number of the field's type; false if the form does not fit.
bool NativeGuard::read_literal(const Compiled& c, const CompiledGuard& guard, const feel::Atom& atom) {
  if (form_ == Form::kCount) {
    const auto* number = atom.literal.as_number();
    const auto whole = number == nullptr ? std::nullopt : number->to_int64();
    if (!whole || *whole < 1 || *whole > 1'000'000) return false;  // around it there are counts on both sides
    literal_ = *whole;
    return learn(guard, atom, nullptr);
  }
  const package::Field* field = nullptr;
  for (std::size_t s = 0; s < c.steps.size(); ++s) {
    const auto step = static_cast<package::StepIndex>(s);
    const auto* here =
        form_ == Form::kLast ? (step == step_ ? field_at(c, step, place_) : nullptr) : field_at(c, step, places_[s]);
    if (here == nullptr) continue;
    if (field != nullptr && (field->type != here->type || field->list != here->list)) return false;
    field = here;
  }
  if (field == nullptr) return false;
  const package::CodeList* list = nullptr;
  switch (field->type) {
    case FieldType::kCode: {
      list = c.package->find_codes(field->list);
      const auto* text = atom.literal.as_string();
      if (list == nullptr || text == nullptr || (compare_ != Compare::kEqual && compare_ != Compare::kUnequal)) return false;
      std::size_t i = 0;
      while (i < list->codes.size() && list->codes[i].id != *text) ++i;
      if (i == list->codes.size()) return false;
      literal_ = static_cast<std::int64_t>(i);
      break;
    }
    case FieldType::kInteger: {
      const auto* number = atom.literal.as_number();
      const auto whole = number == nullptr ? std::nullopt : number->to_int64();
      if (!whole || *whole > 1'000'000'000 || *whole < -1'000'000'000) return false;
      literal_ = *whole;
      break;
    }
    case FieldType::kDate: {
      const auto* date = atom.literal.get_if<feel::Date>();
      if (date == nullptr || date->days > 3'000'000 || date->days < -3'000'000) return false;
      literal_ = date->days;
      break;
    }
    default: return false;
  }
  return learn(guard, atom, list);
}

// Asks the guard what it comes to when its comparison is true, false and null.
bool NativeGuard::learn(const CompiledGuard& guard, const feel::Atom& atom, const package::CodeList* list) {
  bool seen_true = false, seen_false = false;
  for (std::int64_t value = literal_ - 1; value <= literal_ + 1; ++value) {
    Value given;
    if (form_ != Form::kCount) {
      if (list != nullptr) {
        given = value == literal_ ? atom.literal : Value::borrowed("\x7f");  // no code is written so
      } else if (atom.literal.get_if<feel::Date>() != nullptr) {
        given = Value::date(value);
      } else {
        given = Value::number(value);
      }
    }
    const Truth truth = guard.guard.test(Probe(given, static_cast<std::uint32_t>(value)));
    const bool outcome = compare(value);
    bool& seen = outcome ? seen_true : seen_false;
    Truth& learned = outcome ? if_true_ : if_false_;
    if (seen && learned != truth) return false;  // the comparison is read differently here
    learned = truth;
    seen = true;
  }
  if_null_ = guard.guard.test(Probe({}, 0));
  return seen_true && seen_false;
}

// fact.entered - fact.at > duration("P3D"), with any order comparison and whole days or hours.
std::optional<NativeGuard> NativeGuard::make_gap(const CompiledGuard& guard) {
  std::string text;
  for (char ch : guard.guard.source()) {
    if (ch != ' ' && ch != '\n' && ch != '\t' && ch != '\r') text += ch;
  }
  std::string_view rest(text);
  const auto take = [&](std::string_view prefix) {
    if (!rest.starts_with(prefix)) return false;
    rest.remove_prefix(prefix.size());
    return true;
  };
  NativeGuard out;
  out.form_ = Form::kGap;
  if (!take("fact.entered-fact.at")) return std::nullopt;
  if (take(">=")) {
    out.compare_ = Compare::kGreaterEqual;
  } else if (take(">")) {
    out.compare_ = Compare::kGreater;
  } else if (take("<=")) {
    out.compare_ = Compare::kLessEqual;
  } else if (take("<")) {
    out.compare_ = Compare::kLess;
  } else {
    return std::nullopt;
  }
  if (!take("duration(\"P")) return std::nullopt;
  const bool hours = take("T");
  std::int64_t amount = 0;
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), amount);
  if (parsed.ec != std::errc() || amount < 0 || amount > 100'000) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest.data()));
  if (rest != (hours ? "H\")" : "D\")")) return std::nullopt;
  out.literal_ = amount * (hours ? 3600 : 86'400) * base::kNanosPerSecond;
  out.if_true_ = Truth::kTrue;
  out.if_false_ = Truth::kFalse;
  return out;
}

std::optional<NativeGuard> NativeGuard::make(const Compiled& c, const CompiledGuard& guard) {
  if (auto gap = make_gap(guard)) return gap;
  const auto atoms = guard.guard.atoms();
  if (!guard.guard.is_closed() || atoms.size() != 1) return std::nullopt;
  const feel::Atom& atom = atoms.front();
  NativeGuard out;
  out.compare_ = atom.compare;
  if (atom.operand == feel::Atom::Operand::kMember &&
      (atom.read.member == feel::kNoMember || atom.read.member < package::kMemberFields)) {
    return std::nullopt;
  }
  const std::size_t name = (atom.read.member - package::kMemberFields) / 2U;
  if (atom.read.variable == package::kVariableFact) {
    if (atom.operand == feel::Atom::Operand::kCount || name >= guard.fact_fields.size()) return std::nullopt;
    out.form_ = Form::kFact;
    for (std::size_t s = 0; s < c.steps.size(); ++s) out.places_.push_back(guard.places[s * guard.fact_fields.size() + name]);
  } else {
    const std::size_t index = atom.read.variable - 3U;
    if (atom.read.variable < 3 || index >= 2 * c.steps.size()) return std::nullopt;
    out.step_ = static_cast<package::StepIndex>(index / 2);
    out.form_ = atom.operand == feel::Atom::Operand::kCount ? Form::kCount : Form::kLast;
    if ((index % 2 == 1) != (out.form_ == Form::kLast)) return std::nullopt;
    out.place_ = static_cast<std::int16_t>(name);
  }
  if (!out.read_literal(c, guard, atom)) return std::nullopt;
  return out;
}

Truth NativeGuard::test(const CaseState& state, FactRef fact, bool uncounted) const {
  if (form_ == Form::kCount) {
    const bool more = uncounted && state.fact(fact).step == step_;
    return compare(state.steps[step_].count + (more ? 1 : 0)) ? if_true_ : if_false_;
  }
  FactRef ref = fact;
  if (form_ == Form::kLast) {
    ref = state.steps[step_].last;
    if (uncounted) {
      const Fact f = state.fact(fact);
      if (f.step == step_ && f.at >= state.steps[step_].last_at) ref = fact;
    }
  }
  if (ref.is_none()) return if_null_;
  if (form_ == Form::kGap) {
    const Fact f = state.fact(ref);
    return compare(f.entered - f.at) ? if_true_ : if_false_;
  }
  if (ref.is_clock()) return if_null_;
  const Fact& f = state.facts[ref.index()];
  const std::int16_t place = form_ == Form::kLast ? place_ : places_[f.step];
  if (place < 0) return if_null_;
  const std::int64_t value = state.values[f.data + static_cast<std::size_t>(place)];
  return value == Data::kAbsent ? if_null_ : compare(value) ? if_true_ : if_false_;
}

}  // namespace flora::process
