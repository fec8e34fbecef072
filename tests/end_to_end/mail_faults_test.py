"""One mail against a server that fails at every place where it can, until it is sent.

The server requires STARTTLS and a login. After each fault the message must be as it was: the same
Message-ID, the same bytes, and an outcome that says what is known about it.
"""

import hashlib
import json
import os
import unittest

from certificates import Authority
from costd_process import (CostdCase, SmtpServer, a_record, free_port, json_lines, read_bytes,
                           wait_until, write_file)

# curl takes every name under .localhost for this machine, costd only the plain one: so TLS is
# required here, as it is of any server that is not on the loopback interface.
CONFIG = """\
sources:
  - {{ name: gateway, type: spool, path: spool }}
prices: prices.yaml
mail: {{ smtp: "smtp://mail.localhost:{port}", from: "costd@example.com", user: costd,
    password_file: password, ca_file: ca.pem }}
alerts: {{ recipients: [ops@example.com] }}
"""

# What the server does, the state of the message after it, and a part of the last reply.
FAULTS = [(["--fail", f"{verb}={code}"], state, reply)
          for verb in ("GREETING", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "DOT")
          for code, state, reply in ((451, "retry", "451"), (554, "rejected", "554"))]
FAULTS += [(["--drop", verb], "retry", "")
           for verb in ("GREETING", "EHLO", "MAIL", "RCPT", "DATA")]
FAULTS += [
    (["--fail", "STARTTLS=454"], "retry", "STARTTLS"),
    (["--fail", "STARTTLS=554"], "retry", "STARTTLS"),
    (["--drop-in-data"], "retry", ""),
    (["--drop", "DOT"], "retry", "no answer after the final dot"),
    (["--drop-after-dot"], "retry", "no answer after the final dot"),
]


class MailFaults(CostdCase):
    def setUp(self):
        super().setUp()
        self.costd = self.make(CONFIG.format(port=0))
        self.authority = Authority(self.costd.folder)
        self.certificate = self.authority.issue("mail", "DNS:mail.localhost")
        self.port = free_port()
        self.store = os.path.join(self.folder, "mailbox")
        os.makedirs(self.store)
        write_file(self.costd.path("costd.yaml"), CONFIG.format(port=self.port))
        write_file(self.costd.path("password"), "correct horse\n")
        self.costd.start()

    def serve(self, *options, certificate=None, password="correct horse"):
        certificate, key = certificate or self.certificate
        return SmtpServer(self.store, "--tls-cert", certificate, "--tls-key", key, "--auth",
                          f"costd:{password}", *options, port=self.port)

    def message(self):
        """The first message: later ones are alerts about it."""
        return self.costd.json("outbox", "list")[-1]

    def attempt(self, *options, **more):
        """The message after one more attempt at a server that behaves so."""
        server = self.serve(*options, **more)
        try:
            self.costd.costctl("outbox", "retry", self.message()["id"])
            def is_done():
                row = self.message()
                return row if row["attempts"] == 1 and row["state"] != "sending" else None
            return wait_until(is_done, f"the attempt with {options} ended", 30)
        finally:
            server.stop()
            # What costd told about the fault in between is not what this test is about.
            for row in self.costd.json("outbox", "list", "--limit", "1000")[:-1]:
                if row["state"] in ("pending", "retry", "rejected"):
                    self.costd.costctl("outbox", "discard", row["id"], "--yes", expect=None)

    def decide_a_mail(self):
        self.costd.drop("a.jsonl", json_lines([a_record(1, model="m-unknown")]))
        self.costd.run_job("ingest,rollup")
        return wait_until(lambda: self.costd.json("outbox", "list"), "a mail is decided")[-1]

    def test_one_message_survives_every_fault_and_arrives_as_it_was_written(self):
        decided = self.decide_a_mail()
        payload = self.costd.rows("select payload_path from outbox where id = ?", decided["id"])
        written = read_bytes(payload[0][0])
        for options, state, reply in FAULTS:
            with self.subTest(options=options):
                row = self.attempt(*options)
                self.assertEqual(row["state"], state, row["lastReply"])
                self.assertIn(reply, row["lastReply"])
                self.assertEqual(row["messageId"], decided["messageId"])
        with self.subTest("a password that is wrong"):
            row = self.attempt(password="wrong battery")
            self.assertEqual(row["state"], "rejected")
            self.assertIn("535", row["lastReply"])
        self.check_certificates()
        with self.subTest("slow, and well"):
            row = self.attempt("--delay", "0.2")
            self.assertEqual(row["state"], "sent", row["lastReply"])
        self.check_attempts_are_on_record(decided["id"])
        facts, content = self.check_one_message_arrived(written)
        self.assertTrue(facts["tls"])
        self.assertEqual(facts["user"], "costd")
        self.assertIn(b"Message-ID: <" + decided["messageId"].encode() + b">", content)

    def check_attempts_are_on_record(self, message_id):
        shown = self.costd.json("outbox", "show", message_id)
        deliveries = shown["deliveries"]
        self.assertEqual([row["number"] for row in deliveries],
                         list(range(1, len(deliveries) + 1)))
        # Each fault above, the wrong password, three certificates, and the one that went well;
        # before them perhaps one from when there was no server yet.
        asked_for = len(FAULTS) + 1 + 3 + 1
        self.assertIn(len(deliveries), (asked_for, asked_for + 1))
        outcomes = [row["outcome"] for row in deliveries[-asked_for:]]
        # The two whose answer was lost; and the one dropped in the message, which is so short that
        # all of it, with its dot, had been handed over by then.
        self.assertEqual(outcomes[FAULTS.index((["--drop-in-data"], "retry", ""))], "ambiguous")
        self.assertEqual(outcomes.count("ambiguous"), 3)
        self.assertEqual(shown["ambiguousAttempts"], 3)
        self.assertGreaterEqual(self.costd.json("status")["mailsAmbiguous"], 3)
        self.assertEqual(deliveries[-1]["outcome"], "sent")
        self.assertEqual({row["recipient"] for row in deliveries}, {"ops@example.com"})

    def check_certificates(self):
        elsewhere = os.path.join(self.folder, "elsewhere")
        os.makedirs(elsewhere)
        other = Authority(elsewhere)
        for name, certificate, reply in [
                ("another name", self.authority.issue("wrong", "DNS:elsewhere.test"),
                 "subject name"),
                ("expired", self.authority.issue("old", "DNS:mail.localhost", expired=True),
                 "expired"),
                ("unknown authority", other.issue("strange", "DNS:mail.localhost"),
                 "certificate")]:
            with self.subTest(name):
                row = self.attempt(certificate=certificate)
                self.assertEqual(row["state"], "retry")
                self.assertIn(reply, row["lastReply"])

    def check_one_message_arrived(self, written):
        """The copies in the mailbox: one whose answer was lost, and one that was acknowledged."""
        names = sorted(name for name in os.listdir(self.store) if name.endswith(".eml"))
        copies = [read_bytes(os.path.join(self.store, name)) for name in names]
        own = [copy for copy in copies if hashlib.sha256(copy).digest()
               == hashlib.sha256(written).digest()]
        self.assertGreaterEqual(len(own), 1)
        server_facts = os.path.join(self.store, names[-1].removesuffix(".eml") + ".json")
        return json.loads(read_bytes(server_facts)), own[-1]


if __name__ == "__main__":
    unittest.main()
