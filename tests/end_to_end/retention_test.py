"""Raw records are checked against the figures, and go when they are old: the figures stay."""

import datetime
import os
import sqlite3
import time
import unittest

from costd_process import DONE, FAILED, PLAIN_CONFIG, CostdCase, a_record, json_lines, write_file
from statement_files import StatementCsv

CONFIG = PLAIN_CONFIG + """\
tenants: tenants.yaml
retention: { records: 60d, runs: 400d, spool: 30d }
"""
TENANTS = "tenants:\n  - { id: held, legal_hold: true }\n  - { id: acme }\n"
TODAY = datetime.datetime.now(datetime.timezone.utc).date()
OLD = TODAY - datetime.timedelta(days=90)
YOUNG = TODAY - datetime.timedelta(days=40)
RANGE = ("--from", str(OLD), "--to", str(TODAY))


def records():
    """3 of acme and 2 of held on an old day, the same on a young one."""
    return [a_record(0, tenantId=tenant, timestamp=f"{day}T12:00:00Z") |
            {"id": f"{tenant}-{day}-{n}"}
            for day in (OLD, YOUNG) for tenant, count in (("acme", 3), ("held", 2))
            for n in range(count)]


class RecountAndRetention(CostdCase):
    def start_with_records(self):
        costd = self.make(CONFIG)
        write_file(costd.path("tenants.yaml"), TENANTS)
        costd.start()
        costd.drop("a.jsonl", json_lines(records()))
        costd.run_job("ingest,rollup")
        return costd

    def statement(self, costd):
        """The figures of the statement over all days, to the last digit."""
        run = costd.json("chargeback", "generate", *RANGE, "--wait")
        folder = costd.path("download")
        costd.costctl("chargeback", "download", run["outputs"][0], "--to", folder,
                      "--format-file", "csv")
        (name,) = [name for name in os.listdir(folder) if name.endswith(".csv")]
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            figures = StatementCsv(file.read()).figures()
        os.remove(path)
        return figures

    def figures(self, costd):
        return [self.statement(costd), costd.json("usage", "summary", *RANGE),
                costd.json("costs", "summary", "--group-by", "tenant", *RANGE)]

    def listed(self, costd, *words):
        return costd.json("usage", "list", *words)["total"]

    def test_old_records_and_files_go_and_the_figures_stay(self):
        costd = self.start_with_records()
        before = self.figures(costd)
        self.assertEqual(costd.json("status")["oldestRecordDay"], str(OLD))
        old = time.time() - 40 * 86400
        os.utime(costd.path("spool/done/a.jsonl"), (old, old))
        run = costd.run_job("retention")
        self.assertEqual(run["counts"], {"recordsRemoved": 3, "recordsHeld": 2,
                                         "blocksRemoved": 1, "filesRemoved": 1})
        self.assertEqual(self.figures(costd), before)
        self.assertEqual(costd.files_in("spool/done"), [])
        self.assertEqual((self.listed(costd, "--tenant", "acme"),
                          self.listed(costd, "--tenant", "held")), (3, 4))
        events = [(event["object"], event["reason"]) for event in self.audit_events(costd)]
        self.assertEqual(events[0], ("usage records",
                                     f"3 from {OLD} to {OLD} (UTC), older than 60 days"))
        self.assertTrue(events[1][0].endswith("/spool/done"), events)
        self.assertEqual(costd.run_job("retention")["counts"], {"recordsHeld": 2})

    @staticmethod
    def audit_events(costd):
        rows = costd.rows("select object, reason from audit_event where action = ? order by seq",
                          "retention.remove")
        return [{"object": row[0], "reason": row[1]} for row in rows]

    def test_a_recount_says_what_it_cannot_check_and_ends_with_0(self):
        costd = self.start_with_records()
        self.assertEqual(costd.run_job("recount")["counts"],
                         {"days": 2, "records": 10, "usageRows": 4, "charges": 4})
        costd.run_job("retention")
        result = costd.costctl("run", "recount", "--wait", expect=DONE)
        self.assertRegex(result.stdout, r"daysWithoutRecords +1\b")
        self.assertEqual(costd.stop(), DONE)
        self.assertIn("daysWithoutRecords=1", costd.once("recount").stdout)

    def test_a_recount_finds_what_somebody_deleted_and_ends_with_1(self):
        costd = self.start_with_records()
        with sqlite3.connect(costd.path("state/costd.db")) as database:
            gone = database.execute("delete from usage_block where day = "
                                    "(select max(day) from usage_block)").rowcount
        database.close()
        self.assertEqual(gone, 1)
        result = costd.costctl("run", "recount", "--wait", expect=FAILED)
        self.assertIn("2 differences", result.stderr)
        (run,) = [run for run in costd.json("runs") if run["jobs"] == ["recount"]]
        lines = [line.split(" ", 1)[1] for line in run["log"] if " difference " in line]
        self.assertEqual(len(lines), 2)
        self.assertEqual(lines[0], f"difference day={YOUNG} tenant=acme key=key_1 model=m-small "
                         "provider=alpha tier=standard band=0 origin=exact field=requests "
                         "stored=3 derived=none")
        older = ("run", "recount", "--from", str(OLD), "--to", str(YOUNG), "--wait")
        costd.costctl(*older, expect=DONE)
        self.assertEqual(costd.stop(), DONE)
        costd.once("recount", expect=FAILED)


if __name__ == "__main__":
    unittest.main()
