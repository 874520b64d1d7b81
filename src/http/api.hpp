// SPDX-License-Identifier: EUPL-1.2
// What the handlers work with: the backend, sign-in, events, idempotency, metrics; and the way of a request from its head to
// its handler, apart from any socket. Any thread.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "channel/read.hpp"
#include "http/admission.hpp"
#include "http/backend.hpp"
#include "http/config.hpp"
#include "http/events.hpp"
#include "http/idempotency.hpp"
#include "http/metrics.hpp"
#include "http/router.hpp"

namespace flora::http {

// A request that was let in: its route is known, its sender too where the route needs one. The body is not read yet.
struct Admitted {
  const Route* route = nullptr;
  Request request;
  std::shared_ptr<Admission::Ticket> ticket;  // to be held until the answer is there (of a stream: until its end)
};

class Api : public std::enable_shared_from_this<Api> {  // late answers of the backend keep it alive
 public:
  Api(const Config& config, Backend& backend, base::Random& random);
  ~Api();
  // Begins to hear what changes. Once, after `defer` and `connections` were set.
  void listen();

  // From the head alone: target, host, route, sender, CSRF token, admission. Quick, never blocks. `body_bytes`: as
  // announced. The refusal is a complete answer.
  tl::expected<Admitted, Response> admit(Request head, Where where, const base::MemberId& origin, std::size_t body_bytes);
  // Checks the query, media type and idempotency key, then calls the handler. Worker thread.
  void run(Admitted admitted, Respond respond);

  // ---- for the handlers ----------------------------------------------------------------------------------------------
  Backend& backend;
  const bool demo;
  const Limits limits;
  DemoSignIn sign_in;
  Hub hub;
  Metrics metrics;
  std::function<std::size_t()> connections;  // of the server, for the gauge; may be empty
  // Runs work on a worker thread, so that none of it is done on the thread that commits; empty: in place.
  std::function<void(std::function<void()>)> defer;
  const Admission& admission() const { return admission_; }

  std::string agency_of(const base::MemberId& member) const;  // its agency's id; empty if not hosted
  std::string cookie_name(const base::MemberId& member) const;
  std::shared_ptr<const std::string> openapi_json() const { return openapi_; }
  // JSON of the package in force, made once a version.
  std::shared_ptr<const std::string> package_json(const channel::Version& version);

 private:
  base::Result<Caller> identify(const Request& request);
  base::Status check_host(const Request& request) const;
  base::Status check_sender(const Route& route, Request& request);
  base::Status check_body(const Route& route, const Request& request) const;
  void run_write(const Route& route, Request request, Respond respond);

  std::vector<Hosted> hosted_;
  SystemClients clients_;
  Admission admission_;
  Idempotency idempotency_;
  std::shared_ptr<const std::string> openapi_;
  std::mutex mutex_;  // guards the package's JSON
  base::Hash package_version_;
  std::shared_ptr<const std::string> package_;
  std::unique_ptr<Subscription> subscription_;
};

// `respond` for at most one call; if it is dropped without one, it is answered 500.
Respond once(Respond respond, std::string trace);

// ---- helpers of the handlers ------------------------------------------------------------------------------------------
bool is_preview(const Request& request);
// As sent; for a preview without one "preview".
std::string idempotency_key(const Request& request);
Author author_of(const Caller& caller);

// A snapshot with everything needed to read it as the caller's role.
struct Reading {
  Snapshot snapshot;
  std::shared_ptr<const channel::Reader> reader;
  const channel::Version* version = nullptr;  // in force; owned by snapshot.catalog
  channel::Asking asking;                     // first role of the caller, or that of `?role=`
  const package::Package& package() const { return *version->package; }
};
// Errors: kUnknownPackage (none in force), kForbidden (a role the caller does not hold).
base::Result<Reading> read_as(Api& api, const Request& request);
// The version in force that this member's people work with.
const channel::Version* version_for(const Snapshot& snapshot, const base::MemberId& member);

// The answer with Flora-Height and an ETag over `content` without height and time, so that it stays the same while nothing
// changes; 304 if the request names it. `content` is completed with height and ledger_time.
Response listed(const Request& request, const channel::Standing& standing, base::JsonObject content);

// A number of the query, or `fallback`. Errors: kOutOfRange.
base::Result<std::int64_t> query_number(const Request& request, std::string_view name, std::int64_t fallback, std::int64_t least,
                                        std::int64_t most);
// `limit` of a page.
base::Result<std::size_t> page_limit(const Request& request);

}  // namespace flora::http
