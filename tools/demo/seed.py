#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Plays ten weeks of arrivals into a running demo node, as the agencies' own systems would send them.

Two programs take part, each with its own credentials at its own authority's origin: the state system keeps the persons, hands them over
and reports its steps; MARiS finds the cases by name and date of birth in its own authority's vault and reports the others. They share nothing but
the plan of what happens. The demo clock is moved from hour to hour before they send.

usage: seed.py --home DIR [--port-base 8440] [--seed 1] [--weeks 10]
"""
import argparse
import datetime as dt
import itertools
import os
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from api import Client, Refused  # noqa: E402
from arrivals import WEEKS, Plan  # noqa: E402
from home import Home  # noqa: E402

CHUNK = 200  # facts or persons in one request


def chunks(items):
    items = list(items)
    return [items[i:i + CHUNK] for i in range(0, len(items), CHUNK)]


class StateSystem:
    """Keeps the persons of the authority that registers, and reports its steps."""

    agency = "lds"

    def __init__(self, client):
        self.client, self.sent, self.refused, self.log = client, 0, 0, []

    def send(self, entries):
        unknown = {e.person.number: e.person for e in entries if e.person.case is None}
        for part in chunks(unknown.values()):
            answer = self.client.post("/api/v1/persons", {"persons": [p.record for p in part], "share": ["bamf"]}, key="persons-%d" % part[0].number)
            for person, given in zip(part, answer["persons"]):
                person.case = given["case"]
        self.report(entries, lambda person: person.case)

    def report(self, entries, case_of):
        for part in chunks(entries):
            facts = [{"case": case_of(e.person), "step": e.step, "at": e.at.isoformat(), "data": e.data} for e in part]
            for entry, result in zip(part, self.client.record(facts)):
                self.sent += 1
                if result["outcome"] == "refused":
                    self.refused += 1
                    self.log.append((entry.step, result["error"]["name"]))


class Maris(StateSystem):
    """Reports the other authority's steps; knows persons only from what was handed over to its own vault, and gives file numbers of its
    own when a file is opened."""

    agency = "bamf"

    def __init__(self, client):
        super().__init__(client)
        self.cases = {}

    def find(self, person):
        """By name and date of birth: file numbers are local to each authority."""
        if person.number not in self.cases:
            wanted = person.record
            name = urllib.parse.quote("%s %s" % (wanted["given_names"], wanted["family_name"]))
            found = self.client.get("/api/v1/search?q=" + name)["results"]
            self.cases[person.number] = next(r["case"] for r in found if all(
                r["person"][k] == wanted[k] for k in ("family_name", "given_names", "birth_date")))
        return self.cases[person.number]

    def send(self, entries):
        opened = [e.person for e in entries if e.step == "file_opened"]
        for part in chunks(opened):
            persons = [{**p.record, "case": self.find(p), "file_number": "%d-475" % (8200000 + p.number)} for p in part]
            self.client.post("/api/v1/persons", {"persons": persons}, key="files-%d" % part[0].number)
        self.report(entries, self.find)


def hour_end(moment):
    return (moment + dt.timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)


def play(plan, systems, operator, progress):
    for end, entries in itertools.groupby(plan.entries, key=lambda e: hour_end(e.entered)):
        entries = list(entries)
        operator.post("/demo/clock", {"to": end.isoformat()})
        for system in systems:
            own = [e for e in entries if e.agency == system.agency]
            if own:
                system.send(own)
        progress(end.date(), sum(s.sent for s in systems))
    morning = dt.datetime.combine(plan.last_day, dt.time(8, 0), plan.entries[-1].entered.tzinfo)
    operator.post("/demo/clock", {"to": morning.isoformat(), "run": True})


def show_progress():
    shown = [None]

    def progress(day, facts):
        week = day.isocalendar()[1]
        if week != shown[0]:
            shown[0] = week
            print("  week of %s: %d facts so far" % (day.isoformat(), facts), flush=True)
    return progress


def main():
    parser = argparse.ArgumentParser(description="Plays ten weeks of arrivals into a running demo node.")
    parser.add_argument("--home", required=True)
    parser.add_argument("--port-base", type=int, default=8440)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--weeks", type=int, default=WEEKS)
    arguments = parser.parse_args()
    home = Home(arguments.home, arguments.port_base)

    def program(role):
        token, port = home.token(role)
        return Client(port, token)

    systems = [StateSystem(program("lds_system")), Maris(program("bamf_maris"))]
    begun = time.monotonic()
    plan = Plan(arguments.seed, arguments.weeks)
    try:
        play(plan, systems, Client(arguments.port_base), show_progress())
    except Refused as refused:
        print("seed: the node refused a whole request: %s" % refused, file=sys.stderr)
        return 1
    sent, refused = sum(s.sent for s in systems), sum(s.refused for s in systems)
    print("  %d persons, %d facts (%d refused as meant), %.1f s" % (len(plan.persons), sent, refused, time.monotonic() - begun))
    unexpected = {why for s in systems for why in s.log} - {("registered", "rule_refuses")}
    if unexpected:
        print("seed: refused without being meant to: %s" % sorted(unexpected), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
