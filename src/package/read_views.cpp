// SPDX-License-Identifier: EUPL-1.2
// views.yaml: worklists, their queries and their columns.
#include <fmt/format.h>

#include <algorithm>

#include "base/limits.hpp"
#include "package/readers.hpp"

namespace flora::package {

using yaml::Node;

namespace {

constexpr std::size_t kColumnsMax = 32;
constexpr std::size_t kViewsMax = 256;
using Op = Query::Op;
using Kind = Column::Kind;

struct Operator {
  std::string_view name;
  Op op;
};
constexpr Operator kOperators[] = {{"all", Op::kAll},
                                   {"any", Op::kAny},
                                   {"not", Op::kNot},
                                   {"has", Op::kHas},
                                   {"count", Op::kCount},
                                   {"pending", Op::kPending},
                                   {"owed", Op::kOwed},
                                   {"cue", Op::kCue},
                                   {"blocked", Op::kBlocked},
                                   {"open_case", Op::kOpenCase},
                                   {"phase_open", Op::kPhaseOpen},
                                   {"finding", Op::kFinding}};

Words operator_names() {
  Words out;
  for (const auto& o : kOperators) out.push_back(o.name);
  return out;
}

std::optional<StepIndex> step_of(const Scope& scope, const Node& node) {
  const auto id = read_scalar(scope, node, "the id of a step");
  return id ? resolve_step(scope, {*id, scope.at(node)}) : std::nullopt;
}

Query read_query(const Scope& scope, const Node& node);

void read_children(const Scope& scope, const Node& value, Query& query) {
  if (query.op == Op::kNot) {
    query.children.push_back(read_query(scope, value));
    return;
  }
  if (!value.is_sequence() || value.items.empty()) {
    scope.error("bad_query", value, "Here a list of conditions is expected.", "Write {all: [{has: STEP}, open_case]}.");
    return;
  }
  for (const auto& item : value.items) query.children.push_back(read_query(scope, item));
}

void read_operand(const Scope& scope, const Node& value, Query& query) {
  switch (query.op) {
    case Op::kAll:
    case Op::kAny:
    case Op::kNot: return read_children(scope, value, query);
    case Op::kCount: {
      const Fields fields(scope, value, "'count'", {"step", "at_least"});
      if (const Node* step = fields.need("step")) query.step = step_of(scope, *step).value_or(0);
      if (const Node* n = fields.need("at_least")) {
        query.count = static_cast<std::uint32_t>(
            read_integer(scope, *n, 1, static_cast<std::int64_t>(base::limits::kFactsPerCaseMax)).value_or(1));
      }
      return;
    }
    case Op::kPending: {
      const Fields fields(scope, value, "'pending'", {"step", "answered_by"});
      if (const Node* step = fields.need("step")) query.step = step_of(scope, *step).value_or(0);
      if (const Node* by = fields.need("answered_by"))
        query.steps = resolve_steps(scope, read_words(scope, *by, "the id of a step"));
      return;
    }
    case Op::kPhaseOpen:
      if (const auto id = read_scalar(scope, value, "the id of a phase"))
        query.phase = resolve_phase(scope, {*id, scope.at(value)}).value_or(0);
      return;
    case Op::kFinding: query.level = read_level(scope, value, Level::kHint, Level::kCritical).value_or(Level::kAttention); return;
    case Op::kOpenCase:
      if (!read_boolean(scope, value).value_or(true)) scope.error("bad_query", value, "Write {not: open_case} for closed cases.");
      return;
    default: query.step = step_of(scope, value).value_or(0);
  }
}

Query read_query(const Scope& scope, const Node& node) {
  Query query;
  if (node.is_scalar()) {
    query.op = Op::kOpenCase;
    if (node.text != "open_case") {
      scope.error("bad_query", node, fmt::format("'{}' is not a condition on cases.", node.text),
                  scope.suggest(node.text, operator_names()));
    }
    return query;
  }
  if (!node.is_mapping() || node.keys.size() != 1) {
    scope.error("bad_query", node, "A condition on cases is one operator and what it asks for.",
                "Write {has: STEP}; join several with {all: [...]}.");
    return query;
  }
  for (const auto& o : kOperators) {
    if (node.keys[0].text != o.name) continue;
    query.op = o.op;
    read_operand(scope, node.items[0], query);
    return query;
  }
  scope.error("bad_query", node.keys[0], fmt::format("There is no operator '{}'.", node.keys[0].text),
              scope.suggest(node.keys[0].text, operator_names()));
  return query;
}

struct ColumnForm {
  std::string_view name;
  Kind kind;
  bool of_step;  // {name: STEP}
  std::string_view de, en;
};
constexpr ColumnForm kColumns[] = {
    {"name", Kind::kName, false, "Name", "name"},
    {"birth_date", Kind::kBirthDate, false, "Geburtsdatum", "date of birth"},
    {"nationality", Kind::kNationality, false, "Staatsangehörigkeit", "nationality"},
    {"file_number", Kind::kFileNumber, false, "Aktenzeichen", "file number"},
    {"group", Kind::kGroup, false, "Gruppe", "group"},
    {"status", Kind::kStatus, false, "Stand", "status"},
    {"level", Kind::kLevel, false, "Befund", "finding"},
    {"next", Kind::kNext, false, "Weiter", "next"},
    {"at", Kind::kAt, true, "", ""},
    {"count", Kind::kCount, true, "Anzahl: ", "count: "},
    {"due", Kind::kDue, true, "Frist: ", "due: "},
    {"missing", Kind::kMissing, true, "Es fehlt für: ", "missing for: "},
    {"since", Kind::kSince, true, "Arbeitstage seit: ", "working days since: "},
    {"field", Kind::kField, true, "", ""},
};

Words column_names() {
  Words out;
  for (const auto& c : kColumns) out.push_back(c.name);
  return out;
}

bool is_of_vault(Kind kind) { return kind <= Kind::kGroup; }

void title_of_step(const Scope& scope, const ColumnForm& form, Column& column) {
  const Text& title = scope.package.steps[column.step].title;
  column.title = {{"de", std::string(form.de) + in_language(title, "de")},
                  {"en", std::string(form.en) + in_language(title, "en")}};
}

// STEP.FIELD
bool read_field_column(const Scope& scope, const Node& node, const std::string& text, Column& column) {
  const std::size_t dot = text.find('.');
  const auto step = resolve_step(scope, {text.substr(0, dot), scope.at(node)});
  if (!step) return false;
  const auto& data = scope.package.steps[*step].data;
  const std::string id = dot == std::string::npos ? "" : text.substr(dot + 1);
  const auto field = std::find_if(data.begin(), data.end(), [&](const Field& f) { return f.id == id; });
  if (field == data.end()) {
    Words known;
    for (const auto& f : data) known.push_back(f.id);
    scope.error("unknown_reference", node, fmt::format("The step '{}' has no field '{}'.", scope.package.steps[*step].id, id),
                scope.suggest(id, known));
    return false;
  }
  column.step = *step;
  column.field = id;
  column.id = scope.package.steps[*step].id + "_" + id;
  column.title = field->title;
  return true;
}

std::optional<Column> read_column_form(const Scope& scope, const Node& node, std::string_view name, const Node* operand) {
  for (const auto& form : kColumns) {
    if (form.name != name) continue;
    Column column;
    column.kind = form.kind;
    column.id = form.name;
    column.title = {{"de", std::string(form.de)}, {"en", std::string(form.en)}};
    if (!form.of_step) {
      if (operand != nullptr)
        scope.error("bad_value", *operand, fmt::format("The column '{}' names no step.", name),
                    fmt::format("Write just {}.", name));
      return column;
    }
    const auto text = operand == nullptr ? std::nullopt : read_scalar(scope, *operand, "the id of a step");
    if (!text) {
      if (operand == nullptr)
        scope.error("bad_value", node, fmt::format("The column '{}' needs a step.", name),
                    fmt::format("Write {{{}: STEP}}.", name));
      return std::nullopt;
    }
    if (form.kind == Kind::kField)
      return read_field_column(scope, *operand, *text, column) ? std::optional(column) : std::nullopt;
    const auto step = resolve_step(scope, {*text, scope.at(*operand)});
    if (!step) return std::nullopt;
    column.step = *step;
    column.id = fmt::format("{}_{}", name, *text);
    title_of_step(scope, form, column);
    return column;
  }
  scope.error("bad_value", node, fmt::format("There is no column '{}'.", name), scope.suggest(name, column_names()));
  return std::nullopt;
}

// A word, or {KIND: STEP, id?, title?}
std::optional<Column> read_column(const Scope& scope, const Node& node) {
  if (node.is_scalar()) return read_column_form(scope, node, node.text, nullptr);
  if (!node.is_mapping()) {
    scope.error("wrong_type", node, "Here a column is expected.", "Write a word such as name, or {due: STEP}.");
    return std::nullopt;
  }
  const Node* kind = nullptr;
  const Node* operand = nullptr;
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const std::string& key = node.keys[i].text;
    if (key == "id" || key == "title") continue;
    if (kind != nullptr) {
      scope.error("bad_value", node.keys[i], "A column shows one thing.", "Make two columns of it.");
      return std::nullopt;
    }
    kind = &node.keys[i];
    operand = &node.items[i];
  }
  if (kind == nullptr) {
    scope.error("bad_value", node, "The column does not say what it shows.", "Write {due: STEP}.");
    return std::nullopt;
  }
  auto column = read_column_form(scope, *kind, kind->text, operand->is_null() ? nullptr : operand);
  if (!column) return column;
  if (const Node* id = node.find("id"); id != nullptr && check_snake_id(scope, *id, "a column")) column->id = id->text;
  if (const Node* title = node.find("title")) column->title = read_text(scope, *title);
  return column;
}

void read_columns(const Scope& scope, const Node& node, View& view) {
  if (!node.is_sequence() || node.items.empty() || node.items.size() > kColumnsMax) {
    scope.error("wrong_type", node, fmt::format("Here a list of 1 to {} columns is expected.", kColumnsMax));
    return;
  }
  for (const auto& item : node.items) {
    auto column = read_column(scope, item);
    if (!column) continue;
    if (std::any_of(view.columns.begin(), view.columns.end(), [&](const Column& c) { return c.id == column->id; })) {
      scope.error("duplicate_id", item, fmt::format("The view has another column '{}'.", column->id),
                  "Remove one, or give it an 'id'.");
      continue;
    }
    view.columns.push_back(std::move(*column));
  }
}

void read_sort(const Scope& scope, const Node* node, View& view) {
  if (view.columns.empty()) return;
  if (node == nullptr) {
    const auto first =
        std::find_if(view.columns.begin(), view.columns.end(), [](const Column& c) { return !is_of_vault(c.kind); });
    if (first == view.columns.end()) {
      if (scope.problems.is_broken(scope.element)) return;
      scope.problems.error("bad_value", view.place, scope.element, "The view has no column of the case to sort by.",
                           "Add status or {at: STEP}.");
      return;
    }
    view.sort_column = static_cast<std::size_t>(first - view.columns.begin());
    return;
  }
  auto text = read_scalar(scope, *node, "the id of a column");
  if (!text) return;
  view.sort_descending = text->starts_with('-');
  const std::string_view id = std::string_view(*text).substr(view.sort_descending ? 1 : 0);
  Words known;
  for (std::size_t i = 0; i < view.columns.size(); ++i) {
    const Column& column = view.columns[i];
    if (!is_of_vault(column.kind)) known.push_back(column.id);
    if (column.id != id) continue;
    if (is_of_vault(column.kind)) {
      scope.error("bad_value", *node, fmt::format("A list cannot be sorted by '{}': it is known to one authority only.", id),
                  "Sort by a column of the case.");
    }
    view.sort_column = i;
    return;
  }
  scope.error("unknown_reference", *node, fmt::format("The view has no column '{}'.", id), scope.suggest(id, known));
}

void read_write_view(const Scope& scope, const Fields& fields, View& view) {
  if (!view.write) {
    for (const std::string_view key : {"step", "new_cases"}) {
      if (const Node* node = fields.get(key))
        scope.error("bad_value", *node, fmt::format("Only a write view has '{}'.", key), "Remove it, or write 'kind: write'.");
    }
    return;
  }
  if (const Node* step = fields.need("step")) view.step = step_of(scope, *step).value_or(0);
  view.new_cases = fields.boolean("new_cases", false);
  if (view.new_cases && !scope.package.steps.empty() && !scope.package.steps[view.step].starts) {
    scope.error("bad_value", *fields.get("new_cases"),
                fmt::format("The step '{}' opens no case.", scope.package.steps[view.step].id), "Remove 'new_cases'.");
  }
}

void read_view(const Scope& outer, const Node& node) {
  const Fields fields(outer, node, "a view",
                      {"id", "agency", "kind", "title", "roles", "select", "columns", "sort", "step", "new_cases", "help"});
  const Node* id = fields.need("id");
  if (id == nullptr || !check_snake_id(outer, *id, "a view")) return;
  const Scope scope = outer.in(id->text);
  const auto& others = scope.package.views;
  if (std::any_of(others.begin(), others.end(), [&](const View& v) { return v.id == id->text; })) {
    scope.error("duplicate_id", *id, fmt::format("There is another view '{}'.", id->text), "Rename one of them.");
    return;
  }
  View view;
  view.id = id->text;
  view.place = scope.at(*id);
  if (const Node* title = fields.need("title")) view.title = read_text(scope, *title);
  if (const Node* agency = fields.need("agency")) {
    if (const auto name = read_scalar(scope, *agency, "the id of an agency"))
      view.agency = resolve_agency(scope, {*name, scope.at(*agency)}).value_or(0);
  }
  if (const Node* kind = fields.need("kind")) {
    view.write = kind->text == "write";
    if (!view.write && kind->text != "read") scope.error("bad_value", *kind, "A view is either 'read' or 'write'.");
  }
  if (const Node* roles = fields.need("roles")) view.roles = resolve_roles(scope, read_words(scope, *roles, "the id of a role"));
  if (const Node* select = fields.need("select")) view.select = read_query(scope, *select);
  if (const Node* columns = fields.need("columns")) read_columns(scope, *columns, view);
  read_sort(scope, fields.get("sort"), view);
  read_write_view(scope, fields, view);
  if (const Node* help = fields.get("help")) view.help = read_text(scope, *help);
  scope.package.views.push_back(std::move(view));
}

}  // namespace

void read_views(const Scope& scope, const Node& root) {
  const Fields fields(scope, root, "views.yaml", {"views"});
  const Node* views = fields.need("views");
  if (views == nullptr) return;
  if (!views->is_sequence() || views->items.size() > kViewsMax) {
    scope.error("wrong_type", *views, fmt::format("Here a list of at most {} views is expected.", kViewsMax));
    return;
  }
  for (const auto& view : views->items) read_view(scope, view);
}

}  // namespace flora::package
