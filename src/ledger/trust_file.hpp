// SPDX-License-Identifier: EUPL-1.2
// The trust file: what a verifier holds on to. It starts from a genesis hash obtained out of band; every later entry names a
// validator set from a height on and is signed by a quorum of the `govern` keys in state at the entry before. CDDL in
// docs/reference/formats.md, "Trust file". Plain values, pure functions, any thread.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/app_hash.hpp"
#include "ledger/envelope.hpp"
#include "ledger/genesis.hpp"
#include "ledger/header.hpp"

namespace flora::ledger {

// A `govern` key in state: its certificate record as an app-hash entry of `header`.
struct GovernKey {
  EntryProof certificate;
  friend bool operator==(const GovernKey&, const GovernKey&) = default;
};

struct TrustEntry {
  std::string chain_id;
  std::int64_t from_height = 1;
  base::Hash validators_hash;  // of the set from that height on
  base::Hash previous;         // SHA-256 of trust_entry_payload of the entry before; zero in the first
  // From here on not signed; all empty in the first entry.
  std::vector<base::Bytes> signatures;  // COSE_Sign1, payload = trust_entry_payload, one per govern key
  std::optional<Header> header;         // whose app hash the paths lead to: of the state at the entry before
  std::optional<Commit> commit;         // over that header, by the validators of the entry before
  std::vector<Validator> validators;    // of the entry before, set order
  std::vector<GovernKey> keys;          // of the signers
  friend bool operator==(const TrustEntry&, const TrustEntry&) = default;
};

struct TrustFile {
  std::string title;                // for people
  base::Hash genesis_hash;          // the root of trust
  std::vector<TrustEntry> entries;  // at least one; the first is the genesis set
  friend bool operator==(const TrustFile&, const TrustFile&) = default;
};

inline constexpr std::string_view kTrustContentType = "application/vnd.flora.trust+cbor";

TrustFile make_trust_file(const Genesis& genesis, std::string title);
// CBOR [chain id, from height, validators hash, previous]: what govern keys sign, with external_aad "flora/trust/1" | genesis
// hash.
base::Bytes trust_entry_payload(const TrustEntry& entry);
base::Bytes sign_trust_entry(const TrustEntry& entry, const base::Hash& genesis_hash, const Author& govern);

base::Bytes encode_trust_file(const TrustFile& file);
base::Result<TrustFile> parse_trust_file(base::ByteView cbor);
base::JsonObject to_json(const TrustFile& file);  // for reading; "cbor" holds the file itself
// Takes the CBOR out of the JSON form, or the bytes as they are.
base::Result<TrustFile> read_trust_file(base::ByteView file);

}  // namespace flora::ledger
