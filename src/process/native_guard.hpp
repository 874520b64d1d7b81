// SPDX-License-Identifier: EUPL-1.2
// The guards that nearly every rule has, evaluated without the guard machine: one comparison of a count or of a field with a
// literal, and the gap between event and entry. What a guard comes to is taken from the guard itself, by asking it once for each
// outcome of its comparison when the definition is compiled; so the two cannot differ. Internal to the module.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "feel/guard.hpp"
#include "process/data.hpp"
#include "process/state.hpp"

namespace flora::process {

struct Compiled;
struct CompiledGuard;

class NativeGuard {
 public:
  // nullopt: the guard is of another form.
  static std::optional<NativeGuard> make(const Compiled& compiled, const CompiledGuard& guard);

  // As CaseResolver would see it.
  feel::Truth test(const CaseState& state, FactRef fact, bool uncounted) const;

 private:
  enum class Form : std::uint8_t { kCount, kFact, kLast, kGap };
  bool compare(std::int64_t value) const;
  bool read_literal(const Compiled& compiled, const CompiledGuard& guard, const feel::Atom& atom);
  bool learn(const CompiledGuard& guard, const feel::Atom& atom, const package::CodeList* list);
  static std::optional<NativeGuard> make_gap(const CompiledGuard& guard);

  Form form_ = Form::kCount;
  feel::Compare compare_ = feel::Compare::kEqual;
  std::int64_t literal_ = 0;
  package::StepIndex step_ = 0;       // count, last
  std::int16_t place_ = -1;           // last: field of the step
  std::vector<std::int16_t> places_;  // fact: field by step, -1 none
  feel::Truth if_true_ = feel::Truth::kNull, if_false_ = feel::Truth::kNull, if_null_ = feel::Truth::kNull;
};

}  // namespace flora::process
