// SPDX-License-Identifier: EUPL-1.2
// The commands of one block, or of one preview, decided one after the other on a state of their own. Changes nothing but
// itself; the executor writes what came of it. Internal to the module.
#pragma once
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/tables.hpp"
#include "channel/case_entry.hpp"
#include "channel/executor.hpp"
#include "channel/registers.hpp"
#include "channel/tallies.hpp"
#include "channel/tell.hpp"
#include "ledger/envelope.hpp"

namespace flora::channel {

// Where cases come from: the executor's memory, or a snapshot.
class CaseSource {
 public:
  virtual ~CaseSource() = default;
  virtual std::unique_ptr<CaseEntry> take(const base::CaseId& id, const Catalog& catalog) = 0;  // nullptr: unknown
};

struct StagedCase {
  std::unique_ptr<CaseEntry> entry;  // nullptr: the case does not exist
  bool changed = false;
  std::vector<HistoryRow> history;
  News news;
};

// Whose command it is and where it stands.
struct Origin {
  base::MemberId author;
  base::Hash envelope;
  std::uint32_t index = 0;
};

struct Attestation {
  std::int64_t height = 0;
  base::MemberId member;
  base::Hash digest;
};

class Run {
 public:
  Run(const base::TableReader& tables, const base::ChannelId& channel, const calendar::Calendars& calendars,
      std::shared_ptr<const Catalog> catalog, CaseSource& source, const BlockContext& block);

  // Everything the clock has to do in a case up to the block's time; nullopt: nothing.
  std::optional<ClockOutcome> advance(const base::CaseId& id, base::Instant due);
  CommandResult command(const Origin& origin, const ledger::CommandItem& item);

  // ---- what came of it
  std::unordered_map<base::CaseId, StagedCase>& cases() { return cases_; }
  const std::vector<base::CaseId>& order() const { return order_; }  // of first touch
  const TallyBook& tallies() const { return tallies_; }
  const std::vector<std::pair<base::Hash, Answered>>& answered() const { return answered_list_; }
  // Packages and bindings, by entry key.
  const std::map<base::Bytes, base::Bytes>& registers() const { return registers_; }
  const std::vector<Attestation>& attestations() const { return attestations_; }
  const std::vector<Dispute>& disputes() const { return disputes_; }
  const std::shared_ptr<const Catalog>& catalog() const { return catalog_; }
  const BlockContext& block() const { return block_; }
  std::uint64_t counted() const { return counted_; }  // commands other than attestations

 private:
  struct Decided {
    base::Status status;
    base::CaseId case_id;
    FactId fact;
    base::Bytes effects;
  };
  StagedCase& staged(const base::CaseId& id);
  std::optional<Answered> answer_to(const base::Hash& message_id) const;
  std::optional<CommandResult> repeated(const ledger::CommandItem& item) const;
  Decided decide(const Origin& origin, const base::Hash& message_id, const Command& command);
  base::Result<std::shared_ptr<const Version>> version_to_open(const RecordFact& command) const;
  // The role, if the author's member holds its agency.
  base::Result<package::RoleIndex> authorised(const Version& version, const std::string& role,
                                              const base::MemberId& author) const;
  base::Status run_engine(StagedCase& staged, const process::Tallies& tallies, const process::Command& command);
  base::Bytes accept(StagedCase& staged, HistoryRow row);
  HistoryRow history_row(HistoryRow::Kind kind, const Origin& origin, const base::Hash& message_id, const base::ActorId& actor,
                         package::RoleIndex role) const;
  base::Status record(const Origin& origin, const base::Hash& message_id, const RecordFact& command, Decided& out);
  base::Status act(const Origin& origin, const base::Hash& message_id, const ActOnFinding& command, Decided& out);
  base::Status cancel(const Origin& origin, const base::Hash& message_id, const CancelCase& command, Decided& out);
  base::Status correct(const Origin& origin, const Correct& command);
  base::Status activate(const Origin& origin, const ActivatePackage& command);
  base::Status bind(const Origin& origin, const BindAgency& command);
  base::Status attest(const Origin& origin, const AttestDigest& command);
  void store_version(Version version, base::ByteView canonical);

  const base::TableReader& tables_;
  const base::ChannelId& channel_;
  const calendar::Calendars& calendars_;
  std::shared_ptr<const Catalog> catalog_;
  CaseSource& source_;
  const BlockContext block_;
  std::unordered_map<base::CaseId, StagedCase> cases_;
  std::vector<base::CaseId> order_;
  TallyBook tallies_;
  std::unordered_map<base::Hash, std::size_t> answered_;  // message id -> place in the list
  std::vector<std::pair<base::Hash, Answered>> answered_list_;
  std::map<base::Bytes, base::Bytes> registers_;
  std::vector<Attestation> attestations_;
  std::vector<Dispute> disputes_;
  std::uint64_t counted_ = 0;
  process::Effects effects_;  // reused: the engine does not allocate once its buffers have grown
};

}  // namespace flora::channel
