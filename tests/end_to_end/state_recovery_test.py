"""A start mends the state directory: leftovers go, lost report files come back, what cannot be had
is said. One daemon a state directory."""

import os
import signal
import sqlite3
import unittest

from costd_process import (COSTD, REFUSED, CostdCase, a_record, json_lines, read_bytes, run_program,
                           write_file)

CONFIG = """\
sources:
  - { name: gateway, type: spool, path: spool }
prices: prices.yaml
mail: { smtp: "smtp://127.0.0.1:1", from: "costd@example.com" }
schedules:
  - { name: yearly, cron: "0 6 4 1 *", jobs: [chargeback], period: previous_month,
      formats: [csv], recipients: [finance@example.com] }
"""


class AfterALoss(CostdCase):
    def setUp(self):
        super().setUp()
        self.costd = self.start(CONFIG)
        self.costd.drop("a.jsonl", json_lines([a_record(1)]))
        self.costd.run_job("ingest,rollup")
        self.costd.run_job("chargeback", "--period", "2026-10", "--tenant", "acme")
        self.id = self.costd.json("chargeback", "list")[0]["id"]

    def report(self):
        return self.costd.json("chargeback", "show", self.id)

    def file(self, form):
        return next(file for file in self.report()["files"] if file["format"] == form)

    def restart(self):
        self.costd.kill()
        self.costd.start()
        return self.costd.json("status")

    def change_database(self, statement):
        self.costd.kill()
        with sqlite3.connect(self.costd.path("state/costd.db")) as connection:
            connection.execute(statement)

    def test_half_a_file_that_was_left_is_removed_at_the_next_start(self):
        for folder in ("state/reports/aa", "state/outbox"):
            os.makedirs(self.costd.path(folder), exist_ok=True)
            write_file(self.costd.path(folder, ".tmp.half.pdf"), b"%PDF-1.")
            write_file(self.costd.path(folder, "whole.pdf"), b"%PDF-1.7")
        self.assertEqual(self.restart()["recovery"]["leftovers"], 2)
        for folder in ("state/reports/aa", "state/outbox"):
            self.assertEqual(self.costd.files_in(folder), ["whole.pdf"])
        self.assertEqual(self.costd.json("status")["recovery"]["orphans"], 2)

    def test_a_lost_report_file_is_there_again_with_its_bytes(self):
        before = {form: (self.file(form), read_bytes(self.file(form)["path"]))
                  for form in ("pdf", "csv", "xlsx")}
        for file, _ in before.values():
            os.remove(file["path"])
        self.assertEqual(self.restart()["recovery"]["restored"], 3)
        for form, (file, content) in before.items():
            self.assertEqual(self.file(form), file)
            self.assertEqual(read_bytes(file["path"]), content)
        self.assertIn("state_recovered leftovers=0 ", self.costd.log())
        self.assertEqual(self.costd.json("status")["health"], "ok")

    def test_a_file_of_another_renderer_says_whose_place_it_took(self):
        """The stored hash is made another one, as if an older renderer had written the file."""
        file = self.file("csv")
        lost = "0" * 64
        self.change_database(f"update report_file set sha256 = '{lost}', path = '/nowhere/x.csv'"
                             " where format = 'csv'")
        self.costd.start()
        self.assertEqual(self.costd.json("status")["recovery"]["rerendered"], 1)
        again = self.file("csv")
        self.assertEqual((again["sha256"], again["replacesSha256"], again["rendererVersion"]),
                         (file["sha256"], lost, self.report()["rendererVersion"]))
        note = (f"by version {again['rendererVersion']}; the original file with SHA-256 {lost}"
                " is lost")
        self.assertRegex(again["note"], "^rendered again on 20.*Z " + note + "$")
        self.assertIn(note, self.costd.costctl("chargeback", "show", self.id).stdout)
        self.costd.costctl("chargeback", "download", self.id, "--to", self.costd.path("out"))

    def test_a_file_that_a_download_finds_damaged_is_mended_by_the_next_start(self):
        file = self.file("pdf")
        content = read_bytes(file["path"])
        write_file(file["path"], content[:-1] + b"?")  # of the same size
        refused = self.costd.costctl("chargeback", "download", self.id, "--to",
                                     self.costd.path("out"), expect=1)
        self.assertIn("restart costd", refused.stderr)
        self.assertEqual(self.costd.json("status")["problems"][0]["kind"], "DAMAGED")
        self.assertEqual(self.restart()["recovery"]["restored"], 1)
        self.assertEqual(read_bytes(file["path"]), content)
        self.assertEqual(read_bytes(file["path"] + ".damaged")[-1:], b"?")
        self.assertEqual(self.costd.json("status")["problems"], [])

    def test_without_a_readable_model_the_loss_is_a_problem_in_the_status(self):
        os.remove(self.file("csv")["path"])
        self.change_database("update report set model = '{}'")
        self.costd.start()
        status = self.costd.json("status")
        self.assertEqual((status["recovery"]["damaged"], status["health"]), (1, "attention"))
        self.assertIn("1 report files are damaged", self.costd.costctl("status").stdout)
        self.assertIn("csv: the file is missing and cannot be rendered again: the stored model",
                      self.costd.costctl("chargeback", "show", self.id).stdout)

    def test_a_waiting_mail_whose_bytes_are_lost_is_given_up_with_the_reason(self):
        self.costd.run_job("chargeback", "--schedule", "yearly", "--period", "2026-10")
        (path,), = self.costd.rows("select payload_path from outbox")
        self.costd.kill()
        os.remove(path)
        self.costd.start()
        self.assertEqual(self.costd.json("status")["recovery"]["rejected"], 1)
        message = next(message for message in self.costd.json("outbox", "list")
                       if message["kind"] == "chargeback")
        self.assertEqual(message["state"], "rejected")
        self.assertIn(path + ", are lost", message["lastReply"])


class TheLock(CostdCase):
    def test_a_second_daemon_is_refused_by_the_pid_of_the_first(self):
        costd = self.start()
        second = run_program(COSTD, "--config", costd.path("costd.yaml"))
        self.assertEqual(second.returncode, REFUSED)
        self.assertIn(f"(pid {costd.process.pid})", second.stderr)

    def test_a_killed_daemon_lets_go_at_once(self):
        costd = self.start()
        for _ in range(3):
            costd.process.send_signal(signal.SIGKILL)
            costd.process.wait()
            costd.start()  # refused, it would end


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


if __name__ == "__main__":
    unittest.main()
