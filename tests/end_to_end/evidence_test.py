"""What a site says about itself: from its file and over the API, kept, refused, and audited."""

import hashlib
import json
import unittest

from costd_process import DONE, REFUSED, USAGE, CostdCase, a_record, json_lines, write_file

CONFIG = """\
sources:
  - { name: gateway, type: spool, path: spool }
prices: prices.yaml
tenants: tenants.yaml
compliance: { evidence: evidence.yaml, soc2_categories: [security, availability] }
"""
TENANTS = """\
tenants:
  - { id: acme, name: Acme, region: eu, metadata: { pii.mode: block },
      settings: { pii: { mode: redact } } }
"""
EVIDENCE = """\
organization: { dpo: dpo@example.com, processor_for: [acme] }
policies:
  - { id: pii-v1, tenant: acme, version: 1, status: ACTIVE, dsl: "redact iban" }
"""


def canonical_hash(kind, name, tenant, fields):
    """SHA-256 of the record as the audit chain means it."""
    text = json.dumps({"fields": fields, "id": name, "kind": kind, "tenant": tenant},
                      sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class Evidence(CostdCase):
    def setUp(self):
        super().setUp()
        self.costd = self.make(CONFIG)
        write_file(self.costd.path("tenants.yaml"), TENANTS)
        write_file(self.costd.path("evidence.yaml"), EVIDENCE)

    def list(self, kind, *words):
        return self.costd.json("evidence", "list", kind, *words)

    def events(self, action):
        """[(object, before, after, reason)], oldest first"""
        return self.costd.rows("select object, before_sha256, after_sha256, reason from audit_event"
                               " where action = ? order by seq", action)

    def verify_chain(self):
        self.assertEqual(self.costd.json("audit", "verify")["result"], "PASS")

    def test_the_file_is_applied_at_start_and_reload_and_only_its_changes_are_events(self):
        costd = self.costd.start()
        policy, = self.list("policies")
        self.assertEqual(policy["dslSha256"], hashlib.sha256(b"redact iban").hexdigest())
        self.assertEqual((policy["tenantId"], policy["version"], policy["origin"]),
                         ("acme", 1, "file"))
        self.assertEqual(self.list("organization")[0]["processorFor"], ["acme"])
        self.assertEqual([event[3] for event in self.events("evidence.configure")],
                         ["2 added, 0 changed, 0 removed"])
        costd.stop()
        costd.start()
        self.assertEqual(len(self.events("evidence.configure")), 1)
        write_file(costd.path("evidence.yaml"), EVIDENCE.replace("ACTIVE", "ARCHIVED"))
        costd.costctl("reload")
        self.assertEqual(self.list("policies")[0]["status"], "ARCHIVED")
        first, second = self.events("evidence.configure")
        self.assertEqual(second[3], "0 added, 1 changed, 0 removed")
        self.assertEqual(second[1], first[2])
        self.assertTrue(second[0].endswith("/evidence.yaml"))
        self.verify_chain()

    def test_a_wrong_file_is_refused_with_its_place_and_a_reload_changes_nothing(self):
        costd = self.costd.start()
        write_file(costd.path("evidence.yaml"), EVIDENCE + "reviews: [{ id: r, what: ACCES }]\n")
        answer = costd.costctl("reload", expect=None)
        self.assertNotEqual(answer.returncode, DONE)
        self.assertIn("evidence.yaml:4:26: 'what' is \"ACCES\"", answer.stderr)
        self.assertEqual(self.list("reviews"), [])
        self.assertEqual(len(self.list("policies")), 1)

    def test_records_over_the_api_are_kept_and_each_change_is_an_event(self):
        costd = self.costd.start()
        record = costd.json("evidence", "set", "reviews", "q3", "what=access", "at=2026-10-08",
                            "reviewer=m@example.com")
        self.assertEqual(record["what"], "ACCESS")
        costd.costctl("evidence", "set", "reviews", "q3", "findings=none", "reviewer=",
                      "--tenant", "acme")
        costd.stop()
        costd.start()
        review, = self.list("reviews", "--tenant", "acme")
        self.assertEqual((review["findings"], review["tenantId"]), ("none", "acme"))
        self.assertIn("reviewer", review["notProvided"])
        costd.costctl("evidence", "delete", "reviews", "q3", expect=USAGE)
        costd.costctl("evidence", "delete", "reviews", "q3", "--yes")
        self.assertEqual(self.list("reviews"), [])
        begun = canonical_hash("reviews", "q3", "", {"what": "ACCESS", "at": "2026-10-08",
                                                     "reviewer": "m@example.com"})
        changed = canonical_hash("reviews", "q3", "acme", {"what": "ACCESS", "at": "2026-10-08",
                                                           "findings": "none"})
        self.assertEqual([event[:3] for event in self.events("evidence.set")],
                         [("reviews/q3", "", begun), ("reviews/q3", begun, changed)])
        self.assertEqual([event[:3] for event in self.events("evidence.delete")],
                         [("reviews/q3", changed, "")])
        self.verify_chain()

    def test_a_record_of_the_file_is_changed_there_alone(self):
        costd = self.costd.start()
        for words in (("set", "policies", "pii-v1", "status=DRAFT"),
                      ("delete", "policies", "pii-v1", "--yes")):
            answer = costd.costctl("evidence", *words, expect=REFUSED)
            self.assertIn(costd.path("evidence.yaml"), answer.stderr)
        self.assertEqual(self.list("policies")[0]["status"], "ACTIVE")
        self.assertEqual(self.events("evidence.set") + self.events("evidence.delete"), [])

    def test_an_id_that_comes_into_the_file_is_taken_over(self):
        costd = self.costd.start()
        costd.costctl("evidence", "set", "policies", "pii-v2", "status=DRAFT")
        write_file(costd.path("evidence.yaml"),
                   EVIDENCE + "  - { id: pii-v2, status: ACTIVE }\n")
        costd.costctl("reload")
        self.assertEqual([(row["status"], row["origin"]) for row in self.list("policies")],
                         [("ACTIVE", "file"), ("ACTIVE", "file")])
        self.assertIn("in place of what was set over the API: policies/pii-v2",
                      self.events("evidence.configure")[-1][3])

    def test_key_material_is_refused_and_stored_nowhere(self):
        costd = self.costd.start()
        key = "sk-proj-0123456789abcdefghij"
        for words in (("keyHash=" + key,), ("name=" + key,)):
            answer = costd.costctl("evidence", "set", "api-keys", "k", *words, expect=USAGE)
            self.assertIn("costd keeps no key material", answer.stderr)
            self.assertNotIn(key, answer.stderr + answer.stdout)
        self.assertNotIn(key, costd.log())
        self.assertEqual(self.list("api-keys"), [])

    def test_tenants_set_over_the_api_survive_a_restart(self):
        costd = self.costd.start()
        acme = costd.json("tenants", "show", "acme")
        self.assertEqual((acme["origin"], acme["effectiveMetadata"]),
                         ("file", {"pii.mode": "redact"}))
        costd.drop("1.jsonl", json_lines([a_record(1, tenantId="seen")]))
        costd.run_job("ingest")
        self.assertEqual(costd.json("tenants", "show", "seen")["origin"], "usage")
        costd.costctl("tenants", "set", "seen", "region=us", "metadata.pii.mode=block",
                      "settings.guardrail.level=high")
        costd.costctl("tenants", "set", "new", "name=New & Co")
        costd.stop()
        costd.start()
        seen = costd.json("tenants", "show", "seen")
        self.assertEqual((seen["region"], seen["origin"]), ("us", "api"))
        self.assertEqual(seen["effectiveMetadata"],
                         {"guardrail.level": "high", "pii.mode": "block"})
        self.assertEqual(costd.json("tenants", "show", "new")["name"], "New & Co")
        costd.costctl("tenants", "set", "seen", "settings.guardrail.level=", "region=")
        self.assertEqual(costd.json("tenants", "show", "seen")["settings"], {})
        answer = costd.costctl("tenants", "set", "acme", "region=us", expect=REFUSED)
        self.assertIn(costd.path("tenants.yaml"), answer.stderr)
        events = self.events("tenants.set")
        self.assertEqual([event[0] for event in events], ["seen", "new", "seen"])
        self.assertEqual(events[2][1], events[0][2])
        self.assertIn("needs --yes", costd.costctl("tenants", "delete", "new", expect=USAGE).stderr)
        costd.costctl("tenants", "delete", "new", "--yes")
        costd.costctl("tenants", "show", "new", expect=USAGE)
        costd.costctl("tenants", "delete", "seen", "--yes")
        self.assertEqual(costd.json("tenants", "show", "seen")["origin"], "usage")
        self.verify_chain()

    def test_every_kind_is_listed_and_has_a_list(self):
        costd = self.costd.start()
        kinds = costd.json("evidence", "kinds")
        self.assertEqual({kind["kind"]: kind["records"] for kind in kinds if kind["records"]},
                         {"organization": 1, "policies": 1})
        for kind in kinds:
            self.assertTrue(costd.costctl("evidence", "list", kind["kind"]).stdout)
        self.assertIn("processing-activities", costd.costctl("evidence", "kinds").stdout)


if __name__ == "__main__":
    unittest.main()
