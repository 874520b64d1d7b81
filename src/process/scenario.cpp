// SPDX-License-Identifier: EUPL-1.2
// Scenario texts: words into actions and expectations, every name resolved, every time set.
#include "process/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "process/compiled.hpp"
#include "process/data.hpp"

namespace flora::process {

using base::Code;
using base::fail;
using base::Instant;
using base::Result;
using base::Status;
using package::Place;
using Action = ScenarioAction;
using Expectation = ScenarioExpectation;

namespace {

constexpr std::int64_t kHour = 3600 * base::kNanosPerSecond;

struct Word {
  std::string_view text;
  std::uint32_t line = 0, column = 0;
};

// The words of one item, taken one after the other.
class Words {
 public:
  Words(std::vector<Word> words, std::string file, Place end)
      : words_(std::move(words)), file_(std::move(file)), end_(std::move(end)) {}

  bool at_end() const { return next_ == words_.size(); }
  std::string_view peek() const { return at_end() ? std::string_view{} : words_[next_].text; }
  bool take(std::string_view word) {
    if (peek() != word) return false;
    ++next_;
    return true;
  }
  std::string_view next() { return at_end() ? std::string_view{} : words_[next_++].text; }
  Place place() const {
    if (at_end()) return end_;
    return {file_, words_[next_].line, words_[next_].column};
  }
  Place begin() const { return words_.empty() ? end_ : Place{file_, words_.front().line, words_.front().column}; }
  std::string text() const {
    std::string out;
    for (const auto& word : words_) out += (out.empty() ? "" : " ") + std::string(word.text);
    return out;
  }

 private:
  std::vector<Word> words_;
  std::string file_;
  Place end_;
  std::size_t next_ = 0;
};

tl::unexpected<base::Error> wrong(const Place& place, Code code, std::string_view sentence) {
  return fail(code, fmt::format("{}:{}:{}: {}", place.file, place.line, place.column, sentence));
}

class Parser {
 public:
  Parser(const Definition& definition, const package::Scenario& scenario)
      : d_(definition), p_(definition.package()), source_(scenario), now_(scenario_begin(definition)) {}

  Result<ScenarioText> run() {
    out_.title = source_.title;
    out_.place = source_.place;
    std::string_view text = source_.text;
    std::uint32_t line = std::max<std::uint32_t>(source_.place.line, 1);
    for (std::size_t at = 0; at < text.size(); ++line) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      FLORA_TRY(add_line(text.substr(at, end - at), line));
      at = end + 1;
    }
    FLORA_TRY(end_sentence());
    return std::move(out_);
  }

 private:
  enum class Mode : std::uint8_t { kNone, kAct, kThen };

  // A line begins a sentence (given, when, then), or goes on with one.
  Status add_line(std::string_view line, std::uint32_t number) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line[first] == '#') return {};
    std::vector<Word> words;
    std::size_t at = first;
    while (at < line.size()) {
      std::size_t end = at;
      if (line[at] == ';') {
        end = at + 1;
      } else {
        end = std::min(line.find_first_of(" \t\r;", at), line.size());
      }
      words.push_back({line.substr(at, end - at), number, static_cast<std::uint32_t>(at + 1)});
      at = std::min(line.find_first_not_of(" \t\r", end), line.size());
    }
    if (first == 0) {
      FLORA_TRY(end_sentence());
      const Place place{source_.place.file, number, 1};
      if (words.front().text == "given" || words.front().text == "when") {
        mode_ = Mode::kAct;
      } else if (words.front().text == "then") {
        mode_ = Mode::kThen;
      } else {
        return wrong(place, Code::kMalformed,
                     "a line begins with given, when or then, or with white space to go on with the line before");
      }
      sentence_place_ = place;
      words.erase(words.begin());
    } else if (mode_ == Mode::kNone) {
      return wrong({source_.place.file, number, 1}, Code::kMalformed, "there is no line to go on with");
    }
    sentence_.insert(sentence_.end(), words.begin(), words.end());
    last_ = {source_.place.file, number, static_cast<std::uint32_t>(line.size() + 1)};
    return {};
  }

  Status end_sentence() {
    if (mode_ == Mode::kNone) return {};
    if (out_.blocks.empty() || (mode_ == Mode::kAct && out_.blocks.back().has_then)) out_.blocks.emplace_back();
    if (mode_ == Mode::kThen) {
      if (!out_.blocks.back().has_then) out_.blocks.back().place = sentence_place_;
      out_.blocks.back().has_then = true;
    }
    std::vector<Word> item;
    const auto flush = [&]() -> Status {
      if (item.empty()) return wrong(sentence_place_, Code::kMalformed, "something is missing between two semicolons");
      Words words(std::move(item), source_.place.file, last_);
      item.clear();
      return mode_ == Mode::kAct ? add_action(words) : add_expectation(words);
    };
    for (const auto& word : sentence_) {
      if (word.text == ";") {
        FLORA_TRY(flush());
      } else {
        item.push_back(word);
      }
    }
    if (!item.empty() || sentence_.empty()) {
      FLORA_TRY(flush());
    }
    sentence_.clear();
    mode_ = Mode::kNone;
    return {};
  }

  // ---- names and times
  Status expect(Words& words, std::string_view word) {
    const Place place = words.place();
    if (!words.take(word)) return wrong(place, Code::kMalformed, fmt::format("expected '{}'", word));
    return {};
  }
  Status end(const Words& words) {
    if (!words.at_end()) return wrong(words.place(), Code::kMalformed, fmt::format("did not expect '{}' here", words.peek()));
    return {};
  }
  Result<std::string> name(Words& words, std::string_view kind, bool known) {
    if (words.at_end()) return wrong(words.place(), Code::kMalformed, fmt::format("a {} is missing", kind));
    if (!known) return wrong(words.place(), Code::kUnknownReference, fmt::format("there is no {} '{}'", kind, words.peek()));
    return std::string(words.next());
  }
  Result<std::string> step(Words& words) { return name(words, "step", p_.find_step(words.peek()).has_value()); }
  Result<std::string> role(Words& words) { return name(words, "role", p_.find_role(words.peek()).has_value()); }
  Result<std::string> agency(Words& words) { return name(words, "agency", p_.find_agency(words.peek()).has_value()); }
  Result<std::string> rule(Words& words) { return name(words, "rule", d_.find_rule(words.peek()).has_value()); }

  Result<Instant> time(Words& words) {
    const Place place = words.place();
    std::string text(words.next());
    if (const auto instant = base::parse_rfc3339(text)) return *instant;
    // On the clock of the site: 2021-04-12T09:00, with seconds if need be.
    int h = 0, m = 0, s = 0;
    const auto date = calendar::parse_date(std::string_view(text).substr(0, std::min<std::size_t>(10, text.size())));
    const bool form = (text.size() == 16 || (text.size() == 19 && text[16] == ':')) && text[10] == 'T' && text[13] == ':';
    const auto number = [&](std::size_t at, int& out) {
      const char* begin = text.data() + at;
      return std::from_chars(begin, begin + 2, out).ptr == begin + 2;
    };
    if (date && form && number(11, h) && number(14, m) && (text.size() == 16 || number(17, s)) && h <= 24 && m < 60 && s < 60) {
      const std::int64_t seconds = h * 3600 + m * 60 + s;
      const auto& zone = d_.compiled().calendar->zone();
      const auto local = seconds == 86400 ? calendar::LocalTime{date->plus_days(1), 0}
                                          : calendar::LocalTime{*date, seconds * base::kNanosPerSecond};
      if (const auto instant = zone.to_instant(local)) return *instant;
    }
    return wrong(place, Code::kMalformed, fmt::format("'{}' is not a time such as 2021-04-12T09:00", text));
  }
  Status reach(const Place& place, Instant entered) {
    if (entered < now_ && !first_) return wrong(place, Code::kTimeRunsBackwards, "ledger time would run backwards");
    now_ = entered;
    first_ = false;
    return {};
  }
  Instant next_hour() const { return first_ ? now_ : now_.plus_nanos(kHour); }

  // ---- given, when
  Status add_action(Words& words) {
    Action action;
    action.place = words.begin();
    action.text = words.text();
    if (words.take("clock")) {
      action.kind = Action::Kind::kClock;
      FLORA_TRY(action.at, time(words));
      action.entered = action.at;
      FLORA_TRY(end(words));
      FLORA_TRY(reach(action.place, action.entered));
    } else if (words.peek() == "acknowledge" || words.peek() == "justify" || words.peek() == "close" ||
               words.peek() == "cancel") {
      FLORA_TRY(read_act(words, action));
    } else {
      FLORA_TRY(read_fact(words, action));
    }
    out_.blocks.back().actions.push_back(std::move(action));
    return {};
  }

  Status read_act(Words& words, Action& action) {
    const std::string_view what = words.next();
    action.kind = what == "acknowledge" ? Action::Kind::kAcknowledge
                  : what == "justify"   ? Action::Kind::kJustify
                  : what == "close"     ? Action::Kind::kClose
                                        : Action::Kind::kCancel;
    if (action.kind != Action::Kind::kCancel) {
      FLORA_TRY(action.rule, rule(words));
    }
    FLORA_TRY(expect(words, "by"));
    FLORA_TRY(action.role, role(words));
    if (words.take("reason")) action.reason = words.next();
    if (action.kind == Action::Kind::kJustify && action.reason.empty())
      return wrong(words.place(), Code::kMalformed, "expected 'reason' and a code");
    action.entered = next_hour();
    if (words.take("at")) {
      FLORA_TRY(action.entered, time(words));
    }
    action.at = action.entered;
    FLORA_TRY(end(words));
    return reach(action.place, action.entered);
  }

  Status read_fact(Words& words, Action& action) {
    FLORA_TRY(action.step, step(words));
    FLORA_TRY(expect(words, "by"));
    FLORA_TRY(action.role, role(words));
    action.at = next_hour();
    bool timed = false;
    if (words.take("at")) {
      FLORA_TRY(action.at, time(words));
      timed = true;
    }
    if (words.take("entered")) {
      FLORA_TRY(action.entered, time(words));
      if (!timed) action.at = action.entered;
    } else {
      action.entered = first_ ? action.at : std::max(action.at, now_);
    }
    if (words.take("with")) {
      FLORA_TRY(read_data(words, action));
    }
    FLORA_TRY(end(words));
    return reach(action.place, action.entered);
  }

  Status read_data(Words& words, Action& action) {
    const StepIndex s = *p_.find_step(action.step);
    const Place place = words.place();
    std::string all;
    while (!words.at_end()) all += words.next();
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t end = std::min(all.find(',', at), all.size());
      const std::string item = all.substr(at, end - at);
      const std::size_t equals = item.find('=');
      if (equals == std::string::npos) return wrong(place, Code::kMalformed, "data is written FIELD=VALUE, FIELD=VALUE");
      FLORA_TRY(action.data[item.substr(0, equals)], value(s, item.substr(0, equals), item.substr(equals + 1), place));
      at = end + 1;
    }
    // Only names and types: a scenario may well leave out what is required, to see it refused.
    auto with_all = parse_data(d_, s, base::Json(action.data));
    if (!with_all && with_all.error().detail.find("is missing") == std::string::npos) {
      return wrong(place, Code::kDataRefused, with_all.error().detail);
    }
    return {};
  }
  Result<base::Json> value(StepIndex s, const std::string& field, const std::string& text, const Place& place) const {
    for (const auto& f : p_.steps[s].data) {
      if (f.id != field) continue;
      if (f.type == package::FieldType::kBoolean && (text == "true" || text == "false")) return base::Json(text == "true");
      if (f.type != package::FieldType::kInteger) return base::Json(text);
      std::int64_t number = 0;
      const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
      if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
        return wrong(place, Code::kDataRefused, fmt::format("field {}: not a number", field));
      return base::Json(number);
    }
    return wrong(place, Code::kUnknownReference, fmt::format("step {} has no field '{}'", p_.steps[s].id, field));
  }

  // ---- then
  static package::Level level_of(std::string_view word) {
    for (auto level : {package::Level::kHint, package::Level::kAttention, package::Level::kCritical}) {
      if (package::to_text(level) == word) return level;
    }
    return package::Level::kNone;
  }

  Status add_expectation(Words& words) {
    using Kind = Expectation::Kind;
    Expectation e;
    e.place = words.begin();
    e.text = words.text();
    if (words.take("none")) {
      e.kind = Kind::kNone;
    } else if (words.take("finished")) {
      e.kind = Kind::kFinished;
    } else if (words.take("not")) {
      FLORA_TRY(read_not(words, e));
    } else if (words.take("healed")) {
      e.kind = Kind::kHealed;
      FLORA_TRY(e.rule, rule(words));
    } else if (words.take("withdrawn")) {
      e.kind = Kind::kWithdrawn;
      FLORA_TRY(e.rule, rule(words));
    } else if (words.take("refused")) {
      FLORA_TRY(read_refused(words, e));
    } else if (words.take("owed")) {
      e.kind = Kind::kOwed;
      FLORA_TRY(e.step, step(words));
      FLORA_TRY(expect(words, "by"));
      FLORA_TRY(e.agency, agency(words));
    } else if (words.take("no")) {
      FLORA_TRY(expect(words, "cue"));
      e.kind = Kind::kNoCue;
      FLORA_TRY(e.step, step(words));
      if (words.take("at")) {
        FLORA_TRY(e.agency, agency(words));
      }
    } else if (words.take("cue")) {
      e.kind = Kind::kCue;
      FLORA_TRY(e.step, step(words));
      FLORA_TRY(expect(words, "at"));
      FLORA_TRY(e.agency, agency(words));
    } else {
      FLORA_TRY(read_finding(words, e));
    }
    FLORA_TRY(end(words));
    out_.blocks.back().expected.push_back(std::move(e));
    return {};
  }

  Status read_not(Words& words, Expectation& e) {
    if (words.take("finished")) {
      e.kind = Expectation::Kind::kNotFinished;
      return {};
    }
    FLORA_TRY(expect(words, "owed"));
    e.kind = Expectation::Kind::kNotOwed;
    FLORA_TRY(e.step, step(words));
    if (words.take("by")) {
      FLORA_TRY(e.agency, agency(words));
    }
    return {};
  }

  Status read_refused(Words& words, Expectation& e) {
    e.kind = Expectation::Kind::kRefused;
    const auto errors = base::all_errors();
    const bool known = std::any_of(errors.begin(), errors.end(), [&](const auto& entry) { return entry.name == words.peek(); });
    FLORA_TRY(e.code, name(words, "error", known));
    return {};
  }

  Status read_finding(Words& words, Expectation& e) {
    e.kind = words.take("escalated") ? Expectation::Kind::kEscalated : Expectation::Kind::kFinding;
    e.level = level_of(words.peek());
    if (e.level == package::Level::kNone) {
      return wrong(words.place(), Code::kMalformed,
                   fmt::format("'{}' is none of hint, attention, critical, escalated, owed, not, cue, no, healed, withdrawn, "
                               "none, refused, finished",
                               words.peek()));
    }
    words.next();
    FLORA_TRY(e.rule, rule(words));
    if (words.take("on")) {
      FLORA_TRY(e.step, step(words));
    }
    if (!words.take("to")) return {};
    const Place place = words.place();
    std::string all;
    while (!words.at_end()) all += words.next();
    for (std::size_t at = 0; at <= all.size();) {
      const std::size_t comma = std::min(all.find(',', at), all.size());
      std::string id = all.substr(at, comma - at);
      if (!p_.find_role(id) && !p_.find_agency(id))
        return wrong(place, Code::kUnknownReference, fmt::format("there is no role or agency '{}'", id));
      e.to.push_back(std::move(id));
      at = comma + 1;
    }
    std::sort(e.to.begin(), e.to.end());
    return {};
  }

  const Definition& d_;
  const package::Package& p_;
  const package::Scenario& source_;
  ScenarioText out_;
  Mode mode_ = Mode::kNone;
  std::vector<Word> sentence_;
  Place sentence_place_, last_;
  Instant now_;
  bool first_ = true;
};

}  // namespace

Instant scenario_begin(const Definition& definition) {
  const Compiled& c = definition.compiled();
  std::int32_t day = calendar::CivilDate::from(2021, 3, 1).days;
  // Where a rule of the package begins later than that, with the last of them.
  for (const auto& rule : definition.package().rules) {
    if (rule.valid_from_day && !rule.valid_to_day) continue;  // a later law takes over from an earlier one
    if (rule.valid_from_day) day = std::max(day, *rule.valid_from_day);
  }
  day = c.calendar->nth(calendar::DayKind::kWorkday, {day}, 0).days;
  return {c.terms.start_of(day) + 9 * kHour};
}

Result<ScenarioText> parse_scenario(const Definition& definition, const package::Scenario& scenario) {
  return Parser(definition, scenario).run();
}

}  // namespace flora::process
