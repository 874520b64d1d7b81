// SPDX-License-Identifier: EUPL-1.2
// The nouns that talk to a running node: a small blocking HTTP/1.1 client, and the options they share. One thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "cli/context.hpp"

namespace flora::cli {

struct ApiOptions {
  std::string url = "http://127.0.0.1:8441";  // origin of the member
  std::string token_file;                     // bearer credential of a client program
  std::string user;                           // or an officer of a demo home
  std::string role;                           // for callers that hold several
};
// --url, --token-file, --user, --role; also from FLORA_URL, FLORA_TOKEN_FILE, FLORA_USER.
std::shared_ptr<ApiOptions> add_api_options(CLI::App& command);

struct ApiAnswer {
  int status = 0;
  std::string content_type;
  std::string body;
};

class ApiClient {
 public:
  // Connects and, with a user, signs in. Errors: kMalformed (url), kTimeout, kNotLeader (nobody answers there),
  // kFileUnreadable, those of the node.
  static base::Result<ApiClient> open(const ApiOptions& options);
  ~ApiClient();
  ApiClient(ApiClient&&) noexcept;
  ApiClient& operator=(ApiClient&&) noexcept;

  // Problem documents come back as errors with their code; what the node is too busy for is repeated for a while.
  base::Result<base::Json> get(std::string_view target);
  base::Result<base::Json> post(std::string_view target, const base::Json& body, std::string_view key);
  base::Result<ApiAnswer> get_bytes(std::string_view target, std::string_view accept);

 private:
  struct Impl;
  explicit ApiClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One value of a query, percent-encoded.
std::string encode_query(std::string_view value);
// "?a=b&c=d" from those that are not empty.
std::string query_of(const std::vector<std::pair<std::string, std::string>>& values);
// A fresh idempotency key.
std::string fresh_key();
// Prints one JSON document with --json, else what `print` writes.
void show(const Context& context, const base::Json& answer, void (*print)(const base::JsonObject&));

// Text of a member, or empty; a cell as people read it.
std::string text_of(const base::Json& value);

}  // namespace flora::cli
