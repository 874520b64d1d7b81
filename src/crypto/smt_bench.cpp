// SPDX-License-Identifier: EUPL-1.2
// Batches of updates on a sparse Merkle tree of a million keys held in memory, with and without the page cache, beside the bare
// hashing that a binary tree of that depth needs at least.
#include <benchmark/benchmark.h>

#include <unordered_map>

#include "base/random.hpp"
#include "crypto/smt.hpp"

namespace {

using namespace flora::crypto;

struct BytesHash {
  std::size_t operator()(const Bytes& b) const { return std::hash<std::string_view>()(flora::base::as_text(b)); }
};

struct Store {
  std::unordered_map<Bytes, Bytes, BytesHash> pages;
  Hash root;
  SmtRead read = [this](ByteView key) -> std::optional<Bytes> {
    const auto found = pages.find(Bytes(key.begin(), key.end()));
    return found == pages.end() ? std::nullopt : std::optional(found->second);
  };
  void write(const SmtOutcome& outcome) {
    for (const auto& change : outcome.changes) {
      if (change.page) {
        pages[change.page_key] = *change.page;
      } else {
        pages.erase(change.page_key);
      }
    }
    root = outcome.root;
  }
};

std::vector<SmtUpdate> random_updates(flora::base::SeededRandom& random, std::size_t count) {
  std::vector<SmtUpdate> updates(count);
  for (auto& update : updates) {
    random.fill(update.key.bytes);
    update.value.emplace();
    random.fill(update.value->bytes);
  }
  return updates;
}

Store& million() {
  static Store* store = [] {
    auto* made = new Store;
    flora::base::SeededRandom random(1);
    made->write(*smt_update({}, made->read, random_updates(random, 1'000'000)));
    return made;
  }();
  return *store;
}

void batch(benchmark::State& state, SmtCache* cache) {
  auto& store = million();
  static std::uint64_t seed = 2;  // never the same updates twice: they would change nothing
  flora::base::SeededRandom random(seed++);
  const auto count = static_cast<std::size_t>(state.range(0));
  std::size_t pages = 0, bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const auto updates = random_updates(random, count);
    state.ResumeTiming();
    auto outcome = smt_update(store.root, store.read, updates, cache);
    state.PauseTiming();
    pages += outcome->changes.size();
    for (const auto& change : outcome->changes) bytes += change.page ? change.page->size() : 0;
    store.write(*outcome);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["pages"] = static_cast<double>(pages) / static_cast<double>(state.iterations());
  state.counters["page_bytes"] = static_cast<double>(bytes) / static_cast<double>(state.iterations());
}

void update_without_cache(benchmark::State& state) { batch(state, nullptr); }
void update_with_cache(benchmark::State& state) {
  SmtCache cache(65536);
  batch(state, &cache);
}
BENCHMARK(update_without_cache)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(update_with_cache)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

void bare_hashing(benchmark::State& state) {
  Hash hash;
  const auto hashes = state.range(0) * 20;
  for (auto _ : state) {
    for (std::int64_t i = 0; i < hashes; ++i) hash = smt_inner(hash, hash);
    benchmark::DoNotOptimize(hash);
  }
}
BENCHMARK(bare_hashing)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
