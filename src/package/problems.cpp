// SPDX-License-Identifier: EUPL-1.2
#include "package/problems.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

namespace flora::package {

namespace {
// More would help nobody, and a hostile file must not fill the memory with complaints.
constexpr std::size_t kProblemsMax = 1000;

// One line of bounded length, whatever the package made of it.
std::string tidy(std::string text) {
  constexpr std::size_t kBytesMax = 600;
  if (text.size() > kBytesMax) {
    std::size_t end = kBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text.resize(end);
    text += "...";
  }
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}
}  // namespace

void Problems::error(std::string_view check, const Place& place, std::string_view element, std::string sentence,
                     std::string hint) {
  ++errors_;
  broken_.emplace(element);
  if (all_.size() >= kProblemsMax) return;
  all_.push_back({std::string(check),
                  Severity::kError,
                  tidy(std::string(element.substr(0, 100))),
                  place,
                  tidy(std::move(sentence)),
                  {},
                  tidy(std::move(hint))});
}

void Problems::warning(std::string_view check, const Place& place, std::string_view element, std::string sentence,
                       std::string hint) {
  if (all_.size() >= kProblemsMax) return;
  all_.push_back({std::string(check),
                  Severity::kWarning,
                  tidy(std::string(element.substr(0, 100))),
                  place,
                  tidy(std::move(sentence)),
                  {},
                  tidy(std::move(hint))});
}

std::vector<Problem> Problems::take() {
  std::sort(all_.begin(), all_.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.place.file, a.place.line, a.place.column, a.check, a.sentence) <
           std::tie(b.place.file, b.place.line, b.place.column, b.check, b.sentence);
  });
  return std::move(all_);
}

namespace {

// Edits between two words, a swap of neighbours counting one (optimal string alignment); `limit` if they are at least that many.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) >= limit) return limit;
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    if (*std::min_element(now.begin(), now.end()) > limit) return limit;
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

}  // namespace

std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t kWordMax = 64;
  if (word.size() > kWordMax) return {};
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, std::min<std::size_t>(2, word.size() / 3)) + 1;
  for (const auto candidate : candidates) {
    if (candidate.size() > kWordMax) continue;
    if (const std::size_t d = distance(word, candidate, least); d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

std::string suggest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (const auto meant = closest(word, candidates); !meant.empty()) return fmt::format("Did you mean '{}'?", meant);
  constexpr std::size_t kListedMax = 16;
  if (candidates.empty() || candidates.size() > kListedMax) return {};
  return fmt::format("Possible here: {}.", fmt::join(candidates, ", "));
}

}  // namespace flora::package
