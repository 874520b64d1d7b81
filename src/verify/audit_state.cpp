// SPDX-License-Identifier: EUPL-1.2
// The ledger's state as stored: recomputes the app hash over all entries and compares heads, certificates and block proofs with
// the chain. How records stand in the table: docs/reference/formats.md, "State".
#include <fmt/format.h>

#include "crypto/hash.hpp"
#include "crypto/merkle.hpp"
#include "crypto/smt.hpp"
#include "verify/audit_parts.hpp"
#include "verify/fields.hpp"
#include "verify/proto_reader.hpp"
#include "verify/registry.hpp"

namespace flora::verify {
namespace {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::CborWriter;
using base::Hash;
using base::Table;

Bytes leaf_content(std::string_view key, ByteView value) {
  ProtoWriter size;
  size.raw_varint(key.size());
  Bytes content = size.view();
  base::append(content, base::as_bytes(key));
  content.push_back(0x20);
  base::append(content, crypto::sha256(value));
  return content;
}

// The two-level map: entries in byte order of their keys, then the one store `flora`.
Hash app_hash_of(const std::map<std::string, Bytes>& entries) {
  std::vector<Bytes> leaves;
  for (const auto& [key, value] : entries) leaves.push_back(leaf_content(key, value));
  const Hash store = crypto::merkle_root(leaves);
  return crypto::merkle_root(std::vector<Bytes>{leaf_content("flora", store)});
}

Hash tree_root(const std::vector<crypto::SmtUpdate>& entries) {
  const auto nothing = [](ByteView) { return std::optional<Bytes>(); };
  const auto tree = crypto::smt_update(crypto::smt_empty_root(), nothing, entries);
  return tree ? tree->root : Hash{};
}

class StateAudit {
 public:
  StateAudit(const base::TableReader& tables, const ChainOutcome& chain, AuditReport& report)
      : tables_(tables), chain_(chain), report_(report), findings_(report) {}

  void run(ByteView genesis) {
    collect_genesis(genesis);
    tables_.scan(Table::kLedger, {}, {}, [&](ByteView key, ByteView value) {
      collect(base::to_bytes(key), value);
      ++report_.entries;
      return true;
    });
    for (const auto& [name, tree] : trees_) entries_[name] = base::to_bytes(tree_root(tree));
    check_heads();
    check_app_hash();
    check_transactions();
  }

 private:
  void wrong(std::string_view entry, std::string why) { findings_.add(fmt::format("ledger state, {}", entry), std::move(why)); }

  void collect_genesis(ByteView genesis) {
    const auto stored = tables_.get(Table::kLedger, base::as_bytes("g"));
    if (!stored || !base::equal(*stored, genesis)) wrong("genesis", "is not the genesis of this chain");
    const auto view = read_genesis(genesis);
    if (!view) return;
    entries_["genesis"] = base::to_bytes(view->hash);
    auto r = CborReader::open(view->app_state);
    if (!r || !r->array(5) || !r->skip()) return;
    if (const auto threshold = r->raw())
      entries_["federation"] = CborWriter().array(2).text(view->chain_id).raw(*threshold).take();
    trees_["heads"], trees_["windows"], trees_["serials"];
  }

  void collect(const Bytes& key, ByteView value) {
    if (key.empty()) return wrong("an entry without a key", "is not known");
    const ByteView rest = ByteView(key).subspan(1);
    const auto id = [&] { return base::to_base32(rest); };
    switch (key[0]) {
      case 'g': break;
      case 'z': last_ = base::to_bytes(value); break;
      case 'R': entries_["rules"] = base::to_bytes(value); break;
      case 'V': entries_["validators"] = base::to_bytes(value); break;
      case 'A': entries_["accepted"] = base::to_bytes(value); break;
      case 'm': entries_["member/" + id()] = base::to_bytes(value); break;
      case 'a': collect_authority(rest, value); break;
      case 'l': lists_[base::to_bytes(rest)] = crypto::sha256(value); break;
      case 'c': collect_certificate(rest, value); break;
      case 'n': entries_["channel/" + id()] = base::to_bytes(value); break;
      case 'p': entries_["proposal/" + id()] = base::to_bytes(value); break;
      case 'u': entries_["upload/" + id()] = base::to_bytes(value); break;
      case 'h': collect_tree("heads", rest, value); break;
      case 'w': collect_tree("windows", rest, value); break;
      case 's': collect_tree("serials", rest, value); break;
      case 'b': check_block_proof(static_cast<std::int64_t>(base::read_be64(rest)), value); break;
      case 'k': check_height(rest); break;
      case 'e':
      case 'U': break;
      default: wrong(base::to_hex(key), "is not known");
    }
  }

  void check_height(ByteView height) {
    if (height.size() != 8 || static_cast<std::int64_t>(base::read_be64(height)) > chain_.height) {
      wrong("verdicts of block " + base::to_hex(height), "belong to no block");
    }
  }

  void collect_tree(const char* tree, ByteView key, ByteView value) {
    trees_[tree].push_back({crypto::sha256(key), crypto::sha256(value)});
    if (std::string_view(tree) == "heads") heads_[base::to_bytes(key)] = base::to_bytes(value);
  }

  void collect_authority(ByteView key, ByteView value) {
    entries_["ca/" + base::to_hex(key)] = base::to_bytes(value);
    // [member, subject, certificate, number, this update, next update, hash of the list]
    auto r = CborReader::open(value);
    if (!r || !r->array(7)) return wrong("ca/" + base::to_hex(key), "cannot be read");
    for (int i = 0; i < 6; ++i) (void)r->skip();
    if (const auto hash = hash_field(*r)) list_hashes_[base::to_bytes(key)] = *hash;
  }

  void collect_certificate(ByteView x5t, ByteView value) {
    const std::string name = "certificate/" + base::to_hex(x5t);
    auto r = CborReader::open(value);
    if (!r || !r->array(2)) return wrong(name, "cannot be read");
    const auto record = r->raw();
    const auto der = r->bytes();
    if (!record || !der) return wrong(name, "cannot be read");
    if (!base::equal(crypto::sha256(*der), x5t)) wrong(name, "its certificate is another one");
    entries_[name] = base::to_bytes(*record);
  }

  // [hashes, positions, [entry, value, path]]: the envelopes accepted at this height.
  void check_block_proof(std::int64_t height, ByteView value) {
    const std::string name = fmt::format("proof of block {}", height);
    auto r = CborReader::open(value);
    if (!r || !r->array(3)) return wrong(name, "cannot be read");
    const auto hashes = list_field<Hash>(*r, hash_field);
    const auto positions = list_field<std::uint64_t>(*r, [](CborReader& p) { return p.uint(); });
    if (!hashes || !positions || hashes->size() != positions->size() || !r->array(3)) return wrong(name, "cannot be read");
    for (std::size_t i = 0; i < hashes->size(); ++i) {
      const auto place = chain_.places.find((*hashes)[i]);
      if (place == chain_.places.end() || place->second.height != height || place->second.position != (*positions)[i]) {
        wrong(name, fmt::format("names an envelope that does not stand at position {}", (*positions)[i]));
      }
    }
    const auto key = r->text();
    const auto entry = key ? r->bytes() : base::Result<ByteView>(base::fail(base::Code::kCorrupt));
    if (!key || !entry || *key != "accepted" || !r->array(4)) return wrong(name, "cannot be read");
    crypto::MerkleProof path;
    const auto total = r->uint(), index = r->uint();
    const auto leaf = hash_field(*r);
    const auto aunts = list_field<Hash>(*r, hash_field);
    if (!total || !index || !leaf || !aunts) return wrong(name, "cannot be read");
    path = {*total, *index, *leaf, *aunts};
    const auto store = crypto::merkle_root_of(path);
    const auto after = chain_.app_hash_after.find(height);
    if (*leaf != crypto::merkle_leaf(leaf_content(*key, *entry)) || !store || after == chain_.app_hash_after.end() ||
        !base::equal(after->second, crypto::merkle_root(std::vector<Bytes>{leaf_content("flora", *store)}))) {
      return wrong(name, "does not lead to the app hash after the block");
    }
    const Bytes expected = CborWriter().array(2).integer(height).bytes(crypto::merkle_root(*hashes)).take();
    if (!base::equal(*entry, expected)) wrong(name, "names other envelopes than its root");
  }

  void check_heads() {
    for (const auto& [channel, head] : chain_.heads) {
      const auto stored = heads_.find(base::to_bytes(channel));
      const Bytes expected = CborWriter().array(2).bytes(head.first).uint(head.second).take();
      if (stored == heads_.end() || stored->second != expected) {
        wrong("head of channel " + channel.text(), "is not the one the chain leads to");
      }
    }
    for (const auto& [key, hash] : list_hashes_) {
      const auto list = lists_.find(key);
      if (list == lists_.end() || list->second != hash)
        wrong("revocation list of ca/" + base::to_hex(key), "is not the one published");
    }
  }

  void check_app_hash() {
    const Hash computed = app_hash_of(entries_);
    // The last header names the app hash after the block before it; the proof block itself changes nothing.
    const auto last = chain_.app_hash_after.rbegin();
    if (last == chain_.app_hash_after.rend()) return;
    if (!base::equal(last->second, computed)) {
      findings_.add("ledger state",
                    "its entries do not lead to the app hash in the header of the last block; an entry was changed");
    }
    auto r = CborReader::open(last_);
    if (!r || !r->array(3)) return wrong("last block", "cannot be read");
    const auto height = r->integer();
    (void)r->skip();
    const auto app_hash = hash_field(*r);
    if (!height || !app_hash || *height != chain_.height || *app_hash != computed)
      wrong("last block", "is not the last block of the chain");
  }

  void check_transactions() {
    tables_.scan(Table::kTransactions, {}, {}, [&](ByteView key, ByteView) {
      const auto hash = Hash::from(key);
      if (!hash || !chain_.places.contains(*hash)) {
        findings_.add("table of transactions, " + base::to_hex(key), "names an envelope that stands in no block");
      }
      return true;
    });
  }

  const base::TableReader& tables_;
  const ChainOutcome& chain_;
  AuditReport& report_;
  Findings findings_;
  std::map<std::string, Bytes> entries_;
  std::map<std::string, std::vector<crypto::SmtUpdate>> trees_;
  std::map<Bytes, Bytes> heads_;
  std::map<Bytes, Hash> lists_, list_hashes_;
  Bytes last_;
};

}  // namespace

void audit_ledger_state(const base::TableReader& tables, ByteView genesis, const ChainOutcome& chain, AuditReport& report) {
  StateAudit(tables, chain, report).run(genesis);
}

}  // namespace flora::verify
