// SPDX-License-Identifier: EUPL-1.2
// Bytes from anywhere as COSE messages, sparse-tree proofs, CMS key wraps, keys and PEM: refused or read, never a crash; what the
// flora profile reads must be what we would write.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/cbor.hpp"
#include "base/random.hpp"
#include "crypto/cms.hpp"
#include "crypto/cms_fixture.hpp"
#include "crypto/cose.hpp"
#include "crypto/der.hpp"
#include "crypto/pem.hpp"
#include "crypto/smt.hpp"

namespace {

using namespace flora::crypto;

void expect(bool holds) {
  if (!holds) std::abort();
}

const PrivateKey& some_key() {
  static flora::base::SeededRandom random(1);
  static const PrivateKey key = PrivateKey::generate(KeyKind::kEd25519, random);
  return key;
}

void try_cose(ByteView input) {
  const auto lenient = parse_sign1(input, CoseProfile::kRfc9052);
  const auto strict = parse_sign1(input, CoseProfile::kFlora);
  expect(!strict || lenient);
  if (strict) {
    expect(flora::base::check_cbor(input).has_value() && strict->x5t && strict->content_type);
    expect(header_value(strict->protected_header, label::kAlgorithm).has_value());
  }
  if (lenient) (void)verify_sign1(*lenient, some_key().public_key());
  if (const auto ciphertext = parse_encrypt0(input)) {
    expect(!open_encrypt0(input, Bytes(32, 1), Bytes(12, 2), {}) && ciphertext->size() <= input.size());
  }
}

void try_proof(ByteView input) {
  if (const auto proof = decode_smt_proof(input)) {
    expect(flora::base::equal(encode_smt_proof(*proof), input));
    (void)verify_smt_absence(*proof, Hash{}, Hash{});
  }
}

void try_keys(ByteView input) {
  (void)check_der(input);
  (void)PublicKey::from_spki(input);
  (void)PublicKey::from_jwk(flora::base::as_text(input));
  (void)PrivateKey::from_pem(flora::base::as_text(input));
  static const PrivateKey recipient = PrivateKey::from_pem(fixture::kP256Key).value();
  static const Bytes certificate = parse_pem(fixture::kP256Certificate).value()[0].der;
  (void)unwrap_key(input, certificate, recipient);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView input(data + 1, size - 1);
  switch (data[0] % 3) {
    case 0: try_cose(input); break;
    case 1: try_proof(input); break;
    default: try_keys(input);
  }
  return 0;
}
