// SPDX-License-Identifier: EUPL-1.2
// Building receipts from stored pieces, and whether one holds together (ledger/receipt.hpp).
#include <algorithm>

#include "crypto/cose.hpp"
#include "crypto/hash.hpp"
#include "ledger/receipt.hpp"

namespace flora::ledger {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::fail;
using base::Hash;
using base::Result;
using base::Status;

namespace {

Receipt with_pieces(const BlockPieces& pieces) {
  Receipt out;
  out.header = pieces.block.header;
  out.next_header = pieces.next_header;
  out.commit = pieces.next_commit;
  out.validators = pieces.next_validators;
  return out;
}

std::vector<Hash> leaves_over(const std::vector<Hash>& contents) {
  std::vector<Hash> leaves;
  for (const Hash& content : contents) leaves.push_back(crypto::merkle_leaf(content));
  return leaves;
}

}  // namespace

Result<Receipt> make_receipt(const BlockPieces& pieces, std::uint32_t position, const std::vector<Code>& codes) {
  const auto& transactions = pieces.block.transactions;
  if (position >= transactions.size() || codes.size() != transactions.size()) {
    return fail(Code::kOutOfRange, "the block has no transaction at this position");
  }
  std::vector<Hash> hashes;
  std::vector<Hash> results;
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    hashes.push_back(crypto::sha256(transactions[i]));
    results.push_back(crypto::merkle_leaf(result_leaf(codes[i])));
  }
  FLORA_TRY(auto transaction, split_transaction(transactions[position]));
  Receipt out = with_pieces(pieces);
  out.sign1 = std::move(transaction.sign1);
  out.position = position;
  out.inclusion = InclusionByTransaction{std::move(transaction.body), crypto::merkle_proof(leaves_over(hashes), position),
                                         codes[position], crypto::merkle_proof(results, position)};
  return out;
}

Result<Receipt> make_receipt(const BlockPieces& pieces, ByteView sign1, const BlockProof& proof) {
  const auto at = std::find(proof.envelopes.begin(), proof.envelopes.end(), crypto::sha256(sign1));
  if (at == proof.envelopes.end()) return fail(Code::kUnknownReference, "the block did not accept this envelope");
  const auto index = static_cast<std::size_t>(at - proof.envelopes.begin());
  Receipt out = with_pieces(pieces);
  out.sign1 = base::to_bytes(sign1);
  out.position = proof.positions[index];
  out.inclusion = InclusionByEnvelope{proof.accepted, crypto::merkle_proof(leaves_over(proof.envelopes), index)};
  return out;
}

namespace {

Status check_chain(const Receipt& r) {
  if (r.next_header.height != r.header.height + 1 || r.next_header.chain_id != r.header.chain_id) {
    return fail(Code::kReceiptMalformed, "the headers do not follow each other");
  }
  if (r.next_header.last_block_id.hash != header_hash(r.header)) {
    return fail(Code::kCorrupt, "the second header does not name the first");
  }
  if (validators_hash(r.validators) != r.next_header.validators_hash) {
    return fail(Code::kCorrupt, "the validator set is not that of the second header");
  }
  if (r.commit.height != r.next_header.height || r.commit.block_id.hash != header_hash(r.next_header)) {
    return fail(Code::kCorrupt, "the commit is not over the second header");
  }
  return check_commit(r.next_header.chain_id, r.commit, r.validators);
}

struct InclusionCheck {
  const Receipt& receipt;
  ByteView payload;

  Status operator()(const InclusionByTransaction& i) const {
    if (!base::equal(crypto::sha256(i.body), payload))
      return fail(Code::kBodyMismatch, "the body does not match the hash that was signed");
    const Hash transaction = crypto::sha256(encode_transaction(receipt.sign1, i.body));
    if (i.transaction.index != receipt.position || !crypto::verify_merkle(i.transaction, receipt.header.data_hash, transaction)) {
      return fail(Code::kCorrupt, "the transaction's path does not lead to the block");
    }
    if (i.result.index != receipt.position || i.result.total != i.transaction.total ||
        !crypto::verify_merkle(i.result, receipt.next_header.last_results_hash, result_leaf(i.code))) {
      return fail(Code::kCorrupt, "the verdict's path does not lead to the second header");
    }
    return {};
  }
  Status operator()(const InclusionByEnvelope& i) const {
    AcceptedRecord record;
    FLORA_TRY(decode(i.accepted.value, record));
    if (i.accepted.key != "accepted" || app_hash_of(i.accepted) != receipt.next_header.app_hash) {
      return fail(Code::kCorrupt, "the entry's path does not lead to the app hash");
    }
    if (record.height != receipt.header.height || !crypto::verify_merkle(i.envelope, record.root, receipt.envelope_hash())) {
      return fail(Code::kCorrupt, "the envelope's path does not lead to the entry");
    }
    return {};
  }
};

Status check_executed(const Receipt& receipt, const ExecutedProof& e) {
  const Hash envelope = receipt.envelope_hash();
  for (std::size_t i = 0; i < e.results.size(); ++i) {
    const CommandResult& result = e.results[i];
    if (result.index != i ||
        !crypto::verify_merkle(result.path, e.result_root,
                               command_result_leaf(envelope, result.index, result.code, result.effects_hash))) {
      return fail(Code::kCorrupt, "a command's path does not lead to the channel's results");
    }
  }
  if (e.checkpoint < receipt.header.height) return fail(Code::kReceiptMalformed, "the checkpoint lies before the block");
  if (!e.digest_path.leaf || !crypto::verify_smt_presence(e.digest_path, e.digest, e.digest_key, crypto::sha256(e.result_root))) {
    return fail(Code::kCorrupt, "the results' path does not lead to the digest");
  }
  return {};
}

}  // namespace

Status check_receipt(const Receipt& receipt) {
  const auto sign1 = crypto::parse_sign1(receipt.sign1, crypto::CoseProfile::kFlora);
  if (!sign1 || !sign1->payload || sign1->payload->size() != 32)
    return fail(Code::kReceiptMalformed, "the envelope cannot be read");
  if (!parse_envelope_header(sign1->protected_header))
    return fail(Code::kReceiptMalformed, "the envelope's header cannot be read");
  FLORA_TRY(check_chain(receipt));
  FLORA_TRY(std::visit(InclusionCheck{receipt, *sign1->payload}, receipt.inclusion));
  return receipt.executed ? check_executed(receipt, *receipt.executed) : Status{};
}

}  // namespace flora::ledger
