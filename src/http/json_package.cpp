// SPDX-License-Identifier: EUPL-1.2
// The package as a generic user interface needs it.
#include "http/json.hpp"
#include "package/load.hpp"

namespace flora::http {

using base::Json;
using base::JsonArray;
using base::JsonObject;

namespace {

std::string_view to_text(package::FieldType type) {
  constexpr std::string_view kNames[] = {"code", "date", "time", "integer", "boolean", "token"};
  return kNames[static_cast<std::size_t>(type)];
}

std::string_view to_text(package::Via via) {
  constexpr std::string_view kNames[] = {"form", "system", "clock"};
  return kNames[static_cast<std::size_t>(via)];
}

std::string_view to_text(package::Column::Kind kind) {
  constexpr std::string_view kNames[] = {"name",  "birth_date", "nationality", "file_number", "group", "field", "at",
                                         "count", "due",        "missing",     "status",      "since", "level", "next"};
  return kNames[static_cast<std::size_t>(kind)];
}

bool of_vault(package::Column::Kind kind) { return kind <= package::Column::Kind::kGroup; }

JsonObject field_json(const package::Field& field) {
  JsonObject out{{"id", field.id}, {"type", to_text(field.type)}, {"required", field.required}, {"title", json_of(field.title)}};
  if (field.type == package::FieldType::kCode) out["list"] = field.list;
  if (field.type == package::FieldType::kInteger) {
    out["min"] = field.min;
    out["max"] = field.max;
  }
  return out;
}

JsonObject step_json(const package::Package& p, const package::Step& step) {
  JsonArray owners;
  for (const auto role : step.owners) owners.emplace_back(p.roles[role].id);
  JsonArray data;
  for (const auto& field : step.data) data.emplace_back(field_json(field));
  return {{"id", step.id},
          {"code", step.code},
          {"title", json_of(step.title)},
          {"owners", std::move(owners)},
          {"via", to_text(step.via)},
          {"once", step.once},
          {"phase", step.phase ? Json(p.phases[*step.phase].id) : Json(nullptr)},
          {"starts", step.starts},
          {"data", std::move(data)}};
}

JsonArray step_ids(const package::Package& p, const std::vector<package::StepIndex>& steps) {
  JsonArray out;
  for (const auto step : steps) out.emplace_back(p.steps[step].id);
  return out;
}

JsonObject rule_json(const package::Package& p, const package::Rule& rule) {
  JsonObject sentences;
  for (const std::string_view language : {"de", "en", "plain"}) sentences[language] = package::sentence(p, rule, language);
  return {{"id", rule.id},
          {"number", rule.number.empty() ? rule.id : rule.number},
          {"kind", package::to_text(rule.kind)},
          {"level", package::to_text(rule.level)},
          {"sentence", std::move(sentences)},
          {"basis", json_of(rule.basis)},
          {"sources", step_ids(p, rule.sources)},
          {"targets", step_ids(p, rule.targets)}};
}

// Columns need not be titled by the package: those of the vault and of the case have names of their own.
JsonObject column_title(const package::Package& p, const package::Column& column) {
  using Kind = package::Column::Kind;
  if (!column.title.empty()) return json_of(column.title);
  switch (column.kind) {
    case Kind::kName: return {{"de", "Name"}, {"en", "Name"}};
    case Kind::kBirthDate: return {{"de", "Geburtsdatum"}, {"en", "Date of birth"}};
    case Kind::kNationality: return {{"de", "Staatsangehörigkeit"}, {"en", "Nationality"}};
    case Kind::kFileNumber: return {{"de", "Aktenzeichen"}, {"en", "File number"}};
    case Kind::kGroup: return {{"de", "Gruppe"}, {"en", "Group"}};
    case Kind::kStatus: return {{"de", "Stand"}, {"en", "Status"}};
    case Kind::kSince: return {{"de", "Arbeitstage seither"}, {"en", "Working days since"}};
    case Kind::kLevel: return {{"de", "Befund"}, {"en", "Finding"}};
    case Kind::kNext: return {{"de", "Weiter"}, {"en", "Next"}};
    case Kind::kMissing: return {{"de", "Was fehlt"}, {"en", "What is missing"}};
    case Kind::kField:
      for (const auto& field : p.steps[column.step].data) {
        if (field.id == column.field) return json_of(field.title);
      }
      break;
    default: break;
  }
  return json_of(p.steps[column.step].title);
}

JsonObject column_json(const package::Package& p, const package::View& view, std::size_t index) {
  using Kind = package::Column::Kind;
  const auto& column = view.columns[index];
  JsonObject out{{"id", column.id},
                 {"kind", to_text(column.kind)},
                 {"title", column_title(p, column)},
                 {"sortable", index == view.sort_column},
                 {"filterable", !of_vault(column.kind)}};
  const bool names_step = column.kind == Kind::kField || column.kind == Kind::kAt || column.kind == Kind::kCount ||
                          column.kind == Kind::kDue || column.kind == Kind::kMissing;
  if (names_step) out["step"] = p.steps[column.step].id;
  if (column.kind == Kind::kField) out["field"] = column.field;
  return out;
}

JsonObject view_json(const package::Package& p, const package::View& view) {
  JsonArray roles, columns;
  for (const auto role : view.roles) roles.emplace_back(p.roles[role].id);
  for (std::size_t i = 0; i < view.columns.size(); ++i) columns.emplace_back(column_json(p, view, i));
  std::string sort = view.sort_descending ? "-" : "";
  if (view.sort_column < view.columns.size()) sort += view.columns[view.sort_column].id;
  JsonObject out{{"id", view.id},
                 {"title", json_of(view.title)},
                 {"agency", p.agencies[view.agency].id},
                 {"kind", view.write ? "write" : "read"},
                 {"roles", std::move(roles)},
                 {"columns", std::move(columns)},
                 {"sort", std::move(sort)},
                 {"new_cases", view.new_cases}};
  if (view.write) out["step"] = p.steps[view.step].id;
  if (!view.help.empty()) out["help"] = json_of(view.help);
  return out;
}

JsonObject codes_json(const package::Package& p) {
  JsonObject out;
  for (const auto& list : p.codes) {
    JsonArray codes;
    for (const auto& code : list.codes) codes.emplace_back(JsonObject{{"id", code.id}, {"title", json_of(code.title)}});
    out[list.id] = std::move(codes);
  }
  return out;
}

}  // namespace

JsonObject json_of_package(const package::Package& p, const base::Hash& version) {
  JsonArray agencies, roles, phases, steps, views, rules;
  for (const auto& a : p.agencies) {
    agencies.emplace_back(JsonObject{{"id", a.id}, {"title", json_of(a.title)}, {"short", json_of(a.short_title)}});
  }
  for (const auto& r : p.roles) {
    roles.emplace_back(
        JsonObject{{"id", r.id}, {"agency", p.agencies[r.agency].id}, {"title", json_of(r.title)}, {"system", r.system}});
  }
  for (const auto& phase : p.phases) phases.emplace_back(JsonObject{{"id", phase.id}, {"title", json_of(phase.title)}});
  for (const auto& step : p.steps) steps.emplace_back(step_json(p, step));
  for (const auto& view : p.views) views.emplace_back(view_json(p, view));
  for (const auto& rule : p.rules) rules.emplace_back(rule_json(p, rule));
  JsonObject texts;
  for (const auto& [key, text] : p.texts) texts[key] = json_of(text);
  return {{"id", p.id},
          {"version", p.version},
          {"hash", base::to_hex(version)},
          {"title", json_of(p.title)},
          {"agencies", std::move(agencies)},
          {"roles", std::move(roles)},
          {"phases", std::move(phases)},
          {"steps", std::move(steps)},
          {"codes", codes_json(p)},
          {"views", std::move(views)},
          {"rules", std::move(rules)},
          {"texts", std::move(texts)}};
}

}  // namespace flora::http
