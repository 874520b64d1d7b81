// SPDX-License-Identifier: EUPL-1.2
// `worklist`: what people wait for. Requests go the whole way of the HTTP API apart from the socket: sign-in, rights, store,
// the member's vault, JSON. Every request asks another view, of every officer's role in turn.
#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "base/json.hpp"
#include "channel/keys.hpp"
#include "cli/bench_node.hpp"
#include "http/api.hpp"

namespace flora::cli::bench {

using base::Result;
using base::Status;

namespace {

constexpr std::size_t kInFlight = 8;
constexpr std::size_t kVaultBatch = 1000;
constexpr std::uint16_t kPort = 8441;  // of no socket

// An officer signed in at the member's origin, and the pages they look at.
struct Desk {
  base::MemberId member;
  std::string cookie;
  struct View {
    std::string id;
    std::string next;                  // cursor of the second page
    std::vector<std::string> filters;  // "filter.COLUMN=VALUE", as found in rows
  };
  std::vector<View> views;  // with at least one row
};

std::string percent(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

class Office {
 public:
  explicit Office(node::Node& node)
      : node_(node), api_(std::make_shared<http::Api>(config_of(node.home()), node.backend(), random_)) {}

  // Signs every officer in and looks at every view once.
  Status open() {
    for (const auto& member : node_.home().members) {
      for (const auto& officer : member.officers) {
        const auto answer = call(member.id, http::Method::kPost, "/api/v1/session", {}, R"({"user":")" + officer.user + R"("})");
        Desk desk{member.id, {}, {}};
        for (const auto& [name, value] : answer.headers) {
          if (name == "Set-Cookie") desk.cookie = value.substr(0, value.find(';'));
        }
        if (answer.status != 200 || desk.cookie.empty()) return base::fail(base::Code::kNotSignedIn, officer.user);
        FLORA_TRY(look_around(desk));
        if (!desk.views.empty()) desks_.push_back(std::move(desk));
      }
    }
    return desks_.empty() ? base::fail(base::Code::kInternal, "nobody sees a case") : Status{};
  }

  // Seconds of one request; 0 if it was refused.
  double timed(const Desk& desk, std::string target) {
    const auto begin = Clock::now();
    const auto answer = call(desk.member, http::Method::kGet, std::move(target), desk.cookie, {});
    const double seconds = seconds_since(begin);
    if (answer.status != 200) ++refused_;
    return seconds;
  }

  const std::vector<Desk>& desks() const { return desks_; }
  std::size_t refused() const { return refused_; }

 private:
  static http::Config config_of(const node::Home& home) {
    http::Config out;
    out.demo = true;
    for (const auto& member : home.members) {
      out.origins.push_back({member.id, "127.0.0.1", kPort});
      for (const auto& officer : member.officers)
        out.officers.push_back({member.id, officer.user, officer.display_name, officer.role});
    }
    return out;
  }

  http::Response call(const base::MemberId& origin, http::Method method, std::string target, const std::string& cookie,
                      std::string body) {
    http::Request request;
    request.method = method;
    request.target = std::move(target);
    request.headers = {{"host", fmt::format("127.0.0.1:{}", kPort)}, {"content-type", "application/json"}};
    if (!cookie.empty()) request.headers.emplace_back("cookie", cookie);
    request.trace = "0000000000000001";
    auto admitted = api_->admit(std::move(request), http::Where::kMember, origin, body.size());
    if (!admitted) return admitted.error();
    admitted->request.body = std::move(body);
    auto promise = std::make_shared<std::promise<http::Response>>();
    auto future = promise->get_future();
    api_->run(*std::move(admitted), [promise](http::Response response) { promise->set_value(std::move(response)); });
    return future.get();
  }

  Result<base::JsonObject> read(const Desk& desk, std::string target) {
    const auto answer = call(desk.member, http::Method::kGet, std::move(target), desk.cookie, {});
    FLORA_TRY(auto parsed, base::parse_json(answer.body));
    if (answer.status != 200 || !parsed.is_object()) return base::fail(base::Code::kInternal, answer.body);
    return std::move(parsed.get_object());
  }

  Status look_around(Desk& desk) {
    FLORA_TRY(const auto counts, read(desk, "/api/v1/views"));
    for (const auto& one : counts.at("views").as_array()) {
      Desk::View view{std::string(one.as_object().at("id").as_string()), {}, {}};
      FLORA_TRY(const auto page, read(desk, fmt::format("/api/v1/views/{}?limit=50", view.id)));
      if (page.at("rows").as_array().empty()) continue;
      if (const auto* next = page.if_contains("next"); next != nullptr && next->is_string())
        view.next = std::string(next->as_string());
      for (const auto& row : page.at("rows").as_array()) note_filters(view, row.as_object().at("cells").as_object());
      desk.views.push_back(std::move(view));
    }
    return {};
  }

  // Codes, steps and levels that stand in the row: short lower-case words of a column that can be filtered.
  static void note_filters(Desk::View& view, const base::JsonObject& cells) {
    for (const auto& [column, value] : cells) {
      if (!value.is_string() || view.filters.size() >= 8) continue;
      const std::string_view text = value.as_string();
      const bool word = !text.empty() && std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
      if (!word) continue;
      auto filter = fmt::format("filter.{}={}", std::string_view(column), text);
      if (std::ranges::find(view.filters, filter) == view.filters.end()) view.filters.push_back(std::move(filter));
    }
  }

  node::Node& node_;
  base::SystemRandom random_;
  std::shared_ptr<http::Api> api_;
  std::vector<Desk> desks_;
  std::size_t refused_ = 0;
};

// ---- filling ---------------------------------------------------------------------------------------------------------

std::string invented_name(base::SeededRandom& random) {
  constexpr std::string_view kBegin[] = {"Ba", "Do", "Fe", "Ga", "Ha", "Ka", "Lu", "Ma", "Ne", "Ra", "Sa", "Te", "Wa", "Ze"};
  constexpr std::string_view kMiddle[] = {"li", "ran", "mo", "der", "va", "sin", "ku", "tar", "be", "nol"};
  constexpr std::string_view kEnd[] = {"d", "na", "ri", "s", "to", "n", "k", "ma", "l", "za"};
  return fmt::format("{}{}{}{}", kBegin[random.below(std::size(kBegin))], kMiddle[random.below(std::size(kMiddle))],
                     kMiddle[random.below(std::size(kMiddle))], kEnd[random.below(std::size(kEnd))]);
}

Status fill_vaults(Bed& bed, const std::vector<base::CaseId>& cases, base::SeededRandom& random,
                   std::vector<std::string>& names) {
  std::vector<vault::Record> batch;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    batch.push_back({cases[i], invented_name(random), invented_name(random), "1990-01-02", "XXA", fmt::format("F{}", i), ""});
    if (names.size() < 500) names.push_back(batch.back().family_name);
    if (batch.size() < kVaultBatch && i + 1 < cases.size()) continue;
    for (const auto& member : bed.node().home().members) FLORA_TRY(bed.node().backend().vault(member.id).put_many(batch));
    batch.clear();
  }
  return {};
}

Status fill(Run& run, Bed& bed, std::size_t cases, std::vector<base::CaseId>& ids, std::vector<std::string>& names) {
  run.progress(fmt::format("filling a node with {} open cases and their persons", cases));
  Stories stories(bed.definition(), 21);
  constexpr std::size_t kAtOnce = 50'000;
  for (std::size_t done = 0; done < cases; done += kAtOnce) {
    for (auto& wave : open_cases(bed, stories, std::min(kAtOnce, cases - done), nullptr, &ids)) {
      const auto played = bed.play(std::move(wave), kInFlight);
      if (played.refused * 50 > played.commands) return base::fail(base::Code::kInternal, "the node refused");
    }
  }
  return fill_vaults(bed, ids, stories.random(), names);
}

// ---- measuring -------------------------------------------------------------------------------------------------------

struct Kind {
  const char* name;
  std::function<std::optional<std::pair<const Desk*, std::string>>()> draw;  // what is asked; nothing: not this time
  std::vector<double> p50, p99;
};

std::vector<Kind> kinds_of(const Office& office, base::SeededRandom& random, const std::vector<std::string>& names) {
  using Drawn = std::optional<std::pair<const Desk*, std::string>>;
  const auto desk = [&] { return &office.desks()[random.below(office.desks().size())]; };
  const auto view_of = [&](const Desk* at) -> const Desk::View& { return at->views[random.below(at->views.size())]; };
  return {
      {"first_page",
       [=]() -> Drawn {
         const auto* at = desk();
         return std::pair{at, fmt::format("/api/v1/views/{}?limit=50", view_of(at).id)};
       },
       {},
       {}},
      {"next_page",
       [=]() -> Drawn {
         const auto* at = desk();
         const auto& view = view_of(at);
         if (view.next.empty()) return std::nullopt;
         return std::pair{at, fmt::format("/api/v1/views/{}?limit=50&cursor={}", view.id, percent(view.next))};
       },
       {},
       {}},
      {"filtered_page",
       [=, &random]() -> Drawn {
         const auto* at = desk();
         const auto& view = view_of(at);
         if (view.filters.empty()) return std::nullopt;
         return std::pair{at,
                          fmt::format("/api/v1/views/{}?limit=50&{}", view.id, view.filters[random.below(view.filters.size())])};
       },
       {},
       {}},
      {"search",
       [=, &random, &names]() -> Drawn {
         const auto& name = names[random.below(names.size())];
         return std::pair{desk(), fmt::format("/api/v1/search?limit=50&q={}", percent(name.substr(0, 4 + random.below(4))))};
       },
       {},
       {}},
      {"count", [=]() -> Drawn { return std::pair{desk(), std::string("/api/v1/views")}; }, {}, {}},
  };
}

// Milliseconds of single point reads of case records.
std::vector<double> point_reads(Bed& bed, const std::vector<base::CaseId>& ids, base::SeededRandom& random, std::size_t count) {
  const auto snapshot = bed.node().backend().snapshot();
  std::vector<double> out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto key =
        channel::in_channel(snapshot.channel, channel::entry_key(channel::entry::kCase, {ids[random.below(ids.size())]}));
    const auto begin = Clock::now();
    const auto found = snapshot.tables->get(base::Table::kChannel, key);
    if (found) out.push_back(seconds_since(begin) * 1000);
  }
  return out;
}

Status measure(Run& run, std::size_t cases, const std::string& size, double share) {
  FLORA_TRY(const auto bed, Bed::make(run));
  FLORA_TRY(bed->start());
  std::vector<base::CaseId> ids;
  std::vector<std::string> names;
  FLORA_TRY(fill(run, *bed, cases, ids, names));
  FLORA_TRY(bed->start());  // anew, as after a night: what is asked first is read from the disk's cache
  Office office(bed->node());
  FLORA_TRY(office.open());
  base::SeededRandom random(3);
  auto kinds = kinds_of(office, random, names);
  std::vector<double> reads50, reads99;
  const double seconds = run.settings().seconds * share / run.rounds() / static_cast<double>(kinds.size());
  for (int round = 0; round < run.rounds(); ++round) {
    for (auto& kind : kinds) {
      std::vector<double> times;
      const auto begin = Clock::now();
      for (std::size_t tries = 0; seconds_since(begin) < seconds || (times.size() < 20 && tries < 1000); ++tries) {
        if (const auto drawn = kind.draw()) times.push_back(office.timed(*drawn->first, drawn->second) * 1000);
      }
      if (times.empty()) continue;
      kind.p50.push_back(quantile(times, 0.5));
      kind.p99.push_back(quantile(times, 0.99));
    }
    const auto reads = point_reads(*bed, ids, random, run.scaled(2000, 50));
    reads50.push_back(quantile(reads, 0.5));
    reads99.push_back(quantile(reads, 0.99));
  }
  if (office.refused() > 0) return base::fail(base::Code::kInternal, fmt::format("{} requests were refused", office.refused()));
  for (auto& kind : kinds) {
    if (kind.p50.empty()) {
      run.progress(fmt::format("{}: no view of this package can be asked so", kind.name));
      continue;
    }
    run.tell({fmt::format("{}_p50_ms_{}", kind.name, size), "one point read of the store, p50, ms", kind.p50, reads50});
    run.tell({fmt::format("{}_p99_ms_{}", kind.name, size), "one point read of the store, p99, ms", kind.p99, reads99});
  }
  return {};
}

}  // namespace

Status run_worklist(Run& run) {
  FLORA_TRY(measure(run, run.scaled(10'000, 200), "10k", 0.5));
  FLORA_TRY(measure(run, run.scaled(100'000, 400), "100k", 0.5));
  if (run.settings().long_run) FLORA_TRY(measure(run, run.scaled(1'000'000, 600), "1M", 1));
  return {};
}

}  // namespace flora::cli::bench
