// SPDX-License-Identifier: EUPL-1.2
#include "feel/guard.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace flora::feel;

class Fixed final : public Resolver {
 public:
  Value get(std::uint16_t, std::uint16_t member) const override {
    return member == 0 ? Value::borrowed("negative") : Value::number(7);
  }
  bool present(std::uint16_t) const override { return true; }
  std::uint32_t count(std::uint16_t) const override { return 3; }
  Value get_at(std::uint16_t variable, std::uint32_t, std::uint16_t member) const override { return get(variable, member); }
};

void evaluate(benchmark::State& state, const char* source) {
  Declarations names;
  const std::vector<Member> members = {{"result", Type::code({"positive", "negative"})}, {"amount", Type::number()}};
  names.variables = {Variable::record("fact", members), Variable::records("check", members, 100)};
  const auto guard = Guard::compile(source, names, Type::boolean());
  const Fixed resolver;
  for (auto _ : state) benchmark::DoNotOptimize(guard->test(resolver));
}
BENCHMARK_CAPTURE(evaluate, count, "count(check) >= 2");
BENCHMARK_CAPTURE(evaluate, code, "fact.result = \"negative\"");
BENCHMARK_CAPTURE(evaluate, both, "fact.result = \"negative\" and count(check) >= 2 and fact.amount < 10");
BENCHMARK_CAPTURE(evaluate, some, "some c in check satisfies c.amount > 9");
BENCHMARK_CAPTURE(evaluate, arithmetic, "fact.amount * 1.19 + 0.5 > 8");

}  // namespace
