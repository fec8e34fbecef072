"""What the outbox promises: one statement against a server that fails where it matters.

Each promise is the name of a test. What the server kept is compared byte for byte with what was
written when the mail was decided.
"""

import email
import email.policy
import hashlib
import os
import unittest

from costd_process import (REFUSED, CostdCase, SmtpServer, a_record, free_port, json_lines,
                           read_bytes, wait_until, write_file)

CONFIG = """\
sources:
  - {{ name: gateway, type: spool, path: spool }}
prices: prices.yaml
mail: {{ smtp: "smtp://127.0.0.1:{port}", from: "costd@example.com", attach: [pdf, csv],
    on_ambiguous: {policy} }}
schedules:
  - {{ name: month-end, cron: "0 6 4 * *", time_zone: Europe/Zurich, jobs: [close, chargeback],
      period: previous_month, formats: [pdf, csv], recipients: [finance@example.com] }}
"""
RECIPIENT = "finance@example.com"


class OutboxCase(CostdCase):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.store = os.path.join(self.folder, "mailbox")
        os.makedirs(self.store)

    def start_costd(self, policy="resend"):
        self.costd = self.make(CONFIG.format(port=self.port, policy=policy))
        self.costd.drop("a.jsonl", json_lines([a_record(1)]))
        self.costd.start()
        self.costd.run_job("ingest,rollup")

    def serve(self, *options):
        server = SmtpServer(self.store, *options, port=self.port)
        self.addCleanup(server.stop)
        return server

    def issue(self):
        """A statement as month-end would make it; its mail as it was decided."""
        self.costd.run_job("chargeback", "--period", "2026-10", "--schedule", "month-end")
        return [row for row in self.costd.json("outbox", "list") if not row["supersedes"]][0]

    def show(self, message):
        return self.costd.json("outbox", "show", message["id"])

    def wait_for(self, message, *states):
        def found():
            row = self.show(message)
            return row if row["state"] in states else None
        return wait_until(found, f"the message is {' or '.join(states)}", 40)

    def payload(self, message):
        path = self.costd.rows("select payload_path from outbox where id = ?", message["id"])
        return read_bytes(path[0][0])

    def copies(self, message):
        """What the server kept under the message's Message-ID."""
        mark = b"Message-ID: <" + message["messageId"].encode() + b">"
        contents = [read_bytes(os.path.join(self.store, name))
                    for name in sorted(os.listdir(self.store)) if name.endswith(".eml")]
        return [content for content in contents if mark in content]

    def assert_copies(self, message, count):
        """The server kept the message so often, each time as it was written."""
        self.assertEqual([hashlib.sha256(copy).hexdigest() for copy in self.copies(message)],
                         [hashlib.sha256(self.payload(message)).hexdigest()] * count)

    def problems(self):
        return {problem["kind"]: problem["count"]
                for problem in self.costd.json("status")["problems"]}

    def kill_while_sending(self, policy, *options):
        """A statement whose mail is on its way when costd is killed; the message, costd gone."""
        server = self.serve(*options)
        self.start_costd(policy)
        message = self.issue()
        self.wait_for(message, "sending")
        if options == ("--stall", "ANSWER"):
            wait_until(lambda: self.copies(message), "the server has kept it")
        self.costd.kill()
        server.stop()
        return message


class Lost(OutboxCase):
    def test_a_mail_whose_answer_was_lost_is_sent_again_under_the_same_id_with_the_same_bytes(
            self):
        server = self.serve("--drop-after-dot", "1")
        self.start_costd()
        message = self.issue()
        row = self.wait_for(message, "retry")
        self.assertEqual(row["ambiguousAttempts"], 1)
        self.assertEqual(self.costd.json("status")["mailsAmbiguous"], 1)
        # Also over a restart of costd.
        self.costd.stop()
        self.costd.start()
        self.costd.run_job("deliver")
        row = self.wait_for(message, "sent")
        copies = self.copies(message)
        self.assert_copies(message, 2)
        first, second = (email.message_from_bytes(copy, policy=email.policy.default)
                         for copy in copies)
        for header in ("Message-ID", "Date", "Content-Type", "X-Report-Id", "X-Content-SHA256"):
            self.assertTrue(first[header], header)
            self.assertEqual(first[header], second[header])
        self.assertEqual(first["Auto-Submitted"], "auto-generated")
        self.assertEqual(first["X-Report-Id"], message["reportId"])
        self.assertEqual(row["payloadSha256"], hashlib.sha256(copies[0]).hexdigest())
        self.assertEqual([attempt["outcome"] for attempt in row["deliveries"]],
                         ["ambiguous", "sent"])
        self.assertEqual(len(server.messages()), 2)

    def test_a_mail_that_the_server_lost_without_an_answer_arrives_once(self):
        self.serve("--drop", "DOT*1")
        self.start_costd()
        message = self.issue()
        self.wait_for(message, "retry")
        self.assertEqual(self.copies(message), [])
        self.costd.run_job("deliver")
        self.wait_for(message, "sent")
        self.assert_copies(message, 1)

    def test_a_connection_reset_after_the_250_does_not_send_the_mail_again(self):
        self.serve("--reset-after-250")
        self.start_costd()
        message = self.issue()
        row = self.wait_for(message, "sent")
        self.assertEqual(len(row["deliveries"]), 1)
        self.assertEqual(self.costd.run_job("deliver")["counts"], {})
        self.assertEqual(len(self.copies(message)), 1)


class Killed(OutboxCase):
    def check_it_is_sent_again(self, options, kept):
        message = self.kill_while_sending("resend", "--stall", options)
        self.serve()
        self.costd.start()
        row = self.show(message)
        self.assertEqual((row["state"], row["ambiguousAttempts"]), ("retry", 1))
        self.costd.run_job("deliver")
        row = self.wait_for(message, "sent")
        self.assertEqual([attempt["outcome"] for attempt in row["deliveries"]],
                         ["ambiguous", "sent"])
        self.assert_copies(message, kept + 1)

    def test_a_mail_under_way_when_costd_was_killed_is_sent_again_with_the_same_bytes(self):
        self.check_it_is_sent_again("DOT", 0)

    def test_a_mail_kept_by_the_server_when_costd_was_killed_is_sent_again_with_the_same_bytes(
            self):
        self.check_it_is_sent_again("ANSWER", 1)

    def test_with_hold_a_mail_under_way_when_costd_was_killed_waits_for_a_person(self):
        message = self.kill_while_sending("hold", "--stall", "ANSWER")
        self.serve()
        self.costd.start()
        row = self.show(message)
        self.assertEqual((row["state"], row["ambiguousAttempts"]), ("ambiguous", 1))
        self.assertEqual(self.costd.run_job("deliver")["counts"], {})
        self.costd.stop()
        self.costd.start()
        self.assertEqual(self.show(message)["state"], "ambiguous")
        self.assertEqual(len(self.copies(message)), 1)
        self.assertEqual(self.problems()["AMBIGUOUS"], 1)
        alerts = self.costd.json("alerts", "list")
        self.assertEqual([alert["type"] for alert in alerts], ["finops.message.dead"])
        self.assertIn("nobody knows whether", alerts[0]["title"])
        # A person sends it again: under the same Message-ID, with the same bytes.
        self.costd.costctl("outbox", "retry", message["id"])
        self.wait_for(message, "sent")
        self.assert_copies(message, 2)
        self.assertNotIn("AMBIGUOUS", self.problems())


class Held(OutboxCase):
    def hold(self):
        self.serve("--drop-after-dot", "1")
        self.start_costd("hold")
        message = self.issue()
        self.wait_for(message, "ambiguous")
        return message

    def audit(self):
        return self.costd.rows("select action, object, reason from audit_event"
                               " where action like 'outbox.%' order by seq")

    def test_a_held_mail_that_arrived_is_confirmed_by_a_person_and_audited(self):
        message = self.hold()
        self.assertEqual(self.costd.json("status")["mailsAmbiguous"], 1)
        self.costd.costctl("outbox", "confirm", message["id"], "--reason", "finance has it")
        self.assertEqual(self.show(message)["state"], "sent")
        self.assertEqual(self.audit(), [("outbox.confirm", message["id"], "finance has it")])
        self.assertEqual(len(self.copies(message)), 1)
        self.assertNotIn("AMBIGUOUS", self.problems())
        again = self.costd.costctl("outbox", "confirm", message["id"], expect=REFUSED)
        self.assertIn("was sent already", again.stderr)

    def test_a_held_mail_is_discarded_by_a_person_and_audited(self):
        message = self.hold()
        self.costd.costctl("outbox", "discard", message["id"], "--yes")
        self.assertEqual(self.show(message)["state"], "discarded")
        self.assertEqual(self.audit(), [("outbox.discard", message["id"], "")])

    def test_a_mail_that_cannot_have_arrived_is_not_confirmed(self):
        self.serve("--fail", "RCPT=550")
        self.start_costd("hold")
        message = self.issue()
        self.wait_for(message, "rejected")
        refused = self.costd.costctl("outbox", "confirm", message["id"], expect=REFUSED)
        self.assertIn("cannot have arrived", refused.stderr)
        self.assertEqual(self.show(message)["state"], "rejected")

    def test_a_message_is_shown_with_its_envelope_and_each_attempt(self):
        message = self.hold()
        shown = self.show(message)
        self.assertEqual(shown["envelope"], {"from": "costd@example.com", "to": RECIPIENT})
        self.assertEqual(shown["messageId"], message["messageId"])
        self.assertEqual(shown["payloadSha256"],
                         hashlib.sha256(self.payload(message)).hexdigest())
        (attempt,) = shown["deliveries"]
        self.assertEqual((attempt["number"], attempt["recipient"], attempt["outcome"]),
                         (1, RECIPIENT, "ambiguous"))
        self.assertIn("no answer after the final dot", attempt["reply"])
        self.assertLessEqual(attempt["startedAt"], attempt["endedAt"])
        table = self.costd.costctl("outbox", "show", message["id"]).stdout
        for part in (message["messageId"], RECIPIENT, shown["payloadSha256"], "ambiguous",
                     "no answer after the final dot"):
            self.assertIn(part, table)
        missing = self.costd.costctl("outbox", "show", "01J", expect=None)
        self.assertIn("there is no message 01J", missing.stderr)


class TooLarge(OutboxCase):
    def test_a_message_too_large_for_the_server_is_superseded_by_one_that_says_where_the_report_is(
            self):
        self.start_costd()
        for options in (["--fail", "MAIL=552*1"], ["--fail", "RCPT=552*1"],
                        ["--fail", "DATA=552*1"], ["--fail", "DOT=552*1"],
                        ["--fail", "DOT=523*1"], ["--size-limit", "20000"]):
            with self.subTest(options=options):
                server = self.serve(*options)
                message = self.issue()
                self.check_note(self.wait_for(message, "superseded"))
                server.stop()
        self.assertEqual(self.costd.json("alerts", "list"), [])
        self.assertEqual(self.problems().get("UNDELIVERED", 0), 0)

    def check_note(self, large):
        self.assertGreater(len(self.payload(large)), 20_000)
        self.assertEqual(large["deliveries"][-1]["outcome"], "too_large")
        note = self.wait_for({"id": large["supersededBy"]}, "sent")
        self.assertEqual(note["supersedes"], large["id"])
        self.assertEqual((note["recipient"], note["subject"]),
                         (large["recipient"], large["subject"]))
        self.assertNotEqual(note["messageId"], large["messageId"])
        self.assertEqual(self.copies(large), [])
        (content,) = self.copies(note)
        mail = email.message_from_bytes(content, policy=email.policy.default)
        self.assertEqual(mail["Subject"], large["subject"])
        self.assertEqual(mail["X-Report-Id"], large["reportId"])
        self.assertEqual(list(mail.iter_attachments()), [])
        report = self.costd.json("chargeback", "show", large["reportId"])
        for kind in ("plain", "html"):
            text = mail.get_body((kind,)).get_content()
            self.assertIn(f"costctl chargeback download {large['reportId']} --to DIR", text)
            self.assertIn(large["deliveries"][-1]["reply"], text)
            for file in report["files"]:
                self.assertIn(file["fileName"], text)
                self.assertIn(file["sha256"], text)

    def test_the_command_in_the_note_gives_the_files_with_their_hashes(self):
        self.start_costd()
        self.serve("--fail", "DOT=552*1")
        large = self.wait_for(self.issue(), "superseded")
        target = os.path.join(self.folder, "files")
        os.makedirs(target)
        self.costd.costctl("chargeback", "download", large["reportId"], "--to", target)
        report = self.costd.json("chargeback", "show", large["reportId"])
        self.assertEqual({name: hashlib.sha256(read_bytes(os.path.join(target, name))).hexdigest()
                          for name in os.listdir(target)
                          if not name.endswith((".sig", ".manifest.json"))},
                         {file["fileName"]: file["sha256"] for file in report["files"]})

    def test_a_note_too_large_as_well_is_rejected_with_an_alert(self):
        self.serve("--size-limit", "1000")
        self.start_costd()
        large = self.wait_for(self.issue(), "superseded")
        note = self.wait_for({"id": large["supersededBy"]}, "rejected")
        self.assertEqual(note["supersedes"], large["id"])
        self.assertEqual(len(self.costd.json("outbox", "list")), 2)
        self.assertEqual(len(self.costd.json("alerts", "list")), 1)
        self.assertEqual(self.problems()["UNDELIVERED"], 1)


class Stalled(OutboxCase):
    def test_a_server_that_stalls_at_any_verb_keeps_no_run_waiting(self):
        self.start_costd()
        message = None
        for number, verb in enumerate(("GREETING", "EHLO", "MAIL", "RCPT", "DATA", "DOT",
                                       "ANSWER")):
            with self.subTest(verb):
                server = self.serve("--stall", verb)
                if message:
                    self.costd.costctl("outbox", "retry", message["id"])
                else:
                    message = self.issue()
                self.wait_for(message, "sending")
                self.costd.drop(f"b{number}.jsonl", json_lines([a_record(10 + number)]))
                run = self.costd.run_job("ingest,rollup")
                self.assertEqual(run["state"], "succeeded")
                self.assertEqual(run["counts"]["records"], 1)
                if verb == "ANSWER":  # even the delivery itself, asked for by name
                    self.assertEqual(self.costd.run_job("deliver")["state"], "succeeded")
                self.assertEqual(self.show(message)["state"], "sending")
                server.stop()
                self.wait_for(message, "retry")
        self.serve()
        self.costd.run_job("deliver")
        row = self.wait_for(message, "sent")
        self.assertEqual([attempt["outcome"] for attempt in row["deliveries"]],
                         ["retry"] * 5 + ["ambiguous"] * 2 + ["sent"])
        self.assert_copies(message, 2)


class Refused(OutboxCase):
    def test_a_recipient_refused_is_visible_on_that_recipient_alone(self):
        self.serve("--fail", "RCPT=550*1")
        self.start_costd()
        config = read_bytes(self.costd.path("costd.yaml")).decode()
        self.costd.stop()
        write_file(self.costd.path("costd.yaml"),
                   config.replace(f"[{RECIPIENT}]", f"[{RECIPIENT}, cfo@example.com]"))
        self.costd.start()
        self.issue()
        rows = wait_until(lambda: [row for row in self.costd.json("outbox", "list")
                                   if row["state"] in ("sent", "rejected")][1:] and
                          self.costd.json("outbox", "list"), "both were tried")
        self.assertEqual(sorted(row["state"] for row in rows), ["rejected", "sent"])
        for row in rows:
            (attempt,) = self.show(row)["deliveries"]
            self.assertEqual((attempt["recipient"], attempt["outcome"]),
                             (row["recipient"], row["state"]))
            self.assertTrue(attempt["reply"].startswith(
                "550" if row["state"] == "rejected" else "250"), attempt["reply"])

    def test_a_refusal_for_now_at_any_verb_is_a_retry_with_the_servers_reply(self):
        self.start_costd()
        message = self.issue()
        self.wait_for(message, "retry")  # nobody serves yet
        # EHLO is not among them: where it is refused, HELO is tried.
        for verb in ("GREETING", "MAIL", "RCPT", "DATA", "DOT"):
            with self.subTest(verb):
                server = self.serve("--fail", f"{verb}=451")
                self.costd.costctl("outbox", "retry", message["id"])
                row = self.wait_for(message, "retry")
                self.assertEqual(row["lastReply"], f"451 {verb} refused by the test")
                self.assertGreater(row["notBefore"], row["updatedAt"])
                server.stop()
        self.assertEqual(self.copies(message), [])


if __name__ == "__main__":
    unittest.main()
