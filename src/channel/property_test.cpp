// SPDX-License-Identifier: EUPL-1.2
// Random runs over every package of the repository: what is kept up to date step by step is what follows from scratch.
#include <gtest/gtest.h>

#include "base/cbor.hpp"
#include "channel/fixture.hpp"
#include "channel/journal.hpp"
#include "channel/keys.hpp"
#include "channel/project.hpp"
#include "channel/registers.hpp"
#include "crypto/merkle.hpp"
#include "crypto/smt.hpp"
#include "process/engine.hpp"

namespace flora::channel {
namespace {

using fixture::MapTables;
using fixture::World;

struct Subject {
  std::string name;
  base::Bytes package;
};

std::vector<Subject> subjects() {
  std::vector<Subject> out{{"lending", fixture::canonical(fixture::lending())}};
  for (const auto& dir : fixture::all_packages()) {
    out.push_back({dir.filename().string(), fixture::canonical(fixture::read_sources(dir))});
  }
  return out;
}

using Rows = std::map<base::Bytes, base::Bytes>;

Rows rows_under(const MapTables& tables, base::Table table, const base::Bytes& prefix) {
  Rows out;
  tables.scan(table, prefix, {}, [&](base::ByteView key, base::ByteView value) {
    out[base::to_bytes(key)] = base::to_bytes(value);
    return true;
  });
  return out;
}

std::vector<std::unique_ptr<CaseEntry>> all_cases(World& world) {
  std::vector<std::unique_ptr<CaseEntry>> out;
  const auto prefix = index_key(world.channel(), entry::kCase, {});
  world.tables().scan(base::Table::kChannel, prefix, {}, [&](base::ByteView key, base::ByteView) {
    auto loaded =
        load_case(world.tables(), world.channel(), *base::CaseId::from(key.subspan(prefix.size())), *world.executor().catalog());
    EXPECT_TRUE(loaded && *loaded);
    out.push_back(*std::move(loaded));
    return true;
  });
  return out;
}

// Everything projected, from nothing but the cases.
void expect_rows_from_scratch(World& world) {
  base::Batch batch;
  CounterChanges counters;
  Rows due;
  for (const auto& entry : all_cases(world)) {
    Placed placed;
    write_difference(world.channel(), *entry, Placed{}, project(*entry), placed, counters, batch);
    placed.history = decode_placed(entry->placed)->history;
    EXPECT_EQ(encode_placed(placed), entry->placed);
    if (entry->due != process::kNever) due[index_key(world.channel(), place::kDue, {ordered(entry->due), entry->id})] = {};
  }
  MapTables scratch;
  scratch.apply(batch);
  EXPECT_EQ(scratch.rows(base::Table::kViewRows), world.tables().rows(base::Table::kViewRows));
  EXPECT_EQ(scratch.rows(base::Table::kFindings), world.tables().rows(base::Table::kFindings));
  EXPECT_EQ(due, rows_under(world.tables(), base::Table::kViewIndex, index_key(world.channel(), place::kDue, {})));
  Rows counted;
  for (const auto& [list, n] : counters) {
    if (n != 0) counted[index_key(world.channel(), place::kCounter, {list})] = base::to_bytes(ordered(n));
  }
  Rows kept = rows_under(world.tables(), base::Table::kViewIndex, index_key(world.channel(), place::kCounter, {}));
  std::erase_if(kept, [](const auto& row) { return from_ordered(row.second) == 0; });
  EXPECT_EQ(counted, kept);
}

void expect_digest_from_scratch(World& world) {
  std::vector<crypto::SmtUpdate> updates;
  std::map<std::int64_t, base::Bytes> messages;
  for (const auto& [key, value] : world.tables().rows(base::Table::kChannel)) {
    const base::ByteView entry = base::ByteView(key).subspan(16);
    if (entry[0] == static_cast<std::uint8_t>(entry::kMessage)) {
      const auto answered = decode_answered(value);
      ASSERT_TRUE(answered);
      base::append(messages[answered->height], entry.subspan(1));
      continue;
    }
    updates.push_back({crypto::sha256(entry), crypto::sha256(value)});
  }
  const auto none = [](base::ByteView) { return std::nullopt; };
  const auto tree = crypto::smt_update(crypto::smt_empty_root(), none, updates);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->root, world.executor().digest());
  // Every answer is bound to the digest through the list of its block.
  std::size_t listed = 0, stored = 0;
  world.tables().scan(
      base::Table::kChannel, index_key(world.channel(), entry::kMessages, {}), {}, [&](base::ByteView, base::ByteView list) {
        for (std::size_t at = 8; at < list.size(); at += 64) {
          const auto row =
              world.tables().get(base::Table::kChannel, index_key(world.channel(), entry::kMessage, {list.subspan(at, 32)}));
          EXPECT_TRUE(row && base::equal(crypto::sha256(*row), list.subspan(at + 32, 32)));
          ++listed;
        }
        return true;
      });
  for (const auto& [height, ids] : messages) stored += ids.size() / 32;
  EXPECT_EQ(listed, stored);
}

void expect_result_roots(World& world) {
  std::map<std::int64_t, std::vector<JournalEntry>> by_height;
  scan_journal(world.tables(), world.channel(), 0, [&](std::int64_t height, std::uint32_t, const JournalEntry& entry) {
    by_height[height].push_back(entry);
    return true;
  });
  for (const auto& [height, entries] : by_height) {
    const auto root =
        world.tables().get(base::Table::kChannel, index_key(world.channel(), entry::kResults, {height_key(height)}));
    ASSERT_TRUE(root);
    EXPECT_EQ(base::to_bytes(crypto::merkle_root(result_leaves(entries))), *root);
  }
}

struct Habits {
  bool restarts = false;  // loads the executor anew now and then
  bool discards = false;  // executes a block twice, or another one in between
  bool previews = false;  // asks before it sends
};

// The same run whatever the habits: they draw from a source of their own.
std::unique_ptr<World> run(const Subject& subject, std::uint64_t seed, const Habits& habits, int blocks) {
  auto world = std::make_unique<World>(seed);
  base::SeededRandom whim(seed * 977 + 1);
  fixture::RandomRun drawing(*world, world->activate(subject.package));
  for (int b = 0; b < blocks; ++b) {
    world->pass(static_cast<std::int64_t>(world->random().below(3)) * static_cast<std::int64_t>(world->random().below(60'000)));
    std::map<std::size_t, std::vector<ledger::CommandItem>> by_member;
    std::vector<Proposed> proposed;
    std::size_t author = 0;
    const bool single = world->random().below(2) == 0;
    for (std::uint64_t n = world->random().below(6); n > 0; --n) {
      auto drawn = drawing.draw();
      if (single && !proposed.empty() && drawn.member != author) continue;
      author = drawn.member;
      auto item = world->item(drawn.command);
      proposed.push_back({item.message_id, drawn.command});
      by_member[drawn.member].push_back(std::move(item));
    }
    std::vector<CommandResult> foreseen;
    if (habits.previews && by_member.size() == 1) {
      foreseen =
          preview(world->tables(), world->channel(), world->executor().catalog(), world->member(author), proposed, world->now());
    }
    std::vector<std::unique_ptr<World::Sent>> sent;
    for (auto& [member, items] : by_member) sent.push_back(world->seal(member, std::move(items)));
    if (habits.restarts && whim.below(4) == 0) world->open({.finished_cases_max = 2, .digest_nodes_max = 4});
    if (habits.discards && whim.below(3) == 0) {
      if (whim.below(2) == 0) world->execute({});
      world->execute(sent);
      if (whim.below(2) == 0) world->executor().discard();
    }
    const BlockOutcome outcome = world->block(sent);
    for (std::size_t i = 0; i < foreseen.size(); ++i) {
      const CommandResult& real = outcome.envelopes.at(0).results.at(i);
      EXPECT_EQ(foreseen[i].code, real.code) << foreseen[i].detail << " / " << real.detail;
      EXPECT_EQ(foreseen[i].fact, real.fact);
      EXPECT_EQ(foreseen[i].effects, real.effects)
          << base::cbor_diagnostic(foreseen[i].effects) << base::cbor_diagnostic(real.effects);
    }
  }
  return world;
}

TEST(ChannelProperty, ProjectionsDigestAndResultsFollowFromScratch) {
  for (const Subject& subject : subjects()) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      SCOPED_TRACE(subject.name + " seed " + std::to_string(seed));
      const auto world = run(subject, seed, {}, 120);
      expect_rows_from_scratch(*world);
      expect_digest_from_scratch(*world);
      expect_result_roots(*world);
    }
  }
}

// The runs are worth something: most is accepted, and all kinds of things happen.
TEST(ChannelProperty, RandomRunsReachWhatMatters) {
  for (const Subject& subject : subjects()) {
    SCOPED_TRACE(subject.name);
    const auto world = run(subject, 1, {}, 300);
    std::map<base::Code, int> codes;
    std::map<FindingVerb, int> findings;
    std::map<DutyVerb, int> duties;
    scan_journal(world->tables(), world->channel(), 0, [&](std::int64_t, std::uint32_t, const JournalEntry& entry) {
      for (const auto& item : entry.items) {
        ++codes[item.code];
        const auto effects = decode_effects(item.effects);
        for (const auto& f : effects->findings) ++findings[f.change];
        for (const auto& d : effects->duties) ++duties[d.change];
      }
      return true;
    });
    int all = 0;
    for (const auto& [code, n] : codes) all += n;
    EXPECT_GT(codes[base::Code::kOk] * 2, all);
    EXPECT_GE(codes.size(), 4u);
    EXPECT_GE(findings.size(), 4u);
    EXPECT_GE(duties.size(), 3u);
  }
}

TEST(ChannelProperty, RestartsAndDiscardedBlocksChangeNothing) {
  for (const Subject& subject : subjects()) {
    for (std::uint64_t seed = 11; seed <= 13; ++seed) {
      SCOPED_TRACE(subject.name + " seed " + std::to_string(seed));
      const auto plain = run(subject, seed, {}, 80);
      const auto restless = run(subject, seed, {.restarts = true, .discards = true}, 80);
      EXPECT_EQ(plain->executor().digest(), restless->executor().digest());
      EXPECT_TRUE(plain->tables() == restless->tables());
      EXPECT_EQ(plain->executor().next_due(), restless->executor().next_due());
    }
  }
}

TEST(ChannelProperty, APreviewIsWhatIsThenCommitted) {
  for (const Subject& subject : subjects()) {
    for (std::uint64_t seed = 21; seed <= 24; ++seed) {
      SCOPED_TRACE(subject.name + " seed " + std::to_string(seed));
      run(subject, seed, {.previews = true}, 120);
    }
  }
}

// Whoever reads through the reader meets every row once, in the order of the view.
TEST(ChannelProperty, PagesGoThroughEveryRowOnceAndInOrder) {
  for (const Subject& subject : subjects()) {
    SCOPED_TRACE(subject.name);
    const auto world = run(subject, 31, {}, 150);
    const Reader reader = world->reader();
    const Version& version = *world->executor().catalog()->only_one();
    for (std::size_t r = 0; r < version.package->roles.size(); ++r) {
      const auto role = static_cast<package::RoleIndex>(r);
      const Asking asking{world->member(world->member_of(*version.package, role)), version.package->id,
                          version.package->roles[r].id};
      const auto counts = reader.counts(asking);
      ASSERT_TRUE(counts);
      for (const auto& count : *counts) {
        for (const bool reverse : {false, true}) {
          std::vector<base::CaseId> seen;
          PageQuery query{.view = count.view, .after = {}, .limit = 3, .reverse = reverse, .filters = {}};
          do {
            const auto page = reader.page(asking, query);
            ASSERT_TRUE(page) << page.error().detail;
            EXPECT_EQ(page->total, count.rows);
            for (const auto& row : page->rows) seen.push_back(row.case_id);
            query.after = page->next;
          } while (!query.after.empty());
          EXPECT_EQ(seen.size(), count.rows) << count.view;
          const auto again = reader.rows_of(asking, count.view, seen);
          ASSERT_TRUE(again);
          EXPECT_EQ(again->rows.size(), seen.size());
          std::sort(seen.begin(), seen.end());
          EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end()) << "each once";
        }
      }
      std::size_t steps = 0;
      std::string after;
      std::optional<base::Instant> last = base::Instant{INT64_MIN};
      do {
        const auto page = reader.next_steps(asking, after, 2);
        ASSERT_TRUE(page);
        for (const auto& step : page->steps) {
          EXPECT_TRUE(!step.due || (last && *last <= *step.due)) << "by due, those without a limit last";
          last = step.due;
          ++steps;
        }
        if (page->next.empty()) {
          EXPECT_EQ(steps, page->total);
        }
        after = page->next;
      } while (!after.empty());
      std::map<package::Level, std::uint64_t> open;
      InboxQuery query{.levels = {}, .states = {FindingState::kOpen}, .after = {}, .limit = 2};
      std::optional<Inbox> inbox;
      do {
        const auto page = reader.inbox(asking, query);
        ASSERT_TRUE(page);
        for (const auto& finding : page->findings) ++open[finding.level];
        inbox = *page;
        query.after = page->next;
      } while (!query.after.empty());
      EXPECT_EQ(open[package::Level::kCritical], inbox->critical);
      EXPECT_EQ(open[package::Level::kAttention], inbox->attention);
      EXPECT_EQ(open[package::Level::kHint], inbox->hint);
    }
  }
}

TEST(ChannelProperty, EveryReadableCaseCanBeShownAndExplained) {
  for (const Subject& subject : subjects()) {
    SCOPED_TRACE(subject.name);
    const auto world = run(subject, 41, {}, 120);
    const Reader reader = world->reader();
    const Version& version = *world->executor().catalog()->only_one();
    for (std::size_t r = 0; r < version.package->roles.size(); ++r) {
      const auto role = static_cast<package::RoleIndex>(r);
      const Asking asking{world->member(world->member_of(*version.package, role)), version.package->id,
                          version.package->roles[r].id};
      for (const auto& entry : all_cases(*world)) {
        const auto shown = reader.show(asking, entry->id);
        if (!shown) {
          EXPECT_EQ(shown.error().code, base::Code::kForbidden);
          continue;
        }
        EXPECT_GE(shown->facts.size(), entry->state.facts.size());
        for (const auto& fact : shown->facts) {
          if (!fact.role.empty()) EXPECT_FALSE(fact.envelope.is_zero()) << "every entered fact names its envelope";
        }
        EXPECT_EQ(shown->findings.size(), entry->state.findings.size());
        for (const auto& f : shown->findings) {
          ASSERT_FALSE(f.life.empty()) << f.finding.rule;
          EXPECT_EQ(f.life.front().change, FindingVerb::kOpened);
          EXPECT_FALSE(f.why.sentence.empty());
          const auto why = reader.why(asking, entry->id, {f.finding.rule, f.finding.step, f.finding.fact});
          ASSERT_TRUE(why) << why.error().detail;
          EXPECT_EQ(why->size(), 1u);
        }
        for (const auto& duty : shown->duties) {
          const auto why = reader.why(asking, entry->id, {duty.rule, duty.step, std::nullopt});
          ASSERT_TRUE(why) << why.error().detail;
          EXPECT_EQ(why->size(), 1u);
        }
      }
      // Events: all that were recorded in readable cases, each once.
      std::size_t facts = 0, events = 0;
      for (const auto& entry : all_cases(*world)) {
        if (reader.show(asking, entry->id)) facts += entry->state.facts.size();
      }
      std::string after;
      for (;;) {
        const auto page = reader.events(asking, 0, after, 7);
        ASSERT_TRUE(page);
        events += page->events.size();
        if (page->events.empty()) break;
        after = page->next;
      }
      EXPECT_EQ(events, facts);
    }
  }
}

}  // namespace
}  // namespace flora::channel
