// SPDX-License-Identifier: EUPL-1.2
// CBOR pieces that receipts, trust files and stored block proofs share. For the bodies of this module only.
#pragma once
#include "base/cbor.hpp"
#include "base/json.hpp"
#include "crypto/merkle.hpp"
#include "ledger/app_hash.hpp"
#include "ledger/header.hpp"

namespace flora::ledger {

void write_merkle_proof(base::CborWriter& writer, const crypto::MerkleProof& proof);
base::Result<crypto::MerkleProof> read_merkle_proof(base::CborReader& reader);
void write_entry_proof(base::CborWriter& writer, const EntryProof& proof);
base::Result<EntryProof> read_entry_proof(base::CborReader& reader);
void write_header(base::CborWriter& writer, const Header& header);
base::Result<Header> read_header(base::CborReader& reader);
void write_commit(base::CborWriter& writer, const Commit& commit);
base::Result<Commit> read_commit(base::CborReader& reader);
void write_validators(base::CborWriter& writer, const std::vector<Validator>& validators);
base::Result<std::vector<Validator>> read_validators(base::CborReader& reader);

base::JsonObject json_of(const Header& header);
base::JsonObject json_of(const Commit& commit);
base::JsonArray json_of(const std::vector<Validator>& validators);
base::JsonObject json_of(const crypto::MerkleProof& proof);

// The bytes of a file that is CBOR itself, or JSON whose member "cbor" holds it in base64url.
base::Result<base::Bytes> cbor_of_file(base::ByteView file);

}  // namespace flora::ledger
