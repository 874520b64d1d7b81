// SPDX-License-Identifier: EUPL-1.2
// Which members of the model bind, and under which number each stands in the canonical form (docs/reference/formats-package.md).
// Written once, used for writing and for reading. Numbers are never reused. Internal to the module.
#pragma once
#include "package/model.hpp"

namespace flora::package {

template <class A>
void members(A& a, Agency*) {
  a(1, &Agency::id)(2, &Agency::title)(3, &Agency::short_title);
}
template <class A>
void members(A& a, Role*) {
  a(1, &Role::id)(2, &Role::agency)(3, &Role::title)(4, &Role::system);
}
template <class A>
void members(A& a, Phase*) {
  a(1, &Phase::id)(2, &Phase::title);
}
template <class A>
void members(A& a, Code*) {
  a(1, &Code::id)(2, &Code::title);
}
template <class A>
void members(A& a, CodeList*) {
  a(1, &CodeList::id)(2, &CodeList::codes);
}
template <class A>
void members(A& a, Term*) {
  a(1, &Term::amount)(2, &Term::unit)(3, &Term::roll_to_workday);
}
template <class A>
void members(A& a, Recipient*) {
  a(1, &Recipient::kind)(2, &Recipient::index);
}
template <class A>
void members(A& a, Guard*) {
  a(1, &Guard::source);
}
template <class A>
void members(A& a, FourEyes*) {
  a(1, &FourEyes::same_agency)(2, &FourEyes::different_agency)(3, &FourEyes::expires);
}
template <class A>
void members(A& a, Field*) {
  a(1, &Field::id)(2, &Field::type)(3, &Field::list)(4, &Field::min)(5, &Field::max)(6, &Field::required)(7, &Field::title);
}
template <class A>
void members(A& a, Step*) {
  a(1, &Step::id)(2, &Step::code)(3, &Step::title)(4, &Step::owners)(5, &Step::via)(6, &Step::data)(7, &Step::once)(
      8, &Step::phase)(9, &Step::four_eyes)(10, &Step::initially)(11, &Step::initially_level)(12, &Step::initially_within)(
      13, &Step::starts)(14, &Step::only_deviation)(15, &Step::to)(16, &Step::repeat_level)(17, &Step::may_correct);
}
template <class A>
void members(A& a, Rule*) {
  a(1, &Rule::id)(2, &Rule::kind)(3, &Rule::sources)(4, &Rule::targets)(5, &Rule::any_of)(6, &Rule::phase)(7, &Rule::count)(
      8, &Rule::each)(9, &Rule::about_world)(10, &Rule::level)(11, &Rule::to)(12, &Rule::when)(13, &Rule::within)(
      14, &Rule::no_limit)(15, &Rule::until)(16, &Rule::after_field)(17, &Rule::due_guard)(18, &Rule::unless_done)(
      19, &Rule::renews)(20, &Rule::warn)(21, &Rule::grace)(22, &Rule::then)(23, &Rule::then_to);
  a(24, &Rule::creditor)(25, &Rule::heals)(26, &Rule::heals_when)(27, &Rule::escalate)(28, &Rule::escalate_to)(
      29, &Rule::valid_from_day)(30, &Rule::valid_to_day)(31, &Rule::valid_by_event)(32, &Rule::text)(33, &Rule::basis)(
      34, &Rule::number)(35, &Rule::fixed)(36, &Rule::tightenable)(37, &Rule::removable);
}
template <class A>
void members(A& a, Tally*) {
  a(1, &Tally::id)(2, &Tally::step)(3, &Tally::is_set)(4, &Tally::by_field)(5, &Tally::of_field);
}
template <class A>
void members(A& a, Link*) {
  a(1, &Link::kind)(2, &Link::target)(3, &Link::step);
}
template <class A>
void members(A& a, Column*) {
  a(1, &Column::kind)(2, &Column::id)(3, &Column::step)(4, &Column::field)(5, &Column::title);
}
template <class A>
void members(A& a, View*) {
  a(1, &View::id)(2, &View::title)(3, &View::agency)(4, &View::write)(5, &View::roles)(6, &View::select)(7, &View::columns)(
      8, &View::sort_column)(9, &View::sort_descending)(10, &View::step)(11, &View::new_cases)(12, &View::help);
}
template <class A>
void members(A& a, Package*) {
  a(1, &Package::id)(2, &Package::version)(3, &Package::process)(4, &Package::parent)(5, &Package::title)(
      6, &Package::site_calendar)(7, &Package::agencies)(8, &Package::roles)(9, &Package::phases)(10, &Package::codes)(
      11, &Package::steps)(12, &Package::rules)(13, &Package::tallies)(14, &Package::links)(15, &Package::views)(16,
                                                                                                                 &Package::texts);
}

// Queries are trees; they are written as the list of their nodes, parents before children, so that depth costs nothing.
struct QueryNode {
  Query::Op op = Query::Op::kAll;
  std::uint32_t children = 0;
  StepIndex step = 0;
  std::vector<StepIndex> steps;
  std::uint32_t count = 0;
  PhaseIndex phase = 0;
  Level level = Level::kAttention;
};
template <class A>
void members(A& a, QueryNode*) {
  a(1, &QueryNode::op)(2, &QueryNode::children)(3, &QueryNode::step)(4, &QueryNode::steps)(5, &QueryNode::count)(
      6, &QueryNode::phase)(7, &QueryNode::level);
}

// The largest value of each enumeration.
inline constexpr std::uint64_t last_of(FieldType) { return static_cast<std::uint64_t>(FieldType::kToken); }
inline constexpr std::uint64_t last_of(Via) { return static_cast<std::uint64_t>(Via::kClock); }
inline constexpr std::uint64_t last_of(Initially) { return static_cast<std::uint64_t>(Initially::kOwed); }
inline constexpr std::uint64_t last_of(Unit) { return static_cast<std::uint64_t>(Unit::kOfficeDays); }
inline constexpr std::uint64_t last_of(Level) { return static_cast<std::uint64_t>(Level::kRefuse); }
inline constexpr std::uint64_t last_of(Recipient::Kind) { return static_cast<std::uint64_t>(Recipient::Kind::kOwner); }
inline constexpr std::uint64_t last_of(RuleKind) { return static_cast<std::uint64_t>(RuleKind::kNote); }
inline constexpr std::uint64_t last_of(Heals) { return static_cast<std::uint64_t>(Heals::kWhen); }
inline constexpr std::uint64_t last_of(Link::Kind) { return static_cast<std::uint64_t>(Link::Kind::kFollows); }
inline constexpr std::uint64_t last_of(Query::Op) { return static_cast<std::uint64_t>(Query::Op::kFinding); }
inline constexpr std::uint64_t last_of(Column::Kind) { return static_cast<std::uint64_t>(Column::Kind::kNext); }

}  // namespace flora::package
