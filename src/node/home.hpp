// SPDX-License-Identifier: EUPL-1.2
// A home: the folder with everything one node has. Files with secrets are readable by their owner only.
//
//   HOME/
//     config.json                    what an operator may change (node/config.hpp)
//     home.json                      the hosted members, in order of their origins' ports
//     genesis.cbor                   the federation's beginning (ledger/genesis.hpp)
//     trust.json                     what a verifier starts from; hand it out, its genesis hash by another way
//     node/
//       validator.key                Ed25519, PKCS#8 PEM: signs blocks of the embedded orderer
//       node.secret                  32 bytes: derives the salts of sealed envelopes
//       storage.key                  32 bytes: seals epoch keys in the tables
//     members/ID/                    one folder per hosted member, ID as printed
//       member.json                  agency, title, officers, client programs (their credentials as SHA-256 only)
//       ca.pem ca.key crl.pem        the member's own certification authority
//       envelope.pem envelope.key    likewise seal, node, govern
//       member.key                   32 bytes: message ids, actor ids, pseudonyms of new cases
//       storage.key                  32 bytes: the member's vault
//       clients/NAME.token           demo home only: the bearer credential of a stand-in program
//     vaults/ID.sqlite               the member's private records
//     tables/                        RocksDB (storage/rocks_tables.hpp)
//     journal/                       exports
//
// Never copied to another node: validator.key, tables/ (a restored node takes new certificates).
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/keys.hpp"
#include "crypto/mac.hpp"
#include "ledger/genesis.hpp"
#include "node/config.hpp"
#include "pki/certificate.hpp"

namespace flora::package {
struct Package;
}

namespace flora::node {

struct Credential {
  pki::Certificate certificate;
  crypto::PrivateKey key;
};

struct OfficerEntry {
  std::string user;  // member-local id
  std::string display_name;
  std::string role;
};

struct ClientEntry {
  std::string client;  // member-local id
  std::string display_name;
  std::vector<std::string> roles;
  base::Hash secret_hash;  // SHA-256 of the credential
};

struct MemberHome {
  base::MemberId id;
  std::string agency;  // id in the packages
  std::string title, short_title;
  Credential envelope, seal, node, govern;
  crypto::Secret member_key;
  base::Hash storage_key;
  std::vector<OfficerEntry> officers;
  std::vector<ClientEntry> clients;
  std::filesystem::path vault;
};

struct Home {
  std::filesystem::path path;
  Config config;
  ledger::Genesis genesis;
  crypto::PrivateKey validator;
  crypto::Secret node_secret;  // 32 bytes
  base::Hash storage_key;
  std::vector<MemberHome> members;  // in order of their origins' ports

  std::string tables() const { return (path / "tables").string(); }
  const MemberHome* find(const base::MemberId& id) const;
};

// Reads a home; opens no tables. Errors: kHomeMissing, kFileUnreadable, kCorrupt (a file does not fit the others), those of
// parse_config.
base::Result<Home> load_home(const std::filesystem::path& path);

// Writes the files of a fresh demo home: one node, one member per agency of the packages (agencies of the same id are one
// member), each with its own authority, certificates for the four purposes, keys, one officer per role and one client
// program per system role; a genesis with all members as founders at `start`. Makes no tables and no blocks.
// Errors: kAlreadyExists (the folder holds anything), kFileUnwritable, kDiskFull.
struct DemoOrder {
  std::vector<const package::Package*> packages;  // at least one
  std::string federation = "flora-demo";          // chain id is `<federation>-1`
  base::Instant start;                            // genesis time
  Config config;
};
base::Result<Home> write_demo_home(const std::filesystem::path& path, const DemoOrder& order, base::Random& random);

}  // namespace flora::node
