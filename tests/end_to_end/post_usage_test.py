"""POST /v1/admin/token-usage: records by HTTP, each counted once, whatever becomes of the call."""

import gzip
import json
import os
import socket
import sqlite3
import subprocess
import unittest

from costd_process import (PLAIN_CONFIG, CostdCase, a_record, json_lines, run_program, wait_until,
                           write_file)

PATH = "/v1/admin/token-usage"
TWO_SOURCES = PLAIN_CONFIG.replace(
    "prices:", "  - { name: second, type: spool, path: second, format: jsonl }\nprices:", 1)
# 1,000 tokens at 1 and 100 at 4 USD a million: 1,000 + 400 millionths a record
COST_OF = {1: "0.001400000000", 3: "0.004200000000", 5: "0.007000000000"}


class PostCase(CostdCase):
    def curl(self, costd, file, *options, query=""):
        """(status, headers by name in lower case, JSON) of a POST of the file by curl."""
        if not any("Content-Type" in option for option in options):
            options = ("-H", "Content-Type: application/x-ndjson", *options)
        result = run_program("curl", "-sS", "-D", "-", "--unix-socket", costd.socket, *options,
                             "--data-binary", "@" + file, f"http://costd{PATH}{query}")
        self.assertEqual(result.returncode, 0, result.stderr)
        head, _, body = result.stdout.rpartition("\n\n")  # text mode has taken the \r away
        status, *fields = head.split("\n\n")[-1].split("\n")  # behind a 100 Continue
        headers = {name.lower(): value for name, value in
                   (field.split(": ", 1) for field in fields)}
        return int(status.split()[1]), headers, json.loads(body)

    def body_file(self, content, name="body"):
        path = os.path.join(self.folder, name)
        write_file(path, content)
        return path

    def connect(self, costd):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(60)
        connection.connect(costd.socket)
        self.addCleanup(connection.close)
        return connection

    def finished(self, costd, answer):
        """The run of the answer, when it has ended."""
        path = "/v1/admin/runs/" + answer["runId"]
        wait_until(lambda: costd.get(path)["finishedAt"], "the run of the post has ended")
        run = costd.get(path)
        self.assertEqual(run["state"], "succeeded", run)
        return run

    def assert_counted(self, costd, records):
        costd.run_job("rollup")
        summary = costd.json("costs", "summary")
        self.assertEqual((summary["requests"], summary["totalCost"]), (records, COST_OF[records]))

    def assert_spool_empty(self, costd, spool="spool"):
        wait_until(lambda: not [name for name in costd.files_in(spool)
                                if os.path.isfile(costd.path(spool, name))],
                   f"{spool} has no file: {costd.files_in(spool)}")


def head_of(*fields):
    return "\r\n".join([f"POST {PATH} HTTP/1.1", "Host: costd",
                        "Content-Type: application/x-ndjson", *fields, "", ""]).encode()


def chunk(content):
    return b"%x\r\n%s\r\n" % (len(content), content)


def answer_on(connection):
    """(status, JSON) of an answer after which the connection may stay open."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(fields[b"content-length"]):
        body += connection.recv(65536)
    return int(head.split()[1]), json.loads(body)


class APost(PostCase):
    def test_plain_lines_are_taken_and_counted_once(self):
        costd = self.start()
        body = json_lines(a_record(n) for n in range(3))
        status, headers, answer = self.curl(costd, self.body_file(body))
        self.assertEqual(status, 200, answer)
        self.assertEqual((answer["source"], answer["bytes"]), ("gateway", len(body)))
        self.assertNotIn("idempotency-replayed", headers)
        run = self.finished(costd, answer)
        self.assertEqual((run["jobs"], run["trigger"]), (["ingest"], "manual"))
        self.assertEqual(run["counts"]["records"], 3)
        self.assertEqual(costd.files_in("spool/done"), [answer["file"]])
        # The same again without a key: the file is known by its content.
        status, _, again = self.curl(costd, self.body_file(body))
        self.assertEqual(self.finished(costd, again)["counts"], {"files": 1, "duplicateFiles": 1})
        self.assert_counted(costd, 3)
        self.assertEqual(costd.rows("select count(*) from audit_event where action = 'usage.post'"),
                         [(2,)])

    def test_gzip_and_zstd_go_into_the_spool_as_they_came(self):
        costd = self.start()
        packed = gzip.compress(json_lines(a_record(n) for n in range(3)))
        _, _, answer = self.curl(costd, self.body_file(packed), "-H", "Content-Encoding: gzip")
        self.assertTrue(answer["file"].endswith(".jsonl.gz"), answer)
        self.assertEqual(answer["bytes"], len(packed))
        self.finished(costd, answer)
        packed = subprocess.run(["zstd", "-c"], capture_output=True, check=True,
                                input=json_lines(a_record(n) for n in range(3, 5))).stdout
        _, _, answer = self.curl(costd, self.body_file(packed), "-H", "Content-Encoding: zstd")
        self.assertTrue(answer["file"].endswith(".jsonl.zst"), answer)
        self.finished(costd, answer)
        self.assert_counted(costd, 5)

    def test_chunks_of_any_size_make_one_body(self):
        costd = self.start()
        body = json_lines(a_record(n) for n in range(5))
        connection = self.connect(costd)
        connection.sendall(head_of("Transfer-Encoding: chunked"))
        for start in range(0, len(body), 7):
            connection.sendall(chunk(body[start:start + 7]))
        connection.sendall(chunk(b""))
        status, answer = answer_on(connection)
        self.assertEqual((status, answer["bytes"]), (200, len(body)))
        self.finished(costd, answer)
        self.assert_counted(costd, 5)
        # The connection serves the next post, too.
        body = json_lines([a_record(0)])
        connection.sendall(head_of(f"Content-Length: {len(body)}") + body)
        self.assertEqual(answer_on(connection)[0], 200)

    def test_it_goes_to_the_source_it_names(self):
        costd = self.start(TWO_SOURCES)
        body = self.body_file(json_lines([a_record(1)]))
        _, _, answer = self.curl(costd, body, query="?source=second")
        self.finished(costd, answer)
        self.assertEqual(costd.files_in("second/done"), [answer["file"]])
        status, _, answer = self.curl(costd, body, query="?source=third")
        self.assertEqual(status, 404)
        self.assertIn("gateway, second", answer["error"]["message"])
        self.assert_counted(costd, 1)

    def test_what_it_cannot_read_is_refused_with_the_remedy(self):
        costd = self.start()
        body = self.body_file(json_lines([a_record(1)]))
        for options, status, remedy in (
                (["-H", "Content-Type: text/csv"], 415, "application/x-ndjson"),
                (["-H", "Content-Encoding: br"], 415, "gzip, zstd"),
                (["-H", "Idempotency-Key: " + "k" * 129], 400, "128")):
            with self.subTest(options):
                got, _, answer = self.curl(costd, body, *options)
                self.assertEqual(got, status)
                self.assertIn(remedy, answer["error"]["message"])
        self.assertEqual(self.curl(costd, self.body_file(b""))[0], 400)
        self.assertEqual(costd.files_in("spool"), [])

    def test_65_mib_are_refused_and_64_are_not(self):
        costd = self.start()
        # The limit is 64 MiB of body; blank lines are no records.
        large = self.body_file(b"\n" * (65 << 20))
        status, _, answer = self.curl(costd, large)
        self.assertEqual(status, 413)
        self.assertIn(str(64 << 20), answer["error"]["message"])
        status, _, answer = self.curl(costd, large, "-H", "Transfer-Encoding: chunked")
        self.assertEqual(status, 413)
        self.assert_spool_empty(costd)
        # It came in whole before it was refused, and was never held as a whole.
        with open(f"/proc/{costd.process.pid}/status", encoding="ascii") as facts:
            peak = next(int(line.split()[1]) for line in facts if line.startswith("VmHWM"))
        self.assertLess(peak, 64 << 10, "kB")
        record = json_lines([a_record(1)])
        status, _, answer = self.curl(costd, self.body_file(
            record + b"\n" * ((64 << 20) - len(record))))
        self.assertEqual((status, answer["bytes"]), (200, 64 << 20))
        self.finished(costd, answer)
        self.assert_counted(costd, 1)

    def test_a_call_cut_off_half_way_leaves_nothing(self):
        costd = self.start()
        body = json_lines(a_record(n) for n in range(3000))
        for head in (head_of(f"Content-Length: {len(body)}"),
                     head_of("Transfer-Encoding: chunked") + b"%x\r\n" % len(body)):
            connection = self.connect(costd)
            connection.sendall(head + body[:len(body) // 2])
            wait_until(lambda: costd.files_in("spool"), "the upload has begun")
            connection.close()
            self.assert_spool_empty(costd)
        self.assertEqual(costd.json("runs", "list"), [])

    def test_a_kill_half_way_leaves_a_hidden_file_that_a_later_start_removes(self):
        costd = self.start()
        connection = self.connect(costd)
        connection.sendall(head_of("Content-Length: 200000") + b"x" * 100_000)
        wait_until(lambda: costd.files_in("spool"), "the upload has begun")
        costd.kill()
        [hidden] = costd.files_in("spool")
        costd.start()
        costd.run_job("ingest")
        self.assertIn(hidden, costd.files_in("spool"))
        costd.stop()
        os.utime(costd.path("spool", hidden), (0, 0))
        costd.start()
        self.assertNotIn(hidden, costd.files_in("spool"))


class AnIdempotencyKey(PostCase):
    KEY = ("-H", "Idempotency-Key: batch 17")

    def test_a_repeat_gets_the_first_answer_and_writes_nothing(self):
        costd = self.start()
        body = self.body_file(json_lines(a_record(n) for n in range(3)))
        _, _, first = self.curl(costd, body, *self.KEY)
        self.finished(costd, first)
        taken = costd.files_in("spool/done")
        for restart in (False, True):
            if restart:
                costd.stop()
                costd.start()
            status, headers, again = self.curl(costd, body, *self.KEY)
            self.assertEqual((status, again), (200, first))
            self.assertEqual(headers["idempotency-replayed"], "true")
        self.assertEqual(costd.files_in("spool/done"), taken)
        self.assertEqual(len(costd.json("runs", "list")), 1)
        self.assert_counted(costd, 3)

    def test_another_body_is_refused(self):
        costd = self.start()
        _, _, first = self.curl(costd, self.body_file(json_lines([a_record(1)])), *self.KEY)
        self.finished(costd, first)
        status, _, answer = self.curl(costd, self.body_file(json_lines([a_record(2)])), *self.KEY)
        self.assertEqual(status, 422)
        self.assertIn("batch 17", answer["error"]["message"])
        self.assertIn("another body", answer["error"]["message"])
        self.assert_spool_empty(costd)
        self.assert_counted(costd, 1)

    def test_two_at_the_same_time_are_one_file(self):
        costd = self.start()
        body = json_lines([a_record(1)])
        first = self.connect(costd)
        first.sendall(head_of(f"Content-Length: {len(body)}", "Idempotency-Key: k") + body[:10])
        wait_until(lambda: costd.files_in("spool"), "the first upload has begun")
        second = self.connect(costd)
        second.sendall(head_of(f"Content-Length: {len(body)}", "Idempotency-Key: k") + body)
        status, refused = answer_on(second)
        self.assertEqual((status, refused["error"]["code"]), (409, "conflict"))
        first.sendall(body[10:])
        status, answer = answer_on(first)
        self.assertEqual(status, 200)
        self.finished(costd, answer)
        self.assertEqual(costd.files_in("spool/done"), [answer["file"]])
        self.assert_counted(costd, 1)

    def test_a_crash_before_the_key_is_stored_counts_nothing_twice(self):
        costd = self.start()
        body = self.body_file(json_lines(a_record(n) for n in range(3)))
        _, _, first = self.curl(costd, body, *self.KEY)
        self.finished(costd, first)
        costd.stop()
        # As if the power had gone after the rename: the file is there, its key is not.
        with sqlite3.connect(costd.path("state/costd.db")) as database:
            self.assertEqual(database.execute("delete from posted_key").rowcount, 1)
        costd.start()
        _, headers, again = self.curl(costd, body, *self.KEY)
        self.assertNotIn("idempotency-replayed", headers)
        self.assertEqual(again["file"], first["file"])
        self.assertEqual(self.finished(costd, again)["counts"], {"files": 1, "duplicateFiles": 1})
        self.assert_counted(costd, 3)


if __name__ == "__main__":
    unittest.main()
