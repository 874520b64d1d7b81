// SPDX-License-Identifier: EUPL-1.2
#include "vault/vault.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <mutex>

#include "vault/fold.hpp"
#include "vault/seal.hpp"

namespace flora::vault {
namespace {

constexpr int kSchemaVersion = 1;
constexpr std::size_t kQueryWordsMax = 8;
// Candidates opened for one search at most; a word of nine letters and more can have many.
constexpr std::size_t kCandidatesMax = 5000;

constexpr const char* kSchema = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE record (case_id BLOB PRIMARY KEY, wrapped_key BLOB NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE token (token INTEGER NOT NULL, case_id BLOB NOT NULL, PRIMARY KEY (token, case_id)) WITHOUT ROWID;
INSERT INTO meta VALUES ('count', 0);
)sql";

base::Error error_of(const SQLite::Exception& e) {
  const bool full = e.getErrorCode() == SQLITE_FULL;
  return {full ? base::Code::kDiskFull : base::Code::kVaultFailed, std::string("vault: ") + e.getErrorStr()};
}

// Runs `work`, turning the library's exceptions into errors.
template <class Work>
auto guarded(Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const SQLite::Exception& e) {
    return tl::unexpected<base::Error>(error_of(e));
  }
}

base::ByteView blob(const SQLite::Column& column) {
  return {static_cast<const std::uint8_t*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

void bind_blob(SQLite::Statement& statement, int index, base::ByteView bytes) {
  statement.bind(index, bytes.data(), static_cast<int>(bytes.size()));
}

// Returns a statement to its unused state however its user leaves.
class Using {
 public:
  explicit Using(SQLite::Statement& statement) : statement_(statement) {}
  ~Using() {
    statement_.tryReset();
    try {
      statement_.clearBindings();
    } catch (const SQLite::Exception&) {  // nothing is bound then
    }
  }
  Using(const Using&) = delete;
  Using& operator=(const Using&) = delete;
  SQLite::Statement* operator->() { return &statement_; }
  SQLite::Statement& operator*() { return statement_; }

 private:
  SQLite::Statement& statement_;
};

base::Status check(const Record& record) {
  for (const std::string* text :
       {&record.family_name, &record.given_names, &record.birth_date, &record.nationality, &record.file_number, &record.group}) {
    if (text->size() > kTextBytesMax) return base::fail(base::Code::kTooLarge, "a text of a record is too long");
    if (!is_utf8(*text)) return base::fail(base::Code::kMalformed, "a text of a record is not UTF-8");
  }
  return {};
}

// The file is made readable by its owner alone before the database touches it.
base::Status make_private(const std::filesystem::path& file) {
  std::error_code ec;
  if (!std::filesystem::exists(file, ec)) {
    if (!std::ofstream(file, std::ios::binary | std::ios::app)) {
      return base::fail(base::Code::kVaultFailed, "vault: the file cannot be made");
    }
  }
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ec);
  if (ec) return base::fail(base::Code::kVaultFailed, "vault: the file's rights cannot be set");
  return {};
}

}  // namespace

// Two connections: one that writes and alone does checkpoints (SQLite before 3.51.3 can corrupt a file when one connection
// writes while another checkpoints), and one that only reads and never checkpoints.
class Vault::Impl {
 public:
  Impl(const std::filesystem::path& file, const base::Hash& storage_key, base::Random& random)
      : sealer_(storage_key), random_(random), writer_(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 5000) {
    writer_.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA cache_size=-8192");
  }

  base::Status prepare_schema() {
    const int version = writer_.execAndGet("PRAGMA user_version").getInt();
    if (version > kSchemaVersion) return base::fail(base::Code::kSchemaNewer, "the vault was written by a newer program");
    if (version == 0) {
      SQLite::Transaction transaction(writer_);
      writer_.exec(kSchema);
      SQLite::Statement insert(writer_, "INSERT INTO meta VALUES ('key_check', ?)");
      bind_blob(insert, 1, sealer_.key_check());
      insert.exec();
      writer_.exec("PRAGMA user_version=" + std::to_string(kSchemaVersion));
      transaction.commit();
      return {};
    }
    SQLite::Statement select(writer_, "SELECT value FROM meta WHERE name='key_check'");
    if (!select.executeStep() || !base::equal(blob(select.getColumn(0)), sealer_.key_check())) {
      return base::fail(base::Code::kCorrupt, "the vault belongs to another storage key");
    }
    return {};
  }

  void prepare_statements(const std::filesystem::path& file) {
    reader_.emplace(file.string(), SQLite::OPEN_READONLY, 5000);
    sqlite3_db_config(reader_->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    reader_->exec("PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-16384; PRAGMA query_only=ON");
    read_.emplace(*reader_, "SELECT wrapped_key, sealed FROM record WHERE case_id=?");
    read_token_.emplace(*reader_, "SELECT case_id FROM token WHERE token=? ORDER BY case_id");
    read_count_.emplace(*reader_, "SELECT value FROM meta WHERE name='count'");
    old_.emplace(writer_, "SELECT wrapped_key, sealed FROM record WHERE case_id=?");
    put_.emplace(writer_, "INSERT OR REPLACE INTO record VALUES (?, ?, ?)");
    put_token_.emplace(writer_, "INSERT OR IGNORE INTO token VALUES (?, ?)");
    drop_.emplace(writer_, "DELETE FROM record WHERE case_id=?");
    drop_token_.emplace(writer_, "DELETE FROM token WHERE token=? AND case_id=?");
    drop_all_tokens_.emplace(writer_, "DELETE FROM token WHERE case_id=?");
    add_count_.emplace(writer_, "UPDATE meta SET value=value+? WHERE name='count'");
  }

  base::Status put_many(std::span<const Record> records) {
    for (const Record& record : records) FLORA_TRY(check(record));
    return guarded([&]() -> base::Status {
      const std::scoped_lock lock(write_mutex_);
      SQLite::Transaction transaction(writer_, SQLite::TransactionBehavior::IMMEDIATE);
      for (const Record& record : records) put(record);
      transaction.commit();
      return {};
    });
  }

  base::Result<bool> erase(const base::CaseId& case_id) {
    return guarded([&]() -> base::Result<bool> {
      const std::scoped_lock lock(write_mutex_, read_mutex_);  // no reader may hold back the checkpoint
      SQLite::Transaction transaction(writer_, SQLite::TransactionBehavior::IMMEDIATE);
      const bool there = drop_record(case_id);
      if (there) count_more(-1);
      transaction.commit();
      // What was overwritten in the file must not survive in the log beside it.
      writer_.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      return there;
    });
  }

  base::Result<std::vector<Record>> get_many(std::span<const base::CaseId> cases) {
    if (cases.size() > kGetManyMax) return base::fail(base::Code::kTooLarge, "too many records at once");
    return guarded([&]() -> base::Result<std::vector<Record>> {
      const std::scoped_lock lock(read_mutex_);
      std::vector<Record> out;
      out.reserve(cases.size());
      for (const base::CaseId& case_id : cases) {
        FLORA_TRY(auto record, read(case_id));
        if (record) out.push_back(*std::move(record));
      }
      return out;
    });
  }

  base::Result<std::vector<base::CaseId>> search(std::string_view text, std::size_t limit) {
    limit = std::min(limit, kSearchRowsMax);
    const auto groups = token_groups(text);
    return guarded([&]() -> base::Result<std::vector<base::CaseId>> {
      const std::scoped_lock lock(read_mutex_);
      std::vector<base::CaseId> candidates = with_token(sealer_.number_token(text));
      if (!groups.empty()) {
        const auto by_words = with_all(groups);
        candidates.insert(candidates.end(), by_words.begin(), by_words.end());
        std::sort(candidates.begin(), candidates.end());
        candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
      }
      std::vector<base::CaseId> found;
      for (const base::CaseId& case_id : candidates) {
        if (found.size() == limit) break;
        FLORA_TRY(auto record, read(case_id));
        if (record && matches(*record, text)) found.push_back(case_id);
      }
      return found;
    });
  }

  base::Result<std::vector<base::CaseId>> group_members(std::string_view group) {
    if (group.empty()) return std::vector<base::CaseId>{};
    return guarded([&]() -> base::Result<std::vector<base::CaseId>> {
      const std::scoped_lock lock(read_mutex_);
      std::vector<base::CaseId> found;
      for (const base::CaseId& case_id : with_token(sealer_.group_token(group))) {
        FLORA_TRY(auto record, read(case_id));
        if (record && record->group == group) found.push_back(case_id);
      }
      return found;
    });
  }

  base::Result<std::uint64_t> count() {
    return guarded([&]() -> base::Result<std::uint64_t> {
      const std::scoped_lock lock(read_mutex_);
      Using statement(*read_count_);
      if (!statement->executeStep()) return base::fail(base::Code::kCorrupt, "the vault has lost its count");
      return static_cast<std::uint64_t>(statement->getColumn(0).getInt64());
    });
  }

 private:
  void put(const Record& record) {
    const SealedRecord sealed = sealer_.seal(record, random_);
    if (!drop_record(record.case_id)) count_more(1);
    {
      Using statement(*put_);
      bind_blob(*statement, 1, record.case_id);
      bind_blob(*statement, 2, sealed.wrapped_key);
      bind_blob(*statement, 3, sealed.sealed);
      statement->exec();
    }
    for (const Token token : sealer_.tokens_of(record)) {
      Using statement(*put_token_);
      statement->bind(1, static_cast<std::int64_t>(token));
      bind_blob(*statement, 2, record.case_id);
      statement->exec();
    }
  }

  // Record and tokens. The tokens follow from the record; only if it does not open the whole table is looked through.
  bool drop_record(const base::CaseId& case_id) {
    std::optional<base::Result<Record>> old;
    {
      Using statement(*old_);
      bind_blob(*statement, 1, case_id);
      if (!statement->executeStep()) return false;
      old = sealer_.open(case_id, blob(statement->getColumn(0)), blob(statement->getColumn(1)));
    }
    if (*old) {
      for (const Token token : sealer_.tokens_of(**old)) {
        Using statement(*drop_token_);
        statement->bind(1, static_cast<std::int64_t>(token));
        bind_blob(*statement, 2, case_id);
        statement->exec();
      }
    } else {
      Using statement(*drop_all_tokens_);
      bind_blob(*statement, 1, case_id);
      statement->exec();
    }
    Using statement(*drop_);
    bind_blob(*statement, 1, case_id);
    statement->exec();
    return true;
  }

  void count_more(int n) {
    Using statement(*add_count_);
    statement->bind(1, n);
    statement->exec();
  }

  base::Result<std::optional<Record>> read(const base::CaseId& case_id) {
    Using statement(*read_);
    bind_blob(*statement, 1, case_id);
    if (!statement->executeStep()) return std::optional<Record>{};
    FLORA_TRY(auto record, sealer_.open(case_id, blob(statement->getColumn(0)), blob(statement->getColumn(1))));
    return std::optional<Record>(std::move(record));
  }

  std::vector<base::CaseId> with_token(Token token) {
    Using statement(*read_token_);
    statement->bind(1, static_cast<std::int64_t>(token));
    std::vector<base::CaseId> out;
    while (out.size() < kCandidatesMax && statement->executeStep()) {
      if (const auto id = base::CaseId::from(blob(statement->getColumn(0)))) out.push_back(*id);
    }
    return out;
  }

  // For each typed word the tokens of which a record must have one. A word of one letter narrows nothing by itself.
  std::vector<std::vector<Token>> token_groups(std::string_view text) const {
    std::vector<std::pair<std::size_t, std::vector<Token>>> groups;
    for (std::size_t at = 0; at < text.size() && groups.size() < kQueryWordsMax;) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      const std::string_view typed = text.substr(at, end - at);
      at = end + 1;
      const std::vector<std::string> words = fold_words(typed);
      const std::string date = fold_date(typed);
      if (words.empty() || (date.empty() && count_letters(words[0]) < kPrefixLettersMin)) continue;
      std::vector<Token> tokens{sealer_.name_token(words[0]), sealer_.number_token(typed)};
      if (!date.empty()) tokens.push_back(sealer_.date_token(date));
      groups.emplace_back(words[0].size(), std::move(tokens));
    }
    // The longest word is the rarest: begin with it.
    std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<std::vector<Token>> out;
    for (auto& group : groups) out.push_back(std::move(group.second));
    return out;
  }

  std::vector<base::CaseId> with_all(const std::vector<std::vector<Token>>& groups) {
    const auto list = [](std::size_t n) {
      std::string marks = "(?";
      for (std::size_t i = 1; i < n; ++i) marks += ",?";
      return marks + ")";
    };
    std::string sql = "SELECT DISTINCT a.case_id FROM token AS a WHERE a.token IN " + list(groups[0].size());
    for (std::size_t i = 1; i < groups.size(); ++i) {
      sql += " AND EXISTS (SELECT 1 FROM token AS b WHERE b.case_id=a.case_id AND b.token IN " + list(groups[i].size()) + ")";
    }
    SQLite::Statement statement(*reader_, sql + " ORDER BY a.case_id LIMIT " + std::to_string(kCandidatesMax));
    int index = 0;
    for (const auto& group : groups) {
      for (const Token token : group) statement.bind(++index, static_cast<std::int64_t>(token));
    }
    std::vector<base::CaseId> out;
    while (statement.executeStep()) {
      if (const auto id = base::CaseId::from(blob(statement.getColumn(0)))) out.push_back(*id);
    }
    return out;
  }

  const Sealer sealer_;
  base::Random& random_;
  std::mutex write_mutex_;  // guards writer_ and its statements
  SQLite::Database writer_;
  std::mutex read_mutex_;  // guards reader_ and its statements; taken after write_mutex_ where both are needed
  std::optional<SQLite::Database> reader_;
  std::optional<SQLite::Statement> read_, read_token_, read_count_;
  std::optional<SQLite::Statement> old_, put_, put_token_, drop_, drop_token_, drop_all_tokens_, add_count_;
};

Vault::Vault(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Vault::~Vault() = default;

base::Result<std::unique_ptr<Vault>> Vault::open(const std::filesystem::path& file, const base::Hash& storage_key,
                                                 base::Random& random) {
  FLORA_TRY(make_private(file));
  return guarded([&]() -> base::Result<std::unique_ptr<Vault>> {
    auto impl = std::make_unique<Impl>(file, storage_key, random);
    FLORA_TRY(impl->prepare_schema());
    impl->prepare_statements(file);
    return std::unique_ptr<Vault>(new Vault(std::move(impl)));
  });
}

base::Status Vault::put(const Record& record) { return impl_->put_many(std::span(&record, 1)); }
base::Status Vault::put_many(std::span<const Record> records) { return impl_->put_many(records); }
base::Result<std::vector<Record>> Vault::get_many(std::span<const base::CaseId> cases) const { return impl_->get_many(cases); }
base::Result<std::optional<Record>> Vault::get(const base::CaseId& case_id) const {
  FLORA_TRY(auto records, impl_->get_many(std::span(&case_id, 1)));
  if (records.empty()) return std::optional<Record>{};
  return std::optional<Record>(std::move(records.front()));
}
base::Result<std::vector<base::CaseId>> Vault::search(std::string_view text, std::size_t limit) const {
  return impl_->search(text, limit);
}
base::Result<std::vector<base::CaseId>> Vault::group_members(std::string_view group) const { return impl_->group_members(group); }
base::Result<bool> Vault::erase(const base::CaseId& case_id) { return impl_->erase(case_id); }
base::Result<std::uint64_t> Vault::count() const { return impl_->count(); }

}  // namespace flora::vault
