// SPDX-License-Identifier: EUPL-1.2
#include "feel/problem.hpp"

namespace flora::feel {

std::string_view to_text(ProblemKind kind) {
  constexpr std::string_view kNames[] = {"syntax", "not_in_profile", "bound", "type"};
  return kNames[static_cast<std::size_t>(kind)];
}

base::Code code_of(ProblemKind kind) {
  constexpr base::Code kCodes[] = {base::Code::kFeelSyntax, base::Code::kFeelNotInProfile, base::Code::kFeelBound,
                                   base::Code::kFeelType};
  return kCodes[static_cast<std::size_t>(kind)];
}

Problem problem_at(std::string_view source, std::size_t offset, ProblemKind kind, std::string message) {
  Problem out{kind, 1, 1, std::move(message)};
  for (std::size_t i = 0; i < offset && i < source.size(); ++i) {
    if (source[i] == '\n') {
      ++out.line;
      out.column = 1;
    } else if ((static_cast<unsigned char>(source[i]) & 0xC0) != 0x80) {  // not the tail of a UTF-8 sequence
      ++out.column;
    }
  }
  return out;
}

}  // namespace flora::feel
