// SPDX-License-Identifier: EUPL-1.2
// `flora cert`: judges certificates as the ledger does, and shows what stands in one.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/json.hpp"
#include "cli/batch.hpp"
#include "cli/commands.hpp"
#include "pki/path.hpp"

namespace flora::cli {

using base::Code;
using base::JsonArray;
using base::JsonObject;
using base::Result;

namespace {

struct Options {
  std::string trust, chain, at, purpose = "envelope", batch, file;
  std::vector<std::string> crls;
};

struct Request {
  std::vector<pki::Certificate> trust, chain;
  std::vector<pki::Crl> crls;
  base::Instant at;
  pki::Purpose purpose = pki::Purpose::kAny;
};

bool is_der(std::string_view content) { return content.starts_with('\x30'); }

Result<std::vector<pki::Certificate>> certificates_from(std::string_view content) {
  if (!is_der(content)) return pki::Certificate::parse_pem_bundle(content);
  FLORA_TRY(auto one, pki::Certificate::parse_der(base::as_bytes(content)));
  return std::vector{std::move(one)};
}

Result<std::vector<pki::Crl>> crls_from(std::string_view content) {
  if (!is_der(content)) return pki::Crl::parse_pem_bundle(content);
  FLORA_TRY(auto one, pki::Crl::parse_der(base::as_bytes(content)));
  return std::vector{std::move(one)};
}

base::Status read_moment(Request& request, const std::string& at, const std::string& purpose) {
  const auto instant = base::parse_rfc3339(at);
  if (!instant) return base::fail(Code::kOutOfRange, "at: not an RFC 3339 time: " + at);
  const auto named = pki::purpose_from(purpose);
  if (!named) return base::fail(Code::kOutOfRange, "purpose: not one of envelope, node, seal, govern, any: " + purpose);
  request.at = *instant;
  request.purpose = *named;
  return {};
}

// Every PEM text of a JSON array, each of one or more blocks.
template <class Item, class Read>
base::Status read_array(const JsonObject& line, std::string_view member, std::vector<Item>& out, const Read& read) {
  FLORA_TRY(const auto* texts, base::json_array(line, member));
  for (const auto& text : *texts) {
    const auto* pem = text.if_string();
    if (pem == nullptr) return base::fail(Code::kWrongType, fmt::format("{}: an array of PEM texts", member));
    FLORA_TRY(auto some, read(std::string_view(*pem)));
    std::move(some.begin(), some.end(), std::back_inserter(out));
  }
  return {};
}

Result<Request> request_from(const JsonObject& line) {
  Request request;
  FLORA_TRY(read_array(line, "trust", request.trust, certificates_from));
  FLORA_TRY(read_array(line, "chain", request.chain, certificates_from));
  if (line.contains("crls")) FLORA_TRY(read_array(line, "crls", request.crls, crls_from));
  FLORA_TRY(const auto at, base::json_text(line, "at"));
  FLORA_TRY(const auto purpose, base::json_text(line, "purpose"));
  FLORA_TRY(read_moment(request, at, purpose));
  return request;
}

Result<Request> request_from(const Options& options) {
  Request request;
  FLORA_TRY(const auto trust, read_input(options.trust));
  FLORA_TRY(request.trust, certificates_from(trust));
  FLORA_TRY(const auto chain, read_input(options.chain));
  FLORA_TRY(request.chain, certificates_from(chain));
  for (const auto& path : options.crls) {
    FLORA_TRY(const auto content, read_input(path));
    FLORA_TRY(auto some, crls_from(content));
    std::move(some.begin(), some.end(), std::back_inserter(request.crls));
  }
  FLORA_TRY(read_moment(request, options.at, options.purpose));
  return request;
}

Result<pki::PathJudgement> judge(const Request& r) { return pki::verify_path(r.trust, r.chain, r.crls, r.at, r.purpose); }

JsonObject answer(const JsonObject& line) {
  const auto request = request_from(line);
  if (!request) return {{"ok", false}, {"error", error_json(request.error())}};
  const auto judged = judge(*request);
  if (!judged) return {{"ok", false}, {"error", error_json(judged.error())}};
  return {{"ok", true}};
}

JsonObject to_object(const pki::PathJudgement& judged) {
  JsonArray path;
  for (const auto& certificate : judged.certificates) {
    path.push_back(JsonObject{{"subject", certificate.subject()},
                              {"serial", certificate.serial_hex()},
                              {"thumbprint", base::to_hex(certificate.thumbprint())}});
  }
  return {{"ok", true},
          {"purpose", pki::name_of(judged.purpose)},
          {"key", crypto::name_of(judged.key.kind())},
          {"not_before", base::to_rfc3339(judged.not_before)},
          {"not_after", base::to_rfc3339(judged.not_after)},
          {"path", std::move(path)}};
}

void print(const JsonObject& object) { fmt::print("{}\n", base::to_json(base::Json(object))); }

void verify(Context& context, const Options& options) {
  const auto request = request_from(options);
  if (!request) return report(context, request.error());
  const auto judged = judge(*request);
  if (!judged) {
    if (context.json) print({{"ok", false}, {"error", error_json(judged.error())}});
    report(context, judged.error());
    context.exit_status = kNotInOrder;
    return;
  }
  if (context.json) return print(to_object(*judged));
  fmt::print("in order for {}: {} key, valid from {} to {}\n", pki::name_of(judged->purpose), crypto::name_of(judged->key.kind()),
             base::to_rfc3339(judged->not_before), base::to_rfc3339(judged->not_after));
  for (const auto& certificate : judged->certificates)
    fmt::print("  {} (serial {})\n", certificate.subject(), certificate.serial_hex());
}

JsonObject to_object(const pki::Certificate& certificate) {
  const auto purpose = certificate.purpose();
  const auto key = certificate.public_key();
  JsonObject out{{"subject", certificate.subject()},
                 {"issuer", certificate.issuer()},
                 {"serial", certificate.serial_hex()},
                 {"not_before", base::to_rfc3339(certificate.not_before())},
                 {"not_after", base::to_rfc3339(certificate.not_after())},
                 {"thumbprint", base::to_hex(certificate.thumbprint())},
                 {"ca", certificate.is_ca()}};
  out["purpose"] = purpose ? base::Json(pki::name_of(*purpose)) : base::Json(nullptr);
  out["key"] = key ? base::Json(fmt::format("{} ({} bits)", crypto::name_of(key->kind()), key->bits())) : base::Json(nullptr);
  return out;
}

void show(Context& context, const Options& options) {
  const auto content = read_input(options.file);
  if (!content) return report(context, content.error());
  const auto certificates = certificates_from(*content);
  if (!certificates) return report(context, certificates.error());
  if (context.json) {
    JsonArray all;
    for (const auto& certificate : *certificates) all.push_back(to_object(certificate));
    fmt::print("{}\n", base::to_json(all));
    return;
  }
  for (const auto& certificate : *certificates) {
    for (const auto& member : to_object(certificate))
      fmt::print("{:<11} {}\n", member.key_c_str(), base::to_json(member.value()));
    fmt::print("\n");
  }
}

}  // namespace

void add_cert(CLI::App& app, Context& context) {
  auto* cert = app.add_subcommand("cert", "certificates: judge them as the ledger does, show them");
  cert->require_subcommand(1);
  const auto options = std::make_shared<Options>();

  auto* verify_command = cert->add_subcommand("verify", "judge a certificate path");
  auto* trust = verify_command->add_option("--trust", options->trust, "PEM file of trusted certificates; each is an anchor");
  auto* chain = verify_command->add_option("--chain", options->chain, "PEM file: the leaf first, then a pool in any order");
  verify_command->add_option("--crl", options->crls, "PEM file of revocation lists; may be given several times");
  auto* at = verify_command->add_option("--at", options->at, "the instant to judge for, RFC 3339");
  verify_command->add_option("--purpose", options->purpose, "envelope, node, seal, govern, or any (RFC 5280 alone)")
      ->capture_default_str();
  auto* batch = verify_command
                    ->add_option("--batch", options->batch,
                                 "JSON Lines {id, trust, chain, crls, at, purpose} from a file or standard input")
                    ->expected(0, 1);
  verify_command->callback([&context, options, trust, chain, at, batch] {
    if (*batch) return run_batch(context, options->batch.empty() ? "-" : options->batch, answer);
    for (const auto* needed : {trust, chain, at}) {
      if (!*needed) throw CLI::RequiredError(needed->get_name());
    }
    verify(context, *options);
  });

  auto* show_command = cert->add_subcommand("show", "what stands in certificates");
  show_command->add_option("FILE", options->file, "PEM or DER file, - for standard input")->required();
  show_command->callback([&context, options] { show(context, *options); });
}

}  // namespace flora::cli
