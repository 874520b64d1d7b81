// SPDX-License-Identifier: EUPL-1.2
#include "feel/guard.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.hpp"
#include "feel/compiler.hpp"
#include "feel/parser.hpp"

namespace flora::feel {

tl::expected<Guard, Problem> Guard::compile(std::string_view source, const Declarations& names, const Type& result) {
  const Parsed parsed = parse_expression(source);
  if (!parsed.problems.empty()) return tl::unexpected(parsed.problems.front());
  const Surroundings around{names.calendars, names.calendars};
  Compiled compiled = feel::compile(*parsed.ast, &names, around, false);
  if (!compiled.problems.empty()) return tl::unexpected(std::move(compiled.problems.front()));
  const Type& type = compiled.program->type;
  if (!result.is_any() && !fits(type, result.kind())) {
    return tl::unexpected(
        Problem{ProblemKind::kType, 1, 1, fmt::format("the guard yields {}, not {}", type.text(), result.text())});
  }
  return Guard(std::move(compiled.program));
}

Truth Guard::test(const Resolver& resolver) const { return truth_of(evaluate(resolver)); }

Value Guard::evaluate(const Resolver& resolver) const {
  // Types known at compile time leave nothing outside the profile, and the bound was proven; for what a resolver does
  // against its declarations the budget is the net, and null the answer.
  Budget budget{base::limits::kGuardStepsMax};
  Source source;
  source.resolver = &resolver;
  return run(*program_, source, budget).value;
}

const std::string& Guard::source() const { return program_->source; }
std::uint32_t Guard::steps_max() const { return program_->steps_max; }
const Type& Guard::type() const { return program_->type; }
std::span<const Read> Guard::reads() const { return program_->reads; }
bool Guard::reads_variable(std::uint16_t variable) const {
  return std::any_of(program_->reads.begin(), program_->reads.end(), [&](const Read& r) { return r.variable == variable; });
}
bool Guard::is_closed() const { return program_->closed; }
std::span<const Atom> Guard::atoms() const { return program_->atoms; }

Guard::Guard(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
Guard::Guard(Guard&&) noexcept = default;
Guard& Guard::operator=(Guard&&) noexcept = default;
Guard::Guard(const Guard&) = default;
Guard& Guard::operator=(const Guard&) = default;
Guard::~Guard() = default;

}  // namespace flora::feel
