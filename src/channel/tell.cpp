// SPDX-License-Identifier: EUPL-1.2
#include "channel/tell.hpp"

#include <algorithm>
#include <tuple>

#include "process/engine.hpp"

namespace flora::channel {
namespace {

std::vector<std::string> names_of(const process::Definition& definition, std::span<const process::Addressee> to) {
  std::vector<std::string> out;
  for (const auto& addressee : to) out.emplace_back(definition.addressee_id(addressee));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());  // a role and an agency may share an id
  return out;
}

std::vector<package::AgencyIndex> agencies_of(const process::Definition& definition, std::span<const process::Addressee> to) {
  std::vector<package::AgencyIndex> out;
  for (const auto& addressee : to) out.push_back(definition.agency_of(addressee));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

FindingChange tell_finding(const CaseEntry& entry, const process::Effects& effects, const process::FindingChange& f) {
  const auto& definition = *entry.version->definition;
  FindingChange out;
  out.rule = definition.rule_id(f.rule);
  out.step = definition.step_id(f.step);
  out.fact = name_of(definition, entry.state, entry.facts, f.fact);
  out.stage = static_cast<Stage>(f.stage);
  out.level = f.level;
  out.change = static_cast<FindingVerb>(static_cast<int>(f.change) + 1);  // ours begin with 1
  out.to = names_of(definition, effects.to(f.to));
  return out;
}

DutyChange tell_duty(const process::Definition& definition, const process::DutyChange& d) {
  const auto& package = definition.package();
  DutyChange out;
  out.rule = definition.rule_id(d.rule);
  out.step = definition.step_id(d.step);
  out.change = static_cast<DutyVerb>(static_cast<int>(d.change) + 1);
  for (const auto agency : definition.debtors(d.step)) out.by.push_back(package.agencies[agency].id);
  std::sort(out.by.begin(), out.by.end());
  if (d.creditor != process::kNoAgency) out.to = package.agencies[d.creditor].id;
  if (d.due != process::kNever) out.due = base::Instant{d.due};
  return out;
}

std::vector<AgencyCues> tell_cues(const process::Definition& definition, const process::CaseState& state) {
  const auto& package = definition.package();
  std::vector<AgencyCues> out;
  for (std::size_t a = 0; a < package.agencies.size(); ++a) {
    AgencyCues cues{.agency = package.agencies[a].id, .steps = {}};
    const process::StepSet set = process::cues_of(definition, state, static_cast<package::AgencyIndex>(a));
    for (std::size_t s = 0; !set.empty() && s < definition.step_count(); ++s) {
      if (set.has(static_cast<package::StepIndex>(s))) cues.steps.push_back(package.steps[s].id);
    }
    std::sort(cues.steps.begin(), cues.steps.end());
    out.push_back(std::move(cues));
  }
  std::sort(out.begin(), out.end(), [](const AgencyCues& a, const AgencyCues& b) { return a.agency < b.agency; });
  return out;
}

template <class T, class Key>
void sort_by(std::vector<T>& list, Key key) {
  std::sort(list.begin(), list.end(), [&](const T& a, const T& b) { return key(a) < key(b); });
}

}  // namespace

Effects tell(const CaseEntry& entry, const process::Effects& effects) {
  const auto& definition = *entry.version->definition;
  const process::Report& report = effects.report;
  Effects out;
  for (const auto& f : report.findings) out.findings.push_back(tell_finding(entry, effects, f));
  for (const auto& n : report.notes) {
    out.notes.push_back({std::string(definition.rule_id(n.rule)), names_of(definition, effects.to(n.to))});
  }
  for (const auto& d : report.duties) out.duties.push_back(tell_duty(definition, d));
  for (const auto& c : report.clock) {
    out.clock.push_back({name_of(definition, entry.state, entry.facts, c.fact), definition.step_id(c.step), {c.at}, c.struck});
  }
  out.cues = tell_cues(definition, entry.state);
  sort_by(out.findings,
          [](const FindingChange& f) { return std::tie(f.rule, f.step, f.fact, f.stage, f.change, f.level, f.to); });
  sort_by(out.notes, [](const NoteSent& n) { return std::tie(n.rule, n.to); });
  sort_by(out.duties, [](const DutyChange& d) { return std::tie(d.rule, d.step, d.change, d.due, d.to); });
  return out;
}

void add_news(const CaseEntry& entry, const process::Effects& effects, News& news) {
  const auto& definition = *entry.version->definition;
  for (const auto& f : effects.report.findings) {
    news.findings.push_back({tell_finding(entry, effects, f), agencies_of(definition, effects.to(f.to))});
  }
  for (const auto& n : effects.report.notes) {
    news.notes.push_back({{std::string(definition.rule_id(n.rule)), names_of(definition, effects.to(n.to))},
                          agencies_of(definition, effects.to(n.to))});
  }
  if (news.new_cues.words() != effects.report.new_cues.words()) news.new_cues = process::StepSet(definition.step_count());
  news.new_cues |= effects.report.new_cues;
}

std::vector<HistoryRow::Move> moves_of(const process::Effects& effects) {
  std::vector<HistoryRow::Move> out;
  for (const auto& f : effects.report.findings) {
    out.push_back({f.rule, f.step, f.fact, static_cast<Stage>(f.stage), f.level,
                   static_cast<FindingVerb>(static_cast<int>(f.change) + 1), f.at});
  }
  return out;
}

}  // namespace flora::channel
