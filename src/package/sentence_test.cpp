// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include "package/load.hpp"
#include "package/sample_test.hpp"

namespace flora::package {
namespace {

struct Worded {
  const char* rule;  // in braces, without its id
  const char *de, *en, *plain;
};

const Worded kWorded[] = {
    {"condition: ordered before [paid, sent], level: attention, to: [author]",
     "„bezahlt“ (S2) und „versandt“ (S3) werden erst erwartet, wenn „bestellt“ (S1) eingetragen ist. Sonst: Achtung an die "
     "eintragende Stelle.",
     "“paid” (S2) and “sent” (S3) are expected only after “ordered” (S1). Otherwise: attention to its author.",
     "Zuerst kommt „bestellt“. Dann kommen „bezahlt“ und „versandt“. Sonst: Achtung. Das geht an: wer es eingetragen hat."},
    {"condition: [ordered, paid] before sent, level: critical",
     "„versandt“ (S3) wird erst erwartet, wenn „bestellt“ (S1) und „bezahlt“ (S2) eingetragen sind. Sonst: Kritischer Fehler an "
     "die zuständigen Stellen.",
     "“sent” (S3) is expected only after “ordered” (S1) and “paid” (S2). Otherwise: critical error to the owners of the step.",
     "Zuerst kommen „bestellt“ und „bezahlt“. Dann kommt „versandt“. Sonst: Kritischer Fehler. Das geht an: die zuständigen "
     "Stellen."},
    {"condition: any_of [ordered, paid] before sent, level: hint, to: [bank], when: 'fact.by = \"clerk\"'",
     "„versandt“ (S3) wird erst erwartet, wenn mindestens eines davon eingetragen ist: „bestellt“ (S1) oder „bezahlt“ (S2). "
     "Sonst: Hinweis an Bank. Das gilt nur, wenn: fact.by = \"clerk\".",
     "“sent” (S3) is expected only after at least one of “ordered” (S1) or “paid” (S2). Otherwise: hint to bank. This holds only "
     "if: fact.by = \"clerk\".",
     "Zuerst kommt eines davon: „bestellt“ oder „bezahlt“. Dann kommt „versandt“. Sonst: Hinweis. Das geht an: Bank. Das gilt "
     "nur, wenn: fact.by = \"clerk\"."},
    {"milestone: paid settles before sent, level: refuse, to: [clerk]",
     "„versandt“ (S3) wird nicht erwartet, solange „bezahlt“ (S2) noch aussteht. Sonst wird der Eintrag zurückgewiesen.",
     "“sent” (S3) is not expected while “paid” (S2) is still owed. Otherwise the entry is refused.",
     "Solange „bezahlt“ noch fehlt, soll „versandt“ nicht kommen. Sonst geht der Eintrag nicht."},
    {"response: ordered -> paid, within: 1 workday, overdue: attention, grace: 2 days, then: critical, to: [teller], then_to: "
     "[bank], unless_done: true, renews: true, warn: 4 hours, until: sent",
     "Nach „bestellt“ (S1) ist „bezahlt“ (S2) innerhalb von einem Arbeitstag zu erledigen. Die Pflicht endet auch mit „versandt“ "
     "(S3). Was schon erledigt ist, wird nicht noch einmal geschuldet. Jedes weitere Mal setzt die Frist neu. Eine Vorwarnung "
     "kommt mit einem Vorlauf von 4 Stunden. Nach Ablauf: Achtung an Kasse (B). Nach weiteren 2 Tagen: Kritischer Fehler an "
     "Bank.",
     "After “ordered” (S1), “paid” (S2) is to be done within one working day. The duty also ends with “sent” (S3). What was done "
     "already is not owed again. Every further time sets the term anew. A warning comes 4 hours before. When overdue: attention "
     "to till (B). After 2 days more: critical error to bank.",
     "Nach „bestellt“ muss „bezahlt“ kommen. Dafür ist Zeit: 1 Arbeitstag. Bei „versandt“ ist es nicht mehr nötig. Wenn es schon "
     "erledigt ist, ist nichts zu tun. Jedes neue Mal beginnt die Zeit von vorn. Vorher gibt es eine Erinnerung: 4 Stunden. Wenn "
     "es zu spät ist: Achtung. Das geht an: Kasse (B). Noch 2 Tage später: Kritischer Fehler. Das geht an: Bank."},
    {"response: ordered -> [paid, sent], within: 2 weeks, after: wanted_on, overdue: hint, heals: person, escalate: 2 workdays "
     "to [bank]",
     "Nach „bestellt“ (S1) sind „bezahlt“ (S2) und „versandt“ (S3) innerhalb von 2 Wochen nach dem Tag „gewünscht am“ zu "
     "erledigen. Nach Ablauf: Hinweis an die Stelle, die es schuldet. Den Befund schließt nur eine Person. Ist der Befund nach 2 "
     "Arbeitstagen noch unquittiert, geht er auch an Bank.",
     "After “ordered” (S1), “paid” (S2) and “sent” (S3) are to be done within 2 weeks after the day “wanted on”. When overdue: "
     "hint to the debtor. Only a person closes the finding. If nobody acknowledges the finding for 2 working days, it also goes "
     "to bank.",
     "Nach „bestellt“ müssen „bezahlt“ und „versandt“ kommen. Dafür ist Zeit: 2 Wochen nach „gewünscht am“. Wenn es zu spät ist: "
     "Hinweis. Das geht an: wer es tun muss. Ein Mensch muss das schließen. Wenn niemand antwortet (2 Arbeitstage), geht es auch "
     "an Bank."},
    {"response: ordered -> paid, within: no limit", "Nach „bestellt“ (S1) ist „bezahlt“ (S2) ohne Frist zu erledigen.",
     "After “ordered” (S1), “paid” (S2) is to be done, without a term.",
     "Nach „bestellt“ muss „bezahlt“ kommen. Dafür gibt es keine Frist."},
    {"response: ordered -> paid, within: {date: fact.wanted_on}, overdue: attention, to: [debtor, creditor]",
     "Nach „bestellt“ (S1) ist „bezahlt“ (S2) bis zu dem Tag fact.wanted_on zu erledigen. Nach Ablauf: Achtung an die Stelle, "
     "die es schuldet und die Stelle, die darauf wartet.",
     "After “ordered” (S1), “paid” (S2) is to be done by the day fact.wanted_on. When overdue: attention to the debtor and the "
     "creditor.",
     "Nach „bestellt“ muss „bezahlt“ kommen. Der Tag wird berechnet: fact.wanted_on. Wenn es zu spät ist: Achtung. Das geht an: "
     "wer es tun muss und wer darauf wartet."},
    {"response: ordered -> lapsed, within: 1 month, valid: 2021-01-01..2022-12-31",
     "Nach „bestellt“ (S1) tritt „verfallen“ (S4) mit Ablauf von einem Monat von selbst ein. Gilt für Vorgänge, die vom "
     "01.01.2021 bis 31.12.2022 begonnen haben.",
     "After “ordered” (S1), “lapsed” (S4) comes about by itself after one month. Applies to cases that began from 2021-01-01 to "
     "2022-12-31.",
     "Nach „bestellt“ kommt „verfallen“ von allein. Das dauert: 1 Monat. Das gilt vom 01.01.2021 bis 31.12.2022."},
    {"response: ordered -> lapsed, within: {date: fact.wanted_on}, valid: 2021-01-01..",
     "Nach „bestellt“ (S1) tritt „verfallen“ (S4) mit Ablauf des Tages fact.wanted_on von selbst ein. Gilt für Vorgänge, die "
     "seit dem 01.01.2021 begonnen haben.",
     "After “ordered” (S1), “lapsed” (S4) comes about by itself at the end of the day fact.wanted_on. Applies to cases that "
     "began on or after 2021-01-01.",
     "Nach „bestellt“ kommt „verfallen“ von allein. Der Tag wird berechnet: fact.wanted_on. Das gilt seit dem 01.01.2021."},
    {"opens: paid -> sent", "Mit „bezahlt“ (S2) wird „versandt“ (S3) möglich.", "With “paid” (S2), “sent” (S3) becomes possible.",
     "Nach „bezahlt“ ist „versandt“ möglich."},
    {"closes: sent -> [paid, ordered], level: critical, valid: ..2022-12-31",
     "Nach „versandt“ (S3) sind „bezahlt“ (S2) und „bestellt“ (S1) nicht mehr vorgesehen. Sonst: Kritischer Fehler an die "
     "zuständigen Stellen. Gilt für Vorgänge, die bis zum 31.12.2022 begonnen haben.",
     "After “sent” (S3), “paid” (S2) and “ordered” (S1) are no longer expected. Otherwise: critical error to the owners of the "
     "step. Applies to cases that began on or before 2022-12-31.",
     "Nach „versandt“ sollen „bezahlt“ und „bestellt“ nicht mehr kommen. Sonst: Kritischer Fehler. Das geht an: die zuständigen "
     "Stellen. Das gilt bis 31.12.2022."},
    {"cancels: sent -> paid", "Mit „versandt“ (S3) entfällt die Pflicht zu „bezahlt“ (S2).",
     "With “sent” (S3) the duty to do “paid” (S2) falls away.", "Nach „versandt“ ist „bezahlt“ nicht mehr nötig."},
    {"phase_closes: sent -> buying, level: critical, to: [owner]",
     "Mit „versandt“ (S3) endet der Abschnitt „Kauf“ endgültig; keiner seiner Schritte ist danach noch vorgesehen. Sonst: "
     "Kritischer Fehler an die zuständigen Stellen.",
     "With “sent” (S3) the phase “purchase” ends for good; none of its steps is expected afterwards. Otherwise: critical error "
     "to the owners of the step.",
     "Mit „versandt“ ist „Kauf“ zu Ende. Danach soll dort nichts mehr kommen. Sonst: Kritischer Fehler. Das geht an: die "
     "zuständigen Stellen."},
    {"at_most: 3 paid, level: refuse", "„bezahlt“ (S2) kommt höchstens 3-mal vor. Sonst wird der Eintrag zurückgewiesen.",
     "“paid” (S2) happens at most 3 times. Otherwise the entry is refused.",
     "„bezahlt“ gibt es höchstens 3-mal. Sonst geht der Eintrag nicht."},
    {"spacing: 2 office days paid, level: attention",
     "Zwischen zwei Eintragungen von „bezahlt“ (S2) ist ein Abstand von mindestens 2 Diensttagen. Sonst: Achtung an die "
     "zuständigen Stellen.",
     "Two occurrences of “paid” (S2) are at least 2 office days apart. Otherwise: attention to the owners of the step.",
     "Zwischen „bezahlt“ und dem nächsten Mal liegen mindestens 2 Diensttage. Sonst: Achtung. Das geht an: die zuständigen "
     "Stellen."},
    {"in_order: ordered, paid, level: attention, to: [author]",
     "„bezahlt“ (S2) geschieht nicht vor „bestellt“ (S1). Sonst: Achtung an die eintragende Stelle.",
     "“paid” (S2) does not happen before “ordered” (S1). Otherwise: attention to its author.",
     "„bestellt“ ist zuerst. „bezahlt“ ist später. Sonst: Achtung. Das geht an: wer es eingetragen hat."},
    {"at: any, when: 'fact.entered > fact.at', report: attention, to: [author]",
     "Bei jedem Eintrag wird gemeldet, wenn gilt: fact.entered > fact.at. Meldung: Achtung an die eintragende Stelle.",
     "At any entry it is reported if this holds: fact.entered > fact.at. Report: attention to its author.",
     "Bei jedem Eintrag gibt es eine Meldung, wenn gilt: fact.entered > fact.at. Achtung. Das geht an: wer es eingetragen hat."},
    {"at: [paid, sent], report: hint, to: [clerk]",
     "„bezahlt“ (S2) und „versandt“ (S3) werden gemeldet. Meldung: Hinweis an Verkauf (Laden).",
     "“paid” (S2) and “sent” (S3) are reported. Report: hint to sales (shop).",
     "„bezahlt“ und „versandt“ werden gemeldet. Hinweis. Das geht an: Verkauf (Laden)."},
    {"note: sent to [teller, bank]", "„versandt“ (S3) wird mitgeteilt an: Kasse (B) und Bank.",
     "“sent” (S3) is told to till (B) and bank.", "Wir sagen Bescheid über „versandt“: Kasse (B) und Bank."},
};

std::string worded(const std::string& rule, std::string_view language) {
  const Loaded loaded = load(spoilt("process.yaml", "  - {id: P7,", "  - {id: P8, " + rule + "}\n  - {id: P7,"), true);
  for (const auto& p : loaded.problems) {
    if (p.severity == Severity::kError) ADD_FAILURE() << line_of(p);
  }
  const auto index = loaded.package.find_rule("P8");
  return index ? sentence(loaded.package, loaded.package.rules[*index], language) : "";
}

TEST(Sentence, WordsEveryKindOfRule) {
  for (const auto& w : kWorded) {
    EXPECT_EQ(worded(w.rule, "de"), w.de);
    EXPECT_EQ(worded(w.rule, "en"), w.en);
    EXPECT_EQ(worded(w.rule, "plain"), w.plain);
  }
}

TEST(Sentence, PrefersThePackagesOwnWords) {
  Sources sources = sample_sources();
  sources["texts/rules.yaml"] =
      "P2:\n  text: {de: Erst bestellen., en: Order first.}\n  basis: {de: Hausordnung, en: house rules}\n";
  const Loaded loaded = load(sources);
  ASSERT_TRUE(loaded.ok());
  const Rule& rule = loaded.package.rules[*loaded.package.find_rule("P2")];
  EXPECT_EQ(sentence(loaded.package, rule, "de"), "Erst bestellen.");
  EXPECT_EQ(sentence(loaded.package, rule, "plain"), "Erst bestellen.");  // a missing language falls back to German
  EXPECT_EQ(sentence(loaded.package, rule, "en"), "Order first.");
  EXPECT_EQ(in_language(rule.basis, "en"), "house rules");
}

}  // namespace
}  // namespace flora::package
