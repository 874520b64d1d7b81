// SPDX-License-Identifier: EUPL-1.2
// Executes stored blocks anew into empty tables: how a node that lost its state but kept its blocks recovers, and how tests
// and benchmarks compare two executions of the same chain.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "base/tables.hpp"
#include "node/home.hpp"
#include "node/log.hpp"

namespace flora::node {

struct Replayed {
  std::int64_t height = 0;
  base::Hash app_hash;                      // after it
  std::size_t envelopes = 0, commands = 0;  // accepted; executed here
};

// `from`: tables with all blocks since genesis; `into`: empty. Every header is compared with what execution gives.
// `blocks_per_write`: how many share one durable write. Errors: kCorrupt with the height that differs, those of the tables.
base::Result<Replayed> replay(const base::TableReader& from, base::Tables& into, const Home& home, Log& log,
                              std::size_t blocks_per_write = 64);

}  // namespace flora::node
