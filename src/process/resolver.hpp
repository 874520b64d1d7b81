// SPDX-License-Identifier: EUPL-1.2
// What guards see of a case (package/guards.hpp). Internal to the module.
#pragma once
#include "feel/guard.hpp"
#include "process/compiled.hpp"
#include "process/engine.hpp"
#include "process/state.hpp"

namespace flora::process {

class CaseResolver final : public feel::Resolver {
 public:
  // `fact` may be none: then `fact` is null. `uncounted`: that fact stands in the lists of the state, but not in its counts yet.
  CaseResolver(const Compiled& compiled, const CaseState& state, const Tallies* tallies, const CompiledGuard& guard, FactRef fact,
               bool uncounted, std::int64_t now)
      : c_(compiled), state_(state), tallies_(tallies), guard_(guard), fact_(fact), uncounted_(uncounted), now_(now) {}

  feel::Value get(std::uint16_t variable, std::uint16_t member) const override;
  bool present(std::uint16_t variable) const override;
  std::uint32_t count(std::uint16_t variable) const override;
  feel::Value get_at(std::uint16_t variable, std::uint32_t index, std::uint16_t member) const override;

 private:
  FactRef last(StepIndex step) const;
  feel::Value instant(std::int64_t ns) const;
  feel::Value member_of(FactRef fact, std::uint16_t member) const;  // of STEP, last.STEP
  feel::Value member_of_fact(std::uint16_t member) const;           // of `fact`
  feel::Value field(const Fact& fact, StepIndex step, std::size_t place, bool entered) const;
  feel::Value tally(std::size_t index) const;

  const Compiled& c_;
  const CaseState& state_;
  const Tallies* tallies_;
  const CompiledGuard& guard_;
  FactRef fact_;
  bool uncounted_;
  std::int64_t now_;
};

}  // namespace flora::process
