// SPDX-License-Identifier: EUPL-1.2
// What a transaction costs the ledger, stage by stage; `verify` is the limit the others are held against.
#include <benchmark/benchmark.h>

#include "ledger/test_federation.hpp"

namespace flora::ledger {
namespace {

using testing::TestFederation;

constexpr std::size_t kBlock = 500;

struct Prepared {
  TestFederation f{{.members = 4}};
  std::vector<ParsedTransaction> block;
  Prepared() {
    for (std::size_t i = 0; i < kBlock; ++i) block.push_back(f.envelope(f.member(i % 4)));
  }
};
Prepared& prepared() {
  static Prepared p;
  return p;
}

void per_envelope(benchmark::State& state) { state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kBlock)); }

void make(benchmark::State& state) {
  Prepared& p = prepared();
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBlock; ++i) benchmark::DoNotOptimize(p.f.make(p.f.member(0), {p.f.any_item()}, {}));
  }
  per_envelope(state);
}
BENCHMARK(make)->Unit(benchmark::kMillisecond);

void parse(benchmark::State& state) {
  Prepared& p = prepared();
  for (auto _ : state) {
    for (const auto& t : p.block) benchmark::DoNotOptimize(parse_transaction(*t.bytes));
  }
  per_envelope(state);
}
BENCHMARK(parse)->Unit(benchmark::kMillisecond);

void verify(benchmark::State& state) {
  Prepared& p = prepared();
  for (auto _ : state) {
    auto block = p.block;
    verify_signatures(block, p.f.state());
    benchmark::DoNotOptimize(block.front().verdict);
  }
  per_envelope(state);
}
BENCHMARK(verify)->Unit(benchmark::kMillisecond);

// Everything behind the signature: window, standing, head, sparse trees, app hash, batch. One block of 500.
void execute(benchmark::State& state) {
  Prepared& p = prepared();
  auto block = p.block;
  verify_signatures(block, p.f.state());
  for (auto _ : state) benchmark::DoNotOptimize(p.f.state().execute(p.f.next_block(), block).app_hash);
  per_envelope(state);
}
BENCHMARK(execute)->Unit(benchmark::kMillisecond);

// The same one envelope a block: what a lone envelope waits for.
void execute_one(benchmark::State& state) {
  Prepared& p = prepared();
  std::vector<ParsedTransaction> block{p.block.front()};
  verify_signatures(block, p.f.state());
  for (auto _ : state) benchmark::DoNotOptimize(p.f.state().execute(p.f.next_block(), block).app_hash);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(execute_one)->Unit(benchmark::kMicrosecond);

void open(benchmark::State& state) {
  Prepared& p = prepared();
  const base::Hash key = p.f.epoch_key();
  for (auto _ : state) {
    for (const auto& t : p.block) {
      benchmark::DoNotOptimize(open_body(p.f.state().federation(), t.header, t.protected_header, t.body, key));
    }
  }
  per_envelope(state);
}
BENCHMARK(open)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace flora::ledger
