// SPDX-License-Identifier: EUPL-1.2
#include "channel/executor.hpp"

#include <deque>
#include <set>
#include <unordered_map>

#include "base/check.hpp"
#include "channel/commit.hpp"
#include "channel/keys.hpp"
#include "channel/run.hpp"
#include "crypto/hash.hpp"
#include "process/engine.hpp"

namespace flora::channel {

class Executor::Impl final : public CaseSource {
 public:
  Impl(const base::TableReader& tables, const base::ChannelId& channel, const ledger::FederationId& federation,
       const calendar::Calendars& calendars, const Options& options)
      : tables_(tables),
        channel_(channel),
        federation_(federation),
        calendars_(calendars),
        options_(options),
        tree_(options.digest_nodes_max) {}

  base::Status load();
  BlockOutcome execute(const BlockContext& block, std::span<const ledger::AcceptedEnvelope> envelopes, const EpochKeys& keys);
  void commit();
  void discard();

  const Meta& meta() const { return carried_.meta; }
  std::optional<base::Instant> next_due() const {
    return due_.empty() ? std::nullopt : std::optional<base::Instant>(base::Instant{due_.begin()->first});
  }
  const std::shared_ptr<const Catalog>& catalog() const { return catalog_; }
  std::size_t cases_in_memory() const { return cases_.size(); }

  // Out of memory into the block's hands; what it did not change comes back.
  std::unique_ptr<CaseEntry> take(const base::CaseId& id, const Catalog& catalog) override {
    if (const auto it = cases_.find(id); it != cases_.end()) {
      auto entry = std::move(it->second);
      cases_.erase(it);
      return entry;
    }
    auto entry = load_case(tables_, channel_, id, catalog);
    FLORA_CHECK(entry.has_value(), "a stored case can be read");
    return *std::move(entry);
  }

 private:
  struct Opened {
    base::Code code = base::Code::kOk;
    std::string detail;
    std::vector<ledger::CommandItem> items;
  };
  struct Stage {
    std::unique_ptr<Run> run;
    Carried carried;  // counters: only those that changed
    std::vector<DueChange> due_changes;
  };
  // nullopt: the key of that epoch is missing.
  std::optional<Opened> open(const ledger::AcceptedEnvelope& envelope, const EpochKeys& keys) const;
  std::optional<std::vector<Opened>> open_all(std::span<const ledger::AcceptedEnvelope> envelopes, const EpochKeys& keys,
                                              BlockOutcome& outcome) const;
  void run_clock(Run& run, BlockOutcome& outcome) const;
  static EnvelopeOutcome run_envelope(Run& run, const ledger::AcceptedEnvelope& envelope, Opened& opened, JournalEntry& journal);
  void keep(std::unique_ptr<CaseEntry> entry);

  const base::TableReader& tables_;
  const base::ChannelId channel_;
  const ledger::FederationId federation_;
  const calendar::Calendars& calendars_;
  const Options options_;
  crypto::SmtCache tree_;
  std::shared_ptr<const Catalog> catalog_;
  Carried carried_;
  std::unordered_map<base::CaseId, std::unique_ptr<CaseEntry>> cases_;
  std::deque<base::CaseId> finished_;  // in the order they were kept; may name others too
  std::set<std::pair<std::int64_t, base::CaseId>> due_;
  std::optional<Stage> stage_;
};

// ---- loading --------------------------------------------------------------------------------------------------------------

base::Status Executor::Impl::load() {
  FLORA_TRY(catalog_, Catalog::load(tables_, channel_, calendars_));
  if (const auto meta = read_meta(tables_, channel_)) carried_.meta = *meta;
  if (const auto bytes = tables_.get(base::Table::kChannel, index_key(channel_, entry::kProgress, {}))) {
    FLORA_TRY(carried_.progress, decode_progress(*bytes));
  }
  const auto counters = index_key(channel_, place::kCounter, {});
  tables_.scan(base::Table::kViewIndex, counters, {}, [&](base::ByteView key, base::ByteView value) {
    ListKey list;
    if (key.size() != counters.size() + list.bytes.size() || value.size() != 8) return true;
    std::copy(key.begin() + static_cast<std::ptrdiff_t>(counters.size()), key.end(), list.bytes.begin());
    carried_.counters[list] = from_ordered(value);
    return true;
  });
  const auto dues = index_key(channel_, place::kDue, {});
  tables_.scan(base::Table::kViewIndex, dues, {}, [&](base::ByteView key, base::ByteView) {
    if (key.size() != dues.size() + 24) return true;
    due_.emplace_hint(due_.end(), from_ordered(key.subspan(dues.size(), 8)), *base::CaseId::from(key.subspan(dues.size() + 8)));
    return true;
  });
  return {};
}

// ---- one block --------------------------------------------------------------------------------------------------------------

std::optional<Executor::Impl::Opened> Executor::Impl::open(const ledger::AcceptedEnvelope& envelope,
                                                           const EpochKeys& keys) const {
  const std::optional<base::Hash> key = keys(envelope.header.epoch);
  const base::ByteView key_bytes = key ? base::ByteView(*key) : base::ByteView();
  auto items = ledger::open_body(federation_, envelope.header, envelope.protected_header, envelope.body, key_bytes);
  Opened opened;
  if (items) {
    opened.items = *std::move(items);
  } else if (items.error().code == base::Code::kStalled) {
    return std::nullopt;
  } else {
    opened.code = items.error().code;
    opened.detail = items.error().detail;
  }
  return opened;
}

std::optional<std::vector<Executor::Impl::Opened>> Executor::Impl::open_all(std::span<const ledger::AcceptedEnvelope> envelopes,
                                                                            const EpochKeys& keys, BlockOutcome& outcome) const {
  std::vector<Opened> all;
  all.reserve(envelopes.size());
  for (const auto& envelope : envelopes) {
    auto opened = open(envelope, keys);
    if (!opened) {
      outcome.stalled_at_epoch = envelope.header.epoch;
      return std::nullopt;
    }
    all.push_back(*std::move(opened));
  }
  return all;
}

// Everything that is due, in the order in which it fell due. Cases share nothing that the clock changes, so each is brought
// up to the block's time in one go.
void Executor::Impl::run_clock(Run& run, BlockOutcome& outcome) const {
  const BlockContext& block = run.block();
  for (auto it = due_.begin(); it != due_.end() && it->first <= block.time.ns; ++it) {
    if (auto clock = run.advance(it->second, base::Instant{it->first})) outcome.clock.push_back(*std::move(clock));
  }
}

EnvelopeOutcome Executor::Impl::run_envelope(Run& run, const ledger::AcceptedEnvelope& envelope, Opened& opened,
                                             JournalEntry& journal) {
  EnvelopeOutcome out;
  out.envelope = envelope.hash;
  out.position = envelope.position;
  out.author = envelope.author;
  out.code = opened.code;
  journal.envelope = envelope.hash;
  journal.author = envelope.author;
  journal.time = run.block().time;
  journal.code = opened.code;
  for (std::size_t i = 0; i < opened.items.size(); ++i) {
    ledger::CommandItem& item = opened.items[i];
    CommandResult result = run.command({envelope.author, envelope.hash, static_cast<std::uint32_t>(i)}, item);
    journal.items.push_back({item.salt, item.message_id, std::move(item.command), result.code, result.effects});
    out.results.push_back(std::move(result));
  }
  return out;
}

BlockOutcome Executor::Impl::execute(const BlockContext& block, std::span<const ledger::AcceptedEnvelope> envelopes,
                                     const EpochKeys& keys) {
  FLORA_CHECK(block.height > carried_.meta.height, "blocks are executed in order");
  FLORA_CHECK(block.time >= carried_.meta.time, "ledger time does not run backwards");
  discard();
  BlockOutcome outcome;
  auto opened = open_all(envelopes, keys, outcome);
  if (!opened) return outcome;

  stage_.emplace();
  stage_->run = std::make_unique<Run>(tables_, channel_, calendars_, catalog_, *this, block);
  Run& run = *stage_->run;
  run_clock(run, outcome);
  std::vector<JournalEntry> journal(envelopes.size());
  std::vector<std::uint32_t> positions;
  for (std::size_t i = 0; i < envelopes.size(); ++i) {
    outcome.envelopes.push_back(run_envelope(run, envelopes[i], (*opened)[i], journal[i]));
    positions.push_back(envelopes[i].position);
  }
  BlockWriter writer(tables_, channel_, block, carried_, tree_);
  writer.write(run, journal, positions, outcome);
  stage_->carried = writer.take_carried();
  stage_->due_changes = writer.take_due_changes();
  outcome.disputes = run.disputes();
  outcome.catalog_changed = run.catalog() != catalog_;
  return outcome;
}

// ---- after the block --------------------------------------------------------------------------------------------------------

void Executor::Impl::keep(std::unique_ptr<CaseEntry> entry) {
  const bool open = !entry->state.is_cancelled() && !process::finished(*entry->version->definition, entry->state);
  const base::CaseId id = entry->id;
  cases_[id] = std::move(entry);
  if (open) return;
  finished_.push_back(id);
  while (finished_.size() > options_.finished_cases_max) {
    const auto it = cases_.find(finished_.front());
    finished_.pop_front();
    if (it == cases_.end()) continue;
    const CaseEntry& oldest = *it->second;
    if (oldest.state.is_cancelled() || process::finished(*oldest.version->definition, oldest.state)) cases_.erase(it);
  }
}

void Executor::Impl::commit() {
  FLORA_CHECK(stage_.has_value(), "only an executed block is committed");
  Stage stage = *std::move(stage_);
  stage_.reset();
  for (const auto& change : stage.due_changes) {
    if (change.old_due != process::kNever) due_.erase({change.old_due, change.id});
    if (change.new_due != process::kNever) due_.emplace(change.new_due, change.id);
  }
  carried_.meta = stage.carried.meta;
  carried_.progress = stage.carried.progress;
  for (const auto& [list, value] : stage.carried.counters) carried_.counters[list] = value;
  catalog_ = stage.run->catalog();
  for (auto& [id, staged] : stage.run->cases()) {
    if (staged.entry) keep(std::move(staged.entry));
  }
}

void Executor::Impl::discard() {
  if (!stage_) return;
  for (auto& [id, staged] : stage_->run->cases()) {
    if (staged.entry && !staged.changed) keep(std::move(staged.entry));  // a changed one is read anew
  }
  stage_.reset();
}

// ---- the public face --------------------------------------------------------------------------------------------------------

Executor::Executor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Executor::~Executor() = default;

base::Result<std::unique_ptr<Executor>> Executor::load(const base::TableReader& tables, const base::ChannelId& channel,
                                                       const ledger::FederationId& federation,
                                                       const calendar::Calendars& calendars, const Options& options) {
  auto impl = std::make_unique<Impl>(tables, channel, federation, calendars, options);
  FLORA_TRY(impl->load());
  return std::unique_ptr<Executor>(new Executor(std::move(impl)));
}

BlockOutcome Executor::execute(const BlockContext& block, std::span<const ledger::AcceptedEnvelope> envelopes,
                               const EpochKeys& keys) {
  return impl_->execute(block, envelopes, keys);
}
void Executor::commit() { impl_->commit(); }
void Executor::discard() { impl_->discard(); }
std::int64_t Executor::height() const { return impl_->meta().height; }
base::Instant Executor::time() const { return impl_->meta().time; }
base::Hash Executor::digest() const { return impl_->meta().digest; }
std::optional<base::Instant> Executor::next_due() const { return impl_->next_due(); }
std::shared_ptr<const Catalog> Executor::catalog() const { return impl_->catalog(); }
std::size_t Executor::cases_in_memory() const { return impl_->cases_in_memory(); }

}  // namespace flora::channel
