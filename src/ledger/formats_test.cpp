// SPDX-License-Identifier: EUPL-1.2
// docs/reference/formats.md against what the program writes: every rule of the page must match a real encoding.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "crypto/cose.hpp"
#include "crypto/signature.hpp"
#include "ledger/receipt.hpp"
#include "ledger/test_cddl.hpp"
#include "ledger/test_federation.hpp"
#include "ledger/trust_file.hpp"

namespace flora::ledger {
namespace {

using base::Bytes;
using base::ByteView;
using base::CborWriter;
using base::Code;
using base::Hash;
using testing::Cddl;
using testing::TestFederation;

const Cddl& page() {
  static const Cddl cddl = [] {
    std::ifstream file(FLORA_SOURCE_DIR "/docs/reference/formats.md");
    return Cddl::from_markdown({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
  }();
  return cddl;
}

TEST(Cddl, TellsRightFromWrong) {
  const Cddl cddl(
      "a = [x: uint, * tstr, ? b] b = { 1 => bstr .size 2, ? -7 => a / null } c = #6.18(bstr .cbor a) d = [+ int, 3]");
  const auto ok = [&](const char* rule, const char* hex) { return cddl.matches(rule, *base::from_hex(hex)); };
  EXPECT_TRUE(ok("a", "8101"));
  EXPECT_TRUE(ok("a", "82016161"));
  EXPECT_TRUE(ok("a",
                 "8301616161"
                 "62"));
  EXPECT_TRUE(ok("a", "8201a101420000"));
  EXPECT_FALSE(ok("a", "80"));
  EXPECT_FALSE(ok("a", "820102"));
  EXPECT_FALSE(ok("b", "a10143000000"));
  EXPECT_TRUE(ok("b", "a20142000026f6"));
  EXPECT_FALSE(ok("b", "a20142000027f6"));
  EXPECT_TRUE(ok("c", "d2428101"));
  EXPECT_FALSE(ok("c", "d2418101"));
  EXPECT_TRUE(ok("d", "820103"));
  EXPECT_TRUE(ok("d", "820303"));
  EXPECT_FALSE(ok("d", "8103"));
  EXPECT_THROW(Cddl("a = b"), std::runtime_error);
}

// Matches, and does not match any more when an item is added behind or the outermost size is wrong.
void expect_matches(const std::string& rule, const Bytes& cbor) {
  EXPECT_TRUE(page().matches(rule, cbor)) << rule << ": " << base::cbor_diagnostic(cbor).substr(0, 600);
  Bytes longer = cbor;
  longer.push_back(0);
  EXPECT_FALSE(page().matches(rule, longer)) << rule;
}

void check_governance(TestFederation& f) {
  const NewEpoch epoch = f.new_epoch(f.channel(), 2, f.all_members(), Hash{});
  const base::MemberId id = f.member(0).id;
  const std::pair<const char*, FederationCommand> commands[] = {
      {"register", Register{id, {Bytes{1}}}},
      {"publish-crl", PublishCrl{id, {}, Bytes{4}}},
      {"publish-crl", PublishCrl{id, {Bytes{4}}, Hash{}}},
      {"upload", Upload{Hash{}, 10, 2, Bytes{1, 2}}},
      {"roll-over", RollOver{id, Bytes{5}}},
      {"create-channel", f.create_channel(f.channel(), f.all_members())},
      {"new-epoch", epoch},
      {"report-wrap", ReportWrap{f.channel(), 2, Hash{}}},
      {"publish-wrap", PublishWrap{f.channel(), 2, epoch.wraps[0]}},
      {"propose", Propose{JoinChannel{f.channel(), id, epoch}}},
      {"propose", Propose{LeaveChannel{f.channel(), id, epoch}}},
      {"propose", Propose{JoinFederation{f.founder(f.member(0))}}},
      {"propose", Propose{LeaveFederation{id}}},
      {"propose", Propose{ChangeValidators{{{{}, 4}}}}},
      {"propose", Propose{ActivateRules{2, 9}}},
      {"ballot", Ballot{}}};
  for (const auto& [rule, command] : commands) {
    expect_matches(rule, encode_command(command));
    expect_matches("federation-command", encode_command(command));
  }
}

void check_state(TestFederation& f) {
  State& state = f.state();
  const base::MemberId id = f.member(0).id;
  const auto entry = [&](const std::string& rule, const std::string& key) {
    const auto proof = state.prove(key);
    ASSERT_TRUE(proof.has_value()) << key;
    expect_matches(rule, proof->value);
  };
  entry("federation-record", "federation");
  entry("rules-record", "rules");
  entry("validators-record", "validators");
  entry("accepted-record", "accepted");
  entry("member-record", "member/" + id.text());
  entry("ca-record", "ca/" + base::to_hex(state.authorities(id)[0]->key));
  entry("certificate-record", "certificate/" + base::to_hex(f.member(0).envelope.x5t()));
  entry("channel-record", "channel/" + f.channel().text());
  entry("proposal-record", "proposal/" + state.proposals()[0]->id.text());
  entry("upload-record", "upload/" + id.text());
  expect_matches("head-record", state.prove_head(f.channel()).record);
  expect_matches("window-record", state.prove_window(f.member(0).envelope.x5t()).record);
  const PathElement leaf = state.certificate(f.member(1).envelope.x5t())->path[0];
  expect_matches("serial-key", revocation_key(f.member(1).id, leaf));
  expect_matches("revocation-record", state.prove_serial(f.member(1).id, leaf).record);
  expect_matches("rules-record", encode(RulesRecord{1, RulesRecord::Next{2, 9}}));
  expect_matches("smt-proof", crypto::encode_smt_proof(state.prove_head(f.channel()).path));
}

void check_receipts(TestFederation& f, const BlockResult& result, const Block& block, const ParsedTransaction& transaction) {
  const auto& validators = f.genesis().validators;
  Header next = block.header;
  next.height = block.header.height + 1;
  next.app_hash = result.app_hash;
  Commit commit{next.height, 0, {}, {{}, {BlockIdFlag::kCommit, address_of(validators[0]), f.now(), Bytes(64, 1)}}};
  const BlockPieces pieces{block, next, commit, validators};
  Receipt receipt = testing::must(make_receipt(pieces, 0, result.codes));
  expect_matches("receipt", encode_receipt(receipt));
  const auto proof = read_block_proof(f.tables(), result.height);
  receipt = testing::must(make_receipt(pieces, transaction.sign1, *proof));
  receipt.executed =
      ExecutedProof{{{0, Code::kOk, Hash{}, crypto::MerkleProof{1, 0, Hash{}, {}}}}, Hash{}, Hash{}, {}, Hash{}, 9, {Bytes{1}}};
  expect_matches("receipt", encode_receipt(receipt));
  expect_matches("command-result", command_result_leaf(Hash{}, 1, Code::kRuleRefuses, Hash{}));
  expect_matches("acknowledgement", encode_acknowledgement({Hash{}, 3, 1, Code::kOk, {Code::kOk}}));

  const auto& pair = f.member(0).govern;
  const FederationId& federation = f.state().federation();
  expect_matches("promise", make_promise({Hash{}, Hash{}, 1, f.now()}, federation, {pair.key, pair.x5t()}));
  TrustFile trust = make_trust_file(f.genesis(), "Test");
  TrustEntry second{"test-1", 2, Hash{}, crypto::sha256(trust_entry_payload(trust.entries[0])), {}, next, commit, validators, {}};
  second.signatures.push_back(sign_trust_entry(second, trust.genesis_hash, {pair.key, pair.x5t()}));
  second.keys.push_back({*f.state().prove("certificate/" + base::to_hex(pair.x5t()))});
  trust.entries.push_back(second);
  expect_matches("trust-file", encode_trust_file(trust));
}

TEST(Formats, ThePageIsWhatTheProgramWrites) {
  TestFederation f({.members = 3});
  expect_matches("genesis", encode_genesis(f.genesis()));
  const std::string_view literal = base::as_text(f.genesis().app_state_bytes);
  expect_matches("app-state", *base::from_base64url(literal.substr(1, literal.size() - 2)));

  const ParsedTransaction sealed = f.envelope(f.member(0));
  expect_matches("transaction", *sealed.bytes);
  expect_matches("envelope", base::to_bytes(sealed.sign1));
  expect_matches("sealed-header", base::to_bytes(sealed.protected_header));
  expect_matches("sealed-body", base::to_bytes(sealed.body));
  EXPECT_FALSE(page().matches("plain-header", sealed.protected_header));
  expect_matches("commands", encode_commands(testing::must(open_body(f.state().federation(), sealed.header,
                                                                     sealed.protected_header, sealed.body, f.epoch_key()))));
  const pki::Crl crl = f.crl(f.member(1).ca, 2, {{base::to_bytes(f.member(1).envelope.certificate.serial()), f.now(), 0}});
  const std::vector<ParsedTransaction> transactions{
      sealed, f.govern(f.member(0), Propose{LeaveFederation{f.member(2).id}}),
      f.govern(f.member(0), Upload{Hash{}, 10, 0, Bytes(5, 1)}),
      f.govern(f.member(1), PublishCrl{f.member(1).id, {}, base::to_bytes(crl.der())})};
  expect_matches("plain-header", base::to_bytes(transactions[1].protected_header));
  expect_matches("transaction", *transactions[1].bytes);
  Block block;
  block.header.chain_id = "test-1";
  block.header.height = f.state().height() + 1;
  block.header.time = f.now();
  for (const auto& t : transactions) block.transactions.push_back(*t.bytes);
  seal_block(block);
  const BlockResult result = f.run(transactions);
  ASSERT_EQ(result.codes, std::vector<Code>(4, Code::kOk)) << result.details[1] << result.details[2] << result.details[3];

  check_governance(f);
  check_state(f);
  check_receipts(f, result, block, sealed);
  EXPECT_EQ(page().unused(), std::vector<std::string>{}) << "rules that nothing was held against";
}

}  // namespace
}  // namespace flora::ledger
