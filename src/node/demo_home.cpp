// SPDX-License-Identifier: EUPL-1.2
// The files of a fresh demo home. Everybody in it is invented.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "crypto/hash.hpp"
#include "ledger/trust_file.hpp"
#include "node/files.hpp"
#include "node/home.hpp"
#include "package/model.hpp"
#include "pki/member_ca.hpp"

namespace flora::node {

using base::Code;
using base::Instant;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kDaySeconds = 24 * 3600;
constexpr std::array<const char*, 24> kNames = {
    "Jana Albrecht",    "Mirko Benda",   "Katrin Döring", "Tobias Ehrlich", "Anne Fiedler",   "Jens Göpfert",
    "Susann Hentschel", "Falk Irmscher", "Ines Jahn",     "Ronny Kaden",    "Grit Lehnert",   "Sven Mehnert",
    "Doreen Noack",     "Uwe Oehme",     "Peggy Pietsch", "Ralf Queck",     "Silke Reichelt", "Steffen Thieme",
    "Antje Uhlig",      "Maik Voigt",    "Heike Wagner",  "Olaf Ziegler",   "Birgit Barthel", "Kai Czerny"};

// An agency of one or more packages, about to become a member.
struct Draft {
  std::string agency, title, short_title;
  std::vector<OfficerEntry> officers;
  struct Program {
    ClientEntry entry;
    std::string token;
  };
  std::vector<Program> programs;
};

std::vector<Draft> draft_members(const DemoOrder& order, base::Random& random) {
  std::vector<Draft> drafts;
  std::size_t named = 0;
  for (const auto* package : order.packages) {
    for (std::size_t a = 0; a < package->agencies.size(); ++a) {
      const auto& agency = package->agencies[a];
      auto it = std::find_if(drafts.begin(), drafts.end(), [&](const Draft& d) { return d.agency == agency.id; });
      if (it == drafts.end()) {
        const auto& short_title = package::in_language(agency.short_title, "de");
        drafts.push_back(
            {agency.id, package::in_language(agency.title, "de"), short_title.empty() ? agency.id : short_title, {}, {}});
        it = std::prev(drafts.end());
      }
      for (const auto& role : package->roles) {
        if (role.agency != a) continue;
        if (!role.system) {
          it->officers.push_back({role.id, kNames[named++ % kNames.size()], role.id});
          continue;
        }
        const std::string token = base::to_base64url(random.bytes(32));
        it->programs.push_back(
            {{role.id, package::in_language(role.title, "de"), {role.id}, crypto::sha256(base::as_bytes(token))}, token});
      }
    }
  }
  return drafts;
}

std::string describe(const Draft& draft) {
  base::JsonArray officers, clients;
  for (const auto& o : draft.officers) officers.push_back({{"user", o.user}, {"name", o.display_name}, {"role", o.role}});
  for (const auto& p : draft.programs) {
    base::JsonArray roles;
    for (const auto& role : p.entry.roles) roles.emplace_back(role);
    clients.push_back({{"client", p.entry.client},
                       {"name", p.entry.display_name},
                       {"roles", std::move(roles)},
                       {"secret_sha256", base::to_hex(p.entry.secret_hash)}});
  }
  return base::to_json(base::JsonObject{{"agency", draft.agency},
                                        {"title", draft.title},
                                        {"short_title", draft.short_title},
                                        {"officers", std::move(officers)},
                                        {"clients", std::move(clients)}}) +
         "\n";
}

// Writes one credential and adds its chain to the founder.
Status write_credential(const fs::path& folder, const pki::MemberCa& ca, pki::Purpose purpose, const Draft& draft,
                        pki::Validity validity, base::Random& random, ledger::Founder& founder) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256, random);
  pki::LeafRequest request{key.public_key(), purpose, fmt::format("{} {}", draft.agency, pki::name_of(purpose)).substr(0, 64),
                           validity,         {},      {}};
  if (purpose == pki::Purpose::kNode) {
    request.dns_names = {"localhost"};
    request.ip_addresses = {"127.0.0.1"};
  }
  FLORA_TRY(const auto certificate, ca.issue(request, random));
  const std::string name(pki::name_of(purpose));
  FLORA_TRY(write_new_file(folder / (name + ".pem"), certificate.pem(), Access::kAll));
  FLORA_TRY(write_new_file(folder / (name + ".key"), key.pem(), Access::kOwner));
  founder.certificates.push_back({base::to_bytes(certificate.der())});
  return {};
}

Result<ledger::Founder> write_member(const fs::path& home, const base::MemberId& id, const Draft& draft, Instant start,
                                     base::Random& random) {
  const fs::path folder = home / "members" / id.text();
  FLORA_TRY(make_folder(folder / "clients"));
  const pki::Validity ca_validity{start.plus_seconds(-2 * kDaySeconds), start.plus_seconds(20LL * 365 * kDaySeconds)};
  const pki::Validity validity{start.plus_seconds(-kDaySeconds), start.plus_seconds(10LL * 365 * kDaySeconds)};
  FLORA_TRY(const auto ca,
            pki::MemberCa::make_root(fmt::format("{} Demo CA", draft.short_title), draft.title, ca_validity, random));
  FLORA_TRY(const auto crl, ca.publish_crl(1, validity.not_before, validity.not_after, {}));
  FLORA_TRY(write_new_file(folder / "ca.pem", ca.certificate().pem(), Access::kAll));
  FLORA_TRY(write_new_file(folder / "ca.key", ca.key().pem(), Access::kOwner));
  FLORA_TRY(write_new_file(folder / "crl.pem", crl.pem(), Access::kAll));

  ledger::Founder founder;
  founder.id = id;
  founder.title = draft.title;
  founder.roots = {base::to_bytes(ca.certificate().der())};
  founder.crls = {base::to_bytes(crl.der())};
  for (const auto purpose : {pki::Purpose::kEnvelope, pki::Purpose::kSeal, pki::Purpose::kNode, pki::Purpose::kGovern}) {
    FLORA_TRY(write_credential(folder, ca, purpose, draft, validity, random, founder));
  }
  for (const char* secret : {"member.key", "storage.key"}) {
    FLORA_TRY(write_new_file(folder / secret, base::as_text(random.bytes(32)), Access::kOwner));
  }
  for (const auto& program : draft.programs) {
    FLORA_TRY(write_new_file(folder / "clients" / (program.entry.client + ".token"), program.token + "\n", Access::kOwner));
  }
  FLORA_TRY(write_new_file(folder / "member.json", describe(draft), Access::kAll));
  sync_folder(folder);
  return founder;
}

ledger::Genesis make_genesis(const DemoOrder& order, const crypto::PrivateKey& validator, std::vector<ledger::Founder> founders,
                             const base::MemberId& operated_by) {
  ledger::Genesis genesis;
  genesis.chain_id = order.federation + "-1";
  genesis.time = order.start;
  ledger::Validator only;
  const auto raw = validator.public_key().raw();
  std::copy(raw.begin(), raw.end(), only.key.begin());
  genesis.validators = {only};
  ledger::AppState state;
  std::sort(founders.begin(), founders.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  state.founders = std::move(founders);
  state.validator_members = {{only.key, operated_by}};
  genesis.app_state_bytes = ledger::encode_app_state(state);
  return genesis;
}

Status refuse_contents(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  if (!fs::is_directory(path, error) || !fs::is_empty(path, error)) {
    return base::fail(Code::kAlreadyExists, path.string() + " is not empty");
  }
  return {};
}

}  // namespace

Result<Home> write_demo_home(const fs::path& path, const DemoOrder& order, base::Random& random) {
  FLORA_TRY(refuse_contents(path));
  for (const char* folder : {"node", "members", "vaults", "journal"}) FLORA_TRY(make_folder(path / folder));
  const auto drafts = draft_members(order, random);
  if (drafts.empty()) return base::fail(Code::kPackageWrong, "the packages have no agencies");
  std::vector<ledger::Founder> founders;
  base::JsonArray ids;
  for (const auto& draft : drafts) {
    const auto id = random.id<base::MemberId>();
    FLORA_TRY(auto founder, write_member(path, id, draft, order.start, random));
    founders.push_back(std::move(founder));
    ids.emplace_back(id.text());
  }
  const auto operated_by = founders.front().id;
  const auto validator = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519, random);
  FLORA_TRY(write_new_file(path / "node" / "validator.key", validator.pem(), Access::kOwner));
  FLORA_TRY(write_new_file(path / "node" / "node.secret", base::as_text(random.bytes(32)), Access::kOwner));
  FLORA_TRY(write_new_file(path / "node" / "storage.key", base::as_text(random.bytes(32)), Access::kOwner));
  const auto genesis = make_genesis(order, validator, std::move(founders), operated_by);
  FLORA_TRY(write_new_file(path / "genesis.cbor", base::as_text(ledger::encode_genesis(genesis)), Access::kAll));
  const auto trust = ledger::make_trust_file(genesis, order.federation);
  FLORA_TRY(write_new_file(path / "trust.json", base::to_json(ledger::to_json(trust)) + "\n", Access::kAll));
  const base::JsonObject home_json{{"format", 1}, {"members", std::move(ids)}};
  FLORA_TRY(write_new_file(path / "home.json", base::to_json(home_json) + "\n", Access::kAll));
  FLORA_TRY(write_new_file(path / "config.json", encode_config(order.config), Access::kAll));
  sync_folder(path);
  return load_home(path);
}

}  // namespace flora::node
