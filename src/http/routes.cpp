// SPDX-License-Identifier: EUPL-1.2
// The route table. To add an address: one entry here, its handler (handlers.hpp), its shapes (schemas.cpp).
#include "http/handlers.hpp"

namespace flora::http {
namespace {

constexpr std::string_view kText = R"({"type":"string"})";
constexpr std::string_view kLimit = R"({"type":"integer","minimum":1,"maximum":500,"default":50})";
constexpr std::string_view kHeight = R"({"type":"integer","minimum":0})";
constexpr std::string_view kLevels = R"({"type":"string","enum":["hint","attention","critical"]})";
constexpr std::string_view kStates = R"({"type":"string","enum":["open","acknowledged"]})";
constexpr std::string_view kBool = R"({"type":"boolean","default":false})";

const Parameter kPreview{"preview", kBool, "Answers what it would cause; commits nothing."};
const Parameter kCursor{"cursor", kText, "`next` of the page before."};
const Parameter kRole{"role", kText, "For callers that hold several roles; default: the first."};
const Parameter kPage{"limit", kLimit, "Rows of a page."};

std::vector<Route> make_session_routes() {
  return {
      {.method = Method::kGet, .path = "/api/v1/demo/users", .id = "listDemoUsers", .tag = "session",
       .summary = "The invented officers of this demo who can sign in here", .need = Need::kNothing, .demo_only = true,
       .response_schema = "DemoUsers", .handler = get_demo_users},
      {.method = Method::kPost, .path = "/api/v1/session", .id = "signIn", .tag = "session",
       .summary = "Signs an officer of the demo in; sets the session cookie", .need = Need::kNothing, .demo_only = true,
       .request_schema = "SignIn", .response_schema = "Session", .handler = post_session},
      {.method = Method::kGet, .path = "/api/v1/session", .id = "getSession", .tag = "session",
       .summary = "Who is signed in, and the token that writes must carry", .response_schema = "Session",
       .handler = get_session},
      {.method = Method::kDelete, .path = "/api/v1/session", .id = "signOut", .tag = "session",
       .summary = "Signs out; answers 204", .csrf = true, .handler = delete_session},
  };
}

std::vector<Route> make_read_routes() {
  return {
      {.method = Method::kGet, .path = "/api/v1/package", .id = "getPackage", .tag = "package",
       .summary = "Everything a user interface needs to know about the process: steps, rules, codes, views, texts",
       .response_schema = "Package", .handler = get_package},
      {.method = Method::kGet, .path = "/api/v1/views", .id = "listViews", .tag = "views",
       .summary = "The views of the caller's roles with their counts", .query = {kRole}, .response_schema = "ViewCounts", .handler = get_views},
      {.method = Method::kGet, .path = "/api/v1/views/{view}", .id = "getView", .tag = "views",
       .summary = "One page of a view", .query = {kCursor, kPage, kRole,
           {"sort", kText, "The column the view is sorted by, with a leading - for descending; default: the view's own order."},
           {"filter.*", kText, "filter.COLUMN=value: a code, step id, level, true, 7, 2021-04-07; or a range FROM..TO of numbers or days, each end may be missing; empty: an empty cell."},
           {"q", kText, "Part of a name or a file number, in the reader's vault."}},
       .response_schema = "ViewPage", .handler = get_view},
      {.method = Method::kGet, .path = "/api/v1/next", .id = "listNextSteps", .tag = "views",
       .summary = "Weiter: the steps that the caller's agency owes and that nothing obstructs", .query = {kCursor, kPage, kRole},
       .response_schema = "NextSteps", .handler = get_next},
      {.method = Method::kGet, .path = "/api/v1/findings", .id = "listFindings", .tag = "findings",
       .summary = "Inbox: findings that reach the caller's roles or agency", .query = {
           {"level", kLevels, "This level alone."}, {"state", kStates, "This state alone; default both."}, kCursor, kPage, kRole},
       .response_schema = "Inbox", .handler = get_findings},
      {.method = Method::kGet, .path = "/api/v1/cases/{case}", .id = "getCase", .tag = "cases",
       .summary = "One case: its facts, duties, findings and cues", .query = {kRole}, .response_schema = "CaseDetail", .handler = get_case},
      {.method = Method::kGet, .path = "/api/v1/cases/{case}/why", .id = "getWhy", .tag = "cases",
       .summary = "The reason of a finding (rule, step, fact), of a duty (rule, step) or of a cue or block (step)",
       .query = {{"rule", kText, "Rule id."}, {"step", kText, "Step id."}, {"fact", kText, "Fact id."}, kRole},
       .response_schema = "Why", .handler = get_why},
      {.method = Method::kGet, .path = "/api/v1/search", .id = "search", .tag = "cases",
       .summary = "Searches the reader's vault by name or file number and joins the state of the cases",
       .query = {{"q", kText, "At least two letters."}, kPage, kRole}, .response_schema = "SearchAnswer", .handler = get_search},
      {.method = Method::kGet, .path = "/api/v1/events", .id = "listEvents", .tag = "systems",
       .summary = "Facts recorded since a height, in order, for the agencies' own systems",
       .query = {{"after", kHeight, "Facts above this height; default 0. Not used with a cursor."}, kCursor, kPage, kRole}, .response_schema = "EventsPage",
       .handler = get_events},
  };
}

std::vector<Route> make_write_routes() {
  return {
      {.method = Method::kPost, .path = "/api/v1/facts", .id = "recordFacts", .tag = "facts",
       .summary = "Records facts: one, a family, a selection or an import", .write = true, .query = {kPreview},
       .request_schema = "FactsRequest", .response_schema = "WriteAnswer", .handler = post_facts},
      {.method = Method::kPost, .path = "/api/v1/findings/acts", .id = "actOnFindings", .tag = "findings",
       .summary = "Acknowledges, justifies or closes findings", .write = true, .query = {kPreview},
       .request_schema = "ActsRequest", .response_schema = "WriteAnswer", .handler = post_acts},
      {.method = Method::kPost, .path = "/api/v1/cases/{case}/cancel", .id = "cancelCase", .tag = "cases",
       .summary = "Cancels a case for good", .write = true, .query = {kPreview}, .request_schema = "CancelRequest",
       .response_schema = "WriteAnswer", .handler = post_cancel},
      {.method = Method::kPost, .path = "/api/v1/persons", .id = "putPersons", .tag = "persons",
       .summary = "Keeps private records in the caller's own vault; gives a pseudonym where none is named", .write = true,
       .query = {kPreview}, .request_schema = "PersonsRequest", .response_schema = "PersonsAnswer", .handler = post_persons},
      {.method = Method::kGet, .path = "/api/v1/persons", .id = "findPersons", .tag = "persons",
       .summary = "Records of the caller's vault by file number",
       .query = {{"file_number", kText, "Exactly as kept."}}, .response_schema = "PersonList", .handler = get_persons},
      {.method = Method::kGet, .path = "/api/v1/groups/{token}", .id = "getGroup", .tag = "persons",
       .summary = "The cases of a family or group", .query = {kRole}, .response_schema = "Group", .handler = get_group},
  };
}

std::vector<Route> make_node_routes() {
  return {
      {.method = Method::kGet, .path = "/api/v1/receipts/{id}", .id = "getReceipt", .tag = "receipts",
       .summary = "The proof of one envelope: application/cose to be checked offline, application/json for reading",
       .response_schema = "Receipt", .handler = get_receipt},
      {.method = Method::kGet, .path = "/api/v1/status", .id = "getStatus", .tag = "node", .summary = "Where the node stands",
       .need = Need::kNothing, .response_schema = "NodeStatus", .handler = get_status},
      {.method = Method::kGet, .path = "/api/v1/stream", .id = "stream", .tag = "node",
       .summary = "Server-sent events: what changed for the caller; resumes after Last-Event-ID (a height)",
       .response_schema = "StreamEvent", .response_type = "text/event-stream", .handler = get_stream},
      {.method = Method::kGet, .path = "/api/openapi.json", .id = "getOpenapi", .tag = "node",
       .summary = "This description", .need = Need::kNothing, .handler = get_openapi},
      {.method = Method::kGet, .path = "/api/docs", .id = "getDocs", .tag = "node", .summary = "This description as a page",
       .need = Need::kNothing, .response_type = "text/html", .handler = get_docs},
      {.method = Method::kGet, .path = "/healthz", .id = "getHealth", .tag = "operations", .summary = "The process runs",
       .need = Need::kOperator, .where = Where::kOperations, .response_type = "text/plain", .handler = get_health},
      {.method = Method::kGet, .path = "/readyz", .id = "getReady", .tag = "operations",
       .summary = "The node serves; 503 with the reason where it does not, or cannot write", .need = Need::kOperator,
       .where = Where::kOperations, .response_schema = "NodeStatus", .handler = get_ready},
      {.method = Method::kGet, .path = "/metrics", .id = "getMetrics", .tag = "operations",
       .summary = "Prometheus text format", .need = Need::kOperator, .where = Where::kOperations,
       .response_type = "text/plain", .handler = get_metrics},
      {.method = Method::kPost, .path = "/demo/clock", .id = "setDemoClock", .tag = "operations",
       .summary = "Moves ledger time of a demo forward", .need = Need::kOperator, .where = Where::kOperations,
       .demo_only = true, .request_schema = "ClockRequest", .response_schema = "NodeStatus", .handler = post_clock},
  };
}

std::vector<Route> make_routes() {
  std::vector<Route> all;
  for (auto part : {make_session_routes(), make_read_routes(), make_write_routes(), make_node_routes()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace

std::span<const Route> routes() {
  static const std::vector<Route> all = make_routes();
  return all;
}

}  // namespace flora::http
