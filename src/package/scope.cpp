// SPDX-License-Identifier: EUPL-1.2
#include "package/scope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <unordered_set>

#include "base/limits.hpp"
#include "calendar/due.hpp"
#include "package/utf8.hpp"

namespace flora::package {

using yaml::Node;

namespace {

// Titles, sentences and help texts: a screenful.
constexpr std::size_t kTextBytesMax = 2000;

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

// Quotes a foreign word for a message: short, and never more than one line.
std::string shown(std::string_view word) {
  constexpr std::size_t kShownMax = 40;
  std::string out;
  for (std::size_t i = 0; i < word.size() && out.size() < kShownMax; ++i) out.push_back(word[i] == '\n' ? ' ' : word[i]);
  while (!out.empty() && out.size() < word.size() && (static_cast<unsigned char>(word[out.size()]) & 0xc0) == 0x80)
    out.pop_back();
  if (out.size() < word.size()) out += "...";
  return out;
}

template <class Item>
Words ids_of(const std::vector<Item>& items) {
  Words out;
  for (const auto& item : items) out.push_back(item.id);
  return out;
}

// `silent_if_none`: where nothing of the kind was read at all, that was said once and is not repeated at every use.
template <class Index, class Item>
std::optional<Index> resolve(const Scope& scope, const Word& word, std::string_view what, const std::vector<Item>& items,
                             bool silent_if_none = true) {
  if (silent_if_none && items.empty()) return std::nullopt;
  if (const auto place = scope.names.find(items, word.text)) return static_cast<Index>(*place);
  scope.problems.error("unknown_reference", word.place, scope.element,
                       fmt::format("There is no {} '{}'.", what, shown(word.text)),
                       scope.may_suggest() ? scope.suggest(word.text, ids_of(items)) : std::string());
  return std::nullopt;
}

}  // namespace

Fields::Fields(const Scope& scope, const Node& node, std::string_view what, const Words& known)
    : scope_(scope), node_(&node), what_(what) {
  if (!node.is_mapping()) {
    scope.error("wrong_type", node, fmt::format("Here {} is expected: a mapping of keys to values.", what));
    return;
  }
  for (const auto& key : node.keys) {
    if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
    scope.error("unknown_key", key, fmt::format("The key '{}' is not known in {}.", shown(key.text), what),
                scope.suggest(key.text, known));
  }
}

const Node* Fields::get(std::string_view key) const {
  const Node* value = usable() ? node_->find(key) : nullptr;
  return value == nullptr || value->is_null() ? nullptr : value;
}

const Node* Fields::need(std::string_view key) const {
  const Node* value = get(key);
  if (value == nullptr && usable()) {
    scope_.error("missing_key", *node_, fmt::format("The key '{}' is missing in {}.", key, what_),
                 fmt::format("Add '{}:'.", key));
  }
  return value;
}

bool Fields::boolean(std::string_view key, bool otherwise) const {
  const Node* value = get(key);
  if (value == nullptr) return otherwise;
  return read_boolean(scope_, *value).value_or(otherwise);
}

std::optional<std::string> read_scalar(const Scope& scope, const Node& node, std::string_view what) {
  if (!node.is_scalar() || node.is_null()) {
    scope.error("wrong_type", node, fmt::format("Here {} is expected, a single value.", what));
    return std::nullopt;
  }
  return node.text;
}

std::optional<std::int64_t> read_integer(const Scope& scope, const Node& node, std::int64_t min, std::int64_t max) {
  std::int64_t value = 0;
  const char* begin = node.text.data();
  const char* end = begin + node.text.size();
  const auto [stop, failure] = std::from_chars(begin, end, value);
  if (!node.is_scalar() || node.quoted || failure != std::errc() || stop != end) {
    scope.error("wrong_type", node, "Here a whole number is expected.");
    return std::nullopt;
  }
  if (value < min || value > max) {
    scope.error("out_of_range", node, fmt::format("The number {} is not between {} and {}.", value, min, max));
    return std::nullopt;
  }
  return value;
}

std::optional<bool> read_boolean(const Scope& scope, const Node& node) {
  if (node.is_scalar() && !node.quoted) {
    if (node.text == "true") return true;
    if (node.text == "false") return false;
  }
  scope.error("wrong_type", node, "Here 'true' or 'false' is expected.");
  return std::nullopt;
}

Text read_text(const Scope& scope, const Node& node) {
  Text out;
  if (node.is_scalar() && !node.is_null()) {
    scope.error("missing_text", node, "A text is needed in German and in English.", "Write {de: ..., en: ...}.");
    return out;
  }
  const Fields fields(scope, node, "a text", {"de", "en", "plain"});
  if (!fields.usable()) return out;
  for (const std::string_view language : {"de", "en", "plain"}) {
    const Node* value = fields.get(language);
    if (value == nullptr) {
      if (language == "plain") continue;
      scope.error("missing_text", node, fmt::format("The text is missing in {}.", language == "de" ? "German" : "English"),
                  fmt::format("Add '{}:'.", language));
      continue;
    }
    auto text = read_scalar(scope, *value, "a text");
    if (!text) continue;
    if (text->size() > kTextBytesMax) {
      scope.error("out_of_range", *value, fmt::format("The text is longer than {} bytes.", kTextBytesMax), "Shorten it.");
      continue;
    }
    out.emplace(language, std::move(*text));
  }
  return out;
}

std::optional<Level> read_level(const Scope& scope, const Node& node, Level lowest, Level highest) {
  Words allowed;
  for (auto l = static_cast<int>(lowest); l <= static_cast<int>(highest); ++l) allowed.push_back(to_text(static_cast<Level>(l)));
  for (std::size_t i = 0; node.is_scalar() && i < allowed.size(); ++i) {
    if (node.text == allowed[i]) return static_cast<Level>(static_cast<int>(lowest) + static_cast<int>(i));
  }
  scope.error("bad_value", node, fmt::format("'{}' is not a level that may stand here.", shown(node.text)),
              scope.suggest(node.text, allowed));
  return std::nullopt;
}

std::optional<Term> read_term(const Scope& scope, const Node& node, std::string_view text, bool roll) {
  const auto parsed = calendar::parse_term(text);
  if (!parsed) {
    scope.error("bad_term", node, fmt::format("'{}' is not an amount of time.", shown(text)),
                "Write a number and hours, days, weeks, months, workdays, werktage or office days: '3 workdays'.");
    return std::nullopt;
  }
  return Term{parsed->amount, static_cast<Unit>(parsed->unit), roll};
}

std::vector<Word> read_words(const Scope& scope, const Node& node, std::string_view what) {
  std::vector<Word> out;
  const auto add = [&](const Node& item) {
    if (auto text = read_scalar(scope, item, what)) out.push_back({std::move(*text), scope.at(item)});
  };
  if (node.is_sequence()) {
    for (const auto& item : node.items) add(item);
  } else {
    add(node);
  }
  return out;
}

std::optional<StepIndex> resolve_step(const Scope& scope, const Word& word) {
  return resolve<StepIndex>(scope, word, "step", scope.package.steps);
}
std::optional<RoleIndex> resolve_role(const Scope& scope, const Word& word) {
  return resolve<RoleIndex>(scope, word, "role", scope.package.roles);
}
std::optional<AgencyIndex> resolve_agency(const Scope& scope, const Word& word) {
  return resolve<AgencyIndex>(scope, word, "agency", scope.package.agencies);
}
std::optional<PhaseIndex> resolve_phase(const Scope& scope, const Word& word) {
  return resolve<PhaseIndex>(scope, word, "phase", scope.package.phases, false);
}

namespace {
// All that resolve, each once; what stands twice is reported.
template <class Index, class Resolve>
std::vector<Index> resolve_all(const Scope& scope, const std::vector<Word>& words, Resolve&& one) {
  std::vector<Index> out;
  std::unordered_set<std::string_view> seen;
  for (const auto& word : words) {
    const auto index = one(word);
    if (!index) continue;
    if (!seen.insert(word.text).second) {
      scope.problems.error("duplicate", word.place, scope.element,
                           fmt::format("'{}' stands twice in this list.", shown(word.text)), "Remove one.");
      continue;
    }
    out.push_back(*index);
  }
  return out;
}
}  // namespace

std::vector<StepIndex> resolve_steps(const Scope& scope, const std::vector<Word>& words) {
  return resolve_all<StepIndex>(scope, words, [&](const Word& w) { return resolve_step(scope, w); });
}

std::vector<RoleIndex> resolve_roles(const Scope& scope, const std::vector<Word>& words) {
  return resolve_all<RoleIndex>(scope, words, [&](const Word& w) { return resolve_role(scope, w); });
}

std::vector<Recipient> resolve_recipients(const Scope& scope, const std::vector<Word>& words) {
  using Kind = Recipient::Kind;
  static constexpr std::pair<std::string_view, Kind> kParties[] = {
      {"author", Kind::kAuthor}, {"debtor", Kind::kDebtor}, {"creditor", Kind::kCreditor}, {"owner", Kind::kOwner}};
  const auto one = [&](const Word& word) -> std::optional<Recipient> {
    for (const auto& [name, kind] : kParties) {
      if (word.text == name) return Recipient{kind, 0};
    }
    if (const auto role = scope.names.find(scope.package.roles, word.text))
      return Recipient{Kind::kRole, static_cast<RoleIndex>(*role)};
    if (const auto agency = scope.names.find(scope.package.agencies, word.text)) {
      return Recipient{Kind::kAgency, static_cast<AgencyIndex>(*agency)};
    }
    if (scope.package.roles.empty()) return std::nullopt;  // said already
    Words known;
    if (scope.may_suggest()) {
      known = ids_of(scope.package.roles);
      for (const auto& agency : scope.package.agencies) known.push_back(agency.id);
      for (const auto& party : kParties) known.push_back(party.first);
    }
    scope.problems.error("unknown_reference", word.place, scope.element,
                         fmt::format("There is no role or agency '{}' to receive this.", shown(word.text)),
                         scope.suggest(word.text, known));
    return std::nullopt;
  };
  return resolve_all<Recipient>(scope, words, one);
}

bool check_snake_id(const Scope& scope, const Node& node, std::string_view what) {
  const std::string& id = node.text;
  const bool letters = std::all_of(id.begin(), id.end(), [](char c) { return is_name_char(c) && c != '.' && c != '-'; });
  constexpr std::size_t kIdMax = 64;
  if (id.empty() || id.size() > kIdMax || !letters || (id[0] >= '0' && id[0] <= '9')) {
    scope.error("bad_id", node, fmt::format("'{}' cannot be the id of {}.", shown(id), what),
                "Use lower-case letters, digits and underscores, beginning with a letter, at most 64.");
    return false;
  }
  if (id[0] == '_' || std::any_of(id.begin(), id.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    scope.warning("bad_id", node, fmt::format("The id '{}' is not in lower case with underscores.", shown(id)),
                  "Use snake_case.");
  }
  return true;
}

bool is_kebab_id(std::string_view id) {
  constexpr std::size_t kIdMax = 64;
  return !id.empty() && id.size() <= kIdMax && id[0] >= 'a' && id[0] <= 'z' && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

Cursor::Cursor(const Scope& scope, const Node& node) {
  constexpr std::size_t kRelationBytesMax = 4096;
  const std::string_view text = node.text;
  end_ = scope.at(node);
  if (!node.is_scalar() || text.size() > kRelationBytesMax) {
    scope.error("bad_relation", node, fmt::format("Here a relation of at most {} bytes is expected.", kRelationBytesMax));
    return;
  }
  const auto place = [&](std::size_t at) {
    return Place{scope.file, node.line, node.text_column + characters(text.substr(0, at))};
  };
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == '\n' || text[at] == '\t') {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    if (text.substr(at, 2) == "->") {
      end = at + 2;
    } else if (is_name_char(text[at])) {
      while (end < text.size() && is_name_char(text[end]) && text.substr(end, 2) != "->") ++end;
    } else {
      while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;  // a whole character
    }
    tokens_.push_back({std::string(text.substr(at, end - at)), place(at)});
    at = end;
  }
  end_ = place(text.size());
}

bool Cursor::take(std::string_view text) {
  if (!is(text)) return false;
  ++next_;
  return true;
}

std::optional<Word> Cursor::name() {
  if (at_end() || !is_name_char(tokens_[next_].text[0]) || tokens_[next_].text == "->") return std::nullopt;
  return tokens_[next_++];
}

std::vector<Word> Cursor::names() {
  std::vector<Word> out;
  if (!take("[")) {
    if (auto one = name()) out.push_back(std::move(*one));
    return out;
  }
  const std::size_t begin = next_;
  do {
    auto one = name();
    if (!one) break;
    out.push_back(std::move(*one));
  } while (take(","));
  if (take("]")) return out;
  next_ = begin;  // the place to show is where the list goes wrong
  return {};
}

Place Cursor::place() const { return at_end() ? end_ : tokens_[next_].place; }

}  // namespace flora::package
