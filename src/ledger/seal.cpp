// SPDX-License-Identifier: EUPL-1.2
#include "ledger/seal.hpp"

#include <algorithm>

#include "base/cbor.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"
#include "crypto/aead.hpp"
#include "crypto/cose.hpp"
#include "crypto/mac.hpp"

namespace flora::ledger {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::fail;
using base::Hash;
using base::Result;
using base::Status;

namespace {

struct Derived {
  crypto::Secret key_and_iv;
  Hash commitment;
  ByteView key() const { return key_and_iv.view().first(crypto::kAeadKeyBytes); }
  ByteView iv() const { return key_and_iv.view().subspan(crypto::kAeadKeyBytes); }
};

Bytes info(std::string_view domain, const FederationId& federation, const EnvelopeHeader& header) {
  Bytes out = base::to_bytes(base::as_bytes(domain));
  base::append(out, base::as_bytes(federation.chain_id));
  base::append(out, header.channel);
  base::append(out, base::be64(header.epoch));
  base::append(out, header.certificate);
  return out;
}

Derived derive(const FederationId& federation, const EnvelopeHeader& header, const Hash& salt, ByteView epoch_key) {
  Derived out;
  out.key_and_iv = crypto::Secret(crypto::hkdf_sha256(epoch_key, salt, info("flora/seal/1", federation, header),
                                                      crypto::kAeadKeyBytes + crypto::kAeadIvBytes));
  const Bytes commitment = crypto::hkdf_sha256(epoch_key, salt, info("flora/commitment/1", federation, header), 32);
  out.commitment = *Hash::from(commitment);
  return out;
}

// Length of the first CBOR item, by heads alone; what it contains is judged afterwards. nullopt: runs over the end.
std::optional<std::size_t> item_size(ByteView input) {
  std::size_t at = 0;
  std::uint64_t left = 1;  // items still to come
  while (left > 0) {
    if (at >= input.size()) return std::nullopt;
    const std::uint8_t head = input[at++];
    const unsigned size_code = head & 0x1f;
    std::uint64_t argument = size_code;
    if (size_code >= 24) {
      if (size_code > 27) return std::nullopt;
      const std::size_t width = std::size_t{1} << (size_code - 24);
      if (input.size() - at < width) return std::nullopt;
      argument = 0;
      for (std::size_t i = 0; i < width; ++i) argument = argument << 8 | input[at++];
    }
    --left;
    const std::size_t rest = input.size() - at;
    switch (head >> 5) {
      case 2:
      case 3:
        if (argument > rest) return std::nullopt;
        at += argument;
        break;
      case 4:
      case 5:
        if (argument > rest) return std::nullopt;  // every item has at least one byte
        left += head >> 5 == 5 ? 2 * argument : argument;
        break;
      case 6: left += 1; break;
      default: break;
    }
    if (left > input.size() - at) return std::nullopt;
  }
  return at;
}

// The command list without its padding.
Result<ByteView> unpad(ByteView padded) {
  const auto size = item_size(padded);
  if (!size) return fail(Code::kSealBroken, "the plaintext is no CBOR item");
  const ByteView padding = padded.subspan(*size);
  if (padded_size(*size) != padded.size() || std::any_of(padding.begin(), padding.end(), [](auto b) { return b != 0; })) {
    return fail(Code::kSealBroken, "the padding is wrong");
  }
  return padded.first(*size);
}

}  // namespace

std::size_t padded_size(std::size_t plaintext_bytes) {
  std::size_t size = base::limits::kPaddingUnit;
  while (size < plaintext_bytes) size *= 2;
  return size;
}

Status check_size_class(std::size_t ciphertext_bytes) {
  if (ciphertext_bytes < crypto::kAeadTagBytes ||
      padded_size(ciphertext_bytes - crypto::kAeadTagBytes) + crypto::kAeadTagBytes != ciphertext_bytes) {
    return fail(Code::kCoseMalformed, "the sealed body has no size that padding gives");
  }
  return {};
}

Bytes seal_body(const FederationId& federation, EnvelopeHeader& header, ByteView plaintext, const Sealing& sealing) {
  FLORA_CHECK(sealing.epoch_key.size() == 32 && sealing.node_secret.size() == 32 && sealing.random.size() == 32,
              "sealing needs three times 32 bytes");
  header.salt.reset();
  header.key_commitment.reset();
  header.salt = crypto::hmac_sha256(sealing.node_secret, {sealing.random, encode_envelope_header(header), plaintext});
  const Derived derived = derive(federation, header, *header.salt, sealing.epoch_key);
  header.key_commitment = derived.commitment;
  Bytes padded(plaintext.begin(), plaintext.end());
  padded.resize(padded_size(padded.size()));
  return crypto::make_encrypt0(derived.key(), derived.iv(), encode_envelope_header(header), padded);
}

Result<std::vector<CommandItem>> open_body(const FederationId& federation, const EnvelopeHeader& header,
                                           ByteView protected_header, ByteView body, ByteView epoch_key) {
  Bytes opened;
  ByteView list = body;
  if (header.channel != base::kFederationChannel) {
    if (epoch_key.empty()) return fail(Code::kStalled, "the key of the channel's epoch is missing here");
    if (!header.salt || !header.key_commitment) return fail(Code::kSealBroken, "salt or key commitment is missing");
    const Derived derived = derive(federation, header, *header.salt, epoch_key);
    if (derived.commitment != *header.key_commitment) return fail(Code::kSealBroken, "the key commitment is wrong");
    auto plaintext = crypto::open_encrypt0(body, derived.key(), derived.iv(), protected_header);
    if (!plaintext) return fail(Code::kSealBroken, plaintext.error().detail);
    opened = std::move(*plaintext);
    FLORA_TRY(list, unpad(opened));
  }
  auto items = parse_commands(list);
  if (!items) return fail(Code::kSealBroken, "the command list cannot be read: " + items.error().detail);
  if (command_root(*items) != header.command_root) return fail(Code::kSealBroken, "the command root is not that of the commands");
  return items;
}

}  // namespace flora::ledger
