// SPDX-License-Identifier: EUPL-1.2
#include "vault/vault.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <thread>

#include "vault/fold.hpp"
#include "vault/seal.hpp"

namespace flora::vault {
namespace {

namespace fs = std::filesystem;

class VaultTest : public ::testing::Test {
 protected:
  VaultTest() {
    dir_ = fs::temp_directory_path() / ("flora-vault-test-" + std::to_string(::getpid()) + "-" + std::to_string(next_++));
    fs::create_directories(dir_);
    key_.bytes.fill(7);
  }
  ~VaultTest() override {
    std::error_code ec;
    fs::remove_all(dir_, ec);
  }
  std::unique_ptr<Vault> open() {
    auto vault = Vault::open(dir_ / "vault.db", key_, random_);
    EXPECT_TRUE(vault) << (vault ? "" : vault.error().detail);
    return *std::move(vault);
  }
  Record record(std::string family, std::string given, std::string file = {}, std::string group = {}) {
    return {.case_id = random_.id<base::CaseId>(),
            .family_name = std::move(family),
            .given_names = std::move(given),
            .birth_date = "1990-04-05",
            .nationality = "SYR",
            .file_number = std::move(file),
            .group = std::move(group)};
  }
  static std::string read_all(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static inline std::atomic<int> next_{0};
  fs::path dir_;
  base::Hash key_;
  base::SeededRandom random_{1};
};

TEST(Fold, ComparesNamesAsPeopleDo) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(fold_words("Müller"), fold_words("Mueller"));
  EXPECT_EQ(fold_words("MÜLLER"), fold_words("muller"));
  EXPECT_EQ(fold_words("Strauß"), fold_words("STRAUSS"));
  EXPECT_EQ(fold_words("Al-Ḥasan"), fold_words("al ḥasan"));
  EXPECT_EQ(fold_words("O’Neill d'Arc"), (Words{"oneill", "darc"}));
  EXPECT_EQ(fold_words("Şükrü  Öztürk"), (Words{"sukru", "ozturk"}));
  EXPECT_EQ(fold_words("Петров"), fold_words("петров"));
  EXPECT_TRUE(fold_words("\xff\xfe").empty());
  EXPECT_EQ(fold_date("3.2.2001"), "2001-02-03");
  EXPECT_EQ(fold_date("2001-02-03"), "2001-02-03");
  EXPECT_EQ(fold_date("2001-2-3"), "");
  EXPECT_EQ(fold_date("7/21"), "");
  EXPECT_EQ(fold_number("az 12 / 3"), "AZ12/3");
}

TEST_F(VaultTest, GivesBackWhatWasPutInTheOrderAsked) {
  auto vault = open();
  const Record a = record("Haddad", "Amira", "SN-1"), b = record("Öztürk", "Şükrü", "SN-2", "g1");
  ASSERT_TRUE(vault->put_many(std::vector{a, b}));
  const std::vector<base::CaseId> asked{b.case_id, random_.id<base::CaseId>(), a.case_id};
  EXPECT_EQ(*vault->get_many(asked), (std::vector{b, a}));
  EXPECT_EQ(*vault->count(), 2u);
  EXPECT_EQ(*vault->get(a.case_id), a);
}

TEST_F(VaultTest, SurvivesReopeningAndRefusesAnotherKey) {
  const Record a = record("Haddad", "Amira");
  {
    ASSERT_TRUE(open()->put(a));
  }
  EXPECT_EQ(*open()->get(a.case_id), a);
  base::Hash other = key_;
  other.bytes[0] ^= 1;
  auto vault = Vault::open(dir_ / "vault.db", other, random_);
  ASSERT_FALSE(vault);
  EXPECT_EQ(vault.error().code, base::Code::kCorrupt);
}

TEST_F(VaultTest, FindsByBeginningsOfNamesDateAndFileNumber) {
  auto vault = open();
  const Record a = record("Al-Hassan", "Mohammad Karim", "SN 2021/17"), b = record("Hassanzadeh", "Mina", "SN-2"),
               c = record("Müller", "Jörg", "X9");
  ASSERT_TRUE(vault->put_many(std::vector{a, b, c}));
  const auto one = [&](const Record& r) { return std::vector{r.case_id}; };
  EXPECT_EQ(vault->search("hass", 10)->size(), 2u);
  EXPECT_EQ(*vault->search("hassan m", 10), *vault->search("HASSAN", 10));
  EXPECT_EQ(*vault->search("hassanzad", 10), one(b)) << "nine letters: beyond the indexed beginnings";
  EXPECT_EQ(*vault->search("karim hassan", 10), one(a));
  EXPECT_EQ(*vault->search("al-hassan", 10), one(a));
  EXPECT_EQ(*vault->search("muel", 10), one(c));
  EXPECT_EQ(*vault->search("mull jor", 10), one(c));
  EXPECT_EQ(*vault->search("sn 2021/17", 10), one(a));
  EXPECT_EQ(*vault->search("SN2021/17", 10), one(a));
  EXPECT_TRUE(vault->search("SN2021", 10)->empty()) << "file numbers match whole only";
  EXPECT_EQ(vault->search("5.4.1990", 10)->size(), 3u);
  EXPECT_EQ(*vault->search("mina 1990-04-05", 10), one(b));
  EXPECT_TRUE(vault->search("", 10)->empty());
  EXPECT_TRUE(vault->search("h", 10)->empty());
  EXPECT_TRUE(vault->search("%' OR 1=1 --", 10)->empty());
  EXPECT_EQ(vault->search("hass", 1)->size(), 1u);
}

TEST_F(VaultTest, ReplacingARecordForgetsTheOldNames) {
  auto vault = open();
  Record a = record("Haddad", "Amira", "SN-1", "g1");
  ASSERT_TRUE(vault->put(a));
  a.family_name = "Nasser";
  a.group = "g2";
  ASSERT_TRUE(vault->put(a));
  EXPECT_TRUE(vault->search("haddad", 10)->empty());
  EXPECT_EQ(*vault->search("nasser", 10), std::vector{a.case_id});
  EXPECT_TRUE(vault->group_members("g1")->empty());
  EXPECT_EQ(*vault->group_members("g2"), std::vector{a.case_id});
  EXPECT_EQ(*vault->count(), 1u);
}

TEST_F(VaultTest, FindsTheMembersOfAGroupExactly) {
  auto vault = open();
  std::vector<Record> family;
  for (int i = 0; i < 4; ++i) family.push_back(record("Rahimi", "Person" + std::to_string(i), "", "group-a"));
  family.push_back(record("Rahimi", "Other", "", "group-ab"));
  ASSERT_TRUE(vault->put_many(family));
  EXPECT_EQ(vault->group_members("group-a")->size(), 4u);
  EXPECT_TRUE(vault->group_members("group")->empty());
  EXPECT_TRUE(vault->group_members("")->empty());
}

TEST_F(VaultTest, ErasesRecordKeyAndTokens) {
  const Record a = record("Quibbleworth", "Zebedee", "SN-77", "g9"), b = record("Stays", "Here");
  base::Bytes wrapped;
  {
    auto vault = open();
    ASSERT_TRUE(vault->put_many(std::vector{a, b}));
    EXPECT_TRUE(*vault->erase(a.case_id));
    EXPECT_FALSE(*vault->erase(a.case_id));
    EXPECT_EQ(*vault->count(), 1u);
    EXPECT_TRUE(vault->search("quibble", 10)->empty());
    EXPECT_TRUE(vault->group_members("g9")->empty());
    EXPECT_TRUE(vault->get_many(std::vector{a.case_id})->empty());
    EXPECT_EQ(read_all(dir_ / "vault.db-wal").size(), 0u);
  }
  const std::string file = read_all(dir_ / "vault.db");
  const std::string id(reinterpret_cast<const char*>(a.case_id.bytes.data()), 16);
  EXPECT_EQ(file.find(id), std::string::npos) << "no trace of the pseudonym is left";
}

TEST_F(VaultTest, KeepsNothingInClear) {
  {
    auto vault = open();
    ASSERT_TRUE(vault->put(record("Quibbleworth", "Zebedee", "FILE-4711-X", "group-token-1")));
    const std::string both = read_all(dir_ / "vault.db") + read_all(dir_ / "vault.db-wal");
    for (const char* clear :
         {"Quibbleworth", "quibblew", "Zebedee", "zebedee", "FILE-4711-X", "group-token-1", "1990-04-05", "SYR"}) {
      EXPECT_EQ(both.find(clear), std::string::npos) << clear;
    }
  }
  EXPECT_EQ(fs::status(dir_ / "vault.db").permissions() & (fs::perms::group_all | fs::perms::others_all), fs::perms::none);
}

TEST_F(VaultTest, RefusesWhatIsTooLongOrNoTextAndChangesNothing) {
  auto vault = open();
  const Record good = record("Good", "One");
  EXPECT_EQ(vault->put_many(std::vector{good, record(std::string(257, 'a'), "b")}).error().code, base::Code::kTooLarge);
  EXPECT_EQ(vault->put_many(std::vector{good, record("\xff", "b")}).error().code, base::Code::kMalformed);
  EXPECT_EQ(*vault->count(), 0u);
  EXPECT_EQ(vault->get_many(std::vector<base::CaseId>(kGetManyMax + 1)).error().code, base::Code::kTooLarge);
}

TEST_F(VaultTest, NoticesAFlippedByteOfARecord) {
  const Sealer sealer(key_);
  const Record a = record("Haddad", "Amira", "SN-1");
  SealedRecord sealed = sealer.seal(a, random_);
  EXPECT_EQ(*sealer.open(a.case_id, sealed.wrapped_key, sealed.sealed), a);
  for (base::Bytes* bytes : {&sealed.wrapped_key, &sealed.sealed}) {
    for (std::size_t i = 0; i < bytes->size(); ++i) {
      (*bytes)[i] ^= 0x20;
      EXPECT_EQ(sealer.open(a.case_id, sealed.wrapped_key, sealed.sealed).error().code, base::Code::kCorrupt);
      (*bytes)[i] ^= 0x20;
    }
  }
  EXPECT_FALSE(sealer.open(random_.id<base::CaseId>(), sealed.wrapped_key, sealed.sealed)) << "bound to its case";
}

TEST_F(VaultTest, SizeOfARowDoesNotTellTheLengthOfAName) {
  const Sealer sealer(key_);
  std::set<std::size_t> sizes;
  for (std::size_t n = 1; n <= 20; ++n) sizes.insert(sealer.seal(record(std::string(n, 'x'), "y"), random_).sealed.size());
  EXPECT_EQ(sizes.size(), 1u);
}

TEST_F(VaultTest, ServesReadersWhileItIsWritten) {
  auto vault = open();
  std::vector<Record> all;
  for (int i = 0; i < 400; ++i) all.push_back(record("Name" + std::to_string(i), "Given"));
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      EXPECT_TRUE(vault->search("given", 50));
      EXPECT_TRUE(vault->count());
    }
  });
  for (std::size_t i = 0; i < all.size(); i += 20) ASSERT_TRUE(vault->put_many(std::span(all).subspan(i, 20)));
  for (std::size_t i = 0; i < 20; ++i) ASSERT_TRUE(vault->erase(all[i].case_id));
  stop = true;
  reader.join();
  EXPECT_EQ(*vault->count(), 380u);
}

// Random puts, replacements and erasures agree with a plain map.
TEST_F(VaultTest, AgreesWithAModelOverRandomRuns) {
  auto vault = open();
  std::map<base::CaseId, Record> model;
  const std::array<std::string, 5> families{"Haddad", "Hadda", "Öz", "Rahimi", "Rahman"};
  std::vector<base::CaseId> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(random_.id<base::CaseId>());
  for (int step = 0; step < 300; ++step) {
    const base::CaseId id = ids[random_.below(ids.size())];
    if (random_.below(3) == 0) {
      EXPECT_EQ(*vault->erase(id), model.erase(id) == 1);
    } else {
      Record r = record(families[random_.below(5)], families[random_.below(5)], "F" + std::to_string(random_.below(9)),
                        random_.below(2) ? "g" : "");
      r.case_id = id;
      ASSERT_TRUE(vault->put(r));
      model[id] = r;
    }
    const std::string query(first_letters(families[random_.below(5)], 2 + random_.below(5)));
    std::vector<base::CaseId> expected;
    for (const auto& [key, r] : model) {
      if (matches(r, query)) expected.push_back(key);
    }
    EXPECT_EQ(*vault->search(query, 500), expected) << query;
    EXPECT_EQ(*vault->count(), model.size());
  }
}

}  // namespace
}  // namespace flora::vault
