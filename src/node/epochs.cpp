// SPDX-License-Identifier: EUPL-1.2
#include "node/epochs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/cms.hpp"

namespace flora::node {

base::Result<ledger::NewEpoch> make_epoch(const ledger::State& state, const base::ChannelId& channel, std::uint64_t number,
                                          const std::vector<base::MemberId>& members, base::Random& random) {
  const crypto::Secret key(random.bytes(32));
  ledger::NewEpoch epoch{channel, number, ledger::epoch_commitment(key), {}};
  for (const auto& recipient : state.seal_recipients(members)) {
    FLORA_TRY(auto cms, crypto::wrap_key(recipient.certificate, key));
    epoch.wraps.push_back({recipient.member, recipient.x5t, std::move(cms)});
  }
  return epoch;
}

std::vector<Order> due_epochs(const NodeApplication& application, const Home& home, base::Instant now, base::Random& random) {
  std::vector<Order> orders;
  application.with_state([&](const ledger::State& state) {
    for (const auto* channel : state.channels()) {
      if (!channel->needs_epoch && now <= channel->epoch_since.plus_seconds(kEpochRenewSeconds)) continue;
      const auto hosted = std::find_if(channel->members.begin(), channel->members.end(),
                                       [&](const base::MemberId& id) { return home.find(id) != nullptr; });
      if (hosted == channel->members.end()) continue;
      const auto number = channel->epoch + 1;
      auto epoch = make_epoch(state, channel->id, number, channel->members, random);
      if (!epoch) continue;  // a member's certificate cannot receive: the next attempt is at the next block
      Order order;
      order.member = *hosted;
      // The time makes the id of a later attempt another one, in case this one is refused.
      order.message_ids = {message_id(home.find(*hosted)->member_key, "node",
                                      fmt::format("epoch/{}/{}/{}", channel->id.text(), number, now.ns), 0)};
      order.commands = {ledger::encode_command(*std::move(epoch))};
      orders.push_back(std::move(order));
    }
  });
  return orders;
}

}  // namespace flora::node
