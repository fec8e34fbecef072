"""Compliance reports end to end: from the audit spool to a signed PDF that verifies offline."""

import csv
import glob
import hashlib
import hmac
import json
import os
import sqlite3
import subprocess
import unittest

from costd_process import (FAILED, USAGE, CostdCase, a_record, json_lines, read_bytes,
                           write_file)

SECRET = "0123456789abcdef0123456789abcdef"
CONFIG = """\
sources:
  - { name: gateway, type: spool, path: spool }
  - { name: audit, type: audit, path: audit, secret_file: audit.secret }
prices: prices.yaml
tenants: tenants.yaml
compliance: { soc2_categories: [security, availability] }
mail: { maildir: mail, from: "costd@example.com" }
schedules:
  - { name: evidence, cron: "0 7 4 * *", jobs: [compliance], types: [soc2, gdpr],
      period: previous_month, recipients: [audit@example.com] }
"""
TENANTS = """\
tenants:
  - { id: acme, name: Acme, region: eu }
  - { id: globex, name: Globex }
"""


class Log:
    """The gateway's audit log, written by nothing of costd."""

    def __init__(self):
        self.lines = []
        self.previous = None

    def add(self, timestamp, tenant, kind, **payload):
        number = len(self.lines) + 1
        text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
        signed = f"event-{number}|{timestamp}|{tenant or ''}|{kind}|{text}|{self.previous or ''}"
        digest = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).hexdigest()
        owner = json.dumps(tenant)
        before = json.dumps(self.previous)
        self.lines.append(
            f'{{"seq":{number},"eventId":"event-{number}","timestamp":"{timestamp}",'
            f'"workspaceId":{owner},"eventType":"{kind}","payload":{text},"previousHash":{before},'
            f'"hmac":"{digest}","signedAt":"{timestamp}"}}')
        self.previous = digest
        return self

    def text(self):
        return "".join(line + "\n" for line in self.lines)


def a_month():
    log = Log()
    for day in range(1, 32):
        log.add(f"2026-10-{day:02}T08:00:00Z", "acme", "GATEWAY_RESPONSE", api_key="key_acme_0001",
                model="gpt-4o", provider="openai", status=200, tokens_total=10)
        log.add(f"2026-10-{day:02}T09:00:00Z", "globex", "GATEWAY_RESPONSE",
                api_key="key_globex_0002", model="gpt-4o", provider="openai",
                status=401 if day == 7 else 200, tokens_total=20)
    log.add("2026-10-31T12:00:00Z", "acme", "POLICY_DENIED", api_key="key_acme_0001",
            policy_id="pol-1", policy_decision="DENY", reason="not approved", status=403)
    return log


class Compliance(CostdCase):
    def setUp(self):
        super().setUp()
        self.costd = self.make(CONFIG)
        write_file(self.costd.path("tenants.yaml"), TENANTS)
        write_file(self.costd.path("audit.secret"), SECRET + "\n")

    def take(self, log, name="audit.jsonl"):
        self.costd.drop(name, log.text(), spool="audit")
        self.costd.run_job("ingest")

    def generate(self, kind, *words):
        self.costd.costctl("compliance", "generate", "--type", kind, "--from", "2026-10-01",
                           "--to", "2026-11-01", *words, "--wait")
        return self.costd.json("compliance", "list", "--type", kind)[0]

    def download(self, report, *words):
        folder = self.costd.path("files")
        self.costd.costctl("compliance", "download", report["id"], "--to", folder, *words)
        return folder

    def rows_of(self, folder, name):
        with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def test_from_the_spool_to_a_report_that_verifies_offline(self):
        costd = self.costd.start()
        self.take(a_month())
        report = self.generate("soc2")
        self.assertEqual((report["status"], report["type"], report["revision"]),
                         ("PASS", "soc2", 1))
        folder = self.download(report)
        events = self.rows_of(folder, "soc2-2026-10-all-tenants-r1-gateway-events.csv")
        self.assertEqual(len(events), 63)
        self.assertEqual(sum(row["outcome"] == "denied" for row in events), 2)
        costd.stop()
        pdf = os.path.join(folder, "soc2-2026-10-all-tenants-r1.pdf")
        checked = costd.json("verify", pdf)
        self.assertEqual(checked["result"], "PASS")
        text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True,
                              check=True).stdout
        for words in ("SOC 2 Type II evidence", "1 Audit chain integrity",
                      "6 Event count by type", "Evidence block", "Sign-off"):
            self.assertIn(words, " ".join(text.split()))
        program = hashlib.sha256(read_bytes(costd.program)).hexdigest()
        self.assertIn(program, text)
        manifest, = glob.glob(os.path.join(folder, "*manifest.json"))
        self.assertEqual(json.loads(read_bytes(manifest))["versions"]["programSha256"], program)
        attached = subprocess.run(["pdfdetach", "-list", pdf], capture_output=True, text=True,
                                  check=True).stdout
        self.assertIn("gateway-events.csv", attached)
        with open(pdf, "r+b") as file:
            file.seek(2000)
            byte = file.read(1)
            file.seek(2000)
            file.write(bytes([byte[0] ^ 1]))
        answer = costd.costctl("verify", pdf, expect=FAILED)
        self.assertIn("FAIL", answer.stdout)

    def test_a_report_of_one_tenant_has_nothing_of_the_other_in_any_file(self):
        self.costd.start()
        self.costd.drop("usage.jsonl", json_lines(
            [a_record(1, tenantId="globex", apiKey="key_globex_0002"),
             a_record(2, tenantId="acme", apiKey="key_acme_0001")]))
        self.take(a_month())
        for kind in ("soc2", "hipaa", "gdpr"):
            folder = self.download(self.generate(kind, "--tenant", "acme"))
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                if name.endswith(".pdf"):
                    content = subprocess.run(["pdftotext", path, "-"], capture_output=True,
                                             check=True).stdout
                else:
                    with open(path, "rb") as file:
                        content = file.read()
                self.assertNotIn(b"lobex", content, name)

    def test_the_next_report_proves_the_pins_and_names_what_was_changed(self):
        costd = self.costd.start()
        log = a_month()
        self.take(log)
        first = self.generate("soc2")
        log.add("2026-11-02T08:00:00Z", "acme", "GATEWAY_RESPONSE", api_key="key_acme_0001",
                status=200)
        self.take(log)
        second = self.generate("soc2")
        chains = self.rows_of(self.download(second), "soc2-2026-10-all-tenants-r2-chains.csv")
        self.assertEqual(chains[0]["What the report before saw"],
                         f"unchanged: 63 events of report {first['id']}")
        self.assertEqual(chains[0]["Events"], "64")
        costd.stop()
        # Somebody with the database and the secret makes the whole log anew, shorter.
        forged = Log().add("2026-10-05T08:00:00Z", "acme", "GATEWAY_RESPONSE", status=200)
        with sqlite3.connect(costd.path("state", "costd.db")) as database:
            database.execute("delete from audit_chunk")
            database.execute("delete from audit_segment")
        costd.start()
        self.take(forged, "forged.jsonl")
        third = self.generate("soc2")
        self.assertEqual(third["status"], "FAIL")
        findings = self.rows_of(self.download(third),
                                "soc2-2026-10-all-tenants-r3-chain-findings.csv")
        self.assertEqual([row["Finding"] for row in findings], ["TAIL_CUT"])

    def test_hipaa_and_gdpr_for_each_tenant_and_by_once(self):
        costd = self.costd
        costd.drop("audit.jsonl", a_month().text(), spool="audit")
        costd.once("ingest")
        said = costd.once("compliance", "--type", "hipaa,gdpr", "--tenant", "each", "--from",
                          "2026-10-01", "--to", "2026-11-01")
        self.assertIn("reports=4", said.stdout)
        costd.start()
        listed = costd.json("compliance", "list")
        self.assertEqual(sorted((each["type"], each["tenantId"]) for each in listed),
                         [("gdpr", "acme"), ("gdpr", "globex"), ("hipaa", "acme"),
                          ("hipaa", "globex")])
        self.assertEqual(len(costd.json("compliance", "list", "--tenant", "acme")), 2)
        hipaa = costd.json("compliance", "list", "--type", "hipaa", "--tenant", "globex")[0]
        folder = self.download(hipaa)
        access = self.rows_of(folder, "hipaa-2026-10-globex-r1-access-log.csv")
        self.assertEqual(len(access), 31)
        self.assertEqual({row["who"] for row in access}, {"key_glob…0002"})

    def test_by_schedule_it_is_mailed_with_the_heads(self):
        costd = self.costd.start()
        self.take(a_month())
        costd.costctl("run", "compliance", "--schedule", "evidence", "--period", "2026-10",
                      "--wait")
        costd.run_job("deliver")
        mails = costd.files_in("mail", "new")
        self.assertEqual(len(mails), 2)
        with open(costd.path("mail", "new", mails[0]), "rb") as file:
            message = file.read()
        self.assertIn(b"To: audit@example.com", message)
        self.assertIn(b"-2026-10-all-tenants-r1.pdf", message)

    def test_deleting_leaves_a_tombstone_and_acts_are_events(self):
        costd = self.costd.start()
        self.take(a_month())
        report = self.generate("gdpr")
        self.download(report, "--format-file", "pdf")
        self.assertEqual(costd.costctl("compliance", "delete", report["id"], expect=None)
                         .returncode, USAGE)
        costd.costctl("compliance", "delete", report["id"], "--reason", "a test", "--yes")
        self.assertEqual(costd.json("compliance", "list"), [])
        costd.costctl("compliance", "show", report["id"], expect=USAGE)
        acts = [row[0] for row in costd.rows("select action from audit_event where object = ?"
                                             " order by seq", report["id"])]
        # The file, its signature, the manifest and its signature.
        self.assertEqual(acts, ["compliance.generate", *["compliance.download"] * 4,
                                "compliance.delete"])
        self.assertEqual(costd.json("audit", "verify")["result"], "PASS")

    def test_deleting_takes_the_files_that_no_other_report_has(self):
        costd = self.costd.start()
        self.take(a_month())
        first, second = self.generate("soc2"), self.generate("soc2")
        paths = {id_: {path for (path,) in costd.rows(
            "select path from report_file where report_id = ?", id_)}
                 for id_ in (first["id"], second["id"])}
        shared = paths[first["id"]] & paths[second["id"]]
        own = paths[first["id"]] - shared
        self.assertTrue(shared and own, paths)
        costd.costctl("compliance", "delete", first["id"], "--reason", "a test", "--yes")
        self.assertEqual({path for path in own | shared if os.path.exists(path)}, shared)
        folder = self.download(second)
        for pdf in glob.glob(os.path.join(folder, "*.pdf")):
            self.assertEqual(costd.json("verify", pdf)["result"], "PASS")
        costd.costctl("compliance", "delete", second["id"], "--reason", "a test", "--yes")
        left = [path for path in paths[second["id"]] if os.path.exists(path)]
        self.assertEqual(left, [])

    def test_wishes_without_sense_are_refused_with_what_to_do(self):
        costd = self.costd.start()
        for words, hint in (
                (("--type", "soc3", "--from", "2026-10-01", "--to", "2026-11-01"), "soc2, hipaa"),
                (("--type", "soc2", "--from", "2026-11-01", "--to", "2026-10-01"), "not before"),
                (("--type", "soc2", "--from", "October", "--to", "2026-10-01"), "is no date")):
            answer = costd.costctl("compliance", "generate", *words, expect=USAGE)
            self.assertIn(hint, answer.stderr)
        answer = costd.costctl("compliance", "generate", "--type", "soc2", "--tenant", "nobody",
                               "--from", "2026-10-01", "--to", "2026-11-01", "--wait",
                               expect=FAILED)
        self.assertIn("tenants list", answer.stdout + answer.stderr)


if __name__ == "__main__":
    unittest.main()
