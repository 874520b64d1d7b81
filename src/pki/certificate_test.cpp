// SPDX-License-Identifier: EUPL-1.2
#include "pki/certificate.hpp"

#include "pki/test_certificates.hpp"

namespace flora::pki {
namespace {

using base::Code;
using test::at;

TEST(Certificates, TellWhatStandsInThem) {
  base::SeededRandom random(1);
  const auto root = test::make(test::ca_spec("Müller & Söhne"), nullptr, random);
  auto spec = test::leaf_spec();
  spec.serial = {0x00, 0xab, 0xcd};
  spec.from = "2025-03-01T10:11:12Z";
  spec.to = "2055-03-01T10:11:12Z";  // beyond UTCTime
  const auto leaf = test::make(spec, &root, random).certificate;
  EXPECT_EQ(leaf.subject(), "CN=leaf");
  EXPECT_EQ(leaf.issuer(), "CN=Müller & Söhne");
  EXPECT_EQ(leaf.issuer_hash(), root.certificate.subject_hash());
  EXPECT_EQ(leaf.serial_hex(), "00abcd");
  EXPECT_EQ(leaf.not_before(), at(spec.from));
  EXPECT_EQ(leaf.not_after(), at(spec.to));
  EXPECT_FALSE(leaf.is_ca());
  EXPECT_TRUE(root.certificate.is_ca());
  EXPECT_TRUE(root.certificate.self_issued());
  EXPECT_EQ(leaf.purpose().value(), Purpose::kEnvelope);
  EXPECT_FALSE(root.certificate.purpose());
  EXPECT_EQ(leaf.extended_key_usages(), std::vector<std::string>{"1.3.6.1.4.1.59999.1.1"});
  EXPECT_EQ(Certificate::parse_pem(leaf.pem()).value(), leaf);
  EXPECT_EQ(Certificate::parse_pem_bundle(leaf.pem() + root.certificate.pem()).value().size(), 2U);
  EXPECT_TRUE(base::equal(leaf.public_key().value().spki(), leaf.spki()));
}

TEST(Certificates, RefuseWhatIsNoDer) {
  base::SeededRandom random(2);
  const auto certificate = test::make(test::leaf_spec(), nullptr, random).certificate;
  const Bytes der = base::to_bytes(certificate.der());
  for (std::size_t size = 0; size < der.size(); ++size) {
    const auto parsed = Certificate::parse_der(ByteView(der).first(size));
    ASSERT_FALSE(parsed);
    ASSERT_EQ(parsed.error().code, Code::kCertificateMalformed);
  }
  Bytes trailing = der;
  trailing.push_back(0);
  EXPECT_FALSE(Certificate::parse_der(trailing));
  EXPECT_EQ(Certificate::parse_der(Bytes(70'000, 0x30)).error().code, Code::kTooLarge);
  EXPECT_FALSE(Certificate::parse_pem("no PEM at all"));
  EXPECT_FALSE(Certificate::parse_pem(certificate.pem() + certificate.pem()));
  EXPECT_FALSE(Certificate::parse_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"));
  // Flipped bits: refused, or another certificate, never a crash.
  for (std::size_t bit = 0; bit < der.size() * 8; bit += 3) {
    Bytes changed = der;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    if (const auto parsed = Certificate::parse_der(changed)) {
      EXPECT_NE(parsed->thumbprint(), certificate.thumbprint());
      (void)parsed->subject();
      (void)parsed->purpose();
    }
  }
}

TEST(Certificates, ReadTimesStrictly) {
  const auto read = [](int type, std::string_view text) {
    const std::unique_ptr<ASN1_STRING, Freer<&ASN1_STRING_free>> time(ASN1_STRING_type_new(type));
    ASN1_STRING_set(time.get(), text.data(), static_cast<int>(text.size()));
    const auto instant = instant_from(time.get());
    return instant ? base::to_rfc3339(*instant) : std::string("refused");
  };
  EXPECT_EQ(read(V_ASN1_UTCTIME, "490101000000Z"), "2049-01-01T00:00:00Z");
  EXPECT_EQ(read(V_ASN1_UTCTIME, "500101000000Z"), "1950-01-01T00:00:00Z");
  EXPECT_EQ(read(V_ASN1_GENERALIZEDTIME, "20240229235959Z"), "2024-02-29T23:59:59Z");
  EXPECT_EQ(read(V_ASN1_GENERALIZEDTIME, "20230229235959Z"), "refused");
  EXPECT_EQ(read(V_ASN1_GENERALIZEDTIME, "20240229235959.5Z"), "refused");
  EXPECT_EQ(read(V_ASN1_GENERALIZEDTIME, "20240229235959+0100"), "refused");
  EXPECT_EQ(read(V_ASN1_UTCTIME, "2401010000Z"), "refused");
  EXPECT_EQ(read(V_ASN1_UTCTIME, "240101240000Z"), "refused");
  EXPECT_EQ(read(V_ASN1_GENERALIZEDTIME, "99991231235959Z").substr(0, 4), "2262") << "no end within the range of an instant";
}

TEST(Crls, TellWhatStandsInThem) {
  base::SeededRandom random(3);
  const auto root = test::make(test::ca_spec("root"), nullptr, random);
  const auto crl = test::make_crl({.revoked = {{0x05}, {0x01}, {0x00, 0x80}}, .extensions = {{"crlNumber", "9"}}}, root);
  EXPECT_EQ(crl.number(), 9U);
  EXPECT_EQ(crl.issuer_hash(), root.certificate.subject_hash());
  EXPECT_EQ(crl.revoked().size(), 3U);
  EXPECT_TRUE(crl.lists(Bytes{0x05}));
  EXPECT_TRUE(crl.lists(Bytes{0x00, 0x80}));
  EXPECT_FALSE(crl.lists(Bytes{0x80}));
  EXPECT_FALSE(crl.lists(Bytes{0x02}));
  EXPECT_EQ(Crl::parse_pem(crl.pem()).value().number(), 9U);
  const Bytes der = base::to_bytes(crl.der());
  for (std::size_t size = 0; size < der.size(); ++size) {
    ASSERT_EQ(Crl::parse_der(ByteView(der).first(size)).error().code, Code::kCrlMalformed);
  }
}

TEST(Crls, AreJudgedForPublication) {
  base::SeededRandom random(4);
  const auto root = test::make(test::ca_spec("root"), nullptr, random),
             other = test::make(test::ca_spec("other"), nullptr, random);
  const auto same_name = test::make(test::ca_spec("root"), nullptr, random);
  auto no_crl_sign = test::ca_spec("root");
  no_crl_sign.extensions[1].second = "critical,keyCertSign";
  const auto code = [](const Status& status) { return status ? Code::kOk : status.error().code; };
  const auto now = at("2025-01-15T00:00:00Z");
  const auto crl = test::make_crl({}, root);
  EXPECT_EQ(code(check_crl(crl, root.certificate, now)), Code::kOk);
  EXPECT_EQ(code(check_crl(crl, other.certificate, now)), Code::kCertificatePath);
  EXPECT_EQ(code(check_crl(crl, same_name.certificate, now)), Code::kBadSignature);
  EXPECT_EQ(code(check_crl(crl, test::make(no_crl_sign, nullptr, random, &root.key).certificate, now)),
            Code::kCertificatePurpose);
  EXPECT_EQ(code(check_crl(crl, root.certificate, at("2024-12-31T00:00:00Z"))), Code::kCrlMissing);
  EXPECT_EQ(code(check_crl(crl, root.certificate, at("2025-02-15T00:00:00Z"))), Code::kOk);
  EXPECT_EQ(code(check_crl(crl, root.certificate, at("2025-02-15T00:00:01Z"))), Code::kCrlMissing);
  EXPECT_EQ(code(check_crl(test::make_crl({.to = ""}, root), root.certificate, now)), Code::kCrlMalformed);
  EXPECT_EQ(code(check_crl(test::make_crl({.revoked = {{1}, {1}}}, root), root.certificate, now)), Code::kCrlMalformed);
  EXPECT_EQ(code(check_crl(test::make_crl({.digest = EVP_sha1()}, root), root.certificate, now)), Code::kCertificateKey);
}

}  // namespace
}  // namespace flora::pki
