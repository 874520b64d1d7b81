// SPDX-License-Identifier: EUPL-1.2
#include "package/short_form.hpp"

#include <algorithm>
#include <optional>

#include "package/utf8.hpp"

namespace flora::package::yaml {

namespace {

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// A value that wants quotes: [begin, end) of the line.
struct Span {
  std::size_t begin, end;
};

std::size_t skip_spaces(std::string_view line, std::size_t at) {
  while (at < line.size() && line[at] == ' ') ++at;
  return at;
}

// Whether `, WORD` follows at `at` and is no key: the second name of `in_order: A, B`.
std::optional<std::size_t> second_name(std::string_view line, std::size_t at) {
  std::size_t end = skip_spaces(line, at + 1);
  const std::size_t begin = end;
  while (end < line.size() && is_word(line[end])) ++end;
  if (end == begin) return std::nullopt;
  const std::size_t next = skip_spaces(line, end);
  if (next < line.size() && line[next] == ':') return std::nullopt;
  return end;
}

// The value that begins at `at`, up to a comma or brace outside brackets, a comment, or the end of the line.
Span value_at(std::string_view line, std::size_t at, bool two_names) {
  int depth = 0;
  std::size_t end = at;
  for (; end < line.size(); ++end) {
    const char c = line[end];
    if (c == '[') ++depth;
    if (c == ']' && depth-- == 0) break;
    if (c == '}' || (c == '#' && end > at && line[end - 1] == ' ')) break;
    if (c == ',' && depth == 0) {
      const auto more = two_names ? second_name(line, end) : std::nullopt;
      if (!more) break;
      end = *more - 1;
    }
  }
  while (end > at && (line[end - 1] == ' ' || line[end - 1] == '\r' || line[end - 1] == '\t' || line[end - 1] == '\n')) --end;
  return {at, end};
}

bool wants_quotes(std::string_view value, bool two_names) {
  if (value.empty() || value.find_first_of("\"'\\{") != std::string_view::npos) return false;
  if (two_names) return value.front() != '[' && value.find(',') != std::string_view::npos;
  const std::size_t open = value.find('['), close = value.find(']');
  if (open == std::string_view::npos || close == std::string_view::npos) return false;
  return open != 0 || close + 1 != value.size();  // a plain list is YAML as it stands
}

// Finds `relation:` as a key of this line, outside quotes and comments, and the span of its value.
// `tries` bounds the work on a hostile line: a rule has two relations at most.
std::optional<Span> find_relation(std::string_view line, const std::vector<std::string_view>& relations, int& tries) {
  char quote = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (quote != 0) {
      if (c == quote) quote = 0;
      continue;
    }
    const bool begins = at == 0 || line[at - 1] == ' ' || line[at - 1] == '{' || line[at - 1] == ',';
    if (begins && c == '#') return std::nullopt;
    if ((c == '"' || c == '\'') && begins) quote = c;
    if (!begins || !is_word(c)) continue;
    std::size_t end = at;
    while (end < line.size() && is_word(line[end])) ++end;
    const std::string_view word = line.substr(at, end - at);
    if (end + 1 < line.size() && line[end] == ':' && line[end + 1] == ' ' &&
        std::find(relations.begin(), relations.end(), word) != relations.end()) {
      if (tries-- == 0) return std::nullopt;
      const bool two_names = word == "in_order";
      const Span span = value_at(line, skip_spaces(line, end + 1), two_names);
      if (wants_quotes(line.substr(span.begin, span.end - span.begin), two_names)) return span;
    }
    at = end - 1;
  }
  return std::nullopt;
}

}  // namespace

ShortForm::ShortForm(std::string_view source, const std::vector<std::string_view>& relations) {
  if (relations.empty()) {
    text_ = source;
    return;
  }
  text_.reserve(source.size() + source.size() / 16);
  std::uint32_t number = 1;
  for (std::size_t at = 0; at < source.size(); ++number) {
    std::size_t end = source.find('\n', at);
    end = end == std::string_view::npos ? source.size() : end + 1;
    std::string_view line = source.substr(at, end - at);
    at = end;
    if (line.find('[') == std::string_view::npos && line.find("in_order") == std::string_view::npos) {
      text_.append(line);
      continue;
    }
    std::string mended;
    // One relation a line is the rule; should a second follow, it is found in what remains.
    std::size_t done = 0;
    int tries = 8;
    while (const auto span = find_relation(line.substr(done), relations, tries)) {
      const std::size_t begin = done + span->begin, stop = done + span->end;
      mended.append(line.substr(done, begin - done)).push_back('"');
      inserted_.emplace_back(number, characters(mended));
      mended.append(line.substr(begin, stop - begin)).push_back('"');
      inserted_.emplace_back(number, characters(mended));
      done = stop;
    }
    text_.append(mended).append(line.substr(done));
  }
}

std::uint32_t ShortForm::original_column(std::uint32_t line, std::uint32_t column) const {
  const auto first = std::lower_bound(inserted_.begin(), inserted_.end(), std::pair(line, 0U));
  const auto last = std::lower_bound(first, inserted_.end(), std::pair(line, column));
  return column - static_cast<std::uint32_t>(last - first);
}

}  // namespace flora::package::yaml
