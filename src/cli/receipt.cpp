// SPDX-License-Identifier: EUPL-1.2
// flora receipt get: the proof of one envelope, over the API. flora receipt verify checks it offline (receipt_verify.cpp).
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/api_client.hpp"
#include "cli/commands.hpp"

namespace flora::cli {
namespace {

struct GetOptions {
  std::string id, out = "-";
};

// With --json the form for reading, else the proof itself.
base::Status get_receipt(const Context& context, const ApiOptions& options, const GetOptions& o) {
  FLORA_TRY(auto api, ApiClient::open(options));
  FLORA_TRY(const auto answer,
            api.get_bytes("/api/v1/receipts/" + encode_query(o.id), context.json ? "application/json" : "application/cose"));
  return write_output(o.out, answer.body);
}

}  // namespace

void add_receipt(CLI::App& app, Context& context) {
  auto* noun = app.add_subcommand("receipt", "proofs of single envelopes");
  noun->require_subcommand(1);
  auto* get = noun->add_subcommand("get", "fetch a receipt over the API of a running node");
  auto o = std::make_shared<GetOptions>();
  get->add_option("ID", o->id, "id of the receipt, as the acknowledgement names it")->required();
  get->add_option("-o,--output", o->out, "file to write; - for standard output")->capture_default_str();
  auto options = add_api_options(*get);
  get->callback([&context, options, o] {
    if (auto done = get_receipt(context, *options, *o); !done) report(context, done.error());
  });
  add_receipt_verify(*noun, context);
}

}  // namespace flora::cli
