// SPDX-License-Identifier: EUPL-1.2
#include "channel/commit.hpp"

#include <algorithm>

#include "base/cbor.hpp"
#include "base/check.hpp"
#include "crypto/hash.hpp"
#include "crypto/merkle.hpp"
#include "process/engine.hpp"

namespace flora::channel {
namespace {

// Answers forgotten in one block beyond as many as it gives new ones: the table shrinks, and no block takes long.
constexpr std::size_t kForgetMore = 256;
constexpr std::size_t kAnswerBytes = 64;  // message id, hash of the entry
constexpr std::size_t kExpiryBytes = 8;
constexpr std::size_t kChangesPerCase = 20;  // about

bool has_agency(std::span<const package::AgencyIndex> agencies, package::AgencyIndex agency) {
  return std::binary_search(agencies.begin(), agencies.end(), agency);
}

}  // namespace

void BlockWriter::put_entry(base::Bytes row_key, base::Bytes value) {
  updates_.push_back({crypto::sha256(base::ByteView(row_key).subspan(channel_.bytes.size())), crypto::sha256(value)});
  batch_.put(base::Table::kChannel, std::move(row_key), std::move(value));
}

void BlockWriter::erase_entry(const base::Bytes& row_key) {
  updates_.push_back({crypto::sha256(base::ByteView(row_key).subspan(channel_.bytes.size())), std::nullopt});
  batch_.erase(base::Table::kChannel, row_key);
}

// ---- cases --------------------------------------------------------------------------------------------------------------------

void BlockWriter::write_history(const StagedCase& staged, std::uint32_t number) {
  for (const auto& row : staged.history) {
    batch_.put(base::Table::kViewIndex, index_key(channel_, place::kHistory, {staged.entry->id, base::be32(number++)}),
               encode_history(row));
  }
}

void BlockWriter::write_case(StagedCase& staged) {
  CaseEntry& entry = *staged.entry;
  const auto old = decode_placed(entry.placed);
  FLORA_CHECK(old.has_value(), "where a case's rows stand can be read");
  Placed placed;
  placed.history = old->history + static_cast<std::uint32_t>(staged.history.size());
  write_history(staged, old->history);
  const Changed changed = write_difference(channel_, entry, *old, project(entry), placed, counters_, batch_);
  base::Bytes encoded = encode_placed(placed);
  entry.placed = base::to_bytes(encoded);  // in memory as long as the case: no byte more than needed
  batch_.put(base::Table::kViewIndex, index_key(channel_, place::kPlaced, {entry.id}), std::move(encoded));
  put_entry(index_key(channel_, entry::kCase, {entry.id}), encode_case(entry));

  const auto due = process::next_due(*entry.version->definition, entry.state);
  const std::int64_t next = due ? due->ns : process::kNever;
  if (next != entry.due) {
    const auto key = [&](std::int64_t at) { return index_key(channel_, place::kDue, {ordered(at), entry.id}); };
    if (entry.due != process::kNever) batch_.erase(base::Table::kViewIndex, key(entry.due));
    if (next != process::kNever) batch_.put(base::Table::kViewIndex, key(next), base::Bytes());
    due_changes_.push_back({entry.id, entry.due, next});
    entry.due = next;
  }
  add_delta(staged, changed);
}

void BlockWriter::add_delta(const StagedCase& staged, const Changed& changed) {
  const Version& version = *staged.entry->version;
  const package::Package& package = *version.package;
  for (std::size_t a = 0; a < package.agencies.size(); ++a) {
    const auto agency = static_cast<package::AgencyIndex>(a);
    CaseDelta delta;
    delta.case_id = staged.entry->id;
    for (const auto view : changed.views) {
      if (package.views[view].agency == agency) delta.views.push_back(package.views[view].id);
    }
    for (const auto& f : staged.news.findings) {
      if (has_agency(f.agencies, agency)) delta.findings.push_back(f.change);
    }
    for (const auto& n : staged.news.notes) {
      if (has_agency(n.agencies, agency)) delta.notes.push_back(n.note);
    }
    for (std::size_t s = 0; !staged.news.new_cues.empty() && s < package.steps.size(); ++s) {
      const auto step = static_cast<package::StepIndex>(s);
      if (staged.news.new_cues.has(step) && has_agency(version.definition->debtors(step), agency)) {
        delta.new_cues.push_back(package.steps[s].id);
      }
    }
    const bool any = !delta.views.empty() || !delta.findings.empty() || !delta.notes.empty() || !delta.new_cues.empty() ||
                     has_agency(changed.agencies, agency);
    if (any) deltas_[{package.id, package.agencies[a].id}].push_back(std::move(delta));
  }
}

// ---- registers
// -----------------------------------------------------------------------------------------------------------------

void BlockWriter::write_tallies(const Run& run) {
  for (const auto& [key, value] : run.tallies().changed()) put_entry(in_channel(channel_, key), encode_tally(value));
}

void BlockWriter::write_registers(const Run& run) {
  for (const auto& [key, value] : run.registers()) put_entry(in_channel(channel_, key), value);
}

// Answers older than 30 days go, oldest block first. An answer that was given anew since then stays.
void BlockWriter::forget_answers(std::size_t commands) {
  if (commands == 0) return;
  std::size_t left = commands + kForgetMore;
  const auto prefix = index_key(channel_, entry::kMessages, {});
  tables_.scan(base::Table::kChannel, prefix, {}, [&](base::ByteView key, base::ByteView value) {
    if (from_ordered(value.first(kExpiryBytes)) > block_.time.ns || left == 0) return false;
    const auto height = static_cast<std::int64_t>(base::read_be64(key.subspan(prefix.size())));
    for (std::size_t at = kExpiryBytes; at + kAnswerBytes <= value.size(); at += kAnswerBytes) {
      const auto message = index_key(channel_, entry::kMessage, {value.subspan(at, 32)});
      const auto stored = tables_.get(base::Table::kChannel, message);
      const auto answered = stored ? decode_answered(*stored) : base::Result<Answered>(base::fail(base::Code::kCorrupt));
      if (answered && answered->height == height) batch_.erase(base::Table::kChannel, message);
      left -= std::min<std::size_t>(left, 1);
    }
    erase_entry(index_key(channel_, entry::kMessages, {height_key(height)}));
    return true;
  });
}

void BlockWriter::write_answers(const Run& run) {
  if (run.answered().empty()) return;
  base::Bytes list = base::to_bytes(ordered(run.answered().front().second.expires.ns));
  list.reserve(kExpiryBytes + kAnswerBytes * run.answered().size());
  for (const auto& [message_id, answered] : run.answered()) {
    base::Bytes value = encode_answered(answered);
    base::append(list, message_id);
    base::append(list, crypto::sha256(value));
    batch_.put(base::Table::kChannel, index_key(channel_, entry::kMessage, {message_id}), std::move(value));
  }
  put_entry(index_key(channel_, entry::kMessages, {height_key(block_.height)}), std::move(list));
}

void BlockWriter::write_attestations(const Run& run) {
  for (const auto& a : run.attestations()) {
    batch_.put(base::Table::kViewIndex, index_key(channel_, place::kAttestation, {height_key(a.height), a.member}),
               base::to_bytes(a.digest));
  }
}

// ---- journal, progress, counters, digest
// ----------------------------------------------------------------------------------------

void BlockWriter::write_journal(std::span<const JournalEntry> journal, std::span<const std::uint32_t> positions,
                                std::span<const ClockOutcome> clock) {
  for (std::size_t i = 0; i < journal.size(); ++i) {
    batch_.put(base::Table::kJournal, journal_key(channel_, block_.height, positions[i]), encode_journal(journal[i]));
  }
  if (!journal.empty()) {
    const auto leaves = result_leaves(journal);
    put_entry(index_key(channel_, entry::kResults, {height_key(block_.height)}), base::to_bytes(crypto::merkle_root(leaves)));
  }
  if (clock.empty()) return;
  base::CborWriter w;
  w.array(2).uint(1).array(clock.size());
  for (const auto& c : clock) w.array(3).bytes(c.case_id).integer(c.at.ns).bytes(c.effects);
  batch_.put(base::Table::kJournal, journal_key(channel_, block_.height, kClockPosition), w.take());
}

void BlockWriter::write_progress(const Run& run) {
  next_.progress = carried_.progress;
  Progress& p = next_.progress;
  if (run.counted() == 0 && p.commands == 0) return;
  if (p.checkpoint_time == base::Instant{}) p.checkpoint_time = block_.time;
  p.commands += run.counted();
  is_checkpoint_ = p.commands >= kCheckpointCommands || block_.time >= p.checkpoint_time.plus_seconds(kCheckpointSeconds);
  if (is_checkpoint_) p = {0, block_.height, block_.time};
  if (p != carried_.progress) put_entry(index_key(channel_, entry::kProgress, {}), encode_progress(p));
}

void BlockWriter::write_counters() {
  next_.counters = {};
  for (const auto& [list, more] : counters_) {
    if (more == 0) continue;
    const auto it = carried_.counters.find(list);
    const std::int64_t value = (it == carried_.counters.end() ? 0 : it->second) + more;
    FLORA_CHECK(value >= 0, "a list does not lose more rows than it has");
    next_.counters[list] = value;
    batch_.put(base::Table::kViewIndex, index_key(channel_, place::kCounter, {list}), base::to_bytes(ordered(value)));
  }
}

void BlockWriter::write_digest() {
  next_.meta = {block_.height, block_.time, carried_.meta.digest};
  if (!updates_.empty()) {
    const auto read = [&](base::ByteView page) { return tables_.get(base::Table::kDigestNodes, in_channel(channel_, page)); };
    auto tree = crypto::smt_update(carried_.meta.digest, read, updates_, &cache_);
    FLORA_CHECK(tree.has_value(), "the state tree can be read");
    for (auto& change : tree->changes) {
      base::Bytes key = in_channel(channel_, change.page_key);
      change.page ? batch_.put(base::Table::kDigestNodes, std::move(key), *std::move(change.page))
                  : batch_.erase(base::Table::kDigestNodes, key);
    }
    next_.meta.digest = tree->root;
  }
  if (is_checkpoint_) {
    batch_.put(base::Table::kViewIndex, index_key(channel_, place::kCheckpoint, {height_key(block_.height)}),
               base::to_bytes(next_.meta.digest));
  }
  batch_.put(base::Table::kViewIndex, index_key(channel_, place::kMeta, {}), encode_meta(next_.meta));
}

void BlockWriter::write(Run& run, std::span<const JournalEntry> journal, std::span<const std::uint32_t> positions,
                        BlockOutcome& outcome) {
  batch_.changes.reserve(run.order().size() * kChangesPerCase);
  for (const auto& id : run.order()) {
    StagedCase& staged = run.cases().at(id);
    if (staged.changed) write_case(staged);
  }
  std::size_t commands = 0;
  for (const auto& entry : journal) commands += entry.items.size();
  forget_answers(commands);
  write_answers(run);
  write_tallies(run);
  write_registers(run);
  write_attestations(run);
  write_journal(journal, positions, outcome.clock);
  write_progress(run);
  write_counters();
  write_digest();
  outcome.batch = std::move(batch_);
  outcome.digest = next_.meta.digest;
  if (is_checkpoint_) outcome.checkpoint = Checkpoint{block_.height, next_.meta.digest};
  for (auto& [names, cases] : deltas_) outcome.deltas.push_back({names.first, names.second, std::move(cases)});
}

}  // namespace flora::channel
