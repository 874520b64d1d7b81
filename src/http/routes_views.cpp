// SPDX-License-Identifier: EUPL-1.2
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "http/api.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"
#include "http/persons.hpp"

namespace flora::http {

using base::Code;
using base::fail;
using base::Json;
using base::JsonArray;
using base::JsonObject;

namespace {

const package::View* find_view(const package::Package& package, std::string_view id) {
  const auto found = std::ranges::find(package.views, id, [](const package::View& v) { return std::string_view(v.id); });
  return found == package.views.end() ? nullptr : &*found;
}

std::vector<base::CaseId> cases_of(const auto& list) {
  std::vector<base::CaseId> out;
  out.reserve(list.size());
  for (const auto& one : list) out.push_back(one.case_id);
  return out;
}

// The cell of a vault column.
Json vault_cell(package::Column::Kind kind, const vault::Record* record) {
  using Kind = package::Column::Kind;
  if (record == nullptr) return nullptr;
  switch (kind) {
    case Kind::kName: return Json(fmt::format("{}, {}", record->family_name, record->given_names));
    case Kind::kBirthDate: return json_or_null(record->birth_date);
    case Kind::kNationality: return json_or_null(record->nationality);
    case Kind::kFileNumber: return json_or_null(record->file_number);
    case Kind::kGroup: return json_or_null(record->group);
    default: return nullptr;
  }
}

JsonObject row_json(const package::View& view, const channel::Row& row, const Persons& persons) {
  const auto* record = persons.find(row.case_id);
  JsonObject cells;
  JsonArray cues;
  for (std::size_t i = 0; i < view.columns.size() && i < row.cells.size(); ++i) {
    const auto& column = view.columns[i];
    if (column.kind <= package::Column::Kind::kGroup) {
      cells[column.id] = vault_cell(column.kind, record);
    } else if (const auto* instant = std::get_if<base::Instant>(&row.cells[i]);
               instant != nullptr && column.kind == package::Column::Kind::kDue) {
      cells[column.id] = json_of_due(*instant);
    } else {
      cells[column.id] = channel::to_json(row.cells[i]);
    }
    if (column.kind == package::Column::Kind::kNext && cells[column.id].is_array()) cues = cells[column.id].get_array();
  }
  return {{"case", row.case_id.text()},
          {"person", persons.json(row.case_id)},
          {"cells", std::move(cells)},
          {"level", package::to_text(row.level)},
          {"cues", std::move(cues)}};
}

// The only order a view keeps is its own, forwards or backwards.
base::Result<bool> is_reversed(const Request& request, const package::View& view) {
  const auto sort = request.query_value("sort");
  if (!sort) return false;
  const bool descending = sort->starts_with('-');
  const auto column = descending ? sort->substr(1) : *sort;
  if (view.sort_column >= view.columns.size() || view.columns[view.sort_column].id != column) {
    return fail(Code::kQueryUnknown, "sort: see `sort` of the view in the package");
  }
  return descending != view.sort_descending;
}

base::Result<channel::PageQuery> page_query(const Request& request, const package::View& view) {
  channel::PageQuery out;
  out.view = view.id;
  out.after = request.query_value("cursor").value_or("");
  FLORA_TRY(out.limit, page_limit(request));
  FLORA_TRY(out.reverse, is_reversed(request, view));
  for (const auto& [name, value] : request.query) {
    if (!name.starts_with("filter.")) continue;
    channel::Filter filter{.column = name.substr(7), .value = value};
    const auto column = std::ranges::find(view.columns, filter.column, &package::Column::id);
    if (column == view.columns.end()) return fail(Code::kQueryUnknown, name);
    if (column->kind <= package::Column::Kind::kGroup)
      return fail(Code::kQueryUnknown, fmt::format("{}: search it with q", name));
    out.filters.push_back(std::move(filter));
  }
  return out;
}

// ---- q: found in the vault first, then looked up in the view ----------------------------------------------------------
base::Result<channel::Page> searched(Api& api, const Reading& reading, const channel::PageQuery& query, std::string_view text) {
  std::size_t skip = 0;
  const auto [end, error] = std::from_chars(query.after.data(), query.after.data() + query.after.size(), skip);
  if (!query.after.empty() && (error != std::errc{} || *end != '\0')) return fail(Code::kOutOfRange, "cursor");
  FLORA_TRY(const auto found, api.backend.vault(reading.asking.member).search(text, vault::kSearchRowsMax));
  channel::Page page;
  if (query.filters.empty()) {
    FLORA_TRY(page, reading.reader->rows_of(reading.asking, query.view, found));
  } else {
    // With filters the view is walked and what was not found in the vault is left out: at most kRowsExaminedMax rows.
    channel::PageQuery walk = query;
    walk.after.clear();
    walk.limit = base::limits::kPageRowsMax;
    std::size_t pages = 0;
    do {
      FLORA_TRY(auto more, reading.reader->page(reading.asking, walk));
      for (auto& row : more.rows) {
        if (std::ranges::binary_search(found, row.case_id)) page.rows.push_back(std::move(row));
      }
      page.standing = more.standing;
      page.total = more.total;
      walk.after = more.next;
    } while (!walk.after.empty() && ++pages < channel::kRowsExaminedMax / base::limits::kPageRowsMax);
  }
  const std::size_t all = page.rows.size();
  page.rows.erase(page.rows.begin(), page.rows.begin() + static_cast<std::ptrdiff_t>(std::min(skip, all)));
  if (page.rows.size() > query.limit) page.rows.resize(query.limit);
  page.next = skip + query.limit < all ? fmt::format("{}", skip + query.limit) : "";
  return page;
}

base::Result<Response> view_page(Api& api, const Request& request) {
  FLORA_TRY(const auto reading, read_as(api, request));
  const auto* view = find_view(reading.package(), request.path_value("view"));
  if (view == nullptr) return fail(Code::kUnknownView);
  FLORA_TRY(const auto query, page_query(request, *view));
  const auto text = request.query_value("q");
  channel::Page page;
  if (text && !text->empty()) {
    FLORA_TRY(page, searched(api, reading, query, *text));
  } else {
    FLORA_TRY(page, reading.reader->page(reading.asking, query));
  }
  const auto cases = cases_of(page.rows);
  FLORA_TRY(const auto persons, Persons::of(api, request.origin, cases));
  JsonArray rows;
  for (const auto& row : page.rows) rows.emplace_back(row_json(*view, row, persons));
  return listed(request, page.standing,
                {{"view", view->id}, {"rows", std::move(rows)}, {"next", json_or_null(page.next)}, {"total", page.total}});
}

base::Result<Response> view_counts(Api& api, const Request& request) {
  FLORA_TRY(const auto reading, read_as(api, request));
  FLORA_TRY(const auto counts, reading.reader->counts(reading.asking));
  JsonArray views;
  for (const auto& count : counts) {
    const auto* view = find_view(reading.package(), count.view);
    views.emplace_back(JsonObject{{"id", count.view},
                                  {"title", view == nullptr ? JsonObject{} : json_of(view->title)},
                                  {"kind", count.write ? "write" : "read"},
                                  {"count", count.rows}});
  }
  return listed(request, reading.reader->standing(), {{"views", std::move(views)}});
}

base::Result<Response> next_page(Api& api, const Request& request) {
  FLORA_TRY(const auto reading, read_as(api, request));
  FLORA_TRY(const auto limit, page_limit(request));
  FLORA_TRY(const auto page,
            reading.reader->next_steps(reading.asking, std::string(request.query_value("cursor").value_or("")), limit));
  const auto cases = cases_of(page.steps);
  FLORA_TRY(const auto persons, Persons::of(api, request.origin, cases));
  JsonArray steps;
  for (const auto& step : page.steps) {
    steps.emplace_back(JsonObject{{"case", step.case_id.text()},
                                  {"person", persons.json(step.case_id)},
                                  {"step", step.step},
                                  {"due", json_of_due(step.due)},
                                  {"overdue", step.overdue},
                                  {"write_view", json_or_null(step.write_view)}});
  }
  return listed(request, page.standing, {{"steps", std::move(steps)}, {"next", json_or_null(page.next)}, {"total", page.total}});
}

base::Result<channel::InboxQuery> inbox_query(const Request& request) {
  channel::InboxQuery out;
  out.after = request.query_value("cursor").value_or("");
  FLORA_TRY(out.limit, page_limit(request));
  if (const auto level = request.query_value("level")) {
    using package::Level;
    if (*level == "hint")
      out.levels = {Level::kHint};
    else if (*level == "attention")
      out.levels = {Level::kAttention};
    else if (*level == "critical")
      out.levels = {Level::kCritical};
    else
      return fail(Code::kOutOfRange, "level: hint, attention or critical");
  }
  if (const auto state = request.query_value("state")) {
    if (*state == "open")
      out.states = {channel::FindingState::kOpen};
    else if (*state == "acknowledged")
      out.states = {channel::FindingState::kAcknowledged};
    else
      return fail(Code::kOutOfRange, "state: open or acknowledged");
  }
  return out;
}

base::Result<Response> inbox_page(Api& api, const Request& request) {
  FLORA_TRY(const auto reading, read_as(api, request));
  FLORA_TRY(const auto query, inbox_query(request));
  FLORA_TRY(const auto inbox, reading.reader->inbox(reading.asking, query));
  const auto cases = cases_of(inbox.findings);
  FLORA_TRY(const auto persons, Persons::of(api, request.origin, cases));
  JsonArray findings;
  for (const auto& finding : inbox.findings) {
    findings.emplace_back(
        JsonObject{{"case", finding.case_id.text()}, {"person", persons.json(finding.case_id)}, {"finding", json_of(finding)}});
  }
  return listed(request, inbox.standing,
                {{"findings", std::move(findings)},
                 {"next", json_or_null(inbox.next)},
                 {"counts", JsonObject{{"critical", inbox.critical}, {"attention", inbox.attention}, {"hint", inbox.hint}}}});
}

void answer(base::Result<Response> result, const Request& request, const Respond& respond) {
  respond(result ? *std::move(result) : problem(result.error(), request.trace));
}

}  // namespace

void get_views(Api& api, Request request, Respond respond) { answer(view_counts(api, request), request, respond); }
void get_view(Api& api, Request request, Respond respond) { answer(view_page(api, request), request, respond); }
void get_next(Api& api, Request request, Respond respond) { answer(next_page(api, request), request, respond); }
void get_findings(Api& api, Request request, Respond respond) { answer(inbox_page(api, request), request, respond); }

}  // namespace flora::http
