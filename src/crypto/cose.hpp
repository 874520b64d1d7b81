// SPDX-License-Identifier: EUPL-1.2
// COSE_Sign1 and COSE_Encrypt0 (RFC 9052, RFC 9053). Parsing is linear in the input and allocates nothing but what it returns;
// views point into the message. Pure; any thread.
//
//   COSE_Sign1    = #6.18([protected: bstr .cbor header, unprotected: map, payload: bstr / null, signature: bstr])
//   COSE_Encrypt0 = #6.16([protected: bstr .cbor header, unprotected: map, ciphertext: bstr])
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/keys.hpp"
#include "crypto/signature.hpp"

namespace flora::crypto {

// Header labels: registered ones (IANA COSE Header Parameters), and ours in the private range below -65536.
namespace label {
inline constexpr std::int64_t kAlgorithm = 1;
inline constexpr std::int64_t kCritical = 2;
inline constexpr std::int64_t kContentType = 3;
inline constexpr std::int64_t kKeyId = 4;
inline constexpr std::int64_t kIv = 5;
inline constexpr std::int64_t kX5t = 34;                // [-16, SHA-256 of the certificate's DER] (RFC 9360)
inline constexpr std::int64_t kChannel = -65537;        // bstr .size 16
inline constexpr std::int64_t kSequence = -65538;       // uint, author's sequence number
inline constexpr std::int64_t kExpires = -65539;        // int, ledger time
inline constexpr std::int64_t kEpoch = -65540;          // uint, key epoch of the channel
inline constexpr std::int64_t kCommandRoot = -65541;    // bstr .size 32
inline constexpr std::int64_t kSalt = -65542;           // bstr .size 32, sealed envelopes only
inline constexpr std::int64_t kKeyCommitment = -65543;  // bstr .size 32, sealed envelopes only
inline constexpr std::int64_t kLastOfOurs = -65599;     // -65537 .. -65599 are ours; flora messages carry no other label
}  // namespace label

enum class CoseProfile : std::uint8_t {
  kRfc9052,  // messages of others: deterministic but for floats, tagged 18 or untagged, `alg` protected, no label in both headers
  kFlora,    // ours: tag 18, deterministic throughout, unprotected map empty, low-s; protected: alg, content type (text), x5t
};

struct Sign1 {
  ByteView protected_header;        // content of the byte string: the encoded map (may be empty in rfc9052 only)
  std::optional<ByteView> payload;  // nullopt: detached
  ByteView signature;
  Algorithm algorithm = Algorithm::kEs256;
  std::optional<std::string_view> content_type;  // if it is a text
  std::optional<Hash> x5t;                       // if it is a SHA-256 thumbprint
  CoseProfile profile = CoseProfile::kRfc9052;
};

// Errors in this order: kCborMalformed, kCborNotCanonical, kTooDeep, kDuplicate (a label twice), kCoseMalformed,
// kHeaderWrong, kUnsupportedAlgorithm.
Result<Sign1> parse_sign1(ByteView message, CoseProfile profile);

// Errors: kCoseMalformed (payload missing, or given although attached), kAlgorithmKeyMismatch, kBadSignature.
// Low-s is demanded in the flora profile. `detached_payload` is needed exactly if the message has none.
Status verify_sign1(const Sign1& message, const PublicKey& key, ByteView external_aad = {},
                    std::optional<ByteView> detached_payload = std::nullopt);

// Parses and verifies.
Status check_sign1(ByteView message, CoseProfile profile, const PublicKey& key, ByteView external_aad = {},
                   std::optional<ByteView> detached_payload = std::nullopt);

// A protected header of the flora profile: alg, content type, x5t and `more` (label, encoded value), sorted as deterministic
// CBOR demands. Labels must differ (own bug otherwise).
Bytes make_protected_header(Algorithm algorithm, std::string_view content_type, const Hash& x5t,
                            std::vector<std::pair<std::int64_t, Bytes>> more = {});

// The encoded value under a label of an encoded header map. Errors: kHeaderWrong (absent), CBOR codes.
Result<ByteView> header_value(ByteView protected_header, std::int64_t header_label);
// Refuses labels that are not listed: kHeaderWrong.
Status header_only(ByteView protected_header, std::initializer_list<std::int64_t> labels);

// Tag 18, empty unprotected map. `protected_header` must name the key's algorithm (own bug otherwise).
Bytes make_sign1(ByteView protected_header, ByteView payload, const PrivateKey& key, ByteView external_aad = {});
Bytes make_sign1_detached(ByteView protected_header, ByteView payload, const PrivateKey& key, ByteView external_aad = {});

// What is signed: ["Signature1", protected, external_aad, payload].
Bytes signature_structure(ByteView protected_header, ByteView external_aad, ByteView payload);

// AES-256-GCM (alg 3) under a key and IV that both sides derive; neither is transmitted. Tag 16, protected {1: 3}, empty
// unprotected map. Authenticated with it: ["Encrypt0", protected, external_aad].
Bytes make_encrypt0(ByteView key, ByteView iv, ByteView external_aad, ByteView plaintext);
// Size of make_encrypt0's result for a plaintext of this size.
std::size_t encrypt0_size(std::size_t plaintext_bytes);
// Checks the shape without a key: exactly what make_encrypt0 writes. Errors: kCborMalformed, kCborNotCanonical, kCoseMalformed.
Result<ByteView> parse_encrypt0(ByteView message);  // the ciphertext with its tag
// Errors: those of parse_encrypt0; kSealBroken.
Result<Bytes> open_encrypt0(ByteView message, ByteView key, ByteView iv, ByteView external_aad);

}  // namespace flora::crypto
