// SPDX-License-Identifier: EUPL-1.2
// Reading the vault of a large authority: 100,000 records. One page of names must cost less than 2 ms.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>

#include "vault/vault.hpp"

namespace flora::vault {
namespace {

struct Filled {
  std::filesystem::path dir = std::filesystem::temp_directory_path() / ("flora-vault-bench-" + std::to_string(::getpid()));
  base::SeededRandom random{42};
  std::unique_ptr<Vault> vault;
  std::vector<base::CaseId> ids;

  Filled() {
    std::filesystem::create_directories(dir);
    base::Hash key;
    key.bytes.fill(9);
    vault = *Vault::open(dir / "vault.db", key, random);
    std::vector<Record> batch;
    for (int i = 0; i < 100'000; ++i) {
      const auto name = [&] {
        std::string s;
        for (std::uint64_t n = 5 + random.below(6); n > 0; --n) s.push_back(static_cast<char>('a' + random.below(26)));
        return s;
      };
      ids.push_back(random.id<base::CaseId>());
      batch.push_back(
          {ids.back(), name(), name() + " " + name(), "1990-01-02", "SYR", "F" + std::to_string(i), "g" + std::to_string(i / 3)});
      if (batch.size() == 1000) {
        if (!vault->put_many(batch)) std::abort();
        batch.clear();
      }
    }
  }
  ~Filled() {
    vault.reset();
    std::filesystem::remove_all(dir);
  }
};

Filled& filled() {
  static Filled instance;
  return instance;
}

void GetMany50(benchmark::State& state) {
  Filled& f = filled();
  std::vector<base::CaseId> page(50);
  for (auto _ : state) {
    for (auto& id : page) id = f.ids[f.random.below(f.ids.size())];
    benchmark::DoNotOptimize(f.vault->get_many(page));
  }
}
BENCHMARK(GetMany50)->Unit(benchmark::kMicrosecond);

void SearchTwoLetters(benchmark::State& state) {
  Filled& f = filled();
  for (auto _ : state) benchmark::DoNotOptimize(f.vault->search("ma", 50));
}
BENCHMARK(SearchTwoLetters)->Unit(benchmark::kMicrosecond);

void SearchTwoWords(benchmark::State& state) {
  Filled& f = filled();
  for (auto _ : state) benchmark::DoNotOptimize(f.vault->search("ma ab", 50));
}
BENCHMARK(SearchTwoWords)->Unit(benchmark::kMicrosecond);

void PutOneDurable(benchmark::State& state) {
  Filled& f = filled();
  for (auto _ : state) {
    benchmark::DoNotOptimize(f.vault->put({f.random.id<base::CaseId>(), "neu", "person", "1990-01-02", "SYR", "X", "g"}));
  }
}
BENCHMARK(PutOneDurable)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace flora::vault
