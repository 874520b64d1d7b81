// SPDX-License-Identifier: EUPL-1.2
// `flora cose`: checks single COSE_Sign1 messages (RFC 9052).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/cbor.hpp"
#include "base/json.hpp"
#include "cli/batch.hpp"
#include "cli/commands.hpp"
#include "crypto/cose.hpp"
#include "pki/certificate.hpp"

namespace flora::cli {

using base::Bytes;
using base::Code;
using base::JsonObject;
using base::Result;
using base::Status;

namespace {

struct Options {
  std::string cert, key, file, payload, external_aad, profile = "rfc9052", batch;
};

// A public key, and the thumbprint the message must name if it came with a certificate.
struct Signer {
  crypto::PublicKey key;
  std::optional<base::Hash> thumbprint;
};

struct Request {
  Bytes message;
  Signer signer;
  Bytes external_aad;
  std::optional<Bytes> detached;
  crypto::CoseProfile profile = crypto::CoseProfile::kRfc9052;
};

Result<crypto::CoseProfile> profile_from(std::string_view name) {
  if (name == "flora") return crypto::CoseProfile::kFlora;
  if (name == "rfc9052") return crypto::CoseProfile::kRfc9052;
  return base::fail(Code::kOutOfRange, fmt::format("profile: not one of flora, rfc9052: {}", name));
}

Result<Signer> signer_from_certificate(std::string_view pem) {
  FLORA_TRY(const auto certificate,
            pem.starts_with('\x30') ? pki::Certificate::parse_der(base::as_bytes(pem)) : pki::Certificate::parse_pem(pem));
  FLORA_TRY(auto key, certificate.public_key());
  return Signer{std::move(key), certificate.thumbprint()};
}

Result<Signer> signer_from_key(std::string_view text) {
  const bool jwk = text.find_first_not_of(" \t\r\n") != std::string_view::npos && text[text.find_first_not_of(" \t\r\n")] == '{';
  FLORA_TRY(auto key, jwk ? crypto::PublicKey::from_jwk(text) : crypto::PublicKey::from_pem(text));
  return Signer{std::move(key), std::nullopt};
}

Result<Bytes> hex_member(const JsonObject& line, std::string_view member) {
  FLORA_TRY(const auto text, base::json_text(line, member));
  auto bytes = base::from_hex(text);
  if (!bytes) return base::fail(Code::kMalformed, fmt::format("{}: not hexadecimal", member));
  return *std::move(bytes);
}

Result<Signer> signer_from(const JsonObject& line) {
  if (line.contains("cert")) {
    FLORA_TRY(const auto pem, base::json_text(line, "cert"));
    return signer_from_certificate(pem);
  }
  FLORA_TRY(const auto* jwk, base::json_object(line, "key"));
  return signer_from_key(base::to_json(*jwk));
}

Status check(const Request& request) {
  FLORA_TRY(const auto parsed, crypto::parse_sign1(request.message, request.profile));
  if (request.signer.thumbprint && parsed.x5t && parsed.x5t != request.signer.thumbprint) {
    return base::fail(Code::kHeaderWrong, "x5t names another certificate");
  }
  const auto detached = request.detached ? std::optional<base::ByteView>(*request.detached) : std::nullopt;
  return crypto::verify_sign1(parsed, request.signer.key, request.external_aad, detached);
}

// The message is looked at before the key: whatever is wrong with it is told, whoever signed it.
Status check_line(const JsonObject& line) {
  FLORA_TRY(auto message, hex_member(line, "cbor_hex"));
  auto profile = crypto::CoseProfile::kRfc9052;
  if (line.contains("profile")) {
    FLORA_TRY(const auto name, base::json_text(line, "profile"));
    FLORA_TRY(profile, profile_from(name));
  }
  FLORA_TRY(crypto::parse_sign1(message, profile));
  FLORA_TRY(auto signer, signer_from(line));
  Request request{std::move(message), std::move(signer), {}, std::nullopt, profile};
  if (line.contains("external_aad_hex")) {
    FLORA_TRY(request.external_aad, hex_member(line, "external_aad_hex"));
  }
  if (line.contains("detached_payload_hex")) {
    FLORA_TRY(request.detached, hex_member(line, "detached_payload_hex"));
  }
  return check(request);
}

JsonObject answer(const JsonObject& line) {
  const auto checked = check_line(line);
  if (!checked) return {{"ok", false}, {"error", error_json(checked.error())}};
  return {{"ok", true}};
}

Result<Request> request_from(const Options& options) {
  FLORA_TRY(const auto profile, profile_from(options.profile));
  FLORA_TRY(const auto message, read_input(options.file));
  FLORA_TRY(const auto signer_text, read_input(options.cert.empty() ? options.key : options.cert));
  FLORA_TRY(auto signer, options.cert.empty() ? signer_from_key(signer_text) : signer_from_certificate(signer_text));
  Request request{base::to_bytes(base::as_bytes(message)), std::move(signer), {}, std::nullopt, profile};
  auto aad = base::from_hex(options.external_aad);
  if (!aad) return base::fail(Code::kMalformed, "--external-aad: not hexadecimal");
  request.external_aad = *std::move(aad);
  if (!options.payload.empty()) {
    FLORA_TRY(const auto payload, read_input(options.payload));
    request.detached = base::to_bytes(base::as_bytes(payload));
  }
  return request;
}

void verify(Context& context, const Options& options) {
  const auto request = request_from(options);
  if (!request) return report(context, request.error());
  const auto checked = check(*request);
  if (context.json) {
    const JsonObject out = checked ? JsonObject{{"ok", true}} : JsonObject{{"ok", false}, {"error", error_json(checked.error())}};
    fmt::print("{}\n", base::to_json(base::Json(out)));
  }
  if (!checked) {
    report(context, checked.error());
    context.exit_status = kNotInOrder;
  } else if (!context.json) {
    fmt::print("in order\n");
  }
}

}  // namespace

void add_cose(CLI::App& app, Context& context) {
  auto* cose = app.add_subcommand("cose", "signed messages: COSE_Sign1 (RFC 9052)");
  cose->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  auto* command = cose->add_subcommand("verify", "check one signature");
  auto* cert = command->add_option("--cert", options->cert, "the signer's certificate, PEM or DER");
  auto* key = command->add_option("--key", options->key, "the signer's public key, PEM or JWK")->excludes(cert);
  auto* file = command->add_option("FILE", options->file, "the message, CBOR; - for standard input");
  command->add_option("--payload", options->payload, "file of the detached payload");
  command->add_option("--external-aad", options->external_aad, "what is signed besides, hexadecimal");
  command->add_option("--profile", options->profile, "rfc9052, or flora for messages of our own")->capture_default_str();
  auto* batch = command
                    ->add_option("--batch", options->batch,
                                 "JSON Lines {id, cbor_hex, key or cert, external_aad_hex, detached_payload_hex, profile} from a "
                                 "file or standard input")
                    ->expected(0, 1);
  command->callback([&context, options, cert, key, file, batch] {
    if (*batch) return run_batch(context, options->batch.empty() ? "-" : options->batch, answer);
    if (!*cert && !*key) throw CLI::RequiredError("--cert or --key");
    if (!*file) throw CLI::RequiredError("FILE");
    verify(context, *options);
  });
}

}  // namespace flora::cli
