"""Cron starts the jobs by itself, at the instants it says, and each slot once."""

import datetime
import unittest

from costd_process import (COSTD, DONE, PLAIN_CONFIG, USAGE, CostdCase, a_record, json_lines,
                           run_program, wait_until, write_file)

CONFIG = """\
sources:
  - { name: gateway, type: spool, path: spool }
prices: prices.yaml
schedules:
  - { name: refresh, seconds: true, cron: "* * * * * *", jobs: [ingest, rollup] }
  - { name: month-end, cron: "0 6 4 * *", time_zone: Europe/Zurich, jobs: [close, chargeback],
      period: previous_month, formats: [pdf, csv, xlsx], recipients: [finance@example.com] }
  - { name: nightly, cron: "30 2 * * *", time_zone: Europe/Zurich, jobs: [rollup] }
  - { name: nightly-but-gaps, cron: "30 2 * * *", time_zone: Europe/Zurich, jobs: [rollup],
      dst_gap: skip }
"""
EVERY_SECOND_STATEMENT = """\
sources:
  - { name: gateway, type: spool, path: spool }
prices: prices.yaml
schedules:
  - { name: month-end, seconds: true, cron: "* * * * * *", jobs: [chargeback],
      period: previous_month, formats: [csv] }
"""
# The configuration and the price file that every site may start from.
SMALLEST = """\
state_dir: state                    # database, report files, outbox, keys
storage: sqlite
control: { socket: state/control.sock }
billing: { currency: USD, time_zone: UTC, grace: 72h }
sources:
  - { name: gateway, type: spool, path: spool, format: auto }
prices: prices.yaml
tenants: tenants.yaml
mail: { smtp: "smtp://127.0.0.1:2525", from: "costd@example.com" }
schedules:
  - { name: refresh, cron: "* * * * *", jobs: [ingest, rollup, forecast, anomalies, budgets] }
  - { name: month-end, cron: "0 6 4 * *", time_zone: Europe/Zurich, jobs: [close, chargeback],
      period: previous_month, formats: [pdf, csv, xlsx], recipients: [finance@example.com] }
"""
SMALLEST_PRICES = """\
prices:
  - { model: "gpt-4o*", provider: openai, input: 2.50, output: 10.00, cache_read: 1.25,
      effective: 2026-01-01 }
  - { model: "claude-sonnet-4*", input: 3, output: 15, cache_read: 0.30, cache_write: 3.75,
      cache_write_1h: 6, effective: 2026-01-01,
      long_context: { above: 200000, input: 6, output: 22.50 } }
  - { model: "gpt-4o*", provider: openai, service_tier: batch, input: 1.25, output: 5.00,
      effective: 2026-01-01 }
"""


class Cron(CostdCase):
    def runs_of(self, costd, schedule):
        return [run for run in costd.json("runs", "list", "--limit", "1000")
                if run["schedule"] == schedule]

    def test_it_takes_a_dropped_file_in_without_being_told(self):
        costd = self.start(CONFIG)
        costd.drop("a.jsonl", json_lines([a_record(1)]))
        # 1,000 tokens at 1 and 100 at 4 USD a million
        wait_until(lambda: costd.total() == "0.001400000000", "the record is priced", 10)
        run = wait_until(lambda: [run for run in self.runs_of(costd, "refresh")
                                  if run["counts"].get("records")], "its run has ended")[0]
        self.assertEqual((run["trigger"], run["actor"]), ("scheduled", "schedule:refresh"))
        self.assertRegex(run["slot"], r":\d\dZ$")

    def test_a_slot_runs_once_however_often_costd_is_killed(self):
        costd = self.start(CONFIG)
        for _ in range(3):
            seen = len(self.runs_of(costd, "refresh"))
            wait_until(lambda seen=seen: len(self.runs_of(costd, "refresh")) > seen, "a new run")
            costd.kill()
            costd.start()
        slots = [run["slot"] for run in self.runs_of(costd, "refresh")]
        self.assertEqual(len(slots), len(set(slots)))

    def test_a_paused_schedule_starts_nothing_until_it_is_resumed(self):
        costd = self.start(CONFIG)
        wait_until(lambda: self.runs_of(costd, "refresh"), "the first run")
        costd.costctl("schedules", "pause", "refresh")
        paused = {row["name"]: row["paused"] for row in costd.json("schedules", "list")}
        self.assertTrue(paused["refresh"])
        self.assertFalse(paused["month-end"])
        costd.drop("a.jsonl", json_lines([a_record(1)]))
        started = len(self.runs_of(costd, "refresh"))
        second = datetime.datetime.now().second
        wait_until(lambda: (datetime.datetime.now().second - second) % 60 >= 3, "three seconds on")
        self.assertEqual(len(self.runs_of(costd, "refresh")), started)
        self.assertEqual(costd.files_in("spool/done"), [])
        costd.stop()
        costd.start()  # still paused after a restart
        self.assertEqual(len(self.runs_of(costd, "refresh")), started)
        costd.costctl("schedules", "resume", "refresh")
        wait_until(lambda: costd.files_in("spool/done"), "the file is taken", 10)

    def test_the_month_before_the_slot_is_the_statements_period(self):
        costd = self.make(EVERY_SECOND_STATEMENT)
        today = datetime.datetime.now(datetime.timezone.utc)
        last_month = today.replace(day=1) - datetime.timedelta(days=10)
        costd.drop("a.jsonl", json_lines([a_record(1, timestamp=last_month.isoformat())]))
        costd.once("ingest,rollup")
        costd.start()
        run = wait_until(lambda: [run for run in self.runs_of(costd, "month-end")
                                  if run["state"] == "succeeded"], "a statement was made")[0]
        self.assertEqual(run["parameters"]["period"], last_month.strftime("%Y-%m"))
        report = costd.json("chargeback", "list")[-1]
        self.assertEqual(report["from"], last_month.strftime("%Y-%m-01"))
        self.assertEqual(report["to"], today.strftime("%Y-%m-01"))
        self.assertEqual(report["generatedBy"], "schedule month-end")
        self.assertEqual([file["format"] for file in report["files"]], ["csv"])


class NextSlots(CostdCase):
    """Switzerland: UTC+1, in summer +2; 2026 from 29 March 01:00Z to 25 October 01:00Z."""

    def setUp(self):
        super().setUp()
        self.costd = self.start(CONFIG)

    def slots(self, name, count, after):
        return self.costd.json("schedules", "next", name, count, "--after", after)

    def test_month_end_stays_at_six_in_the_morning_all_year(self):
        slots = self.slots("month-end", 3, "2026-09-10T00:00:00Z")
        self.assertEqual([slot["slot"] for slot in slots],
                         ["2026-10-04T04:00:00Z", "2026-11-04T05:00:00Z", "2026-12-04T05:00:00Z"])
        self.assertEqual({slot["local"][10:] for slot in slots}, {"T06:00"})

    def test_a_time_that_spring_leaves_out_moves_to_the_end_of_the_gap(self):
        slots = self.slots("nightly", 3, "2026-03-27T12:00:00Z")
        self.assertEqual([slot["slot"] for slot in slots],
                         ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"])
        self.assertEqual([bool(slot["note"]) for slot in slots], [False, True, False])
        skipping = self.slots("nightly-but-gaps", 2, "2026-03-28T12:00:00Z")
        self.assertEqual(skipping[0]["slot"], "2026-03-30T00:30:00Z")

    def test_a_time_that_autumn_has_twice_counts_once(self):
        slots = self.slots("nightly", 3, "2026-10-24T12:00:00Z")
        self.assertEqual([slot["slot"] for slot in slots],
                         ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z"])
        self.assertEqual([bool(slot["note"]) for slot in slots], [True, False, False])

    def test_slots_come_strictly_after_the_instant(self):
        slots = self.slots("month-end", 1, "2026-11-04T05:00:00Z")
        self.assertEqual(slots[0]["slot"], "2026-12-04T05:00:00Z")

    def test_the_slots_before_an_instant_are_the_same_ones_newest_first(self):
        for name, after in (("nightly", "2026-03-26T12:00:00Z"),
                            ("nightly", "2026-10-22T12:00:00Z"),
                            ("nightly-but-gaps", "2026-03-26T12:00:00Z")):
            with self.subTest(name=name, after=after):
                slots = self.slots(name, 6, after)
                before = self.costd.json("schedules", "prev", name, 5,
                                         "--before", slots[5]["slot"])
                self.assertEqual(before, slots[4::-1])

    def test_an_explanation_says_what_the_clocks_changes_do(self):
        explained = self.costd.json("schedules", "explain", "nightly")
        meanings = {row["field"]: row["meaning"] for row in explained["fields"]}
        self.assertEqual(meanings["hour"], "at hour 2")
        self.assertEqual(explained["timeZone"], "Europe/Zurich")
        # One change in spring and one in autumn in any twelve months
        changes = {"gap" if change["localBefore"] < change["localAfter"] else "fold": change
                   for change in explained["clockChanges"]}
        self.assertRegex(changes["gap"]["effect"], r"^02:30 left out: due once at 03:00, ")
        self.assertIn(changes["gap"]["at"], [slot["slot"] for slot in changes["gap"]["slots"]])
        self.assertEqual(changes["fold"]["effect"], "02:30 shown twice: due the first time")
        text = self.costd.costctl("schedules", "explain", "nightly").stdout
        self.assertIn("at hour 2", text)
        self.assertIn("02:30 shown twice", text)


# What --check says of a schedule, by its cron expression.
RARE = [("0 0 30 2 *", "never fires"), ("0 0 31 2,4,6,9,11 *", "never fires"),
        ("0 0 29 2 +MON", r"fires next in \d+ (years|months), at 20\d\d-02-29T00:00:00Z")]
MALFORMED = ["61 * * * *", "* * * *", "0 0 10-5 * *", "0 0 1-15W * *", "0 0 32W * *",
             "0 0 * * FRI#0", "0 0 * * FRI#6", "@Daily", "@reboot", "@month_end",
             "0 30 2 * * *", "0 ? * * *"]
NO_IANA_NAMES = ["+02:00", "CEST", "CET", "EST5EDT", "UTC+2", "GMT", "Zurich", "europe/zurich"]
INSTEAD = {"@reboot": "catch_up", "@month_end": "period: previous_month",
           "0 30 2 * * *": "seconds: true", "@Daily": "in lower case"}


class TheCheck(CostdCase):
    def check(self, cron="30 2 * * *", zone="UTC"):
        costd = self.make(PLAIN_CONFIG + "schedules:\n  - { name: odd-one, jobs: [ingest], "
                          f"cron: '{cron}', time_zone: '{zone}' }}\n")
        return run_program(COSTD, "--check", "--config", costd.path("costd.yaml"))

    def test_a_schedule_that_never_fires_or_in_years_is_a_warning(self):
        for cron, warning in RARE:
            with self.subTest(cron):
                result = self.check(cron)
                self.assertEqual((result.returncode, result.stderr), (DONE, ""))
                self.assertRegex(result.stdout, f'warning: schedule "odd-one" {warning}')

    def test_a_schedule_that_fires_within_a_year_is_none(self):
        for cron in ("30 2 * * *", "@yearly", "0 0 L * *", "0 0 * * FRI#5"):
            result = self.check(cron, "America/Argentina/Ushuaia")
            self.assertEqual(result.returncode, DONE)
            self.assertNotIn("warning", result.stdout)

    def test_a_malformed_expression_is_refused_by_the_name_of_its_schedule(self):
        for cron in MALFORMED:
            with self.subTest(cron):
                result = self.check(cron)
                self.assertEqual((result.returncode, result.stdout), (USAGE, ""))
                self.assertRegex(result.stderr, r'costd\.yaml:\d+:\d+: .*"odd-one"')
                self.assertIn(INSTEAD.get(cron, ""), result.stderr)

    def test_a_zone_that_is_no_iana_name_is_refused_by_the_name_of_its_schedule(self):
        for zone in NO_IANA_NAMES:
            with self.subTest(zone):
                result = self.check(zone=zone)
                self.assertEqual((result.returncode, result.stdout), (USAGE, ""))
                self.assertRegex(result.stderr, r'costd\.yaml:\d+:\d+: schedule "odd-one": ')
                self.assertIn(f'"{zone}" is not an IANA name', result.stderr)


class TheSmallestConfiguration(CostdCase):
    def test_it_loads_and_prices_the_gateways_records(self):
        costd = self.make(SMALLEST, SMALLEST_PRICES)
        write_file(costd.path("tenants.yaml"), "tenants:\n  - { id: acme, name: Acme }\n")
        costd.start()
        costd.drop("a.jsonl", json_lines([
            a_record(1, model="gpt-4o-mini", provider="openai", inputTokens=1000,
                     outputTokens=100, cachedInputTokens=400),
            a_record(2, model="gpt-4o", provider="openai", inputTokens=1000, outputTokens=100,
                     serviceTier="batch"),
            a_record(3, model="claude-sonnet-4-5", provider="anthropic", inputTokens=300_000,
                     outputTokens=1000)]))
        run = costd.run_job("ingest,rollup,forecast,anomalies,budgets")
        self.assertEqual(run["state"], "succeeded")
        # 600*2.50 + 400*1.25 + 100*10       = 3,000 millionths
        # 1,000*1.25 + 100*5                 = 1,750
        # 300,000*6 + 1,000*22.50        = 1,822,500
        self.assertEqual(costd.total(), "1.827250000000")
        costd.run_job("chargeback", "--period", "2026-10")
        self.assertEqual(len(costd.json("chargeback", "list")), 2)

    def test_sources_alone_are_enough(self):
        costd = self.make("sources:\n  - { name: gateway, type: spool, path: spool }\n", None)
        costd.drop("a.jsonl", json_lines([a_record(1)]))
        costd.start()
        costd.run_job("ingest,rollup")
        summary = costd.json("costs", "summary")
        self.assertEqual((summary["requests"], summary["unpricedRequests"]), (1, 1))


if __name__ == "__main__":
    unittest.main()
