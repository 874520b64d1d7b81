// SPDX-License-Identifier: EUPL-1.2
#include "ledger/receipt.hpp"

#include "crypto/cose.hpp"
#include "crypto/hash.hpp"
#include "ledger/cbor_fields.hpp"
#include "ledger/receipt_cbor.hpp"

namespace flora::ledger {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::CborWriter;
using base::Code;
using base::fail;
using base::Hash;
using base::JsonArray;
using base::JsonObject;
using base::Result;
using base::Status;

// --- acknowledgement

Bytes encode_acknowledgement(const Acknowledgement& a) {
  CborWriter writer;
  writer.array(6).text("flora/acknowledgement/1").bytes(a.envelope_hash).integer(a.height).uint(a.position);
  writer.uint(static_cast<std::uint32_t>(a.code));
  write_list(writer, a.command_codes, [](CborWriter& w, Code code) { w.uint(static_cast<std::uint32_t>(code)); });
  return writer.take();
}

Result<Acknowledgement> parse_acknowledgement(ByteView cbor) {
  FLORA_TRY(auto reader, CborReader::open(cbor));
  Acknowledgement out;
  FLORA_TRY(reader.array(6));
  FLORA_TRY(const auto type, reader.text());
  if (type != "flora/acknowledgement/1") return fail(Code::kReceiptMalformed, "not an acknowledgement of this version");
  FLORA_TRY(out.envelope_hash, read_hash(reader));
  FLORA_TRY(out.height, read_natural(reader));
  FLORA_TRY(const auto position, read_uint(reader, UINT32_MAX));
  out.position = static_cast<std::uint32_t>(position);
  FLORA_TRY(out.code, read_code(reader));
  FLORA_TRY(out.command_codes, read_list<Code>(reader, read_code));
  FLORA_TRY(reader.end());
  return out;
}

namespace {

JsonObject json_of_code(Code code) { return {{"code", static_cast<std::uint32_t>(code)}, {"name", base::name_of(code)}}; }

}  // namespace

JsonObject to_json(const Acknowledgement& a) {
  JsonArray commands;
  for (const Code code : a.command_codes) commands.push_back(json_of_code(code));
  return {{"envelope", base::to_hex(a.envelope_hash)},
          {"height", a.height},
          {"position", a.position},
          {"verdict", json_of_code(a.code)},
          {"commands", std::move(commands)}};
}

// --- receipt: writing

Hash Receipt::envelope_hash() const { return crypto::sha256(sign1); }

std::string_view level_of(const Receipt& receipt) { return receipt.executed ? "executed" : "ordered"; }

std::string trust_class_of(const Receipt& receipt) {
  const std::size_t n = receipt.validators.size();
  if (n <= 1) return "one operator";
  unsigned __int128 total = 0;
  for (const Validator& v : receipt.validators) total += static_cast<std::uint64_t>(v.power);
  // Set order begins with the greatest power: however many of these are still below a third may lie.
  std::size_t faulty = 0;
  unsigned __int128 power = 0;
  for (const Validator& v : receipt.validators) {
    power += static_cast<std::uint64_t>(v.power);
    if (power * 3 >= total) break;
    ++faulty;
  }
  return std::to_string(faulty) + " of " + std::to_string(n);
}

Bytes command_result_leaf(const Hash& envelope_hash, std::uint32_t index, Code code, const Hash& effects_hash) {
  return CborWriter().array(4).bytes(envelope_hash).uint(index).uint(static_cast<std::uint32_t>(code)).bytes(effects_hash).take();
}

namespace {

struct InclusionWriter {
  CborWriter& writer;
  void operator()(const InclusionByTransaction& i) const {
    writer.array(5).text("transaction").bytes(i.body);
    write_merkle_proof(writer, i.transaction);
    writer.uint(static_cast<std::uint32_t>(i.code));
    write_merkle_proof(writer, i.result);
  }
  void operator()(const InclusionByEnvelope& i) const {
    writer.array(3).text("envelope");
    write_entry_proof(writer, i.accepted);
    write_merkle_proof(writer, i.envelope);
  }
};

void write_executed(CborWriter& writer, const ExecutedProof& e) {
  writer.array(7);
  write_list(writer, e.results, [](CborWriter& w, const CommandResult& r) {
    w.array(4).uint(r.index).uint(static_cast<std::uint32_t>(r.code)).bytes(r.effects_hash);
    write_merkle_proof(w, r.path);
  });
  writer.bytes(e.result_root).bytes(e.digest_key).raw(crypto::encode_smt_proof(e.digest_path)).bytes(e.digest);
  writer.integer(e.checkpoint);
  write_bytes_list(writer, e.attestations);
}

Result<std::variant<InclusionByTransaction, InclusionByEnvelope>> read_inclusion(CborReader& reader) {
  FLORA_TRY(const auto items, reader.array());
  FLORA_TRY(const auto kind, reader.text());
  if (kind == "transaction" && items == 5) {
    InclusionByTransaction out;
    FLORA_TRY(out.body, read_bytes(reader));
    FLORA_TRY(out.transaction, read_merkle_proof(reader));
    FLORA_TRY(out.code, read_code(reader));
    FLORA_TRY(out.result, read_merkle_proof(reader));
    return out;
  }
  if (kind == "envelope" && items == 3) {
    InclusionByEnvelope out;
    FLORA_TRY(out.accepted, read_entry_proof(reader));
    FLORA_TRY(out.envelope, read_merkle_proof(reader));
    return out;
  }
  return fail(Code::kReceiptMalformed, "the inclusion is of no known kind");
}

Result<CommandResult> read_command_result(CborReader& reader) {
  CommandResult out;
  FLORA_TRY(reader.array(4));
  FLORA_TRY(const auto index, read_uint(reader, UINT32_MAX));
  out.index = static_cast<std::uint32_t>(index);
  FLORA_TRY(out.code, read_code(reader));
  FLORA_TRY(out.effects_hash, read_hash(reader));
  FLORA_TRY(out.path, read_merkle_proof(reader));
  return out;
}

Result<ExecutedProof> read_executed(CborReader& reader) {
  ExecutedProof out;
  FLORA_TRY(reader.array(7));
  FLORA_TRY(out.results, read_list<CommandResult>(reader, read_command_result));
  FLORA_TRY(out.result_root, read_hash(reader));
  FLORA_TRY(out.digest_key, read_hash(reader));
  FLORA_TRY(const auto path, reader.raw());
  FLORA_TRY(out.digest_path, crypto::decode_smt_proof(path));
  FLORA_TRY(out.digest, read_hash(reader));
  FLORA_TRY(out.checkpoint, read_natural(reader));
  FLORA_TRY(out.attestations, read_list<Bytes>(reader, read_bytes));
  return out;
}

}  // namespace

Bytes encode_receipt(const Receipt& receipt) {
  CborWriter writer;
  writer.array(9).text("flora/receipt/1").raw(receipt.sign1).uint(receipt.position);
  write_header(writer, receipt.header);
  write_header(writer, receipt.next_header);
  write_commit(writer, receipt.commit);
  write_validators(writer, receipt.validators);
  std::visit(InclusionWriter{writer}, receipt.inclusion);
  if (receipt.executed) {
    write_executed(writer, *receipt.executed);
  } else {
    writer.null();
  }
  return writer.take();
}

Result<Receipt> parse_receipt(ByteView cbor) {
  FLORA_TRY(auto reader, CborReader::open(cbor));
  Receipt out;
  FLORA_TRY(reader.array(9));
  FLORA_TRY(const auto type, reader.text());
  if (type != "flora/receipt/1") return fail(Code::kReceiptMalformed, "not a receipt of this version");
  FLORA_TRY(const auto sign1, reader.raw());
  out.sign1 = base::to_bytes(sign1);
  FLORA_TRY(const auto position, read_uint(reader, UINT32_MAX));
  out.position = static_cast<std::uint32_t>(position);
  FLORA_TRY(out.header, read_header(reader));
  FLORA_TRY(out.next_header, read_header(reader));
  FLORA_TRY(out.commit, read_commit(reader));
  FLORA_TRY(out.validators, read_validators(reader));
  FLORA_TRY(out.inclusion, read_inclusion(reader));
  FLORA_TRY(out.executed, read_optional<ExecutedProof>(reader, read_executed));
  FLORA_TRY(reader.end());
  return out;
}

Result<Receipt> read_receipt_file(ByteView file) {
  FLORA_TRY(const auto cbor, cbor_of_file(file));
  return parse_receipt(cbor);
}

// --- receipt: JSON for reading

namespace {

struct InclusionJson {
  JsonObject operator()(const InclusionByTransaction& i) const {
    return {{"by", "transaction"},
            {"body_bytes", i.body.size()},
            {"transaction_path", json_of(i.transaction)},
            {"verdict", json_of_code(i.code)},
            {"result_path", json_of(i.result)}};
  }
  JsonObject operator()(const InclusionByEnvelope& i) const {
    return {{"by", "envelope"},
            {"entry", i.accepted.key},
            {"entry_value", base::to_hex(i.accepted.value)},
            {"entry_path", json_of(i.accepted.path)},
            {"envelope_path", json_of(i.envelope)}};
  }
};

JsonObject json_of(const EnvelopeHeader& h) {
  return {{"algorithm", crypto::name_of(h.algorithm)},
          {"certificate", base::to_hex(h.certificate)},
          {"channel", h.channel.text()},
          {"sequence", h.sequence},
          {"expires", base::to_rfc3339(h.expires)},
          {"epoch", h.epoch},
          {"command_root", base::to_hex(h.command_root)}};
}

JsonObject json_of(const ExecutedProof& e) {
  JsonArray results;
  for (const CommandResult& r : e.results) {
    JsonObject result = json_of_code(r.code);
    result["index"] = r.index;
    result["effects_hash"] = base::to_hex(r.effects_hash);
    results.push_back(std::move(result));
  }
  return {{"results", std::move(results)},
          {"result_root", base::to_hex(e.result_root)},
          {"digest", base::to_hex(e.digest)},
          {"checkpoint", e.checkpoint},
          {"attestations", e.attestations.size()}};
}

}  // namespace

JsonObject to_json(const Receipt& receipt) {
  JsonObject out{{"receipt", base::to_hex(receipt.envelope_hash())},
                 {"level", level_of(receipt)},
                 {"trust_class", trust_class_of(receipt)},
                 {"height", receipt.header.height},
                 {"position", receipt.position},
                 {"time", base::to_rfc3339(receipt.header.time)}};
  if (const auto sign1 = crypto::parse_sign1(receipt.sign1, crypto::CoseProfile::kFlora)) {
    if (const auto header = parse_envelope_header(sign1->protected_header)) out["envelope"] = json_of(*header);
  }
  out["header"] = json_of(receipt.header);
  out["next_header"] = json_of(receipt.next_header);
  out["commit"] = json_of(receipt.commit);
  out["validators"] = json_of(receipt.validators);
  out["inclusion"] = std::visit(InclusionJson{}, receipt.inclusion);
  if (receipt.executed) out["executed"] = json_of(*receipt.executed);
  out["cbor"] = base::to_base64url(encode_receipt(receipt));
  return out;
}

// --- promise

namespace {

Bytes promise_aad(const FederationId& federation) {
  Bytes out = base::to_bytes(base::as_bytes("flora/promise/1"));
  base::append(out, base::as_bytes(federation.chain_id));
  base::append(out, federation.genesis_hash);
  return out;
}

}  // namespace

Bytes make_promise(const SubmissionPromise& promise, const FederationId& federation, const Author& node) {
  const Bytes payload = CborWriter()
                            .array(4)
                            .bytes(promise.envelope_hash)
                            .bytes(promise.certificate)
                            .uint(promise.sequence)
                            .integer(promise.expires.ns)
                            .take();
  const Bytes header = crypto::make_protected_header(node.key.algorithm(), kPromiseContentType, node.certificate);
  return crypto::make_sign1(header, payload, node.key, promise_aad(federation));
}

Result<SubmissionPromise> check_promise(ByteView sign1, const FederationId& federation, const crypto::PublicKey& key) {
  FLORA_TRY(const auto message, crypto::parse_sign1(sign1, crypto::CoseProfile::kFlora));
  if (message.content_type != kPromiseContentType) return fail(Code::kHeaderWrong, "the content type is not that of a promise");
  FLORA_TRY(crypto::verify_sign1(message, key, promise_aad(federation)));
  FLORA_TRY(auto reader, CborReader::open(*message.payload));
  SubmissionPromise out;
  FLORA_TRY(reader.array(4));
  FLORA_TRY(out.envelope_hash, read_hash(reader));
  FLORA_TRY(out.certificate, read_hash(reader));
  FLORA_TRY(out.sequence, reader.uint());
  FLORA_TRY(out.expires, read_instant(reader));
  FLORA_TRY(reader.end());
  return out;
}

}  // namespace flora::ledger
