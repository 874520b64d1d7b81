// SPDX-License-Identifier: EUPL-1.2
#include "channel/reading.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.hpp"
#include "channel/cells.hpp"
#include "channel/keys.hpp"

namespace flora::channel {

using base::Code;
using base::fail;

namespace {

bool stands_in_lists(const Plan& plan, const Placed& placed, package::AgencyIndex agency) {
  return std::any_of(placed.rows.begin(), placed.rows.end(),
                     [&](const PlacedRow& row) { return plan.views[row.view].view->agency == agency; }) ||
         std::any_of(placed.cues.begin(), placed.cues.end(), [&](const PlacedCue& cue) { return cue.agency == agency; }) ||
         std::any_of(placed.findings.begin(), placed.findings.end(),
                     [&](const PlacedFinding& f) { return std::binary_search(f.agencies.begin(), f.agencies.end(), agency); });
}

bool took_part(const CaseEntry& entry, package::AgencyIndex agency) {
  const auto& roles = entry.version->package->roles;
  return std::any_of(entry.state.facts.begin(), entry.state.facts.end(),
                     [&](const process::Fact& fact) { return fact.by < roles.size() && roles[fact.by].agency == agency; });
}

}  // namespace

base::Result<Asker> ask(const Catalog& catalog, const Asking& asking) {
  const Version* version = catalog.in_force(asking.package_id);
  if (version == nullptr) return fail(Code::kUnknownPackage, fmt::format("package {} is not in force", asking.package_id));
  const auto role = version->package->find_role(asking.role);
  if (!role) return fail(Code::kForbidden, "the package has no such role");
  const package::AgencyIndex agency = version->package->roles[*role].agency;
  if (catalog.member_of(asking.package_id, version->package->agencies[agency].id) != asking.member) {
    return fail(Code::kForbidden, "the member does not hold the agency of this role");
  }
  return Asker{*version, *version->plan, *role, agency};
}

std::optional<AskerIn> ask_in(const Asker& asker, const Version& version) {
  if (version.package->id != asker.package().id) return std::nullopt;
  const auto agency = version.package->find_agency(asker.package().agencies[asker.agency].id);
  if (!agency) return std::nullopt;
  return AskerIn{*agency, version.package->find_role(asker.package().roles[asker.role].id)};
}

bool may_open(const package::View& view, package::RoleIndex role) {
  return std::find(view.roles.begin(), view.roles.end(), role) != view.roles.end();
}

base::Result<ReadableCase> open_case(const base::TableReader& tables, const base::ChannelId& channel, const Catalog& catalog,
                                     const Asker& asker, const base::CaseId& id) {
  ReadableCase out;
  FLORA_TRY(out.entry, load_case(tables, channel, id, catalog));
  if (out.entry == nullptr) return fail(Code::kUnknownCase, "there is no such case");
  const auto here = ask_in(asker, *out.entry->version);
  if (!here) return fail(Code::kForbidden, "the case belongs to another process");
  out.asker = *here;
  FLORA_TRY(out.placed, decode_placed(out.entry->placed));
  if (!stands_in_lists(*out.entry->version->plan, out.placed, here->agency) && !took_part(*out.entry, here->agency)) {
    return fail(Code::kForbidden, "the case stands in no list of this agency");
  }
  return out;
}

std::vector<HistoryRow> read_history(const base::TableReader& tables, const base::ChannelId& channel, const base::CaseId& id) {
  std::vector<HistoryRow> out;
  tables.scan(base::Table::kViewIndex, index_key(channel, place::kHistory, {id}), {}, [&](base::ByteView, base::ByteView value) {
    if (auto row = decode_history(value)) out.push_back(*std::move(row));
    return true;
  });
  return out;
}

std::uint64_t read_counter(const base::TableReader& tables, const base::ChannelId& channel, const ListKey& list) {
  const auto value = tables.get(base::Table::kViewIndex, index_key(channel, place::kCounter, {list}));
  return value && value->size() == 8 ? static_cast<std::uint64_t>(from_ordered(*value)) : 0;
}

FactShown show_fact(const CaseEntry& entry, process::FactRef ref, const HistoryRow* row, package::AgencyIndex reader) {
  const auto& definition = *entry.version->definition;
  const auto& package = *entry.version->package;
  const process::Fact fact = entry.state.fact(ref);
  FactShown out;
  out.id = name_of(definition, entry.state, entry.facts, ref);
  out.step = package.steps[fact.step].id;
  out.at = {fact.at};
  out.entered = {fact.entered};
  if (ref.is_clock()) {
    out.struck = entry.state.clock[ref.index()].state != process::ClockFact::State::kActive;
    return out;
  }
  out.role = package.roles[fact.by].id;
  out.agency = package.agencies[package.roles[fact.by].agency].id;
  out.repeated = !fact.counts();
  if (row != nullptr) {
    out.member = row->member;
    out.actor = row->actor;
    out.envelope = row->envelope;
    out.height = row->height;
    out.index = row->index;
  }
  const auto values = entry.state.values_of(definition, ref);
  const auto& schema = package.steps[fact.step].data;
  for (std::size_t i = 0; i < std::min(values.size(), schema.size()); ++i) {
    if (values[i] == process::Data::kAbsent) continue;
    if (!may_read_field(*entry.version->plan, reader, fact.step, i)) {
      ++out.fields_withheld;
      continue;
    }
    const bool token = schema[i].type == package::FieldType::kToken;
    out.data.emplace_back(schema[i].id,
                          show_value(package, schema[i], values[i], token ? entry.state.token(values[i]) : std::string_view()));
  }
  return out;
}

std::string cursor_of(base::ByteView position) { return base::to_base64url(position); }

base::Result<base::Bytes> parse_cursor(const std::string& cursor) {
  auto position = base::from_base64url(cursor);
  if (!position || position->empty() || position->size() > 256) return fail(Code::kOutOfRange, "the cursor is none of ours");
  return *std::move(position);
}

base::Status check_limit(std::size_t limit) {
  if (limit >= 1 && limit <= base::limits::kPageRowsMax) return {};
  return fail(Code::kOutOfRange, fmt::format("a page has 1 to {} rows", base::limits::kPageRowsMax));
}

}  // namespace flora::channel
