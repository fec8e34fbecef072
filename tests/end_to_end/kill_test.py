"""kill -9 at any moment loses no record, counts none twice, and leaves whole reports and mails.

COSTD_KILLS says how often (12 times in a month-end, 40 in the ingest of a million records),
COSTD_KILL_SEED when; a failure names the seed.
"""

import collections
import hashlib
import json
import os
import random
import sqlite3
import subprocess
import time
import unittest

import many_lines
import recompute
from costd_process import COSTD, CostdCase, a_record, json_lines, read_bytes, wait_until, write_file

KILLS = int(os.environ.get("COSTD_KILLS", "12"))
INGEST_KILLS = int(os.environ.get("COSTD_KILLS", "40"))
SEED = int(os.environ.get("COSTD_KILL_SEED") or random.SystemRandom().randrange(10**9))
BIG_FILE = 72_000    # more than a block of 65,536 records
SMALL_FILE = 4_500
OCTOBER = ("--from", "2026-10-01", "--to", "2026-11-01")
LONGEST_WAIT = {"ingest": 0.1, "rollup": 0.05, "chargeback": 0.4}  # seconds
UNFINISHED = "select id from run where state in ('queued', 'running')"
MONTH_END = {"schedule": "month-end", "job": "ingest,rollup,chargeback", "period": "2026-10"}

CONFIG = """\
sources:
  - { name: gateway, type: spool, path: spool }
prices: prices.yaml
mail: { maildir: mail, from: "costd@example.com", attach: [csv] }
schedules:
  - { name: month-end, cron: "0 6 4 * *", jobs: [close, chargeback], period: previous_month,
      formats: [pdf, csv], recipients: [finance@example.com, cfo@example.com] }
"""
PRICES = [
    {"model": "m-small", "input": "1", "output": "4", "effective": "2026-01-01"},
    {"model": "m-large", "provider": "alpha", "input": "3", "output": "15", "cache_read": "0.30",
     "effective": "2026-01-01"},
]


def random_records(rng, first, count):
    """Records of all of October, some repeated, some broken, in the order of nothing."""
    for number in range(first, first + count):
        record = a_record(
            number, tenantId=rng.choice(("acme", "zeta", "Ω")), apiKey=f"key_{number % 5}",
            model=rng.choice(("m-small", "m-large", "m-free")),
            inputTokens=rng.randrange(1, 300_000), outputTokens=rng.randrange(5000),
            timestamp=f"2026-10-{rng.randrange(1, 32):02}T{rng.randrange(24):02}:00:00Z")
        yield record
        fate = rng.random()
        if fate < 0.01:
            yield record
        elif fate < 0.02:
            yield b'{"id":"cut off'


def make_files(folder, count, rng):
    """Names of files in the folder, the third of them big; returns them in order."""
    names = []
    first = 0
    for index in range(count):
        size = BIG_FILE if index == 2 else SMALL_FILE
        names.append(f"part-{index:03}.jsonl")
        with open(os.path.join(folder, names[-1]), "wb") as file:
            file.write(json_lines(random_records(rng, first, size)))
        first += size - 50  # the last ones come again in the next file, with other content
    return names


def audit_hash(event):
    """As ledger/audit_event.hpp says it, written again."""
    (seq, at, kind, name, action, object_, tenant, before, after, outcome, reason, previous,
     _) = event
    text = json.dumps({"v": 1, "seq": seq, "ts": format_instant(at),
                       "actor": {"kind": kind, "name": name}, "action": action,
                       "object": object_, "tenant": tenant, "before": before, "after": after,
                       "outcome": outcome, "reason": reason, "prev": previous},
                      sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(b"costd-audit-v1\0" + str(len(text)).encode() + b"\0"
                          + text).hexdigest()


def format_instant(micros):
    seconds, fraction = divmod(micros, 10**6)
    day, rest = divmod(seconds, 86_400)
    date = recompute.format_day(day)
    text = f"{date}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    if fraction:
        text += f".{fraction // 1000:03}" if fraction % 1000 == 0 else f".{fraction:06}"
    return text + "Z"


class KilledAtRandom(CostdCase):
    def setUp(self):
        super().setUp()
        self.rng = random.Random(SEED)
        self.month = os.path.join(self.folder, "month")
        os.makedirs(self.month)
        self.files = make_files(self.month, KILLS, self.rng)
        self.costd = self.make(CONFIG)

    def test_nothing_is_lost_and_nothing_is_there_twice(self):
        with self.subTest(seed=SEED):
            for name in self.files:
                self.costd.drop(name, read_bytes(os.path.join(self.month, name)))
                self.run_and_kill()
            self.finish()
            self.assert_the_figures_are_those_of_the_files()
            self.assert_the_spool_is_done()
            self.assert_reports_are_whole()
            self.assert_mails_left_once_each()
            self.assert_the_audit_chain_holds()
            self.assertEqual(self.costd.rows("pragma integrity_check"), [("ok",)])

    def run_and_kill(self):
        """Starts it, asks for a month-end, and kills it at a random moment of a random job."""
        job = self.rng.choice(("", "ingest", "ingest", "ingest", "rollup", "chargeback",
                               "chargeback"))
        if not job:
            self.costd.launch()
            self.wait_at_most(self.rng.uniform(0, 0.05))
        else:
            earlier = self.times_started(job)
            self.costd.start()
            if not self.costd.rows(UNFINISHED):
                self.costd.request("POST", "/v1/admin/runs", json.dumps(MONTH_END))
            wait_until(lambda: self.times_started(job) > earlier, f"{job} has started", 60)
            self.wait_at_most(self.rng.uniform(0, LONGEST_WAIT[job]))
        self.costd.kill()

    def times_started(self, job):
        return self.costd.log().count(f"job_started job={job} ")

    def wait_at_most(self, seconds):
        try:
            self.costd.process.wait(timeout=seconds)
            self.fail(f"costd ended by itself\n{self.costd.log()[-2000:]}")
        except subprocess.TimeoutExpired:
            pass

    def finish(self):
        self.costd.start()
        wait_until(lambda: not self.costd.rows(UNFINISHED), "all runs ended", 120)
        self.costd.run_job("ingest,rollup,chargeback", "--period", "2026-10", "--schedule",
                           "month-end")
        self.costd.run_job("deliver")
        for state, error in self.costd.rows("select state, error from run"):
            # A run that was killed three times is given up, whatever killed it.
            self.assertTrue(state == "succeeded" or "interrupted" in error, (state, error))

    def assert_the_figures_are_those_of_the_files(self):
        opinion = recompute.recompute([("gateway", self.month, None)], PRICES, [], "2026-10-01",
                                      "2026-11-01")
        counts, status = opinion["counts"], self.costd.json("status")
        self.assertGreater(counts["records"], 100_000 if KILLS >= 12 else 0)
        self.assertEqual(status["records"], counts["records"])
        self.assertEqual(status["duplicates"], counts["duplicates"])
        self.assertEqual(status["quarantined"], counts["malformed"] + counts["conflicts"])
        self.assertEqual(self.costd.json("usage", "list", "--limit", "1")["total"],
                         counts["records"])
        for dimension in recompute.GROUPS:
            answer = self.costd.json("costs", "summary", *OCTOBER, "--group-by", dimension)
            self.assertEqual(answer["totalCost"], opinion["total"])
            self.assertEqual(
                {row["key"]: (row["totalCost"], row["requests"]) for row in answer["groups"]},
                {key: (sums["totalCost"], sums["requests"])
                 for key, sums in opinion[dimension].items()}, dimension)

    def assert_the_spool_is_done(self):
        self.assertEqual(self.costd.files_in("spool"), ["done"])
        self.assertEqual(self.costd.files_in("spool", "done"), self.files)

    def assert_reports_are_whole(self):
        files = self.costd.rows("select path, sha256, byte_count from report_file")
        self.assertGreater(len(files), 0)
        for path, sha256, size in files:
            content = read_bytes(path)
            self.assertEqual((hashlib.sha256(content).hexdigest(), len(content)), (sha256, size))
        made = self.costd.rows("select run_id, tenant from report")
        self.assertEqual(len(made), len(set(made)))
        revisions = self.costd.rows("select tenant, revision from report where kind='chargeback'")
        self.assertEqual(len(revisions), len(set(revisions)))
        for folder, _, names in os.walk(self.costd.path("state")):
            left = [name for name in names if ".tmp" in name or ".import" in name]
            self.assertEqual(left, [], folder)

    def assert_mails_left_once_each(self):
        rows = self.costd.rows("select dedupe_key, message_id, state from outbox")
        self.assertEqual({state for _, _, state in rows}, {"sent"})
        self.assertEqual(len(rows), len({key for key, _, _ in rows}))
        # Two recipients of each statement of all tenants that has been committed.
        statements = self.costd.rows("select count(*) from report where tenant = ''")[0][0]
        self.assertEqual(len(rows), 2 * statements)
        delivered = collections.Counter(self.message_ids())
        self.assertEqual(set(delivered), {message_id for _, message_id, _ in rows})
        # At least once: only a kill between the mail and its commit may send one again.
        self.assertLessEqual(sum(delivered.values()), len(rows) + KILLS)

    def message_ids(self):
        for name in self.costd.files_in("mail", "new"):
            for line in read_bytes(self.costd.path("mail", "new", name)).decode().splitlines():
                if line.lower().startswith("message-id:"):
                    yield line.partition(":")[2].strip(" <>")
                    break

    def assert_the_audit_chain_holds(self):
        events = self.costd.rows(
            "select seq, at, actor_kind, actor_name, action, object, tenant, before_sha256,"
            " after_sha256, outcome, reason, previous_hash, hash from audit_event order by seq")
        previous = "0" * 64
        for number, event in enumerate(events, start=1):
            self.assertEqual((event[0], event[-2], event[-1]),
                             (number, previous, audit_hash(event)))
            previous = event[-1]
        generated = [event[5] for event in events if event[4] == "chargeback.generate"]
        reports = [id for (id,) in self.costd.rows("select id from report")]
        self.assertEqual(sorted(generated), sorted(reports))


class KilledInOneBigFile(CostdCase):
    """Rounds with fresh state; in each the ingest of the same file is killed several times."""

    BLOCKS = 100  # of 10,000 lines
    ROUND_KILLS = 10

    def setUp(self):
        super().setUp()
        self.rng = random.Random(SEED)
        self.big = os.path.join(self.folder, "big.jsonl")
        block = many_lines.a_block(SEED)
        many_lines.write_blocks(self.big, block, self.BLOCKS)
        self.opinion = many_lines.totals_of_blocks(os.path.join(self.folder, "few"), block,
                                                   self.BLOCKS)
        self.rounds = 0

    def test_the_totals_are_those_of_an_undisturbed_run(self):
        with self.subTest(seed=SEED):
            expected, seconds = self.undisturbed()
            hits = 0
            while hits < INGEST_KILLS:
                costd = self.begin_round()
                for _ in range(min(self.ROUND_KILLS, INGEST_KILLS - hits)):
                    self.kill_at_random(costd, seconds)
                    if costd.files_in("spool") == ["done"]:
                        break  # it had ended before
                    hits += 1
                self.finish(costd)
                self.assertEqual(self.answers(costd), expected)
                self.assertEqual(costd.rows("pragma integrity_check"), [("ok",)])
                self.end_round(costd)
            print(f"{hits} kills hit a running ingest of {seconds:.1f} s, in {self.rounds} rounds "
                  "... ", end="", flush=True)

    def undisturbed(self):
        """(answers, seconds of the ingest); the answers are those of the second opinion."""
        costd = self.begin_round().start()
        started = time.monotonic()
        costd.run_job("ingest")
        seconds = time.monotonic() - started
        self.finish(costd)
        answers = self.answers(costd)
        for dimension in recompute.GROUPS:
            groups = {row.pop("key"): row for row in answers[dimension]["groups"]}
            opinion = self.opinion[dimension]
            self.assertEqual(groups.keys(), opinion.keys())
            for key, sums in opinion.items():
                del sums["totalTokens"]  # in the usage only
                self.assertEqual(groups[key] | sums, groups[key], (dimension, key))
        self.assertEqual(answers["day"]["totalCost"], self.opinion["total"])
        self.assertEqual(answers["usage"]["totalTokens"], self.opinion["totals"]["totalTokens"])
        self.assertGreater(answers["day"]["requests"], 999_000)
        answers = self.answers(costd)
        self.end_round(costd)
        return answers, seconds

    def begin_round(self):
        self.rounds += 1
        costd = self.make(prices=many_lines.PRICE_FILE, name=f"round-{self.rounds}")
        os.rename(self.big, costd.path("spool", "big.jsonl"))
        return costd

    def end_round(self, costd):
        costd.kill()
        self.assertEqual(costd.files_in("spool", "done"), ["big.jsonl"])
        os.rename(costd.path("spool", "done", "big.jsonl"), self.big)

    def kill_at_random(self, costd, seconds):
        """At a moment of what is left of the ingest, by the part of the file that is stored."""
        stored = 0
        if os.path.exists(costd.path("state/costd.db")):
            stored = costd.rows("select coalesce(max(committed_offset), 0) from file_ledger")[0][0]
        left = seconds * (1 - stored / os.path.getsize(costd.path("spool", "big.jsonl")))
        begun = costd.log().count("job_started job=ingest ")
        costd.start()
        if not costd.rows(UNFINISHED):
            costd.request("POST", "/v1/admin/runs", json.dumps({"job": "ingest"}))
        wait_until(lambda: costd.log().count("job_started job=ingest ") > begun, "ingest started")
        try:
            costd.process.wait(timeout=self.rng.uniform(0, left))
            self.fail(f"costd ended by itself\n{costd.log()[-2000:]}")
        except subprocess.TimeoutExpired:
            costd.kill()

    def finish(self, costd):
        if costd.process is None:
            costd.start()
        wait_until(lambda: not costd.rows(UNFINISHED), "all runs ended", 120)
        costd.run_job("ingest,rollup")

    def answers(self, costd):
        """All that costd says about the usage; the same dictionary whenever the figures are."""
        costs = "/v1/admin/costs/summary?groupBy="
        found = {dimension: costd.get(costs + dimension) for dimension in recompute.GROUPS}
        found["usage"] = costd.get("/v1/admin/token-usage/summary")
        for tenant in self.opinion["tenant"]:
            for model in self.opinion["model"]:
                found[tenant, model] = costd.get(f"{costs}day&tenantId={tenant}&model={model}")
        found["blocks"] = costd.rows("select sum(record_count) from usage_block")
        found["taken"] = costd.rows("select committed_lines, accepted, duplicates, conflicts,"
                                    " quarantined from file_ledger")
        found["refused"] = sorted(costd.rows("select line, reason, record_id from quarantine"))
        status = costd.get("/v1/admin/status")
        found["status"] = [status[name] for name in ("records", "duplicates", "quarantined")]
        return found


class TheAuditTable(CostdCase):
    def test_an_event_can_be_neither_changed_nor_removed(self):
        costd = self.start()
        costd.stop()
        connection = sqlite3.connect(costd.path("state/costd.db"))
        self.addCleanup(connection.close)
        self.assertGreater(connection.execute("select count(*) from audit_event").fetchone()[0], 0)
        for change in ("update audit_event set reason = 'x'", "delete from audit_event"):
            with self.assertRaisesRegex(sqlite3.DatabaseError, "append-only"):
                connection.execute(change)


class KilledWhileWriting(CostdCase):
    def test_half_a_file_that_was_left_is_removed_at_the_next_start(self):
        costd = self.start()
        costd.kill()
        for folder in ("state/reports/aa", "state/outbox"):
            os.makedirs(costd.path(folder), exist_ok=True)
            write_file(costd.path(folder, ".tmp.half.pdf"), b"%PDF-1.")
            write_file(costd.path(folder, "whole.pdf"), b"%PDF-1.7")
        costd.start()
        for folder in ("state/reports/aa", "state/outbox"):
            self.assertEqual(costd.files_in(folder), ["whole.pdf"])


class KilledWhileStarting(CostdCase):
    def test_the_first_start_may_be_killed_at_any_point_of_making_the_database(self):
        rng = random.Random(SEED)
        costd = self.make()
        with self.subTest(seed=SEED):
            for _ in range(10):
                process = subprocess.Popen([COSTD, "--config", costd.path("costd.yaml")],
                                           stderr=subprocess.DEVNULL)
                try:
                    process.wait(timeout=rng.uniform(0, 0.03))
                except subprocess.TimeoutExpired:
                    pass
                process.kill()
                process.wait()
            costd.drop("a.jsonl", json_lines([a_record(1)]))
            costd.start()
            costd.run_job("ingest,rollup")
            self.assertEqual(costd.total(), "0.001400000000")


if __name__ == "__main__":
    unittest.main()
