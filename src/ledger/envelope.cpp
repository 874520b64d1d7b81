// SPDX-License-Identifier: EUPL-1.2
#include "ledger/envelope.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "crypto/cose.hpp"
#include "crypto/hash.hpp"
#include "crypto/merkle.hpp"
#include "crypto/signature.hpp"
#include "ledger/cbor_fields.hpp"
#include "ledger/seal.hpp"

namespace flora::ledger {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::CborWriter;
using base::ChannelId;
using base::Code;
using base::fail;
using base::Hash;
using base::Result;
using base::Status;
namespace label = crypto::label;

namespace {

Bytes encoded_uint(std::uint64_t value) { return CborWriter().uint(value).take(); }
Bytes encoded_integer(std::int64_t value) { return CborWriter().integer(value).take(); }
Bytes encoded_bytes(ByteView value) { return CborWriter().bytes(value).take(); }

// One label of the protected header. Labels come in the order of their encoding: 1, 3, 34, then ours by falling number.
Status read_label(CborReader& reader, std::int64_t which, EnvelopeHeader& out) {
  switch (which) {
    case label::kAlgorithm: {
      FLORA_TRY(const auto number, reader.integer());
      const auto algorithm = crypto::algorithm_from(number);
      if (!algorithm) return fail(Code::kUnsupportedAlgorithm, "the envelope's algorithm is not supported");
      out.algorithm = *algorithm;
      return {};
    }
    case label::kContentType: {
      FLORA_TRY(const auto text, reader.text());
      if (text != kEnvelopeContentType) return fail(Code::kHeaderWrong, "the content type is not that of an envelope");
      return {};
    }
    case label::kX5t: {
      FLORA_TRY(reader.array(2));
      FLORA_TRY(const auto hash_algorithm, reader.integer());
      if (hash_algorithm != -16) return fail(Code::kHeaderWrong, "x5t must be by SHA-256");
      FLORA_TRY(out.certificate, read_hash(reader));
      return {};
    }
    case label::kChannel: {
      FLORA_TRY(out.channel, read_id<ChannelId>(reader));
      return {};
    }
    case label::kSequence: {
      FLORA_TRY(out.sequence, reader.uint());
      return {};
    }
    case label::kExpires: {
      FLORA_TRY(out.expires, read_instant(reader));
      return {};
    }
    case label::kEpoch: {
      FLORA_TRY(out.epoch, reader.uint());
      return {};
    }
    case label::kCommandRoot: {
      FLORA_TRY(out.command_root, read_hash(reader));
      return {};
    }
    case label::kSalt: {
      FLORA_TRY(out.salt, read_hash(reader));
      return {};
    }
    case label::kKeyCommitment: {
      FLORA_TRY(out.key_commitment, read_hash(reader));
      return {};
    }
    default: return fail(Code::kHeaderWrong, "a label is not one of an envelope");
  }
}

constexpr std::int64_t kPlainLabels[] = {label::kAlgorithm, label::kContentType, label::kX5t,   label::kChannel,
                                         label::kSequence,  label::kExpires,     label::kEpoch, label::kCommandRoot};
constexpr std::size_t kSealedLabels = std::size(kPlainLabels) + 2;

// Wrong types and sizes inside the header are the header's fault, whatever the reader called them.
base::Error as_header_error(base::Error error) {
  switch (error.code) {
    case Code::kUnsupportedAlgorithm:
    case Code::kHeaderWrong:
    case Code::kCborMalformed:
    case Code::kCborNotCanonical:
    case Code::kDuplicate:
    case Code::kTooDeep: return error;
    default: return {Code::kHeaderWrong, std::move(error.detail)};
  }
}

Status read_header_map(ByteView protected_header, EnvelopeHeader& out) {
  FLORA_TRY(auto reader, CborReader::open(protected_header));
  FLORA_TRY(const auto pairs, reader.map());
  std::size_t expected = 0;
  Status first_wrong;
  for (std::size_t i = 0; i < pairs; ++i) {
    FLORA_TRY(const auto which, reader.integer());
    FLORA_TRY(const auto value, reader.raw());
    if (expected < std::size(kPlainLabels) && which == kPlainLabels[expected]) ++expected;
    FLORA_TRY(auto value_reader, CborReader::open(value));
    const Status read = read_label(value_reader, which, out);
    // Goes on after a mistake: algorithm and certificate behind it still say whose signature to check.
    if (!read && first_wrong.has_value()) first_wrong = read;
  }
  if (!first_wrong) return first_wrong;
  const bool sealed = out.salt.has_value() || out.key_commitment.has_value();
  if (expected != std::size(kPlainLabels)) return fail(Code::kHeaderWrong, "a label of the envelope's header is missing");
  if (sealed && !(out.salt && out.key_commitment && pairs == kSealedLabels)) {
    return fail(Code::kHeaderWrong, "salt and key commitment stand together");
  }
  if (sealed == (out.channel == base::kFederationChannel)) {
    return fail(Code::kHeaderWrong, "envelopes of channels are sealed, those of the federation are not");
  }
  return {};
}

}  // namespace

Bytes encode_envelope_header(const EnvelopeHeader& header) {
  std::vector<std::pair<std::int64_t, Bytes>> more;
  more.emplace_back(label::kChannel, encoded_bytes(header.channel));
  more.emplace_back(label::kSequence, encoded_uint(header.sequence));
  more.emplace_back(label::kExpires, encoded_integer(header.expires.ns));
  more.emplace_back(label::kEpoch, encoded_uint(header.epoch));
  more.emplace_back(label::kCommandRoot, encoded_bytes(header.command_root));
  if (header.salt) more.emplace_back(label::kSalt, encoded_bytes(*header.salt));
  if (header.key_commitment) more.emplace_back(label::kKeyCommitment, encoded_bytes(*header.key_commitment));
  return crypto::make_protected_header(header.algorithm, kEnvelopeContentType, header.certificate, std::move(more));
}

Result<EnvelopeHeader> parse_envelope_header(ByteView protected_header) {
  EnvelopeHeader out;
  if (Status read = read_header_map(protected_header, out); !read) {
    return tl::unexpected(as_header_error(std::move(read).error()));
  }
  return out;
}

Hash command_leaf(const Hash& salt, const Hash& message_id, ByteView command) {
  Bytes head = {0x83, 0x58, 0x20};
  base::append(head, salt);
  head.push_back(0x58);
  head.push_back(0x20);
  base::append(head, message_id);
  return crypto::sha256({ByteView(head), command});
}

Hash command_root(std::span<const CommandItem> items) {
  std::vector<Hash> leaves;
  leaves.reserve(items.size());
  for (const CommandItem& item : items) leaves.push_back(command_leaf(item));
  return crypto::merkle_root(std::span<const Hash>(leaves));
}

Bytes encode_commands(std::span<const CommandItem> items) {
  CborWriter writer;
  writer.array(items.size());
  for (const CommandItem& item : items) writer.array(3).bytes(item.salt).bytes(item.message_id).raw(item.command);
  return writer.take();
}

Result<std::vector<CommandItem>> parse_commands(ByteView cbor) {
  if (cbor.size() > base::limits::kEnvelopeBytesMax) return fail(Code::kTooLarge, "the command list is longer than 256 KiB");
  FLORA_TRY(auto reader, CborReader::open(cbor));
  FLORA_TRY(const auto count, reader.array());
  if (count > base::limits::kCommandsPerEnvelopeMax) return fail(Code::kTooLarge, "more than 1,000 commands");
  if (count == 0) return fail(Code::kOutOfRange, "no commands");
  std::vector<CommandItem> items;
  items.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    CommandItem item;
    FLORA_TRY(reader.array(3));
    FLORA_TRY(item.salt, read_hash(reader));
    FLORA_TRY(item.message_id, read_hash(reader));
    FLORA_TRY(const auto command, reader.raw());
    item.command = base::to_bytes(command);
    items.push_back(std::move(item));
  }
  FLORA_TRY(reader.end());
  return items;
}

Bytes encode_transaction(ByteView sign1, ByteView body) {
  Bytes out;
  out.reserve(1 + sign1.size() + body.size());
  out.push_back(0x82);
  base::append(out, sign1);
  base::append(out, body);
  return out;
}

Result<Transaction> split_transaction(ByteView transaction) {
  FLORA_TRY(auto reader, CborReader::open(transaction));
  FLORA_TRY(reader.array(2));
  FLORA_TRY(const auto sign1, reader.raw());
  FLORA_TRY(const auto body, reader.raw());
  return Transaction{base::to_bytes(sign1), base::to_bytes(body)};
}

namespace {

Status check_body(ParsedTransaction& out) {
  const bool is_plain = out.header.channel == base::kFederationChannel;
  if (crypto::sha256(out.body) != *Hash::from(out.payload)) {
    return fail(Code::kBodyMismatch, "the payload is not the SHA-256 of the body");
  }
  if (!is_plain) {
    FLORA_TRY(const auto ciphertext, crypto::parse_encrypt0(out.body));
    return check_size_class(ciphertext.size());
  }
  FLORA_TRY(out.commands, parse_commands(out.body));
  if (command_root(out.commands) != out.header.command_root) {
    return fail(Code::kSealBroken, "the command root is not that of the commands");
  }
  for (const CommandItem& item : out.commands) {
    FLORA_TRY(auto command, parse_command(item.command));
    out.federation_commands.push_back(std::move(command));
  }
  return {};
}

Status parse_into(ByteView input, ParsedTransaction& out) {
  if (input.size() > kTransactionBytesMax) return fail(Code::kTooLarge, "the transaction is longer than allowed");
  FLORA_TRY(auto reader, CborReader::open(input));
  FLORA_TRY(reader.array(2));
  FLORA_TRY(out.sign1, reader.raw());
  FLORA_TRY(out.body, reader.raw());
  FLORA_TRY(const auto sign1, crypto::parse_sign1(out.sign1, crypto::CoseProfile::kFlora));
  if (!sign1.payload || sign1.payload->size() != 32) return fail(Code::kCoseMalformed, "the payload must be a SHA-256");
  out.protected_header = sign1.protected_header;
  out.payload = *sign1.payload;
  out.signature = sign1.signature;
  out.envelope_hash = crypto::sha256(out.sign1);
  out.header.algorithm = sign1.algorithm;
  if (sign1.x5t) out.header.certificate = *sign1.x5t;
  out.signed_part_readable = true;
  if (Status header = read_header_map(out.protected_header, out.header); !header) {
    return tl::unexpected(as_header_error(std::move(header).error()));
  }
  return check_body(out);
}

}  // namespace

ParsedTransaction parse_transaction(ByteView transaction) {
  ParsedTransaction out;
  out.bytes = std::make_shared<const Bytes>(transaction.begin(), transaction.end());
  out.transaction_hash = crypto::sha256(*out.bytes);
  out.status = parse_into(*out.bytes, out);
  return out;
}

Bytes envelope_aad(const FederationId& federation) {
  Bytes out = base::to_bytes(base::as_bytes("flora/envelope/1"));
  base::append(out, base::as_bytes(federation.chain_id));
  base::append(out, federation.genesis_hash);
  return out;
}

bool verify_envelope(const ParsedTransaction& transaction, const crypto::PublicKey& key, const FederationId& federation) {
  const Bytes message = crypto::signature_structure(transaction.protected_header, envelope_aad(federation), transaction.payload);
  return crypto::verify(transaction.header.algorithm, key, message, transaction.signature, crypto::LowS::kRequired);
}

Result<MadeEnvelope> make_envelope(const FederationId& federation, const Author& author, const EnvelopeOrder& order,
                                   const std::optional<Sealing>& sealing) {
  const bool is_plain = order.channel == base::kFederationChannel;
  FLORA_CHECK(is_plain != sealing.has_value(), "envelopes of channels are sealed, those of the federation are not");
  if (!crypto::algorithm_of(author.key.kind())) return fail(Code::kCertificateKey, "this kind of key signs no envelopes");
  if (order.commands.empty()) return fail(Code::kOutOfRange, "no commands");
  if (order.commands.size() > base::limits::kCommandsPerEnvelopeMax) return fail(Code::kTooLarge, "more than 1,000 commands");
  for (const CommandItem& item : order.commands) FLORA_TRY(base::check_cbor(item.command));
  EnvelopeHeader header;
  header.algorithm = author.key.algorithm();
  header.certificate = author.certificate;
  header.channel = order.channel;
  header.sequence = order.sequence;
  header.expires = order.expires;
  header.epoch = order.epoch;
  header.command_root = command_root(order.commands);
  Bytes body = encode_commands(order.commands);
  // Inside the list a command may be one level too deep although it is in order by itself.
  FLORA_TRY(base::check_cbor(body));
  if (body.size() > base::limits::kEnvelopeBytesMax) return fail(Code::kTooLarge, "the command list is longer than 256 KiB");
  if (sealing) body = seal_body(federation, header, body, *sealing);
  const Hash payload = crypto::sha256(body);
  const Bytes sign1 = crypto::make_sign1(encode_envelope_header(header), payload, author.key, envelope_aad(federation));
  MadeEnvelope made;
  made.transaction = encode_transaction(sign1, body);
  FLORA_TRY(base::check_cbor(made.transaction));
  made.envelope_hash = crypto::sha256(sign1);
  made.transaction_hash = crypto::sha256(made.transaction);
  return made;
}

}  // namespace flora::ledger
