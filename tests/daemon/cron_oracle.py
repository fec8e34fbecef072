#!/usr/bin/python3
"""Says when cron expressions are due, by trying every minute: the second opinion for daemon/cron.

Prints COUNT seeded random questions with their answers, one a line, separated by tabs:
expression, zone, "run" or "skip" (what happens to a slot in a gap of the clock), instant, and the
first slot strictly after it, or "later" where there is none before 2037 (the last year for which
every zone file lists its changes one by one).

    cron_oracle.py [--seed N] [--count N] [--all-zones]

It is slow on purpose. It knows nothing of offsets or transitions: it turns instants into wall
clocks with zoneinfo and looks. Questions are drawn mostly around changes of the clock.
"""

import argparse
import calendar
import datetime
import functools
import random
import zoneinfo

UTC = datetime.timezone.utc
MINUTE = datetime.timedelta(minutes=1)
SECOND = datetime.timedelta(seconds=1)
DAY = datetime.timedelta(days=1)
END = datetime.datetime(2037, 1, 1, tzinfo=UTC)
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
WEEKDAYS = "SUN MON TUE WED THU FRI SAT".split()
NICKNAMES = {"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
             "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
             "@hourly": "0 * * * *"}
ZONES = """UTC America/New_York Europe/Berlin Australia/Lord_Howe Africa/Cairo America/Havana
    Asia/Beirut America/Santiago Atlantic/Azores Africa/Casablanca Pacific/Apia Europe/Zurich
    America/St_Johns America/Nuuk America/Scoresbysund Asia/Tehran Asia/Gaza Asia/Kathmandu
    Pacific/Kiritimati Pacific/Chatham America/Sao_Paulo Europe/Lisbon Africa/El_Aaiun
    Antarctica/Troll Asia/Pyongyang America/Caracas Europe/Volgograd Pacific/Fakaofo
    Asia/Amman America/Asuncion""".split()


def number(text, names, first):
    text = text.upper()
    return names.index(text) + first if text in names else int(text)


def plain_values(text, low, high, names=(), first=0):
    """The numbers that a list of stars, numbers, ranges and steps means."""
    values = set()
    for item in text.split(","):
        body, _, step = item.partition("/")
        begin, dash, end = body.partition("-")
        if begin == "*":
            begin, end = low, high
        else:
            begin = number(begin, names, first)
            end = number(end, names, first) if dash else begin
        values.update(range(begin, end + 1, int(step or 1)))
    return values


def last_day(date):
    return calendar.monthrange(date.year, date.month)[1]


def cron_weekday(date):
    return date.isoweekday() % 7


def weekday_nearest_to(date):
    """From Monday to Friday, in the same month: the candidate that is fewest days away."""
    candidates = [date.replace(day=day) for day in range(1, last_day(date) + 1)]
    working = [day for day in candidates if cron_weekday(day) not in (0, 6)]
    return min(working, key=lambda day: abs((day - date).days))


def month_day_matches(item, date):
    item = item.upper()
    last = date.replace(day=last_day(date))
    if item == "LW":
        return date == weekday_nearest_to(last)
    if item.startswith("L"):
        return date == last - DAY * int(item[2:] or 0)
    if item.endswith("W"):
        wanted = int(item[:-1])
        return wanted <= last.day and date == weekday_nearest_to(date.replace(day=wanted))
    return date.day in plain_values(item, 1, 31)


def weekday_matches(item, date):
    item = item.upper()
    if "#" not in item and item.endswith("L"):
        item = item[:-1] + "#L"
    if "#" in item:
        name, which = item.split("#")
        if number(name, WEEKDAYS, 0) % 7 != cron_weekday(date):
            return False
        same = [day for day in range(1, last_day(date) + 1) if (day - date.day) % 7 == 0]
        if which == "L":
            return date.day == same[-1]
        return len(same) >= int(which) and date.day == same[int(which) - 1]
    return cron_weekday(date) in {v % 7 for v in plain_values(item, 0, 7, WEEKDAYS)}


class Cron:
    def __init__(self, text):
        fields = NICKNAMES.get(text, text).split()
        seconds = fields.pop(0) if len(fields) == 6 else "0"
        minute, hour, self.month_day, month, self.weekday = fields
        self.fixed = minute[0] != "*" and hour[0] != "*"
        self.seconds = sorted(plain_values(seconds, 0, 59))
        self.minutes = plain_values(minute, 0, 59)
        self.hours = plain_values(hour, 0, 23)
        self.months = plain_values(month, 1, 12, MONTHS, 1)

    @functools.lru_cache(maxsize=None)
    def has_date(self, date):
        if date.month not in self.months:
            return False
        month_day = self.month_day.replace("?", "*")
        weekday = self.weekday.lstrip("+").replace("?", "*")
        by_date = any(month_day_matches(item, date) for item in month_day.split(","))
        by_weekday = any(weekday_matches(item, date) for item in weekday.split(","))
        stars = month_day.startswith("*") or weekday.startswith("*")
        if stars or self.weekday.startswith("+"):
            return by_date and by_weekday
        return by_date or by_weekday


def wall(instant, zone):
    return instant.astimezone(zone).replace(tzinfo=None)


def next_elapsed(cron, zone, after):
    """Looks at the wall clock of every minute."""
    minute = after.replace(second=0)
    while minute < END:
        local = wall(minute, zone)
        date = local.date()
        if not any(cron.has_date(date + DAY * n) for n in range(3)):
            minute += DAY  # at most two dates further, whatever the clock does
            continue
        if cron.has_date(date) and local.hour in cron.hours and local.minute in cron.minutes:
            for second in cron.seconds:
                if minute + SECOND * second > after:
                    return minute + SECOND * second
        minute += MINUTE
    return None


def instants_showing(naive, zone):
    found = []
    for fold in (0, 1):
        instant = naive.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if wall(instant, zone) == naive:
            found.append(instant)
    return found


def date_exists(date, zone):
    noon = datetime.datetime(date.year, date.month, date.day, 12, tzinfo=UTC)
    return any(wall(noon + MINUTE * 10 * n, zone).date() == date for n in range(-240, 241))


def first_minute_after_gap(naive, zone):
    """Walks the minutes from well before the missing wall-clock time until the clock is past it."""
    minute = naive.replace(tzinfo=UTC, second=0) - DAY * 2
    while wall(minute, zone) < naive:
        hour_later = minute + MINUTE * 60
        minute = hour_later if wall(hour_later, zone) < naive else minute + MINUTE
    return minute


def slots_on(cron, zone, date, gap):
    if not cron.has_date(date) or not date_exists(date, zone):
        return
    for hour in cron.hours:
        for minute in cron.minutes:
            naive = datetime.datetime(date.year, date.month, date.day, hour, minute)
            shown = instants_showing(naive, zone)
            if shown:
                yield from (min(shown) + SECOND * second for second in cron.seconds)
            elif gap == "run":
                yield first_minute_after_gap(naive, zone)


def next_fixed(cron, zone, after, gap):
    date = wall(after, zone).date() - DAY
    while date.year < 2037:
        # Two dates further may not come before this one, however the clock is turned.
        slots = [slot for n in range(3) for slot in slots_on(cron, zone, date + DAY * n, gap)]
        later = [slot for slot in slots if slot > after]
        if later:
            return min(later)
        date += DAY
        while date.year < 2037 and not any(cron.has_date(date + DAY * n) for n in range(3)):
            date += DAY
    return None


def next_slot(text, zone, after, gap):
    cron = Cron(text)
    slot = next_fixed(cron, zone, after, gap) if cron.fixed else next_elapsed(cron, zone, after)
    return slot if slot and slot < END else None


# Questions.

@functools.lru_cache(maxsize=None)
def changes_of_clock(name):
    """One instant within the hour before each change of the zone's clock, 2000 to 2036."""
    zone = zoneinfo.ZoneInfo(name)
    found = []
    instant = datetime.datetime(2000, 1, 1, tzinfo=UTC)
    while instant < END - DAY:
        if instant.astimezone(zone).utcoffset() != (instant + DAY).astimezone(zone).utcoffset():
            hour = instant
            while hour.astimezone(zone).utcoffset() == (
                    hour + MINUTE * 60).astimezone(zone).utcoffset():
                hour += MINUTE * 60
            found.append(hour)
        instant += DAY
    return found


def random_instant(rng, name):
    changes = changes_of_clock(name)
    if changes and rng.random() < 0.7:
        near = rng.choice([3, 30])
        instant = rng.choice(changes) + MINUTE * rng.randint(-60 * near, 60 * near)
    else:
        instant = datetime.datetime(2000, 1, 2, tzinfo=UTC) + MINUTE * rng.randint(0, 19_000_000)
    return instant + SECOND * rng.choice([0, 0, 0, 1, 30, 59])


def random_item(rng, low, high, favourites):
    def value():
        return rng.choice(favourites) if rng.random() < 0.6 else rng.randint(low, high)
    kind = rng.random()
    first, last = sorted((value(), value()))
    if kind < 0.65:
        return str(first)
    if kind < 0.85:
        return f"{first}-{last}"
    return f"{first}-{last}/{rng.randint(1, 7)}"


def random_field(rng, low, high, favourites, star):
    draw = rng.random()
    if draw < star:
        return "*"
    if draw < star + 0.15:
        return f"*/{rng.choice([2, 3, 5, 7, 10, 15, 20, 30])}"
    items = rng.choice([1, 1, 1, 2, 3])
    return ",".join(random_item(rng, low, high, favourites) for _ in range(items))


def random_month_day(rng):
    special = ["L", "LW", f"L-{rng.randint(0, 30)}", f"{rng.randint(1, 31)}W", "1W", "31W", "?",
               "l", "15w", f"{rng.randint(1, 31)}W,L", "31", "*/2", "1-31"]
    if rng.random() < 0.35:
        return rng.choice(special)
    return random_field(rng, 1, 31, [1, 15, 28, 29, 30, 31], 0.5)


def random_weekday(rng):
    day = rng.choice(WEEKDAYS + ["sun", "Mon", "7", "0", "5"])
    special = [f"{day}#{rng.randint(1, 5)}", f"{day}#L", f"{rng.randint(0, 7)}L", "?", "MON-FRI",
               f"{day},{rng.randint(0, 7)}#{rng.randint(1, 5)}", "5-7", "*/3", "0-6"]
    text = random_field(rng, 0, 7, [0, 1, 5, 6, 7], 0.6)
    if rng.random() < 0.35:
        text = rng.choice(special)
    return "+" + text if rng.random() < 0.12 else text


def random_expression(rng):
    if rng.random() < 0.08:
        return rng.choice(sorted(NICKNAMES))
    month = random_field(rng, 1, 12, [2, 3, 4, 10, 11], 0.75)
    if rng.random() < 0.05:
        month = rng.choice(["JAN", "mar-Jun", "Oct,DEC", "feb"])
    fields = [random_field(rng, 0, 59, [0, 1, 30, 59], 0.08),
              random_field(rng, 0, 23, [0, 1, 2, 3, 22, 23], 0.2),
              random_month_day(rng), month, random_weekday(rng)]
    if rng.random() < 0.1:
        fields.insert(0, random_field(rng, 0, 59, [0, 30, 59], 0.2))
    return " ".join(fields)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--all-zones", action="store_true")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    zones = ZONES
    if options.all_zones:
        zones = sorted(z for z in zoneinfo.available_timezones() if "/" in z and z[:3] != "Etc")
    for _ in range(options.count):
        text, name = random_expression(rng), rng.choice(zones)
        gap = "run" if rng.random() < 0.8 else "skip"
        after = random_instant(rng, name)
        slot = next_slot(text, zoneinfo.ZoneInfo(name), after, gap)
        answer = slot.strftime("%Y-%m-%dT%H:%M:%SZ") if slot else "later"
        print(text, name, gap, after.strftime("%Y-%m-%dT%H:%M:%SZ"), answer, sep="\t")


if __name__ == "__main__":
    main()
