// SPDX-License-Identifier: EUPL-1.2
#include "node/node.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "calendar/calendar.hpp"
#include "channel/commands.hpp"
#include "node/application.hpp"
#include "node/backend.hpp"
#include "node/demo_clock.hpp"
#include "node/epochs.hpp"
#include "node/keyring.hpp"
#include "orderer/chain.hpp"
#include "storage/rocks_tables.hpp"

namespace flora::node {

using base::Code;
using base::Instant;
using base::Result;
using base::Status;
using base::Table;

namespace {

constexpr std::string_view kClockKey = "node/clock";
constexpr std::string_view kLive = "live";
constexpr std::string_view kRuns = "runs";  // behind the present, at its pace
constexpr std::chrono::seconds kRenewPause(5);

class RunningNode final : public Node {
 public:
  RunningNode(Home home, NodeOptions options) : home_(std::move(home)), options_(std::move(options)) {}
  ~RunningNode() override { stop(); }

  Status open() {
    FLORA_TRY(open_tables());
    FLORA_TRY(keyring_, Keyring::load(*tables_, home_.storage_key, random()));
    FLORA_TRY(open_clock());
    calendars_ = std::make_shared<const calendar::Calendars>(calendar::builtin_calendars());
    NodeApplication::Options application_options;
    application_options.faults = options_.faults;
    application_options.clock = pace_;
    FLORA_TRY(application_, NodeApplication::open(*tables_, home_, calendars_, *keyring_, log(), application_options));
    FLORA_TRY(open_orderer());
    const NodeBackend::Parts parts{
        home_,
        *application_,
        *submission_,
        *sequencer_,
        *pace_,
        demo_clock_ ? std::function<Status(Instant, bool)>([this](Instant to, bool run) { return step_clock(to, run); })
                    : std::function<Status(Instant, bool)>()};
    FLORA_TRY(backend_, NodeBackend::open(parts, random()));
    wire();
    FLORA_TRY(sequencer_->start());
    FLORA_TRY(submission_->start());
    after_start();
    return {};
  }

  const Home& home() const override { return home_; }
  http::Backend& backend() override { return *backend_; }
  Submission& submission() override { return *submission_; }
  orderer::Sequencer& sequencer() override { return *sequencer_; }
  NodeApplication& application() override { return *application_; }
  base::Tables& tables() override { return *tables_; }

  void stop() override {
    if (stopped_.exchange(true)) return;
    if (submission_) submission_->stop();
    if (sequencer_) sequencer_->stop();
    if (sequencer_) log().info("node_stopped", {{"height", sequencer_->status().height}});
    log().flush();
  }

 private:
  base::Random& random() { return options_.random != nullptr ? *options_.random : system_random_; }
  Log& log() { return options_.log != nullptr ? *options_.log : no_log(); }

  Status open_tables() {
    if (options_.tables) {
      tables_ = std::move(options_.tables);
      return {};
    }
    storage::RocksOptions rocks;
    rocks.faults = options_.faults;
    FLORA_TRY(tables_, storage::open_rocks(home_.tables(), rocks));
    return {};
  }

  Status open_clock() {
    if (options_.pace != nullptr) {
      pace_ = options_.pace;
      return {};
    }
    if (!home_.config.demo) {
      pace_ = &system_pace_;
      return {};
    }
    const auto stored = tables_->get(Table::kMeta, base::as_bytes(kClockKey));
    std::optional<Instant> standing;
    if (!stored || base::as_text(*stored) != kLive) {
      FLORA_TRY(const auto chain, orderer::load_chain(*tables_));
      standing = chain ? orderer::next_time(*chain) : home_.genesis.time;
      if (DemoClock::near_the_present(*standing, system_pace_.now())) {
        standing.reset();
        FLORA_TRY(remember(kLive));
      }
    }
    demo_clock_ = std::make_unique<DemoClock>(standing);
    // While the node was off, a running demo clock stood: its cases must not all be overdue next Monday.
    if (standing && stored && base::as_text(*stored) == kRuns) demo_clock_->run();
    pace_ = demo_clock_.get();
    return {};
  }

  Status remember(std::string_view mode) {
    base::Batch batch;
    batch.put(Table::kMeta, base::as_bytes(kClockKey), base::as_bytes(mode));
    return tables_->commit(batch, true);
  }

  Status open_orderer() {
    orderer::SequencerOptions options;
    options.heartbeat_seconds = options_.heartbeat_seconds;
    options.faults = options_.faults;
    options.on_condition = [this](orderer::Condition condition) { on_condition(condition); };
    FLORA_TRY(sequencer_, orderer::Sequencer::open(*tables_, *application_, *pace_, home_.genesis, home_.validator, options));
    Submission::Options submission_options;
    submission_options.faults = options_.faults;
    submission_ = std::make_unique<Submission>(*tables_, home_, *application_, *sequencer_, *pace_, *keyring_, random(), log(),
                                               submission_options);
    return {};
  }

  void wire() {
    application_->on_committed([this](const Committed& committed) {
      backend_->committed(committed);
      submission_->settled(committed);
      after_commit(committed);
    });
    application_->on_dropped([this](const base::Hash& envelope, const base::Error& why) { submission_->dropped(envelope, why); });
  }

  void on_condition(orderer::Condition condition) {
    switch (condition) {
      case orderer::Condition::kRunning: log().info("writing_resumed"); break;
      case orderer::Condition::kDiskFull: log().error("disk_full"); break;
      case orderer::Condition::kFailed: log().error("storage_failed"); break;
      case orderer::Condition::kClockJumped: log().error("clock_jumped"); break;
      case orderer::Condition::kStopped: return;
    }
    if (condition != orderer::Condition::kRunning && submission_) {
      submission_->interrupted({Code::kDiskFull, "the node cannot write"});
    }
  }

  // ---- what the node itself puts on the ledger ----------------------------------------------------------------------------
  void after_start() {
    tables_->scan(Table::kMeta, base::as_bytes(kAttestPrefix), {}, [&](base::ByteView key, base::ByteView value) {
      const auto channel = base::ChannelId::from(key.subspan(kAttestPrefix.size()));
      const auto digest = value.size() == 40 ? base::Hash::from(value.subspan(8)) : std::nullopt;
      if (channel && digest) attest(*channel, static_cast<std::int64_t>(base::read_be64(value.first(8))), *digest);
      return true;
    });
    renew_epochs();
    log().info("node_started", {{"height", sequencer_->status().height}, {"chain", home_.genesis.chain_id}});
  }

  void after_commit(const Committed& committed) {
    for (const auto& block : committed.channels) {
      if (block.outcome.checkpoint) attest(block.channel, block.outcome.checkpoint->height, block.outcome.checkpoint->digest);
      for (const auto& dispute : block.outcome.disputes) {
        log().error("digest_disputed",
                    {{"channel", block.channel.text()}, {"height", dispute.height}, {"member", dispute.member.text()}});
      }
    }
    renew_epochs();
  }

  void attest(const base::ChannelId& channel, std::int64_t height, const base::Hash& digest) {
    std::vector<base::MemberId> members;
    application_->with_state([&](const ledger::State& state) {
      const auto* record = state.channel(channel);
      if (record != nullptr) members = record->members;
    });
    for (const auto& id : members) {
      const auto* member = home_.find(id);
      if (member == nullptr) continue;
      Order order;
      order.member = id;
      order.channel = channel;
      order.message_ids = {message_id(member->member_key, "node", fmt::format("attest/{}/{}", channel.text(), height), 0)};
      order.commands = {channel::encode_command(channel::AttestDigest{height, digest})};
      order.done = [this, channel, height](const Result<Settled>& outcome) {
        if (outcome)
          forget_attestation(channel, height);
        else
          log().failure("attestation_refused", outcome.error());
      };
      submission_->submit(std::move(order));
    }
  }

  void forget_attestation(const base::ChannelId& channel, std::int64_t height) {
    const auto key = attest_key(channel);
    const auto stored = tables_->get(Table::kMeta, key);
    if (!stored || stored->size() < 8 || base::read_be64(base::ByteView(*stored).first(8)) != static_cast<std::uint64_t>(height))
      return;
    base::Batch batch;
    batch.erase(Table::kMeta, key);
    (void)tables_->commit(batch, false);  // else it is attested once more after a restart, which changes nothing
  }

  void renew_epochs() {
    // After a refusal not at once again: the refused envelope is a commit too, and would call for the next attempt.
    if (std::chrono::steady_clock::now().time_since_epoch().count() < renew_not_before_ || renewing_.exchange(true)) return;
    auto orders = due_epochs(*application_, home_, pace_->now(), random());
    auto left = std::make_shared<std::atomic<std::size_t>>(orders.size());
    if (orders.empty()) renewing_ = false;
    for (auto& order : orders) {
      order.done = [this, left](const Result<Settled>& outcome) {
        if (!outcome) {
          log().failure("epoch_not_renewed", outcome.error());
          renew_not_before_ = (std::chrono::steady_clock::now() + kRenewPause).time_since_epoch().count();
        }
        if (--*left == 0) renewing_ = false;
      };
      submission_->submit(std::move(order));
    }
  }

  // ---- the demo's clock -----------------------------------------------------------------------------------------------------
  Status step_clock(Instant to, bool run) {
    std::lock_guard lock(step_mutex_);
    FLORA_TRY(const bool live, demo_clock_->step_to(to));
    if (live) FLORA_TRY(remember(kLive));
    if (!live && run) {
      demo_clock_->run();
      FLORA_TRY(remember(kRuns));
    }
    FLORA_TRY(sequencer_->beat());
    renew_epochs();
    // Whoever writes next shall find the epoch that the step made due.
    for (int i = 0; i < 2000 && renewing_; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return {};
  }

  Home home_;
  NodeOptions options_;
  base::SystemRandom system_random_;
  orderer::SystemPace system_pace_;
  std::unique_ptr<base::Tables> tables_;
  std::unique_ptr<Keyring> keyring_;
  std::unique_ptr<DemoClock> demo_clock_;
  orderer::Pace* pace_ = nullptr;
  std::shared_ptr<const calendar::Calendars> calendars_;
  std::unique_ptr<NodeApplication> application_;
  std::unique_ptr<orderer::Sequencer> sequencer_;
  std::unique_ptr<Submission> submission_;
  std::unique_ptr<NodeBackend> backend_;
  std::mutex step_mutex_;
  std::atomic<bool> renewing_ = false;
  std::atomic<std::int64_t> renew_not_before_ = 0;  // steady clock
  std::atomic<bool> stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<Node>> Node::start(Home home, NodeOptions options) {
  auto node = std::make_unique<RunningNode>(std::move(home), std::move(options));
  FLORA_TRY(node->open());
  return std::unique_ptr<Node>(std::move(node));
}

}  // namespace flora::node
