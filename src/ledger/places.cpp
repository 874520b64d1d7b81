// SPDX-License-Identifier: EUPL-1.2
// What a block leaves behind for receipts: places of transactions and proofs of blocks (ledger/state.hpp).
#include "ledger/cbor_fields.hpp"
#include "ledger/receipt_cbor.hpp"
#include "ledger/state.hpp"
#include "ledger/tables.hpp"

namespace flora::ledger {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::CborWriter;
using base::Code;
using base::fail;
using base::Hash;
using base::Result;

Bytes encode_place(const TransactionPlace& place) {
  Bytes out;
  base::append(out, base::be64(static_cast<std::uint64_t>(place.height)));
  base::append(out, base::be32(place.position));
  base::append(out, base::be32(static_cast<std::uint32_t>(place.code)));
  return out;
}

std::optional<TransactionPlace> decode_place(ByteView value) {
  if (value.size() != 16) return std::nullopt;
  const std::uint64_t low = base::read_be64(value.subspan(8));
  return TransactionPlace{static_cast<std::int64_t>(base::read_be64(value.first(8))), static_cast<std::uint32_t>(low >> 32),
                          static_cast<Code>(low & 0xffffffff)};
}

Bytes encode_block_proof(const BlockProof& proof) {
  CborWriter writer;
  writer.array(3);
  write_hash_list(writer, proof.envelopes);
  writer.array(proof.positions.size());
  for (const std::uint32_t position : proof.positions) writer.uint(position);
  write_entry_proof(writer, proof.accepted);
  return writer.take();
}

Result<BlockProof> decode_block_proof(ByteView cbor) {
  FLORA_TRY(auto reader, CborReader::open(cbor));
  BlockProof out;
  FLORA_TRY(reader.array(3));
  FLORA_TRY(out.envelopes, read_list<Hash>(reader, read_hash));
  FLORA_TRY(out.positions, read_list<std::uint32_t>(reader, [](CborReader& r) -> Result<std::uint32_t> {
              FLORA_TRY(const auto value, read_uint(r, UINT32_MAX));
              return static_cast<std::uint32_t>(value);
            }));
  FLORA_TRY(out.accepted, read_entry_proof(reader));
  FLORA_TRY(reader.end());
  if (out.positions.size() != out.envelopes.size())
    return fail(Code::kWrongType, "a block proof names one position for each envelope");
  return out;
}

std::optional<BlockProof> read_block_proof(const base::TableReader& tables, std::int64_t height) {
  const auto bytes = tables.get(base::Table::kLedger, block_proof_key(height));
  if (!bytes) return std::nullopt;
  auto proof = decode_block_proof(*bytes);
  return proof ? std::optional(*std::move(proof)) : std::nullopt;
}

std::optional<std::vector<Code>> read_codes(const base::TableReader& tables, std::int64_t height) {
  const auto bytes = tables.get(base::Table::kLedger, block_codes_key(height));
  if (!bytes) return std::nullopt;
  auto reader = CborReader::open(*bytes);
  if (!reader) return std::nullopt;
  auto codes = read_list<Code>(*reader, read_code);
  return codes ? std::optional(*std::move(codes)) : std::nullopt;
}

std::optional<TransactionPlace> read_place(const base::TableReader& tables, const Hash& envelope_hash) {
  const auto bytes = tables.get(base::Table::kTransactions, envelope_hash);
  return bytes ? decode_place(*bytes) : std::nullopt;
}

}  // namespace flora::ledger
