// SPDX-License-Identifier: EUPL-1.2
#include "http/auth.hpp"

#include <algorithm>
#include <chrono>

#include "crypto/hash.hpp"

namespace flora::http {

using base::Code;
using base::fail;

namespace {

constexpr std::int64_t kSessionMs = 12LL * 3600 * 1000;
constexpr std::size_t kSessionsPerOfficer = 64;

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string random_token(base::Random& random) { return base::to_base64url(random.bytes(32)); }

}  // namespace

bool Caller::has_role(std::string_view role) const { return std::ranges::find(roles, role) != roles.end(); }

DemoSignIn::DemoSignIn(std::vector<Officer> officers, base::Random& random) : officers_(std::move(officers)), random_(random) {}

std::vector<Officer> DemoSignIn::officers(const base::MemberId& member) const {
  std::vector<Officer> out;
  std::ranges::copy_if(officers_, std::back_inserter(out), [&](const Officer& o) { return o.member == member; });
  return out;
}

base::Result<DemoSignIn::SignedIn> DemoSignIn::sign_in(const base::MemberId& member, std::string_view user) {
  const auto officer = std::ranges::find_if(officers_, [&](const Officer& o) { return o.member == member && o.user == user; });
  if (officer == officers_.end()) return fail(Code::kForbidden, "there is no such officer at this member");
  SignedIn out;
  out.cookie = random_token(random_);
  out.caller = Caller{.member = member,
                      .user = officer->user,
                      .display_name = officer->display_name,
                      .roles = {officer->role},
                      .system = false,
                      .csrf = random_token(random_),
                      .session = {}};
  const base::Hash key = crypto::sha256(base::as_bytes(out.cookie));
  out.caller.session = base::to_hex(base::ByteView(key).first(8));

  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::int64_t, base::Hash>> own;
  for (const auto& [hash, session] : sessions_) {
    if (session.caller.member == member && session.caller.user == user) own.emplace_back(session.since_ms, hash);
  }
  if (own.size() >= kSessionsPerOfficer) sessions_.erase(std::ranges::min_element(own)->second);
  sessions_.emplace(key, Session{out.caller, steady_ms()});
  return out;
}

void DemoSignIn::sign_out(std::string_view cookie) {
  const base::Hash key = crypto::sha256(base::as_bytes(cookie));
  const std::lock_guard lock(mutex_);
  sessions_.erase(key);
}

base::Result<Caller> DemoSignIn::identify(const Credentials& credentials) {
  if (credentials.cookie.empty()) return fail(Code::kNotSignedIn);
  const base::Hash key = crypto::sha256(base::as_bytes(credentials.cookie));
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(key);
  if (found == sessions_.end()) return fail(Code::kNotSignedIn, "the session is over");
  if (steady_ms() - found->second.since_ms > kSessionMs) {
    sessions_.erase(found);
    return fail(Code::kNotSignedIn, "the session is over");
  }
  if (found->second.caller.member != credentials.origin) return fail(Code::kNotSignedIn, "the session belongs to another origin");
  return found->second.caller;
}

base::Result<Caller> SystemClients::identify(const Credentials& credentials) {
  if (credentials.bearer.empty()) return fail(Code::kNotSignedIn);
  const base::Hash presented = crypto::sha256(base::as_bytes(credentials.bearer));
  for (const auto& client : clients_) {
    // Hashes of 256-bit secrets: how far a comparison got tells nothing about the secret.
    if (client.secret_hash != presented) continue;
    if (client.member != credentials.origin) return fail(Code::kNotSignedIn, "the credential belongs to another origin");
    if (client.roles.empty()) return fail(Code::kNotSignedIn, "the client holds no role");
    return Caller{.member = client.member,
                  .user = client.client,
                  .display_name = client.display_name,
                  .roles = client.roles,
                  .system = true,
                  .csrf = {},
                  .session = "client:" + client.client};
  }
  return fail(Code::kNotSignedIn, "the credential is not known here");
}

}  // namespace flora::http
