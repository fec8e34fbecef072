"""What goes wrong gets an answer that names the thing, and nothing is lost or half-done."""

import gzip
import os
import re
import shutil
import signal
import stat
import subprocess
import unittest

from costd_process import (COSTCTL, COSTD, DONE, NO_DAEMON, PLAIN_CONFIG, REFUSED, ROOT, USAGE,
                           CostdCase, a_record, json_lines, run_program, wait_until, write_file)

# (what is put in place of a line of the plain configuration, where the message points)
BAD_CONFIGS = [
    ("state_dir: state", "sate_dir: state", r"costd\.yaml:1:1: "),
    ("format: auto", "format: xml", r"costd\.yaml:4:\d+: "),
    ("sources:", "sources: [", r"costd\.yaml:\d+:\d+: "),
    ("prices: prices.yaml", "prices: nowhere.yaml", r"costd\.yaml:5:\d+: "),
    ("prices: prices.yaml", "schedules: [ { name: a, cron: '61 * * * *', jobs: [ingest] } ]",
     r"costd\.yaml:5:\d+: "),
    ("prices: prices.yaml", "schedules: [ { name: a, cron: '* * * * *', jobs: [guess] } ]",
     r"costd\.yaml:5:\d+: "),
    ("prices: prices.yaml", "billing: { time_zone: Europe/Zuerich }", r"costd\.yaml:5:\d+: "),
]


class TheConfiguration(CostdCase):
    def test_a_bad_one_is_refused_with_its_place_and_nothing_is_started(self):
        for number, (good, bad, place) in enumerate(BAD_CONFIGS):
            with self.subTest(bad):
                costd = self.make(PLAIN_CONFIG.replace(good, bad, 1), name=str(number))
                before = costd.files_in()
                for more in ([], ["--check"], ["--once", "ingest"]):
                    result = run_program(COSTD, "--config", costd.path("costd.yaml"), *more)
                    self.assertEqual(result.returncode, USAGE, result.stderr)
                    self.assertRegex(result.stderr, place)
                self.assertEqual(costd.files_in(), before)

    def test_a_bad_price_file_is_refused_with_its_own_place(self):
        costd = self.make(prices="prices:\n  - { model: m, input: 1.2345678, output: 1,\n"
                                 "      effective: 2026-01-01 }\n")
        result = run_program(COSTD, "--config", costd.path("costd.yaml"))
        self.assertEqual(result.returncode, USAGE)
        self.assertRegex(result.stderr, r"prices\.yaml:2:\d+: ")
        self.assertFalse(os.path.exists(costd.path("state")))

    def test_the_shipped_ones_pass_the_check(self):
        for path in ("samples/config/costd.yaml", "config/costd.yaml"):
            result = run_program(COSTD, "--check", "--config", os.path.join(ROOT, path))
            self.assertEqual(result.returncode, DONE, result.stderr)
            self.assertIn("is valid", result.stdout)
        self.assertFalse(os.path.exists(os.path.join(ROOT, "samples/config/state")))

    def test_no_configuration_and_unknown_options_are_usage_errors(self):
        for words in ([], ["--confg", "x"], ["--config", "/nowhere/costd.yaml"]):
            result = run_program(COSTD, *words)
            self.assertEqual(result.returncode, USAGE, words)
            self.assertTrue(result.stderr.startswith("costd: "), result.stderr)


class TheDaemon(CostdCase):
    def test_a_second_one_on_the_same_state_is_refused_and_names_the_first(self):
        first = self.start()
        second = run_program(COSTD, "--config", first.path("costd.yaml"))
        self.assertEqual(second.returncode, REFUSED)
        self.assertIn(f"pid {first.process.pid}", second.stderr)
        self.assertTrue(first.is_ready())

    def test_once_works_alone_and_is_refused_while_a_daemon_runs(self):
        costd = self.make()
        costd.drop("a.jsonl", json_lines([a_record(1), a_record(2)]))
        alone = costd.once("ingest,rollup")
        self.assertIn("succeeded", alone.stdout)
        self.assertFalse(os.path.exists(costd.socket))
        costd.start()
        # 2 records of 1,000 tokens at 1 and 100 at 4 USD a million: 2 * 1,400 millionths
        self.assertEqual(costd.total(), "0.002800000000")
        refused = costd.once("ingest", expect=REFUSED)
        self.assertIn(f"pid {costd.process.pid}", refused.stderr)
        self.assertIn("costctl run", refused.stderr)
        self.assertEqual(costd.stop(), DONE)
        costd.once("rollup")

    def test_once_with_an_unknown_job_is_a_usage_error(self):
        result = self.make().once("inges", expect=USAGE)
        self.assertIn("ingest", result.stderr)

    def test_sigterm_and_sigint_stop_it_cleanly(self):
        costd = self.make()
        for stop in (signal.SIGTERM, signal.SIGINT):
            costd.start()
            costd.process.send_signal(stop)
            self.assertEqual(costd.process.wait(timeout=20), DONE)
        self.assertIn("costd_stopping", costd.log())

    def test_sigterm_during_an_ingest_keeps_every_record(self):
        costd = self.start()
        costd.drop("big.jsonl", json_lines(a_record(n) for n in range(150_000)))
        costd.costctl("run", "ingest")
        self.assertEqual(costd.stop(), DONE)
        costd.start()
        wait_until(lambda: costd.files_in("spool/done"), "the file is taken after the restart", 60)
        costd.run_job("rollup")
        self.assertEqual(costd.json("costs", "summary")["requests"], 150_000)
        self.assertEqual(costd.json("status")["duplicates"], 0)

    def test_its_socket_is_for_its_user_and_group_only(self):
        costd = self.start()
        self.assertEqual(stat.S_IMODE(os.stat(costd.socket).st_mode), 0o660)
        self.assertTrue(stat.S_ISSOCK(os.stat(costd.socket).st_mode))
        self.assertEqual(os.stat(costd.path("state/keys/install.key")).st_mode & 0o077, 0)

    def test_a_socket_left_by_a_killed_daemon_is_no_obstacle(self):
        costd = self.start()
        costd.kill()
        self.assertTrue(os.path.exists(costd.socket))
        costd.start()

    def test_curl_can_ask_it(self):
        costd = self.start()
        answer = run_program("curl", "-sS", "--unix-socket", costd.socket,
                             "http://localhost/v1/admin/status")
        self.assertIn('"health":"ok"', answer.stdout, answer.stderr)


class Costctl(CostdCase):
    def test_without_a_daemon_it_says_so_with_3(self):
        result = run_program(COSTCTL, "--socket", os.path.join(self.folder, "none.sock"), "status")
        self.assertEqual(result.returncode, NO_DAEMON)
        self.assertIn("none.sock", result.stderr)

    def test_wrong_words_end_with_2_and_name_the_remedy(self):
        costd = self.start()
        for words, remedy in (
                (["run", "guess"], "ingest"),
                (["frobnicate"], "--help"),
                (["costs", "summary", "--group-by", "moon"], "apiKey"),
                (["costs", "summary", "--from", "October"], "2026-10-01"),
                (["costs", "summary", "--from", "2026-11-01", "--to", "2026-10-01"], "before"),
                (["usage", "list", "--limit", "1001"], "1000"),
                (["run", "chargeback", "--period", "2026-10", "--from", "2026-10-01"], "exclude"),
                (["ingest", "/nowhere/file.jsonl"], "/nowhere/file.jsonl")):
            with self.subTest(words):
                self.assertIn(remedy, costd.costctl(*words, expect=USAGE).stderr)

    def test_what_is_not_there_ends_with_2_and_its_name(self):
        costd = self.start()
        for words in (["runs", "show", "01ARZ3NDEKTSV4RRFFQ69G5FAV"], ["tenants", "show", "nobody"],
                      ["chargeback", "show", "01ARZ3NDEKTSV4RRFFQ69G5FAV"],
                      ["schedules", "next", "never"]):
            with self.subTest(words):
                self.assertIn(words[-1], costd.costctl(*words, expect=USAGE).stderr)

    def test_several_jobs_run_one_after_the_other(self):
        costd = self.start()
        costd.drop("a.jsonl", json_lines([a_record(1)]))
        run = costd.run_job("ingest,rollup")
        self.assertEqual(run["jobs"], ["ingest", "rollup"])
        # 1,000 tokens at 1 and 100 at 4 USD a million: 1,000 + 400 millionths
        self.assertEqual(costd.total(), "0.001400000000")

    def test_a_failed_run_ends_with_1_and_its_reason(self):
        costd = self.start()
        result = costd.costctl("run", "chargeback", "--wait", expect=1)
        self.assertIn("--period", result.stderr)


class TheSpool(CostdCase):
    def ingest(self, costd, name, content):
        costd.drop(name, content)
        return costd.run_job("ingest")["counts"]

    def test_a_bad_line_is_set_apart_with_its_reason_and_the_rest_goes_on(self):
        costd = self.start()
        counts = self.ingest(costd, "a.jsonl", json_lines(
            [a_record(1), b"no json", a_record(2, inputTokens=-1), b"", a_record(3),
             a_record(4, timestamp="yesterday"), a_record(5, model=None), a_record(6)]))
        self.assertEqual((counts["records"], counts["quarantined"]), (3, 4))
        found = costd.get("/v1/admin/quarantine")
        self.assertEqual([(line["file"], line["line"]) for line in reversed(found)],
                         [("a.jsonl", 2), ("a.jsonl", 3), ("a.jsonl", 6), ("a.jsonl", 7)])
        by_line = {line["line"]: line for line in found}
        self.assertIn("inputTokens", by_line[3]["detail"])
        self.assertIn("timestamp", by_line[6]["detail"])
        self.assertIn("model", by_line[7]["detail"])
        self.assertEqual(by_line[3]["recordId"], "record-0000002")
        self.assertEqual(costd.json("status")["problems"][-1]["kind"], "QUARANTINED")
        self.assertEqual(costd.files_in("spool/done"), ["a.jsonl"])

    def test_a_file_cut_off_or_unreadable_is_set_apart_whole_and_the_rest_goes_on(self):
        costd = self.start()
        archive = gzip.compress(json_lines(a_record(n) for n in range(5000)))
        costd.drop("a-cut.jsonl.gz", archive[:len(archive) // 2])
        costd.drop("b-noise.jsonl.gz", b"\x1f\x8b" + bytes(range(256)) * 4)
        costd.drop("c-good.jsonl", json_lines([a_record(1)]))
        os.symlink("/etc/passwd", costd.path("spool/d-link.jsonl"))
        os.mkfifo(costd.path("spool/e-pipe.jsonl"))
        counts = costd.run_job("ingest")["counts"]
        self.assertEqual((counts["records"], counts["quarantinedFiles"]), (1, 4))
        self.assertEqual(costd.files_in("spool/quarantine"),
                         ["a-cut.jsonl.gz", "b-noise.jsonl.gz", "d-link.jsonl", "e-pipe.jsonl"])
        reasons = {line["file"]: line["detail"] for line in costd.get("/v1/admin/quarantine")}
        self.assertIn("cut off", reasons["a-cut.jsonl.gz"])
        self.assertEqual(costd.files_in("spool/done"), ["c-good.jsonl"])

    def test_the_same_records_renamed_or_recompressed_change_nothing(self):
        costd = self.start()
        content = json_lines(a_record(n) for n in range(100))
        self.assertEqual(self.ingest(costd, "a.jsonl", content)["records"], 100)
        costd.run_job("rollup")
        total = costd.total()
        again = [("a.jsonl", content), ("b.jsonl", content), ("c.jsonl.gz", gzip.compress(content)),
                 ("d.jsonl.gz", gzip.compress(content, compresslevel=1))]
        if shutil.which("zstd"):
            packed = subprocess.run(["zstd", "-c"], input=content, capture_output=True, check=True)
            again.append(("e.jsonl.zst", packed.stdout))
        for name, bytes_ in again:
            counts = self.ingest(costd, name, bytes_)
            self.assertEqual((counts.get("records", 0), counts["duplicateFiles"]), (0, 1), name)
        # The same records in another file: each is known by its id.
        counts = self.ingest(costd, "f.jsonl", content + json_lines([a_record(100)]))
        self.assertEqual((counts["records"], counts["duplicates"]), (1, 100))
        costd.run_job("rollup")
        # 100 records cost `total`, so one more costs a hundredth of it.
        self.assertEqual(total, "0.140000000000")
        self.assertEqual(costd.total(), "0.141400000000")

    def test_an_id_with_other_content_is_a_conflict_and_the_first_stays(self):
        costd = self.start()
        counts = self.ingest(costd, "a.jsonl", json_lines(
            [a_record(1), a_record(1, outputTokens=101)]))
        self.assertEqual((counts["records"], counts["conflicts"]), (1, 1))
        conflict = costd.get("/v1/admin/quarantine")[0]
        self.assertEqual((conflict["reason"], conflict["line"], conflict["recordId"]),
                         ("id_conflict", 2, "record-0000001"))
        self.assertEqual(costd.json("usage", "list")["records"][0]["outputTokens"], 100)

    def test_a_file_that_is_still_being_written_is_left_alone(self):
        costd = self.start()
        for name in (".a.jsonl", "b.jsonl.tmp", "c.jsonl.part"):
            write_file(costd.path("spool", name), json_lines([a_record(1)]))
        self.assertEqual(costd.run_job("ingest")["counts"], {})
        self.assertEqual(len(costd.files_in("spool")), 3)

    def test_a_key_that_looks_like_a_secret_is_never_kept(self):
        secret = "sk-" + "Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZg" * 2
        costd = self.start()
        self.ingest(costd, "a.jsonl", json_lines([a_record(1, apiKey=secret)]))
        costd.run_job("rollup")
        kept = costd.json("usage", "list")["records"][0]["apiKey"]
        self.assertTrue(kept and secret not in kept, kept)
        self.assertNotIn(secret, costd.costctl("costs", "summary", "--group-by", "apiKey").stdout)
        costd.stop()
        for folder, _, names in os.walk(costd.path("state")):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertNotIn(secret.encode(), file.read(), name)


if __name__ == "__main__":
    unittest.main()
