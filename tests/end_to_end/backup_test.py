"""A backup made while costd works, the loss of everything, and the figures back as they were."""

import hashlib
import json
import os
import shutil
import stat
import threading
import unittest

from costd_process import (COSTD, DONE, FAILED, PLAIN_CONFIG, REFUSED, CostdCase, UnixConnection,
                           a_record, json_lines, read_bytes, run_program, wait_until, write_file)

CONFIG = PLAIN_CONFIG + "backup: { directory: backups, keep: 2 }\n"


def post_records(costd, first, count):
    """The status of a post of records with the numbers from `first`."""
    connection = UnixConnection(costd.socket)
    try:
        connection.request("POST", "/v1/admin/token-usage",
                           json_lines(a_record(first + n) for n in range(count)),
                           {"Content-Type": "application/x-ndjson"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


class BackupCase(CostdCase):
    def fill(self, costd):
        """Records, their costs, and a statement."""
        costd.drop("a.jsonl", json_lines(a_record(n) for n in range(1000)))
        costd.run_job("ingest,rollup")
        costd.run_job("chargeback", "--from", "2026-10-01", "--to", "2026-11-01")
        # 1,000 records of 1,000 tokens at 1 and 100 at 4 USD a million: 1,000 * 1,400 millionths
        self.assertEqual(costd.total(), "1.400000000000")

    def backup(self, costd):
        """The folder of a new backup."""
        run = costd.run_job("backup")
        self.assertEqual(run["state"], "succeeded", run)
        return run["outputs"][0]

    def restore(self, costd, folder, expect=DONE):
        result = run_program(COSTD, "--config", costd.path("costd.yaml"), "--restore", folder)
        self.assertEqual(result.returncode, expect, result.stdout + result.stderr)
        return result

    def figures(self, costd):
        reports = costd.json("chargeback", "list")
        contents = {}
        for report in reports:
            costd.costctl("chargeback", "download", report["id"], "--to", costd.path("out"))
        for name in costd.files_in("out"):
            contents[name] = hashlib.sha256(read_bytes(costd.path("out", name))).hexdigest()
        shutil.rmtree(costd.path("out"))
        return (costd.json("costs", "summary", "--group-by", "model"),
                costd.json("usage", "list", "--limit", "1000"), reports, contents)


class ABackup(BackupCase):
    def test_all_is_lost_and_all_is_back(self):
        costd = self.start(CONFIG)
        self.fill(costd)
        before = self.figures(costd)
        folder = self.backup(costd)
        key = read_bytes(costd.path("state/keys/install.key"))
        costd.kill()
        shutil.rmtree(costd.path("state"))
        result = self.restore(costd, folder)
        self.assertIn("restored " + folder, result.stdout)
        self.assertNotIn("is kept in", result.stdout)
        costd.start()
        self.assertEqual(self.figures(costd), before)
        self.assertEqual(read_bytes(costd.path("state/keys/install.key")), key)
        self.assertEqual(os.stat(costd.path("state/keys/install.key")).st_mode & 0o777, 0o600)
        [(action, sha256)] = costd.rows("select action, after_sha256 from audit_event"
                                        " where action = 'backup.restore'")
        manifest = read_bytes(os.path.join(folder, "manifest.json"))
        self.assertEqual(sha256, hashlib.sha256(manifest).hexdigest())
        # And it goes on: the known records are known, new ones count.
        costd.drop("b.jsonl", json_lines(a_record(n) for n in range(500, 1500)))
        counts = costd.run_job("ingest,rollup")["counts"]
        self.assertEqual((counts["records"], counts["duplicates"]), (500, 500))
        self.assertEqual(costd.total(), "2.100000000000")

    def test_it_is_of_one_moment_while_records_come_in(self):
        costd = self.start(CONFIG)
        enough = threading.Event()
        answers = []

        def post():
            while not enough.is_set():
                answers.append(post_records(costd, len(answers) * 100, 100))

        poster = threading.Thread(target=post)
        poster.start()
        self.addCleanup(enough.set)
        wait_until(lambda: len(answers) > 2, "records come in")
        folders = []
        for _ in range(3):
            folders.append(self.backup(costd))
            many = len(answers) + 3
            wait_until(lambda: len(answers) > many, "records go on coming in")
        enough.set()
        poster.join()
        self.assertEqual(set(answers), {200})
        self.assertEqual([os.path.exists(folder) for folder in folders], [False, True, True])
        costd.run_job("ingest,rollup")
        self.assertEqual(costd.json("costs", "summary")["requests"], len(answers) * 100)
        costd.stop()
        self.restore(costd, folders[-1])
        self.assert_all_come_back(costd, len(answers) * 100)

    def assert_all_come_back(self, costd, records):
        """Once the files taken since the backup are put back into the spool."""
        for name in costd.files_in("spool/done"):
            os.rename(costd.path("spool/done", name), costd.path("spool", name))
        costd.start()
        costd.run_job("ingest,rollup")
        self.assertEqual(costd.json("costs", "summary")["requests"], records)

    def test_its_manifest_proves_every_file(self):
        costd = self.start(CONFIG)
        self.fill(costd)
        folder = self.backup(costd)
        manifest = json.loads(read_bytes(os.path.join(folder, "manifest.json")))
        listed = {file["path"]: file for file in manifest["files"]}
        found = {os.path.relpath(os.path.join(top, name), folder)
                 for top, _, names in os.walk(folder) for name in names}
        self.assertEqual(found, set(listed) | {"manifest.json"})
        for path, file in listed.items():
            content = read_bytes(os.path.join(folder, path))
            self.assertEqual((file["bytes"], file["sha256"]),
                             (len(content), hashlib.sha256(content).hexdigest()), path)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(folder, "keys/install.key")).st_mode),
                         0o600)
        self.assertEqual(os.stat(folder).st_mode & 0o007, 0)
        reports = [path for path in listed if path.startswith("reports/")]
        self.assertGreaterEqual(len(reports), 3)
        # The event after the copy's last one is that of the backup itself.
        head = manifest["auditHead"]
        [(action, previous, sha256)] = costd.rows(
            "select action, previous_hash, after_sha256 from audit_event where seq = ?",
            head["seq"] + 1)
        self.assertEqual((action, previous), ("backup.make", head["hash"]))
        self.assertEqual(sha256, hashlib.sha256(
            read_bytes(os.path.join(folder, "manifest.json"))).hexdigest())

    def test_records_taken_after_it_come_back_from_their_files(self):
        costd = self.start(CONFIG)
        self.fill(costd)
        folder = self.backup(costd)
        costd.drop("later.jsonl", json_lines(a_record(n) for n in range(1000, 1100)))
        costd.run_job("ingest,rollup")
        self.assertEqual(costd.total(), "1.540000000000")
        costd.stop()
        result = self.restore(costd, folder)
        self.assertIn("done/*", result.stdout)
        self.assert_all_come_back(costd, 1100)
        self.assertEqual(costd.total(), "1.540000000000")

    def test_a_schedule_makes_it_too(self):
        costd = self.start(CONFIG + "schedules: [ { name: nightly, seconds: true, jobs: [backup],"
                                    " cron: '* * * * * *' } ]\n")
        wait_until(lambda: len(costd.files_in("backups")) == 2, "two backups by schedule")

    def test_one_that_cannot_be_written_is_a_failed_run_with_the_reason(self):
        costd = self.start(CONFIG)
        write_file(costd.path("backups"), "in the way")
        result = costd.costctl("run", "backup", "--wait", expect=FAILED)
        self.assertIn(costd.path("backups"), result.stderr)


class ARestore(BackupCase):
    def test_the_state_until_now_is_kept(self):
        costd = self.start(CONFIG)
        self.fill(costd)
        folder = self.backup(costd)
        costd.stop()
        before = read_bytes(costd.path("state/costd.db"))
        self.restore(costd, folder)
        [kept] = [name for name in costd.files_in() if name.startswith("state.before-restore-")]
        self.assertEqual(read_bytes(costd.path(kept, "costd.db")), before)
        self.assertNotIn("state.restoring", costd.files_in())

    def test_it_is_refused_while_costd_runs(self):
        costd = self.start(CONFIG)
        folder = self.backup(costd)
        refused = self.restore(costd, folder, expect=REFUSED)
        self.assertIn(f"pid {costd.process.pid}", refused.stderr)
        self.assertTrue(costd.is_ready())
        self.assertEqual([name for name in costd.files_in() if name.startswith("state.")], [])

    def test_a_damaged_backup_is_refused_by_name_and_nothing_is_touched(self):
        costd = self.start(CONFIG)
        self.fill(costd)
        good = self.backup(costd)
        costd.stop()
        report = next(os.path.relpath(os.path.join(top, names[0]), good)
                      for top, _, names in os.walk(os.path.join(good, "reports")) if names)
        names = costd.files_in()
        for number, victim in enumerate(("costd.db", "keys/install.key", report,
                                         "manifest.json")):
            with self.subTest(victim):
                damaged = costd.path("backups", f"damaged-{number}")
                shutil.copytree(good, damaged)
                path = os.path.join(damaged, victim)
                content = bytearray(read_bytes(path))
                content[len(content) // 2] ^= 1
                write_file(path, bytes(content))
                refused = self.restore(costd, damaged, expect=FAILED)
                self.assertIn(damaged, refused.stderr)
                self.assertTrue(victim in refused.stderr or victim == "manifest.json",
                                refused.stderr)
                os.remove(path)
                self.assertIn(victim, self.restore(costd, damaged, expect=FAILED).stderr)
        self.assertEqual(costd.files_in(), names)
        self.assertIn("/nowhere", self.restore(costd, "/nowhere", expect=FAILED).stderr)
        costd.start()
        self.assertEqual(costd.total(), "1.400000000000")


if __name__ == "__main__":
    unittest.main()
