// SPDX-License-Identifier: EUPL-1.2
// Checks that need the whole model: recipients, steps of the clock, things never used. Guards and views have files of their own.
#include <fmt/format.h>

#include <algorithm>

#include "package/readers.hpp"

namespace flora::package {

namespace {

bool is_graded(RuleKind kind) { return kind != RuleKind::kOpens && kind != RuleKind::kCancels && kind != RuleKind::kNote; }

// The steps whose owners are told where a rule names no recipients.
std::vector<StepIndex> default_audience(const Package& package, const Rule& rule) {
  if (rule.kind == RuleKind::kPhaseCloses) {
    std::vector<StepIndex> out;
    for (std::size_t s = 0; s < package.steps.size(); ++s) {
      if (package.steps[s].phase == rule.phase) out.push_back(static_cast<StepIndex>(s));
    }
    return out;
  }
  return rule.targets;
}

void check_recipients(const Package& package, Problems& problems) {
  for (const Rule& rule : package.rules) {
    if (problems.is_broken(rule.id) || !rule.to.empty()) continue;
    if (rule.kind == RuleKind::kNote) {
      problems.error("no_recipient", rule.place, rule.id, "The note reaches nobody.", "Write 'note: STEP to [role]'.");
      continue;
    }
    if (!is_graded(rule.kind)) continue;
    for (const StepIndex s : default_audience(package, rule)) {
      const Step& step = package.steps[s];
      if (!step.owners.empty() || (rule.kind == RuleKind::kResponse && step.via == Via::kClock)) continue;
      problems.error("no_recipient", rule.place, rule.id,
                     fmt::format("A finding about '{}' would reach nobody: the step has no owner.", step.id),
                     "Add 'to: [role]'.");
      break;
    }
  }
}

// Whether a duty on a step of the clock can fall due at the instant it arises.
bool may_be_immediate(const Rule& rule) {
  if (rule.due_guard || rule.after_field) return true;  // the date may lie in the past
  return !rule.within || rule.within->amount == 0;
}

struct ClockGraph {
  std::vector<std::vector<StepIndex>> next;  // step of the clock -> steps of the clock it makes owed without delay
  std::vector<int> mark;                     // 0 unseen, 1 on the way, 2 done
};

// Follows the edges from `step`; the cycle found, or empty. Depth is bounded by the number of steps; no recursion.
std::vector<StepIndex> find_cycle(ClockGraph& graph, StepIndex start) {
  std::vector<std::pair<StepIndex, std::size_t>> way{{start, 0}};
  graph.mark[start] = 1;
  while (!way.empty()) {
    auto& [step, edge] = way.back();
    if (edge == graph.next[step].size()) {
      graph.mark[step] = 2;
      way.pop_back();
      continue;
    }
    const StepIndex to = graph.next[step][edge++];
    if (graph.mark[to] == 0) {
      graph.mark[to] = 1;
      way.emplace_back(to, 0);
    } else if (graph.mark[to] == 1) {
      std::vector<StepIndex> cycle;
      for (const auto& [s, unused] : way) {
        if (!cycle.empty() || s == to) cycle.push_back(s);
      }
      return cycle;
    }
  }
  return {};
}

void check_clock(const Package& package, Problems& problems) {
  const auto is_clock = [&](StepIndex s) { return package.steps[s].via == Via::kClock; };
  ClockGraph graph{std::vector<std::vector<StepIndex>>(package.steps.size()), std::vector<int>(package.steps.size(), 0)};
  std::vector<bool> owed(package.steps.size(), false);
  for (std::size_t s = 0; s < package.steps.size(); ++s) {
    if (package.steps[s].initially == Initially::kOwed) owed[s] = true;
  }
  for (const Rule& rule : package.rules) {
    if (rule.kind != RuleKind::kResponse) continue;
    for (const StepIndex target : rule.targets) owed[target] = true;
    if (problems.is_broken(rule.id) || !may_be_immediate(rule)) continue;
    for (const StepIndex a : rule.sources) {
      for (const StepIndex b : rule.targets) {
        if (is_clock(a) && is_clock(b)) graph.next[a].push_back(b);
      }
    }
  }
  for (std::size_t i = 0; i < package.steps.size(); ++i) {
    const auto s = static_cast<StepIndex>(i);
    const Step& step = package.steps[s];
    if (!is_clock(s) || problems.is_broken(step.id)) continue;
    if (!owed[s]) {
      problems.warning("never_happens", step.place, step.id,
                       "No response makes this step of the clock owed, so it never happens.",
                       fmt::format("Add 'response: STEP -> {}' with a term.", step.id));
    }
    if (graph.mark[s] != 0) continue;
    if (const auto cycle = find_cycle(graph, s); !cycle.empty()) {
      std::string names;
      for (const StepIndex c : cycle) names += (names.empty() ? "" : " -> ") + package.steps[c].id;
      problems.error("clock_cycle", package.steps[cycle.front()].place, package.steps[cycle.front()].id,
                     fmt::format("The steps of the clock {} make each other owed without delay.", names),
                     "Give one of the responses a term of at least one unit.");
    }
  }
  for (const Rule& rule : package.rules) {
    if (rule.kind != RuleKind::kMilestone || problems.is_broken(rule.id)) continue;
    for (const StepIndex a : rule.sources) {
      if (owed[a]) continue;
      problems.warning("never_applies", rule.place, rule.id,
                       fmt::format("The step '{}' is never owed, so this rule never applies to it.", package.steps[a].id),
                       fmt::format("Add a response to '{}', or use a condition.", package.steps[a].id));
    }
  }
}

void check_start(const Package& package, Problems& problems) {
  const auto starts = [](const Step& s) { return s.starts && s.via != Via::kClock; };
  if (package.steps.empty() || std::any_of(package.steps.begin(), package.steps.end(), starts)) return;
  problems.error("never_starts", package.steps.front().place, package.steps.front().id, "No step may open a case.",
                 "Remove 'starts: false' from one.");
}

void check_unused(const Package& package, Problems& problems) {
  for (std::size_t p = 0; p < package.phases.size(); ++p) {
    const auto in = [&](const Step& s) { return s.phase == static_cast<PhaseIndex>(p); };
    if (std::any_of(package.steps.begin(), package.steps.end(), in)) continue;
    problems.warning("unused", package.phases[p].place, package.phases[p].id,
                     fmt::format("No step is in the phase '{}'.", package.phases[p].id), "Remove it, or put steps into it.");
  }
  for (const auto& list : package.codes) {
    const auto uses = [&](const Step& s) {
      return std::any_of(s.data.begin(), s.data.end(), [&](const Field& f) { return f.list == list.id; });
    };
    if (std::any_of(package.steps.begin(), package.steps.end(), uses)) continue;
    problems.warning("unused", list.place, list.id, fmt::format("No field uses the code list '{}'.", list.id), "Remove it.");
  }
}

}  // namespace

void check_model(Package& package, Problems& problems, bool minimal) {
  if (package.steps.empty() || package.agencies.empty() || package.roles.empty()) return;  // said already
  check_recipients(package, problems);
  check_clock(package, problems);
  check_start(package, problems);
  check_unused(package, problems);
  check_guards(package, problems);
  if (!minimal || !package.views.empty()) check_views(package, problems, minimal);
}

}  // namespace flora::package
