// SPDX-License-Identifier: EUPL-1.2
#include "ledger/golden.hpp"

#include <functional>
#include <string>

#include "base/bytes.hpp"
#include "crypto/signature.hpp"
#include "crypto/smt.hpp"
#include "ledger/block.hpp"
#include "ledger/envelope.hpp"
#include "pki/path.hpp"

namespace flora::ledger {

using base::Bytes;
using base::Code;
using base::Hash;
using base::Instant;
using base::Status;

namespace {

Bytes hex(std::string_view text) { return base::from_hex(text).value_or(Bytes{}); }

// --- signatures over the ASCII text "flora/golden/1"

constexpr std::string_view kMessage = "flora/golden/1";
constexpr std::string_view kP256 =
    "3059301306072a8648ce3d020106082a8648ce3d030107034200047c8483b6c9f412d4a77986e675075e5e6a7b5bb96be7cc7e34e4726dbb"
    "257778172b0c550b932ad2dfb56eb47d8825c636b6eee98e52a23cdfc3bd9041acc66f";
constexpr std::string_view kP384 =
    "3076301006072a8648ce3d020106052b8104002203620004168da45b753e336b3c9f81216ada636b95431e7aafdfa92b088bdebee1024a43"
    "23d2407fe9fbe8718db22208b52bc81919dad62dfef72945d4e986bffacda1018b93e31779b7a40970fdcb9b87a354d6a9feb552982bfa28"
    "704f071e73163e87";
constexpr std::string_view kEd25519 = "302a300506032b6570032100da79ca0ddb902d3da51b499d203631ef36ba832ff1ee9fdbb65cd567fff1819f";
constexpr std::string_view kEs256Signature =
    "f9576f663c38486a640319073ff3d6a91be8e73e772ae035614b3d23786d453e78e9a246d057fbe6bc2b6f69876c60872507e9407a45cbf2"
    "84b6ace60cc9ba5a";
// The same with n - s: valid ECDSA, but not ours.
constexpr std::string_view kEs256HighS =
    "f9576f663c38486a640319073ff3d6a91be8e73e772ae035614b3d23786d453e87165db82fa8041a43d4909678939f7897df116d2cd1d292"
    "6f031ddcef996af7";
constexpr std::string_view kEs384Signature =
    "e4dcac21af66868fbe743d53382003518a6da0bb8e587892816e585cb743376349f2efe4088b26f776e098ad73dbaa9d46005919728a6532"
    "cbf0867a0eee4cd3cea6a602b2eb2bf9af6dcecf9d1b5d2f5e95e7e71dd4c37b4521e0b31f3cfcd8";
constexpr std::string_view kEdDsaSignature =
    "01f910e87d295d3912e00db054459e7e1871e31c3fa0aedceb118c9884fd2483659b4db545a9daff49b26bf66deab5575048bc7eda5cda99"
    "27cf1df61c02dd04";

struct GoldenSignature {
  const char* what;
  crypto::Algorithm algorithm;
  std::string_view key, signature;
  bool valid;
};
constexpr GoldenSignature kSignatures[] = {
    {"ES256", crypto::Algorithm::kEs256, kP256, kEs256Signature, true},
    {"ES256 with the greater s", crypto::Algorithm::kEs256, kP256, kEs256HighS, false},
    {"ES384", crypto::Algorithm::kEs384, kP384, kEs384Signature, true},
    {"ES384 under a key of P-256", crypto::Algorithm::kEs384, kP256, kEs384Signature, false},
    {"EdDSA", crypto::Algorithm::kEdDsa, kEd25519, kEdDsaSignature, true},
    {"EdDSA, another's", crypto::Algorithm::kEdDsa, kEd25519, kEs256Signature, false},
};

bool judges(const GoldenSignature& golden) {
  const auto key = crypto::PublicKey::from_spki(hex(golden.key));
  return key && crypto::verify(golden.algorithm, *key, base::as_bytes(kMessage), hex(golden.signature)) == golden.valid;
}

// Key and R are the neutral element, s = 0: ZIP-215 accepts it for any message, libsodium refuses keys of small order.
bool judges_small_order() {
  Bytes key(32, 0);
  key[0] = 1;
  Bytes signature(64, 0);
  signature[0] = 1;
  const auto parsed = crypto::PublicKey::from_raw(crypto::KeyKind::kEd25519, key);
  return crypto::verify_zip215(key, base::as_bytes(kMessage), signature) &&
         !(parsed && crypto::verify(crypto::Algorithm::kEdDsa, *parsed, base::as_bytes(kMessage), signature));
}

// --- certificates, judged at 2026-01-10

constexpr std::string_view kCa =
    "308201af30820155a003020102021143c312e9160c6a179f194ca7e17bdc8495300a06082a8648ce3d0403023025310f300d060355040a0c"
    "06476f6c64656e3112301006035504030c09476f6c64656e204341301e170d3236303130313030303030305a170d33353132333030303030"
    "30305a3025310f300d060355040a0c06476f6c64656e3112301006035504030c09476f6c64656e2043413059301306072a8648ce3d020106"
    "082a8648ce3d0301070342000453b859fbcb3eb7ddb83363ce14bb015a1ec4021ac883925e0c3dc2ead30b62af587fcf4da5467174a0b960"
    "7e08d4561b6a88a56c904d05ed574bacf37ca09e9ba3663064301d0603551d0e041604143b73a21c286503bca69962d10f482f275ee45f52"
    "301f0603551d230418301680143b73a21c286503bca69962d10f482f275ee45f5230120603551d130101ff040830060101ff020100300e06"
    "03551d0f0101ff040403020106300a06082a8648ce3d040302034800304502201a4753df8c552ef0d1d07e141be99472af4333a932cf40ac"
    "aec20901e4f049e0022100aa00269066cd8dc5f74608722863eb955a79d2d38b4c19b3d437a413d78b6902";
constexpr std::string_view kLeaf =
    "3082019f30820145a0030201020211414108ed80a323f767b99e34897d554d71300a06082a8648ce3d0403023025310f300d060355040a0c"
    "06476f6c64656e3112301006035504030c09476f6c64656e204341301e170d3236303130313030303030305a170d32373031303130303030"
    "30305a300f310d300b06035504030c046e6f64653059301306072a8648ce3d020106082a8648ce3d0301070342000422c3172e3eff6bc234"
    "8113928cf6d532b473a6142c3897635cc59a659f30fe59faa10ad471c391c4b11b4b06d1ab59e735c415d4e583992722617386588e657aa3"
    "6c306a301d0603551d0e04160414c648456a687f72bde432e482c9e44c71d63df4d6301f0603551d230418301680143b73a21c286503bca6"
    "9962d10f482f275ee45f52300e0603551d0f0101ff04040302078030180603551d250101ff040e300c060a2b0601040183d45f0101300a06"
    "082a8648ce3d0403020348003045022100935b2900f879a1b9416cf2c3078cc7411fb293b99e26dd7095202dce96d1e1cd02204fcb58bc41"
    "9e5c6d7ce41faacf349155da4a661c0718483c5bbc3fcec17d99b8";
constexpr std::string_view kRevoked =
    "308201a030820145a00302010202114f8f0b88b2899fe1a68ead062f4a5534f8300a06082a8648ce3d0403023025310f300d060355040a0c"
    "06476f6c64656e3112301006035504030c09476f6c64656e204341301e170d3236303130313030303030305a170d32373031303130303030"
    "30305a300f310d300b06035504030c046e6f64653059301306072a8648ce3d020106082a8648ce3d0301070342000422c3172e3eff6bc234"
    "8113928cf6d532b473a6142c3897635cc59a659f30fe59faa10ad471c391c4b11b4b06d1ab59e735c415d4e583992722617386588e657aa3"
    "6c306a301d0603551d0e04160414c648456a687f72bde432e482c9e44c71d63df4d6301f0603551d230418301680143b73a21c286503bca6"
    "9962d10f482f275ee45f52300e0603551d0f0101ff04040302078030180603551d250101ff040e300c060a2b0601040183d45f0101300a06"
    "082a8648ce3d04030203490030460221009e929f247180dc468cd16697691d3797bbb5ae9214c71a1e585cccd38bf522d3022100f091eae3"
    "4bf89f5aaa3dea16bb4d577ab0a4b8234cdb62544bf31e30be011466";
constexpr std::string_view kCrl =
    "308201053081ab020101300a06082a8648ce3d0403023025310f300d060355040a0c06476f6c64656e3112301006035504030c09476f6c64"
    "656e204341170d3236303130313030303030305a170d3236303133313030303030305a3024302202114f8f0b88b2899fe1a68ead062f4a55"
    "34f8170d3236303130313030303030305aa02f302d301f0603551d230418301680143b73a21c286503bca69962d10f482f275ee45f52300a"
    "0603551d140403020101300a06082a8648ce3d0403020349003046022100bf516952feb465cd5365798c2b701902f3b73991a9ac656283b2"
    "80184aee04bb022100a28b9671cd33288655deedd596a21574dc64c5b1628cfb29c24e59d2afabaed7";

Code judged(std::string_view leaf, bool with_crl, Instant at, pki::Purpose purpose) {
  const auto ca = pki::Certificate::parse_der(hex(kCa));
  const auto certificate = pki::Certificate::parse_der(hex(leaf));
  const auto crl = pki::Crl::parse_der(hex(kCrl));
  if (!ca || !certificate || !crl) return Code::kInternal;
  const std::vector<pki::Certificate> trust{*ca};
  const std::vector<pki::Certificate> chain{*certificate};
  std::vector<pki::Crl> crls;
  if (with_crl) crls.push_back(*crl);
  const auto judgement = pki::verify_path(trust, chain, crls, at, purpose);
  return judgement ? Code::kOk : judgement.error().code;
}

bool judges_certificates() {
  const Instant start = Instant::from_seconds(1767225600);  // 2026-01-01T00:00:00Z
  const Instant at = start.plus_seconds(9 * 86400);
  const auto envelope = pki::Purpose::kEnvelope;
  return judged(kLeaf, true, at, envelope) == Code::kOk && judged(kLeaf, true, start, envelope) == Code::kOk &&
         judged(kLeaf, true, start.plus_seconds(-1), envelope) == Code::kCertificateExpired &&
         judged(kRevoked, true, at, envelope) == Code::kCertificateRevoked &&
         judged(kLeaf, true, at, pki::Purpose::kGovern) == Code::kCertificatePurpose &&
         judged(kLeaf, false, at, envelope) == Code::kCrlMissing &&
         judged(kLeaf, true, start.plus_seconds((30 + 14) * 86400), envelope) == Code::kOk &&
         judged(kLeaf, true, start.plus_seconds((30 + 14) * 86400 + 1), envelope) == Code::kCrlMissing;
}

// --- hashes

bool judges_hashes() {
  Header header;
  header.chain_id = "golden-1";
  header.height = 7;
  header.time = Instant::from_seconds(1767225600);
  const Hash key = crypto::sha256(base::as_bytes("key"));
  const std::vector<crypto::SmtUpdate> updates{{key, crypto::sha256(base::as_bytes("value"))}, {Hash{}, Hash{}}};
  const auto nothing = [](base::ByteView) { return std::optional<Bytes>(); };
  const auto tree = crypto::smt_update(crypto::smt_empty_root(), nothing, updates);
  return base::to_hex(header_hash(header)) == "df0b28493aaa067cc659f018c1cd9c9fa0735ec4877ac4dd850fb2b9c45f3dfb" && tree &&
         base::to_hex(tree->root) == "98d378d7534b58c8c42e3db305c23cff74b1819ea001e5ac2ae240260cd6a41a";
}

}  // namespace

Status judge_golden() {
  const auto differs = [](std::string what) {
    return base::fail(Code::kNotInVersion, "this build judges differently: " + std::move(what));
  };
  for (const GoldenSignature& golden : kSignatures) {
    if (!judges(golden)) return differs(golden.what);
  }
  if (!judges_small_order()) return differs("keys of small order");
  if (!judges_certificates()) return differs("certificates");
  if (!judges_hashes()) return differs("hashes");
  return {};
}

}  // namespace flora::ledger
