// SPDX-License-Identifier: EUPL-1.2
// Names of fields that would carry personal data. The ledger never holds any (architecture, section 3.4); what a person is
// called, when born, under which number filed, belongs into the authority's own records.
#include <array>

#include "package/readers.hpp"

namespace flora::package {

namespace {

// Each alone makes a field identifying, wherever it stands between underscores.
constexpr std::string_view kWords[] = {
    "surname",       "firstname",     "lastname",     "forename",   "fullname",      "username",
    "nickname",      "birth",         "birthday",     "birthdate",  "dob",           "born",
    "nationality",   "citizenship",   "ethnicity",    "religion",   "denomination",  "gender",
    "sex",           "address",       "street",       "postcode",   "zip",           "phone",
    "telephone",     "mobile",        "email",        "mail",       "fax",           "azr",
    "passport",      "visa",          "biometric",    "biometrics", "fingerprint",   "fingerprints",
    "photo",         "picture",       "image",        "face",       "signature",     "iban",
    "bic",           "ssn",           "diagnosis",    "health",     "disease",       "comment",
    "comments",      "remark",        "remarks",      "note",       "notes",         "freetext",
    "description",   "memo",          "ip",           "vorname",    "nachname",      "familienname",
    "geburtsname",   "geburt",        "geburtsdatum", "geburtsort", "geboren",       "staatsangehoerigkeit",
    "nationalitaet", "geschlecht",    "anschrift",    "adresse",    "strasse",       "plz",
    "telefon",       "handy",         "aktenzeichen", "azrnummer",  "ausweisnummer", "passnummer",
    "foto",          "fingerabdruck", "steuernummer", "steuerid",   "kommentar",     "bemerkung",
    "anmerkung",     "freitext",      "notiz",        "krankheit"};

// Harmless words that together are not; and `name`, `number` when nothing says of what, or of what they are a person's.
constexpr std::string_view kWhole[] = {"name", "names", "person", "number", "id", "text", "nummer"};
constexpr std::array<std::string_view, 2> kPairs[] = {
    {"first", "name"},      {"last", "name"},       {"family", "name"}, {"given", "name"},  {"maiden", "name"},
    {"full", "name"},       {"person", "name"},     {"file", "number"}, {"case", "number"}, {"register", "number"},
    {"personal", "number"}, {"document", "number"}, {"id", "number"},   {"card", "number"}, {"tax", "id"},
    {"tax", "number"},      {"person", "id"},       {"free", "text"},   {"date", "birth"},  {"place", "birth"},
    {"marital", "status"},  {"account", "number"}};

}  // namespace

std::string_view identifying_word(std::string_view field_id) {
  for (const auto word : kWhole) {
    if (field_id == word) return word;
  }
  std::string_view before;
  for (std::size_t at = 0; at <= field_id.size();) {
    const std::size_t end = std::min(field_id.find('_', at), field_id.size());
    const std::string_view part = field_id.substr(at, end - at);
    for (const auto word : kWords) {
      if (part == word) return word;
    }
    for (const auto& [first, second] : kPairs) {
      if (before == first && part == second) return second;
    }
    before = part;
    at = end + 1;
  }
  return {};
}

}  // namespace flora::package
