// SPDX-License-Identifier: EUPL-1.2
#include "pki/member_ca.hpp"

#include <gtest/gtest.h>

#include "crypto/cms.hpp"
#include "crypto/signature.hpp"
#include "pki/path.hpp"

namespace flora::pki {
namespace {

using base::Code;

Instant at(std::string_view time) { return *base::parse_rfc3339(time); }
const Validity kTenYears{at("2025-01-01T00:00:00Z"), at("2035-01-01T00:00:00Z")};
const Validity kYear{at("2025-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z")};
const Instant kNow = at("2025-06-01T00:00:00Z");

struct MemberCas : ::testing::Test {
  base::SeededRandom random{5};
  MemberCa ca = MemberCa::make_root("Test-CA", "Landesdirektion", kTenYears, random).value();

  crypto::PrivateKey fresh(crypto::KeyKind kind = crypto::KeyKind::kP256) { return crypto::PrivateKey::generate(kind, random); }
  Certificate issue(const crypto::PrivateKey& key, Purpose purpose) {
    LeafRequest request{key.public_key(), purpose, "leaf", kYear, {}, {}};
    if (purpose == Purpose::kNode) {
      request.dns_names = {"node1.example"};
      request.ip_addresses = {"127.0.0.1", "::1"};
    }
    return ca.issue(request, random).value();
  }
  Crl crl(std::uint64_t number, std::vector<RevokedEntry> revoked = {}) const {
    return ca.publish_crl(number, at("2025-05-20T00:00:00Z"), at("2025-06-20T00:00:00Z"), revoked).value();
  }
  Result<PathJudgement> judge(const Certificate& leaf, Purpose purpose, const Crl& list) const {
    return verify_path(std::vector{ca.certificate()}, std::vector{leaf}, std::vector{list}, kNow, purpose);
  }
};

TEST_F(MemberCas, IssueForEveryPurpose) {
  const auto key = fresh();
  for (const auto purpose : {Purpose::kEnvelope, Purpose::kSeal, Purpose::kNode, Purpose::kGovern}) {
    const auto leaf = issue(key, purpose);
    EXPECT_EQ(leaf.purpose().value(), purpose);
    const auto judged = judge(leaf, purpose, crl(1));
    ASSERT_TRUE(judged) << judged.error().detail;
    EXPECT_EQ(judged->not_after, kYear.not_after);
    for (const auto other : {Purpose::kEnvelope, Purpose::kSeal, Purpose::kNode, Purpose::kGovern}) {
      if (other != purpose) EXPECT_EQ(judge(leaf, other, crl(1)).error().code, Code::kCertificatePurpose);
    }
    EXPECT_TRUE(judge(leaf, Purpose::kAny, crl(1)));
  }
}

TEST_F(MemberCas, SealCertificatesReceiveKeys) {
  const auto key = fresh();
  const auto leaf = issue(key, Purpose::kSeal);
  const Bytes epoch_key(32, 7);
  const auto wrapped = crypto::wrap_key(leaf.der(), epoch_key).value();
  EXPECT_TRUE(base::equal(crypto::unwrap_key(wrapped, leaf.der(), key).value(), epoch_key));
  EXPECT_FALSE(crypto::unwrap_key(wrapped, leaf.der(), fresh()));
  EXPECT_FALSE(crypto::unwrap_key(wrapped, issue(key, Purpose::kSeal).der(), key)) << "another serial number";
}

TEST_F(MemberCas, RevokeAndCount) {
  const auto leaf = issue(fresh(), Purpose::kEnvelope);
  const auto list =
      crl(7, {{base::to_bytes(leaf.serial()), at("2025-05-01T00:00:00Z"), 1}, {{0x01}, at("2025-05-02T00:00:00Z"), 0}});
  EXPECT_EQ(list.number(), 7U);
  EXPECT_TRUE(check_crl(list, ca.certificate(), kNow));
  ASSERT_EQ(list.revoked().size(), 2U);
  EXPECT_EQ(list.revoked()[1].reason, 1);
  EXPECT_EQ(judge(leaf, Purpose::kEnvelope, list).error().code, Code::kCertificateRevoked);
}

TEST_F(MemberCas, RefuseWhatTheLedgerWouldRefuse) {
  const auto code = [&](const LeafRequest& request) {
    const auto issued = ca.issue(request, random);
    return issued ? Code::kOk : issued.error().code;
  };
  const auto key = fresh().public_key();
  const LeafRequest good{key, Purpose::kEnvelope, "leaf", kYear, {}, {}};
  EXPECT_EQ(code(good), Code::kOk);
  auto request = good;
  request.purpose = Purpose::kAny;
  EXPECT_EQ(code(request), Code::kCertificatePurpose);
  request = good;
  request.common_name = std::string(65, 'x');
  EXPECT_EQ(code(request), Code::kOutOfRange);
  request = good;
  request.common_name = "\xff\xfe";
  EXPECT_EQ(code(request), Code::kOutOfRange);
  request = good;
  request.validity.not_after = kTenYears.not_after.plus_seconds(1);
  EXPECT_EQ(code(request), Code::kOutOfRange);
  request = good;
  request.validity = {kYear.not_after, kYear.not_before};
  EXPECT_EQ(code(request), Code::kOutOfRange);
  request = good;
  request.key = fresh(crypto::KeyKind::kEd25519).public_key();
  EXPECT_EQ(code(request), Code::kOk);
  request.purpose = Purpose::kSeal;
  EXPECT_EQ(code(request), Code::kCertificateKey);
  request = good;
  request.purpose = Purpose::kNode;
  request.dns_names = {"a.example,IP:1.2.3.4"};
  EXPECT_EQ(code(request), Code::kOutOfRange);
  request.dns_names = {};
  request.ip_addresses = {"300.1.1.1"};
  EXPECT_EQ(code(request), Code::kOutOfRange);
}

TEST_F(MemberCas, ComeBackFromTheirFiles) {
  const auto again = MemberCa::from(Certificate::parse_pem(ca.certificate().pem()).value(),
                                    crypto::PrivateKey::from_pem(ca.key().pem()).value());
  ASSERT_TRUE(again);
  EXPECT_EQ(MemberCa::from(ca.certificate(), fresh()).error().code, Code::kCertificateKey);
  const auto key = fresh();
  EXPECT_EQ(MemberCa::from(issue(key, Purpose::kEnvelope), key).error().code, Code::kCertificatePurpose);
}

TEST_F(MemberCas, AreAFunctionOfTheirRandomness) {
  base::SeededRandom a(9), b(9), c(10);
  const auto spki = [](base::Random& r) { return MemberCa::make_root("x", "", kYear, r).value(); };
  const auto one = spki(a), two = spki(b), three = spki(c);
  EXPECT_EQ(one.key().public_key(), two.key().public_key());
  EXPECT_EQ(one.certificate().serial_hex(), two.certificate().serial_hex());
  EXPECT_NE(one.certificate().serial_hex(), three.certificate().serial_hex());
}

TEST_F(MemberCas, RollOver) {
  const auto old_leaf = issue(fresh(), Purpose::kEnvelope);
  const auto rolled = ca.roll_over({at("2025-05-01T00:00:00Z"), at("2040-01-01T00:00:00Z")}, random).value();
  const auto& next = rolled.next;
  const auto new_leaf =
      next.issue(
              {fresh().public_key(), Purpose::kEnvelope, "new", {at("2025-05-02T00:00:00Z"), at("2026-01-01T00:00:00Z")}, {}, {}},
              random)
          .value();
  const auto new_list = next.publish_crl(2, at("2025-05-20T00:00:00Z"), at("2025-06-20T00:00:00Z"), {}).value();
  const auto verdict = [&](const Certificate& trust, std::vector<Certificate> chain, std::vector<Crl> crls) {
    const auto judged = verify_path(std::vector{trust}, chain, crls, kNow, Purpose::kEnvelope);
    return judged ? std::string("ok") : std::string(base::name_of(judged.error().code)) + ": " + judged.error().detail;
  };
  EXPECT_EQ(verdict(next.certificate(), {new_leaf}, {new_list}), "ok");
  EXPECT_EQ(verdict(ca.certificate(), {new_leaf, rolled.new_with_old}, {new_list, crl(1)}), "ok");
  EXPECT_EQ(verdict(next.certificate(), {old_leaf, rolled.old_with_new}, {new_list, crl(1)}), "ok");
  EXPECT_EQ(verdict(ca.certificate(), {old_leaf}, {crl(1)}), "ok");
  EXPECT_NE(verdict(ca.certificate(), {new_leaf}, {new_list, crl(1)}), "ok");
  EXPECT_NE(verdict(next.certificate(), {old_leaf}, {new_list, crl(1)}), "ok");
}

}  // namespace
}  // namespace flora::pki
