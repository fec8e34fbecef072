#!/usr/bin/python3
"""Prices through costctl: what a change does to the costs is said before, and done at once."""

import json
import os
import pty
import subprocess
import unittest

from costd_process import (COSTCTL, REFUSED, USAGE, CostdCase, a_record, json_lines,
                           write_file)

PRICES = """\
prices:
  - { model: m-file, input: 1, output: 2, effective: 2026-01-01 }
"""
CONFIG = """\
sources:
  - { name: gateway, type: spool, path: spool }
prices: prices.yaml
"""
MAP = {
    "sample_spec": {"input_cost_per_token": 0.0, "litellm_provider": "one of"},
    "alpha/m-map": {"litellm_provider": "alpha", "mode": "chat", "input_cost_per_token": 2e-06,
                    "output_cost_per_token": 8e-06, "input_cost_per_token_batches": 1e-06,
                    "output_cost_per_token_batches": 4e-06},
    "m-picture": {"litellm_provider": "alpha", "output_cost_per_image": 0.04},
    "m-odd": {"litellm_provider": "alpha", "input_cost_per_token": 1.23456789e-07,
              "output_cost_per_token": 1e-06},
}


def add(model, *more, output="8", day="2026-10-05"):
    return ("prices", "add", "--model", model, "--effective", day, "--input", "2", "--output",
            output, *more)


class Prices(CostdCase):
    def start_with_usage(self):
        """1,000 tokens in and 100 out of m-new on 4, 5 and 6 October, of acme and of bolt."""
        costd = self.make(CONFIG, PRICES)
        costd.drop("a.jsonl", json_lines(
            a_record(number, model="m-new", tenantId="acme" if number % 2 else "bolt",
                     timestamp=f"2026-10-0{4 + number // 2}T12:00:00Z") for number in range(6)))
        costd.start()
        costd.run_job("ingest,rollup")
        return costd

    def state(self, costd):
        """What must not change when nothing is to change."""
        return (costd.get("/v1/admin/pricing?history=true"), costd.json("costs", "summary"),
                costd.rows("select count(*) from audit_event"))

    def test_an_added_price_holds_at_once_and_says_what_it_changes(self):
        costd = self.start_with_usage()
        before = self.state(costd)
        trial = costd.json(*add("m-new", "--dry-run"))
        self.assertEqual(self.state(costd), before)
        done = costd.json(*add("m-new"))
        # on the 5th and 6th: 1,000*2 + 100*8 = 2,800 millionths each, for either tenant
        for answer in (trial, done):
            self.assertEqual(answer["reprice"]["from"], "2026-10-05")
            self.assertEqual(answer["reprice"]["difference"], "0.011200000000")
            self.assertEqual(answer["reprice"]["newlyPricedRequests"], 4)
            self.assertEqual([(group["tenantId"], group["model"], group["before"], group["after"])
                              for group in answer["reprice"]["groups"]],
                             [("acme", "m-new", "0.000000000000", "0.005600000000"),
                              ("bolt", "m-new", "0.000000000000", "0.005600000000")])
        summary = costd.json("costs", "summary")
        self.assertEqual((summary["totalCost"], summary["unpricedRequests"]),
                         ("0.011200000000", 2))

    def test_a_deleted_price_stays_in_the_history(self):
        costd = self.start_with_usage()
        price = costd.json(*add("m-new"))["id"]
        before = self.state(costd)
        trial = costd.json("prices", "delete", price, "--dry-run")
        self.assertEqual(trial["reprice"]["difference"], "-0.011200000000")
        self.assertEqual(self.state(costd), before)
        # Nobody can be asked here, so nothing is deleted without --yes.
        refused = costd.costctl("prices", "delete", price, expect=USAGE)
        self.assertIn("--yes", refused.stderr)
        self.assertEqual(self.state(costd), before)
        said = costd.costctl("prices", "delete", price, "--yes").stdout
        self.assertIn("is deleted, and kept as history", said)
        self.assertIn("-0.011200000000", said)
        self.assertEqual(costd.json("costs", "summary")["unpricedRequests"], 6)
        self.assertEqual([entry["model"] for entry in costd.json("prices", "list")], ["m-file"])
        history = costd.json("prices", "list", "--history")
        retired = [entry for entry in history if entry["retiredAt"]]
        self.assertEqual([entry["id"] for entry in retired], [price])
        self.assertIn("RETIRED", costd.costctl("prices", "list", "--history").stdout)
        again = costd.costctl("prices", "delete", price, "--yes", expect=REFUSED)
        self.assertIn("was retired at", again.stderr)

    def test_each_change_is_an_event_with_the_hash_of_the_list_before_and_after(self):
        costd = self.start_with_usage()
        price = costd.json(*add("m-new"))["id"]
        costd.costctl("prices", "delete", price, "--yes")
        events = costd.rows("select action, object, before_sha256, after_sha256 from audit_event"
                            " where action like 'prices.%' and action <> 'prices.configure'"
                            " order by seq")
        (added, deleted) = events
        self.assertEqual((added[:2], deleted[:2]),
                         (("prices.add", str(price)), ("prices.delete", str(price))))
        self.assertEqual((added[2], added[3]), (deleted[3], deleted[2]))
        self.assertNotEqual(added[2], added[3])

    def test_a_terminal_is_asked_before_a_price_goes(self):
        costd = self.start_with_usage()
        price = costd.json(*add("m-new"))["id"]
        for answer, code, left in (("n\n", REFUSED, 2), ("y\n", 0, 1)):
            master, slave = pty.openpty()
            process = subprocess.Popen(
                [COSTCTL, "--socket", costd.socket, "prices", "delete", str(price)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=slave, text=True)
            os.close(slave)
            process.communicate(answer, timeout=60)
            question = os.read(master, 4096).decode()
            os.close(master)
            self.assertEqual(process.returncode, code)
            self.assertIn("Delete the price of m-new from 2026-10-05 on (2.00 in, 8.00 out)?",
                          question)
            self.assertIn("change by -0.011200000000 USD; 4 requests become unpriced", question)
            self.assertEqual(len(costd.json("prices", "list")), left)

    def test_litellm_map_is_imported_once_whatever_the_day(self):
        costd = self.start_with_usage()
        path = costd.path("model_prices.json")
        write_file(path, json.dumps(MAP))
        before = self.state(costd)
        trial = costd.json("prices", "import", path, "--dry-run", "--effective", "2026-10-05")
        self.assertEqual(self.state(costd), before)
        done = costd.json("prices", "import", path, "--effective", "2026-10-05")
        for answer in (trial, done):
            self.assertEqual((answer["format"], answer["added"], answer["replaced"]),
                             ("litellm", 2, 0))
            self.assertEqual([(entry["model"], entry["provider"], entry["serviceTier"],
                               entry["input"], entry["output"], entry["effective"])
                              for entry in answer["entries"]],
                             [("m-map", "alpha", "batch", "1.00", "4.00", "2026-10-05"),
                              ("m-map", "alpha", "standard", "2.00", "8.00", "2026-10-05")])
            self.assertEqual(answer["map"]["models"], 3)
            self.assertEqual({left["model"]: left["reason"] for left in answer["map"]["leftOut"]},
                             {"m-picture": "not priced by the token",
                              "m-odd": "price that cannot be represented"})
        later = costd.json("prices", "import", path, "--effective", "2026-10-09")
        self.assertEqual((later["added"], later["replaced"], later["unchanged"]), (0, 0, 2))
        changed = json.loads(json.dumps(MAP))
        changed["alpha/m-map"]["output_cost_per_token"] = 9e-06
        write_file(path, json.dumps(changed))
        diff = costd.costctl("prices", "import", path, "--effective", "2026-10-09").stdout
        self.assertRegex(diff, r"replaced +m-map +alpha +standard +2026-10-09 +2.00 +8.00 → 9.00")
        self.assertIn("0 entries added, 1 replaced, 1 unchanged", diff)
        self.assertIn("not priced by the token", diff)
        # Days before keep the old price.
        for day, output in (("2026-10-08", "8.00"), ("2026-10-09", "9.00")):
            winner = costd.json("prices", "explain", "m-map", "--provider", "alpha", "--on", day)
            self.assertEqual(winner["winner"]["output"], output)

    def test_explain_warns_where_a_glob_takes_a_model_with_a_price_of_its_own(self):
        costd = self.start(CONFIG, PRICES)
        added = costd.costctl(*add("gpt-4o*", "--provider", "openai", output="10"))
        self.assertRegex(added.stderr,
                         r"also prices gpt-4o \(2.50 in, 10.00 out, 1.25 cached\), .* more, which "
                         r"have list prices of their own")
        explained = costd.costctl("prices", "explain", "gpt-4o-mini", "--provider", "openai")
        self.assertIn("also prices gpt-4o-mini (0.15 in, 0.60 out, 0.075 cached), which has a list "
                      "price of its own", explained.stderr)
        costd.costctl("prices", "add", "--model", "gpt-4o-mini", "--provider", "azure",
                      "--effective", "2026-01-01", "--input", "0.15", "--output", "0.60")
        other = costd.costctl("prices", "explain", "gpt-4o-mini", "--provider", "openai")
        self.assertIn("gpt-4o-mini has an entry of its own (azure, standard, from 2026-01-01: "
                      "0.15 in, 0.60 out), but the pattern \"gpt-4o*\" wins here", other.stderr)

    def test_bad_prices_are_refused_by_field_and_change_nothing(self):
        costd = self.start_with_usage()
        costd.json(*add("m-new"))
        before = self.state(costd)
        file_price = next(entry["id"] for entry in costd.json("prices", "list")
                          if entry["model"] == "m-file")
        for words, code, text in (
                (add("m-bad", "--service-tier", "turbo"), USAGE,
                 'serviceTier "turbo" is not known; write one of standard, batch'),
                (add("m-[ab]"), USAGE, 'model is "m-[ab]", with a bracket; write an exact name'),
                (add("m-**"), USAGE, 'model is "m-**", with ** in it; write a single *'),
                (add("m-bad", output="-1"), USAGE,
                 'output: price "-1": a price cannot be negative'),
                (add("m-bad", output="1.2345678"), USAGE,
                 'output: price "1.2345678": more than 6 decimals; round it to 6'),
                (add("m-bad", output="1e3"), USAGE, 'output: price "1e3": not a decimal number'),
                (add("m-bad", day="2026-02-30"), USAGE,
                 'effective is "2026-02-30", which is no date; write it like'),
                (add("m-bad", "--long-context-above", "100000", "--long-context-input", "1",
                     "--long-context-output", "1"), USAGE,
                 "longContext.above is no edge of a context band; write one of 32000"),
                (add("m-new"), REFUSED,
                 'already a price for "m-new" (standard) from 2026-10-05; give the new one'),
                (("prices", "delete", "999", "--yes"), USAGE,
                 "there is no price 999; costctl prices list shows the ids"),
                (("prices", "delete", "one", "--yes"), USAGE,
                 'the price id "one" is no number; costctl prices list shows the ids'),
                (("prices", "delete", file_price, "--yes"), REFUSED,
                 "comes from the configured price file; remove its line there and restart costd")):
            with self.subTest(words=words):
                result = costd.costctl(*words, expect=None)
                self.assertIn(text, result.stderr)
                self.assertEqual(result.returncode, code)
                self.assertEqual(self.state(costd), before)

    def test_a_bad_file_is_refused_by_its_own_name_and_place(self):
        costd = self.start_with_usage()
        before = self.state(costd)
        entry = "  - {{ model: m-{}, input: {}, output: 4, effective: 2026-01-01 }}\n"
        lines = [entry.format(n, "1.2345678" if n == 1776 else "1") for n in range(3000)]
        twice = [entry.format("same", 1), entry.format("same", 2)]
        for name, text, complaint in (
                ("one-bad.yaml", "prices:\n" + "".join(lines),
                 "one-bad.yaml:1778:29: 'input' of model \"m-1776\": price \"1.2345678\": more"),
                ("twice.yaml", "prices:\n" + "".join(twice),
                 'twice.yaml:3:5: model "m-same" (any provider, standard) has two prices'),
                ("broken.json", '{"m": {\n "a": 1,,\n}}', "broken.json:2:9: is no JSON")):
            with self.subTest(name=name):
                write_file(costd.path(name), text)
                result = costd.costctl("prices", "import", costd.path(name), expect=USAGE)
                self.assertIn(complaint, result.stderr)
                self.assertEqual(self.state(costd), before)
        write_file(costd.path("good.yaml"), "prices:\n" + entry.format(1, 1))
        dated = costd.costctl("prices", "import", costd.path("good.yaml"), "--effective",
                              "2026-10-05", expect=USAGE)
        self.assertIn("each entry has its own", dated.stderr)


if __name__ == "__main__":
    unittest.main()
