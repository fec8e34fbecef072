"""Audit chains with the real costctl: the gateway's log from files, and costd's own chain."""

import hashlib
import hmac
import json
import os
import sqlite3
import subprocess
import unittest

from costd_process import (COSTCTL, FAILED, USAGE, CostdCase, a_record, json_lines, read_bytes,
                           write_file)

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

    def export(self, name="chain.jsonl"):
        path = self.costd.path(name)
        self.costd.costctl("audit", "export", "--to", path)
        return path

    def verify(self, *words, expect=0):
        return json.loads(self.costd.costctl("audit", "verify", *words, form="json",
                                             expect=expect).stdout)

    def change_database(self, *statements):
        self.costd.stop()
        with sqlite3.connect(self.costd.path("state", "costd.db")) as database:
            for statement in statements:
                database.execute(statement)
        self.costd.start()

    def key_id(self):
        """The id by the words of ledger/signing.hpp, from the private key's file, by openssl."""
        raw = subprocess.run(["openssl", "pkey", "-in",
                              self.costd.path("state/keys/signing.pem"), "-pubout", "-outform",
                              "DER"], capture_output=True, check=True).stdout[-32:]
        return hashlib.sha256(raw).hexdigest()[:16]

    def test_it_is_listed_verified_exported_and_verified_offline(self):
        events = self.costd.json("audit", "list")["events"]
        self.assertEqual(events[0]["action"], "audit.genesis")
        self.assertTrue(events[0]["reason"].endswith("key " + self.key_id()), events[0])
        self.assertEqual(events[-1]["actor"], {"kind": "uid", "name": str(os.getuid())})
        self.assertEqual(len({event["action"] for event in events[-3:]}), 1)
        here = self.verify()
        self.assertEqual((here["result"], here["events"], here["keyId"]),
                         ("PASS", len(events), self.key_id()))
        path = self.export()
        self.costd.stop()
        there = self.verify(path, "--key", self.key_id())
        # The verification and the export are events themselves, and the export is signed.
        self.assertEqual((there["events"], there["unanchoredEvents"]), (len(events) + 2, 0))
        self.assertEqual(self.verify(path, "--anchor", here["anchor"])["result"], "PASS")
        lines = read_bytes(path).splitlines(keepends=True)
        first = next(n for n, line in enumerate(lines) if line.startswith(b'{"action"'))
        write_file(path, b"".join([*lines[:first + 1], *lines[first + 2:]]))
        self.assertEqual(found_in(self.verify(path, expect=FAILED), "kind", "line"),
                         [("MISSING", first + 2)])

    def test_events_are_listed_by_what_who_and_when(self):
        def seqs(*words):
            return [event["seq"] for event in self.costd.json("audit", "list", *words)["events"]]
        added = seqs("--action", "prices.add")
        self.assertEqual(len(added), 3)
        self.assertEqual(seqs("--actor", f"uid:{os.getuid()}"), added)
        self.assertEqual(seqs("--action", "prices.add", "--after", str(added[0])), added[1:])
        self.assertEqual(seqs("--to", "2020-01-01"), [])
        self.assertEqual(seqs("--tenant", "nobody"), [])

    def test_a_changed_row_of_the_database_is_found(self):
        self.change_database("drop trigger audit_event_no_update",
                             "update audit_event set reason = 'nothing happened' where seq = 2")
        self.assertEqual(found_in(self.verify(expect=FAILED), "kind", "seq"), [("CONTENT", 2)])
        last = self.costd.json("audit", "list", "--action", "audit.verify")["events"][-1]
        self.assertEqual(last["outcome"], "failed")

    def test_a_cut_tail_shows_by_the_newest_checkpoint_here_and_in_an_export(self):
        events = self.verify()["events"]
        self.change_database("drop trigger audit_event_no_delete",
                             f"delete from audit_event where seq > {events - 2}")
        found = self.verify(expect=FAILED)
        self.assertEqual(found_in(found, "kind"), [("TAIL_CUT",)])
        self.assertIn(f"says {events + 1}, the chain has", found["findings"][0]["what"])
        exported = self.verify(self.export(), expect=FAILED)
        self.assertEqual(exported["result"], "FAIL")

    def test_an_export_that_was_cut_short_shows(self):
        path = self.export()
        lines = read_bytes(path).splitlines(keepends=True)
        write_file(path, b"".join(lines[:-2]))
        self.assertEqual(found_in(self.verify(path, expect=FAILED), "kind"), [("TAIL_CUT",)])

    def test_a_forged_checkpoint_is_found(self):
        self.verify()
        self.change_database("drop trigger audit_checkpoint_no_update",
                             "update audit_checkpoint set seq = seq - 1"
                             " where number = (select max(number) from audit_checkpoint)")
        self.assertEqual(found_in(self.verify(expect=FAILED), "kind"), [("SIGNATURE",)])

    def test_checkpoints_cannot_be_changed_and_their_signature_is_good_by_openssl(self):
        self.verify()
        install, = self.costd.rows("select value from meta where name = 'install_id'")[0]
        number, seq, digest, previous, key_id, signature = self.costd.rows(
            "select number, seq, hash, previous, key_id, signature from audit_checkpoint")[-1]
        at = next(json.loads(line)["checkpoint"]["at"]
                  for line in read_bytes(self.export()).splitlines()
                  if line.startswith(b'{"checkpoint"') and json.loads(line)["checkpoint"]["number"]
                  == number)
        text = "\n".join(["costd-checkpoint-v1", install, str(number), str(seq), digest, at,
                          previous, key_id])
        self.openssl_verify(text.encode(), bytes.fromhex(signature))
        with sqlite3.connect(self.costd.path("state", "costd.db")) as database:
            with self.assertRaisesRegex(sqlite3.IntegrityError, "append-only"):
                database.execute("delete from audit_checkpoint")

    def openssl_verify(self, content, signature):
        key, file, sig = (self.costd.path(name) for name in ("pub.pem", "text", "text.sig"))
        subprocess.run(["openssl", "pkey", "-in", self.costd.path("state/keys/signing.pem"),
                        "-pubout", "-out", key], check=True)
        write_file(file, content)
        write_file(sig, signature)
        subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in",
                        file, "-sigfile", sig], check=True, capture_output=True)

    def test_a_lost_key_is_replaced_and_the_chain_tells(self):
        old = self.verify()["keyId"]
        self.costd.stop()
        os.remove(self.costd.path("state/keys/signing.pem"))
        self.costd.start()
        self.assertNotEqual(self.key_id(), old)
        event, = self.costd.json("audit", "list", "--action", "audit.key")["events"]
        self.assertEqual(event["object"], self.key_id())
        self.assertIn(f"replaces key {old} without its signature", event["reason"])
        self.assertIn("signing_key_replaced", self.costd.log())
        self.verify()
        self.assertEqual(self.verify()["keyId"], self.key_id())
        self.assertEqual(found_in(self.verify("--key", old, expect=FAILED), "kind"),
                         [("SIGNATURE",)])

    def test_once_ends_with_a_checkpoint(self):
        self.costd.stop()
        self.costd.once("rollup")
        (events,), = self.costd.rows("select count(*) from audit_event")
        (signed,), = self.costd.rows("select max(seq) from audit_checkpoint")
        self.assertEqual(signed, events)


class AReportsFiles(CostdCase):
    def setUp(self):
        super().setUp()
        self.costd = self.start()
        self.costd.drop("a.jsonl", json_lines([a_record(1)]))
        self.costd.run_job("ingest,rollup")
        run = self.costd.json("chargeback", "generate", "--tenant", "acme", "--from", "2026-10-01",
                              "--to", "2026-11-01", "--wait")
        self.id, = run["outputs"]
        self.out = self.costd.path("out")
        self.costd.costctl("chargeback", "download", self.id, "--to", self.out)
        self.base = os.path.join(self.out, "chargeback-2026-10-acme-r1")

    def verify(self, *words, expect=0):
        return json.loads(self.costd.costctl("verify", *words, form="json", expect=expect).stdout)

    def results(self, verification):
        return {check["check"]: check["result"] for check in verification["checks"]}

    def test_each_has_a_signature_and_all_a_manifest_that_openssl_and_costctl_verify(self):
        names = [suffix + more for suffix in (".csv", ".manifest.json", ".pdf", ".xlsx")
                 for more in ("", ".sig")]
        self.assertEqual(sorted(os.listdir(self.out)),
                         sorted(os.path.basename(self.base) + name for name in names))
        self.costd.stop()  # nothing of this asks a daemon
        manifest = json.loads(read_bytes(self.base + ".manifest.json"))
        key = self.costd.path("key.pem")
        write_file(key, manifest["publicKey"])
        for name in (".csv", ".pdf", ".xlsx", ".manifest.json"):
            file = self.base + name
            subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin",
                            "-in", file, "-sigfile", file + ".sig"], check=True,
                           capture_output=True)
            for known in ((), ("--key", key), ("--key", manifest["keyId"])):
                self.assertEqual(self.verify(file, *known)["result"], "PASS", file)
        self.assertEqual(manifest["reportId"], self.id)
        self.assertEqual({file["sha256"] for file in manifest["files"]},
                         {hashlib.sha256(read_bytes(self.base + name)).hexdigest()
                          for name in (".csv", ".pdf", ".xlsx")})
        said = self.costd.costctl("verify", self.base + ".pdf").stdout
        self.assertIn("compare its id with one you know", said)

    def test_the_head_in_the_manifest_is_that_of_the_chain(self):
        manifest = json.loads(read_bytes(self.base + ".manifest.json"))
        pin, = manifest["inputs"]["chains"]
        (head,), = self.costd.rows("select hash from audit_event where seq = ?", pin["events"])
        self.assertEqual((pin["chain"], pin["head"]), ("costd", head))
        self.assertEqual(self.costd.json("audit", "verify", "--anchor",
                                         f"{pin['events']}:{head}")["result"], "PASS")

    def test_a_changed_file_fails_and_a_lonely_one_is_incomplete(self):
        content = read_bytes(self.base + ".csv")
        write_file(self.base + ".csv", content.replace(b"acme", b"acne", 1))
        changed = self.results(self.verify(self.base + ".csv", expect=FAILED))
        self.assertEqual((changed["size"], changed["sha256"], changed["signature"]),
                         ("PASS", "FAIL", "FAIL"))
        self.assertEqual(self.verify(self.base + ".manifest.json", expect=FAILED)["result"], "FAIL")
        lonely = self.costd.path("lonely.csv")
        write_file(lonely, content)
        self.assertEqual(self.verify(lonely, expect=INCOMPLETE)["result"], "INCOMPLETE")
        beside = self.verify(lonely, "--manifest", self.base + ".manifest.json", expect=INCOMPLETE)
        self.assertEqual(self.results(beside)["sha256"], "PASS")
        other = self.verify(self.base + ".pdf", "--key", "00ff00ff00ff00ff", expect=FAILED)
        self.assertEqual(self.results(other)["key"], "FAIL")
        self.costd.costctl("verify", self.base + ".pdf", "--key", "none", expect=USAGE)
        self.costd.costctl("verify", self.base + ".txt", expect=USAGE)

    def test_a_file_that_was_rendered_again_has_no_signature(self):
        self.costd.stop()
        with sqlite3.connect(self.costd.path("state", "costd.db")) as database:
            database.execute("update report_file set signature = '', replaces_sha256 = 'ab',"
                             " renderer_version = '3' where format = 'pdf'")
        self.costd.start()
        path = f"/v1/admin/chargeback-reports/{self.id}/files/pdf.sig"
        status, _, body = self.costd.request("GET", path)
        self.assertEqual(status, 404)
        self.assertIn("rendered again", json.loads(body)["error"]["message"])
        said = self.costd.costctl("chargeback", "download", self.id, "--to",
                                  self.costd.path("again"))
        self.assertIn("the pdf file has no signature", said.stderr)


if __name__ == "__main__":
    unittest.main()
