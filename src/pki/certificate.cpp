// SPDX-License-Identifier: EUPL-1.2
#include "pki/certificate.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <chrono>

#include "base/check.hpp"
#include "crypto/der.hpp"
#include "crypto/hash.hpp"
#include "crypto/pem.hpp"
#include "pki/x509_ptr.hpp"

namespace flora::pki {
namespace {

using base::Code;

constexpr std::size_t kCertificateBytesMax = 64 * 1024;
constexpr std::size_t kBundleMax = 64;

tl::unexpected<base::Error> malformed(std::string_view why) {
  ERR_clear_error();
  return base::fail(Code::kCertificateMalformed, std::string(why));
}

std::vector<std::string> usages_of(X509* x509) {
  std::vector<std::string> out;
  const std::unique_ptr<EXTENDED_KEY_USAGE, Freer<&EXTENDED_KEY_USAGE_free>> usages(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(x509, NID_ext_key_usage, nullptr, nullptr)));
  for (int i = 0; usages != nullptr && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    char text[128];
    OBJ_obj2txt(text, sizeof text, sk_ASN1_OBJECT_value(usages.get(), i), 1);
    out.emplace_back(text);
  }
  return out;
}

Bytes spki_of(X509* x509) {
  std::uint8_t* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der);
  if (size <= 0) return {};
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

}  // namespace

std::string_view name_of(Purpose purpose) {
  switch (purpose) {
    case Purpose::kEnvelope: return "envelope";
    case Purpose::kSeal: return "seal";
    case Purpose::kNode: return "node";
    case Purpose::kGovern: return "govern";
    case Purpose::kAny: return "any";
  }
  return "unknown";
}

std::optional<Purpose> purpose_from(std::string_view name) {
  for (const auto purpose : {Purpose::kEnvelope, Purpose::kSeal, Purpose::kNode, Purpose::kGovern, Purpose::kAny}) {
    if (name == name_of(purpose)) return purpose;
  }
  return std::nullopt;
}

std::optional<Instant> instant_from(const ASN1_TIME* time) {
  const auto text = base::as_text(view_of(time));
  const bool generalized = ASN1_STRING_type(time) == V_ASN1_GENERALIZEDTIME;
  const std::size_t year_digits = generalized ? 4 : 2;
  if (text.size() != year_digits + 11 || text.back() != 'Z') return std::nullopt;
  if (!std::all_of(text.begin(), text.end() - 1, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + (text[at + i] - '0');
    return value;
  };
  int year = number(0, year_digits);
  if (!generalized) year += year < 50 ? 2000 : 1900;
  const auto part = [&](std::size_t index) { return number(year_digits + 2 * index, 2); };
  const std::chrono::year_month_day day{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(part(0))),
                                        std::chrono::day(static_cast<unsigned>(part(1)))};
  if (!day.ok() || part(2) > 23 || part(3) > 59 || part(4) > 59) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
  const std::int64_t seconds = days * 86400 + part(2) * 3600 + part(3) * 60 + part(4);
  constexpr std::int64_t kLimit = 9'223'372'035;  // whole seconds an Instant can hold on either side
  return Instant::from_seconds(std::clamp(seconds, -kLimit, kLimit));
}

Bytes octets_of(const ASN1_INTEGER* value) {
  std::uint8_t* der = nullptr;
  const int size = i2d_ASN1_INTEGER(value, &der);
  if (size <= 0) return {};
  const auto item = crypto::DerReader(ByteView(der, static_cast<std::size_t>(size))).next();
  Bytes out = item ? base::to_bytes(item->content) : Bytes{};
  OPENSSL_free(der);
  return out;
}

Hash hash_of(const X509_NAME* name) {
  const std::uint8_t* der = nullptr;
  std::size_t size = 0;
  FLORA_CHECK(X509_NAME_get0_der(name, &der, &size) == 1, "a parsed name has its encoding");
  return crypto::sha256(ByteView(der, size));
}

std::string text_of(const X509_NAME* name) {
  const std::unique_ptr<BIO, Freer<&BIO_free>> out(BIO_new(BIO_s_mem()));
  FLORA_CHECK(out != nullptr, "out of memory");
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

struct Certificate::Impl {
  X509Ptr x509;
  Bytes der;
  Hash thumbprint;
  Bytes serial;
  Bytes spki;
  Instant not_before, not_after;
  std::vector<std::string> usages;
  Result<crypto::PublicKey> key;
};

Result<Certificate> Certificate::parse_der(ByteView der) {
  if (der.size() > kCertificateBytesMax)
    return base::fail(Code::kTooLarge, fmt::format("a certificate over {} bytes", kCertificateBytesMax));
  if (auto strict = crypto::check_der(der); !strict) return malformed(strict.error().detail);
  const std::uint8_t* at = der.data();
  X509Ptr x509(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (x509 == nullptr || at != der.data() + der.size()) return malformed("no X.509 certificate");
  const auto not_before = instant_from(X509_get0_notBefore(x509.get()));
  const auto not_after = instant_from(X509_get0_notAfter(x509.get()));
  if (!not_before || !not_after) return malformed("a time of the validity is not of the form RFC 5280 wants");
  // Makes the library read the extensions now, under its lock; afterwards the object is only read.
  X509_check_purpose(x509.get(), -1, 0);
  Bytes spki = spki_of(x509.get());
  auto key = crypto::PublicKey::from_spki(spki);
  Bytes serial = octets_of(X509_get0_serialNumber(x509.get()));
  auto usages = usages_of(x509.get());
  ERR_clear_error();
  return Certificate(std::make_shared<const Impl>(std::move(x509), base::to_bytes(der), crypto::sha256(der), std::move(serial),
                                                  std::move(spki), *not_before, *not_after, std::move(usages), std::move(key)));
}

Result<std::vector<Certificate>> Certificate::parse_pem_bundle(std::string_view pem) {
  auto blocks = crypto::parse_pem(pem, kBundleMax);
  if (!blocks)
    return base::fail(blocks.error().code == Code::kTooLarge ? Code::kTooLarge : Code::kCertificateMalformed,
                      blocks.error().detail);
  std::vector<Certificate> out;
  for (const auto& block : *blocks) {
    if (block.label != "CERTIFICATE") return malformed("a PEM block that is no certificate: " + block.label);
    FLORA_TRY(auto certificate, parse_der(block.der));
    out.push_back(std::move(certificate));
  }
  if (out.empty()) return malformed("no PEM block \"CERTIFICATE\"");
  return out;
}

Result<Certificate> Certificate::parse_pem(std::string_view pem) {
  FLORA_TRY(auto all, parse_pem_bundle(pem));
  if (all.size() != 1) return malformed("one certificate is expected");
  return std::move(all[0]);
}

ByteView Certificate::der() const { return impl_->der; }
std::string Certificate::pem() const { return crypto::encode_pem("CERTIFICATE", impl_->der); }
Hash Certificate::thumbprint() const { return impl_->thumbprint; }
std::string Certificate::subject() const { return text_of(X509_get_subject_name(native())); }
std::string Certificate::issuer() const { return text_of(X509_get_issuer_name(native())); }
Hash Certificate::subject_hash() const { return hash_of(X509_get_subject_name(native())); }
Hash Certificate::issuer_hash() const { return hash_of(X509_get_issuer_name(native())); }
ByteView Certificate::serial() const { return impl_->serial; }
std::string Certificate::serial_hex() const { return base::to_hex(impl_->serial); }
Instant Certificate::not_before() const { return impl_->not_before; }
Instant Certificate::not_after() const { return impl_->not_after; }
Result<crypto::PublicKey> Certificate::public_key() const { return impl_->key; }
ByteView Certificate::spki() const { return impl_->spki; }
bool Certificate::is_ca() const { return (X509_get_extension_flags(native()) & EXFLAG_CA) != 0; }
bool Certificate::self_issued() const { return (X509_get_extension_flags(native()) & EXFLAG_SI) != 0; }
const std::vector<std::string>& Certificate::extended_key_usages() const { return impl_->usages; }
x509_st* Certificate::native() const { return impl_->x509.get(); }

Result<Purpose> Certificate::purpose() const {
  const auto& usages = impl_->usages;
  if (usages.size() == 1) {
    if (usages[0] == oid::kEnvelope) return Purpose::kEnvelope;
    if (usages[0] == oid::kSeal) return Purpose::kSeal;
    if (usages[0] == oid::kGovern) return Purpose::kGovern;
  }
  const auto has = [&](std::string_view usage) { return std::ranges::find(usages, usage) != usages.end(); };
  if (usages.size() == 2 && has(oid::kServerAuth) && has(oid::kClientAuth)) return Purpose::kNode;
  return base::fail(Code::kCertificatePurpose,
                    fmt::format("its extended key usages [{}] do not name exactly one purpose", fmt::join(usages, ", ")));
}

}  // namespace flora::pki
