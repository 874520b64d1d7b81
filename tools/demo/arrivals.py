# SPDX-License-Identifier: EUPL-1.2
"""Ten weeks at the reception centre, from one seed: who arrives, what the two authorities do, and what goes wrong.

The plan is a list of entries (when it is entered, by which authority, for whom, what happened when). Rates follow the published
figures of the pilot's site: about 25 arrivals a working day in families of 1 to 6, a quarter leaving for another Land, 12 % not coming
to their first file date and a third of those not to the second either. Deliberate mistakes are listed in `MISTAKES`.
"""
import datetime as dt
import random
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import people

BERLIN = ZoneInfo("Europe/Berlin")
FIRST_DAY = dt.date(2021, 9, 27)
WEEKS = 10
HOLIDAYS = {dt.date(2021, 11, 17)}  # day of repentance and prayer: a holiday in Saxony only
OTHER_LAENDER = ["by", "nw", "bw", "ni", "he", "rp", "st", "th", "bb", "be", "hh", "sh"]

# Each mistake is made by a few cases, spread over the weeks.
MISTAKES = ["never_arrives", "late_id_check", "no_counselling", "ready_too_early", "date_before_ready", "summons_too_short", "date_on_holiday",
            "late_entry", "file_without_id_check", "file_without_counselling", "hearing_before_file", "site_event_after_leaving",
            "leaving_with_date", "leaving_after_file", "registered_twice"]


@dataclass
class Person:
    number: int
    record: dict                      # what the vaults keep
    group: str | None = None
    case: str | None = None           # pseudonym, once the state system has it


@dataclass(order=True)
class Entry:
    entered: dt.datetime
    order: int
    agency: str = field(compare=False)
    person: Person = field(compare=False)
    step: str = field(compare=False)
    at: dt.datetime = field(compare=False)
    data: dict = field(compare=False)


def is_workday(day):
    return day.weekday() < 5 and day not in HOLIDAYS


def workday_after(day, count):
    """The count-th working day after `day`; for 0 the day itself, or the next working day."""
    while not is_workday(day):
        day += dt.timedelta(days=1)
    while count > 0:
        day += dt.timedelta(days=1)
        count -= is_workday(day)
    return day


class Plan:
    def __init__(self, seed, weeks=WEEKS, per_day=26):
        self.rng = random.Random(seed)
        self.persons, self.entries = [], []
        self.mistakes = 0
        self.last_day = workday_after(FIRST_DAY + dt.timedelta(weeks=weeks), 0)
        day = FIRST_DAY
        while day < self.last_day:
            if is_workday(day):
                left = max(8, round(self.rng.gauss(per_day, 5)))
                while left > 0:
                    size = min(left, self.rng.choices([1, 2, 3, 4, 5, 6], weights=[58, 14, 11, 9, 5, 3])[0])
                    self.family(day, size)
                    left -= size
            day += dt.timedelta(days=1)
        self.entries.sort()

    # ---- one family -----------------------------------------------------------------------------------------------
    def family(self, day, size):
        rng = self.rng
        records, language = people.draw_family(rng, day, size)
        group = "f%05d" % (len(self.persons) + 1) if size > 1 else None
        persons = []
        for record in records:
            person = Person(len(self.persons) + 1, record, group)
            record["file_number"] = "SN-2021-%05d" % person.number
            if group:
                record["group"] = group
            self.persons.append(person)
            persons.append(person)
        mistake = None
        if size == 1 and rng.random() < 0.09:
            mistake = MISTAKES[self.mistakes % len(MISTAKES)]
            self.mistakes += 1
        pace = {"id": rng.choice([0, 0, 0, 1]), "counsel": rng.choice([1, 1, 2]), "ready": rng.choice([1, 2, 2, 3]), "plan": rng.choice([0, 1, 1]),
                "ahead": rng.choice([2, 3, 4]), "hearing": rng.choice([3, 4, 6]), "notice": rng.choice([7, 8, 10]), "leaves": rng.random() < 0.25,
                "absent": rng.random() < 0.12, "absent_twice": rng.random() < 0.33, "misses_hearing": rng.random() < 0.06,
                "dispensed": rng.random() < 0.07, "hour": rng.choice([8, 9, 10, 11]), "language": language,
                "forwarded": rng.random() < 0.6, "late": rng.random() < 0.02}
        for person in persons:
            self.case(person, day, pace, mistake)

    # ---- one case -------------------------------------------------------------------------------------------------
    def case(self, person, day, pace, mistake):
        if pace["forwarded"] or mistake == "never_arrives":
            announced = day - dt.timedelta(days=self.rng.choice([1, 2, 3]))
            announced = max(announced, FIRST_DAY) if announced.weekday() < 5 else max(announced - dt.timedelta(days=2), FIRST_DAY)
            if announced < day or mistake == "never_arrives":
                self.put("lds", person, "forwarded", announced, 7, {"from_site": self.rng.choice(["chemnitz", "leipzig", "other_land"]),
                                                                   "expected_on": day.isoformat()})
        if mistake == "never_arrives":
            return
        data = {"language": pace["language"], "proof_until": (day + dt.timedelta(days=182)).isoformat()}
        if person.group:
            data["group"] = person.group
        self.put("lds", person, "registered", day, pace["hour"], data)
        if mistake == "registered_twice":
            self.put("lds", person, "registered", workday_after(day, 1), 9, data)
        leaves = pace["leaves"] and mistake is None or mistake == "site_event_after_leaving"
        self.before_file(person, day, pace, mistake, leaves)

    def before_file(self, person, day, pace, mistake, leaves):
        checked = workday_after(day, 4 if mistake == "late_id_check" else pace["id"])
        if mistake not in ("file_without_id_check", "ready_too_early"):
            self.put("bamf", person, "id_check_done", checked, 13, {"result": self.rng.choice(["confirmed", "confirmed", "no_documents", "known", "doubtful"])})
        counselled = workday_after(day, 1 + pace["counsel"])
        if mistake not in ("no_counselling", "file_without_counselling"):
            self.put("bamf", person, "avb_offered", workday_after(day, min(1, pace["id"])), 14,
                     {"date": counselled.isoformat(), "time": "10:00", "room": self.rng.choice("abc"), "language": pace["language"]})
            self.put("bamf", person, "avb_done", counselled, 15, {"result": self.rng.choice(["attended"] * 8 + ["declined", "absent"])})
        if leaves:
            gone = workday_after(counselled, 1)
            self.put("lds", person, "distributed", gone, 9, {"target": self.rng.choice(OTHER_LAENDER)})
            if mistake == "site_event_after_leaving":
                planned = workday_after(gone, 3)
                self.put("bamf", person, "file_date_planned", workday_after(gone, 1), 11, {"date": planned.isoformat(), "time": "09:00"})
            return
        ready = workday_after(max(checked, counselled), pace["ready"] - 1)
        if mistake == "ready_too_early":
            ready = workday_after(day, 1)
            self.put("bamf", person, "id_check_done", workday_after(ready, 1), 13, {"result": "confirmed"})
        self.file_dates(person, max(ready, workday_after(day, 1)), pace, mistake)

    def file_dates(self, person, ready, pace, mistake):
        self.put("lds", person, "ready_for_file", ready, 8 if mistake != "date_before_ready" else 16, {})
        planned = workday_after(ready, pace["plan"])
        date = workday_after(planned, pace["ahead"])
        if mistake == "date_on_holiday":
            date = self.rng.choice([dt.date(2021, 11, 17), date + dt.timedelta(days=(5 - date.weekday()) % 7)])
            date = max(date, planned)
        self.put("bamf", person, "file_date_planned", planned if mistake != "date_before_ready" else ready, 11, self.file_data(person, date))
        if mistake == "leaving_with_date":
            self.put("lds", person, "distributed", workday_after(planned, 1), 9, {"target": self.rng.choice(OTHER_LAENDER)})
            return
        for again in range(2):
            if not pace["absent"] or (again and not pace["absent_twice"]):
                break
            self.put("bamf", person, "file_not_opened", date, 16, {"reason": self.rng.choice(["no_show", "no_show", "excused", "no_transport"])})
            planned = workday_after(date, 1)
            date = workday_after(planned, pace["ahead"])
            self.put("bamf", person, "file_date_planned", planned, 11, self.file_data(person, date))
        opened = workday_after(date, 0)
        self.put("bamf", person, "file_opened", opened, 12, {}, late=5 if mistake == "late_entry" or pace["late"] else 0)
        if mistake == "leaving_after_file":
            self.put("lds", person, "distributed", workday_after(opened, 6), 9, {"target": "by"})
            return
        self.hearing(person, opened, pace, mistake)

    def hearing(self, person, opened, pace, mistake):
        if pace["dispensed"] and mistake is None:
            self.put("bamf", person, "hearing_settled", workday_after(opened, 2), 14, {"ground": "dispensed"})
            return
        summoned = workday_after(opened, pace["hearing"])
        if mistake == "hearing_before_file":
            summoned = max(FIRST_DAY, opened - dt.timedelta(days=1))
        date = workday_after(summoned, 2 if mistake == "summons_too_short" else pace["notice"])
        self.put("bamf", person, "hearing_planned", summoned, 10, {"date": date.isoformat(), "time": "09:30", "mailed_on": summoned.isoformat()})
        if pace["misses_hearing"]:
            self.put("bamf", person, "hearing_missed", date, 13, {"reason": self.rng.choice(["no_show", "excused", "no_interpreter"])})
            summoned = workday_after(date, 3)
            date = workday_after(summoned, pace["notice"])
            self.put("bamf", person, "hearing_planned", summoned, 10, {"date": date.isoformat(), "time": "13:00", "mailed_on": summoned.isoformat()})
        self.put("bamf", person, "hearing_held", date, 15, {})
        self.put("bamf", person, "hearing_settled", workday_after(date, 1), 11, {"ground": "held"})

    def file_data(self, person, date):
        data = {"date": date.isoformat(), "time": "%02d:%02d" % (self.rng.choice([8, 9, 10, 11]), self.rng.choice([0, 30]))}
        if person.group:
            data["group"] = person.group
        return data

    # ---- one entry ------------------------------------------------------------------------------------------------
    def put(self, agency, person, step, day, hour, data, late=0):
        at = dt.datetime.combine(day, dt.time(hour, self.rng.randrange(0, 55)), BERLIN)
        entered = at if not late else dt.datetime.combine(workday_after(day, late), dt.time(9, 30), BERLIN)
        if entered.date() < self.last_day:
            self.entries.append(Entry(entered, len(self.entries), agency, person, step, at, data))


if __name__ == "__main__":
    import collections
    plan = Plan(1)
    print(len(plan.persons), "persons,", len(plan.entries), "entries until", plan.last_day)
    print(collections.Counter(e.step for e in plan.entries))
