#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Writes packages/calendar-de/*.json from the holiday laws of the Laender, and src/calendar/builtin_data.inc from those files.

    tools/make_calendars.py            writes both
    tools/make_calendars.py --embed    only embeds the files as they are (after an edit by hand)

The program reads nothing but the files: what is written here decides only how they come about. A change of the law
is a line below (or an edit of one file), a second run, and a review of the difference.
"""
import datetime as dt
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ROOT / "packages" / "calendar-de"
INC = ROOT / "src" / "calendar" / "builtin_data.inc"
FIRST, LAST = 2018, 2035

LAENDER = {
    "de-bw": ("Baden-Württemberg", "Baden-Württemberg", "Gesetz über die Sonntage und Feiertage (FTG)"),
    "de-by": ("Bayern", "Bavaria", "Gesetz über den Schutz der Sonn- und Feiertage (FTG)"),
    "de-be": ("Berlin", "Berlin", "Gesetz über die Sonn- und Feiertage"),
    "de-bb": ("Brandenburg", "Brandenburg", "Gesetz über die Sonn- und Feiertage (FTG)"),
    "de-hb": ("Bremen", "Bremen", "Gesetz über die Sonn- und Feiertage"),
    "de-hh": ("Hamburg", "Hamburg", "Gesetz über Sonntage, Feiertage, Gedenktage und Trauertage (Feiertagsgesetz)"),
    "de-he": ("Hessen", "Hesse", "Hessisches Feiertagsgesetz (HFeiertagsG)"),
    "de-mv": ("Mecklenburg-Vorpommern", "Mecklenburg-Western Pomerania", "Feiertagsgesetz Mecklenburg-Vorpommern (FTG M-V)"),
    "de-ni": ("Niedersachsen", "Lower Saxony", "Niedersächsisches Gesetz über die Feiertage (NFeiertagsG)"),
    "de-nw": ("Nordrhein-Westfalen", "North Rhine-Westphalia", "Gesetz über die Sonn- und Feiertage (Feiertagsgesetz NW)"),
    "de-rp": ("Rheinland-Pfalz", "Rhineland-Palatinate", "Landesgesetz über den Schutz der Sonn- und Feiertage (LFtG)"),
    "de-sl": ("Saarland", "Saarland", "Gesetz über die Sonn- und Feiertage (SFG)"),
    "de-sn": ("Sachsen", "Saxony", "Gesetz über Sonn- und Feiertage im Freistaat Sachsen (SächsSFG)"),
    "de-st": ("Sachsen-Anhalt", "Saxony-Anhalt", "Gesetz über die Sonn- und Feiertage (FeiertG LSA)"),
    "de-sh": ("Schleswig-Holstein", "Schleswig-Holstein", "Gesetz über Sonn- und Feiertage (SFTG)"),
    "de-th": ("Thüringen", "Thuringia", "Thüringer Feier- und Gedenktagsgesetz (ThürFGtG)"),
}
ALL = list(LAENDER)

NAMES = {
    "new_year": ("Neujahr", "New Year's Day"),
    "epiphany": ("Heilige Drei Könige", "Epiphany"),
    "womens_day": ("Internationaler Frauentag", "International Women's Day"),
    "good_friday": ("Karfreitag", "Good Friday"),
    "easter_sunday": ("Ostersonntag", "Easter Sunday"),
    "easter_monday": ("Ostermontag", "Easter Monday"),
    "labour_day": ("Tag der Arbeit", "Labour Day"),
    "liberation_day": ("Tag der Befreiung", "Liberation Day"),
    "ascension": ("Christi Himmelfahrt", "Ascension Day"),
    "whit_sunday": ("Pfingstsonntag", "Whit Sunday"),
    "whit_monday": ("Pfingstmontag", "Whit Monday"),
    "corpus_christi": ("Fronleichnam", "Corpus Christi"),
    "uprising_1953": ("Jahrestag des Volksaufstands 1953", "Anniversary of the uprising of 1953"),
    "peace_festival": ("Augsburger Friedensfest", "Augsburg Peace Festival"),
    "assumption": ("Mariä Himmelfahrt", "Assumption Day"),
    "childrens_day": ("Weltkindertag", "World Children's Day"),
    "german_unity": ("Tag der Deutschen Einheit", "German Unity Day"),
    "reformation": ("Reformationstag", "Reformation Day"),
    "all_saints": ("Allerheiligen", "All Saints' Day"),
    "repentance": ("Buß- und Bettag", "Day of Repentance and Prayer"),
    "christmas": ("1. Weihnachtstag", "Christmas Day"),
    "boxing_day": ("2. Weihnachtstag", "Second Day of Christmas"),
}


def easter(year):
    """Gregorian Easter Sunday (Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return dt.date(year, month, day + 1)


def repentance(year):
    """The Wednesday before 23 November."""
    day = dt.date(year, 11, 22)
    return day - dt.timedelta(days=(day.weekday() - 2) % 7)


def holidays(land, year):
    e = easter(year)

    def after(days):
        return e + dt.timedelta(days=days)

    def on(month, day):
        return dt.date(year, month, day)

    # (day, name, where, first year)
    rules = [
        (on(1, 1), "new_year", ALL, 0),
        (on(1, 6), "epiphany", ["de-bw", "de-by", "de-st"], 0),
        (on(3, 8), "womens_day", ["de-be"], 2019),
        (on(3, 8), "womens_day", ["de-mv"], 2023),
        (after(-2), "good_friday", ALL, 0),
        (after(0), "easter_sunday", ["de-bb"], 0),
        (after(1), "easter_monday", ALL, 0),
        (on(5, 1), "labour_day", ALL, 0),
        (after(39), "ascension", ALL, 0),
        (after(49), "whit_sunday", ["de-bb"], 0),
        (after(50), "whit_monday", ALL, 0),
        (after(60), "corpus_christi", ["de-bw", "de-by", "de-he", "de-nw", "de-rp", "de-sl"], 0),
        (on(8, 15), "assumption", ["de-sl"], 0),
        (on(9, 20), "childrens_day", ["de-th"], 2019),
        (on(10, 3), "german_unity", ALL, 0),
        (on(10, 31), "reformation", ["de-bb", "de-mv", "de-sn", "de-st", "de-th"], 0),
        (on(10, 31), "reformation", ["de-hb", "de-hh", "de-ni", "de-sh"], 2018),
        (on(11, 1), "all_saints", ["de-bw", "de-by", "de-nw", "de-rp", "de-sl"], 0),
        (repentance(year), "repentance", ["de-sn"], 0),
        (on(12, 25), "christmas", ALL, 0),
        (on(12, 26), "boxing_day", ALL, 0),
    ]
    out = {day.isoformat(): name for day, name, where, since in rules if land in where and year >= since}
    once = {"de-be": {"2020-05-08": "liberation_day", "2025-05-08": "liberation_day", "2028-06-17": "uprising_1953"}}
    for day, name in once.get(land, {}).items():
        if day.startswith(str(year)):
            out[day] = name
    return dict(sorted(out.items()))


# What holds only in some municipalities of a Land: a calendar of its own, "<land>.<exception>".
EXCEPTIONS = {
    "de-by": {
        "assumption": (("Bayern, Gemeinden mit überwiegend katholischer Bevölkerung", "Bavaria, municipalities with a Catholic majority"),
                       lambda y: {dt.date(y, 8, 15): "assumption"}),
        "augsburg": (("Bayern, Stadt Augsburg", "Bavaria, city of Augsburg"),
                     lambda y: {dt.date(y, 8, 8): "peace_festival", dt.date(y, 8, 15): "assumption"}),
    },
    "de-sn": {
        "corpus_christi": (("Sachsen, Gemeinden mit Fronleichnam", "Saxony, municipalities with Corpus Christi"),
                           lambda y: {easter(y) + dt.timedelta(days=60): "corpus_christi"}),
    },
    "de-th": {
        "corpus_christi": (("Thüringen, Gemeinden mit Fronleichnam", "Thuringia, municipalities with Corpus Christi"),
                           lambda y: {easter(y) + dt.timedelta(days=60): "corpus_christi"}),
    },
}

ZONES = {
    "zones": [{
        "id": "Europe/Berlin",
        "basis": "Zeitgesetz 1978, SommerZV 1979 ff., Richtlinie 2000/84/EG",
        "eras": [
            {"from": 1970, "rule": "CET-1"},
            {"from": 1980, "rule": "CET-1CEST,M4.1.0,M9.5.0/3"},
            {"from": 1981, "rule": "CET-1CEST,M3.5.0,M9.5.0/3"},
            {"from": 1996, "rule": "CET-1CEST,M3.5.0,M10.5.0/3"},
        ],
    }],
}


def text(pair):
    return {"de": pair[0], "en": pair[1]}


def render(value, indent=0):
    """JSON with one line per year, holiday name or rule: differences stay readable."""
    pad = "  " * (indent + 1)
    if isinstance(value, dict) and any(isinstance(v, (dict, list)) for v in value.values()) and indent < 4:
        body = ",\n".join(pad + json.dumps(k, ensure_ascii=False) + ": " + render(v, indent + 1) for k, v in value.items())
        return "{\n" + body + "\n" + "  " * indent + "}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(pad + render(v, indent + 1) for v in value) + "\n" + "  " * indent + "]"
    return json.dumps(value, ensure_ascii=False)


def write_data():
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / "zones.json").write_text(render(ZONES) + "\n", encoding="utf-8")
    for land, (german, english, basis) in LAENDER.items():
        years = {str(y): holidays(land, y) for y in range(FIRST, LAST + 1)}
        exceptions = {}
        for name, (title, days) in EXCEPTIONS.get(land, {}).items():
            exceptions[name] = {
                "title": text(title),
                "years": {str(y): {d.isoformat(): n for d, n in sorted(days(y).items())} for y in range(FIRST, LAST + 1)},
            }
        used = {n for y in years.values() for n in y.values()}
        used |= {n for e in exceptions.values() for y in e["years"].values() for n in y.values()}
        calendar = {
            "id": land,
            "title": text((german, english)),
            "basis": basis,
            "zone": "Europe/Berlin",
            "names": {n: text(pair) for n, pair in NAMES.items() if n in used},
            "years": years,
        }
        if exceptions:
            calendar["exceptions"] = exceptions
        (DATA / (land + ".json")).write_text(render(calendar) + "\n", encoding="utf-8")


def embed():
    lines = [
        "// SPDX-License-Identifier: EUPL-1.2",
        "// Written by tools/make_calendars.py from packages/calendar-de; do not edit.",
    ]
    for variable, files in (("kZoneTexts", [DATA / "zones.json"]), ("kCalendarTexts", [DATA / (l + ".json") for l in sorted(LAENDER)])):
        lines.append("constexpr std::string_view %s[] = {" % variable)
        for file in files:
            lines.append('R"flora(' + file.read_text(encoding="utf-8") + ')flora",')
        lines.append("};")
    INC.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--embed"]):
        sys.exit(__doc__)
    if not sys.argv[1:]:
        write_data()
    embed()
