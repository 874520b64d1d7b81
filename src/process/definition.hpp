// SPDX-License-Identifier: EUPL-1.2
// A process as the engine runs it: a package compiled once against its calendars. Immutable; shared between threads.
#pragma once
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "package/model.hpp"
#include "process/step_set.hpp"

namespace flora::calendar {
class Calendars;
class Calendar;
}  // namespace flora::calendar

namespace flora::process {

using package::AgencyIndex;
using package::Level;
using package::PhaseIndex;
using package::RoleIndex;
using package::StepIndex;

// A rule of the package, or one of the engine's own for a step: "once:B", "closed:B", "late:B", "owed:B", "cancelled:B".
struct RuleRef {
  std::uint16_t value = 0xffff;
  friend auto operator<=>(const RuleRef&, const RuleRef&) = default;  // by number, not by id: see Definition::rank
};
inline constexpr RuleRef kNoRule{};

enum class OwnRule : std::uint8_t { kOnce, kClosed, kLate, kOwed, kCancelled };

// A fact of a case: the n-th that was entered (from 0), or a fact of the clock. Stable for the life of the case, also across
// replays: a fact of the clock that is derived again keeps its reference.
struct FactRef {
  std::uint16_t value = 0xffff;
  static constexpr FactRef entered(std::size_t n) { return {static_cast<std::uint16_t>(n)}; }
  static constexpr FactRef clock(std::size_t n) { return {static_cast<std::uint16_t>(0x8000u | n)}; }
  constexpr bool is_none() const { return value == 0xffff; }
  constexpr bool is_clock() const { return value >= 0x8000u && value != 0xffff; }
  constexpr std::size_t index() const { return value & 0x7fffu; }  // among the entered facts, or among the clock's
  friend auto operator<=>(const FactRef&, const FactRef&) = default;
};
inline constexpr FactRef kNoFact{};

// Whom a finding, a note or a duty reaches, after `author`, `owner`, `debtor` and `creditor` were looked up.
struct Addressee {
  enum class Kind : std::uint8_t { kRole, kAgency } kind = Kind::kRole;
  std::uint16_t index = 0;
  friend auto operator<=>(const Addressee&, const Addressee&) = default;
};

struct Compiled;  // compiled.hpp: of interest to the engine only

class Definition {
 public:
  // `calendars` must have the package's site calendar if any rule needs one; it is shared, not copied. The package must have
  // loaded without error. Errors: kPackageWrong (a guard does not compile; more than 64 sources in a rule, 64 phases or
  // limits::kPackageStepsMax steps; a cycle of clock steps without a positive delay), kUnknownReference (calendar).
  static base::Result<std::shared_ptr<const Definition>> compile(std::shared_ptr<const package::Package> package,
                                                                 std::shared_ptr<const calendar::Calendars> calendars);
  // Over a set that lives as long as the program, such as calendar::builtin_calendars().
  static base::Result<std::shared_ptr<const Definition>> compile(std::shared_ptr<const package::Package> package,
                                                                 const calendar::Calendars& calendars);
  ~Definition();

  const package::Package& package() const;
  std::size_t step_count() const;
  const std::string& step_id(StepIndex step) const;
  // nullptr if the package names none; then terms count in days without holidays.
  const calendar::Calendar* calendar() const;

  RuleRef rule_ref(package::RuleIndex rule) const { return {rule}; }
  RuleRef own_rule(OwnRule kind, StepIndex step) const;
  std::optional<RuleRef> find_rule(std::string_view id) const;  // also "once:B" ...
  std::string_view rule_id(RuleRef rule) const;
  const package::Rule* rule(RuleRef rule) const;  // nullptr for the engine's own
  std::uint32_t rank(RuleRef rule) const;         // place in bytewise order of the ids

  // Agencies of the step's owner roles, ascending: the debtors of its duties.
  std::span<const AgencyIndex> debtors(StepIndex step) const;
  bool owns(RoleIndex role, StepIndex step) const;

  std::string_view addressee_id(const Addressee& to) const;  // id of the role or agency
  AgencyIndex agency_of(const Addressee& to) const;

  const Compiled& compiled() const { return *compiled_; }

 private:
  explicit Definition(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace flora::process
