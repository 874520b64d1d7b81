// SPDX-License-Identifier: EUPL-1.2
#include "channel/project.hpp"

#include <algorithm>

#include "base/cbor.hpp"
#include "channel/cells.hpp"
#include "channel/keys.hpp"
#include "process/engine.hpp"
#include "process/query.hpp"

namespace flora::channel {
namespace {

using base::CborReader;
using base::CborWriter;

// Critical first.
std::uint8_t level_key(package::Level level) { return static_cast<std::uint8_t>(4 - static_cast<unsigned>(level)); }

ProjectedRow project_row(const CaseEntry& entry, const ViewPlan& plan, std::uint16_t index, package::Level level) {
  const auto& definition = *entry.version->definition;
  const package::View& view = *plan.view;
  ProjectedRow row{.view = index, .sort = {}, .value = {}};
  std::size_t stored = 0;
  for (const auto& column : plan.columns) stored += column.of_vault ? 0 : 1;
  CborWriter w;
  w.array(3).uint(entry.version->ordinal).uint(static_cast<std::uint64_t>(level)).array(stored);
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const ColumnPlan& column = plan.columns[i];
    if (column.of_vault) continue;
    const StoredCell cell = make_cell(column, view.agency, definition, entry.state);
    if (i == view.sort_column) row.sort = sort_key(column, cell, view.sort_descending);
    write_cell(w, cell);
  }
  row.value = w.take();
  return row;
}

template <class T>
void sort_unique(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

ProjectedFinding project_finding(const CaseEntry& entry, std::uint16_t index) {
  const auto& definition = *entry.version->definition;
  const process::Finding& finding = entry.state.findings[index];
  InboxRow row;
  row.version = entry.version->ordinal;
  row.rule = finding.rule;
  row.step = finding.step;
  row.fact = name_of(definition, entry.state, entry.facts, finding.fact);
  row.stage = static_cast<Stage>(finding.stage);
  row.level = finding.level;
  row.acknowledged = finding.status == process::FindingStatus::kAcknowledged;
  row.opened = finding.opened;
  row.to = process::recipients_of(definition, entry.state, finding);

  ProjectedFinding out;
  out.placed = {.finding = index,
                .level = row.level,
                .unacknowledged = !row.acknowledged,
                .opened = row.opened,
                .agencies = {},
                .roles = {},
                .print = 0};
  for (const auto& to : row.to) {
    const package::AgencyIndex agency = definition.agency_of(to);
    out.placed.agencies.push_back(agency);
    if (to.kind == process::Addressee::Kind::kRole) {
      out.placed.roles.push_back(to.index);
    } else {
      const auto& roles = entry.version->plan->agencies[agency].roles;
      out.placed.roles.insert(out.placed.roles.end(), roles.begin(), roles.end());
    }
  }
  sort_unique(out.placed.agencies);
  sort_unique(out.placed.roles);
  out.value = encode_inbox_row(row);
  out.placed.print = fingerprint(out.value);
  return out;
}

// Applies `more` to the counters of everybody whom the finding reaches.
void count(const Plan& plan, const PlacedFinding& finding, std::int64_t more, CounterChanges& counters) {
  if (!finding.unacknowledged) return;
  for (const auto role : finding.roles) counters[plan.roles[role].inbox[static_cast<std::size_t>(finding.level)]] += more;
}

void count(const Plan& plan, const PlacedCue& cue, std::int64_t more, CounterChanges& counters) {
  counters[plan.agencies[cue.agency].next] += more;
  for (const auto role : plan.package->steps[cue.step].owners) {
    if (plan.package->roles[role].agency == cue.agency) counters[plan.roles[role].next] += more;
  }
}

base::Bytes encode_cue_row(std::uint16_t version, const PlacedCue& cue) {
  CborWriter w;
  w.array(3).uint(version).uint(cue.step);
  cue.due == process::kNever ? w.null() : w.integer(cue.due);
  return w.take();
}

class Difference {
 public:
  Difference(const base::ChannelId& channel, const CaseEntry& entry, CounterChanges& counters, base::Batch& batch)
      : channel_(channel), entry_(entry), plan_(*entry.version->plan), counters_(counters), batch_(batch) {}

  void rows(const std::vector<PlacedRow>& old, std::vector<ProjectedRow>& next, std::vector<PlacedRow>& placed) {
    std::size_t i = 0, j = 0;
    while (i < old.size() || j < next.size()) {
      if (j == next.size() || (i < old.size() && old[i].view < next[j].view)) {
        drop_row(old[i]);
        counters_[plan_.views[old[i].view].rows] -= 1;
        changed_.views.push_back(old[i++].view);
        continue;
      }
      ProjectedRow& row = next[j++];
      const std::uint64_t print = fingerprint(row.value);
      const bool was = i < old.size() && old[i].view == row.view;
      if (!was) counters_[plan_.views[row.view].rows] += 1;
      if (!was || old[i].sort != row.sort || old[i].print != print) {
        if (was && old[i].sort != row.sort) drop_row(old[i]);
        batch_.put(base::Table::kViewRows, view_row_key(channel_, plan_.views[row.view].rows, row.sort, entry_.id),
                   std::move(row.value));
        changed_.views.push_back(row.view);
      }
      placed.push_back({row.view, std::move(row.sort), print});
      if (was) ++i;
    }
  }

  void findings(const std::vector<PlacedFinding>& old, std::vector<ProjectedFinding>& next, std::vector<PlacedFinding>& placed) {
    std::size_t i = 0, j = 0;
    while (i < old.size() || j < next.size()) {
      if (j == next.size() || (i < old.size() && old[i].finding < next[j].placed.finding)) {
        drop_finding(old[i++]);
        continue;
      }
      ProjectedFinding& f = next[j++];
      const bool was = i < old.size() && old[i].finding == f.placed.finding;
      if (!was || old[i].print != f.placed.print) {
        if (was) drop_finding(old[i]);
        put_finding(f);
      }
      placed.push_back(std::move(f.placed));
      if (was) ++i;
    }
  }

  void cues(const std::vector<PlacedCue>& old, std::vector<PlacedCue>& next, std::vector<PlacedCue>& placed) {
    std::size_t i = 0, j = 0;
    while (i < old.size() || j < next.size()) {
      if (j == next.size() || (i < old.size() && old[i] < next[j])) {
        drop_cue(old[i++]);
      } else if (i == old.size() || next[j] < old[i]) {
        put_cue(next[j++]);
      } else {
        ++i, ++j;
      }
    }
    placed = std::move(next);
  }

  Changed take() {
    sort_unique(changed_.agencies);
    return std::move(changed_);
  }

 private:
  void drop_row(const PlacedRow& row) {
    batch_.erase(base::Table::kViewRows, view_row_key(channel_, plan_.views[row.view].rows, row.sort, entry_.id));
  }
  void drop_finding(const PlacedFinding& f) {
    for (const auto agency : f.agencies) {
      batch_.erase(base::Table::kFindings, inbox_row_key(channel_, plan_.agencies[agency].inbox, f, entry_.id));
      changed_.agencies.push_back(agency);
    }
    count(plan_, f, -1, counters_);
  }
  void put_finding(const ProjectedFinding& f) {
    for (const auto agency : f.placed.agencies) {
      batch_.put(base::Table::kFindings, inbox_row_key(channel_, plan_.agencies[agency].inbox, f.placed, entry_.id),
                 base::Bytes(f.value));
      changed_.agencies.push_back(agency);
    }
    count(plan_, f.placed, 1, counters_);
  }
  void drop_cue(const PlacedCue& cue) {
    batch_.erase(base::Table::kViewRows, cue_row_key(channel_, plan_.agencies[cue.agency].next, cue, entry_.id));
    count(plan_, cue, -1, counters_);
    changed_.agencies.push_back(cue.agency);
  }
  void put_cue(const PlacedCue& cue) {
    batch_.put(base::Table::kViewRows, cue_row_key(channel_, plan_.agencies[cue.agency].next, cue, entry_.id),
               encode_cue_row(entry_.version->ordinal, cue));
    count(plan_, cue, 1, counters_);
    changed_.agencies.push_back(cue.agency);
  }

  const base::ChannelId& channel_;
  const CaseEntry& entry_;
  const Plan& plan_;
  CounterChanges& counters_;
  base::Batch& batch_;
  Changed changed_;
};

}  // namespace

Projected project(const CaseEntry& entry) {
  const auto& definition = *entry.version->definition;
  const Plan& plan = *entry.version->plan;
  Projected out;
  const package::Level level = entry.state.highest_open();
  for (std::size_t i = 0; i < plan.views.size(); ++i) {
    if (!process::matches(definition, entry.state, plan.views[i].view->select)) continue;
    out.rows.push_back(project_row(entry, plan.views[i], static_cast<std::uint16_t>(i), level));
  }
  for (std::size_t i = 0; i < entry.state.findings.size(); ++i) {
    if (entry.state.findings[i].is_open()) out.findings.push_back(project_finding(entry, static_cast<std::uint16_t>(i)));
  }
  for (std::size_t a = 0; a < plan.agencies.size(); ++a) {
    const process::StepSet cues = process::cues_of(definition, entry.state, static_cast<package::AgencyIndex>(a));
    if (cues.empty()) continue;
    for (std::size_t s = 0; s < definition.step_count(); ++s) {
      const auto step = static_cast<package::StepIndex>(s);
      if (cues.has(step)) out.cues.push_back({static_cast<package::AgencyIndex>(a), step, process::due_of(entry.state, step)});
    }
  }
  return out;
}

base::Bytes view_row_key(const base::ChannelId& channel, const ListKey& list, std::string_view sort, const base::CaseId& id) {
  return joined({channel, list, base::as_bytes(sort), id});
}

base::Bytes inbox_row_key(const base::ChannelId& channel, const ListKey& list, const PlacedFinding& finding,
                          const base::CaseId& id) {
  const std::array<std::uint8_t, 1> level{level_key(finding.level)};
  return joined({channel, list, level, ordered(finding.opened), id, be16(finding.finding)});
}

base::Bytes cue_row_key(const base::ChannelId& channel, const ListKey& list, const PlacedCue& cue, const base::CaseId& id) {
  return joined({channel, list, ordered(cue.due), id, be16(cue.step)});
}

base::Bytes encode_inbox_row(const InboxRow& row) {
  CborWriter w;
  w.array(9).uint(row.version).uint(row.rule.value).uint(row.step).bytes(row.fact).uint(static_cast<std::uint64_t>(row.stage));
  w.uint(static_cast<std::uint64_t>(row.level)).boolean(row.acknowledged).integer(row.opened).array(row.to.size());
  for (const auto& to : row.to) w.uint(static_cast<std::uint64_t>(to.kind) << 16 | to.index);
  return w.take();
}

base::Result<InboxRow> decode_inbox_row(base::ByteView bytes) {
  FLORA_TRY(auto r, CborReader::open(bytes));
  FLORA_TRY(r.array(9));
  InboxRow row;
  const auto number = [&](auto& into) -> base::Status {
    FLORA_TRY(const auto value, r.uint());
    into = static_cast<std::remove_reference_t<decltype(into)>>(value);
    return {};
  };
  FLORA_TRY(number(row.version));
  FLORA_TRY(number(row.rule.value));
  FLORA_TRY(number(row.step));
  FLORA_TRY(const auto fact, r.bytes(16));
  row.fact = *FactId::from(fact);
  FLORA_TRY(number(row.stage));
  FLORA_TRY(number(row.level));
  FLORA_TRY(row.acknowledged, r.boolean());
  FLORA_TRY(row.opened, r.integer());
  FLORA_TRY(const auto n, r.array());
  for (std::size_t i = 0; i < n; ++i) {
    FLORA_TRY(const auto to, r.uint());
    row.to.push_back({static_cast<process::Addressee::Kind>(to >> 16), static_cast<std::uint16_t>(to)});
  }
  return row;
}

Changed write_difference(const base::ChannelId& channel, const CaseEntry& entry, const Placed& old, Projected next,
                         Placed& placed, CounterChanges& counters, base::Batch& batch) {
  Difference difference(channel, entry, counters, batch);
  difference.rows(old.rows, next.rows, placed.rows);
  difference.findings(old.findings, next.findings, placed.findings);
  difference.cues(old.cues, next.cues, placed.cues);
  return difference.take();
}

}  // namespace flora::channel
