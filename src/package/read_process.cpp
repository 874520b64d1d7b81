// SPDX-License-Identifier: EUPL-1.2
// process.yaml without its rules: phases, steps with their data, tallies, links.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/limits.hpp"
#include "package/readers.hpp"

namespace flora::package {

using yaml::Node;

namespace {

// Names a guard gives to other things.
constexpr std::string_view kReservedSteps[] = {"fact", "case",   "last",   "tally",   "ledger_time",
                                               "any",  "any_of", "before", "settles", "to"};
constexpr std::string_view kReservedFields[] = {"at", "entered", "by", "data"};
// A number with more room than this could carry a register number.
constexpr std::int64_t kIntegerSpanMax = 1'000'000;
constexpr std::size_t kFieldsMax = 64;

template <class Range>
bool contains(const Range& range, std::string_view word) {
  return std::find(std::begin(range), std::end(range), word) != std::end(range);
}

std::optional<FieldType> read_field_type(const Scope& scope, const Node& node) {
  static constexpr std::pair<std::string_view, FieldType> kTypes[] = {
      {"code", FieldType::kCode},       {"date", FieldType::kDate},       {"time", FieldType::kTime},
      {"integer", FieldType::kInteger}, {"boolean", FieldType::kBoolean}, {"token", FieldType::kToken}};
  const auto text = read_scalar(scope, node, "the type of a field");
  if (!text) return std::nullopt;
  Words known;
  for (const auto& [name, type] : kTypes) {
    if (*text == name) return type;
    known.push_back(name);
  }
  const bool free_text = *text == "text" || *text == "string";
  scope.error("bad_value", node,
              free_text ? "Free text cannot be recorded: it would carry personal data into the ledger."
                        : fmt::format("'{}' is not the type of a field.", *text),
              free_text ? "Use a code list, or keep the text in the authority's own system." : scope.suggest(*text, known));
  return std::nullopt;
}

void read_integer_bounds(const Scope& scope, const Fields& fields, Field& field) {
  const Node* min = fields.need("min");
  const Node* max = fields.need("max");
  constexpr std::int64_t kFar = 1'000'000'000'000;
  if (min != nullptr) field.min = read_integer(scope, *min, -kFar, kFar).value_or(0);
  if (max != nullptr) field.max = read_integer(scope, *max, -kFar, kFar).value_or(field.min);
  if (field.max < field.min) {
    scope.error("out_of_range", *max, fmt::format("The largest number, {}, is below the smallest, {}.", field.max, field.min));
  } else if (field.max - field.min > kIntegerSpanMax) {
    scope.error("identifying_field", *max,
                fmt::format("Numbers from {} to {} could carry the number of a person or a file.", field.min, field.max),
                fmt::format("Use a span of at most {}, or a token.", kIntegerSpanMax));
  }
}

void read_field(const Scope& scope, const Node& key, const Node& value, Step& step) {
  if (!check_snake_id(scope, key, "a field")) return;
  if (contains(kReservedFields, key.text)) {
    scope.error("bad_id", key, fmt::format("'{}' cannot be a field: guards use it for the fact itself.", key.text),
                "Choose another id.");
  }
  if (const auto word = identifying_word(key.text); !word.empty()) {
    scope.error("identifying_field", key,
                fmt::format("The field '{}' ('{}') would carry personal data into the ledger.", key.text, word),
                "Keep it in the authority's own records; the case pseudonym links to them.");
  }
  const Fields fields(scope, value, "a field", {"type", "list", "min", "max", "required", "title"});
  if (!fields.usable()) return;
  Field field;
  field.id = key.text;
  field.place = scope.at(key);
  const Node* type = fields.need("type");
  const auto read = type == nullptr ? std::nullopt : read_field_type(scope, *type);
  if (!read) return;
  field.type = *read;
  field.required = fields.boolean("required", true);
  if (const Node* title = fields.get("title")) {
    field.title = read_text(scope, *title);
  } else {
    field.title = {{"de", field.id}, {"en", field.id}};
    scope.warning("missing_text", key, fmt::format("The field '{}' has no title.", field.id), "Add 'title: {de: ..., en: ...}'.");
  }
  if (field.type == FieldType::kCode) {
    if (const Node* list = fields.need("list")) {
      field.list = read_scalar(scope, *list, "the id of a code list").value_or("");
      if (scope.package.find_codes(field.list) == nullptr) {
        Words known;
        for (const auto& l : scope.package.codes) known.push_back(l.id);
        scope.error("unknown_reference", *list, fmt::format("There is no code list '{}'.", field.list),
                    scope.suggest(field.list, known));
      }
    }
  } else if (const Node* list = fields.get("list")) {
    scope.error("bad_value", *list, "Only a field of type code has a list.");
  }
  if (field.type == FieldType::kInteger) {
    read_integer_bounds(scope, fields, field);
  } else if (const Node* bound = fields.get("min") != nullptr ? fields.get("min") : fields.get("max")) {
    scope.error("bad_value", *bound, "Only a field of type integer has bounds.");
  }
  step.data.push_back(std::move(field));
}

void read_data(const Scope& scope, const Node& node, Step& step) {
  if (!node.is_mapping()) {
    scope.error("wrong_type", node, "Here fields are expected: ids and what they are.");
    return;
  }
  if (node.keys.size() > kFieldsMax) scope.error("too_many", node, fmt::format("A step has at most {} fields.", kFieldsMax));
  for (std::size_t i = 0; i < std::min(node.keys.size(), kFieldsMax); ++i) read_field(scope, node.keys[i], node.items[i], step);
}

// closed | open | owed, or {closed: LEVEL}, {owed: LEVEL, within: TERM}
void read_initially(const Scope& scope, const Node& node, Step& step) {
  if (node.is_scalar()) {
    if (node.text == "open") return;
    if (node.text == "closed") {
      step.initially = Initially::kClosed;
      return;
    }
    if (node.text == "owed") {
      step.initially = Initially::kOwed;
      return;
    }
    scope.error("bad_value", node, fmt::format("A step cannot begin '{}'.", node.text),
                scope.suggest(node.text, {"open", "closed", "owed"}));
    return;
  }
  const Fields fields(scope, node, "'initially'", {"closed", "owed", "within"});
  if (!fields.usable()) return;
  const Node* closed = fields.get("closed");
  const Node* owed = fields.get("owed");
  if ((closed == nullptr) == (owed == nullptr)) {
    scope.error("bad_value", node, "A step begins either closed or owed.",
                "Write {closed: attention} or {owed: attention, within: 2 workdays}.");
    return;
  }
  step.initially = closed != nullptr ? Initially::kClosed : Initially::kOwed;
  const Level highest = closed != nullptr ? Level::kRefuse : Level::kCritical;
  step.initially_level =
      read_level(scope, closed != nullptr ? *closed : *owed, Level::kHint, highest).value_or(Level::kAttention);
  if (const Node* within = fields.get("within")) {
    if (closed != nullptr) {
      scope.error("bad_value", *within, "A step that begins closed has no term.", "Remove 'within'.");
    } else if (const auto text = read_scalar(scope, *within, "an amount of time")) {
      step.initially_within = read_term(scope, *within, *text, true);
    }
  }
}

// true, or {agency: same | different, expires: TERM}
void read_four_eyes(const Scope& scope, const Node& node, Step& step) {
  if (node.is_scalar()) {
    if (read_boolean(scope, node).value_or(false)) step.four_eyes = FourEyes{};
    return;
  }
  const Fields fields(scope, node, "'four_eyes'", {"agency", "expires"});
  FourEyes rule;
  if (const Node* agency = fields.get("agency")) {
    rule.same_agency = agency->text == "same";
    rule.different_agency = agency->text == "different";
    if (!rule.same_agency && !rule.different_agency) {
      scope.error("bad_value", *agency, "The two signatures come from the 'same' agency or from 'different' ones.");
    }
  }
  if (const Node* expires = fields.get("expires")) {
    if (const auto text = read_scalar(scope, *expires, "an amount of time"))
      rule.expires = read_term(scope, *expires, *text, true);
  }
  step.four_eyes = rule;
}

void read_via(const Scope& scope, const Fields& fields, Step& step) {
  static constexpr std::pair<std::string_view, Via> kVias[] = {
      {"form", Via::kForm}, {"system", Via::kSystem}, {"clock", Via::kClock}};
  const Node* node = fields.need("via");
  if (node == nullptr) return;
  for (const auto& [name, via] : kVias) {
    if (node->text == name) {
      step.via = via;
      return;
    }
  }
  scope.error("bad_value", *node, fmt::format("A step cannot come via '{}'.", node->text),
              scope.suggest(node->text, {"form", "system", "clock"}));
}

// What a step of the clock can have, and what every other must have.
void check_clock_step(const Scope& scope, const Node& key, const Node& value, const Step& step) {
  if (step.via != Via::kClock) {
    if (step.owners.empty() && value.find("owner") == nullptr) {
      scope.error("missing_key", key, fmt::format("Nobody may record the step '{}'.", step.id), "Add 'owner: [role]'.");
    }
    return;
  }
  if (!step.data.empty() || step.four_eyes || !step.may_correct.empty()) {
    scope.error("bad_value", key, "A step of the clock has no data, no second signature and no corrections.", "Remove them.");
  }
}

void read_step(const Scope& scope, const Node& value, Step& step) {
  const Fields fields(scope, value, "a step",
                      {"code", "title", "owner", "via", "data", "once", "repeat", "phase", "four_eyes", "initially", "starts",
                       "only", "to", "may_correct"});
  if (!fields.usable()) return;
  if (const Node* code = fields.need("code")) step.code = read_scalar(scope, *code, "the code of a step").value_or("");
  constexpr std::size_t kCodeMax = 8;
  const bool code_ok =
      std::all_of(step.code.begin(), step.code.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
  if (!code_ok || step.code.size() > kCodeMax) {
    scope.error("bad_id", *fields.get("code"), fmt::format("'{}' cannot be the code of a step.", step.code),
                "Use up to eight capitals and digits: E04.");
  }
  if (const Node* title = fields.need("title")) step.title = read_text(scope, *title);
  if (const Node* owner = fields.get("owner")) step.owners = resolve_roles(scope, read_words(scope, *owner, "the id of a role"));
  read_via(scope, fields, step);
  if (const Node* data = fields.get("data")) read_data(scope, *data, step);
  step.once = fields.boolean("once", false);
  if (const Node* repeat = fields.get("repeat")) {
    step.repeat_level = read_level(scope, *repeat, Level::kHint, Level::kCritical);
    if (!step.once)
      scope.error("bad_value", *repeat, "Only a step that happens once grades its repetition.", "Add 'once: true'.");
  }
  if (const Node* phase = fields.get("phase")) {
    if (const auto id = read_scalar(scope, *phase, "the id of a phase"))
      step.phase = resolve_phase(scope, {*id, scope.at(*phase)});
  }
  if (const Node* eyes = fields.get("four_eyes")) read_four_eyes(scope, *eyes, step);
  if (const Node* initially = fields.get("initially")) read_initially(scope, *initially, step);
  step.starts = fields.boolean("starts", step.via != Via::kClock);
  if (const Node* only = fields.get("only")) {
    step.only_deviation = only->text == "deviation";
    if (!step.only_deviation) scope.error("bad_value", *only, "The only value here is 'deviation'.");
  }
  if (const Node* to = fields.get("to")) step.to = resolve_recipients(scope, read_words(scope, *to, "a recipient"));
  if (const Node* correct = fields.get("may_correct"))
    step.may_correct = resolve_roles(scope, read_words(scope, *correct, "the id of a role"));
}

void read_steps(const Scope& scope, const Node& node) {
  if (!node.is_mapping() || node.keys.empty()) {
    scope.error("wrong_type", node, "Here steps are expected: ids and what they are.");
    return;
  }
  if (node.keys.size() > base::limits::kPackageStepsMax) {
    scope.error("too_many", node, fmt::format("A process has at most {} steps.", base::limits::kPackageStepsMax));
    return;
  }
  std::set<std::string> codes;
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const Node& key = node.keys[i];
    const Scope at = scope.in(key.text);
    if (!check_snake_id(at, key, "a step")) continue;
    if (contains(kReservedSteps, key.text)) {
      at.error("bad_id", key, fmt::format("'{}' cannot be a step: rules use the word for something else.", key.text),
               "Choose another id.");
    }
    Step step;
    step.id = key.text;
    step.place = at.at(key);
    read_step(at, node.items[i], step);
    check_clock_step(at, key, node.items[i], step);
    if (!step.code.empty() && !codes.insert(step.code).second) {
      at.error("duplicate_id", key, fmt::format("Another step has the code {}, too.", step.code),
               "Give each step a code of its own.");
    }
    scope.package.steps.push_back(std::move(step));
  }
}

const Field* find_field(const Step& step, std::string_view id) {
  for (const auto& field : step.data) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

// The id of a field of the step, or empty after a report.
std::string read_field_of(const Scope& scope, const Node& node, StepIndex step) {
  const auto id = read_scalar(scope, node, "the id of a field");
  if (!id) return {};
  const Step& of = scope.package.steps[step];
  if (find_field(of, *id) != nullptr) return *id;
  Words known;
  for (const auto& field : of.data) known.push_back(field.id);
  scope.error("unknown_reference", node, fmt::format("The step '{}' has no field '{}'.", of.id, *id), scope.suggest(*id, known));
  return {};
}

// {count: STEP, by: FIELD} or {set: STEP, of: FIELD, by: FIELD}
void read_tally(const Scope& scope, const Node& key, const Node& value) {
  if (!check_snake_id(scope, key, "a tally")) return;
  const Fields fields(scope, value, "a tally", {"count", "set", "of", "by"});
  if (!fields.usable()) return;
  const Node* count = fields.get("count");
  const Node* set = fields.get("set");
  if ((count == nullptr) == (set == nullptr)) {
    scope.error("bad_value", value, "A tally is either a count or a set.",
                "Write {count: STEP, by: FIELD} or {set: STEP, of: FIELD, by: FIELD}.");
    return;
  }
  Tally tally;
  tally.id = key.text;
  tally.is_set = set != nullptr;
  const Node& which = count != nullptr ? *count : *set;
  const auto name = read_scalar(scope, which, "the id of a step");
  const auto step = name ? resolve_step(scope, {*name, scope.at(which)}) : std::nullopt;
  if (!step) return;
  tally.step = *step;
  if (const Node* by = fields.need("by")) tally.by_field = read_field_of(scope, *by, *step);
  if (tally.is_set) {
    if (const Node* of = fields.need("of")) tally.of_field = read_field_of(scope, *of, *step);
  } else if (const Node* of = fields.get("of")) {
    scope.error("bad_value", *of, "A count has no 'of'.", "Remove it, or make the tally a set.");
  }
  scope.package.tallies.push_back(std::move(tally));
}

// {group: STEP.FIELD} | {starts: PROCESS, at: STEP} | {waits_for: PROCESS.STEP, before: STEP} | {follows: PROCESS, at: STEP}
void read_link(const Scope& scope, const Node& node) {
  using Kind = Link::Kind;
  static constexpr std::pair<std::string_view, Kind> kKinds[] = {
      {"starts", Kind::kStarts}, {"waits_for", Kind::kWaitsFor}, {"group", Kind::kGroup}, {"follows", Kind::kFollows}};
  const Fields fields(scope, node, "a link", {"starts", "waits_for", "group", "follows", "at", "before"});
  if (!fields.usable()) return;
  for (const auto& [name, kind] : kKinds) {
    const Node* value = fields.get(name);
    if (value == nullptr) continue;
    Link link;
    link.kind = kind;
    link.target = read_scalar(scope, *value, "what the link leads to").value_or("");
    const Node* where = value;
    std::string step = link.target.substr(0, link.target.find('.'));
    if (kind == Kind::kGroup) {
      link.target = step.size() < link.target.size() ? link.target.substr(step.size() + 1) : "";
    } else {
      where = fields.need(kind == Kind::kWaitsFor ? "before" : "at");
      if (where == nullptr) return;
      step = read_scalar(scope, *where, "the id of a step").value_or("");
    }
    const auto index = resolve_step(scope, {step, scope.at(*where)});
    if (!index) return;
    link.step = *index;
    if (kind == Kind::kGroup) {
      const Field* field = find_field(scope.package.steps[link.step], link.target);
      if (field == nullptr || field->type != FieldType::kToken) {
        scope.error("unknown_reference", *value, fmt::format("'{}' is no token in the data of '{}'.", link.target, step),
                    "Write STEP.FIELD.");
        return;
      }
    }
    scope.package.links.push_back(std::move(link));
    return;
  }
  scope.error("missing_key", node, "A link starts, waits_for, groups or follows.", "For example {group: registered.group}.");
}

}  // namespace

void read_process(const Scope& scope, const Node& root) {
  const Fields fields(scope, root, "process.yaml", {"process", "phases", "steps", "tallies", "links", "rules"});
  if (!fields.usable()) return;
  if (const Node* id = fields.need("process")) {
    scope.package.process = read_scalar(scope, *id, "the id of the process").value_or("");
    if (!is_kebab_id(scope.package.process))
      scope.error("bad_id", *id, fmt::format("'{}' cannot be the id of a process.", scope.package.process),
                  "Use lower-case letters, digits and hyphens, beginning with a letter.");
  }
  if (const Node* phases = fields.get("phases")) read_phases(scope, *phases);
  if (const Node* steps = fields.need("steps")) read_steps(scope, *steps);
  if (const Node* tallies = fields.get("tallies")) {
    if (!tallies->is_mapping()) scope.error("wrong_type", *tallies, "Here tallies are expected: ids and what they are.");
    for (std::size_t i = 0; i < tallies->keys.size(); ++i)
      read_tally(scope.in(tallies->keys[i].text), tallies->keys[i], tallies->items[i]);
  }
  if (const Node* links = fields.get("links")) {
    if (!links->is_sequence()) scope.error("wrong_type", *links, "Here a list of links is expected.");
    if (links->is_sequence()) {
      for (const auto& link : links->items) read_link(scope, link);
    }
  }
  if (const Node* rules = fields.get("rules")) read_rules(scope, *rules);
}

}  // namespace flora::package
