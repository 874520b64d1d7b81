// SPDX-License-Identifier: EUPL-1.2
// package.yaml, codes/*.yaml, texts/*.yaml, scenarios/*.txt.
#include <fmt/format.h>

#include <algorithm>

#include "calendar/calendar.hpp"
#include "package/readers.hpp"

namespace flora::package {

using yaml::Node;

namespace {

// Words with a meaning of their own wherever recipients are listed.
constexpr std::string_view kParties[] = {"author", "debtor", "creditor", "owner"};

bool is_version(std::string_view text) {
  constexpr std::size_t kVersionMax = 32;
  return !text.empty() && text.size() <= kVersionMax && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+';
  });
}

void check_party_id(const Scope& scope, const Node& key) {
  if (std::find(std::begin(kParties), std::end(kParties), key.text) != std::end(kParties)) {
    scope.error("bad_id", key, fmt::format("'{}' has a meaning of its own among recipients.", key.text), "Choose another id.");
  }
  if (scope.package.find_agency(key.text) || scope.package.find_role(key.text)) {
    scope.error("duplicate_id", key, fmt::format("There is another role or agency '{}'.", key.text), "Rename one of them.");
  }
}

void read_agency(const Scope& scope, const Node& key, const Node& value) {
  if (!check_snake_id(scope, key, "an agency")) return;
  check_party_id(scope, key);
  const Fields fields(scope, value, "an agency", {"title", "short"});
  Agency agency;
  agency.id = key.text;
  if (const Node* title = fields.need("title")) agency.title = read_text(scope, *title);
  const Node* short_title = fields.get("short");
  agency.short_title = short_title != nullptr ? read_text(scope, *short_title) : agency.title;
  scope.package.agencies.push_back(std::move(agency));
}

void read_role(const Scope& scope, const Node& key, const Node& value) {
  if (!check_snake_id(scope, key, "a role")) return;
  check_party_id(scope, key);
  const Fields fields(scope, value, "a role", {"agency", "title", "system"});
  Role role;
  role.id = key.text;
  if (const Node* agency = fields.need("agency")) {
    if (auto name = read_scalar(scope, *agency, "the id of an agency")) {
      role.agency = resolve_agency(scope, {*name, scope.at(*agency)}).value_or(0);
    }
  }
  if (const Node* title = fields.need("title")) role.title = read_text(scope, *title);
  role.system = fields.boolean("system", false);
  scope.package.roles.push_back(std::move(role));
}

// Calls `one(scope of the element, key, value)` for every entry; reports if it is no mapping or has none.
template <class One>
void each_entry(const Scope& scope, const Node& node, std::string_view what, One&& one) {
  if (!node.is_mapping() || node.keys.empty()) {
    scope.error("wrong_type", node, fmt::format("Here {} are expected: ids and what they are.", what));
    return;
  }
  for (std::size_t i = 0; i < node.keys.size(); ++i) one(scope.in(node.keys[i].text), node.keys[i], node.items[i]);
}

}  // namespace

void read_phases(const Scope& scope, const Node& node) {
  each_entry(scope, node, "phases", [](const Scope& at, const Node& key, const Node& value) {
    if (!check_snake_id(at, key, "a phase")) return;
    const auto& phases = at.package.phases;
    if (std::any_of(phases.begin(), phases.end(), [&](const Phase& p) { return p.id == key.text; })) {
      at.error("duplicate_id", key, fmt::format("There is another phase '{}'.", key.text), "Name the phases in one file only.");
      return;
    }
    constexpr std::size_t kPhasesMax = 64;  // the engine keeps them in one machine word
    if (phases.size() == kPhasesMax) at.error("too_many", key, "A process has at most 64 phases.");
    const Fields fields(at, value, "a phase", {"title"});
    Phase phase;
    phase.id = key.text;
    phase.place = at.at(key);
    if (const Node* title = fields.need("title")) phase.title = read_text(at, *title);
    if (phases.size() < kPhasesMax) at.package.phases.push_back(std::move(phase));
  });
}

void read_manifest(const Scope& scope, const Node& root) {
  const Fields fields(scope, root, "package.yaml",
                      {"id", "version", "title", "calendar", "parent", "agencies", "roles", "phases", "codes"});
  if (!fields.usable()) return;
  Package& package = scope.package;
  if (const Node* id = fields.need("id")) {
    package.id = read_scalar(scope, *id, "the id of the package").value_or("");
    if (!is_kebab_id(package.id)) {
      scope.error("bad_id", *id, fmt::format("'{}' cannot be the id of a package.", package.id),
                  "Use lower-case letters, digits and hyphens, beginning with a letter.");
    }
  }
  if (const Node* version = fields.need("version")) {
    package.version = read_scalar(scope, *version, "the version").value_or("");
    if (!is_version(package.version)) {
      scope.error("bad_value", *version, "The version is not a short word of letters, digits, points and hyphens.",
                  "For example 2021.2.");
    }
  }
  if (const Node* title = fields.need("title")) package.title = read_text(scope, *title);
  if (const Node* parent = fields.get("parent")) package.parent = read_scalar(scope, *parent, "the id of the standard");
  if (const Node* calendar = fields.get("calendar")) {
    package.site_calendar = read_scalar(scope, *calendar, "the id of a calendar").value_or("");
    const auto& known = calendar::builtin_calendars();
    if (known.find(package.site_calendar) == nullptr) {
      scope.error("unknown_reference", *calendar, fmt::format("There is no calendar '{}'.", package.site_calendar),
                  scope.suggest(package.site_calendar, known.ids()));
    }
  }
  if (const Node* agencies = fields.need("agencies")) each_entry(scope, *agencies, "agencies", read_agency);
  if (const Node* roles = fields.need("roles")) each_entry(scope, *roles, "roles", read_role);
  if (const Node* phases = fields.get("phases")) read_phases(scope, *phases);
  if (const Node* codes = fields.get("codes")) read_codes(scope, *codes);
}

void read_codes(const Scope& scope, const Node& root) {
  each_entry(scope, root, "code lists", [](const Scope& at, const Node& key, const Node& value) {
    if (!check_snake_id(at, key, "a code list")) return;
    if (at.package.find_codes(key.text) != nullptr) {
      at.error("duplicate_id", key, fmt::format("There is another code list '{}'.", key.text), "Rename one of them.");
      return;
    }
    CodeList list;
    list.id = key.text;
    list.place = at.at(key);
    each_entry(at, value, "codes", [&list](const Scope& inner, const Node& code, const Node& title) {
      if (!check_snake_id(inner, code, "a code")) return;
      list.codes.push_back({code.text, read_text(inner, title)});
    });
    at.package.codes.push_back(std::move(list));
  });
}

void read_rule_texts(const Scope& scope, const Node& root) {
  each_entry(scope, root, "rules", [](const Scope& at, const Node& key, const Node& value) {
    auto& rules = at.package.rules;
    const auto rule = std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.id == key.text; });
    if (rule == rules.end()) {
      Words known;
      for (const auto& r : rules) known.push_back(r.id);
      at.error("unknown_reference", key, fmt::format("There is no rule '{}'.", key.text), at.suggest(key.text, known));
      return;
    }
    const Fields fields(at, value, "the texts of a rule", {"text", "basis"});
    const auto take = [&](std::string_view name, Text& into) {
      const Node* node = fields.get(name);
      if (node == nullptr) return;
      if (!into.empty()) {
        at.error("duplicate", *node, fmt::format("The rule '{}' has its {} in process.yaml already.", key.text, name),
                 "Remove one.");
        return;
      }
      into = read_text(at, *node);
    };
    take("text", rule->text);
    take("basis", rule->basis);
  });
}

void read_texts(const Scope& scope, const Node& root) {
  each_entry(scope, root, "texts", [](const Scope& at, const Node& key, const Node& value) {
    if (!at.package.texts.emplace(key.text, read_text(at, value)).second) {
      at.error("duplicate_id", key, fmt::format("There is another text '{}'.", key.text), "Rename one of them.");
    }
  });
}

void read_scenarios(const Scope& scope, std::string_view text) {
  std::uint32_t line = 1;
  Scenario* open = nullptr;
  for (std::size_t at = 0; at < text.size(); ++line) {
    std::size_t end = text.find('\n', at);
    end = end == std::string_view::npos ? text.size() : end + 1;
    std::string_view whole = text.substr(at, end - at);
    at = end;
    std::string_view bare = whole;
    while (!bare.empty() && (bare.back() == '\n' || bare.back() == '\r' || bare.back() == ' ')) bare.remove_suffix(1);
    if (bare.starts_with("# ") && !bare.starts_with("# SPDX-")) {
      open = &scope.package.scenarios.emplace_back(Scenario{std::string(bare.substr(2)), "", {scope.file, line, 1}});
    }
    if (open != nullptr) {
      open->text.append(whole);
    } else if (!bare.empty() && !bare.starts_with("#")) {
      scope.problems.error("bad_scenario", {scope.file, line, 1}, "", "A scenario begins with a line '# Title'.",
                           "Put the title above this line.");
      return;
    }
  }
}

}  // namespace flora::package
