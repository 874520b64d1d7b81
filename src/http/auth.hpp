// SPDX-License-Identifier: EUPL-1.2
// Who sends a request. One port, `Authenticator`; its users today are `DemoSignIn` (officers of a demo home, by cookie) and
// `SystemClients` (the agencies' own systems, by bearer credential, RFC 6750); OIDC becomes the third. A sign-in always
// belongs to one member and counts at that member's origin only.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

namespace flora::http {

// Whoever was recognised. A plain value.
struct Caller {
  base::MemberId member;
  std::string user;  // member-local id of the officer or of the client program; never leaves the member
  std::string display_name;
  std::vector<std::string> roles;  // role ids of the package; the first is what it acts as unless a request says otherwise
  bool system = false;             // a program with bearer credentials
  std::string csrf;                // cookie sessions: what X-CSRF-Token must carry on writes; empty for programs
  std::string session;             // opaque name of the session or client, for admission and idempotency; not a secret
  bool has_role(std::string_view role) const;
  const std::string& role() const { return roles.front(); }
};

// What a request carries to be recognised by.
struct Credentials {
  base::MemberId origin;    // the member whose listener received the request
  std::string_view cookie;  // value of the session cookie, or empty
  std::string_view bearer;  // token of `Authorization: Bearer`, or empty
};

// Any thread. Errors: kNotSignedIn.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  virtual base::Result<Caller> identify(const Credentials& credentials) = 0;
};

// One of the invented officers of a demo home.
struct Officer {
  base::MemberId member;
  std::string user;
  std::string display_name;
  std::string role;
};

// A program of a member. The secret itself is never kept: only SHA-256 of it (it has at least 32 random bytes).
struct SystemClient {
  base::MemberId member;
  std::string client;
  std::string display_name;
  std::vector<std::string> roles;
  base::Hash secret_hash;
};

// Sign-in by choosing an officer. The node builds one only for a demo home, whose listeners are on loopback (the server
// refuses to start otherwise). Sessions live in memory: 12 hours, at most 64 per officer, the oldest goes first.
class DemoSignIn final : public Authenticator {
 public:
  DemoSignIn(std::vector<Officer> officers, base::Random& random);  // random must outlive it

  struct SignedIn {
    Caller caller;
    std::string cookie;  // 256 random bits, base64url
  };
  std::vector<Officer> officers(const base::MemberId& member) const;
  // Errors: kForbidden if that member has no such officer.
  base::Result<SignedIn> sign_in(const base::MemberId& member, std::string_view user);
  void sign_out(std::string_view cookie);

  base::Result<Caller> identify(const Credentials& credentials) override;

 private:
  struct Session {
    Caller caller;
    std::int64_t since_ms = 0;  // steady clock
  };
  std::vector<Officer> officers_;
  base::Random& random_;
  mutable std::mutex mutex_;                // guards sessions_
  std::map<base::Hash, Session> sessions_;  // by SHA-256 of the cookie
};

// Programs with bearer credentials.
class SystemClients final : public Authenticator {
 public:
  explicit SystemClients(std::vector<SystemClient> clients) : clients_(std::move(clients)) {}
  base::Result<Caller> identify(const Credentials& credentials) override;

 private:
  std::vector<SystemClient> clients_;
};

}  // namespace flora::http
