// SPDX-License-Identifier: EUPL-1.2
// Whom a finding or a note reaches.
#include <algorithm>

#include "process/core.hpp"

namespace flora::process {

using package::Recipient;
using Kind = Addressee::Kind;

namespace {

// Inserts into the sorted tail that begins at `first`, each once.
void insert(std::vector<Addressee>& to, std::size_t first, Addressee a) {
  const auto begin = to.begin() + static_cast<std::ptrdiff_t>(first);
  const auto place = std::lower_bound(begin, to.end(), a);
  if (place == to.end() || *place != a) to.insert(place, a);
}

class Resolution {
 public:
  Resolution(const Definition& definition, const CaseState& state, RuleRef rule, FindingStage stage, StepIndex step, FactRef fact,
             std::uint64_t named, std::vector<Addressee>& to, std::size_t first)
      : c_(definition.compiled()),
        state_(state),
        rule_(rule),
        stage_(stage),
        step_(step),
        fact_(fact),
        named_(named),
        to_(to),
        first_(first) {}

  void run(const std::vector<Recipient>& list) {
    for (const auto& r : list) add(r);
    if (list.empty()) defaults();
    // Nobody would hear of it, as when the clock is the author: then the owners do.
    if (to_.size() == first_) owners();
    if (to_.size() == first_) {
      for (std::size_t a = 0; a < c_.package->agencies.size(); ++a) put(Kind::kAgency, a);
    }
  }

 private:
  void put(Kind kind, std::size_t index) { insert(to_, first_, {kind, static_cast<std::uint16_t>(index)}); }
  void owners() {
    for (auto role : c_.package->steps[step_].owners) put(Kind::kRole, role);
  }
  void debtors() {
    const CompiledRule* rule = c_.find(rule_);
    if (stage_ == FindingStage::kNone && rule != nullptr && named_ != 0) {
      for (std::size_t i = 0; i < rule->rule->sources.size(); ++i) {
        if ((named_ >> i & 1) == 0) continue;
        for (auto agency : c_.steps[rule->rule->sources[i]].debtors) put(Kind::kAgency, agency);
      }
      return;
    }
    for (auto agency : c_.steps[step_].debtors) put(Kind::kAgency, agency);
  }
  RoleIndex author_role() const { return fact_.is_none() || fact_.is_clock() ? kNoRole : state_.facts[fact_.index()].by; }
  void author() {
    if (const RoleIndex role = author_role(); role != kNoRole) put(Kind::kRole, role);
  }
  void creditor() {
    const CompiledRule* rule = c_.find(rule_);
    if (rule != nullptr && rule->rule->creditor) return put(Kind::kAgency, *rule->rule->creditor);
    if (fact_.is_clock()) {
      if (const AgencyIndex agency = state_.clock[fact_.index()].creditor; agency != kNoAgency) put(Kind::kAgency, agency);
    } else if (const RoleIndex role = author_role(); role != kNoRole) {
      put(Kind::kAgency, c_.package->roles[role].agency);
    }
  }

  void add(const Recipient& r) {
    switch (r.kind) {
      case Recipient::Kind::kRole: put(Kind::kRole, r.index); break;
      case Recipient::Kind::kAgency: put(Kind::kAgency, r.index); break;
      case Recipient::Kind::kAuthor: author(); break;
      case Recipient::Kind::kOwner: owners(); break;
      case Recipient::Kind::kDebtor: debtors(); break;
      case Recipient::Kind::kCreditor: creditor(); break;
    }
  }

  void defaults() {
    if (!c_.is_own(rule_)) return stage_ == FindingStage::kNone ? owners() : debtors();
    const auto& step_to = c_.package->steps[step_].to;
    switch (c_.own_kind(rule_)) {
      case OwnRule::kOnce:
        for (const auto& r : step_to) add(r);
        if (step_to.empty()) author();
        break;
      case OwnRule::kClosed:
        for (const auto& r : step_to) add(r);
        if (step_to.empty()) {
          author();
          owners();
        }
        break;
      case OwnRule::kOwed:
        for (const auto& r : step_to) add(r);
        if (step_to.empty()) debtors();
        break;
      case OwnRule::kLate: owners(); break;
      case OwnRule::kCancelled: author(); break;
    }
  }

  const Compiled& c_;
  const CaseState& state_;
  RuleRef rule_;
  FindingStage stage_;
  StepIndex step_;
  FactRef fact_;
  std::uint64_t named_;
  std::vector<Addressee>& to_;
  std::size_t first_;
};

const std::vector<Recipient> kNobody;

}  // namespace

void resolve_addressees(const Definition& definition, const CaseState& state, const std::vector<Recipient>& list, RuleRef rule,
                        FindingStage stage, StepIndex step, FactRef fact, std::uint64_t named, std::vector<Addressee>& to,
                        std::size_t first) {
  Resolution(definition, state, rule, stage, step, fact, named, to, first).run(list);
}

void resolve_finding(const Definition& definition, const CaseState& state, const Finding& f, std::vector<Addressee>& to,
                     std::size_t first) {
  const Compiled& c = definition.compiled();
  RuleRef whose = f.rule;
  // `late:B` goes to those who hear of the closing.
  if (c.is_own(f.rule) && c.own_kind(f.rule) == OwnRule::kLate && state.steps[f.step].closed_by != kNoRule) {
    whose = state.steps[f.step].closed_by;
  }
  const CompiledRule* rule = c.find(whose);
  const std::vector<Recipient>* list = &kNobody;
  if (rule != nullptr) {
    list = &rule->rule->to;
    if (f.stage == FindingStage::kGrace && !rule->rule->then_to.empty()) list = &rule->rule->then_to;
  }
  resolve_addressees(definition, state, *list, whose, f.stage, f.step, f.fact, f.named, to, first);
  if ((f.flags & Finding::kEscalated) != 0 && rule != nullptr && !rule->rule->escalate_to.empty()) {
    resolve_addressees(definition, state, rule->rule->escalate_to, whose, f.stage, f.step, f.fact, f.named, to, first);
  }
}

std::vector<Addressee> recipients_of(const Definition& definition, const CaseState& state, const Finding& finding) {
  std::vector<Addressee> to;
  resolve_finding(definition, state, finding, to, 0);
  return to;
}

To Core::address(const std::vector<Recipient>& to, RuleRef rule, FindingStage stage, StepIndex step, FactRef fact,
                 std::uint64_t named) {
  const std::size_t first = out_.addressees.size();
  resolve_addressees(d_, state_, to, rule, stage, step, fact, named, out_.addressees, first);
  return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(out_.addressees.size() - first)};
}

To Core::address_finding(const Finding& finding) {
  const std::size_t first = out_.addressees.size();
  resolve_finding(d_, state_, finding, out_.addressees, first);
  return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(out_.addressees.size() - first)};
}

}  // namespace flora::process
