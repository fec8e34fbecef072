"""Budgets from the command line to the decision, with figures worked out here independently."""

import datetime
import json
import unittest
import zoneinfo
from fractions import Fraction

from costd_process import (DONE, REFUSED, USAGE, CostdCase, a_record, json_lines, write_file)

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
CONFIG = """\
billing: { time_zone: UTC }
sources:
  - { name: gateway, type: spool, path: spool }
prices: prices.yaml
tenants: tenants.yaml
budgets:
  - { name: Fleet, period: MONTHLY, limit: "1000" }
"""
TENANTS = """\
tenants:
  - { id: acme, name: Acme, time_zone: America/New_York }
  - { id: beta, name: Beta }
"""
PRICES = """\
prices:
  - { model: "m-small", input: 1, output: 4, effective: 2020-01-01 }
"""
MILLION = 1_000_000


def cost(record):
    """Exact USD of a record of m-small."""
    return Fraction(record["inputTokens"] + 4 * record["outputTokens"], MILLION)


def exact(amount):
    """12 decimals, half-even."""
    picos = round(amount * 10**12)  # Fraction rounds half-even
    sign = "-" if picos < 0 else ""
    return f"{sign}{abs(picos) // 10**12}.{abs(picos) % 10**12:012}"


def instant(day, zone):
    """The first instant of the day in the zone, as the API writes it."""
    begin = datetime.datetime.combine(day, datetime.time(), zone)
    return begin.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def next_month(day):
    return (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)


class Budgets(CostdCase):
    def setUp(self):
        super().setUp()
        self.costd = self.make(CONFIG, PRICES)
        write_file(self.costd.path("tenants.yaml"), TENANTS)
        self.today = datetime.datetime.now(NEW_YORK).date()
        self.records = []

    def call_on(self, day, tokens, hour=12, **changes):
        """One call of acme at that hour of its own day; output tokens at 4 USD a million."""
        at = datetime.datetime.combine(day, datetime.time(hour), NEW_YORK)
        record = a_record(len(self.records), inputTokens=0, outputTokens=tokens,
                          timestamp=at.astimezone(datetime.timezone.utc).isoformat(), **changes)
        self.records.append((day, record))

    def take_in(self):
        self.costd.drop(f"{len(self.records)}.jsonl", json_lines(r for _, r in self.records))
        self.costd.run_job("ingest,rollup,budgets")

    def spent(self, first, last):
        return sum((cost(record) for day, record in self.records if first <= day <= last),
                   Fraction(0))

    def add(self, *words):
        return self.costd.json("budgets", "add", *words)

    def usage(self, budget):
        return self.costd.get(f"/v1/admin/budgets/{budget['id']}/usage")

    def alert_keys(self):
        return {key for key, in self.costd.rows("select alert_key from alert")}

    def test_a_month_in_a_zone_with_clock_changes_is_summed_and_projected(self):
        day = datetime.timedelta(days=1)
        for n in range(1, 10):  # nine complete days, of different size
            self.call_on(self.today - n * day, 250_000 + n * 7_001)
        # The last hour of the month before, and the first of this one, by New York's dates.
        first = self.today.replace(day=1)
        self.call_on(first - day, 111_111, hour=23)
        self.call_on(first, 222_222, hour=0)
        self.costd.start()
        budget = self.add("--name", "Acme month", "--tenant", "acme", "--period", "MONTHLY",
                          "--limit", "500", "--soft-limit", "70")
        self.take_in()
        usage = self.usage(budget)["usage"]
        end = next_month(first)
        spent = self.spent(first, self.today)
        self.assertEqual(usage["currentSpend"], exact(spent))
        self.assertEqual((usage["periodStart"], usage["periodEnd"]),
                         (first.isoformat(), end.isoformat()))
        self.assertEqual(usage["periodStartAt"], instant(first, NEW_YORK))
        self.assertEqual(usage["periodEndAt"], instant(end, NEW_YORK))
        self.assertEqual(usage["timeZone"], "America/New_York")
        self.assertEqual(usage["remaining"], exact(500 - spent))
        mean = self.spent(self.today - 7 * day, self.today - day) / 7
        today = self.spent(self.today, self.today)
        days_after = (end - self.today).days - 1
        projected = spent - today + max(today, mean) + mean * days_after
        self.assertEqual(usage["projectedSpend"], exact(projected))
        self.assertEqual(usage["confidence"], "normal")
        self.assertEqual(usage["colour"], "green")

    def test_a_cap_is_added_edited_listed_and_deleted(self):
        costd = self.costd.start()
        budget = self.add("--name", "Acme week", "--tenant", "acme", "--period", "WEEK",
                          "--limit", "12.50")
        self.assertEqual((budget["period"], budget["limitUsd"], budget["version"]),
                         ("WEEKLY", "12.500000000000", 1))
        edited = costd.json("budgets", "edit", budget["id"], "--limit", "20", "--disable")
        self.assertEqual((edited["version"], edited["enabled"]), (2, False))
        stale = costd.costctl("budgets", "edit", budget["id"], "--limit", "30", "--if-version", "1",
                              expect=REFUSED)
        self.assertIn("limitUsd 12.500000000000 -> 20.000000000000", stale.stderr)
        table = costd.costctl("budgets", "list").stdout
        self.assertIn("2 in all: 1 enabled, 1 disabled", table)
        own = costd.json("budgets", "list", "--tenant", "acme")
        self.assertEqual([row["name"] for row in own["budgets"]], ["Acme week"])
        costd.costctl("budgets", "delete", budget["id"], expect=USAGE)
        costd.costctl("budgets", "delete", budget["id"], "--yes", expect=DONE)
        costd.costctl("budgets", "status", budget["id"], expect=USAGE)
        self.assertEqual(costd.json("budgets", "list")["summary"],
                         {"total": 1, "enabled": 1, "disabled": 0})
        actions = [action for action, in costd.rows("select action from audit_event order by seq")]
        self.assertEqual(actions[-3:], ["budgets.add", "budgets.edit", "budgets.delete"])

    def test_wrong_caps_are_refused_with_the_field_and_change_nothing(self):
        costd = self.costd.start()
        good = ["--name", "x", "--tenant", "acme", "--period", "DAILY", "--limit", "5"]
        for changes, code, text in (
                (("--period", "YEARLY"), USAGE, "period"), (("--limit", "-5"), USAGE, "limitUsd"),
                (("--limit", "1e30"), USAGE, "limitUsd"), (("--limit", "0"), USAGE, "limitUsd"),
                (("--soft-limit", "0"), USAGE, "softLimitPct"),
                (("--soft-limit", "101"), USAGE, "softLimitPct"),
                (("--tenant", "nobody"), USAGE, "tenantId"), (("--name", "Fleet"), REFUSED, "name"),
                (("--period", "MONTHLY", "--limit", "1000.01", "--managed-by", "TENANT"), REFUSED,
                 'ceiling "Fleet"')):
            words = dict(zip(good[::2], good[1::2])) | dict(zip(changes[::2], changes[1::2]))
            with self.subTest(changes):
                result = costd.costctl("budgets", "add", *(word for pair in words.items()
                                                           for word in pair), expect=code)
                self.assertIn(text, result.stderr)
        fleet = costd.json("budgets", "list")["budgets"]
        self.assertEqual([row["name"] for row in fleet], ["Fleet"])
        read_only = costd.costctl("budgets", "edit", fleet[0]["id"], "--limit", "5", expect=REFUSED)
        self.assertIn("under budgets:", read_only.stderr)

    def test_each_threshold_alerts_once_and_again_for_a_new_version(self):
        self.call_on(self.today, MILLION, hour=0)  # 4 USD
        self.costd.start()
        budget = self.add("--name", "Acme month", "--tenant", "acme", "--period", "MONTHLY",
                          "--limit", "5")
        self.take_in()
        begin = self.today.replace(day=1).isoformat()
        key = f"budget/{budget['id']}/1/{begin}/80"
        self.assertEqual(self.alert_keys(), {key})
        self.costd.run_job("budgets")
        self.assertEqual(self.alert_keys(), {key})
        title, data = self.costd.rows("select title, data from alert")[0]
        self.assertIn("4.00 USD of 5.00 USD", title)
        self.assertEqual(json.loads(data)["spent"], "4.000000000000")
        self.costd.costctl("budgets", "edit", budget["id"], "--limit", "4")
        self.costd.run_job("budgets")
        new = f"budget/{budget['id']}/2/{begin}/"
        self.assertEqual(self.alert_keys(), {key, new + "80", new + "100"})

    def test_a_gateway_is_told_before_each_call(self):
        self.call_on(self.today, MILLION, hour=0, apiKey="key_a")  # 4 USD
        self.costd.start()
        self.add("--name", "tenant", "--tenant", "acme", "--period", "MONTHLY", "--limit", "5")
        self.add("--name", "key", "--tenant", "acme", "--api-key", "key_a", "--period", "MONTHLY",
                 "--limit", "4")

        def decision(tenant, key):
            answer = self.costd.json("budgets", "decision", "--tenant", tenant, "--api-key", key)
            return answer["decision"], (answer["governing"] or {}).get("name")

        self.assertEqual(decision("acme", "key_a"), ("allow", "key"))  # nothing taken in yet
        self.take_in()
        self.assertEqual(decision("acme", "key_a"), ("block", "key"))
        self.assertEqual(decision("acme", "key_b"), ("warn", "tenant"))
        self.assertEqual(decision("beta", "key_c"), ("allow", "Fleet"))
        self.assertEqual(decision("nobody", "key_c"), ("allow", "Fleet"))
        self.assertIn("nobody knows this tenant",
                      self.costd.costctl("budgets", "decision", "--tenant", "nobody").stdout)
        self.costd.stop()
        self.costd.start()  # the standings are there again before anybody can ask
        self.assertEqual(decision("acme", "key_a"), ("block", "key"))


if __name__ == "__main__":
    unittest.main()
