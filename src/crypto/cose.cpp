// SPDX-License-Identifier: EUPL-1.2
#include "crypto/cose.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/cbor.hpp"
#include "base/check.hpp"
#include "crypto/aead.hpp"
#include "crypto/cbor_walk.hpp"

namespace flora::crypto {
namespace {

using base::CborRules;
using base::CborWriter;
using base::Code;

constexpr std::uint64_t kTagSign1 = 18;
constexpr std::uint64_t kTagEncrypt0 = 16;
constexpr std::int64_t kSha256 = -16;    // COSE algorithm identifier of the thumbprint
constexpr std::uint64_t kAes256Gcm = 3;  // COSE algorithm identifier

tl::unexpected<base::Error> malformed(std::string_view why) { return base::fail(Code::kCoseMalformed, std::string(why)); }
tl::unexpected<base::Error> header_wrong(std::string_view why) { return base::fail(Code::kHeaderWrong, std::string(why)); }

bool is_ours(std::int64_t label) { return label <= label::kChannel && label >= label::kLastOfOurs; }

// What is remembered of a header map while it is walked.
struct Header {
  std::vector<ByteView> labels;  // encoded, in order
  std::optional<Algorithm> algorithm;
  bool has_algorithm = false;
  bool has_critical = false;
  bool has_foreign = false;  // a label the flora profile does not know
  std::optional<std::string_view> content_type;
  std::optional<Hash> x5t;
};

// [-16, bstr .size 32]
std::optional<Hash> thumbprint_from(ByteView encoded) {
  CborWalk walk(encoded);
  if (walk.peek() != CborMajor::kArray || walk.head().argument != 2) return std::nullopt;
  const auto algorithm = walk.integer();
  if (algorithm != kSha256 || walk.peek() != CborMajor::kBytes) return std::nullopt;
  return Hash::from(walk.string());
}

void remember(Header& header, std::int64_t name, ByteView value) {
  CborWalk walk(value);
  switch (name) {
    case label::kAlgorithm: {
      header.has_algorithm = true;
      const auto identifier = walk.integer();
      if (identifier) header.algorithm = algorithm_from(*identifier);
      break;
    }
    case label::kCritical: header.has_critical = true; break;
    case label::kContentType:
      if (walk.peek() == CborMajor::kText) header.content_type = base::as_text(walk.string());
      break;
    case label::kX5t: header.x5t = thumbprint_from(value); break;
    default: header.has_foreign = header.has_foreign || !is_ours(name);
  }
}

// Walks a header map whose bytes were checked to be deterministic. Labels are integers or texts.
Status read_header(CborWalk& walk, Header& header) {
  if (walk.peek() != CborMajor::kMap) return malformed("a header is not a map");
  for (auto left = walk.head().argument; left > 0; --left) {
    const auto major = walk.peek();
    if (major != CborMajor::kUint && major != CborMajor::kNegative && major != CborMajor::kText) {
      return malformed("a header label is neither integer nor text");
    }
    const ByteView encoded = walk.item();
    header.labels.push_back(encoded);
    const ByteView value = walk.item();
    const auto name = CborWalk(encoded).integer();
    if (name) {
      remember(header, *name, value);
    } else {
      header.has_foreign = true;
    }
  }
  return {};
}

Result<ByteView> byte_string(CborWalk& walk, std::string_view what) {
  if (walk.peek() != CborMajor::kBytes) return malformed(fmt::format("{} is not a byte string", what));
  return walk.string();
}

bool share_a_label(const Header& a, const Header& b) {
  // Both are sorted by their encodings.
  auto i = a.labels.begin();
  auto j = b.labels.begin();
  while (i != a.labels.end() && j != b.labels.end()) {
    const auto order = base::compare(*i, *j);
    if (order == 0) return true;
    (order < 0 ? i : j)++;
  }
  return false;
}

Status check_flora(const Header& header, const Header& unprotected) {
  if (!unprotected.labels.empty()) return header_wrong("the unprotected map is not empty");
  if (header.has_foreign) return header_wrong("a label that is not ours");
  if (!header.content_type) return header_wrong("no content type");
  if (!header.x5t) return header_wrong("no SHA-256 thumbprint of the certificate");
  return {};
}

// The tag and the array of four, as far as both messages share them.
Status open_array(CborWalk& walk, std::uint64_t tag, std::uint64_t items, bool tag_needed, std::string_view name) {
  if (walk.peek() == CborMajor::kTag) {
    const auto number = walk.head().argument;
    if (number != tag) return malformed(fmt::format("tag {} is not {}", number, name));
  } else if (tag_needed) {
    return malformed(fmt::format("tag {} is missing", tag));
  }
  if (walk.peek() != CborMajor::kArray) return malformed(fmt::format("{} is an array", name));
  if (walk.head().argument != items) return malformed(fmt::format("{} has {} items", name, items));
  return {};
}

}  // namespace

Result<Sign1> parse_sign1(ByteView message, CoseProfile profile) {
  const bool ours = profile == CoseProfile::kFlora;
  const CborRules rules{.deterministic = true, .allow_floats = !ours, .allow_simple = !ours};
  FLORA_TRY(base::check_cbor(message, rules));
  CborWalk walk(message);
  FLORA_TRY(open_array(walk, kTagSign1, 4, ours, "COSE_Sign1"));
  Sign1 out;
  out.profile = profile;
  FLORA_TRY(out.protected_header, byte_string(walk, "the protected header"));
  Header header, unprotected;
  if (!out.protected_header.empty()) {
    FLORA_TRY(base::check_cbor(out.protected_header, rules));
    CborWalk inside(out.protected_header);
    FLORA_TRY(read_header(inside, header));
  }
  FLORA_TRY(read_header(walk, unprotected));
  if (walk.peek() == CborMajor::kSimple) {
    if (walk.item()[0] != 0xf6) return malformed("the payload is neither bytes nor null");
  } else {
    FLORA_TRY(out.payload, byte_string(walk, "the payload"));
  }
  FLORA_TRY(out.signature, byte_string(walk, "the signature"));
  if (share_a_label(header, unprotected)) return base::fail(Code::kDuplicate, "a label stands in both headers");
  if (header.has_critical || unprotected.has_critical) return header_wrong("critical labels are not supported");
  if (unprotected.has_algorithm || !header.has_algorithm) return header_wrong("alg must stand in the protected header");
  if (ours) FLORA_TRY(check_flora(header, unprotected));
  if (!header.algorithm) return base::fail(Code::kUnsupportedAlgorithm, "alg is none of ES256, ES384, EdDSA");
  out.algorithm = *header.algorithm;
  out.content_type = header.content_type;
  out.x5t = header.x5t;
  return out;
}

Bytes signature_structure(ByteView protected_header, ByteView external_aad, ByteView payload) {
  CborWriter writer;
  writer.array(4).text("Signature1").bytes(protected_header).bytes(external_aad).bytes(payload);
  return writer.take();
}

Status verify_sign1(const Sign1& message, const PublicKey& key, ByteView external_aad, std::optional<ByteView> detached_payload) {
  if (message.payload.has_value() == detached_payload.has_value()) {
    return malformed(message.payload ? "the payload is attached and given besides" : "the payload is detached and not given");
  }
  if (algorithm_of(key.kind()) != message.algorithm) {
    return base::fail(Code::kAlgorithmKeyMismatch,
                      fmt::format("{} with a key of kind {}", name_of(message.algorithm), name_of(key.kind())));
  }
  const ByteView payload = message.payload ? *message.payload : *detached_payload;
  const Bytes to_be_signed = signature_structure(message.protected_header, external_aad, payload);
  const LowS low_s = message.profile == CoseProfile::kFlora ? LowS::kRequired : LowS::kAny;
  if (!verify(message.algorithm, key, to_be_signed, message.signature, low_s)) return base::fail(Code::kBadSignature, "");
  return {};
}

Status check_sign1(ByteView message, CoseProfile profile, const PublicKey& key, ByteView external_aad,
                   std::optional<ByteView> detached_payload) {
  FLORA_TRY(const auto parsed, parse_sign1(message, profile));
  return verify_sign1(parsed, key, external_aad, detached_payload);
}

Bytes make_protected_header(Algorithm algorithm, std::string_view content_type, const Hash& x5t,
                            std::vector<std::pair<std::int64_t, Bytes>> more) {
  CborWriter thumbprint;
  thumbprint.array(2).integer(kSha256).bytes(x5t);
  more.emplace_back(label::kAlgorithm, CborWriter().integer(static_cast<std::int64_t>(algorithm)).view());
  more.emplace_back(label::kContentType, CborWriter().text(content_type).view());
  more.emplace_back(label::kX5t, thumbprint.take());
  // Bytewise order of encoded integers: the non-negative ascending, then the negative descending.
  std::ranges::sort(more, [](const auto& a, const auto& b) {
    const bool a_negative = a.first < 0, b_negative = b.first < 0;
    return a_negative != b_negative ? b_negative : (a_negative ? a.first > b.first : a.first < b.first);
  });
  CborWriter writer;
  writer.map(more.size());
  for (const auto& [name, value] : more) writer.integer(name).raw(value);
  return writer.take();
}

Result<ByteView> header_value(ByteView protected_header, std::int64_t header_label) {
  FLORA_TRY(base::check_cbor(protected_header));
  CborWalk walk(protected_header);
  if (walk.peek() != CborMajor::kMap) return malformed("a header is not a map");
  for (auto left = walk.head().argument; left > 0; --left) {
    const auto name = CborWalk(walk.item()).integer();
    const ByteView value = walk.item();
    if (name == header_label) return value;
  }
  return header_wrong(fmt::format("label {} is missing", header_label));
}

Status header_only(ByteView protected_header, std::initializer_list<std::int64_t> labels) {
  FLORA_TRY(base::check_cbor(protected_header));
  CborWalk walk(protected_header);
  if (walk.peek() != CborMajor::kMap) return malformed("a header is not a map");
  for (auto left = walk.head().argument; left > 0; --left) {
    const auto name = CborWalk(walk.item()).integer();
    walk.item();
    if (!name || std::ranges::find(labels, *name) == labels.end()) return header_wrong("a label that does not belong here");
  }
  return {};
}

namespace {

Bytes build_sign1(ByteView protected_header, std::optional<ByteView> attached, ByteView signature) {
  CborWriter writer;
  writer.tag(kTagSign1).array(4).bytes(protected_header).map(0);
  if (attached) {
    writer.bytes(*attached);
  } else {
    writer.null();
  }
  writer.bytes(signature);
  return writer.take();
}

Bytes sign_structure(ByteView protected_header, ByteView payload, const PrivateKey& key, ByteView external_aad) {
  const auto named = header_value(protected_header, label::kAlgorithm);
  FLORA_CHECK(named && CborWalk(*named).integer() == static_cast<std::int64_t>(key.algorithm()),
              "header and key name one algorithm");
  return sign(key, signature_structure(protected_header, external_aad, payload));
}

// The protected header {1: 3} and what AES-GCM authenticates besides the ciphertext.
Bytes encrypt0_header() { return CborWriter().map(1).integer(label::kAlgorithm).uint(kAes256Gcm).view(); }
Bytes encrypt0_structure(ByteView external_aad) {
  CborWriter writer;
  writer.array(3).text("Encrypt0").bytes(encrypt0_header()).bytes(external_aad);
  return writer.take();
}

}  // namespace

Bytes make_sign1(ByteView protected_header, ByteView payload, const PrivateKey& key, ByteView external_aad) {
  return build_sign1(protected_header, payload, sign_structure(protected_header, payload, key, external_aad));
}

Bytes make_sign1_detached(ByteView protected_header, ByteView payload, const PrivateKey& key, ByteView external_aad) {
  return build_sign1(protected_header, std::nullopt, sign_structure(protected_header, payload, key, external_aad));
}

Bytes make_encrypt0(ByteView key, ByteView iv, ByteView external_aad, ByteView plaintext) {
  const Bytes ciphertext = aes256gcm_seal(key, iv, encrypt0_structure(external_aad), plaintext);
  CborWriter writer;
  writer.tag(kTagEncrypt0).array(3).bytes(encrypt0_header()).map(0).bytes(ciphertext);
  return writer.take();
}

std::size_t encrypt0_size(std::size_t plaintext_bytes) {
  const std::size_t ciphertext = plaintext_bytes + kAeadTagBytes;
  const std::size_t head = ciphertext < 24            ? 1
                           : ciphertext <= 0xff       ? 2
                           : ciphertext <= 0xffff     ? 3
                           : ciphertext <= 0xffffffff ? 5
                                                      : 9;
  return 1 + 1 + 4 + 1 + head + ciphertext;  // tag, array, protected header, empty map, byte string
}

Result<ByteView> parse_encrypt0(ByteView message) {
  FLORA_TRY(base::check_cbor(message));
  CborWalk walk(message);
  FLORA_TRY(open_array(walk, kTagEncrypt0, 3, true, "COSE_Encrypt0"));
  FLORA_TRY(const auto protected_header, byte_string(walk, "the protected header"));
  if (!base::equal(protected_header, encrypt0_header())) return malformed("the protected header does not name AES-256-GCM alone");
  if (walk.peek() != CborMajor::kMap || walk.head().argument != 0) return malformed("the unprotected map is not empty");
  return byte_string(walk, "the ciphertext");
}

Result<Bytes> open_encrypt0(ByteView message, ByteView key, ByteView iv, ByteView external_aad) {
  FLORA_TRY(const auto ciphertext, parse_encrypt0(message));
  return aes256gcm_open(key, iv, encrypt0_structure(external_aad), ciphertext);
}

}  // namespace flora::crypto
