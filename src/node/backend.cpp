// SPDX-License-Identifier: EUPL-1.2
#include "node/backend.hpp"

#include <algorithm>
#include <chrono>
#include <list>

#include "base/cbor.hpp"
#include "base/check.hpp"
#include "base/json.hpp"
#include "channel/executor.hpp"
#include "channel/journal.hpp"
#include "crypto/mac.hpp"
#include "ledger/block.hpp"
#include "ledger/receipt.hpp"
#include "node/receipts.hpp"

namespace flora::node {

using base::Bytes;
using base::Code;
using base::Hash;
using base::Instant;
using base::Result;

namespace {

std::int64_t steady_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

template <class IdType>
IdType cut_to_id(const Hash& hash) {
  return *IdType::from(base::ByteView(hash.bytes).first(16));
}

std::string why_not_writable(orderer::Condition condition) {
  switch (condition) {
    case orderer::Condition::kRunning: return {};
    case orderer::Condition::kDiskFull: return "disk_full";
    case orderer::Condition::kFailed: return "storage_failed";
    case orderer::Condition::kClockJumped: return "clock_jumped";
    case orderer::Condition::kStopped: return "stopping";
  }
  return "stopping";
}

http::Outcome outcome_of(const base::TableReader& tables, const base::ChannelId& channel, const channel::CommandResult& result) {
  http::Outcome out{result.case_id, result.fact, std::nullopt, {}};
  if (result.code != Code::kOk) {
    out.error = base::Error{result.code, result.detail};
    return out;
  }
  auto effects = result.caused();
  if (!effects) return out;
  out.effects = *std::move(effects);
  if (!out.effects.repeats) return out;
  // The channel says where the first answer stands; it is fetched from there.
  if (const auto first = channel::read_answer(tables, channel, *out.effects.repeats)) {
    if (auto answered = channel::decode_effects(first->effects)) {
      answered->repeats = out.effects.repeats;
      out.effects = *std::move(answered);
    }
  }
  return out;
}

}  // namespace

struct NodeBackend::Subscribers {
  std::mutex mutex;  // held while they are called, so that none is running once it was taken off
  std::list<std::function<void(std::shared_ptr<const http::Delta>)>> list;
};

namespace {
struct TakesOff final : http::Subscription {
  std::function<void()> off;
  ~TakesOff() override { off(); }
};
}  // namespace

Result<std::unique_ptr<NodeBackend>> NodeBackend::open(Parts parts, base::Random& random) {
  std::unique_ptr<NodeBackend> backend(new NodeBackend(std::move(parts)));
  backend->subscribers_ = std::make_shared<Subscribers>();
  for (const auto& member : backend->parts_.home.members) {
    FLORA_TRY(auto vault, vault::Vault::open(member.vault, member.storage_key, random));
    backend->vaults_[member.id] = std::move(vault);
  }
  backend->last_block_steady_ns_ = steady_ns();
  return backend;
}
NodeBackend::~NodeBackend() = default;

void NodeBackend::committed(const Committed& committed) {
  last_block_steady_ns_ = steady_ns();
  for (const auto& block : committed.channels) {
    if (block.channel != committed.view->channel || block.outcome.deltas.empty()) continue;
    const auto delta = std::make_shared<const http::Delta>(http::Delta{block.height, block.time, block.outcome.deltas});
    std::lock_guard lock(subscribers_->mutex);
    for (const auto& subscriber : subscribers_->list) subscriber(delta);
  }
}

std::vector<http::Hosted> NodeBackend::hosted() const {
  std::vector<http::Hosted> out;
  for (const auto& member : parts_.home.members) out.push_back({member.id, member.agency});
  return out;
}

http::Status NodeBackend::status() const {
  const auto orderer = parts_.sequencer.status();
  http::Status out;
  out.height = orderer.height;
  out.ledger_time = orderer.time;
  out.age_ms = (steady_ns() - last_block_steady_ns_) / base::kNanosPerMilli;
  out.why_not_writable = why_not_writable(orderer.condition);
  if (out.why_not_writable.empty() && !parts_.application.stalled().empty()) out.why_not_writable = "stalled";
  out.writable = out.why_not_writable.empty();
  const auto view = parts_.application.view();
  out.ready = view != nullptr && view->catalog != nullptr;
  out.demo = parts_.home.config.demo;
  out.build = "0.1.0";
  out.chain = parts_.home.genesis.chain_id;
  out.queue = parts_.submission.waiting();
  return out;
}

http::Snapshot NodeBackend::snapshot() const {
  const auto view = parts_.application.view();
  return {view->tables, view->height, view->time, view->channel, view->catalog};
}

// A fact that lies further ahead of ledger time than the ledger takes is not sealed. If only ledger time trails the clock, a
// heartbeat brings it up; otherwise it has not happened yet.
base::Status NodeBackend::hold_back(const http::Submission& submission) {
  std::optional<Instant> latest;
  for (const auto& command : submission.commands) {
    const auto* fact = std::get_if<channel::RecordFact>(&command);
    if (fact != nullptr && fact->at && (!latest || *fact->at > *latest)) latest = fact->at;
  }
  if (!latest || *latest <= parts_.sequencer.status().time.plus_seconds(base::limits::kFutureSecondsMax)) return {};
  if (*latest > parts_.pace.now().plus_seconds(base::limits::kFutureSecondsMax)) {
    return base::fail(Code::kInFuture, "the fact lies more than a minute ahead");
  }
  return parts_.sequencer.beat();
}

void NodeBackend::submit(http::Submission submission, std::function<void(Result<http::Submitted>)> done) {
  const auto* member = parts_.home.find(submission.author.member);
  const auto view = parts_.application.view();
  base::Status good;
  if (member == nullptr)
    good = base::fail(Code::kUnknownMember, "not a member of this node");
  else if (!view->catalog)
    good = base::fail(Code::kNotLeader, "no channel yet");
  else if (submission.commands.empty() || submission.commands.size() > base::limits::kCommandsPerEnvelopeMax)
    good = base::fail(Code::kTooLarge, "1 to 1,000 commands");
  else
    good = hold_back(submission);
  if (!good) return done(tl::unexpected(good.error()));
  Order order;
  order.member = member->id;
  order.channel = view->channel;
  for (std::size_t i = 0; i < submission.commands.size(); ++i) {
    order.message_ids.push_back(message_id(member->member_key, submission.author.client, submission.idempotency_key, i));
    order.commands.push_back(channel::encode_command(submission.commands[i]));
  }
  order.done = [this, answer_to = std::move(done)](Result<Settled> outcome) { answer_to(answer(outcome)); };
  parts_.submission.submit(std::move(order));
}

Result<http::Submitted> NodeBackend::answer(const Result<Settled>& outcome) const {
  FLORA_TRY(const auto settled, outcome);
  if (settled.opened != Code::kOk) return base::fail(settled.opened, "the channel could not open it");
  if (settled.results.empty()) return base::fail(Code::kStalled, "ordered, but the channel stands still here");
  const auto view = parts_.application.view();
  http::Submitted out;
  out.acknowledgement = {settled.envelope, settled.height, settled.position, settled.time};
  for (const auto& result : settled.results) {
    if (result.code == Code::kIdempotencyConflict) return base::fail(result.code, result.detail);
    out.outcomes.push_back(outcome_of(*view->tables, view->channel, result));
  }
  // A repetition is answered with the place of the first answer.
  const auto& first = out.outcomes.front().effects.repeats;
  if (settled.results.front().repeated && first) {
    out.acknowledgement.envelope = first->envelope;
    out.acknowledgement.height = first->height;
    if (const auto place = ledger::read_place(*view->tables, first->envelope)) out.acknowledgement.position = place->position;
    const auto block = view->tables->get(base::Table::kBlocks, base::be64(static_cast<std::uint64_t>(first->height)));
    const auto decoded = block ? ledger::decode_block(*block) : base::Result<ledger::Block>(base::fail(Code::kUnknownFact));
    if (decoded) out.acknowledgement.ledger_time = decoded->header.time;
  }
  return out;
}

Result<http::Previewed> NodeBackend::preview(const http::Submission& submission) {
  const auto* member = parts_.home.find(submission.author.member);
  if (member == nullptr) return base::fail(Code::kUnknownMember, "not a member of this node");
  const auto view = parts_.application.view();
  if (!view->catalog) return base::fail(Code::kNotLeader, "no channel yet");
  std::vector<channel::Proposed> proposed;
  for (std::size_t i = 0; i < submission.commands.size(); ++i) {
    proposed.push_back(
        {message_id(member->member_key, submission.author.client, submission.idempotency_key, i), submission.commands[i]});
  }
  const Instant now = std::max(parts_.pace.now(), view->time);
  const auto results = channel::preview(*view->tables, view->channel, view->catalog, member->id, proposed, now);
  http::Previewed out{view->height, now, {}};
  for (const auto& result : results) out.outcomes.push_back(outcome_of(*view->tables, view->channel, result));
  return out;
}

base::CaseId NodeBackend::new_case(const http::Author& author, std::string_view idempotency_key, std::size_t index) const {
  const auto* member = parts_.home.find(author.member);
  FLORA_CHECK(member != nullptr, "the author's member is hosted here");
  base::CborWriter w;
  w.array(4).text("case").text(author.client).text(idempotency_key).uint(index);
  return cut_to_id<base::CaseId>(crypto::hmac_sha256(member->member_key, w.view()));
}

base::ActorId NodeBackend::actor(const http::Author& author, const base::CaseId& case_id) const {
  const auto* member = parts_.home.find(author.member);
  FLORA_CHECK(member != nullptr, "the author's member is hosted here");
  return cut_to_id<base::ActorId>(crypto::hmac_sha256(member->member_key, {case_id, base::as_bytes(author.person)}));
}

vault::Vault& NodeBackend::vault(const base::MemberId& member) {
  const auto it = vaults_.find(member);
  FLORA_CHECK(it != vaults_.end(), "only hosted members have a vault here");
  return *it->second;
}

base::Status NodeBackend::hand_over(const base::MemberId& from, const std::string& to_agency,
                                    const std::vector<vault::Record>& records) {
  const auto view = parts_.application.view();
  if (!view->catalog || parts_.home.find(from) == nullptr) return base::fail(Code::kUnknownMember, "no such member");
  for (const auto* version : view->catalog->all_in_force()) {
    const auto to = view->catalog->member_of(version->package->id, to_agency);
    const auto it = to ? vaults_.find(*to) : vaults_.end();
    if (it != vaults_.end()) return it->second->put_many(records);
  }
  return base::fail(Code::kUnknownMember, "no member of this node holds the agency");
}

Result<http::Receipt> NodeBackend::receipt(const base::MemberId& reader, const Hash& envelope) {
  const auto view = parts_.application.view();
  std::vector<ledger::Validator> validators;
  parts_.application.with_state([&](const ledger::State& state) { validators = state.validators().validators; });
  FLORA_TRY(const auto collected, collect_receipt(*view->tables, envelope, validators));
  bool may_read = collected.channel == base::kFederationChannel;
  parts_.application.with_state([&](const ledger::State& state) {
    const auto* channel = state.channel(collected.channel);
    may_read = may_read || (channel != nullptr && std::binary_search(channel->members.begin(), channel->members.end(), reader));
  });
  if (!may_read) return base::fail(Code::kNotMember, "the envelope belongs to another channel");
  return http::Receipt{ledger::encode_receipt(collected.receipt), base::to_json(ledger::to_json(collected.receipt))};
}

std::unique_ptr<http::Subscription> NodeBackend::subscribe(std::function<void(std::shared_ptr<const http::Delta>)> on_delta) {
  std::lock_guard lock(subscribers_->mutex);
  const auto it = subscribers_->list.insert(subscribers_->list.end(), std::move(on_delta));
  auto subscription = std::make_unique<TakesOff>();
  subscription->off = [subscribers = subscribers_, it] {
    std::lock_guard inner(subscribers->mutex);
    subscribers->list.erase(it);
  };
  return subscription;
}

base::Status NodeBackend::set_demo_clock(Instant to, bool run) {
  if (!parts_.step_clock) return base::fail(Code::kForbidden, "this is no demo");
  return parts_.step_clock(to, run);
}

}  // namespace flora::node
