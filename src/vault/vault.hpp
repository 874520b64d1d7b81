// SPDX-License-Identifier: EUPL-1.2
// A member's own store of personal data: pseudonym of a case <-> person. Never on the ledger, never read by the executor.
// One SQLite file per member. Every record is sealed with AES-256-GCM under a key of its own, which is wrapped under the
// member's storage key; erasing destroys that key. For searching the file holds HMACs of normalised words and their
// beginnings, nothing in clear but the pseudonym. Format: docs/reference/formats-vault.md.
//
// Any thread; calls are short and block on the disk only. Opening, and nothing else, may take long.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

namespace flora::vault {

// UTF-8, each text at most kTextBytesMax; empty where not known.
struct Record {
  base::CaseId case_id;
  std::string family_name;
  std::string given_names;
  std::string birth_date;   // ISO 8601 day, or "1990-00-00" style parts unknown as officially entered
  std::string nationality;  // code
  std::string file_number;  // the member's own
  std::string group;        // token of the family group
  friend bool operator==(const Record&, const Record&) = default;
};
inline constexpr std::size_t kTextBytesMax = 256;
inline constexpr std::size_t kSearchRowsMax = 500;
inline constexpr std::size_t kGetManyMax = 5000;

class Vault {
 public:
  // Opens or makes the file. `storage_key` is the member's; another one than it was made with is kCorrupt. `random` must
  // outlive the vault and be safe on every thread that writes. Errors: kVaultFailed, kSchemaNewer, kCorrupt.
  static base::Result<std::unique_ptr<Vault>> open(const std::filesystem::path& file, const base::Hash& storage_key,
                                                   base::Random& random);
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  // Writes or replaces the record of a case; all or none. Durable when it returns. Errors: kTooLarge (a text), kMalformed
  // (not UTF-8), kVaultFailed, kDiskFull.
  base::Status put(const Record& record);
  base::Status put_many(std::span<const Record> records);

  // In the order asked; cases without a record are left out. Errors: kTooLarge (more than kGetManyMax), kCorrupt.
  base::Result<std::vector<Record>> get_many(std::span<const base::CaseId> cases) const;
  base::Result<std::optional<Record>> get(const base::CaseId& case_id) const;

  // Cases in which every word of `text` matches: the beginning of a word of the names (case, accents and ß/ä/ö/ü spellings
  // do not matter), or the whole file number, or a birth date (2001-02-03 or 03.02.2001). Up to `limit`, in order of case.
  base::Result<std::vector<base::CaseId>> search(std::string_view text, std::size_t limit) const;
  // Cases whose record carries this group token, in order of case.
  base::Result<std::vector<base::CaseId>> group_members(std::string_view group) const;

  // Destroys the key, record and tokens of a case. False if there was none.
  base::Result<bool> erase(const base::CaseId& case_id);
  base::Result<std::uint64_t> count() const;

 private:
  class Impl;
  explicit Vault(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace flora::vault
