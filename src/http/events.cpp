// SPDX-License-Identifier: EUPL-1.2
#include "http/events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "http/json.hpp"

namespace flora::http {

using base::JsonArray;
using base::JsonObject;

namespace {

// Above this an event says "fetch anew" instead: the reader's page shows a few dozen rows anyway.
constexpr std::size_t kEventBytesMax = 64 * 1024;

bool reaches(const std::vector<std::string>& to, const EventFilter& filter) {
  return std::ranges::any_of(to, [&](const std::string& recipient) {
    return recipient == filter.agency || std::ranges::find(filter.roles, recipient) != filter.roles.end();
  });
}

template <class List>
JsonArray reaching(const List& list, const EventFilter& filter) {
  JsonArray out;
  for (const auto& one : list) {
    if (reaches(one.to, filter)) out.emplace_back(json_of(one));
  }
  return out;
}

std::string frame(std::string_view event, std::int64_t height, const base::Json& data) {
  return fmt::format("event: {}\nid: {}\ndata: {}\n\n", event, height, base::to_json(data));
}

std::string mark(std::string_view event, std::int64_t height, base::Instant time) {
  return frame(event, height, JsonObject{{"height", height}, {"ledger_time", base::to_rfc3339(time)}});
}

std::size_t cases_in(const Delta& delta) {
  std::size_t n = 1;
  for (const auto& agency : delta.agencies) n += agency.cases.size();
  return n;
}

}  // namespace

std::string event_text(const Delta& delta, const EventFilter& filter) {
  const auto mine = std::ranges::find_if(delta.agencies, [&](const channel::AgencyDelta& a) {
    return a.package_id == filter.package_id && a.agency == filter.agency;
  });
  if (mine == delta.agencies.end() || mine->cases.empty()) return {};
  std::set<std::string_view> views;
  JsonArray cases;
  for (const auto& changed : mine->cases) {
    for (const auto& view : changed.views) {
      if (std::ranges::find(filter.views, view) != filter.views.end()) views.insert(view);
    }
    cases.emplace_back(JsonObject{{"case", changed.case_id.text()},
                                  {"findings", reaching(changed.findings, filter)},
                                  {"notes", reaching(changed.notes, filter)},
                                  {"cues", json_of(changed.new_cues)}});
  }
  JsonArray view_ids;
  for (const auto view : views) view_ids.emplace_back(view);
  auto text = frame("change", delta.height,
                    JsonObject{{"height", delta.height},
                               {"ledger_time", base::to_rfc3339(delta.ledger_time)},
                               {"views", std::move(view_ids)},
                               {"cases", std::move(cases)}});
  if (text.size() > kEventBytesMax) return mark("reset", delta.height, delta.ledger_time);
  return text;
}

std::optional<std::string> EventSource::take() {
  const std::lock_guard lock(mutex_);
  if (over_) return std::nullopt;
  return std::exchange(waiting_, {});
}

bool EventSource::over() {
  const std::lock_guard lock(mutex_);
  return over_;
}

bool EventSource::offer(std::string_view text) {
  {
    const std::lock_guard lock(mutex_);
    if (over_) return false;
    if (waiting_.size() + text.size() > bytes_max_) {
      over_ = true;
      waiting_.clear();
    } else {
      waiting_ += text;
    }
    if (!over_ && waiting_.size() > text.size()) return true;  // was awake already
  }
  if (wake_) wake_();
  const std::lock_guard lock(mutex_);
  return !over_;
}

void EventSource::end() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    waiting_.clear();
  }
  if (wake_) wake_();
}

void Hub::take(std::shared_ptr<const Delta> delta) {
  const std::lock_guard lock(taken_mutex_);
  taken_.push_back(std::move(delta));
}

void Hub::spread() {
  const std::lock_guard order(spread_mutex_);
  while (true) {
    std::shared_ptr<const Delta> next;
    {
      const std::lock_guard lock(taken_mutex_);
      if (taken_.empty()) return;
      next = std::move(taken_.front());
      taken_.pop_front();
    }
    publish(next);
  }
}

void Hub::publish(const std::shared_ptr<const Delta>& delta) {
  const std::lock_guard lock(mutex_);
  cases_ += cases_in(*delta);
  recent_.push_back(delta);
  while (recent_.size() > bounds_.deltas || (recent_.size() > 1 && cases_ > bounds_.cases)) {
    cases_ -= cases_in(*recent_.front());
    forgotten_ = recent_.front()->height;
    recent_.pop_front();
  }
  std::vector<std::pair<const EventFilter*, std::string>> made;  // readers of one role share their text
  std::vector<std::shared_ptr<EventSource>> slow;                // kept until the loop is over: `made` points into them
  for (auto it = sources_.begin(); it != sources_.end();) {
    const auto& filter = (*it)->filter();
    auto text = std::ranges::find_if(made, [&](const auto& m) { return *m.first == filter; });
    if (text == made.end()) text = made.insert(made.end(), {&filter, event_text(*delta, filter)});
    if (text->second.empty() || (*it)->offer(text->second)) {
      ++it;
    } else {
      ++dropped_;
      slow.push_back(std::move(*it));
      it = sources_.erase(it);
    }
  }
}

void Hub::attach(const std::shared_ptr<EventSource>& source) {
  const std::lock_guard lock(mutex_);
  const std::int64_t from = source->after.value_or(source->height);
  source->offer(mark("hello", from, source->time));
  // Nothing is missing if the last change forgotten was at or below `from`, or if none was and the hub listens since then.
  // A height above the ledger's belongs to another ledger.
  const bool complete = from <= source->height && (forgotten_ ? *forgotten_ <= from : listening_since_ <= from);
  if (!complete) source->offer(mark("reset", source->height, source->time));
  for (const auto& delta : recent_) {
    if (delta->height <= (complete ? from : source->height)) continue;
    const auto text = event_text(*delta, source->filter());
    if (!text.empty()) source->offer(text);
  }
  sources_.push_back(source);
}

void Hub::detach(const std::shared_ptr<EventSource>& source) {
  const std::lock_guard lock(mutex_);
  sources_.remove(source);
}

void Hub::end_all() {
  std::list<std::shared_ptr<EventSource>> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(sources_);
  }
  for (const auto& source : all) source->end();
}

std::size_t Hub::readers() const {
  const std::lock_guard lock(mutex_);
  return sources_.size();
}

std::size_t Hub::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace flora::http
