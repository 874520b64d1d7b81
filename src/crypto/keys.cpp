// SPDX-License-Identifier: EUPL-1.2
#include "crypto/keys.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <sodium.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/json.hpp"
#include "crypto/fetched.hpp"
#include "crypto/key_impl.hpp"
#include "crypto/mac.hpp"
#include "crypto/pem.hpp"

namespace flora::crypto {
namespace {

using base::Code;
using BnPtr = std::unique_ptr<BIGNUM, Freer<&BN_clear_free>>;
using GroupPtr = std::unique_ptr<EC_GROUP, Freer<&EC_GROUP_free>>;
using PointPtr = std::unique_ptr<EC_POINT, Freer<&EC_POINT_free>>;
using BuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, Freer<&OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, Freer<&OSSL_PARAM_free>>;

struct Curve {
  KeyKind kind;
  const char* group;
  int nid;
  std::size_t field_bytes;
};
constexpr Curve kCurves[] = {
    {KeyKind::kP256, "prime256v1", NID_X9_62_prime256v1, 32},
    {KeyKind::kP384, "secp384r1", NID_secp384r1, 48},
    {KeyKind::kP521, "secp521r1", NID_secp521r1, 66},
    {KeyKind::kBrainpoolP256r1, "brainpoolP256r1", NID_brainpoolP256r1, 32},
    {KeyKind::kBrainpoolP384r1, "brainpoolP384r1", NID_brainpoolP384r1, 48},
};

const Curve* curve_of(KeyKind kind) {
  const auto* found = std::ranges::find(kCurves, kind, &Curve::kind);
  return found == std::end(kCurves) ? nullptr : found;
}

tl::unexpected<base::Error> refused(Code code, std::string_view why) {
  ERR_clear_error();
  return base::fail(code, std::string(why));
}

// The kind of a key the library parsed; nullopt if it is not allowed.
std::optional<KeyKind> kind_of(EVP_PKEY* pkey) {
  if (EVP_PKEY_is_a(pkey, "ED25519")) return KeyKind::kEd25519;
  if (EVP_PKEY_is_a(pkey, "RSA")) {
    const int bits = EVP_PKEY_get_bits(pkey);
    return bits >= 2048 && bits <= 16384 ? std::optional(KeyKind::kRsa) : std::nullopt;
  }
  if (!EVP_PKEY_is_a(pkey, "EC")) return std::nullopt;
  int explicit_parameters = 1;
  char name[64] = {};
  if (EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit_parameters) != 1 ||
      explicit_parameters != 0 ||
      EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, nullptr) != 1) {
    return std::nullopt;
  }
  const int nid = OBJ_sn2nid(name);
  const auto* found = std::ranges::find(kCurves, nid, &Curve::nid);
  return found == std::end(kCurves) ? std::nullopt : std::optional(found->kind);
}

Bytes raw_of(EVP_PKEY* pkey, KeyKind kind) {
  Bytes raw;
  if (kind == KeyKind::kEd25519) {
    std::size_t size = 32;
    raw.resize(size);
    FLORA_CHECK(EVP_PKEY_get_raw_public_key(pkey, raw.data(), &size) == 1 && size == 32, "an Ed25519 key has 32 bytes");
  } else if (const auto* curve = curve_of(kind)) {
    std::size_t size = 0;
    raw.resize(1 + 2 * curve->field_bytes);
    const bool fine =
        EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, raw.data(), raw.size(), &size) == 1 && size == raw.size();
    // The library hands out the form it was given; only the uncompressed one fits and begins with 04.
    if (!fine || raw[0] != 4) raw.clear();
  }
  ERR_clear_error();
  return raw;
}

Bytes spki_of(EVP_PKEY* pkey) {
  std::uint8_t* der = nullptr;
  const int size = i2d_PUBKEY(pkey, &der);
  FLORA_CHECK(size > 0, "a parsed key can be written");
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

// An EC key. Its context is kept by the thread: preparing one costs as much as making the key.
PkeyPtr pkey_from_params(int selection, OSSL_PARAM* params) {
  thread_local const PkeyContextPtr context = [] {
    PkeyContextPtr made(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    FLORA_CHECK(made != nullptr && EVP_PKEY_fromdata_init(made.get()) == 1, "the library must know our keys");
    return made;
  }();
  EVP_PKEY* pkey = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &pkey, selection, params) != 1) return nullptr;
  return PkeyPtr(pkey);
}

// What stands before the key's bytes in its SubjectPublicKeyInfo (RFC 5480, RFC 8410), for the kinds that sign envelopes. They
// are read and written without the library's decoders, which take longer than verifying a signature.
struct SpkiForm {
  KeyKind kind;
  std::size_t raw_bytes;
  std::string_view prefix;
};
using namespace std::string_view_literals;
constexpr SpkiForm kSpkiForms[] = {
    {KeyKind::kP256, 65,
     "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00"sv},
    {KeyKind::kP384, 97, "\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00"sv},
    {KeyKind::kEd25519, 32, "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"sv},
};

const SpkiForm* form_of(KeyKind kind) {
  const auto* found = std::ranges::find(kSpkiForms, kind, &SpkiForm::kind);
  return found == std::end(kSpkiForms) ? nullptr : found;
}

const SpkiForm* form_of(ByteView spki) {
  const auto* found = std::ranges::find_if(kSpkiForms, [&](const SpkiForm& form) {
    return spki.size() == form.prefix.size() + form.raw_bytes && base::as_text(spki).starts_with(form.prefix);
  });
  return found == std::end(kSpkiForms) ? nullptr : found;
}

Bytes spki_from(const SpkiForm& form, ByteView raw) {
  Bytes out = base::to_bytes(base::as_bytes(form.prefix));
  base::append(out, raw);
  return out;
}

// A private scalar in [1, n-1] from the bytes `random` gives, by rejection: no value is likelier than another.
BnPtr random_scalar(const EC_GROUP* group, std::size_t bytes, base::Random& random) {
  const BIGNUM* order = EC_GROUP_get0_order(group);
  for (;;) {
    Secret drawn(random.bytes(bytes));
    BnPtr scalar(BN_secure_new());
    FLORA_CHECK(scalar != nullptr && BN_bin2bn(drawn.view().data(), static_cast<int>(bytes), scalar.get()) != nullptr,
                "out of memory");
    BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
    if (!BN_is_zero(scalar.get()) && BN_cmp(scalar.get(), order) < 0) return scalar;
  }
}

PkeyPtr generate_ec(const Curve& curve, base::Random& random) {
  const GroupPtr group(EC_GROUP_new_by_curve_name(curve.nid));
  FLORA_CHECK(group != nullptr, "the library must know our curves");
  const BnPtr scalar = random_scalar(group.get(), curve.field_bytes, random);
  const PointPtr point(EC_POINT_new(group.get()));
  Bytes encoded(1 + 2 * curve.field_bytes);
  const bool fine = point != nullptr && EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr, nullptr, nullptr) == 1 &&
                    EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(), encoded.size(),
                                       nullptr) == encoded.size();
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  FLORA_CHECK(fine && OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0) == 1 &&
                  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get()) == 1 &&
                  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size()) == 1,
              "a key from a valid scalar");
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  auto pkey = pkey_from_params(EVP_PKEY_KEYPAIR, params.get());
  FLORA_CHECK(pkey != nullptr, "a key from a valid scalar");
  return pkey;
}

Result<const PemBlock> only_block(const std::vector<PemBlock>& blocks, std::string_view label) {
  if (blocks.size() != 1 || blocks[0].label != label) {
    return base::fail(Code::kMalformed, "one PEM block \"" + std::string(label) + "\" is expected");
  }
  return blocks[0];
}

}  // namespace

std::string_view name_of(KeyKind kind) {
  switch (kind) {
    case KeyKind::kP256: return "P-256";
    case KeyKind::kP384: return "P-384";
    case KeyKind::kEd25519: return "Ed25519";
    case KeyKind::kP521: return "P-521";
    case KeyKind::kBrainpoolP256r1: return "brainpoolP256r1";
    case KeyKind::kBrainpoolP384r1: return "brainpoolP384r1";
    case KeyKind::kRsa: return "RSA";
  }
  return "unknown";
}

std::string_view name_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEs256: return "ES256";
    case Algorithm::kEs384: return "ES384";
    case Algorithm::kEdDsa: return "EdDSA";
  }
  return "unknown";
}

std::optional<Algorithm> algorithm_from(std::int64_t cose_identifier) {
  for (const auto known : {Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEdDsa}) {
    if (cose_identifier == static_cast<std::int64_t>(known)) return known;
  }
  return std::nullopt;
}

std::optional<Algorithm> algorithm_of(KeyKind kind) {
  switch (kind) {
    case KeyKind::kP256: return Algorithm::kEs256;
    case KeyKind::kP384: return Algorithm::kEs384;
    case KeyKind::kEd25519: return Algorithm::kEdDsa;
    default: return std::nullopt;
  }
}

Result<PublicKey> PublicKey::from_native(evp_pkey_st* owned, std::string_view what) {
  PkeyPtr pkey(owned);
  if (!pkey) return refused(Code::kMalformed, what);
  const auto kind = kind_of(pkey.get());
  if (!kind) return refused(Code::kCertificateKey, "the key's kind, curve or size is not allowed");
  Bytes raw = raw_of(pkey.get(), *kind);
  if (raw.empty() && *kind != KeyKind::kRsa) return refused(Code::kCertificateKey, "a compressed point");
  const int bits = EVP_PKEY_get_bits(pkey.get());
  Bytes spki = spki_of(pkey.get());
  auto impl =
      std::make_shared<Impl>(*kind, *kind == KeyKind::kEd25519 ? 256 : bits, std::move(pkey), std::move(raw), std::move(spki));
  return PublicKey(std::move(impl));
}

Result<PublicKey> PublicKey::from_spki(ByteView der) {
  constexpr std::size_t kSpkiBytesMax = 8192;
  if (der.size() > kSpkiBytesMax) return base::fail(Code::kCertificateKey, "the key is too large");
  if (const auto* form = form_of(der)) return from_raw(form->kind, der.subspan(form->prefix.size()));
  const std::uint8_t* at = der.data();
  auto key = from_native(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())), "no SubjectPublicKeyInfo");
  // One encoding per key: what differs from the library's own writing is not DER, or has surplus parts.
  if (key && !base::equal(key->spki(), der))
    return base::fail(Code::kMalformed, "SubjectPublicKeyInfo is not in its canonical form");
  return key;
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  FLORA_TRY(const auto blocks, parse_pem(pem));
  FLORA_TRY(const auto block, only_block(blocks, "PUBLIC KEY"));
  return from_spki(block.der);
}

Result<PublicKey> PublicKey::from_jwk(std::string_view json) {
  FLORA_TRY(const auto value, base::parse_json(json, 64 * 1024));
  const auto* jwk = value.if_object();
  if (jwk == nullptr) return base::fail(Code::kWrongType, "a JWK is an object");
  FLORA_TRY(const auto kty, base::json_text(*jwk, "kty"));
  FLORA_TRY(const auto crv, base::json_text(*jwk, "crv"));
  FLORA_TRY(const auto x_text, base::json_text(*jwk, "x"));
  const auto x = base::from_base64url(x_text);
  if (!x) return base::fail(Code::kMalformed, "x is not base64url");
  if (kty == "OKP" && crv == "Ed25519") return from_raw(KeyKind::kEd25519, *x);
  const bool p256 = crv == "P-256";
  if (kty != "EC" || (!p256 && crv != "P-384")) return base::fail(Code::kCertificateKey, "a JWK of kind " + kty + ", " + crv);
  FLORA_TRY(const auto y_text, base::json_text(*jwk, "y"));
  const auto y = base::from_base64url(y_text);
  const std::size_t size = p256 ? 32 : 48;
  if (!y || x->size() != size || y->size() != size)
    return base::fail(Code::kMalformed, "x and y must have the size of the field");
  Bytes point{4};
  base::append(point, *x);
  base::append(point, *y);
  return from_raw(p256 ? KeyKind::kP256 : KeyKind::kP384, point);
}

Result<PublicKey> PublicKey::from_raw(KeyKind kind, ByteView raw) {
  const auto* form = form_of(kind);
  if (kind == KeyKind::kEd25519) {
    if (raw.size() != 32) return base::fail(Code::kMalformed, "an Ed25519 key has 32 bytes");
    return PublicKey(std::make_shared<Impl>(kind, 256, nullptr, base::to_bytes(raw), spki_from(*form, raw)));
  }
  const auto* curve = curve_of(kind);
  if (curve == nullptr || raw.size() != 1 + 2 * curve->field_bytes || raw[0] != 4) {
    return base::fail(Code::kMalformed, "an EC key is 04, x, y");
  }
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(curve->group), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, const_cast<std::uint8_t*>(raw.data()), raw.size()),
      OSSL_PARAM_construct_end(),
  };
  auto pkey = pkey_from_params(EVP_PKEY_PUBLIC_KEY, params);
  if (pkey == nullptr) return refused(Code::kMalformed, "the point does not lie on the curve");
  if (form == nullptr) return from_native(pkey.release(), "no EC key");
  const int bits = static_cast<int>(8 * curve->field_bytes);
  return PublicKey(std::make_shared<Impl>(kind, bits, std::move(pkey), base::to_bytes(raw), spki_from(*form, raw)));
}

EVP_PKEY* PublicKey::Impl::pkey() const {
  std::call_once(made_, [this] {
    if (pkey_ == nullptr) pkey_.reset(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw.data(), raw.size()));
  });
  FLORA_CHECK(pkey_ != nullptr, "every 32 bytes are an Ed25519 key to the library");
  return pkey_.get();
}

KeyKind PublicKey::kind() const { return impl_->kind; }
int PublicKey::bits() const { return impl_->bits; }
ByteView PublicKey::raw() const { return impl_->raw; }
ByteView PublicKey::spki() const { return impl_->spki; }
std::string PublicKey::pem() const { return encode_pem("PUBLIC KEY", impl_->spki); }
Hash PublicKey::fingerprint() const { return sha256(ByteView(impl_->spki)); }
evp_pkey_st* PublicKey::native() const { return impl_->pkey(); }

PrivateKey::Impl::~Impl() { wipe(ed25519); }

Result<PrivateKey> PrivateKey::from_native(evp_pkey_st* owned) {
  PkeyPtr pkey(owned);
  if (!pkey) return refused(Code::kMalformed, "no PKCS#8 private key");
  // The public half is parsed anew from its encoding, so that nothing of the private one can hang on to it.
  FLORA_TRY(auto public_key, PublicKey::from_spki(spki_of(pkey.get())));
  auto impl = std::make_shared<Impl>(std::move(pkey), std::move(public_key));
  if (impl->public_key.kind() == KeyKind::kEd25519) {
    std::array<std::uint8_t, 32> seed;
    std::array<std::uint8_t, 32> derived;
    std::size_t size = seed.size();
    FLORA_CHECK(EVP_PKEY_get_raw_private_key(impl->pkey.get(), seed.data(), &size) == 1 && size == 32,
                "an Ed25519 seed has 32 bytes");
    fetched();
    crypto_sign_seed_keypair(derived.data(), impl->ed25519.data(), seed.data());
    wipe(seed);
    FLORA_CHECK(base::equal(derived, impl->public_key.raw()), "two libraries derive the same key");
  }
  return PrivateKey(std::move(impl));
}

PrivateKey PrivateKey::generate(KeyKind kind, base::Random& random) {
  if (kind == KeyKind::kEd25519) {
    const Secret seed(random.bytes(32));
    return from_ed25519_seed(seed);
  }
  FLORA_CHECK(kind == KeyKind::kP256 || kind == KeyKind::kP384, "keys are made for envelope algorithms only");
  auto key = from_native(generate_ec(*curve_of(kind), random).release());
  FLORA_CHECK(key.has_value(), "a fresh key is valid");
  return *std::move(key);
}

PrivateKey PrivateKey::from_ed25519_seed(ByteView seed) {
  FLORA_CHECK(seed.size() == 32, "an Ed25519 seed has 32 bytes");
  auto key = from_native(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  FLORA_CHECK(key.has_value(), "every seed gives a key");
  return *std::move(key);
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  FLORA_TRY(auto blocks, parse_pem(pem));
  FLORA_TRY(const auto block, only_block(blocks, "PRIVATE KEY"));
  const std::uint8_t* at = block.der.data();
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freer<&PKCS8_PRIV_KEY_INFO_free>> info(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(block.der.size())));
  if (info == nullptr || at != block.der.data() + block.der.size()) return refused(Code::kMalformed, "no PKCS#8 private key");
  return from_native(EVP_PKCS82PKEY(info.get()));
}

const PublicKey& PrivateKey::public_key() const { return impl_->public_key; }

Algorithm PrivateKey::algorithm() const {
  const auto algorithm = algorithm_of(kind());
  FLORA_CHECK(algorithm.has_value(), "only keys with an envelope algorithm sign");
  return *algorithm;
}

std::string PrivateKey::pem() const {
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freer<&PKCS8_PRIV_KEY_INFO_free>> info(EVP_PKEY2PKCS8(impl_->pkey.get()));
  std::uint8_t* der = nullptr;
  const int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), &der) : 0;
  FLORA_CHECK(size > 0, "a key can be written");
  std::string text = encode_pem("PRIVATE KEY", ByteView(der, static_cast<std::size_t>(size)));
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  return text;
}

evp_pkey_st* PrivateKey::native() const { return impl_->pkey.get(); }

}  // namespace flora::crypto
