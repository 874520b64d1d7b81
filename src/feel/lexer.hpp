// SPDX-License-Identifier: EUPL-1.2
// The words of an expression.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "feel/problem.hpp"

namespace flora::feel {

enum class TokenKind : std::uint8_t {
  kEnd,
  kNumber,
  kString,
  kAt,  // kAt: @"..."; the text of both is without quotes
  kName,
  kKeyword,
  kPlus,
  kMinus,
  kTimes,
  kPower,
  kOver,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kUnequal,
  kOpenRound,
  kCloseRound,
  kOpenSquare,
  kCloseSquare,
  kOpenCurly,
  kCloseCurly,
  kComma,
  kColon,
  kDot,
  kDots,
  kQuestion,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::uint32_t offset = 0;  // in bytes
  std::string_view text;     // points into the source
};

struct Lexed {
  std::vector<Token> tokens;      // ends with kEnd; complete only up to the first fatal problem
  std::vector<Problem> problems;  // in order of position
  bool fatal = false;
};
Lexed lex(std::string_view source);

bool is_keyword(std::string_view word);
// A name the profile can read: letters, digits and underscores of ASCII, not beginning with a digit, and no keyword.
bool is_simple_name(std::string_view name);

// The source with the inside of texts and comments blanked, of the same length: to look for names among the words only.
std::string words_only(std::string_view source);

}  // namespace flora::feel
