// SPDX-License-Identifier: EUPL-1.2
// Receipts, acknowledgements and submission promises: what a node hands out as proof. CDDL in docs/reference/formats.md. Plain
// values, pure functions, any thread. The independent check is the auditor's (module verify).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/merkle.hpp"
#include "crypto/smt.hpp"
#include "ledger/app_hash.hpp"
#include "ledger/block.hpp"
#include "ledger/envelope.hpp"
#include "ledger/header.hpp"
#include "ledger/state.hpp"

namespace flora::ledger {

// After the durable commit of a block: where the envelope stands and what became of it. "Acknowledged" always means this.
struct Acknowledgement {
  base::Hash envelope_hash;
  std::int64_t height = 0;
  std::uint32_t position = 0;
  base::Code code = base::Code::kOk;      // the ledger's verdict
  std::vector<base::Code> command_codes;  // the channel's, one per command; empty if the ledger refused
  friend bool operator==(const Acknowledgement&, const Acknowledgement&) = default;
};
base::Bytes encode_acknowledgement(const Acknowledgement& acknowledgement);
base::Result<Acknowledgement> parse_acknowledgement(base::ByteView cbor);
base::JsonObject to_json(const Acknowledgement& acknowledgement);

// The envelope is in the block: by the transaction's hash to data_hash of header H, and its code to last_results_hash of header
// H+1.
struct InclusionByTransaction {
  base::Bytes body;
  crypto::MerkleProof transaction;  // leaf content = SHA-256(transaction)
  base::Code code = base::Code::kOk;
  crypto::MerkleProof result;  // leaf content = result_leaf(code)
  friend bool operator==(const InclusionByTransaction&, const InclusionByTransaction&) = default;
};
// The ledger accepted the envelope in block H: by its hash to the entry `accepted` in app_hash of header H+1. Needs no body.
struct InclusionByEnvelope {
  EntryProof accepted;           // value = AcceptedRecord of height H
  crypto::MerkleProof envelope;  // leaf content = envelope hash, root as in the record
  friend bool operator==(const InclusionByEnvelope&, const InclusionByEnvelope&) = default;
};

// What the channel made of a command. The leaf of the channel's Merkle tree for height H is the CBOR array
// [envelope hash, index, code, effects hash]; effects hash = SHA-256 of the CBOR array [salt, effects].
struct CommandResult {
  std::uint32_t index = 0;  // of the command in its envelope
  base::Code code = base::Code::kOk;
  base::Hash effects_hash;
  crypto::MerkleProof path;  // to ExecutedProof::result_root
  friend bool operator==(const CommandResult&, const CommandResult&) = default;
};
base::Bytes command_result_leaf(const base::Hash& envelope_hash, std::uint32_t index, base::Code code,
                                const base::Hash& effects_hash);
struct ExecutedProof {
  std::vector<CommandResult> results;     // one per command
  base::Hash result_root;                 // the channel's per-height root over all command results of block H
  base::Hash digest_key;                  // of the entry that holds result_root under the state digest
  crypto::SmtProof digest_path;           // result_root's entry to `digest`
  base::Hash digest;                      // state digest of the channel after `checkpoint`
  std::int64_t checkpoint = 0;            // >= H
  std::vector<base::Bytes> attestations;  // receipts (CBOR) of level ordered, each of a member's attestation of `digest`
  friend bool operator==(const ExecutedProof&, const ExecutedProof&) = default;
};

struct Receipt {
  base::Bytes sign1;
  std::uint32_t position = 0;         // of the transaction in block H
  Header header;                      // H
  Header next_header;                 // H+1: binds H, carries the app hash after H and the results of H
  Commit commit;                      // over H+1
  std::vector<Validator> validators;  // of H+1, set order
  std::variant<InclusionByTransaction, InclusionByEnvelope> inclusion;
  std::optional<ExecutedProof> executed;
  base::Hash envelope_hash() const;
  friend bool operator==(const Receipt&, const Receipt&) = default;
};
// "ordered" or "executed"; "one operator", or e.g. "1 of 4": how many of the most powerful validators may lie without harm.
std::string_view level_of(const Receipt& receipt);
std::string trust_class_of(const Receipt& receipt);

base::Bytes encode_receipt(const Receipt& receipt);
// Errors: kReceiptMalformed with the place in the detail, CBOR codes.
base::Result<Receipt> parse_receipt(base::ByteView cbor);
// For reading: hashes in hexadecimal, ids in base 32, times in RFC 3339; "cbor" holds the receipt itself in base64url.
base::JsonObject to_json(const Receipt& receipt);
// Takes the CBOR out of the JSON form, or the bytes as they are.
base::Result<Receipt> read_receipt_file(base::ByteView file);

// What a node has stored about a block once the one after it was made.
struct BlockPieces {
  const Block& block;         // H, with transactions for inclusion by transaction
  const Header& next_header;  // H+1
  const Commit& next_commit;  // over H+1
  const std::vector<Validator>& next_validators;
};
// By transaction: needs the block's transactions and all its codes. Errors: kOutOfRange (no such position).
base::Result<Receipt> make_receipt(const BlockPieces& pieces, std::uint32_t position, const std::vector<base::Code>& codes);
// By envelope: `sign1` from the journal or block, `proof` as read_block_proof gives it. Errors: kUnknownReference (not in the
// proof).
base::Result<Receipt> make_receipt(const BlockPieces& pieces, base::ByteView sign1, const BlockProof& proof);

// Whether the receipt holds together: hashes, paths, links, more than two thirds of its own validators' power. It does not say
// that these validators are to be trusted, nor who wrote: for that the auditor takes a trust file. Errors: kReceiptMalformed,
// kBodyMismatch, kBadSignature, kCorrupt.
base::Status check_receipt(const Receipt& receipt);

// A node's signed promise to order an envelope it took.
struct SubmissionPromise {
  base::Hash envelope_hash;
  base::Hash certificate;  // the envelope's author
  std::uint64_t sequence = 0;
  base::Instant expires;
  friend bool operator==(const SubmissionPromise&, const SubmissionPromise&) = default;
};
inline constexpr std::string_view kPromiseContentType = "application/vnd.flora.promise+cbor";
// COSE_Sign1, external_aad = "flora/promise/1" | chain id | genesis hash.
base::Bytes make_promise(const SubmissionPromise& promise, const FederationId& federation, const Author& node);
base::Result<SubmissionPromise> check_promise(base::ByteView sign1, const FederationId& federation, const crypto::PublicKey& key);

}  // namespace flora::ledger
