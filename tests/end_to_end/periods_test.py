"""Closing a month with the real programs: gates, waivers by name, FINAL statements, corrections.

October 2026 is over on every machine these tests run on; nothing here waits for a clock.
"""

import email
import email.policy
import glob
import hashlib
import os
import unittest

from costd_process import CostdCase, a_record, json_lines, read_bytes, wait_until
from statement_files import StatementCsv, pdf_text

# The schedule runs in January only, so that nothing starts by itself.
CONFIG = """\
state_dir: state
control: { socket: state/control.sock }
billing: { time_zone: UTC, grace: 72h }
sources:
  - { name: gateway, type: spool, path: spool, format: auto }
prices: prices.yaml
mail: { maildir: mail, from: "costd@example.com", attach: [csv] }
schedules:
  - { name: month-end, cron: "0 6 4 1 *", jobs: [close, chargeback], period: previous_month,
      formats: [pdf, csv, xlsx], recipients: [finance@example.com] }
"""
OCTOBER = ("--from", "2026-10-01", "--to", "2026-11-01")
INCOMPLETE = 5
BAD_LINE = b'{"id":"bad","tenantId":"acme","model":"m-small","inputTokens":"7",' \
           b'"outputTokens":1,"timestamp":"2026-10-31T23:59:59Z"}'


def sha256_of(path):
    return hashlib.sha256(read_bytes(path)).hexdigest()


class ClosingAMonth(CostdCase):
    def setUp(self):
        super().setUp()
        self.costd = self.start(CONFIG)

    def take(self, name, records):
        self.costd.drop(name, json_lines(records))
        self.costd.run_job("ingest,rollup")

    def october(self, tenant="acme"):
        rows = self.costd.json("periods", "list", "--month", "2026-10", "--tenant", tenant)
        self.assertEqual(len(rows), 1)
        return rows[0]

    def gates(self):
        return [obstacle["gate"] for obstacle in self.october()["obstacles"]
                if not obstacle["waived"]]

    def reports(self, period="2026-10", tenant=""):
        """Statements of one scope, the highest revision first."""
        found = [report for report in self.costd.json("chargeback", "list")
                 if report["tenantId"] == tenant and report["from"] == period + "-01"]
        return sorted(found, key=lambda report: -report["revision"])

    def paths(self, report):
        shown = self.costd.json("chargeback", "show", report["id"])
        return {file["format"]: file["path"] for file in shown["files"]}

    def mails(self):
        found = []
        for path in sorted(glob.glob(self.costd.path("mail", "new", "*"))):
            found.append(email.message_from_bytes(read_bytes(path), policy=email.policy.default))
        return found

    def wait_for_mail(self, words):
        return wait_until(
            lambda: [mail for mail in self.mails() if words in mail["Subject"]], words)[0]

    def fill_october(self, *more):
        # 1,000 tokens at 1 and 100 at 4 USD a million: 0.0014 USD each
        self.take("october.jsonl", [a_record(1), a_record(2, timestamp="2026-10-20T12:00:00Z"),
                                    *more])

    def test_the_story_of_a_month_with_a_waiver_and_a_late_record(self):
        self.fill_october(BAD_LINE)
        self.assertEqual(self.gates(), ["sources", "quarantine"])

        # Before the close: PRELIMINARY, and the month says what is in the way.
        closing = self.costd.costctl("periods", "close", "2026-10", "--wait", expect=INCOMPLETE)
        self.assertIn("quarantine: 1 refused line is dated in the month", closing.stderr)
        wait_until(self.reports, "a statement is made")
        self.assertEqual(self.reports()[0]["status"], "PRELIMINARY")
        self.wait_for_mail("(PRELIMINARY")

        # The gateway goes on; the refused line is waived, by whom and why.
        self.take("november.jsonl", [a_record(3, timestamp="2026-11-01T00:00:00Z")])
        self.assertEqual(self.gates(), ["quarantine"])
        self.costd.costctl("periods", "waive", "2026-10", "--reason", "a test of the gateway team")
        wait_until(lambda: self.october()["state"] == "closed", "October is closed")
        closed = self.october()
        waiver = closed["waivers"][0]
        self.assertEqual((waiver["gate"], waiver["reason"], waiver["by"]),
                         ("quarantine", "a test of the gateway team", f"uid:{os.getuid()}"))
        self.assertTrue(closed["frozenMatches"])
        self.assertEqual((closed["frozen"]["records"], closed["frozen"]["totalCost"]),
                         (2, "0.002800000000"))

        # At it: FINAL with its revision, made and mailed.
        final = wait_until(lambda: [report for report in self.reports()
                                    if report["status"] == "FINAL"], "a FINAL statement")[0]
        self.assertEqual(final["revision"], 2)
        self.wait_for_mail("(FINAL, revision 2)")
        page = pdf_text(self.paths(final)["pdf"])
        self.assertIn("FINAL · revision 2", page)
        self.assertIn("Supersedes revision 1 (sha256 ", page)
        before = {path: sha256_of(path) for path in self.paths(final).values()}
        audit = self.costd.rows("select action, tenant, reason, after_sha256 from audit_event"
                                " where action like 'period.%' order by seq")
        self.assertEqual([row[0] for row in audit], ["period.waive", "period.close"])
        self.assertIn("a test of the gateway team", audit[0][2])
        self.assertEqual(audit[1][3], closed["frozen"]["rowsSha256"])

        # A record of 17 October arrives late: October stays as it is, November has a correction.
        self.take("late.jsonl", [a_record(9, timestamp="2026-10-17T12:00:00Z")])
        self.costd.costctl("prices", "add", "--model", "m-*", "--effective", "2026-10-01",
                           "--input", "100", "--output", "100")
        self.costd.run_job("rollup")
        self.assertTrue(self.october()["frozenMatches"])
        again = self.costd.json("chargeback", "generate", *OCTOBER, "--wait")
        self.assertEqual(again["state"], "succeeded")
        newest = self.reports()[0]
        self.assertEqual((newest["status"], newest["revision"]), ("FINAL", 3))
        self.assertEqual(newest["totalCost"], final["totalCost"])
        self.assertEqual(self.costd.json("chargeback", "show", newest["id"])["supersedes"],
                         {"revision": 2, "sha256": final["modelSha256"]})
        old, new = (StatementCsv(read_bytes(self.paths(report)["csv"]))
                    for report in (final, newest))
        self.assertEqual(old.figures(), new.figures())
        self.assertEqual({path: sha256_of(path) for path in before}, before)
        folder = self.costd.path("downloads")
        self.costd.costctl("chargeback", "download", final["id"], "--to", folder)
        self.assertEqual({sha256_of(os.path.join(folder, name)) for name in os.listdir(folder)
                          if not name.endswith((".sig", ".manifest.json"))},
                         set(before.values()))

        self.costd.run_job("chargeback", "--period", "2026-11")
        november = StatementCsv(read_bytes(self.paths(self.reports("2026-11")[0])["csv"]))
        rows = november.section("corrections")
        self.assertEqual([(row["day"], row["tenant"], row["requests"], row["total_cost"])
                          for row in rows], [("2026-10-17", "acme", "1", "0.001400000000")])
        shown = self.costd.json("chargeback", "show", self.reports("2026-11")[0]["id"])
        self.assertEqual([(line["day"], line["closedMonth"], line["line"]["totalCost"])
                          for line in shown["corrections"]],
                         [("2026-10-17", "2026-10", "0.001400000000")])
        text = pdf_text(self.paths(self.reports("2026-11")[0])["pdf"])
        self.assertIn("1 request of a closed month is in this total as a correction.", text)
        self.assertIn("October 2026", text)
        # By usage the record has its own day still.
        self.assertEqual(self.costd.total(from_="2026-10-17", to="2026-10-18"), "0.001400000000")

    def test_each_tenant_closes_for_itself_and_the_statement_of_all_is_final_with_the_last(self):
        self.fill_october(a_record(5, tenantId="orbit", model="m-new"),
                          a_record(6, timestamp="2026-11-02T00:00:00Z"))
        self.costd.costctl("periods", "close", "2026-10", "--wait", expect=INCOMPLETE)
        self.assertEqual(self.october("acme")["state"], "closed")
        self.assertEqual(self.october("orbit")["state"], "grace")
        wait_until(self.reports, "the statements are made")
        status = {tenant: self.reports(tenant=tenant)[0]["status"]
                  for tenant in ("acme", "orbit", "")}
        self.assertEqual(status, {"acme": "FINAL", "orbit": "PRELIMINARY", "": "PRELIMINARY"})
        self.costd.costctl("periods", "waive", "2026-10", "--tenant", "orbit", "--gate", "unpriced",
                           "--reason", "a preview that costs nothing")
        wait_until(lambda: self.reports() and self.reports()[0]["status"] == "FINAL",
                   "the statement of all tenants is FINAL")
        self.assertEqual(self.reports(tenant="orbit")[0]["status"], "FINAL")
        self.assertEqual(len(self.reports(tenant="acme")), 1)  # not made a second time
        self.wait_for_mail("All tenants")

    def test_what_cannot_be_waived_is_refused_with_the_remedy(self):
        self.fill_october()
        refused = self.costd.costctl("periods", "waive", "2026-10", "--gate", "clock", "--reason",
                                     "x", expect=None)
        self.assertEqual(refused.returncode, 4)
        self.assertIn("nothing blocks there", refused.stderr)
        unknown = self.costd.costctl("periods", "waive", "2026-10", "--gate", "rain", "--reason",
                                     "x", expect=2)
        self.assertIn("grace, clock, sources, quarantine, unpriced, rollup", unknown.stderr)
        self.take("future.jsonl", [a_record(7, timestamp="2099-01-05T00:00:00Z")])
        early = self.costd.costctl("periods", "waive", "2099-01", "--reason", "x", expect=4)
        self.assertIn("2099-01 is not over before 2099-02-01T00:00:00Z", early.stderr)
        closing = self.costd.costctl("periods", "close", "2099-01", expect=4)
        self.assertIn("not over", closing.stderr)

    def test_a_month_that_cannot_be_closed_raises_one_alert_with_what_is_in_the_way(self):
        self.fill_october(BAD_LINE, a_record(6, timestamp="2026-11-02T00:00:00Z"))
        for _ in range(2):
            self.costd.costctl("periods", "close", "2026-10", "--wait", expect=INCOMPLETE)
        alerts = [alert for alert in self.costd.json("alerts", "list")
                  if alert["type"] == "finops.period.open"]
        self.assertEqual([alert["title"] for alert in alerts],
                         ["October 2026 of acme cannot be closed: "
                          "1 refused line is dated in the month"])


if __name__ == "__main__":
    unittest.main()
