// SPDX-License-Identifier: EUPL-1.2
// `flora ca`: a small certification authority in a directory, for members that have none.
//
//   ca.pem, ca.key.pem     the current root and its key (mode 0600)
//   crl.pem                the lists published last, one per key that still counts
//   ca.json                {"crl_number", "issued": [...], "revoked": [...], "former": [file stems]}
//   former-N.pem, .key.pem roots of before a rollover; new-with-old-N.pem, old-with-new-N.pem their cross certificates
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/json.hpp"
#include "base/random.hpp"
#include "cli/commands.hpp"
#include "pki/member_ca.hpp"

namespace flora::cli {

using base::Code;
using base::JsonArray;
using base::JsonObject;
using base::Result;
using base::Status;

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string dir = ".", name, organisation, purpose = "envelope", key, new_key, output, serial, cert, at, reason = "unspecified";
  std::vector<std::string> dns, ip;
  std::int64_t days = 0;
};

constexpr std::int64_t kDaySeconds = 86400;
constexpr std::int64_t kRootDays = 3650, kLeafDays = 365, kCrlDays = 30;

// ---- files ------------------------------------------------------------------------------------------------------------------

tl::unexpected<base::Error> unwritable(const fs::path& path) {
  return base::fail(Code::kFileUnwritable, fmt::format("{}: {}", path.string(), std::strerror(errno)));
}

// Writes the whole file durably, with the rights given. `fresh`: refuses to replace one that exists.
Status write_file(const fs::path& path, std::string_view content, mode_t mode, bool fresh) {
  const fs::path target = fresh ? path : fs::path(path.string() + ".new");
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (fresh ? O_EXCL : O_TRUNC);
  const int file = ::open(target.c_str(), flags, mode);
  if (file < 0) return unwritable(target);
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t written = ::write(file, content.data() + done, content.size() - done);
    if (written <= 0) break;
    done += static_cast<std::size_t>(written);
  }
  const bool fine = done == content.size() && ::fsync(file) == 0;
  ::close(file);
  if (!fine) return unwritable(target);
  if (!fresh && ::rename(target.c_str(), path.c_str()) != 0) return unwritable(path);
  return {};
}

struct Store {
  fs::path dir;
  JsonObject state;

  fs::path at(std::string_view name) const { return dir / name; }

  static Result<Store> load(const std::string& dir) {
    Store store{dir, {}};
    FLORA_TRY(const auto text, read_input(store.at("ca.json").string()));
    FLORA_TRY(const auto value, base::parse_json(text, 64UL * 1024 * 1024));
    if (value.if_object() == nullptr) return base::fail(Code::kWrongType, "ca.json: not an object");
    store.state = value.get_object();
    FLORA_TRY(base::json_integer(store.state, "crl_number"));
    for (const auto* member : {"issued", "revoked", "former"}) {
      FLORA_TRY(base::json_array(store.state, member));
    }
    return store;
  }
  Status save(bool fresh) const { return write_file(at("ca.json"), base::to_json(base::Json(state)) + "\n", 0644, fresh); }
  JsonArray& list(std::string_view member) { return state[member].get_array(); }

  Result<pki::MemberCa> ca(const std::string& stem = "ca") const {
    FLORA_TRY(const auto certificate_pem, read_input(at(stem + ".pem").string()));
    FLORA_TRY(const auto key_pem, read_input(at(stem + ".key.pem").string()));
    FLORA_TRY(auto certificate, pki::Certificate::parse_pem(certificate_pem));
    FLORA_TRY(auto key, crypto::PrivateKey::from_pem(key_pem));
    return pki::MemberCa::from(std::move(certificate), std::move(key));
  }
};

// ---- commands ---------------------------------------------------------------------------------------------------------------

Result<base::Instant> moment(const Options& options) {
  if (options.at.empty()) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return base::Instant::from_seconds(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  }
  const auto at = base::parse_rfc3339(options.at);
  if (!at) return base::fail(Code::kOutOfRange, "--at: not an RFC 3339 time");
  return *at;
}

pki::Validity validity_from(base::Instant from, std::int64_t days) { return {from, from.plus_seconds(days * kDaySeconds)}; }

Status write_output_file(const std::string& path, std::string_view content) {
  return write_output(path.empty() ? "-" : path, content);
}

Result<JsonObject> make_new(const Options& options) {
  FLORA_TRY(const auto now, moment(options));
  base::SystemRandom random;
  FLORA_TRY(const auto ca, pki::MemberCa::make_root(options.name, options.organisation,
                                                    validity_from(now, options.days > 0 ? options.days : kRootDays), random));
  std::error_code error;
  fs::create_directories(options.dir, error);
  if (error) return base::fail(Code::kFileUnwritable, fmt::format("{}: {}", options.dir, error.message()));
  const Store store{options.dir, {{"crl_number", 0}, {"issued", JsonArray{}}, {"revoked", JsonArray{}}, {"former", JsonArray{}}}};
  FLORA_TRY(write_file(store.at("ca.key.pem"), ca.key().pem(), 0600, true));
  FLORA_TRY(write_file(store.at("ca.pem"), ca.certificate().pem(), 0644, true));
  FLORA_TRY(store.save(true));
  return JsonObject{{"certificate", store.at("ca.pem").string()},
                    {"key", store.at("ca.key.pem").string()},
                    {"subject", ca.certificate().subject()},
                    {"not_after", base::to_rfc3339(ca.certificate().not_after())}};
}

// The public key to certify: of a file, or of a fresh pair whose private half is written first.
Result<crypto::PublicKey> key_to_certify(const Options& options, base::Random& random) {
  if (!options.key.empty()) {
    FLORA_TRY(const auto text, read_input(options.key));
    return text.find('{') == 0 ? crypto::PublicKey::from_jwk(text) : crypto::PublicKey::from_pem(text);
  }
  const auto fresh = crypto::PrivateKey::generate(crypto::KeyKind::kP256, random);
  FLORA_TRY(write_file(options.new_key, fresh.pem(), 0600, true));
  return fresh.public_key();
}

Result<JsonObject> issue(const Options& options) {
  FLORA_TRY(auto store, Store::load(options.dir));
  FLORA_TRY(const auto ca, store.ca());
  FLORA_TRY(const auto now, moment(options));
  const auto purpose = pki::purpose_from(options.purpose);
  if (!purpose || *purpose == pki::Purpose::kAny)
    return base::fail(Code::kOutOfRange, "--purpose: not one of envelope, seal, node, govern");
  auto validity = validity_from(now, options.days > 0 ? options.days : kLeafDays);
  if (options.days <= 0) validity.not_after = std::min(validity.not_after, ca.certificate().not_after());
  base::SystemRandom random;
  FLORA_TRY(auto key, key_to_certify(options, random));
  const pki::LeafRequest request{std::move(key), *purpose, options.name, validity, options.dns, options.ip};
  FLORA_TRY(const auto certificate, ca.issue(request, random));
  store.list("issued").push_back(JsonObject{{"serial", certificate.serial_hex()},
                                            {"subject", certificate.subject()},
                                            {"purpose", pki::name_of(*purpose)},
                                            {"not_before", base::to_rfc3339(certificate.not_before())},
                                            {"not_after", base::to_rfc3339(certificate.not_after())}});
  FLORA_TRY(store.save(false));
  FLORA_TRY(write_output_file(options.output, certificate.pem()));
  return JsonObject{{"serial", certificate.serial_hex()},
                    {"subject", certificate.subject()},
                    {"not_after", base::to_rfc3339(certificate.not_after())}};
}

// CRLReason (RFC 5280, 5.3.1); holds and removals are not offered: a serial once revoked stays so.
Result<int> reason_from(std::string_view name) {
  constexpr std::pair<std::string_view, int> kReasons[] = {{"unspecified", 0},   {"key_compromise", 1},
                                                           {"ca_compromise", 2}, {"affiliation_changed", 3},
                                                           {"superseded", 4},    {"cessation", 5}};
  for (const auto& [known, number] : kReasons) {
    if (known == name) return number;
  }
  return base::fail(
      Code::kOutOfRange,
      "--reason: not one of unspecified, key_compromise, ca_compromise, affiliation_changed, superseded, cessation");
}

Result<std::string> serial_to_revoke(const Options& options) {
  if (options.cert.empty()) {
    const auto octets = base::from_hex(options.serial);
    if (!octets || octets->empty()) return base::fail(Code::kMalformed, "--serial: not hexadecimal");
    return base::to_hex(*octets);
  }
  FLORA_TRY(const auto pem, read_input(options.cert));
  FLORA_TRY(const auto certificate, pki::Certificate::parse_pem(pem));
  return certificate.serial_hex();
}

bool has_serial(const JsonArray& entries, std::string_view serial) {
  for (const auto& entry : entries) {
    const auto* object = entry.if_object();
    const auto* value = object == nullptr ? nullptr : object->if_contains("serial");
    if (value != nullptr && value->is_string() && value->get_string() == serial) return true;
  }
  return false;
}

Result<JsonObject> revoke(const Options& options) {
  FLORA_TRY(auto store, Store::load(options.dir));
  FLORA_TRY(const auto serial, serial_to_revoke(options));
  FLORA_TRY(const int reason, reason_from(options.reason));
  FLORA_TRY(const auto now, moment(options));
  if (!has_serial(store.list("issued"), serial))
    return base::fail(Code::kUnknownCertificate, "no certificate of this CA has serial " + serial);
  if (has_serial(store.list("revoked"), serial)) return base::fail(Code::kAlreadyExists, "already revoked: " + serial);
  store.list("revoked").push_back(JsonObject{{"serial", serial}, {"since", base::to_rfc3339(now)}, {"reason", reason}});
  FLORA_TRY(store.save(false));
  return JsonObject{{"serial", serial}, {"since", base::to_rfc3339(now)}, {"note", "publish it with `flora ca crl`"}};
}

Result<std::vector<pki::RevokedEntry>> revoked_entries(Store& store) {
  std::vector<pki::RevokedEntry> out;
  for (const auto& entry : store.list("revoked")) {
    const auto* object = entry.if_object();
    if (object == nullptr) return base::fail(Code::kWrongType, "ca.json: revoked");
    FLORA_TRY(const auto serial, base::json_text(*object, "serial"));
    FLORA_TRY(const auto since, base::json_text(*object, "since"));
    FLORA_TRY(const auto reason, base::json_integer(*object, "reason"));
    const auto octets = base::from_hex(serial);
    const auto instant = base::parse_rfc3339(since);
    if (!octets || !instant) return base::fail(Code::kMalformed, "ca.json: revoked");
    out.push_back({*octets, *instant, static_cast<int>(reason)});
  }
  return out;
}

// Former keys sign a list too as long as they are valid, so that those who still trust an old root need nothing else.
Result<JsonObject> publish(const Options& options) {
  FLORA_TRY(auto store, Store::load(options.dir));
  FLORA_TRY(const auto now, moment(options));
  FLORA_TRY(const auto revoked, revoked_entries(store));
  FLORA_TRY(auto number, base::json_integer(store.state, "crl_number"));
  std::vector<std::string> stems;
  for (const auto& stem : store.list("former")) stems.emplace_back(std::string_view(stem.get_string()));
  stems.emplace_back("ca");
  std::string pem;
  const auto next = now.plus_seconds((options.days > 0 ? options.days : kCrlDays) * kDaySeconds);
  for (const auto& stem : stems) {
    FLORA_TRY(const auto ca, store.ca(stem));
    if (ca.certificate().not_after() < now) continue;
    FLORA_TRY(const auto crl, ca.publish_crl(static_cast<std::uint64_t>(++number), now, next, revoked));
    pem += crl.pem();
  }
  // The number is taken before the list is shown, so that none is ever used twice.
  store.state["crl_number"] = number;
  FLORA_TRY(store.save(false));
  FLORA_TRY(write_file(store.at("crl.pem"), pem, 0644, false));
  if (!options.output.empty()) FLORA_TRY(write_output(options.output, pem));
  return JsonObject{{"crl", store.at("crl.pem").string()},
                    {"number", number},
                    {"revoked", revoked.size()},
                    {"next_update", base::to_rfc3339(next)}};
}

Result<JsonObject> roll_over(const Options& options) {
  FLORA_TRY(auto store, Store::load(options.dir));
  FLORA_TRY(const auto ca, store.ca());
  FLORA_TRY(const auto now, moment(options));
  base::SystemRandom random;
  FLORA_TRY(const auto rolled, ca.roll_over(validity_from(now, options.days > 0 ? options.days : kRootDays), random));
  const auto n = store.list("former").size() + 1;
  const std::string former = fmt::format("former-{}", n);
  FLORA_TRY(write_file(store.at(former + ".key.pem"), ca.key().pem(), 0600, true));
  FLORA_TRY(write_file(store.at(former + ".pem"), ca.certificate().pem(), 0644, true));
  FLORA_TRY(write_file(store.at(fmt::format("new-with-old-{}.pem", n)), rolled.new_with_old.pem(), 0644, true));
  FLORA_TRY(write_file(store.at(fmt::format("old-with-new-{}.pem", n)), rolled.old_with_new.pem(), 0644, true));
  store.list("former").push_back(base::Json(former));
  FLORA_TRY(write_file(store.at("ca.key.pem"), rolled.next.key().pem(), 0600, false));
  FLORA_TRY(write_file(store.at("ca.pem"), rolled.next.certificate().pem(), 0644, false));
  FLORA_TRY(store.save(false));
  return JsonObject{{"certificate", store.at("ca.pem").string()},
                    {"new_with_old", store.at(fmt::format("new-with-old-{}.pem", n)).string()},
                    {"old_with_new", store.at(fmt::format("old-with-new-{}.pem", n)).string()}};
}

// Standard output belongs to the certificate if it goes there; the summary then goes to standard error.
void run(Context& context, const Options& options, Result<JsonObject> (*command)(const Options&), bool writes_output) {
  const auto done = command(options);
  if (!done) return report(context, done.error());
  const bool output_taken = writes_output && (options.output.empty() || options.output == "-");
  if (context.json && !output_taken) {
    fmt::print("{}\n", base::to_json(base::Json(*done)));
    return;
  }
  if (context.quiet) return;
  for (const auto& member : *done) {
    const std::string value =
        member.value().is_string() ? std::string(member.value().get_string()) : base::to_json(member.value());
    fmt::print(output_taken ? stderr : stdout, "{:<13} {}\n", member.key_c_str(), value);
  }
}

}  // namespace

void add_ca(CLI::App& app, Context& context) {
  auto* ca = app.add_subcommand("ca", "a small certification authority in a directory");
  ca->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  const auto verb = [&](const char* name, const char* what, Result<JsonObject> (*command)(const Options&), bool writes_output) {
    auto* sub = ca->add_subcommand(name, what);
    sub->add_option("--dir", options->dir, "the CA's directory")->required();
    sub->add_option("--at", options->at, "act as of this instant, RFC 3339 (default: now)");
    sub->add_option("--days", options->days, "how long the result is valid")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{36500}));
    sub->callback([&context, options, command, writes_output] { run(context, *options, command, writes_output); });
    return sub;
  };
  auto* make = verb("new", "make a root with a P-256 key, overwriting nothing", make_new, false);
  make->add_option("--name", options->name, "common name of the CA")->required();
  make->add_option("--organisation", options->organisation, "organisation");

  auto* issue_command = verb("issue", "issue a certificate for one purpose", issue, true);
  issue_command->add_option("--purpose", options->purpose, "envelope, seal, node or govern")->required();
  issue_command->add_option("--name", options->name, "common name of the subject")->required();
  auto* key = issue_command->add_option("--key", options->key, "its public key, PEM or JWK");
  auto* new_key =
      issue_command->add_option("--new-key", options->new_key, "make a P-256 key and write it to this file, mode 0600")
          ->excludes(key);
  issue_command->add_option("--dns", options->dns, "host name, for node certificates");
  issue_command->add_option("--ip", options->ip, "IP address, for node certificates");
  issue_command->add_option("-o,--output", options->output, "where the certificate goes (default: standard output)");
  issue_command->callback([&context, options, key, new_key] {
    if (!*key && !*new_key) throw CLI::RequiredError("--key or --new-key");
    run(context, *options, issue, true);
  });

  auto* revoke_command = verb("revoke", "revoke a certificate of this CA", revoke, false);
  auto* serial = revoke_command->add_option("--serial", options->serial, "its serial number, hexadecimal");
  auto* cert = revoke_command->add_option("--cert", options->cert, "its PEM file")->excludes(serial);
  revoke_command->add_option("--reason", options->reason, "why")->capture_default_str();
  revoke_command->callback([&context, options, serial, cert] {
    if (!*serial && !*cert) throw CLI::RequiredError("--serial or --cert");
    run(context, *options, revoke, false);
  });

  auto* crl = verb("crl", "publish the revocation list under the next number", publish, false);
  crl->add_option("-o,--output", options->output, "also write it here");
  verb("rollover", "a new key under the same name, with cross certificates", roll_over, false);
}

}  // namespace flora::cli
