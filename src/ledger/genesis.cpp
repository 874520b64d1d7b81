// SPDX-License-Identifier: EUPL-1.2
#include "ledger/genesis.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "crypto/hash.hpp"
#include "ledger/cbor_fields.hpp"
#include "ledger/command_cbor.hpp"

namespace flora::ledger {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::CborWriter;
using base::Code;
using base::fail;
using base::Hash;
using base::MemberId;
using base::Result;
using base::Status;

namespace {

bool is_chain_id(std::string_view text) {
  return !text.empty() && text.size() <= 50 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

Result<Validator> read_validator(CborReader& reader) {
  FLORA_TRY(reader.array(2));
  FLORA_TRY(const auto key, reader.bytes(32));
  FLORA_TRY(const auto power, read_natural(reader));
  if (power == 0) return fail(Code::kOutOfRange, "genesis: a validator without power");
  Validator out;
  std::copy(key.begin(), key.end(), out.key.begin());
  out.power = power;
  return out;
}

Result<ConsensusParams> read_params(CborReader& reader) {
  ConsensusParams params;
  FLORA_TRY(reader.array(6));
  FLORA_TRY(params.block_bytes_max, reader.integer());
  FLORA_TRY(params.gas_max, reader.integer());
  FLORA_TRY(params.evidence_age_blocks_max, reader.integer());
  FLORA_TRY(params.evidence_age_ns_max, reader.integer());
  FLORA_TRY(params.evidence_bytes_max, reader.integer());
  FLORA_TRY(params.app_version, reader.uint());
  return params;
}

Result<ValidatorMember> read_validator_member(CborReader& reader) {
  FLORA_TRY(reader.array(2));
  FLORA_TRY(const auto key, reader.bytes(32));
  ValidatorMember out;
  std::copy(key.begin(), key.end(), out.key.begin());
  FLORA_TRY(out.member, read_id<MemberId>(reader));
  return out;
}

}  // namespace

Bytes encode_app_state(const AppState& state) {
  CborWriter writer;
  writer.array(5).uint(state.rules_version);
  write_threshold(writer, state.policy);
  write_list(writer, state.founders, write_founder);
  write_list(writer, state.channels, [](CborWriter& w, const CreateChannel& c) { w.raw(encode_command(c)); });
  write_list(writer, state.validator_members,
             [](CborWriter& w, const ValidatorMember& v) { w.array(2).bytes(v.key).bytes(v.member); });
  const std::string text = '"' + base::to_base64url(writer.take()) + '"';
  return base::to_bytes(base::as_bytes(text));
}

Result<AppState> parse_app_state(ByteView app_state_bytes) {
  const std::string_view text = base::as_text(app_state_bytes);
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') {
    return fail(Code::kJsonMalformed, "app_state must be a JSON string");
  }
  const auto cbor = base::from_base64url(text.substr(1, text.size() - 2));
  if (!cbor) return fail(Code::kJsonMalformed, "app_state must be base64url without padding");
  FLORA_TRY(auto reader, CborReader::open(*cbor));
  AppState state;
  FLORA_TRY(reader.array(5));
  FLORA_TRY(state.rules_version, reader.uint());
  FLORA_TRY(state.policy, read_threshold(reader));
  FLORA_TRY(state.founders, read_list<Founder>(reader, read_founder));
  FLORA_TRY(state.channels, read_list<CreateChannel>(reader, [](CborReader& r) -> Result<CreateChannel> {
              FLORA_TRY(const auto raw, r.raw());
              FLORA_TRY(auto command, parse_command(raw));
              if (!std::holds_alternative<CreateChannel>(command)) return fail(Code::kWrongType, "genesis: not a create_channel");
              return std::get<CreateChannel>(std::move(command));
            }));
  FLORA_TRY(state.validator_members, read_list<ValidatorMember>(reader, read_validator_member));
  FLORA_TRY(check_ascending(state.founders, [](const Founder& f) { return f.id; }, "founders"));
  FLORA_TRY(check_ascending(state.channels, [](const CreateChannel& c) { return c.channel; }, "channels"));
  FLORA_TRY(check_ascending(state.validator_members, [](const ValidatorMember& v) { return v.key; }, "validators"));
  FLORA_TRY(reader.end());
  return state;
}

Bytes encode_genesis(const Genesis& genesis) {
  std::vector<Validator> validators = genesis.validators;
  sort_validators(validators);
  CborWriter writer;
  writer.array(6).text(genesis.chain_id);
  write_natural(writer, genesis.initial_height);
  writer.integer(genesis.time.ns);
  writer.array(validators.size());
  for (const Validator& validator : validators) writer.array(2).bytes(validator.key).integer(validator.power);
  const ConsensusParams& p = genesis.params;
  writer.array(6).integer(p.block_bytes_max).integer(p.gas_max).integer(p.evidence_age_blocks_max);
  writer.integer(p.evidence_age_ns_max).integer(p.evidence_bytes_max).uint(p.app_version);
  writer.bytes(genesis.app_state_bytes);
  return writer.take();
}

Result<Genesis> parse_genesis(ByteView cbor) {
  FLORA_TRY(auto reader, CborReader::open(cbor));
  Genesis genesis;
  FLORA_TRY(reader.array(6));
  FLORA_TRY(genesis.chain_id, read_text(reader, 50));
  if (!is_chain_id(genesis.chain_id)) return fail(Code::kOutOfRange, "genesis: chain id has letters that are not allowed");
  FLORA_TRY(genesis.initial_height, read_natural(reader));
  if (genesis.initial_height < 1) return fail(Code::kOutOfRange, "genesis: heights begin with 1");
  FLORA_TRY(genesis.time, read_instant(reader));
  FLORA_TRY(genesis.validators, read_list<Validator>(reader, read_validator));
  FLORA_TRY(genesis.params, read_params(reader));
  FLORA_TRY(genesis.app_state_bytes, read_bytes(reader));
  FLORA_TRY(reader.end());
  // The set must be a set, and stand in its order: one genesis, one hash.
  std::vector<ValidatorUpdate> updates;
  for (const Validator& validator : genesis.validators) updates.push_back({validator.key, validator.power});
  FLORA_TRY(const auto in_order, updated_validators({}, updates));
  if (in_order != genesis.validators) return fail(Code::kDuplicate, "genesis: validators are not in set order");
  return genesis;
}

Hash genesis_hash(const Genesis& genesis) { return crypto::sha256(encode_genesis(genesis)); }

}  // namespace flora::ledger
