// SPDX-License-Identifier: EUPL-1.2
// Epochs of the channels that live here: the first with its channel, later ones before the seven days are over.
#pragma once
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/commands.hpp"
#include "ledger/state.hpp"
#include "node/submission.hpp"

namespace flora::node {

// A day before an epoch's end its successor is made.
inline constexpr std::int64_t kEpochRenewSeconds = base::limits::kEpochSecondsMax - 24 * 3600;

// A fresh key, wrapped for every seal certificate in standing of these members. Errors: those of crypto::wrap_key.
base::Result<ledger::NewEpoch> make_epoch(const ledger::State& state, const base::ChannelId& channel, std::uint64_t number,
                                          const std::vector<base::MemberId>& members, base::Random& random);

// Orders for the channels of hosted members whose epoch needs a successor at `now`.
std::vector<Order> due_epochs(const NodeApplication& application, const Home& home, base::Instant now, base::Random& random);

}  // namespace flora::node
