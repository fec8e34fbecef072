"""Audit chains with the real costctl: the gateway's log from files, and costd's own chain."""

import hashlib
import hmac
import json
import os
import sqlite3
import subprocess
import unittest

from costd_process import COSTCTL, FAILED, USAGE, CostdCase, read_bytes, write_file

SECRET = "0123456789abcdef0123456789abcdef"
INCOMPLETE = 5


def gateway_log(events):
    """Lines as the gateway's FileAuditWriter makes them."""
    lines, previous = [], None
    for seq in range(1, events + 1):
        timestamp = f"2026-10-05T12:{seq // 60:02}:{seq % 60:02}Z"
        payload = json.dumps({"api_key": f"key_{seq % 3}", "status": 200}, separators=(",", ":"))
        text = f"ev-{seq}|{timestamp}|acme|GATEWAY_RESPONSE|{payload}|{previous or ''}"
        digest = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        lines.append(f'{{"seq":{seq},"eventId":"ev-{seq}","timestamp":"{timestamp}",'
                     f'"workspaceId":"acme","eventType":"GATEWAY_RESPONSE","payload":{payload},'
                     f'"previousHash":{json.dumps(previous)},"hmac":"{digest}",'
                     f'"signedAt":"{timestamp}"}}')
        previous = digest
    return lines


def found_in(verification, *members):
    return [tuple(finding[member] for member in members) for finding in verification["findings"]]


class TheGatewaysLog(CostdCase):
    """Without a daemon."""

    def setUp(self):
        super().setUp()
        self.lines = gateway_log(40)
        self.secret = self.write("secret", SECRET + "\n")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        write_file(path, text)
        return path

    def verify(self, *files, options=(), expect=0):
        words = [COSTCTL, "--format", "json", "audit", "verify", *files, "--secret-file",
                 self.secret, *options]
        result = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, expect, result.stdout + result.stderr)
        return json.loads(result.stdout) if expect != USAGE else result.stderr

    def log(self, name, lines, end="\n"):
        return self.write(name, "\n".join(lines) + end)

    def test_a_whole_log_passes_in_one_file_and_in_segments(self):
        whole = self.verify(self.log("whole.jsonl", self.lines))
        self.assertEqual((whole["result"], whole["events"], whole["findings"]), ("PASS", 40, []))
        parts = self.verify(self.log("1.jsonl", self.lines[:15]),
                            self.log("2.jsonl", self.lines[15:]))
        self.assertEqual(parts["anchor"], whole["anchor"])

    def test_damage_is_named_with_line_and_event(self):
        lines = list(self.lines)
        lines[9] = lines[9].replace('"status":200', '"status":403')
        del lines[20]
        found = self.verify(self.log("bad.jsonl", lines), expect=FAILED)
        self.assertEqual(found_in(found, "kind", "line", "seq", "eventId"),
                         [("CONTENT", 10, 10, "ev-10"), ("MISSING", 21, 22, "ev-22")])

    def test_a_cut_tail_shows_against_an_anchor_only(self):
        anchor = self.verify(self.log("whole.jsonl", self.lines))["anchor"]
        cut = self.log("cut.jsonl", self.lines[:30])
        self.assertEqual(self.verify(cut)["result"], "PASS")
        found = self.verify(cut, options=("--anchor", anchor), expect=FAILED)
        self.assertEqual(found_in(found, "kind"), [("TAIL_CUT",)])
        self.assertIn("10 are missing", found["findings"][0]["what"])

    def test_what_ends_in_the_middle_and_what_is_empty_is_incomplete(self):
        torn = self.log("torn.jsonl", [*self.lines[:3], self.lines[3][:50]], end="")
        self.assertEqual(found_in(self.verify(torn, expect=INCOMPLETE), "kind"), [("TORN_LINE",)])
        self.assertEqual(self.verify(self.log("empty.jsonl", [""]), expect=INCOMPLETE)["events"], 0)

    def test_a_short_secret_is_refused_and_never_shown(self):
        self.secret = self.write("short", "too short")
        said = self.verify(self.log("whole.jsonl", self.lines), expect=USAGE)
        self.assertIn("32 characters", said)
        self.assertNotIn("too short", said)


class TheOwnChain(CostdCase):
    def setUp(self):
        super().setUp()
        self.costd = self.start()
        for day in ("2026-10-01", "2026-10-02", "2026-10-03"):
            self.costd.costctl("prices", "add", "--model", "x-*", "--effective", day,
                               "--input", "1", "--output", "1")

    def test_it_is_listed_verified_exported_and_verified_offline(self):
        events = self.costd.json("audit", "list")["events"]
        self.assertEqual(events[-1]["actor"], {"kind": "uid", "name": str(os.getuid())})
        self.assertEqual(len({event["action"] for event in events[-3:]}), 1)
        here = self.costd.json("audit", "verify")
        self.assertEqual((here["result"], here["events"]), ("PASS", len(events)))
        path = self.costd.path("chain.jsonl")
        self.costd.costctl("audit", "export", "--to", path)
        self.costd.stop()
        self.assertEqual(self.costd.json("audit", "verify", path)["anchor"], here["anchor"])
        lines = read_bytes(path).splitlines(keepends=True)
        write_file(path, b"".join([*lines[:1], *lines[2:]]))
        broken = self.costd.costctl("audit", "verify", path, form="json", expect=FAILED)
        self.assertEqual(found_in(json.loads(broken.stdout), "kind", "line"), [("MISSING", 2)])

    def test_a_changed_row_of_the_database_is_found(self):
        self.costd.stop()
        with sqlite3.connect(self.costd.path("state", "costd.db")) as database:
            database.execute("drop trigger audit_event_no_update")
            database.execute("update audit_event set reason = 'nothing happened' where seq = 2")
        self.costd.start()
        found = self.costd.costctl("audit", "verify", form="json", expect=FAILED)
        self.assertEqual(found_in(json.loads(found.stdout), "kind", "seq"), [("CONTENT", 2)])


if __name__ == "__main__":
    unittest.main()
