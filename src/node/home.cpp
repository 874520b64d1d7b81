// SPDX-License-Identifier: EUPL-1.2
#include "node/home.hpp"

#include <fmt/format.h>

#include "base/json.hpp"
#include "node/files.hpp"

namespace flora::node {

using base::Code;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

Result<Credential> load_credential(const fs::path& folder, std::string_view purpose) {
  FLORA_TRY(const auto certificate_pem, read_file(folder / fmt::format("{}.pem", purpose)));
  FLORA_TRY(const auto key_pem, read_file(folder / fmt::format("{}.key", purpose)));
  FLORA_TRY(auto certificate, pki::Certificate::parse_pem(certificate_pem));
  FLORA_TRY(auto key, crypto::PrivateKey::from_pem(key_pem));
  FLORA_TRY(const auto certified, certificate.public_key());
  if (!(certified == key.public_key())) {
    return base::fail(Code::kCorrupt, fmt::format("{}/{}: certificate and key do not belong together", folder.string(), purpose));
  }
  return Credential{std::move(certificate), std::move(key)};
}

Result<OfficerEntry> read_officer(const base::Json& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return base::fail(Code::kWrongType, "an officer is an object");
  OfficerEntry officer;
  FLORA_TRY(officer.user, base::json_text(*object, "user"));
  FLORA_TRY(officer.display_name, base::json_text(*object, "name"));
  FLORA_TRY(officer.role, base::json_text(*object, "role"));
  return officer;
}

Result<ClientEntry> read_client(const base::Json& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return base::fail(Code::kWrongType, "a client is an object");
  ClientEntry client;
  FLORA_TRY(client.client, base::json_text(*object, "client"));
  FLORA_TRY(client.display_name, base::json_text(*object, "name"));
  FLORA_TRY(const auto* roles, base::json_array(*object, "roles"));
  for (const auto& role : *roles) {
    if (!role.is_string()) return base::fail(Code::kWrongType, "a client's roles are texts");
    client.roles.emplace_back(role.get_string());
  }
  FLORA_TRY(const auto hex, base::json_text(*object, "secret_sha256"));
  const auto bytes = base::from_hex(hex);
  const auto hash = bytes ? base::Hash::from(*bytes) : std::nullopt;
  if (!hash) return base::fail(Code::kOutOfRange, "secret_sha256 is 64 hexadecimal digits");
  client.secret_hash = *hash;
  return client;
}

Status load_description(const fs::path& file, MemberHome& member) {
  FLORA_TRY(const auto text, read_file(file));
  FLORA_TRY(const auto json, base::parse_json(text));
  const auto* object = json.if_object();
  if (object == nullptr) return base::fail(Code::kWrongType, file.string());
  FLORA_TRY(member.agency, base::json_text(*object, "agency"));
  FLORA_TRY(member.title, base::json_text(*object, "title"));
  FLORA_TRY(member.short_title, base::json_text(*object, "short_title"));
  FLORA_TRY(const auto* officers, base::json_array(*object, "officers"));
  for (const auto& entry : *officers) {
    FLORA_TRY(auto officer, read_officer(entry));
    member.officers.push_back(std::move(officer));
  }
  FLORA_TRY(const auto* clients, base::json_array(*object, "clients"));
  for (const auto& entry : *clients) {
    FLORA_TRY(auto client, read_client(entry));
    member.clients.push_back(std::move(client));
  }
  return {};
}

Result<MemberHome> load_member(const fs::path& home, const base::MemberId& id) {
  const fs::path folder = home / "members" / id.text();
  FLORA_TRY(auto envelope, load_credential(folder, "envelope"));
  FLORA_TRY(auto seal, load_credential(folder, "seal"));
  FLORA_TRY(auto node, load_credential(folder, "node"));
  FLORA_TRY(auto govern, load_credential(folder, "govern"));
  FLORA_TRY(const auto member_key, read_secret(folder / "member.key"));
  FLORA_TRY(const auto storage_key, read_secret(folder / "storage.key"));
  MemberHome member{id,
                    {},
                    {},
                    {},
                    std::move(envelope),
                    std::move(seal),
                    std::move(node),
                    std::move(govern),
                    crypto::Secret(base::to_bytes(member_key)),
                    storage_key,
                    {},
                    {},
                    home / "vaults" / (id.text() + ".sqlite")};
  FLORA_TRY(load_description(folder / "member.json", member));
  return member;
}

Result<std::vector<base::MemberId>> load_member_ids(const fs::path& home) {
  FLORA_TRY(const auto text, read_file(home / "home.json"));
  FLORA_TRY(const auto json, base::parse_json(text));
  const auto* object = json.if_object();
  if (object == nullptr) return base::fail(Code::kWrongType, "home.json is an object");
  FLORA_TRY(const auto format, base::json_integer(*object, "format"));
  if (format > 1) return base::fail(Code::kSchemaNewer, fmt::format("home.json has format {}", format));
  FLORA_TRY(const auto* list, base::json_array(*object, "members"));
  std::vector<base::MemberId> ids;
  for (const auto& entry : *list) {
    const auto id = entry.is_string() ? base::MemberId::parse(std::string_view(entry.get_string())) : std::nullopt;
    if (!id) return base::fail(Code::kCorrupt, "home.json: a member's id cannot be read");
    ids.push_back(*id);
  }
  if (ids.empty()) return base::fail(Code::kCorrupt, "home.json names no member");
  return ids;
}

}  // namespace

const MemberHome* Home::find(const base::MemberId& id) const {
  for (const auto& member : members) {
    if (member.id == id) return &member;
  }
  return nullptr;
}

Result<Home> load_home(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path / "config.json", ignored)) return base::fail(Code::kHomeMissing, path.string());
  FLORA_TRY(const auto config_text, read_file(path / "config.json"));
  FLORA_TRY(auto config, parse_config(config_text));
  FLORA_TRY(const auto genesis_bytes, read_file(path / "genesis.cbor"));
  FLORA_TRY(auto genesis, ledger::parse_genesis(base::as_bytes(genesis_bytes)));
  FLORA_TRY(const auto validator_pem, read_file(path / "node" / "validator.key"));
  FLORA_TRY(auto validator, crypto::PrivateKey::from_pem(validator_pem));
  FLORA_TRY(const auto node_secret, read_secret(path / "node" / "node.secret"));
  FLORA_TRY(const auto storage_key, read_secret(path / "node" / "storage.key"));
  FLORA_TRY(const auto ids, load_member_ids(path));
  Home home{
      path, std::move(config), std::move(genesis), std::move(validator), crypto::Secret(base::to_bytes(node_secret)), storage_key,
      {}};
  for (const auto& id : ids) {
    FLORA_TRY(auto member, load_member(path, id));
    home.members.push_back(std::move(member));
  }
  return home;
}

}  // namespace flora::node
