// SPDX-License-Identifier: EUPL-1.2
#include "crypto/cms.hpp"

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>

#include "crypto/der.hpp"
#include "crypto/key_impl.hpp"

namespace flora::crypto {
namespace {

using base::Code;
using CmsPtr = std::unique_ptr<CMS_ContentInfo, Freer<&CMS_ContentInfo_free>>;
using X509Ptr = std::unique_ptr<X509, Freer<&X509_free>>;
using BioPtr = std::unique_ptr<BIO, Freer<&BIO_free>>;

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kWrapBytesMax = 16 * 1024;  // RSA of 16384 bits needs 2.2 KiB

constexpr std::string_view kAuthEnvelopedData = "1.2.840.113549.1.9.16.1.23";
constexpr std::string_view kData = "1.2.840.113549.1.7.1";
constexpr std::string_view kAes256Gcm = "2.16.840.1.101.3.4.1.46";
constexpr std::string_view kAes256Wrap = "2.16.840.1.101.3.4.1.45";
constexpr std::string_view kEcdhSha256Kdf = "1.3.132.1.11.1";  // dhSinglePass-stdDH-sha256kdf-scheme
constexpr std::string_view kRsaOaep = "1.2.840.113549.1.1.7";
constexpr std::string_view kMgf1 = "1.2.840.113549.1.1.8";
constexpr std::string_view kSha256 = "2.16.840.1.101.3.4.2.1";

tl::unexpected<base::Error> refused(Code code, std::string_view why) {
  ERR_clear_error();
  return base::fail(code, std::string(why));
}

Result<X509Ptr> certificate_from(ByteView der) {
  const std::uint8_t* at = der.data();
  X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (certificate == nullptr || at != der.data() + der.size()) return refused(Code::kMalformed, "no X.509 certificate");
  return certificate;
}

// Names the algorithms of the recipient's part; without this the library would take SHA-1.
bool choose_algorithms(CMS_RecipientInfo* recipient) {
  EVP_PKEY_CTX* context = CMS_RecipientInfo_get0_pkey_ctx(recipient);
  if (context == nullptr) return false;
  if (CMS_RecipientInfo_type(recipient) == CMS_RECIPINFO_AGREE) return EVP_PKEY_CTX_set_ecdh_kdf_md(context, EVP_sha256()) == 1;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1;
}

bool is_oid(const DerItem& item, std::string_view dotted) {
  return item.tag == 0x06 && base::equal(item.content, der_oid(dotted));
}

tl::unexpected<base::Error> unsupported(std::string_view what) {
  return base::fail(Code::kUnsupportedAlgorithm, std::string(what));
}

// KeyAgreeRecipientInfo (RFC 5652, 6.2.2), content of the [1].
Status check_key_agreement(DerReader parts) {
  FLORA_TRY(parts.next(0x02));
  FLORA_TRY(parts.next(0xa0));  // originator
  if (parts.peek() == 0xa1) return unsupported("user keying material");
  FLORA_TRY(auto algorithm, parts.enter(0x30));
  FLORA_TRY(const auto scheme, algorithm.next());
  if (!is_oid(scheme, kEcdhSha256Kdf)) return unsupported("key agreement other than ECDH with SHA-256");
  FLORA_TRY(auto wrap, algorithm.enter(0x30));
  FLORA_TRY(const auto cipher, wrap.next());
  if (!is_oid(cipher, kAes256Wrap)) return unsupported("key wrap other than AES-256");
  FLORA_TRY(auto keys, parts.enter(0x30));
  FLORA_TRY(keys.next(0x30));
  if (!keys.at_end() || !parts.at_end()) return base::fail(Code::kMalformed, "more than one recipient");
  return {};
}

// KeyTransRecipientInfo (RFC 5652, 6.2.1).
Status check_key_transport(DerReader parts) {
  FLORA_TRY(parts.next(0x02));
  FLORA_TRY(parts.next(0x30));
  FLORA_TRY(const auto algorithm, parts.next(0x30));
  // RSAES-OAEP with SHA-256 for both, no label: SEQUENCE { oid, SEQUENCE { [0] sha256, [1] mgf1 with sha256 } }.
  const auto hash = [](bool with_null) {
    Bytes inside = der_item(0x06, der_oid(kSha256));
    if (with_null) base::append(inside, der_item(0x05, {}));
    return der_item(0x30, inside);
  };
  for (const bool with_null : {true, false}) {
    Bytes mgf = der_item(0x06, der_oid(kMgf1));
    base::append(mgf, hash(with_null));
    Bytes parameters = der_item(0xa0, hash(with_null));
    base::append(parameters, der_item(0xa1, der_item(0x30, mgf)));
    Bytes expected = der_item(0x06, der_oid(kRsaOaep));
    base::append(expected, der_item(0x30, parameters));
    if (base::equal(algorithm.content, expected)) return {};
  }
  return unsupported("key transport other than RSAES-OAEP with SHA-256");
}

// EncryptedContentInfo: data, AES-256-GCM with a 96-bit nonce and a 128-bit tag, 32 bytes of ciphertext.
Status check_content(DerReader parts) {
  FLORA_TRY(const auto type, parts.next());
  if (!is_oid(type, kData)) return base::fail(Code::kMalformed, "the content is not plain data");
  FLORA_TRY(auto algorithm, parts.enter(0x30));
  FLORA_TRY(const auto cipher, algorithm.next());
  if (!is_oid(cipher, kAes256Gcm)) return unsupported("content cipher other than AES-256-GCM");
  FLORA_TRY(auto parameters, algorithm.enter(0x30));
  FLORA_TRY(const auto nonce, parameters.next(0x04));
  FLORA_TRY(const auto tag_size, parameters.next(0x02));
  if (nonce.content.size() != 12 || tag_size.content.size() != 1 || tag_size.content[0] != 16)
    return unsupported("sizes of AES-GCM");
  FLORA_TRY(const auto ciphertext, parts.next(0x80));
  if (ciphertext.content.size() != kKeyBytes || !parts.at_end())
    return base::fail(Code::kSealBroken, "the content has not 32 bytes");
  return {};
}

// The library would accept much more than `wrap_key` writes, weak algorithms included; the shape is checked before it is asked.
Status check_shape(ByteView der) {
  if (der.size() > kWrapBytesMax) return base::fail(Code::kMalformed, "a wrapped key is never this large");
  FLORA_TRY(check_der(der));
  FLORA_TRY(auto content_info, DerReader(der).enter(0x30));
  FLORA_TRY(const auto type, content_info.next());
  if (!is_oid(type, kAuthEnvelopedData)) return base::fail(Code::kMalformed, "no AuthEnvelopedData");
  FLORA_TRY(auto tagged, content_info.enter(0xa0));
  FLORA_TRY(auto parts, tagged.enter(0x30));
  FLORA_TRY(const auto version, parts.next(0x02));
  if (version.content.size() != 1 || version.content[0] != 0) return base::fail(Code::kMalformed, "version is not 0");
  FLORA_TRY(auto recipients, parts.enter(0x31));
  FLORA_TRY(const auto recipient, recipients.next());
  if (!recipients.at_end()) return base::fail(Code::kMalformed, "more than one recipient");
  if (recipient.tag != 0xa1 && recipient.tag != 0x30) return unsupported("kind of recipient");
  const DerReader inside(recipient.content);
  FLORA_TRY(recipient.tag == 0xa1 ? check_key_agreement(inside) : check_key_transport(inside));
  FLORA_TRY(auto content, parts.enter(0x30));
  FLORA_TRY(check_content(content));
  FLORA_TRY(const auto tag, parts.next(0x04));
  if (tag.content.size() != 16 || !parts.at_end())
    return base::fail(Code::kMalformed, "a tag of 16 bytes and nothing after it is expected");
  return {};
}

}  // namespace

Result<Bytes> wrap_key(ByteView recipient_certificate_der, ByteView key) {
  if (key.size() != kKeyBytes) return base::fail(Code::kOutOfRange, "a key of 32 bytes is expected");
  FLORA_TRY(const auto certificate, certificate_from(recipient_certificate_der));
  const EVP_PKEY* recipient_key = X509_get0_pubkey(certificate.get());
  if (recipient_key == nullptr || !(EVP_PKEY_is_a(recipient_key, "EC") || EVP_PKEY_is_a(recipient_key, "RSA"))) {
    return refused(Code::kCertificateKey, "only EC and RSA keys can receive a key");
  }
  const CmsPtr cms(CMS_AuthEnvelopedData_create(EVP_aes_256_gcm()));
  CMS_RecipientInfo* recipient = cms ? CMS_add1_recipient_cert(cms.get(), certificate.get(), CMS_KEY_PARAM) : nullptr;
  const BioPtr content(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())));
  if (recipient == nullptr || !choose_algorithms(recipient) || CMS_set_detached(cms.get(), 0) != 1 ||
      CMS_final(cms.get(), content.get(), nullptr, CMS_BINARY) != 1) {
    return refused(Code::kCertificateKey, "the library cannot wrap for this key");
  }
  std::uint8_t* der = nullptr;
  const int size = i2d_CMS_ContentInfo(cms.get(), &der);
  if (size <= 0) return refused(Code::kInternal, "CMS cannot be written");
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

Result<Secret> unwrap_key(ByteView cms_der, ByteView recipient_certificate_der, const PrivateKey& key) {
  FLORA_TRY(check_shape(cms_der));
  FLORA_TRY(const auto certificate, certificate_from(recipient_certificate_der));
  const std::uint8_t* at = cms_der.data();
  const CmsPtr cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(cms_der.size())));
  if (cms == nullptr || at != cms_der.data() + cms_der.size()) return refused(Code::kMalformed, "no CMS message");
  if (CMS_decrypt_set1_pkey(cms.get(), key.native(), certificate.get()) != 1) {
    return refused(Code::kSealBroken, "the key is not wrapped for this certificate");
  }
  const BioPtr out(BIO_new(BIO_s_secmem()));
  if (out == nullptr || CMS_decrypt(cms.get(), nullptr, nullptr, nullptr, out.get(), CMS_BINARY) != 1) {
    return refused(Code::kSealBroken, "the wrapped key does not open");
  }
  Bytes opened(kKeyBytes + 1);
  const int size = BIO_read(out.get(), opened.data(), static_cast<int>(opened.size()));
  Secret secret(Bytes(opened.begin(), opened.begin() + std::max(size, 0)));
  wipe(opened);
  ERR_clear_error();
  if (secret.size() != kKeyBytes) return base::fail(Code::kSealBroken, "the wrapped key has not 32 bytes");
  return secret;
}

}  // namespace flora::crypto
