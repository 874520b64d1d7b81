// SPDX-License-Identifier: EUPL-1.2
// The ledger's state machine, the same on every node: who may write, in which order envelopes stand, governance of channel 0.
// It is held in memory and written through: every block answers with a Batch for Table::kLedger and Table::kTransactions.
//
//   found / load -> execute(block) -> commit(result) -> execute ...
//
// Threads: const functions may run at once on many threads, but `execute` on one at a time; it changes nothing that a reader
// sees, so check_tx may go on beside it. `commit` needs the object for itself: the owner holds a lock.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"
#include "base/time.hpp"
#include "crypto/keys.hpp"
#include "crypto/smt.hpp"
#include "ledger/app_hash.hpp"
#include "ledger/envelope.hpp"
#include "ledger/genesis.hpp"
#include "ledger/records.hpp"

namespace flora::ledger {

// The rules this program knows. A block at which state demands others must not be executed (State::can_execute).
inline constexpr std::uint64_t kRulesVersion = 1;
// A proposal without its quorum lapses after so long.
inline constexpr std::int64_t kProposalSeconds = 30LL * 24 * 3600;
// An upload not finished is dropped after so long.
inline constexpr std::int64_t kUploadSeconds = 10 * 60;
// Wraps of ended epochs are kept for nodes that lag behind.
inline constexpr std::int64_t kWrapSeconds = 30LL * 24 * 3600;

struct BlockContext {
  std::int64_t height = 0;
  base::Instant time;  // ledger time of everything in it; never before that of the block before (own bug)
};

// The accepted envelopes of one channel in a block, in order.
struct ChannelBatch {
  base::ChannelId channel;
  std::vector<AcceptedEnvelope> envelopes;
};

// Where a transaction came to stand; the value of Table::kTransactions under its envelope hash.
struct TransactionPlace {
  std::int64_t height = 0;
  std::uint32_t position = 0;
  base::Code code = base::Code::kOk;
  friend bool operator==(const TransactionPlace&, const TransactionPlace&) = default;
};
base::Bytes encode_place(const TransactionPlace& place);
std::optional<TransactionPlace> decode_place(base::ByteView value);

// Written once for every block that accepted an envelope; what receipts need when the bodies are gone.
struct BlockProof {
  std::vector<base::Hash> envelopes;  // accepted ones, in order of position
  std::vector<std::uint32_t> positions;
  EntryProof accepted;  // the entry `accepted` in the app hash after the block
  friend bool operator==(const BlockProof&, const BlockProof&) = default;
};
base::Bytes encode_block_proof(const BlockProof& proof);
base::Result<BlockProof> decode_block_proof(base::ByteView cbor);
// nullopt: no such block, or nothing was accepted in it.
std::optional<BlockProof> read_block_proof(const base::TableReader& tables, std::int64_t height);
// The codes of all transactions of a block, for the verdict's path in a receipt; nullopt for an empty or unknown one.
std::optional<std::vector<base::Code>> read_codes(const base::TableReader& tables, std::int64_t height);
std::optional<TransactionPlace> read_place(const base::TableReader& tables, const base::Hash& envelope_hash);

struct StagedBlock;  // opaque

struct BlockResult {
  std::int64_t height = 0;
  std::vector<base::Code> codes;       // one per transaction
  std::vector<std::string> details;    // for the log; same size; not part of consensus
  std::vector<ChannelBatch> accepted;  // ascending channels; channel 0 first. Views into the transactions given
  base::Hash app_hash;
  std::vector<ValidatorUpdate> validator_updates;
  base::Batch batch;
  std::shared_ptr<StagedBlock> staged;
};

// Whom an epoch key must be wrapped for.
struct SealRecipient {
  base::MemberId member;
  base::Hash x5t;
  base::Bytes certificate;  // DER
};

class State {
 public:
  struct Founded;

  // Judges the genesis and executes it (InitChain). Errors: those of parse_genesis and parse_app_state, kDuplicate, certificate
  // codes with the founder named in the detail. The result is not durable until its batch is.
  static base::Result<Founded> found(base::ByteView genesis);
  // From tables that hold a founded ledger. Errors: kHomeMissing (nothing there), kCorrupt (a record cannot be read, or the app
  // hash is not the stored one), kNotInVersion.
  static base::Result<State> load(const base::TableReader& tables);

  State(State&&) noexcept;
  State& operator=(State&&) noexcept;
  ~State();

  // --- blocks
  // kNotInVersion if rules are in force at this height that the program does not know: the node stops before it.
  base::Status can_execute(std::int64_t height) const;
  // Executes a block on the committed state and stages the outcome. Same arguments, same result, as often as one likes.
  // Signatures whose verdict is kUnchecked are checked here; better run verify_signatures before.
  BlockResult execute(const BlockContext& context, std::span<const ParsedTransaction> transactions) const;
  // Makes a staged block the committed state, after result.batch was written durably. Only the result of the block after the
  // committed one, from this object, once (own bug otherwise).
  void commit(const BlockResult& result);

  // CheckTx and ProcessProposal: would this transaction be accepted if it stood alone in a block at `time`? Changes nothing.
  // Errors: as the codes of a block.
  base::Status check(const ParsedTransaction& transaction, base::Instant time) const;
  // The key for an envelope's signature: of the registered certificate, or of the one it registers itself (whose path is not
  // judged here). nullopt: none is known.
  std::optional<crypto::PublicKey> signing_key(const ParsedTransaction& transaction) const;

  // --- reading the committed state
  const FederationId& federation() const;
  const Genesis& genesis() const;
  std::int64_t height() const;  // 0 (or the initial height - 1) before the first block
  base::Instant time() const;   // of the last block; genesis time before the first
  const base::Hash& app_hash() const;
  const RulesRecord& rules() const;
  const ValidatorsRecord& validators() const;
  std::vector<const MemberRecord*> members() const;  // ascending ids
  const MemberRecord* member(const base::MemberId& id) const;
  std::vector<const CaRecord*> authorities(const base::MemberId& member) const;
  const CertificateRecord* certificate(const base::Hash& x5t) const;
  std::vector<const CertificateRecord*> certificates(const base::MemberId& member) const;  // ascending x5t
  std::vector<const ChannelRecord*> channels() const;                                      // ascending ids
  const ChannelRecord* channel(const base::ChannelId& id) const;                           // nullptr for channel 0 too
  HeadRecord head(const base::ChannelId& id) const;                                        // of channel 0 too
  const WindowRecord* window(const base::Hash& x5t) const;                                 // nullptr: nothing seen yet
  std::vector<const ProposalRecord*> proposals() const;
  // The epoch as it was published, wraps published later included; kept 30 days after its end.
  const NewEpoch* epoch(const base::ChannelId& id, std::uint64_t number) const;
  // Whom a new epoch of these members must be wrapped for, ascending x5t.
  std::vector<SealRecipient> seal_recipients(std::span<const base::MemberId> members) const;

  // kOk, or why this certificate may not sign at this time: kUnknownCertificate, kCertificateExpired, kCertificateRevoked,
  // kCrlMissing, kNotMember (its member left).
  base::Status standing(const base::Hash& x5t, base::Instant time) const;
  // CAs whose list has passed nextUpdate at `time`: a governance finding; refusal begins 14 days later.
  std::vector<const CaRecord*> stale_authorities(base::Instant time) const;

  // --- proofs against app_hash()
  std::optional<EntryProof> prove(std::string_view entry) const;  // nullopt: no such entry
  struct TreeProof {
    EntryProof root;     // the entry `heads`, `windows` or `serials`
    base::Bytes record;  // encoded; empty if absent
    crypto::SmtProof path;
  };
  TreeProof prove_head(const base::ChannelId& id) const;
  TreeProof prove_window(const base::Hash& x5t) const;
  TreeProof prove_serial(const base::MemberId& member, const PathElement& element) const;

  struct Impl;

 private:
  explicit State(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct State::Founded {
  State state;
  base::Batch batch;
  base::Hash app_hash;  // stands in the header of the first block
};

// Checks the signatures that are still unchecked and writes the verdicts; an unknown certificate leaves kUnchecked. Signature
// checks are nearly all the work of a block: run this on parts of the span on several threads.
void verify_signatures(std::span<ParsedTransaction> transactions, const State& state);

}  // namespace flora::ledger
