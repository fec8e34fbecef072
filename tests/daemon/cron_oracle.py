#!/usr/bin/python3
"""Says when cron expressions are due, by looking at clocks: the second opinion for daemon/cron.

Prints seeded random questions with their answers, one a line, separated by tabs: expression, zone,
"run" or "skip" (what happens to a slot in a gap of the clock), instant, and the first slot strictly
after it, or "later" where there is none before 2038 (until then every zone file lists its changes
one by one). What was asked, and the seed, is said on stderr at the end.

    cron_oracle.py [--seed N] [--count N] [--all-zones] [--all-changes]

--count asks around the changes of the clock of some zones, or of --all-zones. --all-changes asks,
beyond these, about every change of every zone from 2000 to 2037: at it and shortly before, with
expressions near the times that the clock leaves out or repeats.

It knows nothing of offsets or transitions: it turns instants into wall clocks with zoneinfo and
looks. An hour that takes the wall clock sixty minutes further is not looked at minute by minute,
and a date that does not match is not looked at at all. Times are numbers of minutes since 1970,
of UTC or of a wall clock, and days and hours are counted in the same way.
"""

import argparse
import calendar
import datetime
import functools
import itertools
import random
import sys
import zoneinfo

UTC = datetime.timezone.utc
MINUTE = datetime.timedelta(minutes=1)
SECOND = datetime.timedelta(seconds=1)
DAY = datetime.timedelta(days=1)
EPOCH = datetime.datetime(1970, 1, 1)
EPOCH_UTC = EPOCH.replace(tzinfo=UTC)
EPOCH_ORDINAL = EPOCH.toordinal()
BEGIN = datetime.datetime(2000, 1, 1, tzinfo=UTC)
END = datetime.datetime(2038, 1, 1, tzinfo=UTC)
END_MINUTE = (END - EPOCH_UTC) // MINUTE
END_DAY = END_MINUTE // 1440
NEVER = END_DAY + 366  # a date that no clock shows before END
MONTHS = tuple("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split())
WEEKDAYS = tuple("SUN MON TUE WED THU FRI SAT".split())
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


@functools.lru_cache(maxsize=None)
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


# The shape of a month is its first weekday and its length; months of one shape share their days.
MONTH_OF_SHAPE = {calendar.monthrange(year, month): (year, month)
                  for year in range(2000, 2028) for month in range(1, 13)}


@functools.lru_cache(maxsize=None)
def days_of_item(matches, item, shape):
    year, month = MONTH_OF_SHAPE[shape]
    return {day for day in range(1, shape[1] + 1)
            if matches(item, datetime.date(year, month, day))}


@functools.lru_cache(maxsize=None)
def matching_days(month_day, weekday, shape):
    both = weekday.startswith("+")
    month_day, weekday = month_day.replace("?", "*"), weekday.lstrip("+").replace("?", "*")
    both = both or month_day.startswith("*") or weekday.startswith("*")
    by_date = {day for item in month_day.split(",")
               for day in days_of_item(month_day_matches, item, shape)}
    by_weekday = {day for item in weekday.split(",")
                  for day in days_of_item(weekday_matches, item, shape)}
    return sorted(by_date & by_weekday if both else by_date | by_weekday)


@functools.lru_cache(maxsize=None)
def shape_of(year, month):
    return calendar.monthrange(year, month)


class Cron:
    def __init__(self, text):
        fields = NICKNAMES.get(text, text).split()
        seconds = fields.pop(0) if len(fields) == 6 else "0"
        minute, hour, self.month_day, month, self.weekday = fields
        self.fixed = minute[0] != "*" and hour[0] != "*"
        self.seconds = sorted(plain_values(seconds, 0, 59))
        self.minutes = sorted(plain_values(minute, 0, 59))
        self.hours = sorted(plain_values(hour, 0, 23))
        self.months = plain_values(month, 1, 12, MONTHS, 1)
        self.times = [60 * hour + minute for hour in self.hours for minute in self.minutes]
        self.time_set = set(self.times)
        self.hour_set = set(self.hours)
        self.seen = (1, 0)

    def next_day(self, day):
        """The first matching day from this one on, or NEVER."""
        if not self.seen[0] <= day <= self.seen[1]:
            self.seen = (day, self.find_day(day))
        return self.seen[1]

    def find_day(self, day):
        date = datetime.date.fromordinal(day + EPOCH_ORDINAL)
        year, month, least = date.year, date.month, date.day
        while year <= END.year:
            if month in self.months:
                shape = shape_of(year, month)
                for found in matching_days(self.month_day, self.weekday, shape):
                    if found >= least:
                        return datetime.date(year, month, found).toordinal() - EPOCH_ORDINAL
            year, month, least = year + month // 12, month % 12 + 1, 1
        return NEVER


@functools.lru_cache(maxsize=None)
def zone_named(name):
    return zoneinfo.ZoneInfo(name)


def wall(minute, name):
    """What the wall clock shows, as a number of minutes since 1970."""
    instant = EPOCH_UTC + MINUTE * minute
    return (instant.astimezone(zone_named(name)).replace(tzinfo=None) - EPOCH) // MINUTE


@functools.lru_cache(maxsize=500_000)
def hour_start(hour, name):
    return wall(60 * hour, name)


def walls_of_hour(hour, name):
    """What the wall clock shows in the sixty minutes."""
    start = hour_start(hour, name)
    if hour_start(hour + 1, name) == start + 60:
        return range(start, start + 60)
    return [wall(60 * hour + minute, name) for minute in range(60)]


def may_match(cron, walls):
    """Quickly no where neither of the two hours that the clock shows is asked for."""
    if not isinstance(walls, range):
        return True
    return any(hour % 24 in cron.hour_set and cron.next_day(hour // 24) == hour // 24
               for hour in {walls[0] // 60, walls[-1] // 60})


def next_elapsed(cron, name, after):
    """Looks at the wall clock of every minute. `after` is in seconds, and so is the answer."""
    hour = after // 3600
    while 60 * hour < END_MINUTE:
        # The clock may be set back to the date before, but no clock is a day off: what it shows a
        # day before a date begins in UTC is before the date.
        day = cron.next_day(hour_start(hour, name) // 1440 - 1)
        hour = max(hour, 24 * (day - 1))
        walls = walls_of_hour(hour, name)
        if may_match(cron, walls):
            for minute, shown in enumerate(walls, 60 * hour):
                if shown % 1440 in cron.time_set and cron.next_day(shown // 1440) == shown // 1440:
                    for second in cron.seconds:
                        if 60 * minute + second > after:
                            return 60 * minute + second
        hour += 1
    return None


@functools.lru_cache(maxsize=5_000)
def first_minutes(day, name):
    """For each minute of the local date the first one of UTC that shows it, or None."""
    first = [None] * 1440
    begin, end = 1440 * day, 1440 * (day + 1)
    for hour in range(24 * (day - 1), 24 * (day + 2)):
        start = hour_start(hour, name)
        if not begin - 120 < start < end + 120 and not begin - 120 < hour_start(
                hour + 1, name) < end + 120:
            continue
        walls = walls_of_hour(hour, name)
        here = slice(max(0, walls[0] - begin), walls[0] - begin + 60)
        if isinstance(walls, range) and begin <= walls[0] <= end - 60 and not any(first[here]):
            first[here] = range(60 * hour, 60 * hour + 60)
            continue
        for minute, shown in enumerate(walls, 60 * hour):
            if begin <= shown < end and first[shown - begin] is None:
                first[shown - begin] = minute
    return first


@functools.lru_cache(maxsize=50_000)
def first_minute_past(shown, name):
    """Walks from well before the missing wall-clock time until the clock is past it."""
    minute = shown // 60 * 60 - 2 * 1440
    while wall(minute, name) < shown:
        minute += 60 if wall(minute + 60, name) < shown else 1
    return minute


def slots_on(cron, name, day, gap):
    first = first_minutes(day, name)
    if not any(minute is not None for minute in first):
        return  # a date that never was
    for time in cron.times:
        minute = first[time]
        if minute is not None:
            for second in cron.seconds:
                yield 60 * minute + second
        elif gap == "run":
            yield 60 * first_minute_past(1440 * day + time, name)


def next_fixed(cron, name, after, gap):
    """Lists the slots of each matching date. `after` is in seconds, and so is the answer."""
    day = cron.next_day(wall(after // 60, name) // 1440 - 1)
    while day <= END_DAY:
        later = [slot for slot in slots_on(cron, name, day, gap) if slot > after]
        if later:
            # Two dates further may not come before this one, however the clock is turned.
            for other in (day + 1, day + 2):
                if cron.next_day(other) == other:
                    later += [slot for slot in slots_on(cron, name, other, gap) if slot > after]
            return min(later)
        day = cron.next_day(day + 1)
    return None


def next_slot(text, name, after, gap):
    cron = Cron(text)
    after = (after - EPOCH_UTC) // SECOND
    slot = next_fixed(cron, name, after, gap) if cron.fixed else next_elapsed(cron, name, after)
    return EPOCH_UTC + SECOND * slot if slot and slot < 60 * END_MINUTE else None


# Questions.

@functools.lru_cache(maxsize=None)
def changes_of_clock(name):
    """The first minute after each change of the zone's clock, 2000 to 2037. A clock that is turned
    forth and back within a day is not noticed."""
    found = []
    for day in range((BEGIN - EPOCH_UTC) // DAY, END_DAY):
        if hour_start(24 * (day + 1), name) == hour_start(24 * day, name) + 1440:
            continue
        for changed in range(24 * day, 24 * (day + 1)):
            walls = walls_of_hour(changed, name)
            walls = [*walls, hour_start(changed + 1, name)]
            found += [60 * changed + n for n in range(1, 61) if walls[n] != walls[n - 1] + 1]
    return found


def random_instant(rng, name):
    changes = changes_of_clock(name)
    if changes and rng.random() < 0.7:
        near = rng.choice([3, 30])
        minute = rng.choice(changes) + rng.randint(-60 * near, 60 * near)
    else:
        minute = rng.randint((BEGIN - EPOCH_UTC) // MINUTE + 1440, END_MINUTE - 1440)
    return EPOCH_UTC + MINUTE * minute + SECOND * rng.choice([0, 0, 0, 1, 30, 59])


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
    day = rng.choice([*WEEKDAYS, "sun", "Mon", "7", "0", "5"])
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


def random_questions(rng, zones, count):
    for number in range(count):
        if number % 100 == 0:  # in a row, because what a zone's clock shows is kept for a while
            name = rng.choice(zones)
        text = random_expression(rng)
        gap = "run" if rng.random() < 0.8 else "skip"
        yield text, name, gap, random_instant(rng, name)


def expressions_near(rng, minute, name):
    """Expressions for the times around a change of the clock, two fixed and two elapsed ones."""
    before, after = wall(minute - 1, name) + 1, wall(minute, name)
    low, high = sorted((before, after))
    time = rng.choice([low, (low + high) // 2, high - 1, high, low - 1,
                       rng.randint(low - 90, high + 90)])
    date = EPOCH + MINUTE * time
    late = EPOCH + MINUTE * high
    clock = f"{date.minute} {date.hour}"
    hours = "{}-{}".format(*sorted((date.hour, late.hour)))
    fixed = [f"{clock} * * *", f"{clock} {date.day} * *", f"{clock} * {date.month} *",
             f"{clock} * * {cron_weekday(date)}", f"{clock} L * *", "@daily", "@monthly",
             f"0,15,30,45 {hours} * * *", f"0-59/7 {date.hour},{late.hour} * * *",
             f"{date.minute} 0-23 * * *", f"{clock} {late.day} {late.month} +{cron_weekday(late)}"]
    elapsed = ["*/10 * * * *", "@hourly", f"*/20 {date.hour} * * *", f"{date.minute} */2 * * *",
               f"{date.minute} * * * *", f"* {hours} {date.day} * *", "* * * * *",
               f"*/15 * * * {cron_weekday(date)}"]
    return rng.sample(fixed, 2) + rng.sample(elapsed, 2)


def change_questions(rng, zones):
    for name in zones:
        for minute in changes_of_clock(name):
            change = EPOCH_UTC + MINUTE * minute
            for instant in (change - MINUTE, change - SECOND, change,
                            change + MINUTE * rng.randint(-180, 180)):
                for text in expressions_near(rng, minute, name):
                    for gap in ("run", "skip"):
                        yield text, name, gap, instant


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--all-zones", action="store_true")
    parser.add_argument("--all-changes", action="store_true")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    every_zone = sorted(name for name in zoneinfo.available_timezones()
                        if "/" in name and name[:3] != "Etc") + ["UTC"]
    questions = random_questions(rng, every_zone if options.all_zones else ZONES, options.count)
    if options.all_changes:
        questions = itertools.chain(questions, change_questions(rng, every_zone))
    asked = 0
    for text, name, gap, after in questions:
        slot = next_slot(text, name, after, gap)
        answer = f"{slot:%Y-%m-%dT%H:%M:%SZ}" if slot else "later"
        print(text, name, gap, f"{after:%Y-%m-%dT%H:%M:%SZ}", answer, sep="\t")
        asked += 1
    changes = sum(len(changes_of_clock(name)) for name in every_zone) \
        if options.all_changes else 0
    print(f"cron_oracle: seed {options.seed}, {asked} questions, {options.count} of them random, "
          f"the others about {changes} changes of {len(every_zone)} zones' clocks"
          if changes else f"cron_oracle: seed {options.seed}, {asked} random questions",
          file=sys.stderr)


if __name__ == "__main__":
    main()
