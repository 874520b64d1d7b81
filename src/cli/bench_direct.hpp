// SPDX-License-Identifier: EUPL-1.2
// The orderer and the application without what submits to them: envelopes are made beforehand and given to the sequencer, so
// that a figure contains checking, ordering, executing and writing, but neither signing nor sealing nor an outbox.
#pragma once
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "cli/bench_node.hpp"

namespace flora::cli::bench {

struct ReadyEnvelope {
  base::MemberId member;
  base::Bytes transaction;
};

class Direct {
 public:
  // On the home of a bed whose node is stopped. Errors: those of the tables and of Sequencer::open.
  static base::Result<std::unique_ptr<Direct>> open(Bed& bed);
  virtual ~Direct() = default;

  // Signs and seals, on so many threads, one envelope for each. Errors: those of ledger::make_envelope.
  virtual base::Result<std::vector<ReadyEnvelope>> make(const std::vector<http::Submission>& submissions, unsigned threads) = 0;
  // Submits from so many threads, and waits until all are durable.
  virtual Played play(std::vector<ReadyEnvelope> envelopes, unsigned threads) = 0;
};

}  // namespace flora::cli::bench
