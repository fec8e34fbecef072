"""The configuration is read again while costd runs: all of it, or nothing with the reason."""

import os
import signal
import unittest

from costd_process import FAILED, REFUSED, CostdCase, a_record, json_lines, wait_until, write_file

CONFIG = """\
sources:
  - {{ name: gateway, type: spool, path: spool }}
prices: prices.yaml
schedules:
  - {{ name: {name}, seconds: true, cron: "{cron}", jobs: [{jobs}] }}
{more}"""
NEVER = "0 0 0 1 1 *"
EVERY_SECOND = "* * * * * *"


def config(name="refresh", cron=NEVER, jobs="ingest, rollup", more=""):
    return CONFIG.format(name=name, cron=cron, jobs=jobs, more=more)


class Reload(CostdCase):
    def test_a_valid_file_is_in_force_at_once(self):
        costd = self.start(config())
        costd.drop("a.jsonl", json_lines([a_record(1)]))
        pid = costd.process.pid
        write_file(costd.path("costd.yaml"), config("often", EVERY_SECOND))
        self.assertIn("1 schedules", costd.costctl("reload").stdout)
        wait_until(lambda: costd.total() == "0.001400000000", "the new schedule took the file in")
        self.assertEqual([s["name"] for s in costd.json("schedules", "list")], ["often"])
        self.assertEqual(costd.process.pid, pid)
        self.assertIsNone(costd.process.poll())
        actions = [row[0] for row in costd.rows("select action from audit_event")]
        self.assertIn("config.reload", actions)

    def test_new_prices_count_for_open_days(self):
        costd = self.start(config("often", EVERY_SECOND))
        costd.drop("a.jsonl", json_lines([a_record(1)]))
        wait_until(lambda: costd.total() == "0.001400000000", "the record is priced")
        write_file(costd.path("prices.yaml"), "prices:\n"
                   '  - { model: "m-small", input: 2, output: 8, effective: 2026-01-01 }\n')
        costd.costctl("reload")
        wait_until(lambda: costd.total() == "0.002800000000", "the record is priced anew")

    def test_sighup_does_the_same(self):
        costd = self.start(config())
        write_file(costd.path("costd.yaml"), config("other"))
        costd.process.send_signal(signal.SIGHUP)
        wait_until(lambda: [s["name"] for s in costd.json("schedules", "list")] == ["other"],
                   "the other schedule is there")

    def test_a_file_with_one_mistake_changes_nothing_and_the_reason_is_shown(self):
        costd = self.start(config())
        prices = costd.json("prices", "list")
        write_file(costd.path("prices.yaml"), "prices: []\n")
        write_file(costd.path("costd.yaml"), config("other", "61 * * * * *"))
        answer = costd.costctl("reload", expect=None)
        self.assertNotEqual(answer.returncode, 0)
        self.assertIn("costd.yaml:5", answer.stderr)
        self.assertIn("other", answer.stderr)
        self.assertEqual([s["name"] for s in costd.json("schedules", "list")], ["refresh"])
        self.assertEqual(costd.json("prices", "list"), prices)
        costd.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "config_not_reloaded" in costd.log(), "the log has the reason")
        self.assertEqual([s["name"] for s in costd.json("schedules", "list")], ["refresh"])

    def test_what_only_a_restart_can_change_is_refused(self):
        costd = self.start(config())
        os.mkdir(costd.path("elsewhere"))
        write_file(costd.path("costd.yaml"), config(more="state_dir: elsewhere\n"))
        answer = costd.costctl("reload", expect=None)
        self.assertIn(answer.returncode, (FAILED, REFUSED))
        self.assertIn("restart", answer.stderr)
        self.assertIsNone(costd.process.poll())

    def test_mail_goes_to_the_new_server_after_a_reload(self):
        costd = self.start(config(more='mail: { maildir: first, from: "costd@example.com" }\n'
                                       "alerts: { recipients: [ops@example.com] }\n"))
        write_file(costd.path("costd.yaml"), config(
            more='mail: { maildir: second, from: "costd@example.com" }\n'
                 "alerts: { recipients: [ops@example.com] }\n"))
        costd.costctl("reload")
        costd.drop("bad.jsonl", b"{broken\n")
        costd.run_job("ingest")
        wait_until(lambda: costd.files_in("second", "new"), "the alert is in the second maildir")
        self.assertEqual(costd.files_in("first", "new"), [])


class Stop(CostdCase):
    def test_sigterm_ends_it_with_code_0_and_a_restart_goes_on(self):
        costd = self.start(config("often", EVERY_SECOND))
        costd.drop("a.jsonl", json_lines([a_record(1)]))
        self.assertEqual(costd.stop(), 0)
        costd.start()
        wait_until(lambda: costd.total() == "0.001400000000", "the record is priced")


if __name__ == "__main__":
    unittest.main()
