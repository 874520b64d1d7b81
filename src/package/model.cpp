// SPDX-License-Identifier: EUPL-1.2
#include "package/model.hpp"

#include <algorithm>

namespace flora::package {

const std::string& in_language(const Text& text, std::string_view language) {
  static const std::string kEmpty;
  for (const std::string_view key : {language, std::string_view("de"), std::string_view("en")}) {
    if (const auto it = text.find(std::string(key)); it != text.end()) return it->second;
  }
  return text.empty() ? kEmpty : text.begin()->second;
}

std::string_view to_text(Level level) {
  switch (level) {
    case Level::kNone: return "none";
    case Level::kHint: return "hint";
    case Level::kAttention: return "attention";
    case Level::kCritical: return "critical";
    case Level::kRefuse: return "refuse";
  }
  return "none";
}

std::string_view to_text(RuleKind kind) {
  switch (kind) {
    case RuleKind::kCondition: return "condition";
    case RuleKind::kMilestone: return "milestone";
    case RuleKind::kResponse: return "response";
    case RuleKind::kOpens: return "opens";
    case RuleKind::kCloses: return "closes";
    case RuleKind::kCancels: return "cancels";
    case RuleKind::kPhaseCloses: return "phase_closes";
    case RuleKind::kAtMost: return "at_most";
    case RuleKind::kSpacing: return "spacing";
    case RuleKind::kInOrder: return "in_order";
    case RuleKind::kReport: return "report";
    case RuleKind::kNote: return "note";
  }
  return "note";
}

namespace {
template <class Index, class Item>
std::optional<Index> position(const std::vector<Item>& items, std::string_view id) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].id == id) return static_cast<Index>(i);
  }
  return std::nullopt;
}
}  // namespace

std::optional<StepIndex> Package::find_step(std::string_view wanted) const { return position<StepIndex>(steps, wanted); }
std::optional<RoleIndex> Package::find_role(std::string_view wanted) const { return position<RoleIndex>(roles, wanted); }
std::optional<AgencyIndex> Package::find_agency(std::string_view wanted) const { return position<AgencyIndex>(agencies, wanted); }
std::optional<RuleIndex> Package::find_rule(std::string_view wanted) const {
  const auto it =
      std::lower_bound(rules.begin(), rules.end(), wanted, [](const Rule& r, std::string_view w) { return r.id < w; });
  if (it == rules.end() || it->id != wanted) return std::nullopt;
  return static_cast<RuleIndex>(it - rules.begin());
}

const CodeList* Package::find_codes(std::string_view wanted) const {
  for (const auto& list : codes) {
    if (list.id == wanted) return &list;
  }
  return nullptr;
}

}  // namespace flora::package
