// SPDX-License-Identifier: EUPL-1.2
// Certificates and revocation lists of any shape, also wrong ones, for the tests of this module.
#pragma once
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "crypto/der.hpp"
#include "pki/certificate.hpp"
#include "pki/crl.hpp"
#include "pki/x509_ptr.hpp"

namespace flora::pki::test {

inline Instant at(std::string_view time) { return *base::parse_rfc3339(time); }

struct Entity {
  Certificate certificate;
  crypto::PrivateKey key;
};

// What a certificate is made of; change what the test is about.
struct Spec {
  std::string subject = "CN";
  std::string from = "2024-01-01T00:00:00Z", to = "2030-01-01T00:00:00Z";
  std::vector<std::pair<std::string, std::string>> extensions;  // short name, text form of the library
  crypto::KeyKind kind = crypto::KeyKind::kP256;
  const EVP_MD* digest = EVP_sha256();
  Bytes serial;  // random if empty
  bool key_identifiers = true;
  std::string issuer;  // another issuer name than the signer's subject
};

inline NamePtr name(const std::string& common_name) {
  NamePtr out(X509_NAME_new());
  if (!common_name.empty()) {
    X509_NAME_add_entry_by_txt(out.get(), "CN", MBSTRING_UTF8, reinterpret_cast<const std::uint8_t*>(common_name.data()), -1, -1,
                               0);
  }
  return out;
}

inline IntegerPtr integer(ByteView octets) {
  const Bytes der = crypto::der_item(0x02, octets);
  const std::uint8_t* begin = der.data();
  return IntegerPtr(d2i_ASN1_INTEGER(nullptr, &begin, static_cast<long>(der.size())));
}

inline void set_time(ASN1_TIME* out, std::string_view time) { ASN1_TIME_set(out, at(time).ns / base::kNanosPerSecond); }

// Signed by `signer`, or by itself. `key`: instead of a fresh one of spec.kind.
inline Entity make(const Spec& spec, const Entity* signer, base::SeededRandom& random, const crypto::PrivateKey* key = nullptr) {
  auto own = key != nullptr ? *key : crypto::PrivateKey::generate(spec.kind, random);
  const auto& signing = signer != nullptr ? signer->key : own;
  const X509Ptr x509(X509_new());
  X509_set_version(x509.get(), X509_VERSION_3);
  Bytes serial = spec.serial.empty() ? random.bytes(12) : spec.serial;
  if (spec.serial.empty()) serial[0] = 0x11;
  X509_set_serialNumber(x509.get(), integer(serial).get());
  const auto subject = name(spec.subject);
  X509_set_subject_name(x509.get(), subject.get());
  const auto other_issuer = name(spec.issuer);
  X509_set_issuer_name(x509.get(), !spec.issuer.empty() ? other_issuer.get()
                                   : signer != nullptr  ? X509_get_subject_name(signer->certificate.native())
                                                        : subject.get());
  set_time(X509_getm_notBefore(x509.get()), spec.from);
  set_time(X509_getm_notAfter(x509.get()), spec.to);
  X509_set_pubkey(x509.get(), own.public_key().native());
  X509V3_CTX context;
  X509V3_set_ctx(&context, signer != nullptr ? signer->certificate.native() : x509.get(), x509.get(), nullptr, nullptr, 0);
  auto extensions = spec.extensions;
  if (spec.key_identifiers) {
    extensions.insert(extensions.begin(), {"authorityKeyIdentifier", "keyid:always"});
    extensions.insert(extensions.begin(), {"subjectKeyIdentifier", "hash"});
  }
  for (const auto& [short_name, text] : extensions) {
    const ExtensionPtr extension(X509V3_EXT_conf(nullptr, &context, short_name.c_str(), text.c_str()));
    EXPECT_NE(extension, nullptr) << short_name << " " << text;
    X509_add_ext(x509.get(), extension.get(), -1);
  }
  EXPECT_GT(X509_sign(x509.get(), signing.native(), signing.kind() == crypto::KeyKind::kEd25519 ? nullptr : spec.digest), 0);
  std::uint8_t* der = nullptr;
  const int size = i2d_X509(x509.get(), &der);
  auto parsed = Certificate::parse_der(ByteView(der, static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().detail);
  return {*std::move(parsed), std::move(own)};
}

inline Spec ca_spec(std::string subject) {
  Spec spec;
  spec.subject = std::move(subject);
  spec.extensions = {{"basicConstraints", "critical,CA:TRUE"}, {"keyUsage", "critical,keyCertSign,cRLSign"}};
  return spec;
}

inline Spec leaf_spec(std::string usage = "critical,digitalSignature", std::string extended = "1.3.6.1.4.1.59999.1.1") {
  Spec spec;
  spec.subject = "leaf";
  spec.extensions = {{"keyUsage", std::move(usage)}, {"extendedKeyUsage", std::move(extended)}};
  return spec;
}

struct CrlSpec {
  std::string from = "2025-01-01T00:00:00Z", to = "2025-02-01T00:00:00Z";
  std::vector<Bytes> revoked = {};
  std::vector<std::pair<std::string, std::string>> extensions = {{"crlNumber", "1"}};
  std::string issuer = {};
  const EVP_MD* digest = EVP_sha256();
};

inline Crl make_crl(const CrlSpec& spec, const Entity& signer) {
  const X509CrlPtr crl(X509_CRL_new());
  X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
  const auto other = name(spec.issuer);
  X509_CRL_set_issuer_name(crl.get(), spec.issuer.empty() ? X509_get_subject_name(signer.certificate.native()) : other.get());
  const std::unique_ptr<ASN1_TIME, Freer<&ASN1_TIME_free>> time(ASN1_TIME_new());
  set_time(time.get(), spec.from);
  X509_CRL_set1_lastUpdate(crl.get(), time.get());
  if (!spec.to.empty()) {
    set_time(time.get(), spec.to);
    X509_CRL_set1_nextUpdate(crl.get(), time.get());
  }
  for (const auto& serial : spec.revoked) {
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, integer(serial).get());
    set_time(time.get(), spec.from);
    X509_REVOKED_set_revocationDate(entry, time.get());
    X509_CRL_add0_revoked(crl.get(), entry);
  }
  X509V3_CTX context;
  X509V3_set_ctx(&context, signer.certificate.native(), nullptr, nullptr, crl.get(), 0);
  auto extensions = spec.extensions;
  extensions.emplace_back("authorityKeyIdentifier", "keyid:always");
  for (const auto& [short_name, text] : extensions) {
    ExtensionPtr extension;
    if (short_name == "crlNumber" || short_name == "deltaCRL") {
      const auto number = integer(Bytes{static_cast<std::uint8_t>(std::stoi(text))});
      extension.reset(
          X509V3_EXT_i2d(short_name == "crlNumber" ? NID_crl_number : NID_delta_crl, short_name == "deltaCRL", number.get()));
    } else {
      extension.reset(X509V3_EXT_conf(nullptr, &context, short_name.c_str(), text.c_str()));
    }
    EXPECT_NE(extension, nullptr) << short_name << " " << text;
    X509_CRL_add_ext(crl.get(), extension.get(), -1);
  }
  X509_CRL_sort(crl.get());
  EXPECT_GT(X509_CRL_sign(crl.get(), signer.key.native(), spec.digest), 0);
  std::uint8_t* der = nullptr;
  const int size = i2d_X509_CRL(crl.get(), &der);
  auto parsed = Crl::parse_der(ByteView(der, static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().detail);
  return *std::move(parsed);
}

}  // namespace flora::pki::test
