// SPDX-License-Identifier: EUPL-1.2
#include "channel/read.hpp"

#include <gtest/gtest.h>

#include "base/cbor.hpp"
#include "channel/fixture.hpp"

namespace flora::channel {
namespace {

using base::Code;
using fixture::World;

// Lending, with an auditor who sees nothing but grave findings.
package::Sources audited_lending() {
  auto sources = fixture::lending();
  auto& manifest = sources["package.yaml"];
  manifest.insert(manifest.find("roles:"), "  audit: {title: {de: Prüfung, en: Audit}, short: {de: P, en: A}}\n");
  manifest += "  auditor: {agency: audit, title: {de: Prüfer, en: Auditor}}\n";
  sources["views.yaml"] += R"(
  - {id: audit_grave, agency: audit, kind: read, title: {de: Schwere, en: Grave}, roles: [auditor], select: {finding: critical},
     columns: [status, level, {field: lent.shelf}], sort: -level}
)";
  return sources;
}

class ReadTest : public ::testing::Test {
 protected:
  ReadTest() { world_.activate(fixture::canonical(audited_lending())); }
  Asking clerk() const { return {world_.member(0), "lending", "clerk"}; }
  Asking chief() const { return {world_.member(0), "lending", "chief"}; }
  Asking keeper() const { return {world_.member(1), "lending", "keeper"}; }
  Asking auditor() const { return {world_.member(0), "lending", "auditor"}; }
  base::CaseId ask_for(std::string_view kind, std::optional<std::int64_t> day = {}) {
    RecordFact fact = world_.fact(world_.random().id<base::CaseId>(), "asked", "clerk");
    base::CborWriter w;
    w.map(day ? 2 : 1);
    if (day) w.text("day").text(calendar::to_text(calendar::CivilDate{static_cast<std::int32_t>(*day)}));
    w.text("kind").text(kind);
    fact.data = w.take();
    const auto result = world_.submit(0, fact);
    EXPECT_EQ(result.code, Code::kOk) << result.detail;
    return fact.case_id;
  }
  CommandResult lend(const base::CaseId& id, std::uint64_t shelf, std::string_view mark = {}) {
    RecordFact fact = world_.fact(id, "lent", "keeper");
    base::CborWriter w;
    w.map(mark.empty() ? 1 : 2);
    if (!mark.empty()) w.text("mark").text(mark);
    w.text("shelf").uint(shelf);
    fact.data = w.take();
    return world_.submit(1, fact);
  }
  void check(const base::CaseId& id) { world_.submit(1, world_.fact(id, "checked", "keeper")); }
  std::vector<base::CaseId> cases(const Asking& asking, PageQuery query) {
    const auto page = world_.reader().page(asking, query);
    EXPECT_TRUE(page) << page.error().detail;
    std::vector<base::CaseId> out;
    if (page) {
      for (const auto& row : page->rows) out.push_back(row.case_id);
    }
    return out;
  }
  static PageQuery view(std::string id, std::vector<Filter> filters = {}) {
    PageQuery query;
    query.view = std::move(id);
    query.filters = std::move(filters);
    return query;
  }
  Code code_of(const Asking& asking, const PageQuery& query) {
    const auto page = world_.reader().page(asking, query);
    return page ? Code::kOk : page.error().code;
  }
  World world_;
};

TEST_F(ReadTest, CountsTheViewsOfARole) {
  ask_for("book");
  ask_for("tool");
  const auto counts = world_.reader().counts(clerk());
  ASSERT_TRUE(counts);
  ASSERT_EQ(counts->size(), 4u);
  EXPECT_EQ((*counts)[0].view, "desk_open");
  EXPECT_EQ((*counts)[0].rows, 2u);
  EXPECT_FALSE((*counts)[0].write);
  EXPECT_EQ(world_.reader().counts(keeper())->at(0).rows, 2u);
  EXPECT_EQ(world_.reader().counts(auditor())->at(0).rows, 0u);
}

TEST_F(ReadTest, ARoleReadsWhatItsViewsGiveAndNothingElse) {
  const auto id = ask_for("book");
  EXPECT_EQ(code_of(clerk(), view("store_lent")), Code::kUnknownView);
  EXPECT_EQ(code_of(chief(), view("desk_due")), Code::kUnknownView) << "a view of the agency that does not list the role";
  EXPECT_EQ(code_of({world_.member(1), "lending", "clerk"}, view("desk_open")), Code::kForbidden);
  EXPECT_EQ(code_of({world_.member(0), "lending", "nobody"}, view("desk_open")), Code::kForbidden);
  EXPECT_EQ(code_of({world_.member(0), "other", "clerk"}, view("desk_open")), Code::kUnknownPackage);
  EXPECT_EQ(world_.reader().show(auditor(), id).error().code, Code::kForbidden);
  EXPECT_EQ(world_.reader().why(auditor(), id, {"R1", "checked", {}}).error().code, Code::kForbidden);
  EXPECT_TRUE(world_.reader().summaries(auditor(), std::vector{id})->empty());
  EXPECT_TRUE(world_.reader().events(auditor(), 0, "", 50)->events.empty());
  EXPECT_EQ(world_.reader().show(clerk(), world_.random().id<base::CaseId>()).error().code, Code::kUnknownCase);
  lend(id, 7);
  EXPECT_TRUE(world_.reader().show(auditor(), id)) << "now it stands in the auditor's list";
}

TEST_F(ReadTest, FieldsOfOthersAreShownOnlyIfAViewGivesThem) {
  const auto id = ask_for("book", 18720);
  lend(id, 7, "red");
  const auto lent_seen_by = [&](const Asking& asking) { return world_.reader().show(asking, id)->facts.at(1); };
  const auto at_store = lent_seen_by(keeper());
  EXPECT_EQ(at_store.data.size(), 2u);
  EXPECT_EQ(at_store.fields_withheld, 0u);
  const auto at_desk = lent_seen_by(clerk());
  EXPECT_TRUE(at_desk.data.empty());
  EXPECT_EQ(at_desk.fields_withheld, 2u);
  const auto at_audit = lent_seen_by(auditor());
  ASSERT_EQ(at_audit.data.size(), 1u);
  EXPECT_EQ(at_audit.data[0].first, "shelf");
  EXPECT_EQ(at_audit.data[0].second, Cell(std::int64_t{7}));
  EXPECT_EQ(at_audit.fields_withheld, 1u);
  const auto asked = world_.reader().show(keeper(), id)->facts.at(0);
  ASSERT_EQ(asked.data.size(), 1u) << "the day stands in a column of the store, the kind does not";
  EXPECT_EQ(asked.data[0].first, "day");
}

TEST_F(ReadTest, SortsAndTurnsRound) {
  std::vector<base::CaseId> made;
  for (int i = 0; i < 5; ++i) {
    made.push_back(ask_for("book"));
    world_.pass(3600);
  }
  auto query = view("desk_open");
  std::vector<base::CaseId> youngest_first(made.rbegin(), made.rend());
  EXPECT_EQ(cases(clerk(), query), youngest_first) << "since: the shortest wait first";
  query.reverse = true;
  EXPECT_EQ(cases(clerk(), query), made);
  query.limit = 2;
  EXPECT_EQ(cases(clerk(), query), (std::vector{made[0], made[1]}));
  query.after = world_.reader().page(clerk(), query)->next;
  EXPECT_EQ(cases(clerk(), query), (std::vector{made[2], made[3]}));
}

TEST_F(ReadTest, EmptyCellsComeLastWhicheverWay) {
  const auto with = ask_for("book", 18720), without = ask_for("book");
  auto query = view("store_check");
  EXPECT_EQ(cases(keeper(), query), (std::vector{with, without}));
  for (const auto& id : {with, without}) lend(id, 3);
  EXPECT_EQ(cases(auditor(), view("audit_grave")).size(), 2u);
}

TEST_F(ReadTest, FiltersByValueRangeLevelAndEmptiness) {
  const auto book = ask_for("book"), tool = ask_for("tool");
  const auto other = ask_for("tool", 18720);
  EXPECT_EQ(cases(clerk(), view("desk_open", {{"asked_kind", "book"}})), std::vector{book});
  EXPECT_EQ(cases(clerk(), view("desk_open", {{"asked_kind", "tool"}})).size(), 2u);
  EXPECT_TRUE(cases(clerk(), view("desk_open", {{"asked_kind", "nothing"}})).empty());
  lend(tool, 12);
  lend(other, 20);
  EXPECT_EQ(cases(clerk(), view("desk_open", {{"level", "critical"}})).size(), 2u);
  EXPECT_EQ(cases(clerk(), view("desk_open", {{"level", "critical"}, {"asked_kind", "book"}})).size(), 0u);
  EXPECT_EQ(cases(clerk(), view("desk_open", {{"status", "asked"}})), std::vector{book});
  EXPECT_EQ(cases(clerk(), view("desk_open", {{"due_returned", ""}})), std::vector{book}) << "not lent: no due";
  EXPECT_EQ(cases(keeper(), view("store_lent", {{"lent_shelf", "12"}})), std::vector{tool});
  EXPECT_EQ(cases(keeper(), view("store_lent", {{"lent_shelf", "13.."}})), std::vector{other});
  EXPECT_EQ(cases(keeper(), view("store_lent", {{"lent_shelf", "..20"}})).size(), 2u);
  EXPECT_EQ(cases(keeper(), view("store_lent", {{"at_lent", "2021-04-07"}})).size(), 2u) << "a day holds its instants";
  EXPECT_TRUE(cases(keeper(), view("store_lent", {{"at_lent", "2021-04-08.."}})).empty());
  EXPECT_EQ(cases(keeper(), view("store_to_check", {{"asked_day", "2021-04-01..2021-04-30"}})).size(), 1u);
  EXPECT_EQ(cases(clerk(), view("desk_open", {{"missing_lent", "checked"}})).size(), 3u);
  EXPECT_EQ(cases(clerk(), view("desk_open", {{"next", "returned"}})).size(), 2u);
}

TEST_F(ReadTest, RefusesFiltersCursorsAndLimitsThatDoNotFit) {
  ask_for("book");
  EXPECT_EQ(code_of(clerk(), view("desk_open", {{"colour", "red"}})), Code::kQueryUnknown);
  EXPECT_EQ(code_of(clerk(), view("desk_open", {{"name", "Haddad"}})), Code::kQueryUnknown) << "of the vault";
  EXPECT_EQ(code_of(clerk(), view("desk_open", {{"since_asked", "many"}})), Code::kOutOfRange);
  EXPECT_EQ(code_of(clerk(), view("desk_open", {{"since_asked", ".."}})), Code::kOutOfRange);
  EXPECT_EQ(code_of(keeper(), view("store_to_check", {{"asked_day", "2021-02-30"}})), Code::kOutOfRange);
  auto query = view("desk_open");
  query.limit = 0;
  EXPECT_EQ(code_of(clerk(), query), Code::kOutOfRange);
  query.limit = 501;
  EXPECT_EQ(code_of(clerk(), query), Code::kOutOfRange);
  query.limit = 50;
  query.after = "???";
  EXPECT_EQ(code_of(clerk(), query), Code::kOutOfRange);
  query.after = "AAAA";
  EXPECT_EQ(code_of(clerk(), query), Code::kOk) << "any place is one to go on from";
  EXPECT_EQ(world_.reader().events(clerk(), 0, "AAAA", 10).error().code, Code::kOutOfRange);
}

TEST_F(ReadTest, ShowsCellsOfEveryKind) {
  const auto id = ask_for("tool", 18720);
  world_.pass(5 * 24 * 3600);
  world_.empty_block();
  const auto page = world_.reader().page(clerk(), view("desk_open"));
  ASSERT_TRUE(page);
  const Row& row = page->rows.at(0);
  EXPECT_EQ(row.case_id, id);
  ASSERT_EQ(row.cells.size(), 8u);
  EXPECT_EQ(to_json(row.cells[0]), nullptr) << "the name is the vault's";
  EXPECT_EQ(to_json(row.cells[1]), "asked");
  EXPECT_EQ(to_json(row.cells[2]), "tool");
  EXPECT_EQ(base::to_json(to_json(row.cells[3])), R"({"workdays":3,"since":"2021-04-07"})");
  EXPECT_EQ(to_json(row.cells[4]), nullptr);
  EXPECT_EQ(base::to_json(to_json(row.cells[5])), R"([{"step":"checked","by":["store"]}])");
  EXPECT_EQ(to_json(row.cells[6]), "attention") << "overdue since Friday; the grace ends on Monday night";
  EXPECT_EQ(page->standing.height, world_.executor().height());
  lend(id, 3, "red");
  const auto lent = world_.reader().page(keeper(), view("store_lent"))->rows.at(0);
  EXPECT_EQ(to_json(lent.cells[0]), "2021-04-12T09:00:00+02:00");
  EXPECT_EQ(to_json(lent.cells[1]), 1);
  EXPECT_EQ(to_json(lent.cells[2]), 3);
  EXPECT_EQ(to_json(lent.cells[3]), "red");
}

TEST_F(ReadTest, FindsRowsOfGivenCases) {
  const auto a = ask_for("book"), b = ask_for("book"), c = ask_for("book");
  check(b);
  const std::vector<base::CaseId> asked{c, b, world_.random().id<base::CaseId>(), a};
  const auto page = world_.reader().rows_of(keeper(), "store_to_check", asked);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->rows.size(), 2u);
  EXPECT_EQ(page->rows[0].case_id, c);
  EXPECT_EQ(page->rows[1].case_id, a);
  EXPECT_EQ(page->total, 2u);
}

TEST_F(ReadTest, InboxesAreByLevelAndAge) {
  const auto a = ask_for("book");
  world_.set_now(*world_.executor().next_due());
  world_.empty_block();
  world_.pass(10);
  const auto b = ask_for("book");
  lend(b, 3);
  const auto inbox = [&](const Asking& asking, std::vector<package::Level> levels, std::vector<FindingState> states) {
    InboxQuery query;
    query.levels = std::move(levels);
    query.states = std::move(states);
    return *world_.reader().inbox(asking, query);
  };
  EXPECT_EQ(inbox(keeper(), {}, {}).findings.at(0).rule, "R1");
  EXPECT_EQ(inbox(keeper(), {}, {}).findings.at(0).case_id, a);
  EXPECT_EQ(inbox(keeper(), {}, {}).attention, 1u);
  EXPECT_EQ(inbox(chief(), {}, {}).critical, 1u);
  EXPECT_TRUE(inbox(chief(), {package::Level::kAttention}, {}).findings.empty());
  EXPECT_TRUE(inbox(clerk(), {}, {}).findings.empty()) << "same agency, another role";
  const Finding finding = inbox(chief(), {}, {}).findings.at(0);
  EXPECT_EQ(finding.case_id, b);
  world_.submit(0, ActOnFinding{b, finding.rule, finding.step, finding.fact, FindingAct::kAcknowledge, "", "chief", {}});
  EXPECT_EQ(inbox(chief(), {}, {}).critical, 0u);
  EXPECT_EQ(inbox(chief(), {}, {FindingState::kAcknowledged}).findings.size(), 1u);
  EXPECT_TRUE(inbox(chief(), {}, {FindingState::kOpen}).findings.empty());
}

TEST_F(ReadTest, NextStepsAreByDueWithTheViewToDoThemFrom) {
  const auto a = ask_for("book");
  world_.pass(24 * 3600);
  const auto b = ask_for("book");
  auto next = *world_.reader().next_steps(keeper(), "", 50);
  ASSERT_EQ(next.steps.size(), 2u);
  EXPECT_EQ(next.total, 2u);
  EXPECT_EQ(next.steps[0].case_id, a);
  EXPECT_EQ(next.steps[1].case_id, b);
  EXPECT_EQ(next.steps[0].write_view, "store_check");
  EXPECT_FALSE(next.steps[0].overdue);
  world_.set_now(*world_.executor().next_due());
  world_.empty_block();
  EXPECT_TRUE(world_.reader().next_steps(keeper(), "", 50)->steps[0].overdue);
  EXPECT_EQ(world_.reader().next_steps(clerk(), "", 50)->total, 0u);
  EXPECT_EQ(world_.reader().next_steps(keeper(), world_.reader().next_steps(keeper(), "", 1)->next, 1)->steps.at(0).case_id, b);
}

TEST_F(ReadTest, ShowsACaseWithItsReasons) {
  const auto id = ask_for("book", 18720);
  const auto fact = lend(id, 7).fact;
  const auto shown = *world_.reader().show(chief(), id);
  ASSERT_EQ(shown.facts.size(), 2u);
  EXPECT_EQ(shown.facts[1].id, fact);
  EXPECT_EQ(shown.facts[1].role, "keeper");
  EXPECT_EQ(shown.facts[1].agency, "store");
  EXPECT_EQ(shown.facts[1].member, world_.member(1));
  EXPECT_EQ(shown.facts[1].envelope, world_.last().envelopes.at(0).envelope);
  EXPECT_EQ(shown.facts[1].height, world_.executor().height());
  EXPECT_EQ(shown.level, package::Level::kCritical);
  EXPECT_FALSE(shown.finished);
  ASSERT_EQ(shown.findings.size(), 1u);
  EXPECT_EQ(shown.findings[0].why.number, "C1");
  EXPECT_FALSE(shown.findings[0].why.sentence.empty());
  EXPECT_EQ(shown.findings[0].why.facts, std::vector{fact});
  EXPECT_EQ(shown.duties.size(), 2u);
  ASSERT_EQ(shown.cues.size(), 3u);
  EXPECT_EQ(shown.cues[0].steps, std::vector<std::string>{"returned"});
  EXPECT_TRUE(shown.offers.empty()) << "the chief owns no step";
  const auto offers = world_.reader().show(clerk(), id)->offers;
  ASSERT_EQ(offers.size(), 1u);
  EXPECT_EQ(offers[0].step, "returned");
  EXPECT_EQ(offers[0].view, "desk_return");
  EXPECT_TRUE(offers[0].cue);
  const auto why = *world_.reader().why(chief(), id, {"C1", "lent", fact});
  ASSERT_EQ(why.size(), 1u);
  EXPECT_EQ(why[0].facts.at(0).id, fact);
  ASSERT_EQ(why[0].missing.size(), 1u);
  EXPECT_EQ(why[0].missing[0].step, "checked");
  EXPECT_EQ(why[0].missing[0].by, std::vector<std::string>{"store"});
  EXPECT_EQ(world_.reader().why(chief(), id, {"C1", "lent", FactId{}}).error().code, Code::kUnknownFinding);
  EXPECT_EQ(world_.reader().why(chief(), id, {"C9", "lent", {}}).error().code, Code::kUnknownReference);
  EXPECT_EQ(world_.reader().why(chief(), id, {"", "burnt", {}}).error().code, Code::kUnknownStep);
  EXPECT_EQ(world_.reader().why(chief(), id, {"", "returned", {}})->size(), 1u);
}

TEST_F(ReadTest, SummarisesCasesAndNamesTheirViews) {
  const auto a = ask_for("book"), b = ask_for("book");
  check(b);
  const auto summaries = *world_.reader().summaries(keeper(), std::vector{b, a});
  ASSERT_EQ(summaries.size(), 2u);
  EXPECT_EQ(summaries[0].status, "checked");
  EXPECT_TRUE(summaries[0].finished);
  EXPECT_EQ(summaries[1].cues, std::vector<std::string>{"checked"});
  EXPECT_EQ(*world_.reader().views_of(clerk(), a), std::vector<std::string>{"desk_open"});
}

TEST_F(ReadTest, TellsEventsFromAHeightOn) {
  const auto a = ask_for("book");
  const std::int64_t height = world_.executor().height();
  const auto result = lend(a, 5, "blue");
  const auto events = *world_.reader().events(keeper(), height, "", 50);
  ASSERT_EQ(events.events.size(), 1u);
  EXPECT_EQ(events.events[0].message_id, result.message_id);
  EXPECT_EQ(events.events[0].fact.step, "lent");
  EXPECT_EQ(events.events[0].fact.data.size(), 2u);
  EXPECT_TRUE(events.events[0].findings.empty()) << "C1 reaches the chief only";
  EXPECT_EQ(world_.reader().events(chief(), height, "", 50)->events.at(0).findings.size(), 1u);
  EXPECT_TRUE(world_.reader().events(keeper(), 0, events.next, 50)->events.empty());
}

}  // namespace
}  // namespace flora::channel
