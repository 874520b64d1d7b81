// SPDX-License-Identifier: EUPL-1.2
#include "verify/envelope.hpp"

#include "crypto/cose.hpp"
#include "crypto/hash.hpp"
#include "crypto/merkle.hpp"
#include "verify/fields.hpp"

namespace flora::verify {
namespace {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::CborWriter;
using base::Code;
using base::Hash;
using base::Result;

Result<CborReader> value_of(ByteView header, std::int64_t label) {
  FLORA_TRY(const auto value, crypto::header_value(header, label));
  return CborReader::open(value);
}

base::Status read_header(ByteView header, Envelope& out) {
  using namespace crypto::label;
  FLORA_TRY(auto channel, value_of(header, kChannel));
  FLORA_TRY(out.channel, id_field<base::ChannelId>(channel));
  FLORA_TRY(auto sequence, value_of(header, kSequence));
  FLORA_TRY(out.sequence, sequence.uint());
  FLORA_TRY(auto expires, value_of(header, kExpires));
  FLORA_TRY(out.expires, instant_field(expires));
  FLORA_TRY(auto epoch, value_of(header, kEpoch));
  FLORA_TRY(out.epoch, epoch.uint());
  FLORA_TRY(auto root, value_of(header, kCommandRoot));
  FLORA_TRY(out.command_root, hash_field(root));
  return {};
}

}  // namespace

Result<Envelope> read_sign1(ByteView sign1) {
  FLORA_TRY(const auto message, crypto::parse_sign1(sign1, crypto::CoseProfile::kFlora));
  Envelope out;
  out.sign1 = base::to_bytes(sign1);
  out.hash = crypto::sha256(sign1);
  if (!message.x5t) return base::fail(Code::kHeaderWrong, "the envelope names no certificate");
  out.certificate = *message.x5t;
  if (auto read = read_header(message.protected_header, out); !read) {
    return base::fail(Code::kHeaderWrong, read.error().detail);
  }
  return out;
}

Result<Envelope> read_transaction(ByteView transaction) {
  FLORA_TRY(auto reader, CborReader::open(transaction));
  FLORA_TRY(reader.array(2));
  FLORA_TRY(const auto sign1, reader.raw());
  FLORA_TRY(const auto body, reader.raw());
  FLORA_TRY(auto out, read_sign1(sign1));
  out.body = base::to_bytes(body);
  const auto message = crypto::parse_sign1(out.sign1, crypto::CoseProfile::kFlora);
  const Hash hash = crypto::sha256(body);
  out.body_matches = message && message->payload && base::equal(*message->payload, hash);
  return out;
}

bool signed_by(const Envelope& envelope, const crypto::PublicKey& key, const std::string& chain_id, const Hash& genesis_hash) {
  Bytes aad = base::to_bytes(base::as_bytes("flora/envelope/1"));
  base::append(aad, base::as_bytes(chain_id));
  base::append(aad, genesis_hash);
  return crypto::check_sign1(envelope.sign1, crypto::CoseProfile::kFlora, key, aad).has_value();
}

Result<std::vector<Command>> read_commands(ByteView command_list) {
  FLORA_TRY(auto reader, CborReader::open(command_list));
  return list_field<Command>(reader, [](CborReader& r) -> Result<Command> {
    Command out;
    FLORA_TRY(r.array(3));
    FLORA_TRY(out.salt, hash_field(r));
    FLORA_TRY(out.message_id, hash_field(r));
    FLORA_TRY(const auto raw, r.raw());
    out.command = base::to_bytes(raw);
    return out;
  });
}

Hash root_of(const std::vector<Command>& commands) {
  std::vector<Hash> leaves;
  for (const auto& command : commands) {
    leaves.push_back(
        crypto::sha256(CborWriter().array(3).bytes(command.salt).bytes(command.message_id).raw(command.command).take()));
  }
  return crypto::merkle_root(leaves);
}

}  // namespace flora::verify
