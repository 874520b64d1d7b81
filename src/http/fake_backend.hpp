// SPDX-License-Identifier: EUPL-1.2
// For the tests of this module: a backend with a real channel executor over tables in memory, two members, real vaults, and
// none of the rest of a node. Submissions are executed at once, or held until they are released.
#pragma once
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/tables.hpp"
#include "channel/executor.hpp"
#include "crypto/keys.hpp"
#include "http/backend.hpp"
#include "http/config.hpp"
#include "ledger/envelope.hpp"

namespace flora::http {

class MapTables final : public base::TableReader {
 public:
  std::optional<base::Bytes> get(base::Table table, base::ByteView key) const override;
  void scan(base::Table table, base::ByteView prefix, base::ByteView from,
            const std::function<bool(base::ByteView, base::ByteView)>& visit) const override;
  void scan_back(base::Table table, base::ByteView prefix, base::ByteView from,
                 const std::function<bool(base::ByteView, base::ByteView)>& visit) const override;
  void apply(const base::Batch& batch);

 private:
  std::array<std::map<base::Bytes, base::Bytes>, base::kTableCount> tables_;
};

class FakeBackend final : public Backend {
 public:
  // Agencies of the package: north (member 1), south (member 2).
  FakeBackend();
  ~FakeBackend() override;

  base::MemberId north, south;
  base::Instant now;

  // What happens to submissions: done at once, kept until release(), or refused.
  enum class Mode : std::uint8_t { kAtOnce, kHold, kRefuse } mode = Mode::kAtOnce;
  base::Error refusal{base::Code::kDiskFull, {}};
  std::size_t held() const;
  void release();
  void drop_held();  // their callbacks are destroyed without being called

  // Facts without the way over HTTP.
  base::CaseId send_parcel(std::uint8_t n);
  void publish(std::shared_ptr<const Delta> delta);
  Config config() const;  // both members, officers for every role, a system client each (secret "secret-AGENCY")

  std::vector<Hosted> hosted() const override { return {{north, "north"}, {south, "south"}}; }
  Status status() const override;
  Snapshot snapshot() const override;
  void submit(Submission submission, std::function<void(base::Result<Submitted>)> done) override;
  base::Result<Previewed> preview(const Submission& submission) override;
  base::CaseId new_case(const Author& author, std::string_view key, std::size_t index) const override;
  base::ActorId actor(const Author& author, const base::CaseId& case_id) const override;
  vault::Vault& vault(const base::MemberId& member) override { return *vaults_.at(member); }
  base::Status hand_over(const base::MemberId& from, const std::string& to_agency,
                         const std::vector<vault::Record>& records) override;
  base::Result<Receipt> receipt(const base::MemberId& reader, const base::Hash& envelope) override;
  std::unique_ptr<Subscription> subscribe(std::function<void(std::shared_ptr<const Delta>)> on_delta) override;
  base::Status set_demo_clock(base::Instant to, bool run) override;

  bool writable = true;

 private:
  struct Subscribers;
  Submitted execute(const base::MemberId& author, const std::vector<channel::Command>& commands,
                    const std::vector<base::Hash>& ids);
  std::vector<base::Hash> message_ids(const Submission& submission) const;

  mutable std::mutex mutex_;  // guards executor, tables and held submissions
  base::SeededRandom random_{7};
  base::SystemRandom system_random_;
  crypto::PrivateKey key_;
  base::Hash epoch_key_;
  base::ChannelId channel_;
  std::shared_ptr<MapTables> tables_ = std::make_shared<MapTables>();
  std::unique_ptr<channel::Executor> executor_;
  std::uint64_t sequence_ = 0;
  std::map<base::Hash, Receipt> receipts_;
  std::list<std::function<void()>> held_;
  std::shared_ptr<Subscribers> subscribers_;
  std::filesystem::path folder_;
  std::map<base::MemberId, std::unique_ptr<vault::Vault>> vaults_;
};

}  // namespace flora::http
