// SPDX-License-Identifier: EUPL-1.2
#include "ledger/receipt.hpp"

#include <gtest/gtest.h>

#include "crypto/signature.hpp"
#include "ledger/test_federation.hpp"
#include "ledger/trust_file.hpp"

namespace flora::ledger {
namespace {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::Hash;
using base::Instant;
using testing::TestFederation;

// Two blocks of one operator: H with envelopes in it, H+1 that binds it, a commit over H+1.
struct Story {
  TestFederation f;
  std::vector<Code> codes;
  Block block, next;
  Commit commit;
  std::vector<Validator> validators;

  Story() {
    validators = f.genesis().validators;
    std::vector<ParsedTransaction> transactions;
    for (int i = 0; i < 5; ++i) transactions.push_back(f.envelope(f.member(0)));
    transactions[2] = transactions[1];  // one replay
    block.header = header(1, f.state().app_hash());
    for (const auto& t : transactions) block.transactions.push_back(*t.bytes);
    seal_block(block);
    const BlockResult result = f.run(transactions);
    codes = result.codes;
    next.header = header(2, result.app_hash);
    next.header.last_block_id = block_id(block, encode_block(block));
    next.header.last_results_hash = results_hash(codes);
    next.last_commit = vote(block);
    seal_block(next);
    f.run({});
    commit = vote(next);
  }
  Header header(std::int64_t height, const Hash& app_hash) {
    Header h;
    h.chain_id = "test-1";
    h.height = height;
    h.time = f.now();
    h.validators_hash = h.next_validators_hash = validators_hash(validators);
    h.consensus_hash = consensus_hash(1, -1);
    h.app_hash = app_hash;
    h.last_results_hash = empty_hash();
    h.proposer_address = address_of(validators[0]);
    return h;
  }
  Commit vote(const Block& b) const {
    Commit out{b.header.height, 0, block_id(b, encode_block(b)), {}};
    const Instant time = b.header.time.plus_seconds(1);
    out.signatures.push_back({BlockIdFlag::kCommit, address_of(validators[0]), time,
                              crypto::sign(f.validator(), vote_sign_bytes("test-1", b.header.height, 0, out.block_id, time))});
    return out;
  }
  BlockPieces pieces() const { return {block, next.header, commit, validators}; }
  Receipt by_transaction(std::uint32_t position) { return testing::must(make_receipt(pieces(), position, codes)); }
  Receipt by_envelope(std::uint32_t position) {
    const Transaction transaction = *split_transaction(block.transactions[position]);
    return testing::must(make_receipt(pieces(), transaction.sign1, *read_block_proof(f.tables(), 1)));
  }
};

TEST(Receipt, ProvesInclusionAndVerdictByTransaction) {
  Story s;
  for (std::uint32_t i = 0; i < s.codes.size(); ++i) {
    const Receipt receipt = s.by_transaction(i);
    const auto status = check_receipt(receipt);
    EXPECT_TRUE(status.has_value()) << status.error().detail;
    EXPECT_EQ(std::get<InclusionByTransaction>(receipt.inclusion).code, s.codes[i]);
  }
  EXPECT_EQ(s.codes[2], Code::kReplayed) << "a refusal can be proved too";
  EXPECT_EQ(make_receipt(s.pieces(), 5, s.codes).error().code, Code::kOutOfRange);
}

TEST(Receipt, ProvesAcceptanceWithoutTheBody) {
  Story s;
  const Receipt receipt = s.by_envelope(4);
  const auto status = check_receipt(receipt);
  EXPECT_TRUE(status.has_value()) << status.error().detail;
  EXPECT_EQ(receipt.position, 4u);
  EXPECT_LT(encode_receipt(receipt).size(), encode_receipt(s.by_transaction(4)).size());
  EXPECT_EQ(make_receipt(s.pieces(), Bytes{1}, *read_block_proof(s.f.tables(), 1)).error().code, Code::kUnknownReference);
}

TEST(Receipt, ReadsBackInBothForms) {
  Story s;
  for (const Receipt& receipt : {s.by_transaction(1), s.by_envelope(1)}) {
    const Bytes cbor = encode_receipt(receipt);
    const auto again = parse_receipt(cbor);
    ASSERT_TRUE(again.has_value()) << again.error().detail;
    EXPECT_EQ(*again, receipt);
    const std::string json = base::to_json(to_json(receipt));
    const auto from_json = read_receipt_file(base::as_bytes(json));
    ASSERT_TRUE(from_json.has_value()) << from_json.error().detail;
    EXPECT_EQ(*from_json, receipt);
    EXPECT_EQ(*read_receipt_file(cbor), receipt);
    for (std::size_t size = 0; size < cbor.size(); size += 7) EXPECT_FALSE(parse_receipt(ByteView(cbor).first(size)));
  }
  EXPECT_FALSE(read_receipt_file(base::as_bytes("{}")));
  EXPECT_FALSE(read_receipt_file(base::as_bytes("")));
}

TEST(Receipt, NoByteCanBeChangedUnnoticed) {
  Story s;
  base::SeededRandom random(3);
  for (const Receipt& receipt : {s.by_transaction(1), s.by_envelope(1)}) {
    const Bytes cbor = encode_receipt(receipt);
    for (int i = 0; i < 2000; ++i) {
      Bytes changed = cbor;
      changed[random.below(changed.size())] ^= static_cast<std::uint8_t>(1u << random.below(8));
      const auto parsed = parse_receipt(changed);
      if (!parsed) continue;
      const bool only_position =
          std::holds_alternative<InclusionByEnvelope>(receipt.inclusion) && parsed->position != receipt.position;
      // The author's signature inside Sign1 is covered by the envelope hash; the rest by paths and the commit.
      EXPECT_TRUE(only_position || !check_receipt(*parsed)) << i;
    }
  }
}

TEST(Receipt, NeedsMoreThanTwoThirdsOfThePower) {
  Story s;
  Receipt receipt = s.by_transaction(0);
  receipt.commit.signatures[0] = {};
  EXPECT_EQ(check_receipt(receipt).error().code, Code::kBadSignature);
  receipt.commit.signatures.clear();
  EXPECT_EQ(check_receipt(receipt).error().code, Code::kOutOfRange);
  receipt = s.by_transaction(0);
  receipt.next_header.height = 9;
  EXPECT_EQ(check_receipt(receipt).error().code, Code::kReceiptMalformed);
}

TEST(Receipt, NamesLevelAndTrustClass) {
  Story s;
  Receipt receipt = s.by_transaction(0);
  EXPECT_EQ(level_of(receipt), "ordered");
  EXPECT_EQ(trust_class_of(receipt), "one operator");
  receipt.validators.assign(4, Validator{});
  EXPECT_EQ(trust_class_of(receipt), "1 of 4");
  receipt.validators.assign(3, Validator{});
  EXPECT_EQ(trust_class_of(receipt), "0 of 3");
  receipt.validators[0].power = 10;
  EXPECT_EQ(trust_class_of(receipt), "0 of 3");
}

// What a channel hands over: its results of the block, and their place under the digest.
ExecutedProof executed(const Receipt& receipt, std::int64_t checkpoint) {
  std::vector<Hash> leaves;
  for (std::uint32_t i = 0; i < 3; ++i) {
    leaves.push_back(
        crypto::merkle_leaf(command_result_leaf(receipt.envelope_hash(), i, Code::kOk, crypto::sha256(base::be32(i)))));
  }
  ExecutedProof proof;
  for (std::uint32_t i = 0; i < 3; ++i) {
    proof.results.push_back({i, Code::kOk, crypto::sha256(base::be32(i)), crypto::merkle_proof(leaves, i)});
  }
  proof.result_root = crypto::merkle_root_of_leaves(leaves);
  proof.digest_key = crypto::sha256(base::as_bytes("results of block 1"));
  std::map<Bytes, Bytes> pages;
  const crypto::SmtRead read = [&](ByteView key) -> std::optional<Bytes> {
    const auto at = pages.find(base::to_bytes(key));
    return at == pages.end() ? std::nullopt : std::optional(at->second);
  };
  const std::vector<crypto::SmtUpdate> updates{{proof.digest_key, crypto::sha256(proof.result_root)}, {Hash{}, Hash{}}};
  const auto outcome = testing::must(crypto::smt_update(crypto::smt_empty_root(), read, updates));
  for (const auto& change : outcome.changes) pages[change.page_key] = *change.page;
  proof.digest = outcome.root;
  proof.digest_path = testing::must(crypto::smt_prove(outcome.root, read, proof.digest_key));
  proof.checkpoint = checkpoint;
  return proof;
}

TEST(Receipt, CarriesWhatTheChannelMadeOfIt) {
  Story s;
  Receipt receipt = s.by_envelope(0);
  receipt.executed = executed(receipt, 1000);
  receipt.executed->attestations = {encode_receipt(s.by_envelope(1))};
  EXPECT_EQ(level_of(receipt), "executed");
  const auto status = check_receipt(receipt);
  EXPECT_TRUE(status.has_value()) << status.error().detail;
  EXPECT_EQ(*parse_receipt(encode_receipt(receipt)), receipt);
  Receipt wrong = receipt;
  wrong.executed->results[1].code = Code::kRuleRefuses;
  EXPECT_EQ(check_receipt(wrong).error().code, Code::kCorrupt);
  wrong = receipt;
  wrong.executed->result_root = Hash{};
  EXPECT_EQ(check_receipt(wrong).error().code, Code::kCorrupt);
  wrong = receipt;
  wrong.executed->digest = Hash{};
  EXPECT_EQ(check_receipt(wrong).error().code, Code::kCorrupt);
  wrong = receipt;
  wrong.executed->checkpoint = 0;
  EXPECT_EQ(check_receipt(wrong).error().code, Code::kReceiptMalformed);
}

TEST(Acknowledgement, ReadsBack) {
  const Acknowledgement a{crypto::sha256(base::as_bytes("e")), 7, 3, Code::kOk, {Code::kOk, Code::kRuleRefuses}};
  EXPECT_EQ(*parse_acknowledgement(encode_acknowledgement(a)), a);
  EXPECT_FALSE(parse_acknowledgement(Bytes{0x80}));
  const auto json = to_json(a);
  EXPECT_EQ(json.at("commands").as_array().at(1).at("name"), "rule_refuses");
}

TEST(Promise, IsBoundToFederationAndKey) {
  Story s;
  const auto& pair = s.f.member(0).envelope;
  const SubmissionPromise promise{crypto::sha256(base::as_bytes("e")), pair.x5t(), 12, s.f.now()};
  const FederationId& federation = s.f.state().federation();
  const Bytes sign1 = make_promise(promise, federation, {pair.key, pair.x5t()});
  const auto checked = check_promise(sign1, federation, pair.key.public_key());
  ASSERT_TRUE(checked.has_value()) << checked.error().detail;
  EXPECT_EQ(*checked, promise);
  EXPECT_EQ(check_promise(sign1, {"test-2", federation.genesis_hash}, pair.key.public_key()).error().code, Code::kBadSignature);
  const auto& other = s.f.member(1).envelope;
  EXPECT_EQ(check_promise(sign1, federation, other.key.public_key()).error().code, Code::kBadSignature);
  const Bytes envelope = split_transaction(s.block.transactions[0])->sign1;
  EXPECT_EQ(check_promise(envelope, federation, pair.key.public_key()).error().code, Code::kHeaderWrong)
      << "an envelope is no promise";
}

TEST(TrustFile, BeginsWithTheGenesisSetAndReadsBack) {
  Story s;
  TrustFile file = make_trust_file(s.f.genesis(), "Test");
  EXPECT_EQ(file.genesis_hash, s.f.state().federation().genesis_hash);
  EXPECT_EQ(file.entries[0].validators_hash, s.next.header.validators_hash);
  TrustEntry second{"test-1",     2, Hash{}, crypto::sha256(trust_entry_payload(file.entries[0])), {}, s.next.header, s.commit,
                    s.validators, {}};
  const auto& govern = s.f.member(0).govern;
  second.signatures.push_back(sign_trust_entry(second, file.genesis_hash, {govern.key, govern.x5t()}));
  second.keys.push_back({*s.f.state().prove("certificate/" + base::to_hex(govern.x5t()))});
  file.entries.push_back(second);
  const Bytes cbor = encode_trust_file(file);
  const auto again = parse_trust_file(cbor);
  ASSERT_TRUE(again.has_value()) << again.error().detail;
  EXPECT_EQ(*again, file);
  EXPECT_EQ(*read_trust_file(base::as_bytes(base::to_json(to_json(file)))), file);
  file.entries[1].previous = Hash{};
  EXPECT_EQ(parse_trust_file(encode_trust_file(file)).error().code, Code::kReceiptMalformed);
  file.entries.clear();
  EXPECT_EQ(parse_trust_file(encode_trust_file(file)).error().code, Code::kReceiptMalformed);
}

}  // namespace
}  // namespace flora::ledger
