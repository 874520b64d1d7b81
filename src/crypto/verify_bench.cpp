// SPDX-License-Identifier: EUPL-1.2
// Our verification path beside the bare library call on the same signatures: the difference is what we cost.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "base/random.hpp"
#include "crypto/cose.hpp"
#include "crypto/hash.hpp"
#include "crypto/signature.hpp"

namespace {

using namespace flora::crypto;

struct Sample {
  PrivateKey key;
  Bytes message, signature, der, aad, sign1;
};

Bytes der_from_raw(ByteView raw) {
  Bytes body;
  for (const auto part : {raw.first(raw.size() / 2), raw.subspan(raw.size() / 2)}) {
    Bytes integer;
    if (part[0] >= 0x80) integer.push_back(0);
    integer.insert(integer.end(), part.begin(), part.end());
    while (integer.size() > 1 && integer[0] == 0 && integer[1] < 0x80) integer.erase(integer.begin());
    body.push_back(2);
    body.push_back(static_cast<std::uint8_t>(integer.size()));
    body.insert(body.end(), integer.begin(), integer.end());
  }
  Bytes out{0x30, static_cast<std::uint8_t>(body.size())};
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

const Sample& sample(KeyKind kind) {
  static const auto make = [](KeyKind k) {
    flora::base::SeededRandom random(1);
    Sample s{PrivateKey::generate(k, random), random.bytes(200), {}, {}, random.bytes(60), {}};
    s.signature = sign(s.key, s.message);
    s.der = der_from_raw(s.signature);
    s.sign1 = make_sign1(make_protected_header(s.key.algorithm(), "application/flora-bench", sha256(ByteView(s.message))),
                         random.bytes(32), s.key, s.aad);
    return s;
  };
  static const Sample p256 = make(KeyKind::kP256), p384 = make(KeyKind::kP384), ed25519 = make(KeyKind::kEd25519);
  return kind == KeyKind::kP256 ? p256 : kind == KeyKind::kP384 ? p384 : ed25519;
}

template <KeyKind Kind>
void ours(benchmark::State& state) {
  const Sample& s = sample(Kind);
  for (auto _ : state) {
    if (!verify(s.key.algorithm(), s.key.public_key(), s.message, s.signature)) state.SkipWithError("refused");
  }
}

template <KeyKind Kind>
void ours_sign1(benchmark::State& state) {
  const Sample& s = sample(Kind);
  for (auto _ : state) {
    if (!check_sign1(s.sign1, CoseProfile::kFlora, s.key.public_key(), s.aad)) state.SkipWithError("refused");
  }
}

template <KeyKind Kind>
void signing(benchmark::State& state) {
  const Sample& s = sample(Kind);
  for (auto _ : state) benchmark::DoNotOptimize(sign(s.key, s.message));
}

// EVP with a context of its own per thread, hash and all: the least the library can be asked.
template <KeyKind Kind>
void bare_openssl(benchmark::State& state) {
  const Sample& s = sample(Kind);
  EVP_MD* md = EVP_MD_fetch(nullptr, Kind == KeyKind::kP256 ? "SHA256" : "SHA384", nullptr);
  EVP_MD_CTX* hash = EVP_MD_CTX_new();
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_pkey(nullptr, s.key.public_key().native(), nullptr);
  EVP_PKEY_verify_init(context);
  for (auto _ : state) {
    std::uint8_t digest[64];
    unsigned size = 0;
    EVP_DigestInit_ex2(hash, md, nullptr);
    EVP_DigestUpdate(hash, s.message.data(), s.message.size());
    EVP_DigestFinal_ex(hash, digest, &size);
    if (EVP_PKEY_verify(context, s.der.data(), s.der.size(), digest, size) != 1) state.SkipWithError("refused");
  }
  EVP_PKEY_CTX_free(context);
  EVP_MD_CTX_free(hash);
  EVP_MD_free(md);
}

// What most programs do: one EVP_DigestVerify with fresh contexts per call.
template <KeyKind Kind>
void usual_openssl(benchmark::State& state) {
  const Sample& s = sample(Kind);
  for (auto _ : state) {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const bool fine = EVP_DigestVerifyInit(context, nullptr, Kind == KeyKind::kP256 ? EVP_sha256() : EVP_sha384(), nullptr,
                                           s.key.public_key().native()) == 1 &&
                      EVP_DigestVerify(context, s.der.data(), s.der.size(), s.message.data(), s.message.size()) == 1;
    if (!fine) state.SkipWithError("refused");
    EVP_MD_CTX_free(context);
  }
}

void bare_libsodium(benchmark::State& state) {
  const Sample& s = sample(KeyKind::kEd25519);
  for (auto _ : state) {
    if (crypto_sign_verify_detached(s.signature.data(), s.message.data(), s.message.size(), s.key.public_key().raw().data()) !=
        0) {
      state.SkipWithError("refused");
    }
  }
}

// A vote that only the cofactored equation accepts: the slow way.
void zip215_slow(benchmark::State& state) {
  Bytes key(32, 0), signature(64, 0);
  key[0] = signature[0] = 1;
  for (auto _ : state) {
    if (!verify_zip215(key, key, signature)) state.SkipWithError("refused");
  }
}

BENCHMARK(ours<KeyKind::kP256>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(bare_openssl<KeyKind::kP256>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(usual_openssl<KeyKind::kP256>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(ours_sign1<KeyKind::kP256>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(ours<KeyKind::kP384>)->UseRealTime();
BENCHMARK(bare_openssl<KeyKind::kP384>)->UseRealTime();
BENCHMARK(ours<KeyKind::kEd25519>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(bare_libsodium)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(ours_sign1<KeyKind::kEd25519>)->UseRealTime();
BENCHMARK(zip215_slow)->UseRealTime();
BENCHMARK(signing<KeyKind::kP256>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(signing<KeyKind::kEd25519>)->UseRealTime();

}  // namespace
