// SPDX-License-Identifier: EUPL-1.2
#include "pki/path.hpp"

#include <algorithm>

#include "crypto/pem.hpp"
#include "pki/test_certificates.hpp"

namespace flora::pki {
namespace {

using base::Code;
using test::at;
using test::CrlSpec;
using test::Entity;
using test::make;
using test::make_crl;
using test::Spec;

const Instant kNow = at("2025-01-15T12:00:00Z");

std::string fmt_name(int i) { return "ca " + std::to_string(i); }

std::string_view verdict(const Result<PathJudgement>& judged) { return judged ? "ok" : base::name_of(judged.error().code); }

struct Paths : ::testing::Test {
  base::SeededRandom random{77};
  Entity root = make(test::ca_spec("root"), nullptr, random);
  Crl root_crl = make_crl({}, root);

  std::string_view judge(const Entity& leaf, Purpose purpose = Purpose::kEnvelope, Instant when = kNow) {
    return verdict(
        verify_path(std::vector{root.certificate}, std::vector{leaf.certificate}, std::vector{root_crl}, when, purpose));
  }
  std::string_view judge(const Spec& leaf, Purpose purpose = Purpose::kEnvelope) {
    return judge(make(leaf, &root, random), purpose);
  }
};

TEST_F(Paths, AcceptsALeafOfEachPurpose) {
  EXPECT_EQ(judge(test::leaf_spec()), "ok");
  EXPECT_EQ(judge(test::leaf_spec("critical,keyAgreement", "1.3.6.1.4.1.59999.1.2"), Purpose::kSeal), "ok");
  EXPECT_EQ(judge(test::leaf_spec("critical,digitalSignature", "1.3.6.1.4.1.59999.1.3"), Purpose::kGovern), "ok");
  EXPECT_EQ(judge(test::leaf_spec("critical,digitalSignature", "clientAuth,serverAuth"), Purpose::kNode), "ok");
  for (const auto kind : {crypto::KeyKind::kP384, crypto::KeyKind::kEd25519}) {
    auto spec = test::leaf_spec();
    spec.kind = kind;
    EXPECT_EQ(judge(spec), "ok");
  }
}

TEST_F(Paths, NamesEverythingTheLedgerKeeps) {
  auto spec = test::leaf_spec();
  spec.from = "2025-01-01T00:00:00Z";
  spec.to = "2026-01-01T00:00:00Z";
  const auto leaf = make(spec, &root, random);
  const auto judged =
      verify_path(std::vector{root.certificate}, std::vector{leaf.certificate}, std::vector{root_crl}, kNow, Purpose::kEnvelope);
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged->key, leaf.key.public_key());
  EXPECT_EQ(judged->not_before, at("2025-01-01T00:00:00Z"));
  EXPECT_EQ(judged->not_after, at("2026-01-01T00:00:00Z"));
  ASSERT_EQ(judged->path.size(), 2U);
  EXPECT_EQ(judged->path[0], (IssuerSerial{root.certificate.subject_hash(), base::to_bytes(leaf.certificate.serial())}));
  EXPECT_EQ(judged->path[1], (IssuerSerial{root.certificate.subject_hash(), base::to_bytes(root.certificate.serial())}));
}

TEST_F(Paths, DemandsExactlyOnePurpose) {
  const auto purpose = "certificate_purpose";
  EXPECT_EQ(judge(test::leaf_spec(), Purpose::kGovern), purpose);
  EXPECT_EQ(judge(test::leaf_spec("critical,digitalSignature", "1.3.6.1.4.1.59999.1.1,1.3.6.1.4.1.59999.1.3")), purpose);
  EXPECT_EQ(judge(test::leaf_spec("critical,digitalSignature", "1.3.6.1.4.1.59999.1.1,serverAuth")), purpose);
  EXPECT_EQ(judge(test::leaf_spec("critical,digitalSignature", "serverAuth"), Purpose::kNode), purpose);
  EXPECT_EQ(judge(test::leaf_spec("critical,digitalSignature", "anyExtendedKeyUsage")), purpose);
  Spec none = test::leaf_spec();
  none.extensions.pop_back();
  EXPECT_EQ(judge(none), purpose);
  EXPECT_EQ(judge(test::leaf_spec("critical,keyAgreement")), purpose) << "cannot sign";
  EXPECT_EQ(judge(test::leaf_spec("critical,digitalSignature", "1.3.6.1.4.1.59999.1.2"), Purpose::kSeal), purpose)
      << "cannot receive";
  Spec no_usage = test::leaf_spec();
  no_usage.extensions.erase(no_usage.extensions.begin());
  EXPECT_EQ(judge(no_usage), purpose);
  EXPECT_EQ(judge(no_usage, Purpose::kAny), "ok");
}

TEST_F(Paths, ACaIsNoLeafAndAnAnchorIsNone) {
  auto spec = test::ca_spec("leaf");
  spec.extensions.emplace_back("extendedKeyUsage", "1.3.6.1.4.1.59999.1.1");
  EXPECT_EQ(judge(spec), "certificate_purpose");
  const auto leaf = make(test::leaf_spec(), &root, random);
  EXPECT_EQ(verdict(verify_path(std::vector{leaf.certificate}, std::vector{leaf.certificate}, {}, kNow, Purpose::kEnvelope)),
            "certificate_purpose");
}

TEST_F(Paths, ValidityIsInclusiveInWholeSeconds) {
  auto spec = test::leaf_spec();
  spec.from = "2025-01-10T00:00:00Z";
  spec.to = "2025-01-20T00:00:00Z";
  const auto leaf = make(spec, &root, random);
  const auto when = [&](std::string_view time) { return judge(leaf, Purpose::kEnvelope, at(time)); };
  EXPECT_EQ(when("2025-01-09T23:59:59.999Z"), "certificate_expired");
  EXPECT_EQ(when("2025-01-10T00:00:00Z"), "ok");
  EXPECT_EQ(when("2025-01-20T00:00:00.999Z"), "ok");
  EXPECT_EQ(when("2025-01-20T00:00:01Z"), "certificate_expired");
}

TEST_F(Paths, ExpiredCasCountToo) {
  auto old = test::ca_spec("root");
  old.to = "2025-01-14T00:00:00Z";
  root = make(old, nullptr, random);
  root_crl = make_crl({}, root);
  EXPECT_EQ(judge(test::leaf_spec()), "certificate_expired");
}

TEST_F(Paths, ListsAreNeededAndStayCurrentForFourteenDays) {
  const auto leaf = make(test::leaf_spec(), &root, random);
  const auto when = [&](std::string_view time, Purpose purpose = Purpose::kEnvelope) { return judge(leaf, purpose, at(time)); };
  EXPECT_EQ(when("2024-12-31T23:59:59Z"), "crl_missing") << "before thisUpdate";
  EXPECT_EQ(when("2025-01-01T00:00:00Z"), "ok");
  EXPECT_EQ(when("2025-02-01T00:00:00Z"), "ok");
  EXPECT_EQ(when("2025-02-15T00:00:00Z"), "ok") << "the last second of the grace";
  EXPECT_EQ(when("2025-02-15T00:00:01Z"), "crl_missing");
  EXPECT_EQ(when("2025-02-01T00:00:00Z", Purpose::kAny), "ok");
  EXPECT_EQ(when("2025-02-01T00:00:01Z", Purpose::kAny), "crl_missing") << "no grace in RFC 5280";
  EXPECT_EQ(verdict(verify_path(std::vector{root.certificate}, std::vector{leaf.certificate}, {}, kNow, Purpose::kEnvelope)),
            "crl_missing");
  EXPECT_EQ(verdict(verify_path(std::vector{root.certificate}, std::vector{leaf.certificate}, {}, kNow, Purpose::kAny)), "ok");
  const auto other = make(test::ca_spec("other"), nullptr, random);
  root_crl = make_crl({}, other);
  EXPECT_EQ(judge(leaf), "crl_missing") << "of another CA";
}

TEST_F(Paths, ARevokedSerialStaysRevoked) {
  const auto leaf = make(test::leaf_spec(), &root, random);
  CrlSpec revoking{.revoked = {base::to_bytes(leaf.certificate.serial())}};
  const auto old_list = make_crl(revoking, root);
  const auto new_list = make_crl({.from = "2025-01-10T00:00:00Z", .extensions = {{"crlNumber", "2"}}}, root);
  const std::vector trust{root.certificate}, chain{leaf.certificate};
  EXPECT_EQ(verdict(verify_path(trust, chain, std::vector{old_list}, kNow, Purpose::kEnvelope)), "certificate_revoked");
  EXPECT_EQ(verdict(verify_path(trust, chain, std::vector{old_list, new_list}, kNow, Purpose::kEnvelope)), "certificate_revoked");
  EXPECT_EQ(verdict(verify_path(trust, chain, std::vector{new_list, old_list}, kNow, Purpose::kAny)), "ok")
      << "RFC 5280 takes the newest";
  EXPECT_EQ(verdict(verify_path(trust, chain, std::vector{old_list}, kNow, Purpose::kAny)), "certificate_revoked");
  // A list that claims the CA's name but is signed by another key revokes nothing and counts for nothing.
  const auto stranger = make(test::ca_spec("root"), nullptr, random);
  EXPECT_EQ(verdict(verify_path(trust, chain, std::vector{make_crl(revoking, stranger)}, kNow, Purpose::kEnvelope)),
            "crl_missing");
  EXPECT_EQ(verdict(verify_path(trust, chain, std::vector{make_crl(revoking, stranger), new_list}, kNow, Purpose::kEnvelope)),
            "ok");
}

TEST_F(Paths, RefusesListsThatAreNotComplete) {
  const auto leaf = make(test::leaf_spec(), &root, random);
  const auto with = [&](std::vector<std::pair<std::string, std::string>> extensions) {
    root_crl = make_crl({.extensions = std::move(extensions)}, root);
    return std::pair(judge(leaf), judge(leaf, Purpose::kAny));
  };
  using Verdicts = std::pair<std::string_view, std::string_view>;
  EXPECT_EQ(with({{"crlNumber", "1"}}), (Verdicts{"ok", "ok"}));
  EXPECT_EQ(with({{"crlNumber", "2"}, {"deltaCRL", "1"}}), (Verdicts{"crl_malformed", "crl_malformed"}));
  EXPECT_EQ(with({{"crlNumber", "1"}, {"issuingDistributionPoint", "critical,indirectCRL:TRUE"}}),
            (Verdicts{"crl_malformed", "crl_malformed"}));
  EXPECT_EQ(with({{"crlNumber", "1"}, {"issuingDistributionPoint", "critical,onlyuser:TRUE"}}),
            (Verdicts{"crl_malformed", "ok"}));
  EXPECT_EQ(with({{"crlNumber", "1"}, {"issuingDistributionPoint", "critical,onlyCA:TRUE"}}),
            (Verdicts{"crl_malformed", "crl_missing"}));
  EXPECT_EQ(with({}), (Verdicts{"crl_malformed", "crl_malformed"})) << "no number";
  EXPECT_EQ(with({{"crlNumber", "1"}, {"1.2.3.4", "critical,DER:0500"}}), (Verdicts{"crl_malformed", "crl_malformed"}));
}

TEST_F(Paths, AllowsOnlyItsAlgorithms) {
  auto spec = test::leaf_spec();
  spec.digest = EVP_sha1();
  EXPECT_EQ(judge(spec), "certificate_key");
  EXPECT_EQ(judge(spec, Purpose::kAny), "certificate_key");
  spec.digest = EVP_sha512();
  EXPECT_EQ(judge(spec), "ok");
  root_crl = make_crl({.digest = EVP_sha1()}, root);
  EXPECT_EQ(judge(test::leaf_spec()), "certificate_key");
}

// Keys the small CA cannot make, made by the library.
crypto::PrivateKey foreign_key(EVP_PKEY* owned) {
  const std::unique_ptr<EVP_PKEY, Freer<&EVP_PKEY_free>> pkey(owned);
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freer<&PKCS8_PRIV_KEY_INFO_free>> info(EVP_PKEY2PKCS8(pkey.get()));
  std::uint8_t* der = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &der);
  auto key = crypto::PrivateKey::from_pem(crypto::encode_pem("PRIVATE KEY", ByteView(der, static_cast<std::size_t>(size))));
  OPENSSL_free(der);
  EXPECT_TRUE(key);
  return *key;
}

TEST_F(Paths, AllowsOnlyItsKeys) {
  const auto rsa2048 = foreign_key(EVP_RSA_gen(2048)), rsa3072 = foreign_key(EVP_RSA_gen(3072));
  const auto p521 = foreign_key(EVP_EC_gen("P-521")), brainpool = foreign_key(EVP_EC_gen("brainpoolP256r1"));
  const auto leaf_of = [&](const crypto::PrivateKey& key, std::string usage, std::string purpose) {
    return make(test::leaf_spec(std::move(usage), std::move(purpose)), &root, random, &key);
  };
  const auto signing = [&](const crypto::PrivateKey& key) {
    return leaf_of(key, "critical,digitalSignature", "1.3.6.1.4.1.59999.1.1");
  };
  EXPECT_EQ(judge(signing(rsa3072)), "certificate_key") << "no envelope algorithm";
  EXPECT_EQ(judge(signing(p521)), "certificate_key");
  EXPECT_EQ(judge(signing(brainpool)), "certificate_key");
  for (const auto* key : {&rsa2048, &p521, &brainpool}) EXPECT_EQ(judge(signing(*key), Purpose::kAny), "ok");
  const auto sealing = [&](const crypto::PrivateKey& key) {
    return leaf_of(key, "critical,keyEncipherment", "1.3.6.1.4.1.59999.1.2");
  };
  EXPECT_EQ(judge(sealing(rsa3072), Purpose::kSeal), "ok");
  EXPECT_EQ(judge(sealing(rsa2048), Purpose::kSeal), "certificate_key");
  for (const auto* key : {&rsa3072, &p521, &brainpool}) {
    root = make(test::ca_spec("root"), nullptr, random, key);
    root_crl = make_crl({}, root);
    EXPECT_EQ(judge(test::leaf_spec()), "ok");
  }
  root = make(test::ca_spec("root"), nullptr, random, &rsa2048);
  root_crl = make_crl({}, root);
  EXPECT_EQ(judge(test::leaf_spec()), "certificate_key");
  EXPECT_EQ(judge(test::leaf_spec(), Purpose::kAny), "ok");
}

TEST_F(Paths, RefusesWhatRfc5280Forbids) {
  const auto with = [&](std::pair<std::string, std::string> extension) {
    auto spec = test::leaf_spec();
    spec.extensions.push_back(std::move(extension));
    return judge(spec, Purpose::kAny);
  };
  EXPECT_EQ(with({"subjectAltName", "DNS:a.example"}), "ok");
  EXPECT_EQ(with({"1.2.3.4", "critical,DER:0500"}), "certificate_path") << "unknown and critical";
  EXPECT_EQ(with({"1.2.3.4", "DER:0500"}), "ok");
  const auto malformed = "certificate_malformed";
  EXPECT_EQ(with({"authorityInfoAccess", "critical,caIssuers;URI:http://a.example/"}), malformed);
  EXPECT_EQ(with({"keyUsage", "critical,digitalSignature"}), malformed) << "twice";
  EXPECT_EQ(with({"nameConstraints", "critical,permitted;DNS:a.example"}), malformed) << "in a leaf";
  EXPECT_EQ(with({"subjectAltName", "DNS:.a.example"}), malformed);
  EXPECT_EQ(with({"subjectAltName", "DNS:a..example"}), malformed);
  EXPECT_EQ(with({"subjectAltName", "email:a@b@c.example"}), malformed);
  EXPECT_EQ(with({"2.5.29.17", "DER:0403010203"}), malformed);
  auto spec = test::leaf_spec();
  spec.serial = {0};
  EXPECT_EQ(judge(spec, Purpose::kAny), malformed);
  spec.serial = Bytes(21, 1);
  EXPECT_EQ(judge(spec, Purpose::kAny), malformed);
  spec.serial = {0xff};
  EXPECT_EQ(judge(spec, Purpose::kAny), "ok");
  EXPECT_EQ(judge(spec), malformed) << "negative, on the ledger";
  spec = test::leaf_spec();
  spec.key_identifiers = false;
  EXPECT_EQ(judge(spec), malformed);
  spec = test::leaf_spec();
  spec.subject.clear();
  EXPECT_EQ(judge(spec), "certificate_path") << "no name at all";
}

TEST_F(Paths, WildcardsCannotReachExcludedNames) {
  auto constrained = test::ca_spec("root");
  constrained.extensions.emplace_back("nameConstraints", "critical,permitted;DNS:example.org,excluded;DNS:bar.example.org");
  root = make(constrained, nullptr, random);
  root_crl = make_crl({}, root);
  const auto named = [&](const std::string& name) {
    auto spec = test::leaf_spec();
    spec.extensions.emplace_back("subjectAltName", "DNS:" + name);
    return judge(spec);
  };
  EXPECT_EQ(named("foo.example.org"), "ok");
  EXPECT_EQ(named("*.foo.example.org"), "ok");
  EXPECT_EQ(named("*.example.org"), "certificate_path");
  EXPECT_EQ(named("bar.example.org"), "certificate_path");
  EXPECT_EQ(named("foo.example.com"), "certificate_path");
}

// root -> 1 -> ... -> n -> leaf, with the lists of all CAs.
std::string_view judge_depth(base::SeededRandom& random, int intermediates, Purpose purpose) {
  std::vector<Entity> cas{make(test::ca_spec("ca 0"), nullptr, random)};
  for (int i = 1; i <= intermediates; ++i) cas.push_back(make(test::ca_spec(fmt_name(i)), &cas.back(), random));
  std::vector<Certificate> chain{make(test::leaf_spec(), &cas.back(), random).certificate};
  std::vector<Crl> crls;
  for (std::size_t i = 0; i < cas.size(); ++i) {
    crls.push_back(make_crl({}, cas[i]));
    if (i > 0) chain.push_back(cas[i].certificate);
  }
  return verdict(verify_path(std::vector{cas[0].certificate}, chain, crls, kNow, purpose));
}

TEST_F(Paths, HaveABoundedDepth) {
  EXPECT_EQ(judge_depth(random, 4, Purpose::kEnvelope), "ok") << "five CAs";
  EXPECT_EQ(judge_depth(random, 5, Purpose::kEnvelope), "certificate_path");
  EXPECT_EQ(judge_depth(random, 9, Purpose::kAny), "ok") << "ten CAs";
  EXPECT_EQ(judge_depth(random, 10, Purpose::kAny), "certificate_path");
}

TEST_F(Paths, TakeThePoolInAnyOrderAndFindTheWayThatHolds) {
  // Two certificates of one intermediate: one by a root whose constraints forbid the leaf's name, one by a root without.
  auto narrow = test::ca_spec("narrow");
  narrow.extensions.emplace_back("nameConstraints", "critical,excluded;DNS:a.example");
  const auto narrow_root = make(narrow, nullptr, random);
  const auto middle_key = crypto::PrivateKey::generate(crypto::KeyKind::kP256, random);
  const auto by_narrow = make(test::ca_spec("middle"), &narrow_root, random, &middle_key);
  const auto by_root = make(test::ca_spec("middle"), &root, random, &middle_key);
  auto spec = test::leaf_spec();
  spec.extensions.emplace_back("subjectAltName", "DNS:a.example");
  const auto leaf = make(spec, &by_root, random);
  const std::vector crls{make_crl({}, root), make_crl({}, narrow_root), make_crl({}, by_root)};
  std::vector pool{by_narrow.certificate, by_root.certificate, make(test::ca_spec("else"), &root, random).certificate};
  std::ranges::sort(pool, [](const auto& a, const auto& b) { return base::compare(a.der(), b.der()) < 0; });
  do {
    std::vector chain{leaf.certificate};
    chain.insert(chain.end(), pool.begin(), pool.end());
    for (const auto& trust :
         {std::vector{root.certificate, narrow_root.certificate}, std::vector{narrow_root.certificate, root.certificate}}) {
      const auto judged = verify_path(trust, chain, crls, kNow, Purpose::kEnvelope);
      ASSERT_EQ(verdict(judged), "ok");
      EXPECT_EQ(judged->certificates[1], by_root.certificate);
    }
    EXPECT_EQ(verdict(verify_path(std::vector{narrow_root.certificate}, chain, crls, kNow, Purpose::kEnvelope)),
              "certificate_path");
  } while (std::ranges::next_permutation(pool, [](const auto& a, const auto& b) {
             return base::compare(a.der(), b.der()) < 0;
           }).found);
}

TEST_F(Paths, AnyTrustedCertificateIsAnAnchor) {
  const auto middle = make(test::ca_spec("middle"), &root, random);
  const auto leaf = make(test::leaf_spec(), &middle, random);
  const std::vector crls{make_crl({}, middle)};
  const std::vector chain{leaf.certificate};
  EXPECT_EQ(verdict(verify_path(std::vector{middle.certificate}, chain, crls, kNow, Purpose::kEnvelope)), "ok");
  EXPECT_EQ(verdict(verify_path(std::vector{root.certificate}, chain, crls, kNow, Purpose::kEnvelope)), "certificate_path");
  // The middle one revoked by its root does not matter to who trusts it directly, but to who trusts the root.
  const std::vector more{make_crl({}, middle), make_crl({.revoked = {base::to_bytes(middle.certificate.serial())}}, root)};
  const std::vector longer{leaf.certificate, middle.certificate};
  EXPECT_EQ(verdict(verify_path(std::vector{middle.certificate}, chain, more, kNow, Purpose::kEnvelope)), "ok");
  EXPECT_EQ(verdict(verify_path(std::vector{root.certificate}, longer, more, kNow, Purpose::kEnvelope)), "certificate_revoked");
}

TEST_F(Paths, HostilePoolsEndSoon) {
  // Eight CAs that all certify each other, and no anchor among them.
  std::vector<crypto::PrivateKey> keys;
  for (int i = 0; i < 8; ++i) keys.push_back(crypto::PrivateKey::generate(crypto::KeyKind::kP256, random));
  std::vector<Entity> self;
  for (int i = 0; i < 8; ++i)
    self.push_back(make(test::ca_spec(fmt_name(i)), nullptr, random, &keys[static_cast<std::size_t>(i)]));
  std::vector<Certificate> chain{make(test::leaf_spec(), &self[0], random).certificate};
  for (std::size_t a = 0; a < 8; ++a) {
    for (std::size_t b = 0; b < 8 && chain.size() < 64; ++b) {
      if (a != b) chain.push_back(make(test::ca_spec(fmt_name(static_cast<int>(a))), &self[b], random, &keys[a]).certificate);
    }
  }
  EXPECT_EQ(verdict(verify_path(std::vector{root.certificate}, chain, {}, kNow, Purpose::kAny)), "certificate_path");
  chain.resize(65, chain[0]);
  EXPECT_EQ(verdict(verify_path(std::vector{root.certificate}, chain, {}, kNow, Purpose::kAny)), "too_large");
  EXPECT_EQ(verdict(verify_path(std::vector{root.certificate}, {}, {}, kNow, Purpose::kAny)), "certificate_malformed");
}

}  // namespace
}  // namespace flora::pki
