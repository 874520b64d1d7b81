// SPDX-License-Identifier: EUPL-1.2
#include "process/resolver.hpp"

#include "process/walk.hpp"

namespace flora::process {

using feel::Value;
using package::FieldType;

Value CaseResolver::instant(std::int64_t ns) const {
  const auto local = c_.terms.local_of(ns);
  return Value(
      Value::Storage(feel::DateTime{{local.date.days}, local.ns_of_day, {feel::Place::Kind::kZone, 0, &c_.calendar->zone()}}));
}

FactRef CaseResolver::last(StepIndex step) const {
  const auto& s = state_.steps[step];
  if (uncounted_ && !fact_.is_none()) {
    const Fact f = state_.fact(fact_);
    if (f.step == step && f.at >= s.last_at) return fact_;
  }
  return s.last;
}

Value CaseResolver::field(const Fact& fact, StepIndex step, std::size_t place, bool entered) const {
  if (!entered) return {};  // the clock records no data
  const std::int64_t value = state_.values[fact.data + place];
  if (value == Data::kAbsent) return {};
  switch (c_.package->steps[step].data[place].type) {
    case FieldType::kCode: return Value::borrowed(c_.steps[step].lists[place]->codes[static_cast<std::size_t>(value)].id);
    case FieldType::kDate: return Value::date(value);
    case FieldType::kTime: return Value(Value::Storage(feel::Time{value * base::kNanosPerSecond, {}}));
    case FieldType::kInteger: return Value::number(value);
    case FieldType::kBoolean: return Value::boolean(value != 0);
    case FieldType::kToken: return Value::borrowed(state_.token(value));
  }
  return {};
}

Value CaseResolver::member_of(FactRef ref, std::uint16_t member) const {
  if (ref.is_none()) return {};
  const Fact f = state_.fact(ref);
  switch (member) {
    case package::kMemberAt: return instant(f.at);
    case package::kMemberEntered: return instant(f.entered);
    case package::kMemberBy: return f.by == kNoRole ? Value{} : Value::borrowed(c_.package->roles[f.by].id);
    default: break;
  }
  const std::size_t place = (member - package::kMemberFields) / 2;
  if (place >= c_.package->steps[f.step].data.size()) return {};
  return field(f, f.step, place, !ref.is_clock());
}

Value CaseResolver::member_of_fact(std::uint16_t member) const {
  if (member < package::kMemberFields || fact_.is_none()) return member_of(fact_, member);
  const std::size_t name = (member - package::kMemberFields) / 2;
  if (name >= guard_.fact_fields.size()) return {};
  const Fact f = state_.fact(fact_);
  const std::int16_t place = guard_.places[f.step * guard_.fact_fields.size() + name];
  return place < 0 ? Value{} : field(f, f.step, static_cast<std::size_t>(place), !fact_.is_clock());
}

Value CaseResolver::tally(std::size_t index) const {
  if (tallies_ == nullptr || index >= tallies_->values.size() || !tallies_->values[index].known) return {};
  const auto& value = tallies_->values[index];
  const auto& declared = c_.package->tallies[index];
  if (!declared.is_set) return Value::number(value.count);
  feel::List items;
  for (const auto& text : value.tokens) items.push_back(Value::string(text));
  const auto& fields = c_.package->steps[declared.step].data;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].id != declared.of_field) continue;
    for (auto number : value.values) {
      if (fields[i].type == FieldType::kDate) items.push_back(Value::date(number));
      if (fields[i].type == FieldType::kInteger) items.push_back(Value::number(number));
      if (fields[i].type == FieldType::kCode) {
        items.push_back(Value::borrowed(c_.steps[declared.step].lists[i]->codes[static_cast<std::size_t>(number)].id));
      }
    }
  }
  return Value::list(std::move(items));
}

Value CaseResolver::get(std::uint16_t variable, std::uint16_t member) const {
  if (variable == package::kVariableFact) return member_of_fact(member);
  if (variable == package::kVariableCase) return state_.open ? instant(state_.opened) : Value{};
  if (variable == package::kVariableLedgerTime) return instant(now_);
  const std::size_t index = variable - 3U;
  if (index >= 2 * c_.steps.size()) return tally(index - 2 * c_.steps.size());
  return member_of(last(static_cast<StepIndex>(index / 2)), member);
}

bool CaseResolver::present(std::uint16_t variable) const {
  if (variable == package::kVariableFact) return !fact_.is_none();
  if (variable == package::kVariableCase) return state_.open;
  const std::size_t index = variable - 3U;
  return index < 2 * c_.steps.size() && !last(static_cast<StepIndex>(index / 2)).is_none();
}

std::uint32_t CaseResolver::count(std::uint16_t variable) const {
  const auto step = static_cast<StepIndex>((variable - 3U) / 2);
  const bool more = uncounted_ && !fact_.is_none() && state_.fact(fact_).step == step;
  return state_.steps[step].count + (more ? 1U : 0U);
}

Value CaseResolver::get_at(std::uint16_t variable, std::uint32_t index, std::uint16_t member) const {
  const auto step = static_cast<StepIndex>((variable - 3U) / 2);
  FactRef found = kNoFact;
  walk_facts(state_, [&](FactRef ref) {
    if (state_.fact(ref).step != step) return true;
    if (index-- > 0) return true;
    found = ref;
    return false;
  });
  return member_of(found, member);
}

}  // namespace flora::process
