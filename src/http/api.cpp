// SPDX-License-Identifier: EUPL-1.2
#include "http/api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>

#include "crypto/hash.hpp"
#include "http/json.hpp"

namespace flora::http {

using base::Code;
using base::fail;
using base::JsonObject;

namespace {

constexpr std::size_t kBytesPerToken = 8 * 1024;
constexpr std::size_t kKeyCharsMax = 128;

Admission::Bounds bounds_of(const Limits& limits) {
  return {.per_member = {limits.reads_in_flight_per_member, limits.writes_in_flight_per_member, limits.streams_per_member},
          .per_session = {limits.reads_in_flight_per_session, limits.writes_in_flight_per_session, limits.streams_per_session}};
}

bool is_loopback_name(std::string_view host) {
  std::string_view name = host;
  if (name.starts_with('[')) {
    return name.substr(0, name.find(']') + 1) == "[::1]";
  }
  name = name.substr(0, name.rfind(':'));
  return name == "localhost" || name == "127.0.0.1";
}

bool changes_something(Method method) { return method == Method::kPost || method == Method::kPut || method == Method::kDelete; }

// Comparing takes as long for a wrong token as for a right one.
bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

base::Status check_query(const Route& route, const Request& request) {
  for (std::size_t i = 0; i < request.query.size(); ++i) {
    const auto& name = request.query[i].first;
    const bool known = std::ranges::any_of(route.query, [&](const Parameter& p) {
      return p.name.ends_with('*') ? name.starts_with(p.name.substr(0, p.name.size() - 1)) : name == p.name;
    });
    if (!known) return fail(Code::kQueryUnknown, name);
    for (std::size_t j = 0; j < i; ++j) {
      if (request.query[j].first == name) return fail(Code::kDuplicate, name);
    }
  }
  if (const auto preview = request.query_value("preview"); preview && *preview != "true" && *preview != "false") {
    return fail(Code::kOutOfRange, "preview is true or false");
  }
  return {};
}

base::Status check_key(const Request& request) {
  const auto key = request.header("idempotency-key");
  if (key.empty()) return is_preview(request) ? base::Status{} : fail(Code::kIdempotencyKeyMissing);
  const bool printable = std::ranges::all_of(key, [](char c) { return c > ' ' && c < 127; });
  if (key.size() > kKeyCharsMax || !printable) {
    return fail(Code::kOutOfRange, "Idempotency-Key: 1 to 128 printable ASCII letters without spaces");
  }
  return {};
}

}  // namespace

Api::Api(const Config& config, Backend& given, base::Random& random)
    : backend(given),
      demo(config.demo),
      limits(config.limits),
      sign_in(config.demo ? config.officers : std::vector<Officer>{}, random),
      hosted_(given.hosted()),
      clients_(config.clients),
      admission_(bounds_of(config.limits)),
      openapi_(std::make_shared<const std::string>(openapi_text(config.demo))) {}

void Api::listen() {
  subscription_ = backend.subscribe([this](std::shared_ptr<const Delta> delta) {
    hub.take(std::move(delta));
    const auto self = weak_from_this();
    auto spread = [self] {
      if (const auto alive = self.lock()) alive->hub.spread();
    };
    if (defer) {
      defer(std::move(spread));
    } else {
      hub.spread();
    }
  });
  hub.listening_since(backend.status().height);  // after subscribing, so that nothing falls between
}

Api::~Api() {
  subscription_.reset();
  hub.end_all();
}

std::string Api::agency_of(const base::MemberId& member) const {
  const auto found = std::ranges::find(hosted_, member, &Hosted::member);
  return found == hosted_.end() ? std::string{} : found->agency;
}

// Browsers do not keep cookies of two ports of one host apart, so each origin has a name of its own.
std::string Api::cookie_name(const base::MemberId& member) const { return "flora_session_" + member.text().substr(0, 8); }

std::shared_ptr<const std::string> Api::package_json(const channel::Version& version) {
  const std::lock_guard lock(mutex_);
  if (!package_ || package_version_ != version.hash) {
    package_ = std::make_shared<const std::string>(base::to_json(json_of_package(*version.package, version.hash)));
    package_version_ = version.hash;
  }
  return package_;
}

// A page of a foreign name that resolves to loopback must not reach a demo, whose sign-in needs no secret.
base::Status Api::check_host(const Request& request) const {
  if (demo && !is_loopback_name(request.header("host")))
    return fail(Code::kHttpMalformed, "this demo answers to loopback names only");
  return {};
}

base::Result<Caller> Api::identify(const Request& request) {
  const auto authorization = request.header("authorization");
  Credentials credentials{.origin = request.origin, .cookie = {}, .bearer = {}};
  if (!authorization.empty()) {
    if (!authorization.starts_with("Bearer ")) return fail(Code::kNotSignedIn, "only bearer credentials are known here");
    credentials.bearer = authorization.substr(7);
    return clients_.identify(credentials);
  }
  if (!demo) return fail(Code::kNotSignedIn);
  credentials.cookie = request.cookie(cookie_name(request.origin));
  return sign_in.identify(credentials);
}

base::Status Api::check_sender(const Route& route, Request& request) {
  const auto sent_from = request.header("origin");
  if (changes_something(request.method) && !sent_from.empty()) {
    const auto host = request.header("host");
    if (sent_from != fmt::format("http://{}", host) && sent_from != fmt::format("https://{}", host)) {
      return fail(Code::kCsrf, "the request comes from a page of another origin");
    }
  }
  if (route.need != Need::kSignedIn) return {};
  FLORA_TRY(request.caller, identify(request));
  const bool by_cookie = !request.caller->system;
  if ((route.write || route.csrf) && by_cookie && !same_secret(request.header("x-csrf-token"), request.caller->csrf)) {
    return fail(Code::kCsrf);
  }
  return {};
}

tl::expected<Admitted, Response> Api::admit(Request head, Where where, const base::MemberId& origin, std::size_t body_bytes) {
  const auto refuse = [&head](const base::Error& error, int status = 0) {
    Response answer = problem(status != 0 ? status : status_of(error.code), error, head.trace);
    if (error.code == Code::kHttpMethod) answer.headers.emplace_back("Allow", error.detail);
    return tl::unexpected(std::move(answer));
  };
  head.origin = origin;
  auto target = parse_target(head.target);
  if (!target) return refuse(target.error(), 400);
  head.path = std::move(target->path);
  head.query = std::move(target->query);
  if (auto ok = check_host(head); !ok) return refuse(ok.error(), 421);
  const auto route = find_route(where, demo, head);
  if (!route) return refuse(route.error());
  if (auto ok = check_sender(**route, head); !ok) return refuse(ok.error());

  const bool stream = (*route)->response_type == "text/event-stream";
  const Work work = stream ? Work::kStream : (*route)->write ? Work::kWrite : Work::kRead;
  const std::size_t tokens = work == Work::kWrite ? 1 + body_bytes / kBytesPerToken : 1;
  auto ticket = admission_.enter(work, tokens, origin, head.caller ? head.caller->session : "");
  if (!ticket) {
    metrics.refused(Refused::kBusy);
    return refuse(ticket.error());
  }
  return Admitted{*route, std::move(head), *std::move(ticket)};
}

base::Status Api::check_body(const Route& route, const Request& request) const {
  if (route.request_schema.empty()) return {};
  const auto type = request.header("content-type");
  if (type != "application/json" && !type.starts_with("application/json;")) return fail(Code::kHttpMedia);
  return {};
}

void Api::run(Admitted admitted, Respond respond) {
  const Route& route = *admitted.route;
  Request& request = admitted.request;
  for (const auto& ok :
       {check_query(route, request), check_body(route, request), route.write ? check_key(request) : base::Status{}}) {
    if (!ok) return respond(problem(ok.error(), request.trace));
  }
  // The tokens go back when the answer is there, also if it is nobody's any more.
  const std::string trace = request.trace;
  Respond answer = [ticket = std::move(admitted.ticket), respond = std::move(respond)](Response response) {
    if (response.stream) response.stream->keep(ticket);
    respond(std::move(response));
  };
  if (route.write && !is_preview(request)) return run_write(route, std::move(request), std::move(answer));
  route.handler(*this, std::move(request), once(std::move(answer), trace));
}

namespace {

struct Once {
  Respond respond;
  std::string trace;
  std::atomic<bool> called{false};
  Once(Respond given, std::string given_trace) : respond(std::move(given)), trace(std::move(given_trace)) {}
  Once(const Once&) = delete;
  Once& operator=(const Once&) = delete;
  ~Once() {
    if (!called) respond(problem({Code::kInternal, "the request was dropped"}, trace));
  }
};

}  // namespace

Respond once(Respond respond, std::string trace) {
  return [state = std::make_shared<Once>(std::move(respond), std::move(trace))](Response response) {
    if (!state->called.exchange(true)) state->respond(std::move(response));
  };
}

void Api::run_write(const Route& route, Request request, Respond respond) {
  const Idempotency::Key key{request.origin, request.caller->user, std::string(request.header("idempotency-key"))};
  const auto digest = crypto::sha256({base::as_bytes(to_text(request.method)), base::as_bytes(request.path),
                                      base::as_bytes(std::string_view("\0", 1)), base::as_bytes(request.body)});
  auto begun = idempotency_.begin(key, digest);
  if (!begun) return respond(problem(begun.error(), request.trace));
  if (auto* known = std::get_if<Response>(&*begun)) return respond(std::move(*known));
  const std::string trace = request.trace;
  Respond finish = [self = shared_from_this(), key, respond = std::move(respond)](Response response) {
    self->idempotency_.finish(key, response);
    respond(std::move(response));
  };
  route.handler(*this, std::move(request), once(std::move(finish), trace));
}

bool is_preview(const Request& request) { return request.query_value("preview") == "true"; }

std::string idempotency_key(const Request& request) {
  const auto key = request.header("idempotency-key");
  return key.empty() ? "preview" : std::string(key);
}

Author author_of(const Caller& caller) { return {.member = caller.member, .person = caller.user, .client = caller.user}; }

const channel::Version* version_for(const Snapshot& snapshot, const base::MemberId& member) {
  if (!snapshot.catalog) return nullptr;
  if (const auto* only = snapshot.catalog->only_one(); only != nullptr) return only;
  for (const auto* version : snapshot.catalog->all_in_force()) {
    if (!snapshot.catalog->agencies_of(version->package->id, member).empty()) return version;
  }
  return nullptr;
}

base::Result<Reading> read_as(Api& api, const Request& request) {
  Reading out;
  out.snapshot = api.backend.snapshot();
  out.version = version_for(out.snapshot, request.origin);
  if (out.version == nullptr) return fail(Code::kUnknownPackage, "no package is in force for this member");
  std::string role = request.caller->role();
  if (const auto wanted = request.query_value("role")) {
    if (!request.caller->has_role(*wanted)) return fail(Code::kForbidden, "the caller does not hold that role");
    role = *wanted;
  }
  out.reader = std::make_shared<const channel::Reader>(out.snapshot.tables, out.snapshot.channel, out.snapshot.catalog);
  out.asking = {.member = request.origin, .package_id = out.version->package->id, .role = std::move(role), .language = "de"};
  return out;
}

Response listed(const Request& request, const channel::Standing& standing, JsonObject content) {
  const auto hash = crypto::sha256(base::as_bytes(base::to_json(base::Json(content))));
  const std::string etag = fmt::format("\"{}\"", base::to_hex(base::ByteView(hash).first(12)));
  Response out;
  if (const auto seen = request.header("if-none-match"); !seen.empty() && seen.find(etag) != std::string_view::npos) {
    out.status = 304;
  } else {
    content["height"] = standing.height;
    content["ledger_time"] = base::to_rfc3339(standing.time);
    out.body = base::to_json(base::Json(std::move(content)));
  }
  out.headers = {{"ETag", etag}, {"Flora-Height", fmt::format("{}", standing.height)}, {"Cache-Control", "private, no-cache"}};
  return out;
}

base::Result<std::int64_t> query_number(const Request& request, std::string_view name, std::int64_t fallback, std::int64_t least,
                                        std::int64_t most) {
  const auto text = request.query_value(name);
  if (!text) return fallback;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < least || value > most) {
    return fail(Code::kOutOfRange, fmt::format("{}: a number from {} to {}", name, least, most));
  }
  return value;
}

base::Result<std::size_t> page_limit(const Request& request) {
  FLORA_TRY(const auto limit, query_number(request, "limit", 50, 1, static_cast<std::int64_t>(base::limits::kPageRowsMax)));
  return static_cast<std::size_t>(limit);
}

}  // namespace flora::http
