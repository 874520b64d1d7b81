#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Plays the package's scenarios against a fresh demo node through the public HTTP API, as the two authorities' officers and programs,
and compares every finding, cue and view with what the engine alone says of the same scenario.

All scenarios run side by side on one record, in order of time: each is a case (or a family) of its own. The demo clock is moved to the
time of each entry. Ends with status 0 only if everything agrees.

usage: story.py --home DIR --flora PROGRAM --package DIR [--port-base 8440]
"""
import argparse
import collections
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import people  # noqa: E402
from api import Client, Refused  # noqa: E402
from home import Home  # noqa: E402

LEVELS = {"hint": "Hinweis", "attention": "Achtung", "critical": "Kritischer Fehler", "refuse": "Sperre", "none": ""}
TITLE = {}  # step -> German title
VIEWS = {}  # view -> agency


class Case:
    """One scenario's case: its pseudonym, and what the engine says of it at any moment."""

    def __init__(self, script, number):
        self.script, self.number, self.id = script, number, None
        self.expected = None


class Stage:
    """The officers and programs of both authorities, signed in."""

    def __init__(self, home, package):
        self.home, self.clients, self.now = home, {}, None
        self.operator = Client(home.port_base)
        self.first = {}
        for role in package["roles"]:
            officer = home.officer(role["id"])
            if officer:
                self.clients[role["id"]] = Client.officer(officer[1], officer[0])
            else:
                token, port = home.token(role["id"])
                self.clients[role["id"]] = Client(port, token)
            self.first.setdefault(role["agency"], self.clients[role["id"]])

    def clock(self, instant):
        if self.now is None or instant > self.now:
            self.operator.post("/demo/clock", {"to": instant})
            self.now = instant

    def open_case(self, case, agencies):
        """A person known to the registering authority, handed over to the others; gives the pseudonym."""
        given = people.GIVEN["fm"[case.number % 2]]
        person = {"family_name": people.FAMILY[case.number % len(people.FAMILY)], "given_names": given[case.number % len(given)],
                  "birth_date": "19%02d-05-%02d" % (60 + case.number % 40, 1 + case.number % 28), "nationality": "SY",
                  "file_number": "STORY-%03d" % case.number}
        lead = agencies[0]
        answer = self.first[lead].post("/api/v1/persons", {"persons": [person], "share": agencies[1:]}, key="story-person-%d" % case.number)
        case.id = answer["persons"][0]["case"]

    def act(self, case, action):
        """Does it; the outcome's name."""
        client = self.clients.get(action["role"])
        try:
            if action["kind"] == "fact":
                fact = {"case": case.id, "step": action["step"], "by": action["role"], "data": action["data"]}
                if action["at"] < action["entered"]:
                    fact["at"] = action["at"]
                result = client.record([fact])[0]
            elif action["kind"] == "clock":
                return "accepted"
            elif action["kind"] == "cancel":
                result = client.post("/api/v1/cases/%s/cancel" % case.id, {"reason": action["reason"] or "other", "by": action["role"]},
                                     key="story-%d-%s" % (case.number, action["entered"]))["results"][0]
            else:
                result = self.act_on_finding(client, case, action)
        except Refused as refused:
            return refused.problem.get("name", "refused")
        return "accepted" if result["outcome"] == "accepted" else result["error"]["name"]

    def act_on_finding(self, client, case, action):
        found = [f for f in client.get("/api/v1/cases/" + case.id)["findings"] if f["rule"] == action["rule"]]
        finding = found[-1]
        act = {"case": case.id, "do": action["kind"], "by": action["role"], "finding": {k: finding[k] for k in ("rule", "step", "fact")}}
        if action["reason"]:
            act["reason"] = action["reason"]
        elif action["kind"] != "acknowledge":
            act["reason"] = "agreed"
        return client.post("/api/v1/findings/acts", {"acts": [act]}, key="story-%d-%s-%s" % (case.number, action["kind"], action["entered"]))["results"][0]


def signature(findings):
    """What must agree: which findings there are, at which level, in which state, and whom they reach."""
    return sorted((f["rule"], f["step"], f["level"], f["state"], f["stage"] or "", ",".join(sorted(f["to"]))) for f in findings)


def compare(stage, case, action, agencies):
    """Sentences on everything that differs between the node and the engine."""
    wrong = []
    for agency in agencies:
        try:
            detail = stage.first[agency].get("/api/v1/cases/" + case.id)
        except Refused as refused:
            # An agency reads the cases that its lists hold, and no others.
            if any(VIEWS[view] == agency for view in action["views"]):
                wrong.append("%s cannot read the case: %s" % (agency, refused))
            continue
        pairs = [("findings", signature(action["findings"]), signature(detail["findings"])),
                 ("cues", {k: sorted(v) for k, v in action["cues"].items() if v}, {k: sorted(v) for k, v in detail["cues"].items() if v}),
                 ("owed steps", sorted(action["owed"]), sorted({d["step"] for d in detail["duties"]})),
                 ("finished", action["finished"], detail["finished"])]
        wrong += ["%s at %s: the engine says %s, the node %s" % (what, agency, want, got) for what, want, got in pairs if want != got]
    return wrong


def tell(case, action, before):
    """One readable line of the story."""
    title = case.script["title"] if len(case.script["title"]) <= 58 else case.script["title"][:57] + "…"
    what = "%s (%s)" % (TITLE[action["step"]], action["role"]) if action["kind"] == "fact" else action["text"]
    line = "%s  %-58s %s" % (action["entered"][:16].replace("T", " "), title, what)
    new = collections.Counter(f[:4] for f in signature(action["findings"])) - collections.Counter(f[:4] for f in before)
    notes = ["%s %s%s" % (LEVELS.get(level, level), rule, "" if state == "open" else " (%s)" % state) for rule, _, level, state in sorted(new)]
    if action["outcome"] != "accepted":
        notes.append("nicht angenommen: " + action["outcome"])
    return line + ("  -> " + "; ".join(notes) if notes else "")


def play(stage, cases, package):
    agencies = [a["id"] for a in package["agencies"]]
    moments = sorted(((action["entered"], case.number, n, case, action) for case in cases for n, action in enumerate(case.script["actions"])),
                     key=lambda m: m[:3])
    failures, compared = [], 0
    for _, _, _, case, action in moments:
        stage.clock(action["entered"])
        if case.id is None:
            stage.open_case(case, agencies)
        outcome = stage.act(case, action)
        print(tell(case, action, signature(case.expected["findings"]) if case.expected else []))
        if outcome != action["outcome"]:
            failures.append("%s: %s: the engine says %s, the node %s" % (case.script["title"], action["text"], action["outcome"], outcome))
        case.expected = action
        compared += 1
        for sentence in compare(stage, case, action, agencies) if action["owed"] or action["findings"] or action["views"] else []:
            failures.append("%s, after %s: %s" % (case.script["title"], action["text"], sentence))
    return failures, compared


def rows_of(client, view):
    """All cases that a view lists, page by page."""
    rows, cursor = [], ""
    while cursor is not None:
        page = client.get("/api/v1/views/%s?limit=100%s" % (view, "&cursor=" + cursor if cursor else ""))
        rows += [row["case"] for row in page["rows"]]
        cursor = page["next"]
    return rows


def compare_views(stage, cases, package):
    """At the end every list must hold exactly the cases that the engine says its query selects, and count them right."""
    expected = collections.defaultdict(set)
    for case in cases:
        for view in case.script["end"]["views"]:
            expected[view].add(case.id)
    failures, checked = [], 0
    for role in (r["id"] for r in package["roles"] if not r["system"]):
        for view in stage.clients[role].get("/api/v1/views")["views"]:
            rows = rows_of(stage.clients[role], view["id"])
            checked += 1
            if set(rows) != expected[view["id"]] or len(rows) != view["count"]:
                failures.append("view %s: the engine selects %d cases, the node lists %d and counts %d"
                                % (view["id"], len(expected[view["id"]]), len(rows), view["count"]))
    return failures, checked


def main():
    parser = argparse.ArgumentParser(description="Plays the package's scenarios against a demo node and compares.")
    for name in ("--home", "--flora", "--package"):
        parser.add_argument(name, required=True)
    parser.add_argument("--port-base", type=int, default=8440)
    arguments = parser.parse_args()
    lines = subprocess.run([arguments.flora, "process", "script", arguments.package], check=True, capture_output=True, text=True).stdout
    cases = [Case(json.loads(line), n) for n, line in enumerate(lines.splitlines())]
    home = Home(arguments.home, arguments.port_base)
    token, port = next(home.token(c["roles"][0]) for m in home.members for c in m["clients"])
    package = Client(port, token).get("/api/v1/package")
    TITLE.update({s["id"]: s["title"]["de"] for s in package["steps"]})
    VIEWS.update({v["id"]: v["agency"] for v in package["views"]})
    stage = Stage(home, package)
    failures, compared = play(stage, cases, package)
    stage.clock(cases[0].script["end"]["entered"])
    for case in cases:
        for sentence in compare(stage, case, case.script["end"], [a["id"] for a in package["agencies"]]):
            failures.append("%s, at the end: %s" % (case.script["title"], sentence))
    wrong, views = compare_views(stage, cases, package)
    failures += wrong
    print("\n%d entries, %d cases and %d lists compared" % (compared, len(cases), views))
    for failure in failures:
        print("DIFFERS  " + failure)
    print("the story agrees with the scenarios" if not failures else "%d differences" % len(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
