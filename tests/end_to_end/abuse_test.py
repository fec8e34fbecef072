#!/usr/bin/env python3
"""What may lie in a spool besides good files: none of it is counted twice, or taken in part."""

import gzip
import os
import shutil
import socket
import stat
import subprocess
import time
import unittest

import many_lines
from costd_process import (COSTD, PLAIN_CONFIG, CostdCase, a_record, json_lines, run_program,
                           write_file)

HAS_ZSTD = shutil.which("zstd")
DIMENSIONS = ("tenant", "apiKey", "model", "provider", "day")


def zstd(content, *options):
    return subprocess.run(["zstd", "-q", "-c", *options], input=content, capture_output=True,
                          check=True).stdout


def figures(costd):
    """All that costd says about the usage, without what it says about files and repeats."""
    costd.run_job("rollup")
    found = [costd.json("costs", "summary", "--group-by", dimension) for dimension in DIMENSIONS]
    return [*found, costd.json("usage", "summary"), costd.json("usage", "list", "--limit", "1000"),
            costd.json("status")["records"]]


class Files(CostdCase):
    def setUp(self):
        super().setUp()
        self.costd = self.start()

    def ingest(self, name, content):
        self.costd.drop(name, content)
        return self.costd.run_job("ingest")["counts"]

    def reasons(self):
        """{file in quarantine: why}"""
        files = {line["file"]: line["detail"] for line in self.costd.get("/v1/admin/quarantine")}
        self.assertEqual(self.costd.files_in("spool", "quarantine"), sorted(files))
        return files

    def assert_only_record_1_was_taken(self):
        records = self.costd.json("usage", "list")["records"]
        self.assertEqual([record["id"] for record in records], ["record-0000001"])


class TheSameFile(Files):
    def setUp(self):
        super().setUp()
        self.content = json_lines([a_record(n, tenantId=f"t{n % 7}", id=f"r{n}" if n % 3 else None)
                                   for n in range(3000)])
        half = len(self.content) // 2
        self.forms = [self.content, gzip.compress(self.content, 1), gzip.compress(self.content, 9),
                      gzip.compress(self.content[:half]) + gzip.compress(self.content[half:])]
        if HAS_ZSTD:
            self.forms += [zstd(self.content, "-1"), zstd(self.content, "-19", "--check"),
                           zstd(self.content[:half]) + zstd(self.content[half:])]

    def test_changes_nothing_renamed_or_compressed_otherwise(self):
        self.assertEqual(self.ingest("a.jsonl", self.content)["records"], 3000)
        before = figures(self.costd)
        for number, form in enumerate(self.forms):
            # What a name says about the compression does not count; a third come after a restart.
            if number % 3 == 2:
                self.costd.stop()
                self.costd.start()
            for name in (f"{number}.jsonl", "a.jsonl"):
                counts = self.ingest(name, form)
                self.assertEqual((counts.get("records", 0), counts.get("duplicates", 0),
                                  counts["duplicateFiles"]), (0, 0, 1), (number, name))
        self.assertEqual(figures(self.costd), before)

    def test_counts_once_in_all_its_forms_within_one_run(self):
        for number, form in enumerate(self.forms * 2):
            self.costd.drop(f"{number:02}.jsonl", form)
        counts = self.costd.run_job("ingest")["counts"]
        self.assertEqual((counts["records"], counts["duplicateFiles"]),
                         (3000, 2 * len(self.forms) - 1))
        self.assertEqual(self.costd.json("status")["records"], 3000)

    def test_is_another_file_with_one_byte_more(self):
        self.ingest("a.jsonl", self.content)
        counts = self.ingest("b.jsonl", self.content + b"\n")
        # A third of the records has no id: they are new, because the file is.
        self.assertEqual((counts["records"], counts["duplicates"]), (1000, 2000))


class StillWritten(CostdCase):
    NAMES = (".a.jsonl", "b.jsonl.tmp", "c.jsonl.part", ".d.tmp", "e.gz.part")

    def test_files_whose_names_say_so_are_left_alone_until_they_are_renamed(self):
        costd = self.start()
        for number, name in enumerate(self.NAMES):
            write_file(costd.path("spool", name), json_lines([a_record(number)]))
        self.assertEqual(costd.run_job("ingest")["counts"], {})
        self.assertEqual(costd.files_in("spool"), sorted(self.NAMES))
        for number, name in enumerate(self.NAMES):
            os.rename(costd.path("spool", name), costd.path("spool", f"{number}.jsonl"))
        self.assertEqual(costd.run_job("ingest")["counts"]["records"], len(self.NAMES))

    def test_a_file_touched_just_now_is_left_alone_until_it_has_settled(self):
        costd = self.make(PLAIN_CONFIG.replace("format: auto", "format: auto, settle: 10m"))
        check = run_program(COSTD, "--check", "--config", costd.path("costd.yaml"))
        if check.returncode != 0 and "settle" in check.stderr:
            self.skipTest(f"this costd has no setting `settle`: {check.stderr.strip()}")
        costd.start()
        ages = {"new.jsonl": 0, "nearly.jsonl": 9 * 60, "old.jsonl": 11 * 60, "ahead.jsonl": -3600}
        for number, (name, age) in enumerate(ages.items()):
            costd.drop(name, json_lines([a_record(number)]))
            os.utime(costd.path("spool", name), (time.time() - age,) * 2)
        self.assertEqual(costd.run_job("ingest")["counts"]["records"], 1)
        self.assertEqual(costd.files_in("spool", "done"), ["old.jsonl"])
        for name in costd.files_in("spool"):
            if name != "done":
                os.utime(costd.path("spool", name), (time.time() - 660,) * 2)
        self.assertEqual(costd.run_job("ingest")["counts"]["records"], 3)


class Archives(Files):
    def test_what_expands_without_end_is_refused_as_a_whole(self):
        good = json_lines(a_record(number) for number in range(2, 2000))
        blank = b" " * (64 << 20)
        self.costd.drop("a.jsonl.gz", gzip.compress(blank))
        self.costd.drop("b.jsonl.gz", gzip.compress(good + blank + b"\n" + good))
        self.costd.drop("c.jsonl.gz", gzip.compress(good) + gzip.compress(blank))
        self.costd.drop("d.jsonl.gz", gzip.compress(json_lines([a_record(2)] * 200_000)))
        self.costd.drop("z.jsonl", json_lines([a_record(1)]))
        bombs = ["a.jsonl.gz", "b.jsonl.gz", "c.jsonl.gz", "d.jsonl.gz"]
        if HAS_ZSTD:
            self.costd.drop("e.jsonl.zst", zstd(good + blank, "-19"))
            self.costd.drop("f.jsonl.zst", zstd(blank * 16))
            bombs += ["e.jsonl.zst", "f.jsonl.zst"]
        counts = self.costd.run_job("ingest")["counts"]
        self.assertEqual((counts["records"], counts["quarantinedFiles"]), (1, len(bombs)))
        reasons = self.reasons()
        self.assertEqual(list(reasons), bombs[::-1])
        for name, reason in reasons.items():
            self.assertIn("100 times", reason, name)
        self.assert_only_record_1_was_taken()

    def test_what_is_cut_off_or_damaged_is_refused_as_a_whole(self):
        content = json_lines(a_record(number) for number in range(2, 40_000))
        forms = {"gz": gzip.compress(content)}
        if HAS_ZSTD:
            forms["zst"] = zstd(content, "--check")
        expected = []
        for suffix, archive in forms.items():
            middle = len(archive) // 2
            damaged = archive[:middle] + bytes([archive[middle] ^ 255]) + archive[middle + 1:]
            cases = [archive[:3 if suffix == "gz" else 5], archive[:middle], archive[:-1],
                     archive[:-4] + b"\0\0\0\0", damaged, archive + b"garbage"]
            for number, form in enumerate(cases):
                expected.append(f"{number}.jsonl.{suffix}")
                self.costd.drop(expected[-1], form)
        self.costd.drop("good.jsonl", json_lines([a_record(1)]))
        counts = self.costd.run_job("ingest")["counts"]
        self.assertEqual(sorted(self.reasons()), sorted(expected))
        self.assertEqual((counts["records"], counts["quarantinedFiles"]), (1, len(expected)))
        self.assert_only_record_1_was_taken()
        # The whole one under the name of a broken one is a new file.
        self.assertEqual(self.ingest("1.jsonl.gz", forms["gz"])["records"], 39_998)

    def test_a_name_does_not_make_an_archive(self):
        self.assertEqual(self.ingest("a.jsonl.gz", json_lines([a_record(1)]))["records"], 1)
        self.assertEqual(self.ingest("b.zst", gzip.compress(json_lines([a_record(2)])))
                         ["records"], 1)


class NoFiles(Files):
    def test_links_pipes_sockets_and_devices_are_set_apart_and_never_followed(self):
        target = os.path.join(self.folder, "target.jsonl")
        write_file(target, json_lines([a_record(2)]))
        spool = self.costd.path("spool", "")
        os.symlink(target, spool + "a-link.jsonl")
        os.symlink("/nowhere", spool + "b-dangling.jsonl")
        os.symlink("d-pipe.jsonl", spool + "c-link.jsonl")
        os.mkfifo(spool + "d-pipe.jsonl")
        os.link(target, spool + "e-hard.jsonl")
        os.symlink("/", spool + "f-folder.jsonl")
        expected = ["a-link.jsonl", "b-dangling.jsonl", "c-link.jsonl", "d-pipe.jsonl",
                    "e-hard.jsonl", "f-folder.jsonl", "g-socket.jsonl"]
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(spool + "g-socket.jsonl")
            if os.geteuid() == 0:
                os.mknod(spool + "h-zero.jsonl", stat.S_IFCHR | 0o644, os.makedev(1, 5))
                expected.append("h-zero.jsonl")
            os.makedirs(spool + "i-folder.jsonl/inner")
            write_file(spool + "i-folder.jsonl/inner/x.jsonl", json_lines([a_record(3)]))
            counts = self.ingest("z.jsonl", json_lines([a_record(1)]))
        self.assertEqual((counts["records"], counts["quarantinedFiles"]), (1, len(expected)))
        reasons = self.reasons()
        self.assertEqual(sorted(reasons), expected)
        for name, word in (("a-link", "link"), ("d-pipe", "no regular file"),
                           ("e-hard", "other names")):
            self.assertIn(word, reasons[name + ".jsonl"])
        self.assertEqual(self.costd.files_in("spool"), ["done", "i-folder.jsonl", "quarantine"])
        self.assertTrue(os.path.isfile(target))
        self.assert_only_record_1_was_taken()
        self.assertEqual(self.costd.run_job("ingest")["counts"], {})

    @unittest.skipIf(os.geteuid() == 0, "root may read every file")
    def test_a_file_that_may_not_be_read_is_set_apart(self):
        self.costd.drop("a.jsonl", json_lines([a_record(2)]))
        os.chmod(self.costd.path("spool", "a.jsonl"), 0)
        self.assertEqual(self.ingest("b.jsonl", json_lines([a_record(1)]))["records"], 1)
        self.assertIn("ermission", self.reasons()["a.jsonl"])
        self.assert_only_record_1_was_taken()

    def test_any_name_of_a_file_is_taken_and_reported(self):
        names = [b"caf\xe9.jsonl", b"line\nbreak.jsonl", "Ω 東京 👩‍👩‍👧.jsonl".encode(), b"-rf",
                 b"x" * 249 + b".jsonl", b"a b.jsonl", b'"quoted".jsonl', b"\x01.jsonl",
                 b"%s.jsonl"]
        spool = self.costd.path("spool").encode()
        for times in (1, 2):  # the second time each name is taken in done/
            for number, name in enumerate(names):
                write_file(os.path.join(spool, name),
                           json_lines([a_record(times * 100 + number), b"broken"]))
            run = self.costd.run_job("ingest")
            self.assertEqual((run["counts"]["records"], run["counts"]["quarantined"]),
                             (len(names), len(names)))
            self.assertEqual(self.costd.files_in("spool"), ["done"])
            self.assertEqual(len(self.costd.files_in("spool", "done")), times * len(names))
            self.assertEqual(len(self.costd.get("/v1/admin/quarantine")), times * len(names))
        self.costd.costctl("status")
        self.costd.costctl("runs", "show", run["id"])


@unittest.skipUnless(os.geteuid() == 0, "only root may mount a small disk")
class AFullDisk(CostdCase):
    LINES = 1000  # of a block; as many blocks as do not fit
    BLOCKS = 600

    def setUp(self):
        super().setUp()
        self.block = many_lines.a_block(7, self.LINES)
        self.files = []
        for number in range(3):
            self.files.append(os.path.join(self.folder, f"{number}.jsonl"))
            first = number * self.BLOCKS // 3
            many_lines.write_blocks(self.files[-1], self.block, self.BLOCKS // 3, first)

    def test_the_next_run_finishes_what_a_full_disk_has_stopped(self):
        expected = self.answers_of(self.make(prices=many_lines.PRICE_FILE).start())
        costd = self.make(prices=many_lines.PRICE_FILE, name="small")
        state = costd.path("state")
        os.makedirs(state)
        mount = run_program("mount", "-t", "tmpfs", "-o", "size=14m", "tmpfs", state)
        if mount.returncode != 0:
            self.skipTest(f"no disk can be mounted here: {mount.stderr.strip()}")
        self.addCleanup(run_program, "umount", "-l", state)
        self.addCleanup(costd.kill)
        costd.start()
        self.fill(costd)
        for _ in range(3):
            failed = costd.costctl("run", "ingest", "--wait", expect=1)
            self.assertRegex(failed.stdout + failed.stderr, "full|No space")
            self.assertIn(costd.json("status")["health"], ("ok", "attention"))
        self.assertNotEqual(costd.files_in("spool", "done"), ["0.jsonl", "1.jsonl", "2.jsonl"])
        run_program("mount", "-o", "remount,size=200m", state, check=True)
        costd.run_job("ingest")
        self.assertEqual(costd.files_in("spool"), ["done"])
        self.assertEqual(self.answers_of(costd, is_filled=True), expected)
        self.assertEqual(costd.rows("pragma integrity_check"), [("ok",)])
        self.assertEqual(costd.json("status")["lastRuns"][0]["state"], "succeeded")

    def fill(self, costd):
        for path in self.files:
            shutil.copy(path, costd.path("spool"))

    def answers_of(self, costd, is_filled=False):
        if not is_filled:
            self.fill(costd)
            costd.run_job("ingest")
        status = costd.json("status")
        refused = costd.rows("select file_name, line, reason, record_id from quarantine")
        return (figures(costd), sorted(refused), status["duplicates"], status["quarantined"])


if __name__ == "__main__":
    unittest.main()
