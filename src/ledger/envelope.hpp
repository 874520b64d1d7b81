// SPDX-License-Identifier: EUPL-1.2
// Transactions, envelopes and command lists. CDDL in docs/reference/formats.md, "Envelope".
//
//   transaction = [Sign1, body]          Sign1 = COSE_Sign1, payload SHA-256(body)
//   body        = COSE_Encrypt0 in a channel, the plain command list in channel 0
//   envelope hash = SHA-256(Sign1)       transaction hash = SHA-256(transaction)
//
// All functions are pure and may be called from any thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/keys.hpp"
#include "ledger/genesis.hpp"

namespace flora::ledger {

inline constexpr std::string_view kEnvelopeContentType = "application/vnd.flora.envelope+cbor";
// A command list may be kEnvelopeBytesMax long, padded; Sign1 and the seal come on top.
inline constexpr std::size_t kTransactionBytesMax = base::limits::kEnvelopeBytesMax + 1024;

struct Transaction {
  base::Bytes sign1;
  base::Bytes body;
};

// The protected header of Sign1.
struct EnvelopeHeader {
  crypto::Algorithm algorithm = crypto::Algorithm::kEs256;
  base::Hash certificate;      // x5t: SHA-256 of the author's certificate
  base::ChannelId channel;     // all zero: the federation
  std::uint64_t sequence = 0;  // of this certificate; each counts once
  base::Instant expires;       // ledger time; the envelope counts up to and including it
  std::uint64_t epoch = 0;     // 0 in channel 0
  base::Hash command_root;
  std::optional<base::Hash> salt;  // both exactly in sealed envelopes
  std::optional<base::Hash> key_commitment;
  friend bool operator==(const EnvelopeHeader&, const EnvelopeHeader&) = default;
};
base::Bytes encode_envelope_header(const EnvelopeHeader& header);  // the protected header's map
// Errors: CBOR codes, kHeaderWrong (label missing, unknown, of the wrong type; salt without commitment; sealed channel 0 or plain
// channel), kUnsupportedAlgorithm.
base::Result<EnvelopeHeader> parse_envelope_header(base::ByteView protected_header);

// One command with what makes it provable alone: leaf = SHA-256 of the CBOR array [salt, message id, command].
struct CommandItem {
  base::Hash salt;        // random; without it nobody can test guesses against the leaf
  base::Hash message_id;  // HMAC(member key, [client, Idempotency-Key])
  base::Bytes command;    // one CBOR item
  friend bool operator==(const CommandItem&, const CommandItem&) = default;
};
base::Hash command_leaf(const base::Hash& salt, const base::Hash& message_id, base::ByteView command);
inline base::Hash command_leaf(const CommandItem& item) { return command_leaf(item.salt, item.message_id, item.command); }
// Merkle tree (00/01 prefixes) over the leaves: each leaf's 32 bytes are the content of a tree leaf.
base::Hash command_root(std::span<const CommandItem> items);

base::Bytes encode_commands(std::span<const CommandItem> items);
// Errors: CBOR codes, kTooLarge (over 1,000 commands or 256 KiB), kOutOfRange (none), kWrongType.
base::Result<std::vector<CommandItem>> parse_commands(base::ByteView cbor);

// Whether a signature was checked. It says only: this signature over these bytes under the key whose certificate the header
// names is valid. That never changes, so it alone may be kept from CheckTx.
enum class SignatureVerdict : std::uint8_t { kUnchecked, kValid, kInvalid };

// A transaction taken apart. Never fails: what is wrong stands in `status`, because a block may contain anything.
struct ParsedTransaction {
  std::shared_ptr<const base::Bytes> bytes;  // the transaction; all views point into it
  base::Hash transaction_hash;
  base::Status status;                // first failing structural check; see parse_transaction
  bool signed_part_readable = false;  // everything below is set (also when status tells of a wrong body)
  base::ByteView sign1, body;
  base::ByteView protected_header, payload, signature;
  base::Hash envelope_hash;
  EnvelopeHeader header;
  std::vector<CommandItem> commands;                   // channel 0 only
  std::vector<FederationCommand> federation_commands;  // the same, read
  SignatureVerdict verdict = SignatureVerdict::kUnchecked;
};

// Checks everything that needs neither keys nor state, in the order of the error table: size, CBOR, COSE shape, header, body
// against payload, size class of a sealed body; command list, command root and every command of a plain one.
ParsedTransaction parse_transaction(base::ByteView transaction);

base::Bytes encode_transaction(base::ByteView sign1, base::ByteView body);
// Splits without judging more than the shape. Errors: CBOR codes, kWrongType.
base::Result<Transaction> split_transaction(base::ByteView transaction);

// "flora/envelope/1" | chain id | genesis hash: external_aad of every envelope.
base::Bytes envelope_aad(const FederationId& federation);

// True if the signature is right under this key, low-s demanded; algorithm and key must belong together.
bool verify_envelope(const ParsedTransaction& transaction, const crypto::PublicKey& key, const FederationId& federation);

// What a sealed envelope needs beside the commands. Views live as long as the call.
struct Sealing {
  base::ByteView epoch_key;    // 32 bytes
  base::ByteView node_secret;  // 32 bytes, never leaves the node
  base::ByteView random;       // 32 fresh random bytes
};
struct Author {
  const crypto::PrivateKey& key;
  base::Hash certificate;  // x5t of the key's certificate
};
struct EnvelopeOrder {
  base::ChannelId channel;
  std::uint64_t sequence = 0;
  base::Instant expires;
  std::uint64_t epoch = 0;
  std::span<const CommandItem> commands;
};
struct MadeEnvelope {
  base::Bytes transaction;
  base::Hash envelope_hash;
  base::Hash transaction_hash;
};
// Signs, and seals unless the channel is 0. Errors: kTooLarge, kOutOfRange (no commands), kCertificateKey (a key without an
// envelope algorithm), kCborMalformed (a command that is no CBOR item).
base::Result<MadeEnvelope> make_envelope(const FederationId& federation, const Author& author, const EnvelopeOrder& order,
                                         const std::optional<Sealing>& sealing);

// Opens a body whose envelope the ledger accepted. `epoch_key` empty: this node has no key that matches the epoch's commitment.
// Errors: kSealBroken (commitment, tag, padding, command list or root: deterministic, every holder of the key says so);
// kStalled without a key (local). Channel 0 needs no key.
base::Result<std::vector<CommandItem>> open_body(const FederationId& federation, const EnvelopeHeader& header,
                                                 base::ByteView protected_header, base::ByteView body, base::ByteView epoch_key);

// Size of a plaintext after padding: the smallest 512 * 2^n that holds it.
std::size_t padded_size(std::size_t plaintext_bytes);

// An envelope the ledger accepted, in its place. Views live as long as the parsed transaction (or journal entry) they come from.
struct AcceptedEnvelope {
  base::Hash hash;  // envelope hash
  EnvelopeHeader header;
  base::MemberId author;            // whose certificate signed it
  base::ByteView protected_header;  // authenticated with the sealed body
  base::ByteView body;
  std::int64_t height = 0;
  std::uint32_t position = 0;  // index of the transaction in its block
  base::Instant time;          // ledger time: the block's
};

}  // namespace flora::ledger
