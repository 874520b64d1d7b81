// SPDX-License-Identifier: EUPL-1.2
// A small package in order, for tests and the fuzz target.
#pragma once
#include <string>
#include <string_view>

#include "package/load.hpp"

namespace flora::package {

inline Sources sample_sources() {
  Sources out;
  out["package.yaml"] = R"(id: sample
version: 1.0
title: {de: Beispiel, en: sample}
calendar: de-be
agencies:
  shop: {title: {de: Laden, en: shop}}
  bank: {title: {de: Bank, en: bank}, short: {de: B, en: B}}
roles:
  clerk: {agency: shop, title: {de: Verkauf, en: sales}}
  teller: {agency: bank, title: {de: Kasse, en: till}}
phases:
  buying: {title: {de: Kauf, en: purchase}}
)";
  out["codes/lists.yaml"] = R"(colours:
  red: {de: rot, en: red}
  blue: {de: blau, en: blue}
)";
  out["process.yaml"] = R"(process: sample
steps:
  ordered:
    code: S1
    title: {de: bestellt, en: ordered}
    owner: [clerk]
    via: form
    once: true
    data:
      colour: {type: code, list: colours, title: {de: Farbe, en: colour}}
      wanted_on: {type: date, title: {de: gewünscht am, en: wanted on}}
      pieces: {type: integer, min: 1, max: 9, title: {de: Stück, en: pieces}}
  paid: {code: S2, title: {de: bezahlt, en: paid}, owner: [teller], via: form, phase: buying}
  sent: {code: S3, title: {de: versandt, en: sent}, owner: [clerk], via: system, phase: buying, initially: {closed: critical}}
  lapsed: {code: S4, title: {de: verfallen, en: lapsed}, via: clock}
tallies:
  orders_of_day: {count: ordered, by: wanted_on}
rules:
  - {id: P1, response: ordered -> paid, within: 3 workdays, overdue: attention, grace: 2 days, then: critical, to: [teller], then_to: [bank]}
  - {id: P2, condition: ordered before [paid, sent], level: attention, to: [author]}
  - {id: P3, opens: paid -> sent}
  - {id: P4, response: ordered -> lapsed, within: 4 weeks, until: paid}
  - {id: P5, at: ordered, when: "fact.colour = \"red\" and fact.pieces > 5", report: hint, to: [clerk]}
  - {id: P6, note: sent to [teller]}
  - {id: P7, milestone: paid settles before sent, level: refuse, to: [clerk]}
)";
  out["views.yaml"] = R"(views:
  - id: shop_orders
    agency: shop
    kind: read
    title: {de: Bestellungen, en: orders}
    roles: [clerk]
    select: {all: [{has: ordered}, {not: {has: sent}}, open_case]}
    columns: [name, {field: ordered.colour}, {at: ordered}, level]
    sort: -at_ordered
  - id: shop_order
    agency: shop
    kind: write
    title: {de: Bestellen, en: order}
    roles: [clerk]
    step: ordered
    new_cases: true
    select: {not: {has: ordered}}
    columns: [name, status]
  - id: bank_due
    agency: bank
    kind: read
    title: {de: Offene Zahlungen, en: open payments}
    roles: [teller]
    select: {owed: paid}
    columns: [name, {due: paid}]
  - id: bank_paid
    agency: bank
    kind: write
    title: {de: Bezahlt, en: paid}
    roles: [teller]
    step: paid
    select: {owed: paid}
    columns: [name, {due: paid}]
)";
  return out;
}

// As `flora package check` prints it: "file:line:column severity check element: sentence | hint".
inline std::string line_of(const Problem& p) {
  std::string out = p.place.file + ":" + std::to_string(p.place.line) + ":" + std::to_string(p.place.column);
  out += p.severity == Severity::kError ? " error " : " warning ";
  out += p.check + (p.element.empty() ? ": " : " " + p.element + ": ") + p.sentence;
  if (!p.hint.empty()) out += " | " + p.hint;
  return out;
}

}  // namespace flora::package
