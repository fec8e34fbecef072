"""Alerts reach people and webhooks: signed, once, sooner or later, and nowhere they must not go."""

import email
import email.policy
import json
import os
import unittest
from datetime import datetime

from certificates import Authority
from costd_process import (CostdCase, REFUSED, SmtpServer, USAGE, a_record, free_port,
                           json_lines, read_bytes, wait_until, write_file)
from webhook_receiver import Receiver, signature_of

NEW_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "an old secret that is still honoured"

CONFIG = """\
sources:
  - {{ name: gateway, type: spool, path: spool }}
prices: prices.yaml
{mail}
alerts:
  recipients: [{recipients}]
  allow_loopback: {loopback}
  attempts: {attempts}
{webhooks}
"""


class AlertCase(CostdCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.certificate = self.authority.issue("server", "DNS:localhost,IP:127.0.0.1")

    def receiver(self, *answers, certificate="own", port=0):
        receiver = Receiver(answers or ((200, {}, b"ok"),),
                            self.certificate if certificate == "own" else certificate, port)
        self.addCleanup(receiver.stop)
        return receiver

    def hook(self, url, name="pager", secrets=("new.secret",), ca="ca.pem", types=None):
        chosen = f", types: [{', '.join(types)}]" if types else ""
        path = os.path.join(self.folder, ca)
        return (f"    - {{ name: {name}, url: \"{url}\", ca_file: \"{path}\","
                f" secret_files: [{', '.join(secrets)}]{chosen} }}")

    def start_with(self, *hooks, mail_port=None, loopback="true", attempts=20):
        mail = (f'mail: {{ smtp: "smtp://127.0.0.1:{mail_port}", from: "costd@example.com" }}'
                if mail_port else "")
        config = CONFIG.format(mail=mail, recipients="ops@example.com" if mail_port else "",
                               loopback=loopback, attempts=attempts,
                               webhooks="\n".join(["  webhooks:", *hooks] if hooks else []))
        costd = self.make(config)
        write_file(costd.path("new.secret"), NEW_SECRET + "\n")
        write_file(costd.path("old.secret"), OLD_SECRET)
        return costd.start()

    def mail_server(self, *options, port=0):
        store = os.path.join(self.folder, "mailbox")
        os.makedirs(store, exist_ok=True)
        server = SmtpServer(store, *options, port=port)
        self.addCleanup(server.stop)
        return server

    def fail_a_run(self, costd):
        """A run that cannot succeed: it does not say of which days. Its id."""
        result = costd.costctl("run", "chargeback", "--wait", form="json", expect=None)
        self.assertNotEqual(result.returncode, 0)
        return json.loads(result.stdout)["id"]

    def wait_for(self, costd, state, count=1, channel=None):
        def found():
            rows = [row for row in costd.json("outbox", "list") if row["state"] == state
                    and channel in (None, row["channel"])]
            return rows if len(rows) == count else None
        return wait_until(found, f"{count} messages are {state}", 20)

    def wait_for_reply(self, costd, tries=1):
        """The one message, after so many attempts, waiting or given up."""
        def found():
            rows = [row for row in costd.json("outbox", "list") if row["kind"] != "dead_letter"]
            done = rows and rows[0]["attempts"] >= tries and rows[0]["state"] != "sending"
            return rows[0] if done else None
        return wait_until(found, f"{tries} attempts were made", 30)


class Webhook(AlertCase):
    def test_a_failed_run_arrives_as_a_signed_cloud_event(self):
        receiver = self.receiver()
        costd = self.start_with(self.hook(f"https://localhost:{receiver.port}/hook?a=b",
                                          secrets=("new.secret", "old.secret")))
        run = self.fail_a_run(costd)
        self.wait_for(costd, "sent")
        self.assertEqual(len(receiver.received), 1)
        request = receiver.received[0]
        event = json.loads(request.body)
        alert = costd.json("alerts", "list")[0]
        self.assertEqual(request.path, "/hook?a=b")
        self.assertEqual(request.headers["content-type"],
                         "application/cloudevents+json; charset=utf-8")
        self.assertEqual((event["specversion"], event["type"], event["subject"]),
                         ("1.0", "finops.run.failed", "runs/" + run))
        self.assertEqual(event["id"], alert["id"])
        self.assertEqual(request.id, alert["id"])
        self.assertRegex(event["source"], "^urn:costd:[0-9a-f]{32}$")
        self.assertEqual(event["time"], alert["raisedAt"])
        self.assertEqual(event["data"]["id"], run)
        self.assertEqual(event["data"]["title"], alert["title"])
        # Rotation: a receiver with either secret accepts it, one with another does not.
        self.assertEqual(len(request.signatures()), 2)
        self.assertTrue(request.is_signed_by(NEW_SECRET))
        self.assertTrue(request.is_signed_by(OLD_SECRET))
        self.assertFalse(request.is_signed_by("a secret that nobody was told of"))
        self.assertLess(abs(int(request.headers["webhook-timestamp"]) - request.at), 60)

    def test_the_check_of_this_test_is_the_published_one(self):
        self.assertEqual(signature_of(NEW_SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                                      b'{"test": 2432232314}'),
                         "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")

    def test_a_webhook_gets_only_the_types_it_asked_for(self):
        receiver = self.receiver()
        other = self.receiver()
        costd = self.start_with(
            self.hook(f"https://localhost:{receiver.port}/", types=["finops.usage.unpriced"]),
            self.hook(f"https://localhost:{other.port}/", name="all"))
        self.fail_a_run(costd)
        costd.drop("a.jsonl", json_lines([a_record(1, model="m-unknown"), b"{broken"]))
        costd.run_job("ingest,rollup")
        self.wait_for(costd, "sent", 4)
        self.assertEqual([json.loads(request.body)["type"] for request in receiver.received],
                         ["finops.usage.unpriced"])
        self.assertEqual(sorted(json.loads(request.body)["type"] for request in other.received),
                         ["finops.file.quarantined", "finops.run.failed", "finops.usage.unpriced"])
        costd.run_job("ingest,rollup")
        self.assertEqual(len(costd.json("alerts", "list")), 3)

    def test_refusals_are_tried_again_with_the_same_id_and_bytes(self):
        receiver = self.receiver((500, {}, b"broken\x1b[31m"), (404, {}, b""),
                                 (429, {"Retry-After": "3600"}, b""), (204, {}, b""))
        costd = self.start_with(self.hook(f"https://localhost:{receiver.port}/"))
        self.fail_a_run(costd)
        row = self.wait_for_reply(costd, 1)
        self.assertEqual((row["state"], row["lastReply"]), ("retry", "500: broken?[31m"))
        costd.run_job("deliver")
        self.assertEqual(self.wait_for_reply(costd, 2)["lastReply"], "404")
        costd.run_job("deliver")
        asked = self.wait_for_reply(costd, 3)
        self.assertEqual(asked["lastReply"], "429")
        updated, due = (asked[name] for name in ("updatedAt", "notBefore"))
        self.assertGreaterEqual(seconds_between(updated, due), 3600)
        costd.run_job("deliver")
        self.wait_for(costd, "sent")
        self.assertEqual(len({(request.id, request.body) for request in receiver.received}), 1)
        self.assertEqual(len(receiver.received), 4)

    def test_410_is_for_good(self):
        receiver = self.receiver((410, {}, b""))
        costd = self.start_with(self.hook(f"https://localhost:{receiver.port}/"))
        self.fail_a_run(costd)
        row = self.wait_for_reply(costd)
        self.assertEqual(row["state"], "rejected")
        self.assertIn("remove the webhook", row["lastReply"])

    def test_a_redirect_is_not_followed(self):
        target = self.receiver()
        receiver = self.receiver((307, {"Location": f"https://localhost:{target.port}/"}, b""))
        costd = self.start_with(self.hook(f"https://localhost:{receiver.port}/"))
        self.fail_a_run(costd)
        row = self.wait_for_reply(costd)
        self.assertEqual(row["state"], "retry")
        self.assertIn("307: redirects are not followed", row["lastReply"])
        self.assertEqual(target.received, [])

    def test_loopback_and_private_addresses_are_refused(self):
        receiver = self.receiver()
        costd = self.start_with(
            self.hook(f"https://localhost:{receiver.port}/", name="loopback"),
            self.hook("https://10.1.2.3/", name="private"),
            self.hook("https://169.254.169.254/latest/meta-data", name="metadata"),
            self.hook("https://[fd00::1]/", name="ula"),
            self.hook(f"https://2130706433:{receiver.port}/", name="number"), loopback="false")
        self.fail_a_run(costd)
        def ended():
            rows = [row for row in costd.json("outbox", "list", "--limit", "1000")
                    if row["kind"] == "alert"]
            return rows if len(rows) == 5 and all(r["state"] == "rejected" for r in rows) else None
        for row in wait_until(ended, "all five are rejected"):
            self.assertRegex(row["lastReply"], "loopback address|private or reserved address")
        self.assertEqual(receiver.received, [])

    def test_a_proxy_of_the_environment_is_not_used(self):
        proxy = self.receiver(certificate=None)
        receiver = self.receiver()
        for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"):
            before = os.environ.get(name)
            os.environ[name] = f"http://127.0.0.1:{proxy.port}"
            self.addCleanup(lambda n=name, b=before: os.environ.pop(n, None) if b is None
                            else os.environ.__setitem__(n, b))
        costd = self.start_with(self.hook(f"https://localhost:{receiver.port}/"))
        self.fail_a_run(costd)
        self.wait_for(costd, "sent")
        self.assertEqual(proxy.received, [])

    def test_a_certificate_that_does_not_hold_gets_nothing(self):
        other = Authority(self.folder, "other")
        receivers = {
            "unknown": (self.receiver(certificate=other.issue("strange", "DNS:localhost")),
                        "certificate"),
            "name": (self.receiver(certificate=self.authority.issue("name", "DNS:elsewhere.test")),
                     "subject name"),
            "expired": (self.receiver(certificate=self.authority.issue(
                "expired", "DNS:localhost", expired=True)), "expired")}
        costd = self.start_with(*(self.hook(f"https://localhost:{receiver.port}/", name=name)
                                  for name, (receiver, _) in receivers.items()))
        self.fail_a_run(costd)
        def tried():
            rows = costd.json("outbox", "list")
            return rows if len(rows) == 3 and all(r["lastReply"] for r in rows) else None
        for row in wait_until(tried, "each was tried"):
            receiver, reason = receivers[row["recipient"]]
            self.assertEqual(row["state"], "retry")
            self.assertIn(reason, row["lastReply"])
            self.assertEqual(receiver.received, [])

    def test_a_huge_answer_counts_by_its_status_and_is_not_read(self):
        def endless(handler):
            handler.send_response(200)
            handler.end_headers()
            for _ in range(100_000):
                handler.wfile.write(b"x" * 65536)
        receiver = self.receiver(endless)
        costd = self.start_with(self.hook(f"https://localhost:{receiver.port}/"))
        self.fail_a_run(costd)
        self.assertLess(len(self.wait_for(costd, "sent")[0]["lastReply"]), 300)

    def test_a_slow_answer_is_cut_off_and_holds_nobody_up(self):
        receiver = self.receiver(lambda handler: receiver.released.wait(60))
        quick = self.receiver()
        costd = self.start_with(self.hook(f"https://localhost:{receiver.port}/", name="slow"),
                                self.hook(f"https://localhost:{quick.port}/", name="quick"))
        self.fail_a_run(costd)
        self.assertEqual(self.wait_for(costd, "sent")[0]["recipient"], "quick")
        row = self.wait_for(costd, "retry")[0]
        self.assertEqual(row["recipient"], "slow")
        self.assertIn("no answer", row["lastReply"])

    def test_a_kill_between_sending_and_knowing_sends_the_same_id_again(self):
        receiver = self.receiver(lambda handler: receiver.released.wait(60), (200, {}, b""))
        costd = self.start_with(self.hook(f"https://localhost:{receiver.port}/"))
        self.fail_a_run(costd)
        wait_until(lambda: receiver.received, "the first attempt arrived")
        costd.kill()
        costd.start()
        row = self.wait_for(costd, "sent")[0]
        self.assertEqual(row["attempts"], 2)
        self.assertEqual(len(receiver.received), 2)
        self.assertEqual(len({(request.id, request.body) for request in receiver.received}), 1)

    def test_no_secret_and_no_url_is_shown_anywhere(self):
        receiver = self.receiver((500, {}, b""))
        costd = self.start_with(self.hook(f"https://localhost:{receiver.port}/t0ken-in-the-path"))
        self.fail_a_run(costd)
        self.wait_for_reply(costd)
        shown = costd.log() + json.dumps([costd.json(*words) for words in (
            ["outbox", "list"], ["alerts", "list"], ["status"])])
        for secret in ("t0ken-in-the-path", NEW_SECRET, NEW_SECRET[6:]):
            self.assertNotIn(secret, shown)

    def test_a_secret_that_is_too_short_stops_the_start_by_the_name_of_its_file(self):
        costd = self.make(CONFIG.format(mail="", recipients="", loopback="true", attempts=1,
                                        webhooks="  webhooks:\n"
                                        + self.hook("https://localhost:1/")))
        write_file(costd.path("new.secret"), "hunter2")
        costd.launch()
        self.assertEqual(costd.process.wait(timeout=20), USAGE)
        costd.process = None
        self.assertIn("new.secret: webhook \"pager\": the secret has 7 bytes", costd.log())
        self.assertNotIn("hunter2", costd.log())


def seconds_between(first, second):
    moments = [datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (first, second)]
    return (moments[1] - moments[0]).total_seconds()


class DeadLetters(AlertCase):
    def test_a_message_given_up_is_told_by_mail_and_can_be_sent_again(self):
        server = self.mail_server()
        port = free_port()
        costd = self.start_with(self.hook(f"https://localhost:{port}/"), mail_port=server.port,
                                attempts=1)
        self.fail_a_run(costd)
        # The alert and its dead letter by mail; both are dead at the webhook, and that is the end.
        self.wait_for(costd, "sent", 2, "mail")
        dead = self.wait_for(costd, "dead", 2, "webhook")
        self.assertEqual([alert["type"] for alert in costd.json("alerts", "list")],
                         ["finops.message.dead", "finops.run.failed"])
        subjects = sorted(str(parsed(content)["Subject"]) for _, content in server.messages())
        self.assertRegex(subjects[0], "^Failed run: the run of chargeback failed")
        self.assertRegex(subjects[1], "^Undelivered: the webhook message to pager was given up")
        receiver = self.receiver(port=port)
        for row in dead:
            costd.costctl("outbox", "retry", row["id"])
        self.wait_for(costd, "sent", 2, "webhook")
        self.assertEqual({request.id for request in receiver.received},
                         {row["messageId"] for row in dead})
        again = costd.costctl("outbox", "retry", dead[0]["id"], expect=REFUSED)
        self.assertIn("was sent already", again.stderr)

    def test_discarding_asks_and_is_audited(self):
        costd = self.start_with(self.hook(f"https://localhost:{free_port()}/"), attempts=1)
        self.fail_a_run(costd)
        message = [row for row in self.wait_for(costd, "dead", 2) if row["kind"] == "alert"][0]
        refused = costd.costctl("outbox", "discard", message["id"], expect=USAGE)
        self.assertIn("--yes", refused.stderr)
        costd.costctl("outbox", "discard", message["id"], "--reason", "no longer of use", "--yes")
        self.assertEqual(self.wait_for(costd, "discarded")[0]["id"], message["id"])
        events = costd.rows("select action, object, reason from audit_event"
                            " where action like 'outbox.%'")
        self.assertEqual(events, [("outbox.discard", message["id"], "no longer of use")])
        problems = {problem["kind"]: problem["count"]
                    for problem in costd.json("status")["problems"]}
        self.assertEqual(problems["UNDELIVERED"], 1)  # the dead letter itself
        missing = costd.costctl("outbox", "discard", "01J", "--yes", expect=None)
        self.assertIn("there is no message 01J", missing.stderr)

    def test_a_webhook_that_left_the_configuration_leaves_no_message_waiting(self):
        costd = self.start_with(self.hook(f"https://localhost:{free_port()}/", name="old"))
        self.fail_a_run(costd)
        self.wait_for(costd, "retry")
        costd.stop()
        config = read_bytes(costd.path("costd.yaml"))
        write_file(costd.path("costd.yaml"), config.replace(b"name: old", b"name: new"))
        costd.start()
        row = self.wait_for(costd, "rejected")[0]
        self.assertIn('no webhook "old" is configured', row["lastReply"])


class Mail(AlertCase):
    def test_an_alert_is_a_mail_in_text_and_html_once(self):
        server = self.mail_server()
        costd = self.start_with(mail_port=server.port)
        costd.drop("a.jsonl", json_lines([a_record(1, model="m-<unknown>")]))
        costd.run_job("ingest,rollup")
        self.wait_for(costd, "sent")
        costd.drop("b.jsonl", json_lines([a_record(2, model="m-<unknown>")]))
        costd.run_job("ingest,rollup")
        self.assertEqual(len(server.messages()), 1)
        message = parsed(server.messages()[0][1])
        self.assertEqual(message["Subject"], "No price: model m-<unknown> of alpha has no price"
                         " since 2026-10-05: 1 request is in no total")
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertEqual(message["X-Alert-Type"], "finops.usage.unpriced")
        text = message.get_body(("plain",)).get_content()
        self.assertIn("Model: m-<unknown>", text)
        self.assertIn("costctl prices explain 'm-<unknown>' --provider alpha", text)
        html = message.get_body(("html",)).get_content()
        self.assertIn("m-&lt;unknown&gt;", html)
        self.assertNotIn("<unknown>", html)


def parsed(message):
    return email.message_from_bytes(message, policy=email.policy.default)


if __name__ == "__main__":
    unittest.main()
