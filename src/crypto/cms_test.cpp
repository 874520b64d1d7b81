// SPDX-License-Identifier: EUPL-1.2
#include "crypto/cms.hpp"

#include <gtest/gtest.h>

#include "crypto/cms_fixture.hpp"
#include "crypto/pem.hpp"

namespace flora::crypto {
namespace {

using base::Code;

Bytes hex(std::string_view text) { return *base::from_hex(text); }
Bytes der(std::string_view pem) { return parse_pem(pem).value()[0].der; }

struct Recipient {
  const char *certificate, *key;
};
constexpr Recipient kRecipients[] = {{fixture::kP256Certificate, fixture::kP256Key},
                                     {fixture::kBrainpoolCertificate, fixture::kBrainpoolKey},
                                     {fixture::kRsaCertificate, fixture::kRsaKey}};

TEST(Cms, UnwrapsWhatItWrapped) {
  const Bytes secret = hex(fixture::kWrappedKey);
  for (const auto& recipient : kRecipients) {
    const Bytes certificate = der(recipient.certificate);
    const auto key = PrivateKey::from_pem(recipient.key).value();
    const auto wrapped = wrap_key(certificate, secret);
    ASSERT_TRUE(wrapped) << wrapped.error().detail;
    const auto opened = unwrap_key(*wrapped, certificate, key);
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_TRUE(base::equal(*opened, secret));
    EXPECT_NE(*wrapped, wrap_key(certificate, secret).value());
  }
}

TEST(Cms, UnwrapsWhatTheOpensslProgramWrapped) {
  const Bytes secret = hex(fixture::kWrappedKey);
  const auto p256 =
      unwrap_key(hex(fixture::kForP256), der(fixture::kP256Certificate), PrivateKey::from_pem(fixture::kP256Key).value());
  ASSERT_TRUE(p256) << p256.error().detail;
  EXPECT_TRUE(base::equal(*p256, secret));
  const auto rsa =
      unwrap_key(hex(fixture::kForRsa), der(fixture::kRsaCertificate), PrivateKey::from_pem(fixture::kRsaKey).value());
  ASSERT_TRUE(rsa) << rsa.error().detail;
  EXPECT_TRUE(base::equal(*rsa, secret));
}

TEST(Cms, RefusesOtherAlgorithms) {
  const auto p256 = PrivateKey::from_pem(fixture::kP256Key).value();
  const auto rsa = PrivateKey::from_pem(fixture::kRsaKey).value();
  const auto code = [](const Result<Secret>& opened) { return opened ? Code::kOk : opened.error().code; };
  EXPECT_EQ(code(unwrap_key(hex(fixture::kWithSha1Kdf), der(fixture::kP256Certificate), p256)), Code::kUnsupportedAlgorithm);
  EXPECT_EQ(code(unwrap_key(hex(fixture::kWithPkcs1), der(fixture::kRsaCertificate), rsa)), Code::kUnsupportedAlgorithm);
  EXPECT_EQ(code(unwrap_key(hex(fixture::kWithCbc), der(fixture::kP256Certificate), p256)), Code::kMalformed);
  EXPECT_EQ(code(unwrap_key(hex(fixture::kForP256), der(fixture::kRsaCertificate), rsa)), Code::kSealBroken);
  EXPECT_EQ(code(unwrap_key({}, der(fixture::kRsaCertificate), rsa)), Code::kMalformed);
}

TEST(Cms, RefusesRecipientsThatCannotReceive) {
  const Bytes secret(32, 1);
  EXPECT_EQ(wrap_key(der(fixture::kEd25519Certificate), secret).error().code, Code::kCertificateKey);
  EXPECT_EQ(wrap_key(Bytes{1, 2, 3}, secret).error().code, Code::kMalformed);
  EXPECT_EQ(wrap_key(der(fixture::kP256Certificate), Bytes(31, 1)).error().code, Code::kOutOfRange);
}

TEST(Cms, NoticesEveryChangedByte) {
  for (const auto& recipient : kRecipients) {
    const Bytes certificate = der(recipient.certificate);
    const auto key = PrivateKey::from_pem(recipient.key).value();
    const Bytes secret(32, 9);
    const Bytes wrapped = wrap_key(certificate, secret).value();
    for (std::size_t i = 0; i < wrapped.size(); i += 1 + wrapped.size() / 200) {
      Bytes changed = wrapped;
      changed[i] ^= 1;
      const auto opened = unwrap_key(changed, certificate, key);
      // A changed version or originator spelling may still open; it must then open to the same key.
      if (opened) EXPECT_TRUE(base::equal(*opened, secret)) << i;
    }
    for (std::size_t size = 0; size < wrapped.size(); size += 7) {
      EXPECT_FALSE(unwrap_key(ByteView(wrapped).first(size), certificate, key));
    }
  }
}

}  // namespace
}  // namespace flora::crypto
