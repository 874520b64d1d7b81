// SPDX-License-Identifier: EUPL-1.2
#include "vault/seal.hpp"

#include <algorithm>

#include "base/cbor.hpp"
#include "crypto/aead.hpp"
#include "vault/fold.hpp"

namespace flora::vault {
namespace {

constexpr std::string_view kKeyDomain = "flora/vault-key/1";
constexpr std::string_view kRecordDomain = "flora/vault-record/1";
constexpr std::size_t kPadTo = 128;  // so that the size of a row does not tell the length of a name
constexpr std::array<std::uint8_t, crypto::kAeadIvBytes> kZeroIv{};

base::Bytes domain_of(std::string_view domain, const base::CaseId& case_id) {
  base::Bytes aad = base::to_bytes(base::as_bytes(domain));
  base::append(aad, case_id);
  return aad;
}

base::Bytes encode(const Record& record, std::size_t padding) {
  base::CborWriter w;
  w.array(7).text(record.family_name).text(record.given_names).text(record.birth_date).text(record.nationality);
  w.text(record.file_number).text(record.group).bytes(base::Bytes(padding));
  return w.take();
}

base::Bytes encode_padded(const Record& record) {
  const std::size_t bare = encode(record, 0).size();
  const std::size_t gap = kPadTo - bare % kPadTo;
  return encode(record, gap == kPadTo ? 0 : gap > 24 ? gap - 1 : gap);  // a longer byte string has a longer head
}

base::Result<Record> decode(const base::CaseId& case_id, base::ByteView plain) {
  FLORA_TRY(auto r, base::CborReader::open(plain));
  FLORA_TRY(r.array(7));
  Record record;
  record.case_id = case_id;
  for (std::string* text :
       {&record.family_name, &record.given_names, &record.birth_date, &record.nationality, &record.file_number, &record.group}) {
    FLORA_TRY(auto value, r.text());
    *text = value;
  }
  return record;
}

}  // namespace

Sealer::Sealer(const base::Hash& storage_key)
    : wrapping_key_(crypto::hkdf_sha256(storage_key, {}, base::as_bytes("flora/vault-wrap/1"), 32)),
      token_key_(crypto::hkdf_sha256(storage_key, {}, base::as_bytes("flora/vault-token/1"), 32)),
      key_check_(crypto::hmac_sha256(storage_key, base::as_bytes("flora/vault-check/1"))) {}

SealedRecord Sealer::seal(const Record& record, base::Random& random) const {
  const crypto::Secret key(random.bytes(crypto::kAeadKeyBytes));
  SealedRecord out;
  out.wrapped_key = random.bytes(crypto::kAeadIvBytes);
  const base::Bytes iv = out.wrapped_key;
  base::append(out.wrapped_key, crypto::aes256gcm_seal(wrapping_key_, iv, domain_of(kKeyDomain, record.case_id), key));
  out.sealed = crypto::aes256gcm_seal(key, kZeroIv, domain_of(kRecordDomain, record.case_id), encode_padded(record));
  return out;
}

base::Result<Record> Sealer::open(const base::CaseId& case_id, base::ByteView wrapped_key, base::ByteView sealed) const {
  const auto corrupt = [] { return base::fail(base::Code::kCorrupt, "a record of the vault does not open"); };
  if (wrapped_key.size() < crypto::kAeadIvBytes) return corrupt();
  auto raw_key = crypto::aes256gcm_open(wrapping_key_, wrapped_key.first(crypto::kAeadIvBytes), domain_of(kKeyDomain, case_id),
                                        wrapped_key.subspan(crypto::kAeadIvBytes));
  if (!raw_key || raw_key->size() != crypto::kAeadKeyBytes) return corrupt();
  const crypto::Secret key(*std::move(raw_key));
  auto plain = crypto::aes256gcm_open(key, kZeroIv, domain_of(kRecordDomain, case_id), sealed);
  if (!plain) return corrupt();
  auto record = decode(case_id, *plain);
  if (!record) return corrupt();
  return record;
}

Token Sealer::token(char kind, std::string_view text) const {
  const std::string_view prefix(&kind, 1);
  const base::Hash mac = crypto::hmac_sha256(token_key_, {base::as_bytes(prefix), base::as_bytes(text)});
  return base::read_be64(base::ByteView(mac).first(8));
}

Token Sealer::name_token(std::string_view folded_word) const { return token('n', first_letters(folded_word, kPrefixLettersMax)); }
Token Sealer::number_token(std::string_view file_number) const { return token('f', fold_number(file_number)); }
Token Sealer::date_token(std::string_view iso_date) const { return token('d', iso_date); }
Token Sealer::group_token(std::string_view group) const { return token('g', group); }

std::vector<Token> Sealer::tokens_of(const Record& record) const {
  std::vector<Token> out;
  for (const std::string* name : {&record.family_name, &record.given_names}) {
    for (const std::string& word : fold_words(*name)) {
      const std::size_t letters = std::min(count_letters(word), kPrefixLettersMax);
      for (std::size_t n = kPrefixLettersMin; n <= letters; ++n) out.push_back(token('n', first_letters(word, n)));
    }
  }
  if (!record.file_number.empty()) out.push_back(number_token(record.file_number));
  if (!record.birth_date.empty()) out.push_back(date_token(record.birth_date));
  if (!record.group.empty()) out.push_back(group_token(record.group));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool matches(const Record& record, std::string_view query) {
  if (!record.file_number.empty() && fold_number(query) == fold_number(record.file_number)) return true;
  std::vector<std::string> names = fold_words(record.family_name);
  for (std::string& word : fold_words(record.given_names)) names.push_back(std::move(word));
  bool any = false;
  for (std::size_t at = 0; at < query.size();) {  // words as typed: a date or a number is not to be taken apart
    const std::size_t end = std::min(query.find(' ', at), query.size());
    const std::string_view typed = query.substr(at, end - at);
    at = end + 1;
    if (typed.empty()) continue;
    any = true;
    if (const std::string date = fold_date(typed); !date.empty() && date == record.birth_date) continue;
    if (!record.file_number.empty() && fold_number(typed) == fold_number(record.file_number)) continue;
    for (const std::string& word : fold_words(typed)) {
      const bool found = std::any_of(names.begin(), names.end(), [&](const std::string& name) { return name.starts_with(word); });
      if (!found) return false;
    }
    if (fold_words(typed).empty()) return false;
  }
  return any;
}

}  // namespace flora::vault
