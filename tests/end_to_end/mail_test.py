"""Statements reach the mailbox over real SMTP, once, whole, and sooner or later."""

import email
import email.policy
import hashlib
import os
import unittest

from costd_process import (CostdCase, SmtpServer, a_record, free_port, json_lines, wait_until,
                           write_file)

CONFIG = """\
sources:
  - {{ name: gateway, type: spool, path: spool }}
prices: prices.yaml
tenants: tenants.yaml
mail: {{ smtp: "smtp://127.0.0.1:{port}", from: "costd@example.com", attach: [pdf, csv, xlsx] }}
schedules:
  - {{ name: month-end, cron: "0 6 4 * *", time_zone: Europe/Zurich, jobs: [close, chargeback],
      period: previous_month, formats: [pdf, csv, xlsx],
      recipients: [finance@example.com, cfo@example.com] }}
"""
TENANTS = """\
tenants:
  - id: acme
    name: "Acme Größe GmbH"
    metadata: { chargeback.recipients: "owner@acme.example" }
  - { id: zeta, name: "Zeta" }
"""
RECIPIENTS = ["cfo@example.com", "finance@example.com", "owner@acme.example"]


class MailCase(CostdCase):
    def start_server(self, *options, port=0):
        store = os.path.join(self.folder, "mailbox")
        os.makedirs(store, exist_ok=True)
        server = SmtpServer(store, *options, port=port)
        self.addCleanup(server.stop)
        return server

    def start_costd(self, port):
        costd = self.make(CONFIG.format(port=port))
        write_file(costd.path("tenants.yaml"), TENANTS)
        costd.drop("a.jsonl", json_lines([a_record(1), a_record(2, tenantId="zeta")]))
        costd.start()
        costd.run_job("ingest,rollup")
        return costd

    def issue(self, costd):
        """As month-end would; the finished run."""
        return costd.run_job("chargeback", "--period", "2026-10", "--schedule", "month-end")

    def wait_for(self, costd, state, count):
        def found():
            rows = [row for row in costd.json("outbox", "list") if row["state"] == state]
            return rows if len(rows) == count else None
        return wait_until(found, f"{count} messages are {state}", 15)


def parsed(message):
    return email.message_from_bytes(message, policy=email.policy.default)


class Delivery(MailCase):
    def test_each_recipient_gets_one_mail_with_the_stored_files(self):
        server = self.start_server()
        costd = self.start_costd(server.port)
        run = self.issue(costd)
        self.assertEqual(run["counts"]["mails"], 3)
        rows = self.wait_for(costd, "sent", 3)
        messages = server.messages()
        self.assertEqual(sorted(facts["to"] for facts, _ in messages),
                         [[address] for address in RECIPIENTS])
        by_recipient = {row["recipient"]: row for row in rows}
        for facts, content in messages:
            self.assertEqual(facts["from"], "costd@example.com")
            self.assert_has_the_files(costd, by_recipient[facts["to"][0]], parsed(content))

    def assert_has_the_files(self, costd, row, message):
        report = costd.json("chargeback", "show", row["reportId"])
        self.assertEqual(report["tenantId"],
                         "acme" if row["recipient"] == "owner@acme.example" else "")
        stored = {file["fileName"]: (file["sha256"], file["bytes"]) for file in report["files"]}
        attached = {}
        for part in message.iter_attachments():
            content = part.get_payload(decode=True)
            attached[part.get_filename()] = (hashlib.sha256(content).hexdigest(), len(content))
        self.assertEqual(attached, stored)
        self.assertEqual(len(stored), 3)
        self.assertEqual(message["Message-ID"].strip("<>"), row["messageId"])
        self.assertEqual(message["Subject"], row["subject"])
        self.assertIn("October 2026", message["Subject"])
        text = message.get_body(("plain",)).get_content()
        # One tenant's record costs 1,400 millionths; two tenants' are two rounded totals of 0.00.
        self.assertIn("0.00", text)

    def test_an_answer_that_was_lost_sends_the_same_message_again(self):
        server = self.start_server("--drop-after-dot", "1")
        costd = self.start_costd(server.port)
        self.issue(costd)
        self.wait_for(costd, "sent", 2)
        waiting = self.wait_for(costd, "retry", 1)[0]
        costd.run_job("deliver")
        self.wait_for(costd, "sent", 3)
        copies = [content for facts, content in server.messages()
                  if facts["to"] == [waiting["recipient"]]]
        self.assertEqual(len(copies), 2)
        self.assertEqual(copies[0], copies[1])
        ids = {parsed(content)["Message-ID"] for _, content in server.messages()}
        self.assertEqual(len(ids), 3)


class Trouble(MailCase):
    def test_mail_waits_while_the_server_is_away_and_leaves_when_it_is_back(self):
        port = free_port()
        costd = self.start_costd(port)
        self.issue(costd)
        wait_until(lambda: all(row["attempts"] == 1 and row["state"] == "retry"
                               for row in costd.json("outbox", "list")),
                   "each message was tried once")
        for row in costd.json("outbox", "list"):
            self.assertTrue(row["lastReply"])
            self.assertGreater(row["notBefore"], row["createdAt"])
        costd.run_job("rollup")  # nothing else waits for the mail
        self.assertEqual(costd.json("status")["mailsWaiting"], 3)
        costd.stop()
        server = self.start_server(port=port)
        costd.start()
        self.assertEqual(costd.json("status")["mailsWaiting"], 3)
        self.assertEqual(costd.run_job("deliver")["counts"]["sent"], 3)
        self.assertEqual(len(server.messages()), 3)
        self.assertEqual(costd.run_job("deliver")["counts"], {})

    def test_once_can_deliver_what_waits_too(self):
        port = free_port()
        costd = self.start_costd(port)
        self.issue(costd)
        wait_until(lambda: all(row["attempts"] == 1 for row in costd.json("outbox", "list")),
                   "each message was tried once")
        costd.stop()
        server = self.start_server(port=port)
        self.assertIn("sent=3", costd.once("deliver").stdout)
        self.assertEqual(len(server.messages()), 3)

    def test_a_refused_recipient_is_given_up_and_shown_and_the_others_get_theirs(self):
        server = self.start_server("--fail", "RCPT=550*1")
        costd = self.start_costd(server.port)
        self.issue(costd)
        self.wait_for(costd, "sent", 2)
        refused = self.wait_for(costd, "rejected", 1)[0]
        self.assertIn("550", refused["lastReply"])
        self.assertEqual(refused["attempts"], 1)
        problems = {problem["kind"]: problem["count"]
                    for problem in costd.json("status")["problems"]}
        self.assertEqual(problems["UNDELIVERED"], 1)
        costd.run_job("deliver")
        self.assertEqual(len(server.messages()), 2)

    def test_a_busy_server_is_asked_again_later(self):
        server = self.start_server("--fail", "MAIL=451*1")
        costd = self.start_costd(server.port)
        self.issue(costd)
        self.wait_for(costd, "sent", 2)
        self.assertIn("451", self.wait_for(costd, "retry", 1)[0]["lastReply"])
        costd.run_job("deliver")
        self.wait_for(costd, "sent", 3)
        self.assertEqual(len(server.messages()), 3)

    def test_a_report_made_by_hand_is_mailed_to_nobody(self):
        server = self.start_server()
        costd = self.start_costd(server.port)
        costd.run_job("chargeback", "--period", "2026-10")
        costd.run_job("deliver")
        self.assertEqual((costd.json("outbox", "list"), server.messages()), ([], []))


if __name__ == "__main__":
    unittest.main()
