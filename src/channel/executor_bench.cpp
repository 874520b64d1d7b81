// SPDX-License-Identifier: EUPL-1.2
// The executor alone: opening, deciding, projecting and hashing facts, 100 an envelope, without signatures, order and disk.
// Cases follow their cues, as people would.
#include <benchmark/benchmark.h>

#include "base/cbor.hpp"
#include "channel/fixture.hpp"
#include "process/engine.hpp"

namespace flora::channel {
namespace {

using fixture::World;

struct Prepared {
  World world{7};
  const Version* version = nullptr;
  std::vector<std::vector<RecordFact>> waves;  // the n-th facts of all cases
  std::size_t facts = 0;
};

// The facts of one case until nothing is left to do, decided by the engine alone.
std::vector<RecordFact> story_of(Prepared& p, const base::CaseId& id) {
  auto& random = p.world.random();
  const auto& definition = *p.version->definition;
  const auto& package = *p.version->package;
  process::CaseState state = process::make_state(definition);
  process::Effects effects;
  std::vector<RecordFact> out;
  package::StepIndex step = 0;
  while (out.size() < 16) {
    const auto role = package.steps[step].owners.at(random.below(package.steps[step].owners.size()));
    const process::Data data = fixture::random_data(package, step, p.world.now(), random);
    RecordFact fact = p.world.fact(id, package.steps[step].id, package.roles[role].id);
    fact.data = process::encode_data(definition, step, data);
    const process::RecordFact engine_fact{.step = step, .by = role, .at = {}, .data = data};
    if (!process::execute(definition, state, {}, engine_fact, p.world.now(), effects)) break;
    out.push_back(std::move(fact));
    std::vector<package::StepIndex> cues;
    for (std::size_t s = 0; s < definition.step_count(); ++s) {
      const auto cue = static_cast<package::StepIndex>(s);
      if (state.cues.has(cue) && !package.steps[s].owners.empty()) cues.push_back(cue);
    }
    if (cues.empty()) break;
    step = cues[random.below(cues.size())];
  }
  return out;
}

std::unique_ptr<Prepared> prepare(const base::Bytes& package, std::size_t cases) {
  auto p = std::make_unique<Prepared>();
  const base::Hash hash = p->world.activate(package);
  p->version = p->world.executor().catalog()->find(hash);
  for (std::size_t i = 0; i < cases; ++i) {
    const auto story = story_of(*p, p->world.random().id<base::CaseId>());
    for (std::size_t n = 0; n < story.size(); ++n) {
      if (p->waves.size() <= n) p->waves.emplace_back();
      p->waves[n].push_back(story[n]);
      ++p->facts;
    }
  }
  return p;
}

// Cuts a wave into envelopes of `per_envelope` facts, one author each.
std::vector<std::unique_ptr<World::Sent>> seal_wave(Prepared& p, std::vector<RecordFact>& wave, std::size_t per_envelope) {
  std::map<std::size_t, std::vector<ledger::CommandItem>> by_member;
  std::vector<std::unique_ptr<World::Sent>> out;
  for (auto& fact : wave) {
    const std::size_t member = p.world.member_of(*p.version->package, *p.version->package->find_role(fact.role));
    auto& items = by_member[member];
    items.push_back(p.world.item(std::move(fact)));
    if (items.size() == per_envelope) out.push_back(p.world.seal(member, std::exchange(items, {})));
  }
  for (auto& [member, items] : by_member) {
    if (!items.empty()) out.push_back(p.world.seal(member, std::move(items)));
  }
  return out;
}

const base::Bytes& subject() {
  static const base::Bytes bytes = fixture::canonical(fixture::read_sources(fixture::all_packages().front()));
  return bytes;
}

void Facts(benchmark::State& state) {
  const auto cases = static_cast<std::size_t>(state.range(0));
  const auto per_block = static_cast<std::size_t>(state.range(1));  // envelopes of 100
  std::size_t facts = 0, accepted = 0, batch_bytes = 0, changes = 0;
  std::array<std::pair<std::size_t, std::size_t>, base::kTableCount> tables{};  // changes, bytes
  for (auto _ : state) {
    state.PauseTiming();
    auto p = prepare(subject(), cases);
    for (auto& wave : p->waves) {
      auto sealed = seal_wave(*p, wave, 100);
      for (std::size_t at = 0; at < sealed.size(); at += per_block) {
        std::vector<std::unique_ptr<World::Sent>> block;
        for (std::size_t i = at; i < std::min(at + per_block, sealed.size()); ++i) block.push_back(std::move(sealed[i]));
        p->world.pass(1);
        state.ResumeTiming();
        BlockOutcome outcome = p->world.execute(block);
        p->world.executor().commit();
        state.PauseTiming();
        for (const auto& envelope : outcome.envelopes) {
          for (const auto& result : envelope.results) {
            ++facts;
            accepted += result.code == base::Code::kOk ? 1 : 0;
          }
        }
        changes += outcome.batch.changes.size();
        for (const auto& c : outcome.batch.changes) {
          const std::size_t bytes = c.key.size() + (c.value ? c.value->size() : 0);
          batch_bytes += bytes;
          auto& of_table = tables[static_cast<std::size_t>(c.table)];
          of_table.first += 1;
          of_table.second += bytes;
        }
        p->world.tables().apply(outcome.batch);
      }
    }
    p.reset();
    state.ResumeTiming();
  }
  state.counters["facts_per_s"] = benchmark::Counter(static_cast<double>(facts), benchmark::Counter::kIsRate);
  state.counters["accepted"] = static_cast<double>(accepted) / static_cast<double>(facts);
  state.counters["bytes_per_fact"] = static_cast<double>(batch_bytes) / static_cast<double>(facts);
  for (std::size_t t = 0; t < tables.size(); ++t) {
    if (tables[t].first == 0) continue;
    const auto name = "table" + std::to_string(t);
    state.counters[name + "_changes"] = static_cast<double>(tables[t].first) / static_cast<double>(facts);
    state.counters[name + "_bytes"] = static_cast<double>(tables[t].second) / static_cast<double>(facts);
  }
  state.counters["changes_per_fact"] = static_cast<double>(changes) / static_cast<double>(facts);
}
BENCHMARK(Facts)->Args({1000, 10})->Args({20000, 10})->Args({20000, 1})->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace flora::channel
