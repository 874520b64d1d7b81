// SPDX-License-Identifier: EUPL-1.2
// The rules of process.yaml: one mapping each, whose first relation says of what kind it is.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/limits.hpp"
#include "calendar/civil.hpp"
#include "package/readers.hpp"

namespace flora::package {

using yaml::Node;

namespace {

struct Form {
  std::string_view key;
  RuleKind kind;
  std::string_view example;  // how it reads
  Words also;                // keys of this kind beyond those of every rule
};

const std::vector<Form>& forms() {
  static const std::vector<Form> kForms = {
      {"condition", RuleKind::kCondition, "condition: STEPS before STEPS", {"level", "to", "heals", "escalate"}},
      {"milestone", RuleKind::kMilestone, "milestone: STEPS settles before STEPS", {"level", "to", "heals", "escalate"}},
      {"response",
       RuleKind::kResponse,
       "response: STEPS -> STEPS",
       {"within", "until", "after", "unless_done", "renews", "warn", "overdue", "grace", "then", "then_to", "to", "creditor",
        "roll", "heals", "escalate"}},
      {"opens", RuleKind::kOpens, "opens: STEPS -> STEPS", {"to"}},
      {"closes", RuleKind::kCloses, "closes: STEPS -> STEPS", {"level", "to", "heals", "escalate"}},
      {"cancels", RuleKind::kCancels, "cancels: STEPS -> STEPS", {"to"}},
      {"phase_closes", RuleKind::kPhaseCloses, "phase_closes: STEPS -> PHASE", {"level", "to", "heals", "escalate"}},
      {"at_most", RuleKind::kAtMost, "at_most: 3 STEP", {"level", "to", "heals", "escalate"}},
      {"spacing", RuleKind::kSpacing, "spacing: 2 days STEP", {"level", "to", "heals", "escalate"}},
      {"in_order", RuleKind::kInOrder, "in_order: STEP, STEP", {"each", "level", "to", "heals", "escalate"}},
      {"at", RuleKind::kReport, "at: STEPS", {"report", "about", "to", "heals", "escalate"}},
      {"note", RuleKind::kNote, "note: STEPS to RECIPIENTS", {"to"}},
  };
  return kForms;
}

const Words& common_keys() {
  static const Words kCommon = {"id",   "number", "when",  "valid",       "valid_by",
                                "text", "basis",  "fixed", "tightenable", "removable"};
  return kCommon;
}

Words keys_of(const Form& form) {
  Words out = common_keys();
  out.push_back(form.key);
  out.insert(out.end(), form.also.begin(), form.also.end());
  return out;
}

void bad_relation(const Scope& scope, const Cursor& cursor, const Form& form) {
  scope.problems.error("bad_relation", cursor.place(), scope.element,
                       cursor.at_end() ? fmt::format("The relation '{}' ends too early.", form.key)
                                       : fmt::format("'{}' does not belong here.", cursor.next()),
                       fmt::format("It reads: '{}'.", form.example));
}

// STEPS, as indices; nullopt if none stands here.
std::optional<std::vector<StepIndex>> steps_here(const Scope& scope, Cursor& cursor) {
  const auto words = cursor.names();
  if (words.empty()) return std::nullopt;
  return resolve_steps(scope, words);
}

std::vector<StepIndex> read_steps_value(const Scope& scope, const Node& node) {
  return resolve_steps(scope, read_words(scope, node, "the id of a step"));
}

bool read_condition(const Scope& scope, Cursor& cursor, Rule& rule) {
  rule.any_of = cursor.take("any_of");
  auto sources = steps_here(scope, cursor);
  if (!sources) return false;
  if (rule.kind == RuleKind::kMilestone && !cursor.take("settles")) return false;
  if (!cursor.take("before")) return false;
  auto targets = steps_here(scope, cursor);
  if (!targets) return false;
  rule.sources = std::move(*sources);
  rule.targets = std::move(*targets);
  return true;
}

bool read_arrow(const Scope& scope, Cursor& cursor, Rule& rule) {
  auto sources = steps_here(scope, cursor);
  if (!sources || !cursor.take("->")) return false;
  rule.sources = std::move(*sources);
  if (rule.kind == RuleKind::kPhaseCloses) {
    const auto phase = cursor.name();
    if (!phase) return false;
    rule.phase = resolve_phase(scope, *phase).value_or(0);
    return true;
  }
  auto targets = steps_here(scope, cursor);
  if (!targets) return false;
  rule.targets = std::move(*targets);
  return true;
}

bool read_count(const Scope& scope, const Node& node, Cursor& cursor, Rule& rule) {
  const auto number = cursor.name();
  if (!number) return false;
  const char* end = number->text.data() + number->text.size();
  const auto [stop, failure] = std::from_chars(number->text.data(), end, rule.count);
  if (failure != std::errc() || stop != end || rule.count == 0 || rule.count > base::limits::kFactsPerCaseMax) {
    scope.error("out_of_range", node,
                fmt::format("'{}' is not a count from 1 to {}.", number->text, base::limits::kFactsPerCaseMax));
  }
  auto targets = steps_here(scope, cursor);
  if (!targets) return false;
  rule.targets = std::move(*targets);
  return true;
}

// AMOUNT UNIT, the unit of one word or two ("office days").
std::optional<std::string> term_text(Cursor& cursor) {
  const auto amount = cursor.name();
  const auto unit = amount ? cursor.name() : std::nullopt;
  if (!unit) return std::nullopt;
  std::string text = amount->text + " " + unit->text;
  if (unit->text == "office") {
    const auto rest = cursor.name();
    if (!rest) return std::nullopt;
    text += " " + rest->text;
  }
  return text;
}

bool read_spacing(const Scope& scope, const Node& node, Cursor& cursor, Rule& rule) {
  const auto text = term_text(cursor);
  if (!text) return false;
  rule.within = read_term(scope, node, *text, false);
  auto targets = steps_here(scope, cursor);
  if (!targets) return false;
  rule.targets = std::move(*targets);
  return true;
}

bool read_in_order(const Scope& scope, Cursor& cursor, Rule& rule) {
  const auto first = cursor.name();
  if (!first || !cursor.take(",")) return false;
  const auto second = cursor.name();
  if (!second) return false;
  if (const auto step = resolve_step(scope, *first)) rule.sources = {*step};
  if (const auto step = resolve_step(scope, *second)) rule.targets = {*step};
  return true;
}

bool read_note(const Scope& scope, Cursor& cursor, Rule& rule) {
  auto sources = steps_here(scope, cursor);
  if (!sources) return false;
  rule.sources = std::move(*sources);
  if (!cursor.take("to")) return true;
  const auto words = cursor.names();
  if (words.empty()) return false;
  rule.to = resolve_recipients(scope, words);
  return true;
}

void read_at(const Scope& scope, const Node& node, Rule& rule) {
  if (node.is_scalar() && node.text == "any") return;
  rule.targets = read_steps_value(scope, node);
  if (rule.targets.empty() && node.is_sequence() && node.items.empty()) {
    scope.error("bad_relation", node, "The list of steps is empty.", "Name steps, or write 'at: any'.");
  }
}

void read_relation(const Scope& scope, const Node& node, const Form& form, Rule& rule) {
  if (rule.kind == RuleKind::kReport) return read_at(scope, node, rule);
  if (rule.kind == RuleKind::kInOrder && node.is_sequence()) {
    const auto words = read_words(scope, node, "the id of a step");
    if (words.size() == 2) {
      if (const auto step = resolve_step(scope, words[0])) rule.sources = {*step};
      if (const auto step = resolve_step(scope, words[1])) rule.targets = {*step};
      return;
    }
  }
  if (rule.kind == RuleKind::kNote && node.is_sequence()) {
    rule.sources = read_steps_value(scope, node);
    return;
  }
  if (!node.is_scalar()) {
    scope.error("bad_relation", node, fmt::format("Here the relation '{}' is expected, as text.", form.key),
                fmt::format("It reads: '{}'; in quotes if it begins with a bracket.", form.example));
    return;
  }
  Cursor cursor(scope, node);
  bool good = false;
  switch (rule.kind) {
    case RuleKind::kCondition:
    case RuleKind::kMilestone: good = read_condition(scope, cursor, rule); break;
    case RuleKind::kAtMost: good = read_count(scope, node, cursor, rule); break;
    case RuleKind::kSpacing: good = read_spacing(scope, node, cursor, rule); break;
    case RuleKind::kInOrder: good = read_in_order(scope, cursor, rule); break;
    case RuleKind::kNote: good = read_note(scope, cursor, rule); break;
    default: good = read_arrow(scope, cursor, rule); break;
  }
  if (!good || !cursor.at_end()) bad_relation(scope, cursor, form);
}

std::optional<Guard> read_guard(const Scope& scope, const Node& node) {
  auto source = read_scalar(scope, node, "a guard");
  if (!source) return std::nullopt;
  if (source->size() > base::limits::kGuardCharsMax) {
    scope.error("feel_bound", node, fmt::format("A guard has at most {} characters.", base::limits::kGuardCharsMax));
    return std::nullopt;
  }
  return Guard{std::move(*source), {scope.file, node.line, node.text_column}};
}

// heals: person | moot | when GUARD
void read_heals(const Scope& scope, const Node& node, Rule& rule) {
  const auto text = read_scalar(scope, node, "how the finding heals");
  if (!text) return;
  if (*text == "person") {
    rule.heals = Heals::kPerson;
  } else if (*text == "moot") {
    rule.heals = Heals::kMoot;
  } else if (text->starts_with("when ")) {
    rule.heals = Heals::kWhen;
    rule.heals_when = Guard{text->substr(5), {scope.file, node.line, node.text_column + 5}};
  } else {
    scope.error("bad_value", node, fmt::format("A finding cannot heal by '{}'.", *text), "Write person, moot, or 'when GUARD'.");
  }
}

// escalate: TERM to RECIPIENTS
void read_escalate(const Scope& scope, const Node& node, Rule& rule) {
  const auto bad = [&](const Cursor& cursor) {
    scope.problems.error("bad_relation", cursor.place(), scope.element, "The escalation cannot be read.",
                         "It reads: '2 workdays to [role]'.");
  };
  Cursor cursor(scope, node);
  const auto text = term_text(cursor);
  if (!text || !cursor.take("to")) return bad(cursor);
  rule.escalate = read_term(scope, node, *text, true);
  const auto words = cursor.names();
  if (words.empty() || !cursor.at_end()) return bad(cursor);
  rule.escalate_to = resolve_recipients(scope, words);
}

// valid: FROM..TO, either may be left out
void read_valid(const Scope& scope, const Node& node, Rule& rule) {
  const std::string& text = node.text;
  const std::size_t dots = text.find("..");
  const auto day = [&](std::string_view part, std::optional<std::int32_t>& into) {
    if (part.empty()) return true;
    const auto date = calendar::parse_date(part);
    if (date) into = date->days;
    return date.has_value();
  };
  if (!node.is_scalar() || dots == std::string::npos || text.size() == 2 ||
      !day(std::string_view(text).substr(0, dots), rule.valid_from_day) ||
      !day(std::string_view(text).substr(dots + 2), rule.valid_to_day)) {
    scope.error("bad_value", node, "The validity cannot be read.",
                "Write FROM..TO with days as 2021-07-01; either may be left out.");
    return;
  }
  if (rule.valid_from_day && rule.valid_to_day && *rule.valid_from_day > *rule.valid_to_day) {
    scope.error("out_of_range", node, "The validity ends before it begins.");
  }
}

// within: TERM | no limit | {date: GUARD}
void read_within(const Scope& scope, const Node& node, Rule& rule, bool roll) {
  if (node.is_mapping()) {
    const Fields fields(scope, node, "'within'", {"date"});
    if (const Node* date = fields.need("date")) rule.due_guard = read_guard(scope, *date);
    return;
  }
  const auto text = read_scalar(scope, node, "an amount of time");
  if (!text) return;
  if (*text == "no limit") {
    rule.no_limit = true;
    return;
  }
  rule.within = read_term(scope, node, *text, roll);
}

void read_after(const Scope& scope, const Node& node, Rule& rule) {
  const auto id = read_scalar(scope, node, "the id of a date in the data");
  if (!id) return;
  for (const StepIndex s : rule.sources) {
    const Step& step = scope.package.steps[s];
    const auto field = std::find_if(step.data.begin(), step.data.end(), [&](const Field& f) { return f.id == *id; });
    if (field == step.data.end() || field->type != FieldType::kDate) {
      Words known;
      for (const auto& f : step.data) {
        if (f.type == FieldType::kDate) known.push_back(f.id);
      }
      scope.error("unknown_reference", node, fmt::format("The step '{}' has no date '{}' in its data.", step.id, *id),
                  scope.suggest(*id, known));
      return;
    }
  }
  rule.after_field = *id;
}

void read_response(const Scope& scope, const Fields& fields, Rule& rule) {
  const bool roll = fields.boolean("roll", true);
  const auto term = [&](std::string_view key) -> std::optional<Term> {
    const Node* node = fields.get(key);
    if (node == nullptr) return std::nullopt;
    const auto text = read_scalar(scope, *node, "an amount of time");
    return text ? read_term(scope, *node, *text, roll) : std::nullopt;
  };
  if (const Node* within = fields.get("within")) read_within(scope, *within, rule, roll);
  if (const Node* until = fields.get("until")) rule.until = read_steps_value(scope, *until);
  if (const Node* after = fields.get("after")) read_after(scope, *after, rule);
  rule.unless_done = fields.boolean("unless_done", false);
  rule.renews = fields.boolean("renews", false);
  rule.warn = term("warn");
  rule.grace = term("grace");
  if (const Node* then = fields.get("then")) rule.then = read_level(scope, *then, Level::kHint, Level::kCritical);
  if (const Node* then_to = fields.get("then_to"))
    rule.then_to = resolve_recipients(scope, read_words(scope, *then_to, "a recipient"));
  if (const Node* creditor = fields.get("creditor")) {
    if (const auto id = read_scalar(scope, *creditor, "the id of an agency"))
      rule.creditor = resolve_agency(scope, {*id, scope.at(*creditor)});
  }
  const bool has_due = fields.get("within") != nullptr && !rule.no_limit;
  const bool all_clock = std::all_of(rule.targets.begin(), rule.targets.end(),
                                     [&](StepIndex s) { return scope.package.steps[s].via == Via::kClock; });
  const Node* overdue = fields.get("overdue");
  if (overdue != nullptr) {
    rule.level = read_level(scope, *overdue, Level::kHint, Level::kCritical).value_or(Level::kAttention);
  } else if (has_due && !all_clock) {
    scope.error("missing_key", fields.node(), "The response has a due but no level for when it passes.",
                "Add 'overdue: attention'.");
  }
  if (!has_due && fields.get("within") == nullptr && rule.until.empty()) {
    scope.error("response_open_ended", fields.node(),
                "The response says neither how long, nor until when, nor that there is no limit.",
                "Add 'within: 3 workdays', 'within: no limit' or 'until: STEP'.");
  }
  if (!has_due) {
    rule.no_limit = true;
    for (const std::string_view key : {"after", "warn", "grace", "then"}) {
      if (const Node* node = fields.get(key))
        scope.error("bad_value", *node, fmt::format("Without a due, '{}' means nothing.", key), "Add 'within', or remove it.");
    }
  }
  if (rule.grace.has_value() != rule.then.has_value()) {
    scope.error("missing_key", fields.node(), "'grace' and 'then' belong together.",
                "Add the missing one: how long, and which level.");
  } else if (rule.then && *rule.then <= rule.level) {
    scope.error("bad_value", *fields.get("then"), "The level after the grace is not above the level when the due passes.",
                "Raise 'then', or remove it with 'grace'.");
  }
  if (!rule.then_to.empty() && !rule.then)
    scope.error("missing_key", *fields.get("then_to"), "'then_to' needs 'then'.", "Add 'grace' and 'then'.");
  if (rule.after_field && rule.due_guard)
    scope.error("bad_value", *fields.get("after"), "The due is given twice, by 'after' and by a guard.", "Remove one.");
}

void read_level_of(const Scope& scope, const Fields& fields, Rule& rule) {
  switch (rule.kind) {
    case RuleKind::kCondition:
    case RuleKind::kMilestone:
    case RuleKind::kAtMost:
    case RuleKind::kSpacing:
    case RuleKind::kInOrder:
      if (const Node* level = fields.need("level"))
        rule.level = read_level(scope, *level, Level::kHint, Level::kRefuse).value_or(Level::kAttention);
      return;
    case RuleKind::kReport:
      if (const Node* level = fields.need("report"))
        rule.level = read_level(scope, *level, Level::kHint, Level::kRefuse).value_or(Level::kAttention);
      return;
    case RuleKind::kCloses:
    case RuleKind::kPhaseCloses:
      if (const Node* level = fields.get("level"))
        rule.level = read_level(scope, *level, Level::kHint, Level::kRefuse).value_or(Level::kAttention);
      return;
    case RuleKind::kResponse: return;  // its levels stand with its dues
    default: rule.level = Level::kNone;
  }
}

// `opens` and `cancels` tell nobody anything; the key is allowed so that all effects can be written alike.
void drop_recipients(Rule& rule) {
  if (rule.kind == RuleKind::kOpens || rule.kind == RuleKind::kCancels) rule.to.clear();
}

void read_common(const Scope& scope, const Fields& fields, Rule& rule) {
  rule.number = rule.id;
  if (const Node* number = fields.get("number")) rule.number = read_scalar(scope, *number, "the number").value_or(rule.id);
  if (const Node* when = fields.get("when")) rule.when = read_guard(scope, *when);
  if (const Node* to = fields.get("to")) {
    const auto words = read_words(scope, *to, "a recipient");
    if (words.empty()) scope.error("no_recipient", *to, "Nobody would be told.", "Name at least one role or agency.");
    auto recipients = resolve_recipients(scope, words);
    if (!rule.to.empty()) scope.error("duplicate", *to, "The recipients stand twice.", "Remove one of the lists.");
    rule.to = std::move(recipients);
  }
  if (const Node* valid = fields.get("valid")) read_valid(scope, *valid, rule);
  if (const Node* by = fields.get("valid_by")) {
    rule.valid_by_event = by->text == "event";
    if (!rule.valid_by_event && by->text != "trigger") {
      scope.error("bad_value", *by, "A validity counts by 'event' or by 'trigger', the first fact of the case.");
    }
  }
  if (const Node* heals = fields.get("heals")) read_heals(scope, *heals, rule);
  if (const Node* escalate = fields.get("escalate")) read_escalate(scope, *escalate, rule);
  if (const Node* text = fields.get("text")) rule.text = read_text(scope, *text);
  if (const Node* basis = fields.get("basis")) rule.basis = read_text(scope, *basis);
  rule.fixed = fields.boolean("fixed", false);
  rule.tightenable = fields.boolean("tightenable", false);
  rule.removable = fields.boolean("removable", false);
  rule.each = fields.boolean("each", false);
  if (const Node* about = fields.get("about")) {
    rule.about_world = about->text == "world";
    if (!rule.about_world) scope.error("bad_value", *about, "The only value here is 'world'.");
  }
}

const Form* find_form(const Scope& scope, const Node& node) {
  const Form* found = nullptr;
  for (const auto& form : forms()) {
    const Node* key = node.find_key(form.key);
    if (key == nullptr) continue;
    if (found != nullptr) {
      scope.error("bad_relation", *key, fmt::format("A rule is either '{}' or '{}', not both.", found->key, form.key),
                  "Make two rules of it.");
      return nullptr;
    }
    found = &form;
  }
  if (found != nullptr) return found;
  Words kinds;
  for (const auto& form : forms()) kinds.push_back(form.key);
  std::string hint = fmt::format(
      "Add one of: condition, milestone, response, opens, closes, cancels, phase_closes, at_most, spacing, in_order, at, note.");
  for (const auto& key : node.keys) {
    if (const auto meant = closest(key.text, kinds); !meant.empty())
      hint = fmt::format("Did you mean '{}' where it says '{}'?", meant, key.text);
  }
  scope.error("bad_relation", node, "The rule does not say what kind it is.", hint);
  return nullptr;
}

bool check_rule_id(const Scope& scope, const Node& node) {
  constexpr std::size_t kIdMax = 32;
  const std::string& id = node.text;
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  if (node.is_scalar() && !id.empty() && id.size() <= kIdMax && std::all_of(id.begin(), id.end(), good)) return true;
  scope.error("bad_id", node, "This cannot be the id of a rule.", "Use letters, digits, '_', '-' and '.', at most 32: K1.");
  return false;
}

void read_rule(const Scope& outer, const Node& node, std::set<std::string>& ids) {
  if (!node.is_mapping()) {
    outer.error("wrong_type", node, "Here a rule is expected: {id: K1, condition: a before b, ...}.");
    return;
  }
  const Node* id = node.find("id");
  if (id == nullptr) {
    outer.error("missing_key", node, "The key 'id' is missing in a rule.", "Add 'id:'.");
    return;
  }
  const Scope scope = outer.in(id->text);
  if (!check_rule_id(scope, *id)) return;
  if (!ids.insert(id->text).second) {
    scope.error("duplicate_id", *id, fmt::format("There is another rule '{}'.", id->text),
                "Give each rule an id of its own; 'number' may be shared.");
    return;
  }
  const Form* form = find_form(scope, node);
  if (form == nullptr) return;
  const Fields fields(scope, node, fmt::format("a rule of kind '{}'", form->key), keys_of(*form));
  Rule rule;
  rule.id = id->text;
  rule.kind = form->kind;
  rule.place = scope.at(*id);
  read_relation(scope, *node.find(form->key), *form, rule);
  if (rule.kind == RuleKind::kResponse) read_response(scope, fields, rule);
  read_level_of(scope, fields, rule);
  read_common(scope, fields, rule);
  drop_recipients(rule);
  scope.package.rules.push_back(std::move(rule));
}

}  // namespace

std::vector<std::pair<std::string_view, Words>> rule_keys() {
  std::vector<std::pair<std::string_view, Words>> out;
  for (const auto& form : forms()) out.emplace_back(form.key, keys_of(form));
  return out;
}

const std::vector<std::string_view>& relation_keys() {
  static const std::vector<std::string_view> kKeys = {"condition",    "milestone", "response", "opens",    "closes", "cancels",
                                                      "phase_closes", "at_most",   "spacing",  "in_order", "note",   "escalate"};
  return kKeys;
}

void read_rules(const Scope& scope, const Node& node) {
  if (!node.is_sequence()) {
    scope.error("wrong_type", node, "Here a list of rules is expected.", "Begin each rule with '- '.");
    return;
  }
  if (node.items.size() > base::limits::kPackageRulesMax) {
    scope.error("too_many", node, fmt::format("A process has at most {} rules.", base::limits::kPackageRulesMax));
    return;
  }
  std::set<std::string> ids;
  for (const auto& item : node.items) read_rule(scope, item, ids);
}

}  // namespace flora::package
