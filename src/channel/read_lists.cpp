// SPDX-License-Identifier: EUPL-1.2
// Counts, pages of views, inbox and next steps.
#include <fmt/format.h>

#include <algorithm>

#include "base/cbor.hpp"
#include "channel/cells.hpp"
#include "channel/keys.hpp"
#include "channel/project.hpp"
#include "channel/reading.hpp"
#include "channel/registers.hpp"
#include "process/definition.hpp"

namespace flora::channel {

using base::Code;
using base::fail;

namespace {

struct StoredRow {
  const Version* version = nullptr;
  package::Level level = package::Level::kNone;
  std::vector<StoredCell> cells;  // columns of the case, in order
};

base::Result<StoredRow> decode_row(const Catalog& catalog, base::ByteView value) {
  FLORA_TRY(auto r, base::CborReader::open(value));
  FLORA_TRY(r.array(3));
  StoredRow row;
  FLORA_TRY(const auto ordinal, r.uint());
  row.version = catalog.by_ordinal(static_cast<std::uint16_t>(ordinal));
  if (row.version == nullptr) return fail(Code::kCorrupt, "a row names an unknown package version");
  FLORA_TRY(const auto level, r.uint());
  row.level = static_cast<package::Level>(std::min<std::uint64_t>(level, 4));
  FLORA_TRY(const auto n, r.array());
  for (std::size_t i = 0; i < n; ++i) {
    FLORA_TRY(auto cell, read_cell(r));
    row.cells.push_back(std::move(cell));
  }
  return row;
}

// Rows of older versions are shown under the columns of the version in force, by column id.
class RowReader {
 public:
  RowReader(const Catalog& catalog, const Asker& asker, const ViewPlan& view, base::Instant now)
      : catalog_(catalog), asker_(asker), view_(view), now_(now) {}

  base::Result<Row> read(const base::CaseId& id, base::ByteView value) const {
    FLORA_TRY(const auto stored, decode_row(catalog_, value));
    Row row;
    row.case_id = id;
    row.package = stored.version->hash;
    row.level = stored.level;
    const ViewPlan* plan = plan_of(*stored.version);
    if (plan == nullptr) return fail(Code::kCorrupt, "a row names an unknown view");
    row.cells.resize(view_.columns.size());
    std::size_t next = 0;
    for (const auto& column : plan->columns) {
      if (column.of_vault) continue;
      if (next == stored.cells.size()) return fail(Code::kCorrupt, "a row has too few cells");
      const StoredCell& cell = stored.cells[next++];
      if (const auto at = place_of(column, plan)) {
        row.cells[*at] = show_cell(column, cell, *stored.version->definition, now_);
      }
    }
    return row;
  }

 private:
  const ViewPlan* plan_of(const Version& version) const {
    if (&version == &asker_.version) return &view_;
    const auto index = find_view(*version.package, view_.view->id);
    return index ? &version.plan->views[*index] : nullptr;
  }
  std::optional<std::size_t> place_of(const ColumnPlan& column, const ViewPlan* plan) const {
    if (plan == &view_) return static_cast<std::size_t>(&column - view_.columns.data());
    for (std::size_t i = 0; i < view_.columns.size(); ++i) {
      const ColumnPlan& ours = view_.columns[i];
      if (ours.column->id == column.column->id && ours.column->kind == column.column->kind) return i;
    }
    return std::nullopt;
  }
  const Catalog& catalog_;
  const Asker& asker_;
  const ViewPlan& view_;
  const base::Instant now_;
};

base::Result<const ViewPlan*> view_for(const Asker& asker, std::string_view id) {
  const auto index = find_view(asker.package(), id);
  if (!index || !may_open(asker.package().views[*index], asker.role)) {
    return fail(Code::kUnknownView, fmt::format("there is no view {} for this role", id));
  }
  return &asker.plan.views[*index];
}

struct ColumnFilter {
  std::size_t column;
  CellFilter filter;
};

base::Result<std::vector<ColumnFilter>> parse_filters(const ViewPlan& view, const std::vector<Filter>& filters) {
  std::vector<ColumnFilter> out;
  for (const auto& filter : filters) {
    const auto it = std::find_if(view.columns.begin(), view.columns.end(),
                                 [&](const ColumnPlan& column) { return column.column->id == filter.column; });
    if (it == view.columns.end()) {
      return fail(Code::kQueryUnknown, fmt::format("view {} has no column {}", view.view->id, filter.column));
    }
    FLORA_TRY(auto parsed, CellFilter::parse(*it, filter.value));
    out.push_back({static_cast<std::size_t>(it - view.columns.begin()), std::move(parsed)});
  }
  return out;
}

bool all_match(const std::vector<ColumnFilter>& filters, const Row& row) {
  return std::all_of(filters.begin(), filters.end(),
                     [&](const ColumnFilter& f) { return f.filter.matches(row.cells[f.column]); });
}

// Walks a list from a cursor on, either way. `visit` is given the position (key behind the list's prefix) and the value.
void walk(const base::TableReader& tables, base::Table table, const base::Bytes& prefix, const base::Bytes& after, bool down,
          const std::function<bool(base::ByteView position, base::ByteView value)>& visit) {
  base::Bytes from;
  if (!after.empty()) {
    from = prefix;
    base::append(from, after);
  }
  const auto each = [&](base::ByteView key, base::ByteView value) {
    const base::ByteView position = key.subspan(prefix.size());
    if (base::equal(position, after)) return true;  // the row the cursor stands on
    return visit(position, value);
  };
  if (down) {
    tables.scan_back(table, prefix, from, each);
  } else {
    tables.scan(table, prefix, from, each);
  }
}

base::Result<base::Bytes> position_after(const std::string& cursor) {
  if (cursor.empty()) return base::Bytes{};
  return parse_cursor(cursor);
}

}  // namespace

std::string_view to_text(FindingState state) {
  static constexpr std::array<std::string_view, 7> kNames{"",          "open",      "acknowledged", "healed",
                                                          "justified", "withdrawn", "closed"};
  return kNames[static_cast<std::size_t>(state)];
}

Reader::Reader(std::shared_ptr<const base::TableReader> tables, const base::ChannelId& channel,
               std::shared_ptr<const Catalog> catalog)
    : tables_(std::move(tables)), channel_(channel), catalog_(std::move(catalog)) {}

Standing Reader::standing() const {
  const Meta meta = read_meta(*tables_, channel_).value_or(Meta{});
  return {meta.height, meta.time};
}

base::Result<std::vector<ViewCount>> Reader::counts(const Asking& asking) const {
  FLORA_TRY(const auto asker, ask(*catalog_, asking));
  std::vector<ViewCount> out;
  for (const auto& view : asker.plan.views) {
    if (!may_open(*view.view, asker.role)) continue;
    out.push_back({view.view->id, view.view->write, read_counter(*tables_, channel_, view.rows)});
  }
  return out;
}

base::Result<Page> Reader::page(const Asking& asking, const PageQuery& query) const {
  FLORA_TRY(const auto asker, ask(*catalog_, asking));
  FLORA_TRY(const ViewPlan* view, view_for(asker, query.view));
  FLORA_TRY(check_limit(query.limit));
  FLORA_TRY(const auto filters, parse_filters(*view, query.filters));
  FLORA_TRY(const auto after, position_after(query.after));
  Page page;
  page.standing = standing();
  page.total = read_counter(*tables_, channel_, view->rows);
  const RowReader reader(*catalog_, asker, *view, page.standing.time);
  base::Status status;
  std::size_t examined = 0;
  base::Bytes last;
  walk(*tables_, base::Table::kViewRows, list_prefix(channel_, view->rows), after, view->view->sort_descending != query.reverse,
       [&](base::ByteView position, base::ByteView value) {
         if (page.rows.size() == query.limit || examined == kRowsExaminedMax) {
           page.next = cursor_of(last);
           return false;
         }
         ++examined;
         last = base::to_bytes(position);
         auto row = reader.read(*base::CaseId::from(position.last(16)), value);
         if (!row) {
           status = tl::unexpected(row.error());
           return false;
         }
         if (!all_match(filters, *row)) return true;
         row->cursor = cursor_of(position);
         page.rows.push_back(*std::move(row));
         return true;
       });
  FLORA_TRY(status);
  return page;
}

base::Result<Page> Reader::rows_of(const Asking& asking, std::string_view view_id, std::span<const base::CaseId> cases) const {
  FLORA_TRY(const auto asker, ask(*catalog_, asking));
  FLORA_TRY(const ViewPlan* view, view_for(asker, view_id));
  Page page;
  page.standing = standing();
  page.total = read_counter(*tables_, channel_, view->rows);
  const RowReader reader(*catalog_, asker, *view, page.standing.time);
  for (const auto& id : cases) {
    const auto bytes = tables_->get(base::Table::kViewIndex, index_key(channel_, place::kPlaced, {id}));
    if (!bytes) continue;
    FLORA_TRY(const auto entry, load_case(*tables_, channel_, id, *catalog_));
    if (entry == nullptr) continue;
    FLORA_TRY(const auto placed, decode_placed(*bytes));
    for (const auto& row : placed.rows) {
      const ViewPlan& plan = entry->version->plan->views[row.view];
      if (plan.rows != view->rows) continue;
      const auto value = tables_->get(base::Table::kViewRows, view_row_key(channel_, plan.rows, row.sort, id));
      if (!value) return fail(Code::kCorrupt, "a row is not where it should stand");
      FLORA_TRY(auto shown, reader.read(id, *value));
      page.rows.push_back(std::move(shown));
    }
  }
  return page;
}

base::Result<std::vector<std::string>> Reader::views_of(const Asking& asking, const base::CaseId& id) const {
  FLORA_TRY(const auto asker, ask(*catalog_, asking));
  FLORA_TRY(const auto found, open_case(*tables_, channel_, *catalog_, asker, id));
  std::vector<std::string> out;
  for (const auto& row : found.placed.rows) {
    const package::View& view = *found.entry->version->plan->views[row.view].view;
    if (view.agency == found.asker.agency) out.push_back(view.id);
  }
  return out;
}

// ---- inbox ------------------------------------------------------------------------------------------------------------------

namespace {

bool reaches(const InboxRow& row, const AskerIn& asker) {
  return std::any_of(row.to.begin(), row.to.end(), [&](const process::Addressee& to) {
    return to.kind == process::Addressee::Kind::kAgency ? to.index == asker.agency : asker.role == to.index;
  });
}

Finding show_finding(const Version& version, const InboxRow& row, const base::CaseId& id, base::ByteView position) {
  Finding f;
  f.case_id = id;
  f.package = version.hash;
  f.rule = version.definition->rule_id(row.rule);
  f.step = version.definition->step_id(row.step);
  f.fact = row.fact;
  f.stage = row.stage;
  f.level = row.level;
  f.state = row.acknowledged ? FindingState::kAcknowledged : FindingState::kOpen;
  f.opened = {row.opened};
  for (const auto& to : row.to) f.to.emplace_back(version.definition->addressee_id(to));
  std::sort(f.to.begin(), f.to.end());
  f.cursor = cursor_of(position);
  return f;
}

template <class T>
bool asked_for(const std::vector<T>& wanted, T value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

}  // namespace

base::Result<Inbox> Reader::inbox(const Asking& asking, const InboxQuery& query) const {
  FLORA_TRY(const auto asker, ask(*catalog_, asking));
  FLORA_TRY(check_limit(query.limit));
  FLORA_TRY(const auto after, position_after(query.after));
  Inbox inbox;
  inbox.standing = standing();
  const auto& counters = asker.plan.roles[asker.role].inbox;
  const auto counter = [&](package::Level level) {
    return read_counter(*tables_, channel_, counters[static_cast<std::size_t>(level)]);
  };
  inbox.critical = counter(package::Level::kCritical);
  inbox.attention = counter(package::Level::kAttention);
  inbox.hint = counter(package::Level::kHint);
  base::Status status;
  std::size_t examined = 0;
  base::Bytes last;
  walk(*tables_, base::Table::kFindings, list_prefix(channel_, asker.plan.agencies[asker.agency].inbox), after, false,
       [&](base::ByteView position, base::ByteView value) {
         if (inbox.findings.size() == query.limit || examined == kRowsExaminedMax) {
           inbox.next = cursor_of(last);
           return false;
         }
         ++examined;
         last = base::to_bytes(position);
         const auto row = decode_inbox_row(value);
         const Version* version = row ? catalog_->by_ordinal(row->version) : nullptr;
         if (version == nullptr || position.size() != 27) {
           status = fail(Code::kCorrupt, "a row of an inbox cannot be read");
           return false;
         }
         const auto here = ask_in(asker, *version);
         if (!here || !reaches(*row, *here)) return true;
         Finding finding = show_finding(*version, *row, *base::CaseId::from(position.subspan(9, 16)), position);
         if (asked_for(query.levels, finding.level) && asked_for(query.states, finding.state)) {
           inbox.findings.push_back(std::move(finding));
         }
         return true;
       });
  FLORA_TRY(status);
  return inbox;
}

// ---- next steps -------------------------------------------------------------------------------------------------------------

namespace {

struct CueRow {
  std::uint16_t version = 0;
  package::StepIndex step = 0;
  std::optional<base::Instant> due;
};

base::Result<CueRow> decode_cue_row(base::ByteView value) {
  FLORA_TRY(auto r, base::CborReader::open(value));
  FLORA_TRY(r.array(3));
  CueRow row;
  FLORA_TRY(const auto version, r.uint());
  row.version = static_cast<std::uint16_t>(version);
  FLORA_TRY(const auto step, r.uint());
  row.step = static_cast<package::StepIndex>(step);
  if (r.peek() == base::CborType::kNull) return row;
  FLORA_TRY(const auto due, r.integer());
  row.due = base::Instant{due};
  return row;
}

std::string write_view_for(const Version& version, package::RoleIndex role, package::StepIndex step) {
  for (const auto& view : version.package->views) {
    if (view.write && view.step == step && may_open(view, role)) return view.id;
  }
  return {};
}

}  // namespace

base::Result<NextSteps> Reader::next_steps(const Asking& asking, const std::string& after_cursor, std::size_t limit) const {
  FLORA_TRY(const auto asker, ask(*catalog_, asking));
  FLORA_TRY(check_limit(limit));
  FLORA_TRY(const auto after, position_after(after_cursor));
  NextSteps out;
  out.standing = standing();
  out.total = read_counter(*tables_, channel_, asker.plan.roles[asker.role].next);
  base::Status status;
  std::size_t examined = 0;
  base::Bytes last;
  walk(*tables_, base::Table::kViewRows, list_prefix(channel_, asker.plan.agencies[asker.agency].next), after, false,
       [&](base::ByteView position, base::ByteView value) {
         if (out.steps.size() == limit || examined == kRowsExaminedMax) {
           out.next = cursor_of(last);
           return false;
         }
         ++examined;
         last = base::to_bytes(position);
         const auto row = decode_cue_row(value);
         const Version* version = row ? catalog_->by_ordinal(row->version) : nullptr;
         if (version == nullptr || position.size() != 26 || row->step >= version->package->steps.size()) {
           status = fail(Code::kCorrupt, "a row of next steps cannot be read");
           return false;
         }
         const auto here = ask_in(asker, *version);
         if (!here || !here->role || !version->definition->owns(*here->role, row->step)) return true;
         NextStep step;
         step.case_id = *base::CaseId::from(position.subspan(8, 16));
         step.package = version->hash;
         step.step = version->package->steps[row->step].id;
         step.due = row->due;
         step.overdue = row->due && *row->due <= out.standing.time;
         step.write_view = write_view_for(*version, *here->role, row->step);
         step.cursor = cursor_of(position);
         out.steps.push_back(std::move(step));
         return true;
       });
  FLORA_TRY(status);
  return out;
}

}  // namespace flora::channel
