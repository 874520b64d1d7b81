// SPDX-License-Identifier: EUPL-1.2
// Rules as sentences. One template per kind and language; what they are filled with (steps, terms, recipients) is worded below.
#include <fmt/args.h>
#include <fmt/format.h>

#include <array>

#include "calendar/civil.hpp"
#include "package/load.hpp"

namespace flora::package {

namespace {

enum class Tongue : std::uint8_t { kGerman, kEnglish, kPlain };
constexpr std::size_t kTongues = 3;

Tongue tongue_of(std::string_view language) {
  return language == "en" ? Tongue::kEnglish : language == "plain" ? Tongue::kPlain : Tongue::kGerman;
}

// One text per language: German, English, plain German.
using Phrase = std::array<std::string_view, kTongues>;
std::string_view in(const Phrase& phrase, Tongue tongue) { return phrase[static_cast<std::size_t>(tongue)]; }

// {a}: sources, {b}: targets, {n}: count, {term}, {phase}, {guard}
constexpr Phrase kCondition = {"{b} {wird} erst erwartet, wenn {a} eingetragen {a_ist}.", "{b} {is} expected only after {a}.",
                               "Zuerst {a_kommt} {a}. Dann {kommt} {b}."};
constexpr Phrase kConditionAny = {"{b} {wird} erst erwartet, wenn mindestens eines davon eingetragen ist: {a}.",
                                  "{b} {is} expected only after at least one of {a}.",
                                  "Zuerst kommt eines davon: {a}. Dann {kommt} {b}."};
constexpr Phrase kMilestone = {"{b} {wird} nicht erwartet, solange {a} noch {a_steht}.",
                               "{b} {is} not expected while {a} {a_is} still owed.",
                               "Solange {a} noch {a_fehlt}, {soll} {b} nicht kommen."};
constexpr Phrase kResponse = {"Nach {a} {ist} {b} {term}zu erledigen.", "After {a}, {b} {is} to be done{term}.",
                              "Nach {a} {muss} {b} kommen{term}."};
constexpr Phrase kLapse = {"Nach {a} tritt {b} {term}von selbst ein.", "After {a}, {b} comes about by itself{term}.",
                           "Nach {a} kommt {b} von allein{term}."};
constexpr Phrase kOpens = {"Mit {a} {wird} {b} möglich.", "With {a}, {b} {becomes} possible.", "Nach {a} {ist} {b} möglich."};
constexpr Phrase kCloses = {"Nach {a} {ist} {b} nicht mehr vorgesehen.", "After {a}, {b} {is} no longer expected.",
                            "Nach {a} {soll} {b} nicht mehr kommen."};
constexpr Phrase kCancels = {"Mit {a} entfällt die Pflicht zu {b}.", "With {a} the duty to do {b} falls away.",
                             "Nach {a} {ist} {b} nicht mehr nötig."};
constexpr Phrase kPhaseCloses = {
    "Mit {a} endet der Abschnitt {phase} endgültig; keiner seiner Schritte ist danach noch vorgesehen.",
    "With {a} the phase {phase} ends for good; none of its steps is expected afterwards.",
    "Mit {a} ist {phase} zu Ende. Danach soll dort nichts mehr kommen."};
constexpr Phrase kAtMost = {"{b} kommt höchstens {n} vor.", "{b} happens at most {n}.", "{b} gibt es höchstens {n}."};
constexpr Phrase kSpacing = {"Zwischen zwei Eintragungen von {b} ist ein Abstand von mindestens {n}.",
                             "Two occurrences of {b} are at least {n} apart.",
                             "Zwischen {b} und dem nächsten Mal liegen mindestens {n}."};
constexpr Phrase kInOrder = {"{b} geschieht nicht vor {a}.", "{b} does not happen before {a}.",
                             "{a} ist zuerst. {b} ist später."};
constexpr Phrase kReport = {"Bei {b} wird gemeldet, wenn gilt: {guard}.", "At {b} it is reported if this holds: {guard}.",
                            "Bei {b} gibt es eine Meldung, wenn gilt: {guard}."};
constexpr Phrase kReportAlways = {"{b} {wird} gemeldet.", "{b} {is} reported.", "{b} {wird} gemeldet."};
constexpr Phrase kNote = {"{a} {a_wird} mitgeteilt an: {to}.", "{a} {a_is} told to {to}.", "Wir sagen Bescheid über {a}: {to}."};

constexpr Phrase kOnce = {"einmal", "once", "einmal"};
constexpr Phrase kTimes = {"{}-mal", "{} times", "{}-mal"};
constexpr Phrase kAnyStep = {"jedem Eintrag", "any entry", "jedem Eintrag"};
constexpr Phrase kAnd = {" und ", " and ", " und "};
constexpr Phrase kOr = {" oder ", " or ", " oder "};
constexpr Phrase kQuoteOpen = {"„", "“", "„"};
constexpr Phrase kQuoteClose = {"“", "”", "“"};
constexpr Phrase kWhen = {" Das gilt nur, wenn: {}.", " This holds only if: {}.", " Das gilt nur, wenn: {}."};
constexpr Phrase kOtherwise = {" Sonst: {} an {}.", " Otherwise: {} to {}.", " Sonst: {}. Das geht an: {}."};
constexpr Phrase kRefused = {" Sonst wird der Eintrag zurückgewiesen.", " Otherwise the entry is refused.",
                             " Sonst geht der Eintrag nicht."};
constexpr Phrase kReported = {" Meldung: {} an {}.", " Report: {} to {}.", " {}. Das geht an: {}."};
constexpr Phrase kOverdue = {" Nach Ablauf: {} an {}.", " When overdue: {} to {}.", " Wenn es zu spät ist: {}. Das geht an: {}."};
constexpr Phrase kGrace = {" Nach weiteren {}: {} an {}.", " After {} more: {} to {}.", " Noch {} später: {}. Das geht an: {}."};
constexpr Phrase kWithin = {"innerhalb von {} ", " within {}", ". Dafür ist Zeit: {}"};
constexpr Phrase kWithinAfter = {"innerhalb von {} nach dem Tag „{}“ ", " within {} after the day “{}”",
                                 ". Dafür ist Zeit: {} nach „{}“"};
constexpr Phrase kByDate = {"bis zu dem Tag {} ", " by the day {}", ". Der Tag wird berechnet: {}"};
constexpr Phrase kClockWithin = {"mit Ablauf von {} ", " after {}", ". Das dauert: {}"};
constexpr Phrase kClockDate = {"mit Ablauf des Tages {} ", " at the end of the day {}", ". Der Tag wird berechnet: {}"};
constexpr Phrase kNoLimit = {"ohne Frist ", ", without a term", ". Dafür gibt es keine Frist"};
constexpr Phrase kUntil = {" Die Pflicht endet auch mit {}.", " The duty also ends with {}.", " Bei {} ist es nicht mehr nötig."};
constexpr Phrase kUnlessDone = {" Was schon erledigt ist, wird nicht noch einmal geschuldet.",
                                " What was done already is not owed again.", " Wenn es schon erledigt ist, ist nichts zu tun."};
constexpr Phrase kRenews = {" Jedes weitere Mal setzt die Frist neu.", " Every further time sets the term anew.",
                            " Jedes neue Mal beginnt die Zeit von vorn."};
constexpr Phrase kWarn = {" Eine Vorwarnung kommt mit einem Vorlauf von {}.", " A warning comes {} before.",
                          " Vorher gibt es eine Erinnerung: {}."};
constexpr Phrase kEscalate = {" Ist der Befund nach {} noch unquittiert, geht er auch an {}.",
                              " If nobody acknowledges the finding for {}, it also goes to {}.",
                              " Wenn niemand antwortet ({}), geht es auch an {}."};
constexpr Phrase kByPerson = {" Den Befund schließt nur eine Person.", " Only a person closes the finding.",
                              " Ein Mensch muss das schließen."};
constexpr Phrase kValidBoth = {" Gilt für Vorgänge, die vom {} bis {} begonnen haben.",
                               " Applies to cases that began from {} to {}.", " Das gilt vom {} bis {}."};
constexpr Phrase kValidFrom = {" Gilt für Vorgänge, die seit dem {} begonnen haben.",
                               " Applies to cases that began on or after {}.", " Das gilt seit dem {}."};
constexpr Phrase kValidTo = {" Gilt für Vorgänge, die bis zum {} begonnen haben.",
                             " Applies to cases that began on or before {}.", " Das gilt bis {}."};

constexpr Phrase kLevels[] = {{"kein Befund", "no finding", "nichts"},
                              {"Hinweis", "hint", "Hinweis"},
                              {"Achtung", "attention", "Achtung"},
                              {"Kritischer Fehler", "critical error", "Kritischer Fehler"},
                              {"Zurückweisung", "refusal", "Das wird abgelehnt"}};
constexpr Phrase kParties[] = {{},
                               {},
                               {"die eintragende Stelle", "its author", "wer es eingetragen hat"},
                               {"die Stelle, die es schuldet", "the debtor", "wer es tun muss"},
                               {"die Stelle, die darauf wartet", "the creditor", "wer darauf wartet"},
                               {"die zuständigen Stellen", "the owners of the step", "die zuständigen Stellen"}};

// One and several; German in the dative, as after "innerhalb von".
struct UnitWords {
  Phrase one, many;
};
constexpr UnitWords kUnits[] = {
    {{"einer Stunde", "one hour", "1 Stunde"}, {"Stunden", "hours", "Stunden"}},
    {{"einem Tag", "one day", "1 Tag"}, {"Tagen", "days", "Tage"}},
    {{"einer Woche", "one week", "1 Woche"}, {"Wochen", "weeks", "Wochen"}},
    {{"einem Monat", "one month", "1 Monat"}, {"Monaten", "months", "Monate"}},
    {{"einem Arbeitstag", "one working day", "1 Arbeitstag"}, {"Arbeitstagen", "working days", "Arbeitstage"}},
    {{"einem Werktag", "one day from Monday to Saturday", "1 Werktag"},
     {"Werktagen", "days from Monday to Saturday", "Werktage"}},
    {{"einem Diensttag", "one office day", "1 Diensttag"}, {"Diensttagen", "office days", "Diensttage"}}};

class Wording {
 public:
  Wording(const Package& package, const Rule& rule, std::string_view language)
      : package_(package),
        rule_(rule),
        tongue_(tongue_of(language)),
        language_(language == "plain" ? "plain"
                  : language == "en"  ? "en"
                                      : "de") {}

  std::string sentence() const { return main_clause() + dues() + consequence() + limits(); }

 private:
  template <class... Args>
  std::string say(const Phrase& phrase, Args&&... args) const {
    return fmt::format(fmt::runtime(in(phrase, tongue_)), std::forward<Args>(args)...);
  }

  std::string step(StepIndex s) const {
    const Step& of = package_.steps[s];
    return fmt::format("{}{}{}{}", in(kQuoteOpen, tongue_), in_language(of.title, language_), in(kQuoteClose, tongue_),
                       tongue_ == Tongue::kPlain ? "" : " (" + of.code + ")");
  }

  // "x", "x und y", "x, y und z"
  template <class Item, class Word>
  std::string list(const std::vector<Item>& items, Word&& word, const Phrase& last = kAnd) const {
    std::string out;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out += i + 1 == items.size() ? in(last, tongue_) : std::string_view(", ");
      out += word(items[i]);
    }
    return out;
  }
  std::string steps(const std::vector<StepIndex>& all, const Phrase& last = kAnd) const {
    if (all.empty()) return std::string(in(kAnyStep, tongue_));
    return list(all, [this](StepIndex s) { return step(s); }, last);
  }

  std::string recipient(const Recipient& to) const {
    if (to.kind == Recipient::Kind::kAgency) return in_language(package_.agencies[to.index].title, language_);
    if (to.kind != Recipient::Kind::kRole) return std::string(in(kParties[static_cast<std::size_t>(to.kind)], tongue_));
    const Role& role = package_.roles[to.index];
    return fmt::format("{} ({})", in_language(role.title, language_),
                       in_language(package_.agencies[role.agency].short_title, language_));
  }
  std::string recipients(const std::vector<Recipient>& to, Recipient::Kind otherwise) const {
    if (to.empty()) return recipient({otherwise, 0});
    return list(to, [this](const Recipient& r) { return recipient(r); });
  }

  std::string term(const Term& t) const {
    const UnitWords& words = kUnits[static_cast<std::size_t>(t.unit)];
    return t.amount == 1 ? std::string(in(words.one, tongue_)) : fmt::format("{} {}", t.amount, in(words.many, tongue_));
  }

  std::string level(Level l) const { return std::string(in(kLevels[static_cast<std::size_t>(l)], tongue_)); }

  std::string due() const {
    if (rule_.due_guard) return say(is_for_clock() ? kClockDate : kByDate, rule_.due_guard->source);
    if (rule_.no_limit || !rule_.within) return std::string(in(kNoLimit, tongue_));
    if (!rule_.after_field) return say(is_for_clock() ? kClockWithin : kWithin, term(*rule_.within));
    std::string field = *rule_.after_field;
    if (!rule_.sources.empty()) {
      for (const Field& f : package_.steps[rule_.sources.front()].data) {
        if (f.id == field) field = in_language(f.title, language_);
      }
    }
    return say(kWithinAfter, term(*rule_.within), field);
  }

  const Phrase& pattern() const {
    switch (rule_.kind) {
      case RuleKind::kCondition: return rule_.any_of ? kConditionAny : kCondition;
      case RuleKind::kMilestone: return kMilestone;
      case RuleKind::kResponse: return is_for_clock() ? kLapse : kResponse;
      case RuleKind::kOpens: return kOpens;
      case RuleKind::kCloses: return kCloses;
      case RuleKind::kCancels: return kCancels;
      case RuleKind::kPhaseCloses: return kPhaseCloses;
      case RuleKind::kAtMost: return kAtMost;
      case RuleKind::kSpacing: return kSpacing;
      case RuleKind::kInOrder: return kInOrder;
      case RuleKind::kReport: return rule_.when ? kReport : kReportAlways;
      case RuleKind::kNote: return kNote;
    }
    return kNote;
  }

  std::string main_clause() const {
    fmt::dynamic_format_arg_store<fmt::format_context> args;
    args.push_back(fmt::arg("a", steps(rule_.sources, rule_.any_of || is_effect() ? kOr : kAnd)));
    args.push_back(fmt::arg("b", steps(rule_.targets)));
    // Verbs that agree with the number of steps named.
    const bool one_a = rule_.sources.size() == 1 || is_effect(), one_b = rule_.targets.size() <= 1;
    const auto verb = [&args](const char* name, bool one, const char* singular, const char* plural) {
      args.push_back(fmt::arg(name, one ? singular : plural));
    };
    verb("wird", one_b, "wird", "werden");
    verb("ist", one_b, "ist", "sind");
    verb("soll", one_b, "soll", "sollen");
    verb("muss", one_b, "muss", "müssen");
    verb("kommt", one_b, "kommt", "kommen");
    verb("is", one_b, "is", "are");
    verb("becomes", one_b, "becomes", "become");
    verb("a_ist", one_a, "ist", "sind");
    verb("a_wird", one_a, "wird", "werden");
    verb("a_steht", one_a, "aussteht", "ausstehen");
    verb("a_fehlt", one_a, "fehlt", "fehlen");
    verb("a_kommt", one_a, "kommt", "kommen");
    verb("a_is", one_a, "is", "are");
    args.push_back(fmt::arg("n", rule_.kind == RuleKind::kSpacing && rule_.within ? term(*rule_.within) : times()));
    args.push_back(fmt::arg("term", rule_.kind == RuleKind::kResponse ? due() : std::string()));
    args.push_back(fmt::arg("guard", rule_.when ? rule_.when->source : std::string()));
    args.push_back(fmt::arg("to", recipients(rule_.to, Recipient::Kind::kOwner)));
    const std::string phase =
        rule_.phase < package_.phases.size() ? in_language(package_.phases[rule_.phase].title, language_) : "";
    args.push_back(fmt::arg("phase", fmt::format("{}{}{}", in(kQuoteOpen, tongue_), phase, in(kQuoteClose, tongue_))));
    return fmt::vformat(fmt::string_view(in(pattern(), tongue_).data(), in(pattern(), tongue_).size()), args);
  }

  std::string dues() const {
    if (rule_.kind != RuleKind::kResponse) return {};
    std::string out;
    if (!rule_.until.empty()) out += say(kUntil, steps(rule_.until));
    if (rule_.unless_done) out += in(kUnlessDone, tongue_);
    if (rule_.renews) out += in(kRenews, tongue_);
    if (rule_.warn) out += say(kWarn, term(*rule_.warn));
    return out;
  }

  std::string consequence() const {
    using Kind = Recipient::Kind;
    switch (rule_.kind) {
      case RuleKind::kOpens:
      case RuleKind::kCancels:
      case RuleKind::kNote: return {};
      case RuleKind::kReport:
        if (rule_.level == Level::kRefuse) return std::string(in(kRefused, tongue_));
        return say(kReported, level(rule_.level), recipients(rule_.to, Kind::kOwner));
      case RuleKind::kResponse: {
        if (rule_.no_limit || is_for_clock()) return {};
        std::string out = say(kOverdue, level(rule_.level), recipients(rule_.to, Kind::kDebtor));
        if (rule_.grace && rule_.then) {
          out += say(kGrace, term(*rule_.grace), level(*rule_.then),
                     recipients(rule_.then_to.empty() ? rule_.to : rule_.then_to, Kind::kDebtor));
        }
        return out;
      }
      default:
        if (rule_.level == Level::kRefuse) return std::string(in(kRefused, tongue_));
        return say(kOtherwise, level(rule_.level), recipients(rule_.to, Kind::kOwner));
    }
  }

  // Each of the sources alone has the effect: "after A or B".
  bool is_effect() const {
    return rule_.kind == RuleKind::kResponse || rule_.kind == RuleKind::kOpens || rule_.kind == RuleKind::kCloses ||
           rule_.kind == RuleKind::kCancels || rule_.kind == RuleKind::kPhaseCloses || rule_.kind == RuleKind::kNote;
  }

  bool is_for_clock() const {
    for (const StepIndex s : rule_.targets) {
      if (package_.steps[s].via != Via::kClock) return false;
    }
    return true;
  }

  std::string times() const {
    if (rule_.count == 1) return std::string(in(kOnce, tongue_));
    return say(kTimes, rule_.count);
  }

  std::string day(std::int32_t days) const {
    const calendar::CivilDate date{days};
    if (tongue_ == Tongue::kEnglish) return calendar::to_text(date);
    const auto fields = date.fields();
    return fmt::format("{:02}.{:02}.{}", fields.day, fields.month, fields.year);
  }

  std::string limits() const {
    std::string out;
    if (rule_.when && rule_.kind != RuleKind::kReport) out += say(kWhen, rule_.when->source);
    if (rule_.heals == Heals::kPerson) out += in(kByPerson, tongue_);
    if (rule_.escalate) out += say(kEscalate, term(*rule_.escalate), recipients(rule_.escalate_to, Recipient::Kind::kOwner));
    if (rule_.valid_from_day && rule_.valid_to_day) {
      out += say(kValidBoth, day(*rule_.valid_from_day), day(*rule_.valid_to_day));
    } else if (rule_.valid_from_day) {
      out += say(kValidFrom, day(*rule_.valid_from_day));
    } else if (rule_.valid_to_day) {
      out += say(kValidTo, day(*rule_.valid_to_day));
    }
    return out;
  }

  const Package& package_;
  const Rule& rule_;
  Tongue tongue_;
  std::string_view language_;
};

}  // namespace

std::string made_sentence(const Package& package, const Rule& rule, std::string_view language) {
  return Wording(package, rule, language).sentence();
}

std::string sentence(const Package& package, const Rule& rule, std::string_view language) {
  if (!rule.text.empty()) return in_language(rule.text, language);
  return made_sentence(package, rule, language);
}

}  // namespace flora::package
