// SPDX-License-Identifier: EUPL-1.2
// The tools of the loader's readers: a place to report to, mappings read key by key, and the small values every part of a
// package is made of. Internal to the module.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "package/model.hpp"
#include "package/problems.hpp"
#include "package/yaml.hpp"

namespace flora::package {

// Finds steps, roles and agencies by id without walking over all of them; keeps up as they are added.
class NameIndex {
 public:
  template <class Item>
  std::optional<std::size_t> find(const std::vector<Item>& items, std::string_view id) {
    Table& table = tables_[&items];
    for (; table.known < items.size(); ++table.known) table.places.emplace(items[table.known].id, table.known);
    const auto it = table.places.find(std::string(id));
    return it == table.places.end() ? std::nullopt : std::optional(it->second);
  }

 private:
  struct Table {
    std::size_t known = 0;
    std::unordered_map<std::string, std::size_t> places;
  };
  std::map<const void*, Table> tables_;
};

// Where the reader stands: which package grows, who collects problems, which file and which element is being read.
struct Scope {
  Package& package;
  Problems& problems;
  NameIndex& names;
  std::string file;
  std::string element;

  Scope in(std::string inner) const { return {package, problems, names, file, std::move(inner)}; }
  Place at(const yaml::Node& node) const { return {file, node.line, node.column}; }
  void error(std::string_view check, const yaml::Node& node, std::string sentence, std::string hint = {}) const {
    problems.error(check, at(node), element, std::move(sentence), std::move(hint));
  }
  // A hint at what was meant; none any more once there are many problems, for it costs time and helps nobody then.
  bool may_suggest() const { return problems.size() < 50; }
  std::string suggest(std::string_view word, const std::vector<std::string_view>& candidates) const {
    return may_suggest() ? package::suggest(word, candidates) : std::string();
  }
  void warning(std::string_view check, const yaml::Node& node, std::string sentence, std::string hint = {}) const {
    problems.warning(check, at(node), element, std::move(sentence), std::move(hint));
  }
};

using Words = std::vector<std::string_view>;

// A mapping whose keys are all known; what is not known is reported when it is made.
class Fields {
 public:
  // `what` names the thing in messages: "a step".
  Fields(const Scope& scope, const yaml::Node& node, std::string_view what, const Words& known);
  bool usable() const { return node_->is_mapping(); }
  const yaml::Node& node() const { return *node_; }
  const yaml::Node* get(std::string_view key) const;   // nullptr: absent or null
  const yaml::Node* need(std::string_view key) const;  // reports missing_key
  bool boolean(std::string_view key, bool otherwise) const;

 private:
  Scope scope_;
  const yaml::Node* node_;
  std::string what_;
};

// The scalar's text; nullopt and a problem if the node is none, or null.
std::optional<std::string> read_scalar(const Scope& scope, const yaml::Node& node, std::string_view what);
std::optional<std::int64_t> read_integer(const Scope& scope, const yaml::Node& node, std::int64_t min, std::int64_t max);
std::optional<bool> read_boolean(const Scope& scope, const yaml::Node& node);
// {de: ..., en: ..., plain: ...}; de and en are required.
Text read_text(const Scope& scope, const yaml::Node& node);
std::optional<Level> read_level(const Scope& scope, const yaml::Node& node, Level lowest, Level highest);
std::optional<Term> read_term(const Scope& scope, const yaml::Node& node, std::string_view text, bool roll);

// A word with the place of its first letter.
struct Word {
  std::string text;
  Place place;
};
// A scalar, or a sequence of scalars, as words.
std::vector<Word> read_words(const Scope& scope, const yaml::Node& node, std::string_view what);

std::optional<StepIndex> resolve_step(const Scope& scope, const Word& word);
std::optional<RoleIndex> resolve_role(const Scope& scope, const Word& word);
std::optional<AgencyIndex> resolve_agency(const Scope& scope, const Word& word);
std::optional<PhaseIndex> resolve_phase(const Scope& scope, const Word& word);
std::vector<StepIndex> resolve_steps(const Scope& scope, const std::vector<Word>& words);
std::vector<RoleIndex> resolve_roles(const Scope& scope, const std::vector<Word>& words);
std::vector<Recipient> resolve_recipients(const Scope& scope, const std::vector<Word>& words);

// Identifiers. Reports bad_id; false if it cannot be used at all.
bool check_snake_id(const Scope& scope, const yaml::Node& node, std::string_view what);
bool is_kebab_id(std::string_view id);

// The words of a relation: names, numbers, "->", "[", "]", ",".
class Cursor {
 public:
  Cursor(const Scope& scope, const yaml::Node& node);
  bool at_end() const { return next_ >= tokens_.size(); }
  bool is(std::string_view text) const { return !at_end() && tokens_[next_].text == text; }
  bool take(std::string_view text);  // moves on if it is there
  std::optional<Word> name();        // a name or number
  // NAME | [ NAME, ... ]; empty if neither stands here.
  std::vector<Word> names();
  Place place() const;  // of what comes next, or of the end
  std::string_view next() const { return at_end() ? std::string_view() : std::string_view(tokens_[next_].text); }

 private:
  std::vector<Word> tokens_;
  std::size_t next_ = 0;
  Place end_;
};

}  // namespace flora::package
