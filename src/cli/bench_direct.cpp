// SPDX-License-Identifier: EUPL-1.2
#include "cli/bench_direct.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "calendar/calendar.hpp"
#include "ledger/envelope.hpp"
#include "node/application.hpp"
#include "node/keyring.hpp"
#include "storage/rocks_tables.hpp"

namespace flora::cli::bench {

using base::Result;
using base::Status;

namespace {

constexpr std::size_t kGroup = 64;       // envelopes given to the sequencer at once
constexpr std::size_t kQueueMax = 3000;  // of all members; below what one lane of the queue and a replay window take
constexpr std::int64_t kExpirySeconds = 500;
constexpr std::uint64_t kFirstSequence = 1'000'000;  // above what making the home used

class DirectChain final : public Direct {
 public:
  explicit DirectChain(Bed& bed) : bed_(bed) {}
  ~DirectChain() override {
    if (sequencer_) sequencer_->stop();
  }

  Status begin() {
    FLORA_TRY(home_, node::load_home(bed_.home()));
    FLORA_TRY(tables_, storage::open_rocks(home_->tables(), {}));
    FLORA_TRY(keyring_, node::Keyring::load(*tables_, home_->storage_key, random_));
    calendars_ = std::make_shared<const calendar::Calendars>(calendar::builtin_calendars());
    FLORA_TRY(application_, node::NodeApplication::open(*tables_, *home_, calendars_, *keyring_, node::no_log(), {}));
    application_->on_committed([this](const node::Committed& committed) { note(committed); });
    FLORA_TRY(sequencer_, orderer::Sequencer::open(*tables_, *application_, bed_.pace(), home_->genesis, home_->validator));
    FLORA_TRY(sequencer_->start());
    sequences_.assign(home_->members.size(), kFirstSequence);
    application_->with_state([&](const ledger::State& state) {
      federation_ = state.federation();
      channel_ = state.channels().front()->id;
      epoch_ = state.channels().front()->epoch;
    });
    const auto key = keyring_->find(channel_, epoch_);
    if (!key) return base::fail(base::Code::kStalled, "no epoch key");
    epoch_key_ = *key;
    return {};
  }

  Result<std::vector<ReadyEnvelope>> make(const std::vector<http::Submission>& submissions, unsigned threads) override {
    std::vector<ReadyEnvelope> out(submissions.size());
    std::vector<std::pair<std::size_t, std::uint64_t>> numbers;  // member, sequence
    for (const auto& submission : submissions) {
      const auto member = static_cast<std::size_t>(home_->find(submission.author.member) - home_->members.data());
      numbers.emplace_back(member, ++sequences_[member]);
    }
    std::atomic<std::size_t> next = 0;
    std::atomic<bool> failed = false;
    const auto work = [&] {
      for (std::size_t i = next++; i < out.size(); i = next++) {
        auto made = make_one(submissions[i], home_->members[numbers[i].first], numbers[i].second);
        if (!made)
          failed = true;
        else
          out[i] = {submissions[i].author.member, std::move(made->transaction)};
      }
    };
    run_on(threads, work);
    if (failed) return base::fail(base::Code::kInternal, "an envelope could not be made");
    return out;
  }

  Played play(std::vector<ReadyEnvelope> envelopes, unsigned threads) override {
    {
      std::lock_guard lock(mutex_);
      played_ = {};
      wanted_ = envelopes.size();
    }
    std::atomic<std::size_t> next = 0;
    const auto begin = Clock::now();
    const auto work = [&] {
      for (std::size_t at = next.fetch_add(kGroup); at < envelopes.size(); at = next.fetch_add(kGroup)) {
        submit(std::span(envelopes).subspan(at, std::min(kGroup, envelopes.size() - at)));
      }
    };
    run_on(threads, work);
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return played_.envelopes >= wanted_; });
    played_.seconds = seconds_since(begin);
    return played_;
  }

 private:
  static void run_on(unsigned threads, const std::function<void()>& work) {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
    work();
  }

  Result<ledger::MadeEnvelope> make_one(const http::Submission& submission, const node::MemberHome& member,
                                        std::uint64_t sequence) {
    std::vector<ledger::CommandItem> items;
    for (const auto& command : submission.commands) {
      items.push_back(
          {*base::Hash::from(random_.bytes(32)), *base::Hash::from(random_.bytes(32)), channel::encode_command(command)});
    }
    const ledger::Author author{member.envelope.key, member.envelope.certificate.thumbprint()};
    const ledger::EnvelopeOrder order{channel_, sequence, bed_.pace().now().plus_seconds(kExpirySeconds), epoch_, items};
    const base::Bytes fresh = random_.bytes(32);
    return ledger::make_envelope(federation_, author, order, ledger::Sealing{epoch_key_, home_->node_secret, fresh});
  }

  void submit(std::span<ReadyEnvelope> group) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return submitted_ < kQueueMax; });
      submitted_ += group.size();
    }
    std::map<base::MemberId, std::vector<base::Bytes>> by_member;
    for (auto& envelope : group) by_member[envelope.member].push_back(std::move(envelope.transaction));
    for (auto& [member, transactions] : by_member) {
      const std::size_t count = transactions.size();
      const auto statuses = sequencer_->submit(member, std::move(transactions));
      std::size_t lost =
          statuses ? static_cast<std::size_t>(std::ranges::count_if(*statuses, [](const Status& s) { return !s; })) : count;
      if (lost == 0) continue;
      std::lock_guard lock(mutex_);
      played_.envelopes += lost;
      played_.refused += lost;
      submitted_ -= lost;
      wake_.notify_all();
    }
  }

  // On the orderer's thread.
  void note(const node::Committed& committed) {
    std::lock_guard lock(mutex_);
    for (const auto& settled : committed.settled) {
      ++played_.envelopes;
      played_.commands += settled.results.size();
      if (settled.code != base::Code::kOk) ++played_.refused;
      for (const auto& result : settled.results) played_.refused += result.code == base::Code::kOk ? 0 : 1;
    }
    submitted_ -= std::min(submitted_, committed.settled.size());
    wake_.notify_all();
  }

  Bed& bed_;
  base::SystemRandom random_;
  Result<node::Home> home_ = base::fail(base::Code::kHomeMissing);
  std::unique_ptr<base::Tables> tables_;
  std::unique_ptr<node::Keyring> keyring_;
  std::shared_ptr<const calendar::Calendars> calendars_;
  std::unique_ptr<node::NodeApplication> application_;
  ledger::FederationId federation_;
  base::ChannelId channel_;
  std::uint64_t epoch_ = 0;
  base::Hash epoch_key_;
  std::vector<std::uint64_t> sequences_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Played played_;
  std::size_t wanted_ = 0, submitted_ = 0;
  std::unique_ptr<orderer::Sequencer> sequencer_;  // last: its thread uses all of the above
};

}  // namespace

Result<std::unique_ptr<Direct>> Direct::open(Bed& bed) {
  bed.stop();
  auto chain = std::make_unique<DirectChain>(bed);
  FLORA_TRY(chain->begin());
  return std::unique_ptr<Direct>(std::move(chain));
}

}  // namespace flora::cli::bench
