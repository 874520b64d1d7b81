// SPDX-License-Identifier: EUPL-1.2
// What the fuzz targets of this module do with an input; the ordinary tests replay tests/corpus through the same functions.
#pragma once
#include "base/check.hpp"
#include "ledger/block.hpp"
#include "ledger/envelope.hpp"
#include "ledger/genesis.hpp"
#include "ledger/receipt.hpp"
#include "ledger/seal.hpp"
#include "ledger/trust_file.hpp"

namespace flora::ledger::testing {

inline void fuzz_transaction(base::ByteView input) {
  const ParsedTransaction parsed = parse_transaction(input);
  if (!parsed.status) return;
  FLORA_CHECK(base::equal(encode_transaction(parsed.sign1, parsed.body), input), "a transaction has one encoding");
  FLORA_CHECK(base::equal(encode_envelope_header(parsed.header), parsed.protected_header), "a header has one encoding");
  const FederationId federation{"fuzz-1", {}};
  const base::Bytes key(32, 1);
  const auto opened = open_body(federation, parsed.header, parsed.protected_header, parsed.body, key);
  FLORA_CHECK(opened || opened.error().code == base::Code::kSealBroken, "opening has one refusal");
}

inline void fuzz_plaintext(base::ByteView input) {
  if (const auto items = parse_commands(input)) {
    FLORA_CHECK(base::equal(encode_commands(*items), input), "a command list has one encoding");
  }
  if (const auto command = parse_command(input)) {
    FLORA_CHECK(base::equal(encode_command(*command), input), "a command has one encoding");
  }
}

// Seals the input as if it were a command list: what a malicious member of the channel could make others open.
inline void fuzz_sealed(base::ByteView input) {
  const FederationId federation{"fuzz-1", {}};
  const base::Bytes secret(32, 1);
  EnvelopeHeader header;
  header.channel.bytes[0] = 1;
  const auto items = parse_commands(input);
  if (items) header.command_root = command_root(*items);
  const base::Bytes body = seal_body(federation, header, input, {secret, secret, secret});
  const auto opened = open_body(federation, header, encode_envelope_header(header), body, secret);
  FLORA_CHECK(opened.has_value() == items.has_value(), "exactly command lists open");
}

inline void fuzz_envelope(base::ByteView input) {
  fuzz_transaction(input);
  fuzz_sealed(input);
  fuzz_plaintext(input);
  if (const auto genesis = parse_genesis(input)) {
    FLORA_CHECK(base::equal(encode_genesis(*genesis), input), "a genesis has one encoding");
    (void)parse_app_state(genesis->app_state_bytes);
  }
  if (const auto block = decode_block(input)) {
    FLORA_CHECK(base::equal(encode_block(*block), input), "a block has one encoding");
  }
}

inline void fuzz_receipt(base::ByteView input) {
  if (const auto receipt = parse_receipt(input)) {
    FLORA_CHECK(base::equal(encode_receipt(*receipt), input), "a receipt has one encoding");
    (void)check_receipt(*receipt);
    (void)base::to_json(to_json(*receipt));
  }
  if (const auto file = parse_trust_file(input)) {
    FLORA_CHECK(base::equal(encode_trust_file(*file), input), "a trust file has one encoding");
  }
  (void)parse_acknowledgement(input);
  (void)decode_block_proof(input);
  (void)read_receipt_file(input);
}

}  // namespace flora::ledger::testing
