// SPDX-License-Identifier: EUPL-1.2
// One transaction in its place: the checks in the order of the error table, the author's window, the channel's head.
#include "base/limits.hpp"
#include "crypto/hash.hpp"
#include "crypto/keys.hpp"
#include "ledger/draft.hpp"

namespace flora::ledger {

using base::Code;
using base::fail;
using base::Hash;
using base::Instant;
using base::Status;
namespace limits = base::limits;

namespace {

// Signed by the CA on the object itself, so the author's own standing does not matter: otherwise a list that is overdue could
// never be renewed by those whom it puts out of standing.
bool is_authorised_by_ca(const FederationCommand& command) {
  return std::holds_alternative<PublishCrl>(command) || std::holds_alternative<Upload>(command) ||
         std::holds_alternative<RollOver>(command);
}

bool needs_govern(const FederationCommand& command) {
  return std::holds_alternative<CreateChannel>(command) || std::holds_alternative<Propose>(command) ||
         std::holds_alternative<Ballot>(command);
}

Status check_purpose(const CertificateRecord& record, const ParsedTransaction& transaction) {
  const bool signs = record.purpose == KeyPurpose::kEnvelope || record.purpose == KeyPurpose::kGovern;
  if (transaction.header.channel != base::kFederationChannel) {
    if (record.purpose == KeyPurpose::kEnvelope) return {};
  } else {
    const auto& commands = transaction.federation_commands;
    if (signs && (record.purpose == KeyPurpose::kGovern || std::none_of(commands.begin(), commands.end(), needs_govern)))
      return {};
  }
  return fail(Code::kCertificatePurpose, "the author's certificate is for another purpose");
}

Status check_epoch(const ChannelRecord& channel, const EnvelopeHeader& header, Instant time) {
  const bool counts = !channel.needs_epoch;
  const bool present = header.epoch == channel.epoch && time <= channel.epoch_since.plus_seconds(limits::kEpochSecondsMax);
  const bool previous = channel.previous_until && header.epoch + 1 == channel.epoch && time <= *channel.previous_until;
  if (counts && (present || previous)) return {};
  return fail(Code::kEpochWrong, "the envelope stands under an epoch that does not count");
}

// Everything about an author whose signature is right, first failing check in the order of the table.
Status check_standing(const Draft& draft, const CertificateRecord& record, const ParsedTransaction& transaction,
                      WindowRecord::State window, Instant time) {
  const EnvelopeHeader& header = transaction.header;
  const bool is_federation = header.channel == base::kFederationChannel;
  const auto& commands = transaction.federation_commands;
  const bool by_ca = is_federation && std::all_of(commands.begin(), commands.end(), is_authorised_by_ca);
  const ChannelRecord* channel = is_federation ? nullptr : draft.channels.find(header.channel);
  if (!by_ca) {
    const Status certificate = check_certificate(record, draft.authorities, time);
    // Purpose (2014) stands before the missing list (2016) in the table, but after expiry and revocation.
    if (!certificate && certificate.error().code != Code::kCrlMissing) return certificate;
    FLORA_TRY(check_purpose(record, transaction));
    if (!certificate) return certificate;
    const MemberRecord* member = draft.members.find(record.member);
    if (member == nullptr || !member->standing) return fail(Code::kNotMember, "the author's member left the federation");
    if (channel != nullptr && !std::binary_search(channel->members.begin(), channel->members.end(), record.member)) {
      return fail(Code::kNotMember, "the author is not a member of the channel");
    }
  }
  if (window != WindowRecord::State::kFree) return fail(Code::kReplayed, "the sequence number was used or is below the window");
  if (header.expires < time) return fail(Code::kExpired, "the envelope's time is over");
  if (header.expires > time.plus_seconds(limits::kExpirySecondsMax)) {
    return fail(Code::kExpiryTooFar, "the envelope is valid for longer than allowed");
  }
  if (is_federation) {
    if (header.epoch != 0) return fail(Code::kEpochWrong, "the federation has no epochs");
    return {};
  }
  if (channel == nullptr) return fail(Code::kUnknownChannel, "there is no such channel");
  return check_epoch(*channel, header, time);
}

Status run_commands(Draft& draft, const BlockContext& block, const ParsedTransaction& transaction,
                    const CertificateRecord& record) {
  CommandContext context;
  context.block = block;
  context.envelope_hash = transaction.envelope_hash;
  context.author = record.member;
  context.purpose = record.purpose;
  context.certificate = record.x5t;
  Draft attempt(&draft);
  for (const FederationCommand& command : transaction.federation_commands) {
    FLORA_TRY(decide_command(attempt, context, command));
    ++context.index;
  }
  // From here on `record` may have changed.
  attempt.merge_into(draft);
  return {};
}

Status check_signature(const ParsedTransaction& transaction, const crypto::PublicKey& key, const FederationId& federation) {
  if (crypto::algorithm_of(key.kind()) != transaction.header.algorithm) {
    return fail(Code::kAlgorithmKeyMismatch, "algorithm and key do not belong together");
  }
  const bool valid = transaction.verdict == SignatureVerdict::kUnchecked ? verify_envelope(transaction, key, federation)
                                                                         : transaction.verdict == SignatureVerdict::kValid;
  if (!valid) return fail(Code::kBadSignature, "the envelope's signature does not match");
  return {};
}

// What would be reported even if the signature is wrong, because it stands before it in the table.
bool precedes_signature(const base::Error& error) { return error.code < Code::kBadSignature; }

void use_sequence(Draft& draft, const Hash& x5t, std::uint64_t sequence) {
  draft.windows.edit_or(x5t, WindowRecord{}).use(sequence);
}

void extend_head(Draft& draft, const BlockContext& block, const ParsedTransaction& transaction) {
  const base::ChannelId& channel = transaction.header.channel;
  HeadRecord& head = draft.heads.edit(channel);
  head.head = next_head(head.head, transaction.envelope_hash, block.height);
  ++head.count;
}

// A certificate that registers itself: path first, then signature; nothing is remembered of it unless both are right.
Verdict execute_self_registration(Draft& draft, const BlockContext& block, const ParsedTransaction& transaction,
                                  const Register& command) {
  Verdict verdict;
  Draft attempt(&draft);
  CommandContext context;
  context.block = block;
  context.envelope_hash = transaction.envelope_hash;
  context.author = command.member;
  context.certificate = transaction.header.certificate;
  verdict.status = decide_register(attempt, context, command);
  if (!verdict.status) return verdict;
  const CertificateRecord& record = *attempt.certificates.find(transaction.header.certificate);
  const auto key = crypto::PublicKey::from_spki(record.spki);
  FLORA_CHECK(key.has_value(), "the path judgement read this key");
  verdict.status = check_signature(transaction, *key, *draft.federation);
  if (!verdict.status) return verdict;
  verdict.status = check_standing(attempt, record, transaction, WindowRecord::State::kFree, block.time);
  if (!verdict.status) return verdict;
  verdict.counts = true;
  verdict.author = command.member;
  attempt.merge_into(draft);
  use_sequence(draft, transaction.header.certificate, transaction.header.sequence);
  extend_head(draft, block, transaction);
  return verdict;
}

}  // namespace

const Register* self_registration(const ParsedTransaction& transaction) {
  if (transaction.federation_commands.size() != 1) return nullptr;
  const auto* command = std::get_if<Register>(&transaction.federation_commands.front());
  if (command == nullptr || crypto::sha256(command->chain.front()) != transaction.header.certificate) return nullptr;
  return command;
}

Verdict execute_transaction(Draft& draft, const BlockContext& block, const ParsedTransaction& transaction,
                            const std::map<Hash, crypto::PublicKey>& keys) {
  Verdict verdict;
  verdict.status = transaction.status;
  if (!transaction.signed_part_readable || (!transaction.status && precedes_signature(transaction.status.error())))
    return verdict;
  const EnvelopeHeader& header = transaction.header;
  const CertificateRecord* record = draft.certificates.find(header.certificate);
  if (record == nullptr) {
    if (!transaction.status) return verdict;
    if (const Register* command = self_registration(transaction))
      return execute_self_registration(draft, block, transaction, *command);
    verdict.status = fail(Code::kUnknownCertificate, "the author's certificate is not registered");
    return verdict;
  }
  const auto known = keys.find(header.certificate);
  const auto key =
      known != keys.end() ? base::Result<crypto::PublicKey>(known->second) : crypto::PublicKey::from_spki(record->spki);
  FLORA_CHECK(key.has_value(), "a registered key can be read");
  if (Status signature = check_signature(transaction, *key, *draft.federation); !signature) {
    verdict.status = signature;
    return verdict;
  }
  if (!transaction.status) return verdict;  // the signature is right, but not what it signs

  // From here on the envelope counts: its number is used, whatever else is wrong with it.
  verdict.counts = true;
  verdict.author = record->member;
  const WindowRecord* window = draft.windows.find(header.certificate);
  const auto window_state = window != nullptr ? window->state(header.sequence) : WindowRecord::State::kFree;
  verdict.status = check_standing(draft, *record, transaction, window_state, block.time);
  if (verdict.status && header.channel == base::kFederationChannel) {
    verdict.status = run_commands(draft, block, transaction, *record);
  }
  if (window_state == WindowRecord::State::kFree) use_sequence(draft, header.certificate, header.sequence);
  if (verdict.status) extend_head(draft, block, transaction);
  return verdict;
}

}  // namespace flora::ledger
