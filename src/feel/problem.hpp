// SPDX-License-Identifier: EUPL-1.2
// What is wrong with an expression, and where.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace flora::feel {

enum class ProblemKind : std::uint8_t {
  kSyntax,        // not FEEL
  kNotInProfile,  // FEEL, but outside the profile of docs/reference/feel-profile.md
  kBound,         // too long, too deep, or too costly
  kType,          // does not fit the declared types: only where types are declared (guards), never in plain evaluation
};
std::string_view to_text(ProblemKind kind);  // "syntax", "not_in_profile", "bound", "type"
base::Code code_of(ProblemKind kind);        // kFeelSyntax ...

struct Problem {
  ProblemKind kind = ProblemKind::kSyntax;
  std::uint32_t line = 1;    // within the expression, from 1
  std::uint32_t column = 1;  // within that line, in characters (Unicode code points), from 1
  std::string message;       // one sentence in English
};

// The problem at a byte of the source, with line and column counted.
Problem problem_at(std::string_view source, std::size_t offset, ProblemKind kind, std::string message);

}  // namespace flora::feel
