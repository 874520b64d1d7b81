// SPDX-License-Identifier: EUPL-1.2
#include "pki/crl.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>

#include "base/limits.hpp"
#include "crypto/der.hpp"
#include "crypto/pem.hpp"
#include "pki/x509_ptr.hpp"

namespace flora::pki {
namespace {

using base::Code;

tl::unexpected<base::Error> malformed(std::string_view why) {
  ERR_clear_error();
  return base::fail(Code::kCrlMalformed, std::string(why));
}

// CRLNumber, which must be there and not critical (RFC 5280, 5.2.3); nullopt if it does not fit.
std::optional<std::uint64_t> number_of(X509_CRL* crl) {
  int critical = -1;
  const IntegerPtr number(static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl, NID_crl_number, &critical, nullptr)));
  std::uint64_t value = 0;
  if (number == nullptr || critical != 0 || ASN1_INTEGER_get_uint64(&value, number.get()) != 1) return std::nullopt;
  return value;
}

// nullopt: an entry that cannot be read.
std::optional<std::vector<RevokedEntry>> entries_of(X509_CRL* crl) {
  std::vector<RevokedEntry> out;
  const auto* revoked = X509_CRL_get_REVOKED(crl);
  const int count = revoked == nullptr ? 0 : sk_X509_REVOKED_num(revoked);
  out.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const X509_REVOKED* entry = sk_X509_REVOKED_value(revoked, i);
    const auto since = instant_from(X509_REVOKED_get0_revocationDate(entry));
    if (!since) return std::nullopt;
    const std::unique_ptr<ASN1_ENUMERATED, Freer<&ASN1_ENUMERATED_free>> reason(
        static_cast<ASN1_ENUMERATED*>(X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, nullptr, nullptr)));
    const long why = reason ? ASN1_ENUMERATED_get(reason.get()) : 0;
    out.push_back({octets_of(X509_REVOKED_get0_serialNumber(entry)), *since, static_cast<int>(why)});
  }
  std::ranges::sort(out, {}, &RevokedEntry::serial);
  return out;
}

bool has_extension(X509_CRL* crl, int nid) { return X509_CRL_get_ext_by_NID(crl, nid, -1) >= 0; }

bool has_unknown_critical(const STACK_OF(X509_EXTENSION) * extensions, std::initializer_list<int> known) {
  for (int i = 0; extensions != nullptr && i < sk_X509_EXTENSION_num(extensions); ++i) {
    X509_EXTENSION* extension = sk_X509_EXTENSION_value(extensions, i);
    const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
    if (X509_EXTENSION_get_critical(extension) != 0 && std::ranges::find(known, nid) == known.end()) return true;
  }
  return false;
}

bool signed_by(X509_CRL* crl, X509* ca) {
  const bool fine = X509_CRL_verify(crl, X509_get0_pubkey(ca)) == 1;
  ERR_clear_error();
  return fine;
}

}  // namespace

struct Crl::Impl {
  X509CrlPtr crl;
  Bytes der;
  std::optional<std::uint64_t> number;
  Instant this_update;
  std::optional<Instant> next_update;
  std::vector<RevokedEntry> revoked;
};

Result<Crl> Crl::parse_der(ByteView der) {
  if (der.size() > base::limits::kCrlBytesMax) {
    return base::fail(Code::kTooLarge, fmt::format("a revocation list over {} bytes", base::limits::kCrlBytesMax));
  }
  if (auto strict = crypto::check_der(der); !strict) return malformed(strict.error().detail);
  const std::uint8_t* at = der.data();
  X509CrlPtr crl(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  if (crl == nullptr || at != der.data() + der.size()) return malformed("no X.509 revocation list");
  const auto this_update = instant_from(X509_CRL_get0_lastUpdate(crl.get()));
  const auto* end = X509_CRL_get0_nextUpdate(crl.get());
  const auto next_update = end == nullptr ? std::nullopt : instant_from(end);
  if (!this_update || (end != nullptr && !next_update)) return malformed("a time is not of the form RFC 5280 wants");
  auto revoked = entries_of(crl.get());
  if (!revoked) return malformed("an entry cannot be read");
  const auto number = number_of(crl.get());
  ERR_clear_error();
  return Crl(
      std::make_shared<const Impl>(std::move(crl), base::to_bytes(der), number, *this_update, next_update, *std::move(revoked)));
}

Result<std::vector<Crl>> Crl::parse_pem_bundle(std::string_view pem) {
  auto blocks = crypto::parse_pem(pem);
  if (!blocks)
    return base::fail(blocks.error().code == Code::kTooLarge ? Code::kTooLarge : Code::kCrlMalformed, blocks.error().detail);
  std::vector<Crl> out;
  for (const auto& block : *blocks) {
    if (block.label != "X509 CRL") return malformed("a PEM block that is no revocation list: " + block.label);
    FLORA_TRY(auto crl, parse_der(block.der));
    out.push_back(std::move(crl));
  }
  if (out.empty()) return malformed("no PEM block \"X509 CRL\"");
  return out;
}

Result<Crl> Crl::parse_pem(std::string_view pem) {
  FLORA_TRY(auto all, parse_pem_bundle(pem));
  if (all.size() != 1) return malformed("one revocation list is expected");
  return std::move(all[0]);
}

ByteView Crl::der() const { return impl_->der; }
std::string Crl::pem() const { return crypto::encode_pem("X509 CRL", impl_->der); }
Hash Crl::issuer_hash() const { return hash_of(X509_CRL_get_issuer(native())); }
std::string Crl::issuer() const { return text_of(X509_CRL_get_issuer(native())); }
std::optional<std::uint64_t> Crl::number() const { return impl_->number; }
Instant Crl::this_update() const { return impl_->this_update; }
std::optional<Instant> Crl::next_update() const { return impl_->next_update; }
const std::vector<RevokedEntry>& Crl::revoked() const { return impl_->revoked; }
X509_crl_st* Crl::native() const { return impl_->crl.get(); }

bool Crl::lists(ByteView serial) const {
  const auto found = std::ranges::lower_bound(
      impl_->revoked, serial, [](ByteView a, ByteView b) { return base::compare(a, b) < 0; }, &RevokedEntry::serial);
  return found != impl_->revoked.end() && base::equal(found->serial, serial);
}

Status Crl::check_complete() const {
  X509_CRL* crl = native();
  if (has_extension(crl, NID_delta_crl)) return malformed("delta revocation lists are not supported");
  const IssuingPointPtr point(
      static_cast<ISSUING_DIST_POINT*>(X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, nullptr, nullptr)));
  if (has_extension(crl, NID_issuing_distribution_point) && point == nullptr)
    return malformed("the issuing distribution point cannot be read");
  if (point != nullptr && point->indirectCRL != 0) return malformed("indirect revocation lists are not supported");
  return {};
}

Status Crl::check_profile() const {
  X509_CRL* crl = native();
  if (X509_CRL_get_version(crl) != X509_CRL_VERSION_2) return malformed("not version 2");
  if (!impl_->number) return malformed("the list number is missing, critical or too large");
  if (!impl_->next_update) return malformed("nextUpdate is missing");
  if (has_unknown_critical(X509_CRL_get0_extensions(crl), {NID_issuing_distribution_point, NID_delta_crl})) {
    return malformed("an unknown critical extension");
  }
  const auto* revoked = X509_CRL_get_REVOKED(crl);
  for (int i = 0; revoked != nullptr && i < sk_X509_REVOKED_num(revoked); ++i) {
    if (has_unknown_critical(X509_REVOKED_get0_extensions(sk_X509_REVOKED_value(revoked, i)),
                             {NID_crl_reason, NID_certificate_issuer})) {
      return malformed("an entry with an unknown critical extension");
    }
  }
  const auto twice = std::ranges::adjacent_find(impl_->revoked, {}, &RevokedEntry::serial);
  if (twice != impl_->revoked.end()) return malformed("a serial number stands twice");
  const X509_ALGOR* algorithm = nullptr;
  X509_CRL_get0_signature(crl, nullptr, &algorithm);
  if (!is_allowed_signature(algorithm))
    return base::fail(Code::kCertificateKey, "the revocation list is signed with an algorithm that is not allowed");
  return {};
}

Status Crl::check_supported() const {
  FLORA_TRY(check_complete());
  FLORA_TRY(check_profile());
  if (has_extension(native(), NID_issuing_distribution_point))
    return malformed("lists of a part of the certificates are not supported");
  return {};
}

Status check_crl(const Crl& crl, const Certificate& ca, Instant at) {
  FLORA_TRY(crl.check_supported());
  X509* issuer = ca.native();
  if (X509_NAME_cmp(X509_CRL_get_issuer(crl.native()), X509_get_subject_name(issuer)) != 0) {
    return base::fail(Code::kCertificatePath, "the revocation list names another issuer");
  }
  if (!ca.is_ca() || (X509_get_key_usage(issuer) & KU_CRL_SIGN) == 0) {
    return base::fail(Code::kCertificatePurpose, "the certificate may not sign revocation lists");
  }
  FLORA_TRY(ca.public_key());
  if (!signed_by(crl.native(), issuer)) return base::fail(Code::kBadSignature, "the revocation list is not signed by this CA");
  if (!is_current(crl, at, base::limits::kCrlGraceSeconds)) {
    return base::fail(Code::kCrlMissing, "the revocation list is not current");
  }
  return {};
}

bool is_current(const Crl& crl, Instant at, std::int64_t grace_seconds) {
  const std::int64_t second =
      at.ns >= 0 ? at.ns / base::kNanosPerSecond : -((-at.ns + base::kNanosPerSecond - 1) / base::kNanosPerSecond);
  const auto seconds = [](Instant t) { return t.ns / base::kNanosPerSecond; };  // whole seconds already
  return crl.next_update() && seconds(crl.this_update()) <= second && second <= seconds(*crl.next_update()) + grace_seconds;
}

}  // namespace flora::pki
