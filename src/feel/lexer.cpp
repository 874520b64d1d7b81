// SPDX-License-Identifier: EUPL-1.2
#include "feel/lexer.hpp"

#include <algorithm>
#include <array>

namespace flora::feel {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Lexed run() {
    while (!out_.fatal && skip_blanks()) one();
    out_.tokens.push_back({TokenKind::kEnd, static_cast<std::uint32_t>(std::min(at_, source_.size())), {}});
    return std::move(out_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }

  void problem(std::size_t offset, ProblemKind kind, std::string message, bool fatal) {
    out_.problems.push_back(problem_at(source_, offset, kind, std::move(message)));
    out_.fatal |= fatal;
  }

  void token(TokenKind kind, std::size_t size) {
    out_.tokens.push_back({kind, static_cast<std::uint32_t>(at_), source_.substr(at_, size)});
    at_ += size;
  }

  // Blanks and comments. False at the end.
  bool skip_blanks() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++at_;
      } else if (c == '/' && peek(1) == '/') {
        at_ = std::min(source_.find('\n', at_), source_.size());
      } else if (c == '/' && peek(1) == '*') {
        const auto end = source_.find("*/", at_ + 2);
        if (end == std::string_view::npos) {
          problem(at_, ProblemKind::kSyntax, "the comment has no end", true);
          return false;
        }
        at_ = end + 2;
      } else {
        return true;
      }
    }
    return false;
  }

  void number() {
    std::size_t size = 0;
    while (is_digit(peek(size))) ++size;
    if (peek(size) == '.' && is_digit(peek(size + 1))) {
      ++size;
      while (is_digit(peek(size))) ++size;
    }
    if ((peek(size) | 0x20) == 'e') {
      std::size_t digits = size + 1;
      if (peek(digits) == '+' || peek(digits) == '-') ++digits;
      if (is_digit(peek(digits))) {
        problem(at_, ProblemKind::kNotInProfile, "numbers are written without exponent", false);
        while (is_digit(peek(digits))) ++digits;
        size = digits;
      }
    }
    token(TokenKind::kNumber, size);
  }

  void text(TokenKind kind) {
    const std::size_t begin = at_;
    std::size_t i = at_ + (kind == TokenKind::kAt ? 2 : 1);
    const std::size_t content = i;
    bool escape = false, other_letters = false;
    for (; i < source_.size() && source_[i] != '"'; ++i) {
      if (source_[i] == '\n') break;
      if (source_[i] == '\\') {
        escape = true;
        ++i;
      }
      other_letters |= i < source_.size() && !is_ascii(source_[i]);
    }
    if (i >= source_.size() || source_[i] != '"')
      return problem(begin, ProblemKind::kSyntax, "the text has no closing quote", true);
    if (escape) problem(begin, ProblemKind::kNotInProfile, "texts are written without escapes", false);
    if (other_letters) problem(begin, ProblemKind::kNotInProfile, "texts are written in ASCII: they are codes", false);
    out_.tokens.push_back({kind, static_cast<std::uint32_t>(begin), source_.substr(content, i - content)});
    at_ = i + 1;
  }

  void name() {
    std::size_t size = 0;
    while (is_letter(peek(size)) || is_digit(peek(size))) ++size;
    token(is_keyword(source_.substr(at_, size)) ? TokenKind::kKeyword : TokenKind::kName, size);
  }

  void one() {
    const char c = source_[at_];
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (c == '"') return text(TokenKind::kString);
    if (c == '@' && peek(1) == '"') return text(TokenKind::kAt);
    if (is_letter(c)) return name();
    struct Sign {
      std::string_view text;
      TokenKind kind;
    };
    // Longer ones first.
    constexpr std::array kSigns = {
        Sign{"**", TokenKind::kPower},      Sign{"<=", TokenKind::kLessEqual}, Sign{">=", TokenKind::kGreaterEqual},
        Sign{"!=", TokenKind::kUnequal},    Sign{"..", TokenKind::kDots},      Sign{"+", TokenKind::kPlus},
        Sign{"-", TokenKind::kMinus},       Sign{"*", TokenKind::kTimes},      Sign{"/", TokenKind::kOver},
        Sign{"<", TokenKind::kLess},        Sign{">", TokenKind::kGreater},    Sign{"=", TokenKind::kEqual},
        Sign{"(", TokenKind::kOpenRound},   Sign{")", TokenKind::kCloseRound}, Sign{"[", TokenKind::kOpenSquare},
        Sign{"]", TokenKind::kCloseSquare}, Sign{"{", TokenKind::kOpenCurly},  Sign{"}", TokenKind::kCloseCurly},
        Sign{",", TokenKind::kComma},       Sign{":", TokenKind::kColon},      Sign{".", TokenKind::kDot},
        Sign{"?", TokenKind::kQuestion},
    };
    for (const Sign& sign : kSigns) {
      if (source_.substr(at_, sign.text.size()) == sign.text) return token(sign.kind, sign.text.size());
    }
    if (!is_ascii(c))
      return problem(at_, ProblemKind::kNotInProfile, "names are written in ASCII letters, digits and underscores", true);
    problem(at_, ProblemKind::kSyntax, "this sign has no meaning here", true);
  }

  std::string_view source_;
  std::size_t at_ = 0;
  Lexed out_;
};

}  // namespace

Lexed lex(std::string_view source) { return Lexer(source).run(); }

bool is_keyword(std::string_view word) {
  constexpr std::string_view kWords[] = {"and",      "or",     "if",   "then",  "else",      "for",
                                         "in",       "return", "some", "every", "satisfies", "between",
                                         "instance", "of",     "true", "false", "null",      "function"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

bool is_simple_name(std::string_view name) {
  if (name.empty() || !is_letter(name[0]) || is_keyword(name)) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

std::string words_only(std::string_view source) {
  std::string out(source);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const bool line = out.compare(i, 2, "//") == 0, block = out.compare(i, 2, "/*") == 0;
    if (out[i] != '"' && !line && !block) continue;
    const std::string_view stop = line ? "\n" : block ? "*/" : "\"";
    const std::size_t from = i + (out[i] == '"' ? 1 : 2);
    const std::size_t end = std::min(out.find(stop, from), out.size());
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(i), out.begin() + static_cast<std::ptrdiff_t>(end), '\x01');
    i = std::min(end + stop.size() - 1, out.size());
  }
  return out;
}

}  // namespace flora::feel
