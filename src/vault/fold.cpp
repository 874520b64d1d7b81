// SPDX-License-Identifier: EUPL-1.2
#include "vault/fold.hpp"

#include <array>
#include <cstdint>
#include <utility>

#include "base/utf8.hpp"

namespace flora::vault {
namespace {

struct Range {
  char32_t first, last;
  std::string_view to;
};
// Latin letters with marks to their base letters. Ligatures of a, o with e lose the e, like "ae" and "oe" below.
constexpr std::array kLatin{
    Range{0xC0, 0xC6, "a"},     Range{0xC7, 0xC7, "c"},      Range{0xC8, 0xCB, "e"},     Range{0xCC, 0xCF, "i"},
    Range{0xD0, 0xD0, "d"},     Range{0xD1, 0xD1, "n"},      Range{0xD2, 0xD6, "o"},     Range{0xD8, 0xD8, "o"},
    Range{0xD9, 0xDC, "u"},     Range{0xDD, 0xDD, "y"},      Range{0xDE, 0xDE, "th"},    Range{0xDF, 0xDF, "ss"},
    Range{0xE0, 0xE6, "a"},     Range{0xE7, 0xE7, "c"},      Range{0xE8, 0xEB, "e"},     Range{0xEC, 0xEF, "i"},
    Range{0xF0, 0xF0, "d"},     Range{0xF1, 0xF1, "n"},      Range{0xF2, 0xF6, "o"},     Range{0xF8, 0xF8, "o"},
    Range{0xF9, 0xFC, "u"},     Range{0xFD, 0xFD, "y"},      Range{0xFE, 0xFE, "th"},    Range{0xFF, 0xFF, "y"},
    Range{0x100, 0x105, "a"},   Range{0x106, 0x10D, "c"},    Range{0x10E, 0x111, "d"},   Range{0x112, 0x11B, "e"},
    Range{0x11C, 0x123, "g"},   Range{0x124, 0x127, "h"},    Range{0x128, 0x131, "i"},   Range{0x132, 0x133, "ij"},
    Range{0x134, 0x135, "j"},   Range{0x136, 0x138, "k"},    Range{0x139, 0x142, "l"},   Range{0x143, 0x14B, "n"},
    Range{0x14C, 0x153, "o"},   Range{0x154, 0x159, "r"},    Range{0x15A, 0x161, "s"},   Range{0x162, 0x167, "t"},
    Range{0x168, 0x173, "u"},   Range{0x174, 0x175, "w"},    Range{0x176, 0x178, "y"},   Range{0x179, 0x17E, "z"},
    Range{0x17F, 0x17F, "s"},   Range{0x18F, 0x18F, "e"},    Range{0x218, 0x219, "s"},   Range{0x21A, 0x21B, "t"},
    Range{0x1E00, 0x1E01, "a"}, Range{0x1E02, 0x1E07, "b"},  Range{0x1E08, 0x1E09, "c"}, Range{0x1E0A, 0x1E13, "d"},
    Range{0x1E14, 0x1E1D, "e"}, Range{0x1E1E, 0x1E1F, "f"},  Range{0x1E20, 0x1E21, "g"}, Range{0x1E22, 0x1E2B, "h"},
    Range{0x1E2C, 0x1E2F, "i"}, Range{0x1E30, 0x1E35, "k"},  Range{0x1E36, 0x1E3D, "l"}, Range{0x1E3E, 0x1E43, "m"},
    Range{0x1E44, 0x1E4B, "n"}, Range{0x1E4C, 0x1E53, "o"},  Range{0x1E54, 0x1E57, "p"}, Range{0x1E58, 0x1E5F, "r"},
    Range{0x1E60, 0x1E69, "s"}, Range{0x1E6A, 0x1E71, "t"},  Range{0x1E72, 0x1E7B, "u"}, Range{0x1E7C, 0x1E7F, "v"},
    Range{0x1E80, 0x1E89, "w"}, Range{0x1E8A, 0x1E8D, "x"},  Range{0x1E8E, 0x1E8F, "y"}, Range{0x1E90, 0x1E95, "z"},
    Range{0x259, 0x259, "e"},   Range{0x1E9E, 0x1E9E, "ss"}, Range{0x1EA0, 0x1EB7, "a"}, Range{0x1EB8, 0x1EC7, "e"},
    Range{0x1EC8, 0x1ECB, "i"}, Range{0x1ECC, 0x1EE3, "o"},  Range{0x1EE4, 0x1EF1, "u"}, Range{0x1EF2, 0x1EF9, "y"}};

// Decodes one code point of checked UTF-8.
char32_t next_letter(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(at);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t c = size == 1 ? lead : lead & (0x7F >> size);
  for (std::size_t i = 1; i < size; ++i) c = c << 6 | (byte(at + i) & 0x3F);
  at += size;
  return c;
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](char32_t b) { out.push_back(static_cast<char>(static_cast<std::uint8_t>(b))); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6), put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 0x3F)), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
  }
}

char32_t lower_of_other_scripts(char32_t c) {
  if (c >= 0x391 && c <= 0x3A9) return c + 0x20;  // Greek
  if (c >= 0x410 && c <= 0x42F) return c + 0x20;  // Cyrillic
  if (c >= 0x400 && c <= 0x40F) return c + 0x50;
  return c;
}

bool is_mark(char32_t c) { return (c >= 0x300 && c <= 0x36F) || (c >= 0x64B && c <= 0x652); }
bool is_apostrophe(char32_t c) {
  return c == '\'' || c == '`' || c == 0xB4 || (c >= 0x2018 && c <= 0x201B) || (c >= 0x2B9 && c <= 0x2BF);
}
bool is_ascii_digit(char32_t c) { return c >= '0' && c <= '9'; }

void append_ascii(std::string& word, std::string_view letters) {
  for (const char letter : letters) {
    const bool umlaut_e = letter == 'e' && !word.empty() && (word.back() == 'a' || word.back() == 'o' || word.back() == 'u');
    if (!umlaut_e) word.push_back(letter);
  }
}

// Appends what a letter folds to; false if it separates words.
bool fold_letter(char32_t c, std::string& word) {
  if (is_mark(c) || is_apostrophe(c)) return true;
  if (c < 0x80) {
    const char lower = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    if (is_ascii_digit(c) || (lower >= 'a' && lower <= 'z')) {
      append_ascii(word, std::string_view(&lower, 1));
      return true;
    }
    return false;
  }
  for (const Range& range : kLatin) {
    if (c >= range.first && c <= range.last) {
      append_ascii(word, range.to);
      return true;
    }
  }
  if (c < 0x100 || (c >= 0x2000 && c <= 0x206F)) return false;  // signs, spaces, dashes
  append_utf8(word, lower_of_other_scripts(c));
  return true;
}

}  // namespace

bool is_utf8(std::string_view text) { return base::is_utf8(text); }

std::vector<std::string> fold_words(std::string_view text) {
  std::vector<std::string> words;
  if (!base::is_utf8(text)) return words;
  std::string word;
  for (std::size_t at = 0; at < text.size();) {
    if (!fold_letter(next_letter(text, at), word) && !word.empty()) words.push_back(std::exchange(word, {}));
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::string fold_number(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' || c == '\t') continue;
    out.push_back(static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c));
  }
  return out;
}

std::string fold_date(std::string_view text) {
  const bool iso = text.size() == 10 && text[4] == '-' && text[7] == '-';
  std::array<std::string, 3> parts;
  std::size_t part = 0;
  for (const char c : text) {
    if (c == (iso ? '-' : '.')) {
      if (++part == parts.size()) return {};
    } else if (is_ascii_digit(static_cast<std::uint8_t>(c))) {
      parts[part].push_back(c);
    } else {
      return {};
    }
  }
  if (part != 2) return {};
  if (iso) return parts[0].size() == 4 && parts[1].size() == 2 ? std::string(text) : std::string();
  for (std::size_t i = 0; i < 2; ++i) {
    if (parts[i].size() == 1) parts[i].insert(0, 1, '0');
    if (parts[i].size() != 2) return {};
  }
  if (parts[2].size() != 4) return {};
  return parts[2] + "-" + parts[1] + "-" + parts[0];
}

std::string_view first_letters(std::string_view utf8, std::size_t letters) {
  std::size_t at = 0;
  for (std::size_t n = 0; n < letters && at < utf8.size(); ++n) next_letter(utf8, at);
  return utf8.substr(0, at);
}

std::size_t count_letters(std::string_view utf8) {
  std::size_t n = 0;
  for (std::size_t at = 0; at < utf8.size(); ++n) next_letter(utf8, at);
  return n;
}

}  // namespace flora::vault
