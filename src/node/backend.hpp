// SPDX-License-Identifier: EUPL-1.2
// What HTTP reaches of the node: http::Backend over submission, snapshots, vaults, receipts and the demo clock.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "base/random.hpp"
#include "calendar/calendar.hpp"
#include "http/backend.hpp"
#include "node/application.hpp"
#include "node/demo_clock.hpp"
#include "node/home.hpp"
#include "node/submission.hpp"
#include "orderer/sequencer.hpp"

namespace flora::node {

class NodeBackend final : public http::Backend {
 public:
  struct Parts {
    const Home& home;
    NodeApplication& application;
    Submission& submission;
    orderer::Sequencer& sequencer;
    orderer::Pace& pace;
    // Demo home: moves the clock, makes the blocks that follow, and whatever the step made due. Empty otherwise.
    std::function<base::Status(base::Instant to, bool run)> step_clock;
  };
  // Opens the members' vaults. Errors: those of vault::Vault::open.
  static base::Result<std::unique_ptr<NodeBackend>> open(Parts parts, base::Random& random);
  ~NodeBackend() override;

  // Hands on what a commit changed; on the orderer's thread.
  void committed(const Committed& committed);

  std::vector<http::Hosted> hosted() const override;
  http::Status status() const override;
  http::Snapshot snapshot() const override;
  void submit(http::Submission submission, std::function<void(base::Result<http::Submitted>)> done) override;
  base::Result<http::Previewed> preview(const http::Submission& submission) override;
  base::CaseId new_case(const http::Author& author, std::string_view idempotency_key, std::size_t index) const override;
  base::ActorId actor(const http::Author& author, const base::CaseId& case_id) const override;
  vault::Vault& vault(const base::MemberId& member) override;
  base::Status hand_over(const base::MemberId& from, const std::string& to_agency,
                         const std::vector<vault::Record>& records) override;
  base::Result<http::Receipt> receipt(const base::MemberId& reader, const base::Hash& envelope) override;
  std::unique_ptr<http::Subscription> subscribe(std::function<void(std::shared_ptr<const http::Delta>)> on_delta) override;
  base::Status set_demo_clock(base::Instant to, bool run) override;

 private:
  explicit NodeBackend(Parts parts) : parts_(std::move(parts)) {}
  base::Status hold_back(const http::Submission& submission);
  base::Result<http::Submitted> answer(const base::Result<Settled>& outcome) const;

  Parts parts_;
  std::map<base::MemberId, std::unique_ptr<vault::Vault>> vaults_;
  struct Subscribers;
  std::shared_ptr<Subscribers> subscribers_;
  std::atomic<std::int64_t> last_block_steady_ns_ = 0;
};

}  // namespace flora::node
