"""The world of the kill test: a fast calendar, a gateway that drops files, a mail server with bad
days, and the plan of the kills. All of it follows from one seed, but for the moments that the
machine chooses.
"""

import datetime
import os
import random
import subprocess
import threading
import time

from costd_process import (BUILD, COSTD_FAST, HERE, ROOT, a_record, json_lines, make_costd,
                           read_bytes)

SHIM = os.path.join(BUILD, "tests", "libkill_shim.so")
FACTOR = 3600  # an hour of the calendar passes in a second
DAY = 86_400
TENANTS = ("acme", "zeta", "Ω")
MODELS = ("m-small", "m-large")

CONFIG = """\
templates: {root}/templates
billing: {{ grace: 72h }}
sources:
  - {{ name: gateway, type: spool, path: spool }}
prices: prices.yaml
mail: {{ smtp: "smtp://127.0.0.1:{port}", from: "costd@example.com", attach: [csv] }}
alerts: {{ recipients: [ops@example.com, lead@example.com] }}
budgets:
  - {{ name: acme-day, tenant: acme, period: DAILY, limit: "1.00" }}
  - {{ name: zeta-week, tenant: zeta, period: WEEKLY, limit: "4.00" }}
  - {{ name: all-month, period: MONTHLY, limit: "60.00" }}
schedules:
  - {{ name: by-hand, cron: "0 0 30 2 *", timeout: 90d, jobs: [deliver] }}  # never by itself
  - {{ name: refresh, cron: "0 * * * *", timeout: 90d,
      jobs: [ingest, rollup, forecast, anomalies, budgets] }}
  - {{ name: weekly, cron: "0 7 * * 1", timeout: 90d, jobs: [ingest, rollup, chargeback],
      period: current_month, formats: [csv], recipients: [team@example.com] }}
  - {{ name: month-end, cron: "0 6 4 * *", timeout: 90d, jobs: [ingest, rollup, close, chargeback],
      period: previous_month, formats: [pdf, csv, xlsx],
      recipients: [finance@example.com, cfo@example.com] }}
"""
PRICES = [
    {"model": "m-small", "input": "1", "output": "4", "effective": "2026-01-01"},
    {"model": "m-large", "provider": "alpha", "input": "3", "output": "15", "cache_read": "0.30",
     "effective": "2026-01-01"},
]


def moment(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def rfc3339(seconds):
    return moment(seconds).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Calendar:
    """The clock of costd_fast, which only goes forward: it may be set ahead while costd is down."""

    def __init__(self):
        # The 25th of the month after next: later than every file's time on the machine's clock.
        month = (moment(time.time()).replace(day=1) + datetime.timedelta(days=62)).replace(day=25)
        self.start = month.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        self.origin, self.since, self.factor = self.start, time.time(), FACTOR

    def now(self):
        return self.origin + (time.time() - self.since) * self.factor

    def set_ahead(self, seconds):
        self.origin, self.since = self.now() + seconds, time.time()

    def slow_down(self):
        """Goes on a minute after the next full hour, as fast as the machine's clock: no slot comes
        while one looks. Only while costd is down, too. Returns that hour."""
        full_hour = (self.now() // 3600 + 1) * 3600
        self.origin, self.since, self.factor = full_hour + 60, time.time(), 1
        return full_hour

    def setting(self):
        return f"{rfc3339(self.origin)} {rfc3339(self.since)} {self.factor}"


class Gateway(threading.Thread):
    """Drops files of records into the spool, now and then; a few come late, a few come twice."""

    PAUSE_S = 0.25

    def __init__(self, costd, calendar, seed):
        super().__init__(daemon=True)
        self.costd = costd
        self.calendar = calendar
        self.rng = random.Random(seed)
        self.lines = {}  # by the file's name
        self.records = 0
        self.earlier = []
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.wait(self.PAUSE_S):
            self.drop_one()

    def stop(self):
        self.stopped.set()
        self.join()
        self.drop_one()  # of this hour, so that no month waits for what might still come

    def drop_one(self):
        records = [self.a_record() for _ in range(self.rng.randrange(20, 120))]
        if self.earlier and self.rng.random() < 0.3:
            records.append(self.rng.choice(self.earlier))
        self.earlier = records[:20]
        name = f"part-{len(self.lines):06}.jsonl"
        self.lines[name] = len(records)
        self.costd.drop(name, json_lines(records))

    def a_record(self):
        self.records += 1
        late = self.rng.random() < 0.002
        days = self.rng.uniform(10, 40) if late else self.rng.uniform(0, 2)
        at = max(self.calendar.now() - days * DAY, self.calendar.start - 20 * DAY)
        return a_record(self.records, tenantId=self.rng.choice(TENANTS),
                        apiKey=f"key_{self.rng.randrange(5)}", model=self.rng.choice(MODELS),
                        inputTokens=self.rng.randrange(1, 6_000),
                        outputTokens=self.rng.randrange(500),
                        timestamp=moment(at).strftime("%Y-%m-%dT%H:%M:%SZ"))


class MailServer:
    """smtp_chaos.py; a new one takes over the port and the store of the old one."""

    def __init__(self, store, seed):
        self.store = store
        self.seed = seed
        self.port = 0
        self.process = None

    def start(self, faults):
        self.stop()
        self.process = subprocess.Popen(
            ["/usr/bin/python3", os.path.join(HERE, "smtp_chaos.py"), "--store", self.store,
             "--port", str(self.port), "--seed", str(self.seed), "--faults", str(faults)],
            stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        return self

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def messages(self):
        """(bytes, whether the sender was told) of all that was kept."""
        answers = os.path.join(self.store, "answered.log")
        answered = read_bytes(answers).split() if os.path.exists(answers) else []
        answered = {int(number) for number in answered}
        for name in sorted(os.listdir(self.store)):
            number, ending = os.path.splitext(name)
            if ending == ".eml":
                yield read_bytes(os.path.join(self.store, name)), int(number) in answered


class Kill:
    """How one life of costd ends: by the parent after a time, or by the shim at a call."""

    def __init__(self, rng, calls, days):
        self.ahead = rng.uniform(0.2, 2 * days) * DAY
        self.how = rng.choice(("time", "before", "after"))
        self.after_s = rng.uniform(0, 1.0)
        self.while_starting = self.how == "time" and rng.random() < 0.25
        self.shim = ""
        if self.how == "time":
            return
        kind = rng.choice(sorted(calls))
        if rng.random() < 0.5:
            self.shim = f"{self.how}:{rng.randrange(1, sum(calls.values()) + 1)}"
        else:
            self.shim = f"{self.how}:{kind}:{rng.randrange(1, calls[kind] + 1)}"


class World:
    def __init__(self, folder, seed, add_cleanup):
        self.shim_file = os.path.join(folder, "shim.txt")
        self.mail = MailServer(os.path.join(folder, "mailbox"), seed).start(faults=0)
        add_cleanup(self.mail.stop)
        self.calendar = Calendar()
        prices = "prices:\n" + "".join(
            "  - { " + ", ".join(f"{name}: {value}" for name, value in entry.items()) + " }\n"
            for entry in PRICES)
        self.costd = make_costd(os.path.join(folder, "home"), add_cleanup,
                                CONFIG.format(root=ROOT, port=self.mail.port), prices)
        self.costd.program = COSTD_FAST
        self.gateway = Gateway(self.costd, self.calendar, seed)

    def launch(self, shim=""):
        self.costd.environment = {"COSTD_FAST_CLOCK": self.calendar.setting()}
        if os.path.exists(self.shim_file):
            os.remove(self.shim_file)
        if shim:
            self.costd.environment |= {"LD_PRELOAD": SHIM, "KILL_SHIM": shim,
                                       "KILL_SHIM_FILE": self.shim_file}
        self.costd.launch()

    def shim_words(self):
        """What the shim wrote before the end: ["killed", "before", "120", "fsync", "3"], or []."""
        if not os.path.exists(self.shim_file):
            return []
        with open(self.shim_file, encoding="ascii") as file:
            return file.read().split()

    def counted_calls(self):
        """After a life with "count" and a clean end: how many calls of each kind there were."""
        words = self.shim_words()
        counts = dict(zip(words[1::2], map(int, words[2::2])))
        return {kind: count for kind, count in counts.items() if count}
