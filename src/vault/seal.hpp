// SPDX-License-Identifier: EUPL-1.2
// What stands in the vault's file: records sealed one by one, and the tokens by which they are found. Nothing of it tells
// anything without the member's storage key. Any thread; const after construction.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "crypto/mac.hpp"
#include "vault/vault.hpp"

namespace flora::vault {

// HMAC cut to 8 bytes: finds candidates; what they are is read from the record itself.
using Token = std::uint64_t;
// Beginnings of a word are indexed from two letters up to this many.
inline constexpr std::size_t kPrefixLettersMin = 2;
inline constexpr std::size_t kPrefixLettersMax = 8;

struct SealedRecord {
  base::Bytes wrapped_key;  // IV | AES-256-GCM(wrapping key, record key, aad = "flora/vault-key/1" | case)
  base::Bytes sealed;       // AES-256-GCM(record key, IV zero, aad = "flora/vault-record/1" | case); a key seals once
};

class Sealer {
 public:
  explicit Sealer(const base::Hash& storage_key);
  base::Hash key_check() const { return key_check_; }  // to notice a wrong storage key

  SealedRecord seal(const Record& record, base::Random& random) const;
  // Errors: kCorrupt.
  base::Result<Record> open(const base::CaseId& case_id, base::ByteView wrapped_key, base::ByteView sealed) const;

  std::vector<Token> tokens_of(const Record& record) const;  // ascending, each once
  Token name_token(std::string_view folded_word) const;      // by its first kPrefixLettersMax letters
  Token number_token(std::string_view file_number) const;
  Token date_token(std::string_view iso_date) const;
  Token group_token(std::string_view group) const;

 private:
  Token token(char kind, std::string_view text) const;
  crypto::Secret wrapping_key_, token_key_;
  base::Hash key_check_;
};

// True if every word of the query matches the record (see Vault::search).
bool matches(const Record& record, std::string_view query);

}  // namespace flora::vault
