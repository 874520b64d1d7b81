// SPDX-License-Identifier: EUPL-1.2
// flora receipt verify: one proof against a trust file, on a machine without a node.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "verify/receipt.hpp"

namespace flora::cli {
namespace {

struct Options {
  std::string file, trust, certificate;
};

base::JsonObject to_json(const verify::ReceiptReport& r, const verify::TrustAnchor& trust) {
  base::JsonArray signers, codes;
  for (const auto& signer : r.signers) signers.emplace_back(signer);
  for (const auto code : r.command_codes) codes.emplace_back(code);
  return {{"ok", true},
          {"level", r.level},
          {"trust_class", r.trust_class},
          {"chain", trust.chain_id},
          {"envelope", base::to_hex(r.envelope)},
          {"certificate", base::to_hex(r.certificate)},
          {"author_checked", r.author_checked},
          {"channel", r.channel.text()},
          {"sequence", r.sequence},
          {"height", r.height},
          {"position", r.position},
          {"time", base::to_rfc3339(r.time)},
          {"verdict", r.verdict},
          {"signers", std::move(signers)},
          {"command_codes", std::move(codes)}};
}

void print(const verify::ReceiptReport& r, const verify::TrustAnchor& trust) {
  fmt::print("in order\n");
  fmt::print("level        {}{}\n", r.level,
             r.level == "ordered" ? " (stands in the record; what it caused is not part of this proof)" : "");
  fmt::print("trust class  {}\n", r.trust_class);
  fmt::print("chain        {} ({})\n", trust.chain_id, trust.title);
  fmt::print("block        {}, position {}, ledger time {}\n", r.height, r.position, base::to_rfc3339(r.time));
  fmt::print("envelope     {}\n", base::to_hex(r.envelope));
  fmt::print("channel      {}\n", r.channel.text());
  fmt::print("author       certificate {}{}\n", base::to_hex(r.certificate),
             r.author_checked ? ", signature checked" : " (give --cert to check the signature)");
  fmt::print("signed by    {}\n", fmt::join(r.signers, ", "));
}

base::Status run(Context& context, const Options& options) {
  FLORA_TRY(const auto receipt, read_input(options.file));
  FLORA_TRY(const auto trust_file, read_input(options.trust));
  FLORA_TRY(const auto trust, verify::read_trust(base::as_bytes(trust_file)));
  std::optional<pki::Certificate> author;
  if (!options.certificate.empty()) {
    FLORA_TRY(const auto pem, read_input(options.certificate));
    FLORA_TRY(author, pki::Certificate::parse_pem(pem));
  }
  const auto verified = verify::verify_receipt(base::as_bytes(receipt), trust, author);
  if (!verified) {
    context.exit_status = kNotInOrder;
    const auto& entry = base::describe(verified.error().code);
    if (context.json) {
      fmt::print("{}\n", base::to_json(base::JsonObject{{"ok", false},
                                                        {"error",
                                                         {{"code", static_cast<unsigned>(verified.error().code)},
                                                          {"name", entry.name},
                                                          {"detail", verified.error().detail}}}}));
    } else {
      fmt::print("not in order: {} ({} {})\n", verified.error().detail.empty() ? entry.what : verified.error().detail,
                 static_cast<unsigned>(verified.error().code), entry.name);
    }
    return {};
  }
  if (context.json) {
    fmt::print("{}\n", base::to_json(to_json(*verified, trust)));
  } else {
    print(*verified, trust);
  }
  return {};
}

}  // namespace

void add_receipt_verify(CLI::App& receipt, Context& context) {
  auto* command = receipt.add_subcommand("verify", "check a receipt offline against a trust file");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->file, "receipt, CBOR or JSON; - for standard input")->required();
  command->add_option("--trust", options->trust, "trust file, obtained from somebody you trust")->required();
  command->add_option("--cert", options->certificate, "the author's certificate, PEM: checks the author's signature too");
  command->callback([&context, options] {
    if (auto done = run(context, *options); !done) report(context, done.error());
  });
}

}  // namespace flora::cli
