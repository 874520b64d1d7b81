// SPDX-License-Identifier: EUPL-1.2
#include "channel/cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "calendar/calendar.hpp"
#include "channel/keys.hpp"
#include "process/query.hpp"

namespace flora::channel {
namespace {

using Kind = package::Column::Kind;
using base::Code;
using base::fail;

constexpr std::size_t kSortTextMax = 32;
constexpr std::size_t kSortStepsMax = 8;

StoredCell number_cell(std::int64_t number) {
  StoredCell cell;
  cell.number = number;
  return cell;
}

StoredCell field_cell(const ColumnPlan& column, const process::Definition& definition, const process::CaseState& state) {
  const process::FactRef last = process::last_entered(state, column.column->step);
  if (last.is_none() || !column.field) return {};
  const auto values = state.values_of(definition, last);
  if (*column.field >= values.size() || values[*column.field] == process::Data::kAbsent) return {};
  const std::int64_t value = values[*column.field];
  if (column.schema->type != package::FieldType::kToken) return number_cell(value);
  StoredCell cell;
  cell.text = state.token(value);
  return cell;
}

StoredCell at_cell(const ColumnPlan& column, const process::CaseState& state) {
  const process::FactRef last = process::last_entered(state, column.column->step);
  return last.is_none() ? StoredCell{} : number_cell(state.fact(last).at);
}

StoredCell steps_cell(std::vector<package::StepIndex> steps) {
  StoredCell cell;
  cell.steps = std::move(steps);
  return cell;
}

std::vector<package::StepIndex> members_of(const process::StepSet& set, std::size_t steps) {
  std::vector<package::StepIndex> out;
  for (std::size_t s = 0; s < steps; ++s) {
    if (set.has(static_cast<package::StepIndex>(s))) out.push_back(static_cast<package::StepIndex>(s));
  }
  return out;
}

const calendar::Zone* zone_of(const process::Definition& definition) {
  if (const calendar::Calendar* calendar = definition.calendar()) return &calendar->zone();
  return calendar::builtin_calendars().find_zone("Europe/Berlin");
}

Cell show_since(std::int64_t ns, const process::Definition& definition, base::Instant now) {
  const calendar::Zone* zone = zone_of(definition);
  const calendar::Calendar* calendar = definition.calendar();
  if (calendar == nullptr) calendar = calendar::builtin_calendars().find("de-sn");
  if (zone == nullptr || calendar == nullptr) return std::monostate{};
  const auto since = zone->local_date({ns});
  return WorkdaysSince{calendar->workdays(since, zone->local_date(now)), Day{since.days}};
}

std::vector<Missing> show_missing(const StoredCell& cell, const process::Definition& definition) {
  const auto& package = definition.package();
  std::vector<Missing> out;
  for (const auto step : cell.steps) {
    if (step >= package.steps.size()) continue;
    Missing m{.step = package.steps[step].id, .by = {}};
    for (const auto agency : definition.debtors(step)) m.by.push_back(package.agencies[agency].id);
    out.push_back(std::move(m));
  }
  return out;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
  if ((text.size() != 5 && text.size() != 8) || text[2] != ':' || (text.size() == 8 && text[5] != ':')) return std::nullopt;
  const auto h = parse_number(text.substr(0, 2)), m = parse_number(text.substr(3, 2));
  const auto s = text.size() == 8 ? parse_number(text.substr(6, 2)) : std::optional<std::int64_t>(0);
  if (!h || !m || !s || *h < 0 || *h > 23 || *m < 0 || *m > 59 || *s < 0 || *s > 59) return std::nullopt;
  return *h * 3600 + *m * 60 + *s;
}

// A day is good enough for an instant: its beginning, or as an end of a range its last nanosecond.
std::optional<std::int64_t> parse_instant(std::string_view text, bool as_end) {
  if (const auto instant = base::parse_rfc3339(text)) return instant->ns;
  const auto date = calendar::parse_date(text);
  const calendar::Zone* zone = calendar::builtin_calendars().find_zone("Europe/Berlin");
  if (!date || zone == nullptr) return std::nullopt;
  const auto start = zone->start_of(as_end ? date->plus_days(1) : *date);
  if (!start) return std::nullopt;
  return as_end ? start->ns - 1 : start->ns;
}

enum class Scale : std::uint8_t { kNone, kInteger, kDay, kTime, kInstant, kTruth };

Scale scale_of(const ColumnPlan& column) {
  switch (column.column->kind) {
    case Kind::kAt:
    case Kind::kDue: return Scale::kInstant;
    case Kind::kCount:
    case Kind::kSince: return Scale::kInteger;
    case Kind::kField:
      if (column.schema == nullptr) return Scale::kNone;
      switch (column.schema->type) {
        case package::FieldType::kDate: return Scale::kDay;
        case package::FieldType::kTime: return Scale::kTime;
        case package::FieldType::kInteger: return Scale::kInteger;
        case package::FieldType::kBoolean: return Scale::kTruth;
        default: return Scale::kNone;
      }
    default: return Scale::kNone;
  }
}

std::optional<std::int64_t> parse_on(Scale scale, std::string_view text, bool as_end) {
  switch (scale) {
    case Scale::kInteger: return parse_number(text);
    case Scale::kDay: {
      const auto date = calendar::parse_date(text);
      return date ? std::optional<std::int64_t>(date->days) : std::nullopt;
    }
    case Scale::kTime: return parse_time_of_day(text);
    case Scale::kInstant: return parse_instant(text, as_end);
    case Scale::kTruth:
      return text == "true" ? std::optional<std::int64_t>(1) : text == "false" ? std::optional<std::int64_t>(0) : std::nullopt;
    case Scale::kNone: break;
  }
  return std::nullopt;
}

bool lists_steps(const ColumnPlan& column) { return column.column->kind == Kind::kMissing || column.column->kind == Kind::kNext; }

std::optional<std::int64_t> number_of(const Cell& cell) {
  if (const auto* v = std::get_if<std::int64_t>(&cell)) return *v;
  if (const auto* v = std::get_if<bool>(&cell)) return *v ? 1 : 0;
  if (const auto* v = std::get_if<Day>(&cell)) return v->days;
  if (const auto* v = std::get_if<TimeOfDay>(&cell)) return v->seconds;
  if (const auto* v = std::get_if<base::Instant>(&cell)) return v->ns;
  if (const auto* v = std::get_if<WorkdaysSince>(&cell)) return v->workdays;
  return std::nullopt;
}

}  // namespace

StoredCell make_cell(const ColumnPlan& column, package::AgencyIndex agency, const process::Definition& definition,
                     const process::CaseState& state) {
  const package::Column& c = *column.column;
  switch (c.kind) {
    case Kind::kField: return field_cell(column, definition, state);
    case Kind::kAt:
    case Kind::kSince: return at_cell(column, state);
    case Kind::kCount: return number_cell(state.count(c.step));
    case Kind::kDue: {
      const std::int64_t due = process::due_of(state, c.step);
      return due == process::kNever ? StoredCell{} : number_cell(due);
    }
    case Kind::kMissing:
      if (definition.package().steps[c.step].once && state.executed.has(c.step)) return {};
      return steps_cell(process::missing_for(definition, state, c.step));
    case Kind::kStatus: {
      const process::FactRef last = process::last_entered(state);
      return last.is_none() ? StoredCell{} : number_cell(state.fact(last).step);
    }
    case Kind::kLevel: return number_cell(static_cast<std::int64_t>(state.highest_open()));
    case Kind::kNext: return steps_cell(members_of(process::cues_of(definition, state, agency), definition.step_count()));
    default: return {};
  }
}

void write_cell(base::CborWriter& w, const StoredCell& cell) {
  if (cell.number) {
    w.integer(*cell.number);
  } else if (!cell.text.empty()) {
    w.text(cell.text);
  } else if (!cell.steps.empty()) {
    w.array(cell.steps.size());
    for (const auto step : cell.steps) w.uint(step);
  } else {
    w.null();
  }
}

base::Result<StoredCell> read_cell(base::CborReader& r) {
  StoredCell cell;
  switch (r.peek()) {
    case base::CborType::kNull: FLORA_TRY(r.null()); break;
    case base::CborType::kText: {
      FLORA_TRY(const auto text, r.text());
      cell.text = text;
      break;
    }
    case base::CborType::kArray: {
      FLORA_TRY(const auto n, r.array());
      for (std::size_t i = 0; i < n; ++i) {
        FLORA_TRY(const auto step, r.uint());
        cell.steps.push_back(static_cast<package::StepIndex>(step));
      }
      break;
    }
    default: {
      FLORA_TRY(const auto number, r.integer());
      cell.number = number;
    }
  }
  return cell;
}

std::string sort_key(const ColumnPlan& column, const StoredCell& cell, bool descending) {
  std::string key(1, '\x01');
  const auto add = [&](base::ByteView bytes) { key.append(base::as_text(bytes)); };
  if (cell.number) {
    // The longest wait is the least instant, so the order of `since` is that of the instants turned round.
    const std::int64_t n = column.column->kind == Kind::kSince ? -1 - *cell.number : *cell.number;
    add(ordered(n));
  } else if (!cell.text.empty()) {
    key.append(cell.text, 0, kSortTextMax);
    key.push_back('\0');
  } else if (!cell.steps.empty()) {
    for (std::size_t i = 0; i < std::min(cell.steps.size(), kSortStepsMax); ++i) add(be16(cell.steps[i]));
  } else {
    key[0] = descending ? '\x00' : '\x02';
  }
  return key;
}

Cell show_value(const package::Package& package, const package::Field& field, std::int64_t value, std::string_view token) {
  switch (field.type) {
    case package::FieldType::kCode: {
      const package::CodeList* list = package.find_codes(field.list);
      if (list == nullptr || value < 0 || static_cast<std::size_t>(value) >= list->codes.size()) return std::monostate{};
      return CodeValue{list->codes[static_cast<std::size_t>(value)].id};
    }
    case package::FieldType::kDate: return Day{static_cast<std::int32_t>(value)};
    case package::FieldType::kTime: return TimeOfDay{static_cast<std::int32_t>(value)};
    case package::FieldType::kInteger: return value;
    case package::FieldType::kBoolean: return value != 0;
    case package::FieldType::kToken: return Token{std::string(token)};
  }
  return std::monostate{};
}

Cell show_cell(const ColumnPlan& column, const StoredCell& cell, const process::Definition& definition, base::Instant now) {
  const auto& package = definition.package();
  switch (column.column->kind) {
    case Kind::kField:
      if (column.schema == nullptr || (!cell.number && cell.text.empty())) return std::monostate{};
      return show_value(package, *column.schema, cell.number.value_or(0), cell.text);
    case Kind::kAt:
    case Kind::kDue: return cell.number ? Cell(base::Instant{*cell.number}) : Cell();
    case Kind::kCount: return cell.number.value_or(0);
    case Kind::kSince: return cell.number ? show_since(*cell.number, definition, now) : Cell();
    case Kind::kMissing: return cell.steps.empty() ? Cell() : Cell(show_missing(cell, definition));
    case Kind::kStatus:
      if (!cell.number || static_cast<std::size_t>(*cell.number) >= package.steps.size()) return std::monostate{};
      return StepName{package.steps[static_cast<std::size_t>(*cell.number)].id};
    case Kind::kLevel: return static_cast<package::Level>(std::clamp<std::int64_t>(cell.number.value_or(0), 0, 4));
    case Kind::kNext: {
      if (cell.steps.empty()) return std::monostate{};
      std::vector<StepName> steps;
      for (const auto s : cell.steps) {
        if (s < package.steps.size()) steps.push_back({package.steps[s].id});
      }
      return steps;
    }
    default: return std::monostate{};
  }
}

base::Result<CellFilter> CellFilter::parse(const ColumnPlan& column, std::string_view value) {
  CellFilter filter;
  if (column.of_vault) return fail(Code::kQueryUnknown, fmt::format("column {} cannot be filtered by", column.column->id));
  if (value.empty()) return filter;
  const Scale scale = scale_of(column);
  if (scale == Scale::kNone) {
    filter.kind_ = lists_steps(column) ? Kind::kStep : Kind::kText;
    filter.text_ = value;
    return filter;
  }
  filter.kind_ = Kind::kNumber;
  const auto wrong = [&] { return fail(Code::kOutOfRange, fmt::format("the value does not fit column {}", column.column->id)); };
  const std::size_t dots = value.find("..");
  const std::string_view from = value.substr(0, dots), to = dots == std::string_view::npos ? value : value.substr(dots + 2);
  if (!from.empty() && !(filter.from_ = parse_on(scale, from, false))) return wrong();
  if (!to.empty() && !(filter.to_ = parse_on(scale, to, true))) return wrong();
  if (!filter.from_ && !filter.to_) return wrong();
  return filter;
}

bool CellFilter::matches(const Cell& cell) const {
  switch (kind_) {
    case Kind::kEmpty: return std::holds_alternative<std::monostate>(cell);
    case Kind::kNumber: {
      const auto number = number_of(cell);
      return number && (!from_ || *number >= *from_) && (!to_ || *number <= *to_);
    }
    case Kind::kStep:
      if (const auto* steps = std::get_if<std::vector<StepName>>(&cell)) {
        return std::any_of(steps->begin(), steps->end(), [&](const StepName& s) { return s.id == text_; });
      }
      if (const auto* missing = std::get_if<std::vector<Missing>>(&cell)) {
        return std::any_of(missing->begin(), missing->end(), [&](const Missing& m) { return m.step == text_; });
      }
      return false;
    case Kind::kText:
      if (const auto* v = std::get_if<CodeValue>(&cell)) return v->id == text_;
      if (const auto* v = std::get_if<Token>(&cell)) return v->text == text_;
      if (const auto* v = std::get_if<StepName>(&cell)) return v->id == text_;
      if (const auto* v = std::get_if<package::Level>(&cell)) return package::to_text(*v) == text_;
      return false;
  }
  return false;
}

namespace {

base::Json json_of(const Cell& cell) {
  struct Visitor {
    base::Json operator()(std::monostate) const { return nullptr; }
    base::Json operator()(bool v) const { return v; }
    base::Json operator()(std::int64_t v) const { return v; }
    base::Json operator()(Day v) const { return base::Json(calendar::to_text(calendar::CivilDate{v.days})); }
    base::Json operator()(TimeOfDay v) const {
      return base::Json(v.seconds % 60 == 0
                            ? fmt::format("{:02}:{:02}", v.seconds / 3600, v.seconds / 60 % 60)
                            : fmt::format("{:02}:{:02}:{:02}", v.seconds / 3600, v.seconds / 60 % 60, v.seconds % 60));
    }
    base::Json operator()(base::Instant v) const { return base::Json(local_text(v)); }
    base::Json operator()(const CodeValue& v) const { return base::Json(v.id); }
    base::Json operator()(const Token& v) const { return base::Json(v.text); }
    base::Json operator()(const StepName& v) const { return base::Json(v.id); }
    base::Json operator()(package::Level v) const { return base::Json(package::to_text(v)); }
    base::Json operator()(const std::vector<StepName>& v) const {
      base::JsonArray out;
      for (const auto& s : v) out.emplace_back(s.id);
      return out;
    }
    base::Json operator()(const std::vector<Missing>& v) const {
      base::JsonArray out;
      for (const auto& m : v) {
        base::JsonArray by;
        for (const auto& agency : m.by) by.emplace_back(agency);
        out.emplace_back(base::JsonObject{{"step", m.step}, {"by", std::move(by)}});
      }
      return out;
    }
    base::Json operator()(const WorkdaysSince& v) const {
      return base::JsonObject{{"workdays", v.workdays}, {"since", calendar::to_text(calendar::CivilDate{v.since.days})}};
    }
  };
  return std::visit(Visitor{}, cell);
}

}  // namespace

base::Json to_json(const Cell& cell) { return json_of(cell); }

}  // namespace flora::channel
