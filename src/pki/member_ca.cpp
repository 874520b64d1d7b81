// SPDX-License-Identifier: EUPL-1.2
#include "pki/member_ca.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>

#include "base/check.hpp"
#include "crypto/der.hpp"
#include "crypto/hash.hpp"
#include "pki/x509_ptr.hpp"

namespace flora::pki {
namespace {

using base::Code;
using crypto::KeyKind;

constexpr std::size_t kNameCharactersMax = 64;  // X.520 ub-common-name

// Everything the small CA puts into a certificate.
struct Draft {
  std::string subject_cn, subject_o;
  const X509_NAME* subject = nullptr;  // instead of the two above
  const X509_NAME* issuer = nullptr;   // null: the subject itself
  const crypto::PublicKey* key = nullptr;
  const crypto::PublicKey* issuer_key = nullptr;
  Validity validity;
  std::vector<std::pair<int, std::string>> extensions;  // NID, the library's text form
};

std::int64_t seconds_of(Instant t) { return t.ns / base::kNanosPerSecond; }

// SHA-256 over the key's bits, cut to 160 (RFC 7093, section 2, method 1).
Bytes key_identifier(const crypto::PublicKey& key) {
  auto spki = crypto::DerReader(key.spki()).enter(0x30);
  FLORA_CHECK(spki && spki->next(0x30), "an SPKI is a sequence");
  const auto bits = spki->next(0x03);
  FLORA_CHECK(bits && !bits->content.empty(), "an SPKI ends with its bits");
  const Hash hash = crypto::sha256(bits->content.subspan(1));
  return base::to_bytes(ByteView(hash).first(20));
}

// 16 random octets behind a first one that makes the number positive and of even length for all.
IntegerPtr serial_from(base::Random& random) {
  Bytes octets{0x40};
  base::append(octets, random.bytes(16));
  octets[0] |= octets[1] & 0x3f;
  const Bytes der = crypto::der_item(0x02, octets);
  const std::uint8_t* at = der.data();
  IntegerPtr serial(d2i_ASN1_INTEGER(nullptr, &at, static_cast<long>(der.size())));
  FLORA_CHECK(serial != nullptr, "a serial number of 17 octets");
  return serial;
}

NamePtr name_from(const std::string& common_name, const std::string& organisation) {
  NamePtr name(X509_NAME_new());
  const auto add = [&](const char* field, const std::string& value) {
    return value.empty() ||
           X509_NAME_add_entry_by_txt(name.get(), field, MBSTRING_UTF8, reinterpret_cast<const std::uint8_t*>(value.data()),
                                      static_cast<int>(value.size()), -1, 0) == 1;
  };
  if (!add("O", organisation) || !add("CN", common_name)) return nullptr;
  return name;
}

bool add_extension(X509* x509, int nid, const std::string& text) {
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, text.c_str()));
  return extension != nullptr && X509_add_ext(x509, extension.get(), -1) == 1;
}

bool add_octets_extension(X509* x509, int nid, ByteView der) {
  const std::unique_ptr<ASN1_OCTET_STRING, Freer<&ASN1_OCTET_STRING_free>> value(ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(value.get(), der.data(), static_cast<int>(der.size()));
  const ExtensionPtr extension(X509_EXTENSION_create_by_NID(nullptr, nid, 0, value.get()));
  return extension != nullptr && X509_add_ext(x509, extension.get(), -1) == 1;
}

// Subject and authority key identifiers (RFC 5280, 4.2.1.1 and 4.2.1.2).
bool add_key_identifiers(X509* x509, const crypto::PublicKey& subject, const crypto::PublicKey& issuer) {
  return add_octets_extension(x509, NID_subject_key_identifier, crypto::der_item(0x04, key_identifier(subject))) &&
         add_octets_extension(x509, NID_authority_key_identifier,
                              crypto::der_item(0x30, crypto::der_item(0x80, key_identifier(issuer))));
}

const EVP_MD* digest_for(const crypto::PrivateKey& key) {
  switch (key.kind()) {
    case KeyKind::kEd25519: return nullptr;
    case KeyKind::kP384:
    case KeyKind::kBrainpoolP384r1: return EVP_sha384();
    case KeyKind::kP521: return EVP_sha512();
    default: return EVP_sha256();
  }
}

template <class Object, class Encode>
Bytes encoded(Object* object, const Encode& encode) {
  std::uint8_t* der = nullptr;
  const int size = encode(object, &der);
  FLORA_CHECK(size > 0, "what was made can be written");
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

Result<Certificate> make_certificate(const Draft& draft, const crypto::PrivateKey& signer, base::Random& random) {
  const X509Ptr x509(X509_new());
  const NamePtr own = draft.subject == nullptr ? name_from(draft.subject_cn, draft.subject_o) : nullptr;
  const X509_NAME* subject = draft.subject == nullptr ? own.get() : draft.subject;
  if (subject == nullptr) {
    ERR_clear_error();
    return base::fail(Code::kOutOfRange, "the name is not UTF-8 of 1 to 64 characters");
  }
  const IntegerPtr serial = serial_from(random);
  bool fine = X509_set_version(x509.get(), X509_VERSION_3) == 1 && X509_set_serialNumber(x509.get(), serial.get()) == 1 &&
              X509_set_subject_name(x509.get(), subject) == 1 &&
              X509_set_issuer_name(x509.get(), draft.issuer == nullptr ? subject : draft.issuer) == 1 &&
              ASN1_TIME_set(X509_getm_notBefore(x509.get()), seconds_of(draft.validity.not_before)) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(x509.get()), seconds_of(draft.validity.not_after)) != nullptr &&
              X509_set_pubkey(x509.get(), draft.key->native()) == 1 &&
              add_key_identifiers(x509.get(), *draft.key, *draft.issuer_key);
  for (const auto& [nid, text] : draft.extensions) fine = fine && add_extension(x509.get(), nid, text);
  fine = fine && X509_sign(x509.get(), signer.native(), digest_for(signer)) > 0;
  ERR_clear_error();
  if (!fine) return base::fail(Code::kOutOfRange, "the library cannot make this certificate");
  return Certificate::parse_der(encoded(x509.get(), [](X509* x, std::uint8_t** out) { return i2d_X509(x, out); }));
}

std::vector<std::pair<int, std::string>> ca_extensions() {
  return {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"}, {NID_key_usage, "critical,keyCertSign,cRLSign"}};
}

Status check_validity(const Validity& validity) {
  if (seconds_of(validity.not_before) <= seconds_of(validity.not_after)) return {};
  return base::fail(Code::kOutOfRange, "the validity ends before it begins");
}

// Names go into the library's text form: only what cannot be taken for its syntax.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 253 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
  });
}

Result<std::string> alternative_names(const LeafRequest& request) {
  std::string out;
  const auto add = [&](std::string_view kind, const std::string& name) {
    if (!out.empty()) out += ',';
    out += fmt::format("{}:{}", kind, name);
    return is_plain_name(name) && (kind == "IP" || name.find(':') == std::string::npos);
  };
  for (const auto& name : request.dns_names) {
    if (!add("DNS", name)) return base::fail(Code::kOutOfRange, "not a host name: " + name);
  }
  for (const auto& address : request.ip_addresses) {
    if (!add("IP", address)) return base::fail(Code::kOutOfRange, "not an IP address: " + address);
  }
  return out;
}

Result<std::vector<std::pair<int, std::string>>> leaf_extensions(const LeafRequest& request) {
  const bool rsa = request.key.kind() == KeyKind::kRsa;
  const bool ed25519 = request.key.kind() == KeyKind::kEd25519;
  const bool fits = request.purpose == Purpose::kSeal ? !ed25519 && (rsa || crypto::algorithm_of(request.key.kind()))
                                                      : crypto::algorithm_of(request.key.kind()).has_value();
  if (!fits || (rsa && request.key.bits() < 3072)) {
    return base::fail(Code::kCertificateKey, fmt::format("a key of kind {} cannot serve the purpose {}",
                                                         crypto::name_of(request.key.kind()), name_of(request.purpose)));
  }
  std::vector<std::pair<int, std::string>> out;
  const auto usage = [&](std::string_view key_usage, std::string_view extended) {
    out.emplace_back(NID_key_usage, fmt::format("critical,{}", key_usage));
    out.emplace_back(NID_ext_key_usage, std::string(extended));
  };
  switch (request.purpose) {
    case Purpose::kEnvelope: usage("digitalSignature", fmt::format("critical,{}", oid::kEnvelope)); break;
    case Purpose::kSeal: usage(rsa ? "keyEncipherment" : "keyAgreement", fmt::format("critical,{}", oid::kSeal)); break;
    case Purpose::kGovern: usage("digitalSignature", fmt::format("critical,{}", oid::kGovern)); break;
    case Purpose::kNode: usage("digitalSignature", "clientAuth,serverAuth"); break;
    case Purpose::kAny: return base::fail(Code::kCertificatePurpose, "a certificate has one purpose");
  }
  FLORA_TRY(const auto names, alternative_names(request));
  if (!names.empty()) out.emplace_back(NID_subject_alt_name, names);
  return out;
}

bool add_entry(X509_CRL* crl, const RevokedEntry& entry) {
  std::unique_ptr<X509_REVOKED, Freer<&X509_REVOKED_free>> revoked(X509_REVOKED_new());
  const Bytes der = crypto::der_item(0x02, entry.serial);
  const std::uint8_t* at = der.data();
  const IntegerPtr serial(d2i_ASN1_INTEGER(nullptr, &at, static_cast<long>(der.size())));
  const std::unique_ptr<ASN1_TIME, Freer<&ASN1_TIME_free>> since(ASN1_TIME_set(nullptr, seconds_of(entry.since)));
  bool fine = serial != nullptr && since != nullptr && X509_REVOKED_set_serialNumber(revoked.get(), serial.get()) == 1 &&
              X509_REVOKED_set_revocationDate(revoked.get(), since.get()) == 1;
  if (fine && entry.reason != 0) {
    const std::unique_ptr<ASN1_ENUMERATED, Freer<&ASN1_ENUMERATED_free>> reason(ASN1_ENUMERATED_new());
    fine = ASN1_ENUMERATED_set(reason.get(), entry.reason) == 1 &&
           X509_REVOKED_add1_ext_i2d(revoked.get(), NID_crl_reason, reason.get(), 0, 0) == 1;
  }
  return fine && X509_CRL_add0_revoked(crl, revoked.release()) == 1;
}

bool add_crl_extensions(X509_CRL* crl, std::uint64_t number, const crypto::PublicKey& issuer) {
  const IntegerPtr value(ASN1_INTEGER_new());
  const std::unique_ptr<AUTHORITY_KEYID, Freer<&AUTHORITY_KEYID_free>> authority(AUTHORITY_KEYID_new());
  authority->keyid = ASN1_OCTET_STRING_new();
  const Bytes identifier = key_identifier(issuer);
  return ASN1_OCTET_STRING_set(authority->keyid, identifier.data(), static_cast<int>(identifier.size())) == 1 &&
         ASN1_INTEGER_set_uint64(value.get(), number) == 1 &&
         X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, authority.get(), 0, 0) == 1 &&
         X509_CRL_add1_ext_i2d(crl, NID_crl_number, value.get(), 0, 0) == 1;
}

}  // namespace

Result<MemberCa> MemberCa::make_root(std::string_view name, std::string_view organisation, Validity validity,
                                     base::Random& random) {
  FLORA_TRY(check_validity(validity));
  if (name.empty() || name.size() > kNameCharactersMax)
    return base::fail(Code::kOutOfRange, "a CA's name has 1 to 64 characters");
  auto key = crypto::PrivateKey::generate(KeyKind::kP256, random);
  Draft draft;
  draft.subject_cn = name;
  draft.subject_o = organisation;
  draft.key = draft.issuer_key = &key.public_key();
  draft.validity = validity;
  draft.extensions = ca_extensions();
  FLORA_TRY(auto certificate, make_certificate(draft, key, random));
  return MemberCa(std::move(certificate), std::move(key));
}

Result<MemberCa> MemberCa::from(Certificate certificate, crypto::PrivateKey key) {
  if (!base::equal(certificate.spki(), key.public_key().spki())) {
    return base::fail(Code::kCertificateKey, "the private key does not belong to the CA's certificate");
  }
  const std::uint32_t needed = KU_KEY_CERT_SIGN | KU_CRL_SIGN;
  if (!certificate.is_ca() || (X509_get_key_usage(certificate.native()) & needed) != needed) {
    return base::fail(Code::kCertificatePurpose, "the certificate is not a CA's");
  }
  return MemberCa(std::move(certificate), std::move(key));
}

Result<Certificate> MemberCa::issue(const LeafRequest& request, base::Random& random) const {
  FLORA_TRY(check_validity(request.validity));
  if (request.common_name.empty() || request.common_name.size() > kNameCharactersMax) {
    return base::fail(Code::kOutOfRange, "a name has 1 to 64 characters");
  }
  if (seconds_of(request.validity.not_before) < seconds_of(certificate_.not_before()) ||
      seconds_of(request.validity.not_after) > seconds_of(certificate_.not_after())) {
    return base::fail(Code::kOutOfRange,
                      fmt::format("the validity lies outside the CA's, {} to {}", base::to_rfc3339(certificate_.not_before()),
                                  base::to_rfc3339(certificate_.not_after())));
  }
  Draft draft;
  draft.subject_cn = request.common_name;
  draft.issuer = X509_get_subject_name(certificate_.native());
  draft.key = &request.key;
  draft.issuer_key = &key_.public_key();
  draft.validity = request.validity;
  FLORA_TRY(draft.extensions, leaf_extensions(request));
  return make_certificate(draft, key_, random);
}

Result<Crl> MemberCa::publish_crl(std::uint64_t number, Instant this_update, Instant next_update,
                                  std::span<const RevokedEntry> revoked) const {
  FLORA_TRY(check_validity({this_update, next_update}));
  const X509CrlPtr crl(X509_CRL_new());
  const std::unique_ptr<ASN1_TIME, Freer<&ASN1_TIME_free>> from(ASN1_TIME_set(nullptr, seconds_of(this_update)));
  const std::unique_ptr<ASN1_TIME, Freer<&ASN1_TIME_free>> to(ASN1_TIME_set(nullptr, seconds_of(next_update)));
  bool fine = from != nullptr && to != nullptr && X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1 &&
              X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(certificate_.native())) == 1 &&
              X509_CRL_set1_lastUpdate(crl.get(), from.get()) == 1 && X509_CRL_set1_nextUpdate(crl.get(), to.get()) == 1;
  for (const auto& entry : revoked) fine = fine && add_entry(crl.get(), entry);
  fine = fine && add_crl_extensions(crl.get(), number, key_.public_key()) && X509_CRL_sort(crl.get()) == 1 &&
         X509_CRL_sign(crl.get(), key_.native(), digest_for(key_)) > 0;
  ERR_clear_error();
  if (!fine) return base::fail(Code::kOutOfRange, "the library cannot make this revocation list");
  return Crl::parse_der(encoded(crl.get(), [](X509_CRL* x, std::uint8_t** out) { return i2d_X509_CRL(x, out); }));
}

Result<MemberCa::Rollover> MemberCa::roll_over(Validity validity, base::Random& random) const {
  FLORA_TRY(check_validity(validity));
  const auto key = crypto::PrivateKey::generate(KeyKind::kP256, random);
  Draft draft;
  draft.subject = draft.issuer = X509_get_subject_name(certificate_.native());
  draft.extensions = ca_extensions();
  draft.key = draft.issuer_key = &key.public_key();
  draft.validity = validity;
  FLORA_TRY(auto root, make_certificate(draft, key, random));
  draft.issuer_key = &key_.public_key();
  draft.validity.not_after = std::min(validity.not_after, certificate_.not_after());
  FLORA_TRY(check_validity(draft.validity));
  FLORA_TRY(auto new_with_old, make_certificate(draft, key_, random));
  draft.key = &key_.public_key();
  draft.issuer_key = &key.public_key();
  draft.validity = {certificate_.not_before(), certificate_.not_after()};
  FLORA_TRY(auto old_with_new, make_certificate(draft, key, random));
  return Rollover{MemberCa(std::move(root), key), std::move(new_with_old), std::move(old_with_new)};
}

}  // namespace flora::pki
