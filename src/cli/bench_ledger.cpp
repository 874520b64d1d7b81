// SPDX-License-Identifier: EUPL-1.2
// `ledger`: signed, sealed, durable envelopes with one command each. `facts`: the same with 100 commands each. Both contain
// everything between a submission and its answer: signing, sealing, outbox, check, order, execution, projection, one durable
// write, all on the cores that the bare verification beside them has for itself.
#include <fmt/format.h>

#include "cli/bench_direct.hpp"
#include "cli/bench_node.hpp"
#include "crypto/bare_verify.hpp"

namespace flora::cli::bench {

using base::Result;
using base::Status;

namespace {

constexpr std::size_t kPool = 8192;  // cases under way
constexpr double kRefusedTold = 0.01;

struct Load {
  std::size_t per_envelope = 1;
  std::size_t in_flight = 2048;
  double first_guess = 6000;  // commands a second, until it is known
};

// What was refused is not counted as done; of a package whose rules refuse much, the figure says less.
Result<double> accepted(Run& run, const Played& played, std::size_t done) {
  if (played.refused >= done)
    return base::fail(base::Code::kInternal, fmt::format("all of {} commands were refused", played.commands));
  if (static_cast<double>(played.refused) > kRefusedTold * static_cast<double>(done)) {
    run.progress(fmt::format("{} of {} were refused and are not counted", played.refused, done));
  }
  return static_cast<double>(done - played.refused);
}

double bare_rate(Run& run, const crypto::BareVerifier& bare, double seconds) {
  const std::size_t group = run.scaled(50, 2);
  return rate(seconds, run.cores(), [&] { return bare.run(group) ? group : 0; });
}

std::size_t pool_of(Run& run) { return run.scaled(kPool, 64); }

// Rounds of one way of playing and bare verification in turn. `play` gets how many commands, tells what it did.
Result<Metric> in_turn(Run& run, Metric metric, const Load& load, const std::function<Result<Played>(std::size_t)>& play,
                       bool of_commands, int parts) {
  const crypto::BareVerifier bare(crypto::KeyKind::kP256);
  double per_second = load.first_guess;
  const double seconds = run.slice(parts);
  for (int round = -1; round < run.rounds(); ++round) {  // one before the first: to warm up and to learn the rate
    const double share = round < 0 ? 0.2 : 0.7;
    const auto commands = std::max<std::size_t>(load.per_envelope, static_cast<std::size_t>(per_second * seconds * share));
    FLORA_TRY(const auto played, play(commands));
    FLORA_TRY(const double done, accepted(run, played, of_commands ? played.commands : played.envelopes));
    per_second = static_cast<double>(played.commands) / played.seconds;
    if (round < 0) continue;
    metric.samples.push_back(done / played.seconds);
    metric.limit_samples.push_back(bare_rate(run, bare, seconds * 0.3));
  }
  return metric;
}

std::string peer(Run& run) { return fmt::format("bare ES256 checks a second, {} threads", run.cores()); }

Result<Metric> through_node(Run& run, Bed& bed, std::string name, const Load& load, bool of_commands, int parts) {
  Flow flow(bed, pool_of(run));
  const auto play = [&](std::size_t commands) -> Result<Played> {
    return bed.play(flow.take(commands, load.per_envelope), std::min(load.in_flight, pool_of(run) / 2));
  };
  return in_turn(run, {std::move(name), peer(run), {}, {}}, load, play, of_commands, parts);
}

Result<Metric> made_before(Run& run, Bed& bed, Direct& direct, std::string name, const Load& load, bool of_commands, int parts) {
  Flow flow(bed, pool_of(run), 6);
  const auto play = [&](std::size_t commands) -> Result<Played> {
    FLORA_TRY(auto envelopes, direct.make(flow.take(commands, load.per_envelope), run.cores()));
    return direct.play(std::move(envelopes), run.cores());
  };
  return in_turn(run, {std::move(name), peer(run), {}, {}}, load, play, of_commands, parts);
}

// What signing and sealing cost alone.
Result<Metric> making(Run& run, Bed& bed, Direct& direct, const Load& load, int parts) {
  Flow flow(bed, pool_of(run), 7);
  const auto play = [&](std::size_t commands) -> Result<Played> {
    const auto submissions = flow.take(commands, load.per_envelope);
    const auto begin = Clock::now();
    FLORA_TRY(const auto made, direct.make(submissions, run.cores()));
    return Played{made.size(), made.size(), 0, seconds_since(begin)};
  };
  return in_turn(run, {"signed_and_sealed_per_s", peer(run), {}, {}}, load, play, false, parts);
}

}  // namespace

Status run_ledger(Run& run) {
  FLORA_TRY(const auto bed, Bed::make(run));
  FLORA_TRY(bed->start());
  const Load load{1, 2048, run.settings().tiny ? 200.0 : 6000.0};
  FLORA_TRY(const auto whole, through_node(run, *bed, "envelopes_per_s", load, false, 2));
  run.tell(whole);
  FLORA_TRY(const auto direct, Direct::open(*bed));
  FLORA_TRY(const auto ready, made_before(run, *bed, *direct, "envelopes_per_s_made_before", load, false, 3));
  run.tell(ready);
  FLORA_TRY(const auto made, making(run, *bed, *direct, load, 6));
  run.tell(made);
  return {};
}

Status run_facts(Run& run) {
  FLORA_TRY(const auto bed, Bed::make(run));
  FLORA_TRY(bed->start());
  const Load load{100, 48, run.settings().tiny ? 500.0 : 20'000.0};
  FLORA_TRY(const auto whole, through_node(run, *bed, "facts_per_s", load, true, 2));
  run.tell(whole);
  FLORA_TRY(const auto direct, Direct::open(*bed));
  FLORA_TRY(const auto ready, made_before(run, *bed, *direct, "facts_per_s_made_before", load, true, 2));
  run.tell(ready);
  return {};
}

}  // namespace flora::cli::bench
