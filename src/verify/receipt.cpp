// SPDX-License-Identifier: EUPL-1.2
#include "verify/receipt.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/hash.hpp"
#include "crypto/merkle.hpp"
#include "crypto/smt.hpp"
#include "verify/comet.hpp"
#include "verify/envelope.hpp"
#include "verify/fields.hpp"
#include "verify/proto_reader.hpp"

namespace flora::verify {
namespace {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::CborWriter;
using base::Code;
using base::Hash;
using base::Result;
using base::Status;
using crypto::MerkleProof;

tl::unexpected<base::Error> corrupt(std::string why) { return base::fail(Code::kCorrupt, std::move(why)); }

Result<BlockRef> block_ref_field(CborReader& r) {
  BlockRef out;
  FLORA_TRY(r.array(3));
  FLORA_TRY(out.hash, hash_field(r));
  FLORA_TRY(out.parts, r.uint());
  FLORA_TRY(out.parts_hash, hash_field(r));
  return out;
}

Result<ChainHeader> header_field(CborReader& r) {
  ChainHeader out;
  FLORA_TRY(r.array(15));
  FLORA_TRY(out.block_version, r.uint());
  FLORA_TRY(out.app_version, r.uint());
  FLORA_TRY(const auto chain_id, r.text());
  out.chain_id = chain_id;
  FLORA_TRY(out.height, r.integer());
  FLORA_TRY(out.time, instant_field(r));
  FLORA_TRY(out.last_block, block_ref_field(r));
  for (Bytes* hash : {&out.last_commit_hash, &out.data_hash, &out.validators_hash, &out.next_validators_hash, &out.consensus_hash,
                      &out.app_hash, &out.last_results_hash, &out.evidence_hash, &out.proposer_address}) {
    FLORA_TRY(*hash, bytes_field(r));
  }
  return out;
}

Result<Vote> vote_field(CborReader& r) {
  Vote out;
  out.flag = 1;
  if (r.peek() == base::CborType::kNull) {
    FLORA_TRY(r.null());
    return out;
  }
  FLORA_TRY(r.array(4));
  FLORA_TRY(out.flag, r.uint());
  FLORA_TRY(out.address, bytes_field(r));
  FLORA_TRY(out.time, instant_field(r));
  FLORA_TRY(out.signature, bytes_field(r));
  return out;
}

Result<ChainCommit> commit_field(CborReader& r) {
  ChainCommit out;
  FLORA_TRY(r.array(4));
  FLORA_TRY(out.height, r.integer());
  FLORA_TRY(out.round, r.uint());
  FLORA_TRY(out.block, block_ref_field(r));
  FLORA_TRY(out.votes, list_field<Vote>(r, vote_field));
  return out;
}

Result<ChainValidator> validator_field(CborReader& r) {
  ChainValidator out;
  FLORA_TRY(r.array(2));
  FLORA_TRY(out.key, bytes_field(r));
  FLORA_TRY(out.power, r.integer());
  if (out.power <= 0 || out.power > (std::int64_t{1} << 60))
    return base::fail(Code::kReceiptMalformed, "a validator's power is out of range");
  return out;
}

Result<MerkleProof> merkle_field(CborReader& r) {
  MerkleProof out;
  FLORA_TRY(r.array(4));
  FLORA_TRY(out.total, r.uint());
  FLORA_TRY(out.index, r.uint());
  FLORA_TRY(out.leaf, hash_field(r));
  FLORA_TRY(out.aunts, list_field<Hash>(r, hash_field));
  return out;
}

struct Entry {
  std::string key;
  Bytes value;
  MerkleProof path;
};
Result<Entry> entry_field(CborReader& r) {
  Entry out;
  FLORA_TRY(r.array(3));
  FLORA_TRY(const auto key, r.text());
  out.key = key;
  FLORA_TRY(out.value, bytes_field(r));
  FLORA_TRY(out.path, merkle_field(r));
  return out;
}

// The app hash an entry of the store `flora` leads to: leaf, path, and the one-entry map above.
std::optional<Hash> app_hash_of(const Entry& entry) {
  const auto leaf_of = [](std::string_view key, ByteView value) {
    ProtoWriter pair;
    pair.raw_varint(key.size());
    Bytes content = pair.view();
    base::append(content, base::as_bytes(key));
    content.push_back(0x20);
    base::append(content, crypto::sha256(value));
    return crypto::merkle_leaf(content);
  };
  if (entry.path.leaf != leaf_of(entry.key, entry.value)) return std::nullopt;
  const auto store = crypto::merkle_root_of(entry.path);
  return store ? std::optional<Hash>(leaf_of("flora", *store)) : std::nullopt;
}

bool is_hash(const Bytes& bytes, const Hash& hash) { return base::equal(bytes, hash); }

Result<ReceiptReport> verify(ByteView file, const TrustAnchor& trust, const std::optional<pki::Certificate>& author,
                             bool may_be_executed);

// ---- what a receipt holds ----------------------------------------------------------------------------------------------
struct Parts {
  Bytes sign1;
  std::uint32_t position = 0;
  ChainHeader header, next;
  ChainCommit commit;
  std::vector<ChainValidator> validators;
};

Result<Parts> read_parts(CborReader& r) {
  Parts out;
  FLORA_TRY(const auto sign1, r.raw());
  out.sign1 = base::to_bytes(sign1);
  FLORA_TRY(const auto position, r.uint());
  out.position = static_cast<std::uint32_t>(position);
  FLORA_TRY(out.header, header_field(r));
  FLORA_TRY(out.next, header_field(r));
  FLORA_TRY(out.commit, commit_field(r));
  FLORA_TRY(out.validators, list_field<ChainValidator>(r, validator_field));
  return out;
}

// Validators that the trust file names committed to header H+1, and it binds H.
Status check_chain(const Parts& parts, const TrustAnchor& trust) {
  if (parts.next.chain_id != trust.chain_id || parts.header.chain_id != trust.chain_id) {
    return corrupt(fmt::format("the receipt is of chain {}, the trust file of {}", parts.next.chain_id, trust.chain_id));
  }
  if (parts.next.height != parts.header.height + 1 || parts.header.height < trust.from_height)
    return corrupt("the heights do not fit");
  if (hash_of(parts.validators) != trust.validators_hash || !is_hash(parts.next.validators_hash, trust.validators_hash)) {
    return corrupt("the validators are not those of the trust file");
  }
  if (parts.next.last_block.hash != hash_of(parts.header)) return corrupt("header H+1 does not bind header H");
  if (parts.commit.height != parts.next.height || parts.commit.block.hash != hash_of(parts.next)) {
    return corrupt("the commit is for another block");
  }
  return check_votes(trust.chain_id, parts.commit, parts.validators);
}

Status check_by_transaction(CborReader& r, const Parts& parts, ReceiptReport& report) {
  FLORA_TRY(const auto body, bytes_field(r));
  FLORA_TRY(const auto transaction, merkle_field(r));
  FLORA_TRY(const auto code, r.uint());
  FLORA_TRY(const auto result, merkle_field(r));
  FLORA_TRY(const auto envelope, read_transaction(CborWriter().array(2).raw(parts.sign1).raw(body).take()));
  if (!envelope.body_matches) return base::fail(Code::kBodyMismatch, "the body is not the one that was signed");
  const Hash hash = crypto::sha256(CborWriter().array(2).raw(parts.sign1).raw(body).take());
  Hash data_hash, results_hash;
  if (const auto h = Hash::from(parts.header.data_hash)) data_hash = *h;
  if (const auto h = Hash::from(parts.next.last_results_hash)) results_hash = *h;
  if (transaction.index != parts.position || !crypto::verify_merkle(transaction, data_hash, hash)) {
    return corrupt("the transaction does not stand in the block at this position");
  }
  report.verdict = static_cast<std::uint32_t>(code);
  if (result.index != parts.position || !crypto::verify_merkle(result, results_hash, result_content(report.verdict))) {
    return corrupt("the verdict is not the one of the block");
  }
  return {};
}

Status check_by_envelope(CborReader& r, const Parts& parts) {
  FLORA_TRY(const auto accepted, entry_field(r));
  FLORA_TRY(const auto path, merkle_field(r));
  const auto app_hash = app_hash_of(accepted);
  if (accepted.key != "accepted" || !app_hash || !is_hash(parts.next.app_hash, *app_hash)) {
    return corrupt("the entry of accepted envelopes is not in the app hash");
  }
  FLORA_TRY(auto record, CborReader::open(accepted.value));
  FLORA_TRY(record.array(2));
  FLORA_TRY(const auto height, record.integer());
  FLORA_TRY(const auto root, hash_field(record));
  if (height != parts.header.height || !crypto::verify_merkle(path, root, crypto::sha256(parts.sign1))) {
    return corrupt("the envelope is not among those accepted in the block");
  }
  return {};
}

// Level executed: results lead to a state digest that members attested in envelopes which are themselves receipted.
Status check_executed(CborReader& r, const Parts& parts, const TrustAnchor& trust, ReceiptReport& report) {
  FLORA_TRY(r.array(7));
  struct Row {
    std::uint64_t index = 0, code = 0;
    Hash effects;
    MerkleProof path;
  };
  FLORA_TRY(const auto rows, list_field<Row>(r, [](CborReader& item) -> Result<Row> {
              Row row;
              FLORA_TRY(item.array(4));
              FLORA_TRY(row.index, item.uint());
              FLORA_TRY(row.code, item.uint());
              FLORA_TRY(row.effects, hash_field(item));
              FLORA_TRY(row.path, merkle_field(item));
              return row;
            }));
  FLORA_TRY(const auto root, hash_field(r));
  FLORA_TRY(const auto key, hash_field(r));
  FLORA_TRY(const auto encoded_path, r.raw());
  FLORA_TRY(const auto path, crypto::decode_smt_proof(encoded_path));
  FLORA_TRY(const auto digest, hash_field(r));
  FLORA_TRY(const auto checkpoint, r.integer());
  FLORA_TRY(const auto attestations, list_field<Bytes>(r, bytes_field));
  const Hash envelope = crypto::sha256(parts.sign1);
  for (const auto& row : rows) {
    const Bytes leaf = CborWriter().array(4).bytes(envelope).uint(row.index).uint(row.code).bytes(row.effects).take();
    if (!crypto::verify_merkle(row.path, root, leaf))
      return corrupt(fmt::format("result {} is not in the channel's results", row.index));
    report.command_codes.push_back(static_cast<std::uint32_t>(row.code));
  }
  if (!crypto::verify_smt_presence(path, digest, key, crypto::sha256(root)))
    return corrupt("the results are not under the state digest");
  if (checkpoint < parts.header.height || attestations.empty()) return corrupt("no member attested the state digest");
  for (const auto& attestation : attestations) {
    FLORA_TRY(const auto ordered, verify(attestation, trust, std::nullopt, false));
    if (ordered.height <= checkpoint) return corrupt("an attestation is not a later ordered envelope");
  }
  return {};
}

std::string trust_class_of(const std::vector<ChainValidator>& set) {
  if (set.size() <= 1) return "one operator";
  std::int64_t total = 0, least = 0;
  std::vector<std::int64_t> powers;
  for (const auto& v : set) {
    total += v.power;
    powers.push_back(v.power);
  }
  // The least number of validators whose power reaches a third; one fewer may fail or lie.
  std::ranges::sort(powers, std::greater<>());
  std::size_t harmless = 0;
  for (const auto power : powers) {
    least += power;
    if (least * 3 >= total) break;
    ++harmless;
  }
  return fmt::format("{} of {}", harmless, set.size());
}

Result<ReceiptReport> verify(ByteView file, const TrustAnchor& trust, const std::optional<pki::Certificate>& author,
                             bool may_be_executed) {
  FLORA_TRY(const auto cbor, cbor_in(file));
  FLORA_TRY(auto r, CborReader::open(cbor));
  if (!r.array(9)) return base::fail(Code::kReceiptMalformed, "not a receipt");
  FLORA_TRY(const auto kind, r.text());
  if (kind != "flora/receipt/1") return base::fail(Code::kReceiptMalformed, "not a receipt of this version");
  FLORA_TRY(const auto parts, read_parts(r));
  FLORA_TRY(const auto envelope, read_sign1(parts.sign1));
  ReceiptReport report;
  report.envelope = envelope.hash;
  report.certificate = envelope.certificate;
  report.channel = envelope.channel;
  report.sequence = envelope.sequence;
  report.height = parts.header.height;
  report.time = parts.header.time;
  report.position = parts.position;
  report.trust_class = trust_class_of(parts.validators);
  FLORA_TRY(check_chain(parts, trust));
  for (const auto& vote : parts.commit.votes) {
    if (vote.flag == 2) report.signers.push_back(base::to_hex(vote.address));
  }
  FLORA_TRY(const auto items, r.array());
  FLORA_TRY(const auto how, r.text());
  if (how == "transaction" && items == 5) {
    FLORA_TRY(check_by_transaction(r, parts, report));
  } else if (how == "envelope" && items == 3) {
    FLORA_TRY(check_by_envelope(r, parts));
  } else {
    return base::fail(Code::kReceiptMalformed, "the receipt does not say how the envelope is included");
  }
  report.level = r.peek() == base::CborType::kNull ? "ordered" : "executed";
  if (report.level == "ordered") {
    FLORA_TRY(r.null());
  } else if (may_be_executed) {
    FLORA_TRY(check_executed(r, parts, trust, report));
  } else {
    return base::fail(Code::kReceiptMalformed, "an attestation's receipt must be of level ordered");
  }
  FLORA_TRY(r.end());
  if (author) {
    if (author->thumbprint() != envelope.certificate)
      return base::fail(Code::kUnknownCertificate, "the certificate is not the author's");
    FLORA_TRY(const auto key, author->public_key());
    if (!signed_by(envelope, key, trust.chain_id, trust.genesis_hash))
      return base::fail(Code::kBadSignature, "the author's signature does not match");
    report.author_checked = true;
  }
  return report;
}

}  // namespace

Result<TrustAnchor> read_trust(ByteView file) {
  FLORA_TRY(const auto cbor, cbor_in(file));
  FLORA_TRY(auto r, CborReader::open(cbor));
  TrustAnchor out;
  FLORA_TRY(r.array(4));
  FLORA_TRY(const auto kind, r.text());
  if (kind != "flora/trust/1") return base::fail(Code::kReceiptMalformed, "not a trust file of this version");
  FLORA_TRY(const auto title, r.text());
  out.title = title;
  FLORA_TRY(out.genesis_hash, hash_field(r));
  FLORA_TRY(const auto entries, r.array());
  if (entries == 0) return base::fail(Code::kReceiptMalformed, "the trust file has no entry");
  if (entries > 1) return base::fail(Code::kNotInVersion, "this version checks trust files of one segment");
  FLORA_TRY(r.array(6));
  FLORA_TRY(r.array(4));
  FLORA_TRY(const auto chain_id, r.text());
  out.chain_id = chain_id;
  FLORA_TRY(out.from_height, r.integer());
  FLORA_TRY(out.validators_hash, hash_field(r));
  return out;
}

Result<ReceiptReport> verify_receipt(ByteView file, const TrustAnchor& trust, const std::optional<pki::Certificate>& author) {
  return verify(file, trust, author, true);
}

}  // namespace flora::verify
