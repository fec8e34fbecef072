"""What costctl prints: tables for people, JSON and CSV for programs, and the same facts in each."""

import csv
import io
import json
import os
import unittest

from costd_process import (USAGE, CostdCase, a_record, json_lines, make_costd, read_bytes,
                           temporary_folder, write_file)

CONFIG = """\
sources:
  - { name: gateway, type: spool, path: spool }
prices: prices.yaml
tenants: tenants.yaml
budgets:
  - { name: Acme month, tenant: acme, period: MONTHLY, limit: "1" }
schedules:
  - { name: month-end, cron: "0 6 4 * *", jobs: [close, chargeback], period: previous_month }
"""
TENANTS = 'tenants:\n  - { id: acme, name: "Acme, \\"the\\" Größe" }\n'
PRICES = """\
prices:
  - { model: "gpt-4o*", provider: openai, input: 2.50, output: 10, effective: 2026-01-01 }
  - { model: gpt-4o-mini, provider: openai, input: 0.15, output: 0.60, effective: 2026-01-01 }
"""
MORE_PRICES = """\
prices:
  - { model: m-new, input: 2, output: 8, effective: 2026-01-01 }
  - { model: m-new, input: 1, output: 4, effective: 2026-10-06 }
"""
OCTOBER = ("--from", "2026-10-01", "--to", "2026-11-01")
LISTS = {
    ("runs", "list"): "id", ("schedules", "list"): "name",
    ("schedules", "next", "month-end"): "slot", ("usage", "list"): "id", ("costs", "list"): "id",
    ("costs", "summary", "--group-by", "model"): "key", ("prices", "list"): "model",
    ("forecasts", "--by", "total"): "tenantId", ("chargeback", "list"): "id",
    ("budgets", "status"): "name", ("tenants", "list"): "id", ("outbox", "list"): "id",
    ("anomalies",): "id",
}


def hour(number):
    return f"2026-10-{5 + number // 24:02}T{number % 24:02}:00:00Z"


def some_records():
    """60 records at 12 instants, five at each: pages must not lose those of one instant."""
    return [a_record(number, model="gpt-4o-mini" if number % 2 else "m-new",
                     provider="openai" if number % 2 else "beta", timestamp=hour(number // 5))
            for number in range(60)]


class WithRecords(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder(cls.addClassCleanup)
        cls.costd = make_costd(os.path.join(cls.folder, "home"), cls.addClassCleanup, CONFIG,
                               PRICES)
        write_file(cls.costd.path("tenants.yaml"), TENANTS)
        cls.costd.drop("a.jsonl", json_lines(some_records()))
        cls.costd.start()
        cls.costd.run_job("ingest,rollup")
        cls.costd.run_job("forecast,anomalies,budgets", "--as-of", "2026-10-05")
        cls.costd.run_job("chargeback", "--period", "2026-10")


class Lists(WithRecords):
    @staticmethod
    def rows_of(answer):
        if isinstance(answer, list):
            return answer
        return next(value for value in answer.values() if isinstance(value, list))

    def test_each_list_has_the_same_rows_as_json_csv_and_table(self):
        for words, key in LISTS.items():
            with self.subTest(words):
                rows = self.rows_of(self.costd.json(*words))
                text = self.costd.costctl(*words, form="csv").stdout
                if not rows:
                    self.assertIn(words[0], ("outbox", "anomalies"))
                    continue
                read = list(csv.reader(io.StringIO(text, newline="")))
                self.assertEqual(len({len(line) for line in read}), 1, text)
                # A footer with the total may follow the rows.
                self.assertIn(len(read) - 1 - len(rows), (0, 1), text)
                table = self.costd.costctl(*words).stdout
                for row in rows:
                    self.assertIn(key, row)
                    if key in ("name", "model", "key"):
                        self.assertIn(row[key], table)
                        self.assertIn(row[key], text)

    def test_an_empty_list_says_so_in_words_and_is_empty_json(self):
        self.assertEqual(self.costd.json("outbox", "list"), [])
        self.assertTrue(self.costd.costctl("outbox", "list").stdout.strip())

    def test_a_table_shows_keys_masked_and_the_filter_takes_the_full_id(self):
        long_key = "key_6e41aaaabbbbccccddddeeeeffff7d56"
        self.costd.drop("key.jsonl", json_lines([a_record(900, apiKey=long_key,
                                                          tenantId="keyed")]))
        self.costd.run_job("ingest,rollup")
        table = self.costd.costctl("costs", "summary", "--group-by", "apiKey").stdout
        self.assertIn("key_6e41…7d56", table)
        self.assertNotIn(long_key, table)
        found = self.costd.json("usage", "list", "--api-key", long_key)
        self.assertEqual(found["total"], 1)

    def test_names_with_commas_and_quotes_survive_csv(self):
        text = self.costd.costctl("tenants", "list", form="csv").stdout
        cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
        self.assertIn('Acme, "the" Größe', cells)

    def test_status_is_for_people_and_for_programs(self):
        status = self.costd.json("status")
        for name in ("version", "health", "problems", "lastRuns", "nextSlots", "records"):
            self.assertIn(name, status)
        self.assertIn("month-end", self.costd.costctl("status").stdout)

    def test_a_last_day_as_to_gets_a_hint_and_the_answer_stays_clean(self):
        result = self.costd.costctl("costs", "summary", "--from", "2026-10-01", "--to",
                                    "2026-10-31", form="json")
        self.assertIn("2026-11-01", result.stderr)
        json.loads(result.stdout)
        self.assertEqual(self.costd.costctl("costs", "summary", *OCTOBER).stderr, "")


class Pages(WithRecords):
    def list_ids(self, page):
        return [record["id"] for record in page["records"]]

    def test_the_cursor_leads_through_every_record_once_newest_first(self):
        for limit in (1, 7, 60, 1000):
            seen, times, words = [], [], []
            while True:
                page = self.costd.json("usage", "list", *OCTOBER, "--tenant", "acme", "--limit",
                                       limit, *words)
                self.assertEqual(page["total"], 60)
                seen += self.list_ids(page)
                times += [record["timestamp"] for record in page["records"]]
                if page["nextCursor"] is None:
                    break
                words = ["--cursor", page["nextCursor"]]
            self.assertEqual(sorted(seen), sorted(record["id"] for record in some_records()))
            self.assertEqual(times, sorted(times, reverse=True))

    def test_the_offset_leads_through_the_same_order(self):
        def page(limit, offset):
            return self.list_ids(self.costd.json("usage", "list", "--tenant", "acme", "--limit",
                                                 limit, "--offset", offset))
        everything = page(1000, 0)
        self.assertEqual(sum((page(25, offset) for offset in (0, 25, 50)), []), everything)
        self.assertEqual(page(25, 60), [])

    def test_bounds_of_a_list_are_half_open(self):
        def total(from_, to):
            return self.costd.json("usage", "list", "--tenant", "acme", "--from", from_, "--to",
                                   to)["total"]
        self.assertEqual(total(hour(3), hour(4)), 5)
        self.assertEqual(total(hour(0), hour(12)), 60)
        self.assertEqual(total("2026-10-06", "2026-11-01"), 0)

    def test_costs_of_single_requests_add_up_to_the_summary(self):
        records = self.costd.json("costs", "list", "--model", "gpt-4o-mini", "--limit",
                                  1000)["records"]
        # each 1,000*0.15 + 100*0.60 = 210 millionths of a USD
        self.assertEqual({record["totalCost"] for record in records}, {"0.000210000000"})
        total = self.costd.json("costs", "summary", "--model", "gpt-4o-mini")["totalCost"]
        self.assertEqual((len(records), total), (30, "0.006300000000"))

    def test_a_request_without_a_price_has_no_cost_rather_than_zero(self):
        record = self.costd.json("costs", "list", "--model", "m-new", "--limit", 1)["records"][0]
        self.assertEqual((record["totalCost"], record["state"]), (None, "unpriced"))


class Prices(CostdCase):
    def start_with(self, model, provider=None):
        costd = self.make(prices=PRICES)
        costd.drop("a.jsonl", json_lines([
            a_record(1, model=model, provider=provider),
            a_record(2, model=model, provider=provider, timestamp="2026-10-06T00:00:00Z")]))
        costd.start()
        costd.run_job("ingest,rollup")
        return costd

    def test_explain_names_the_winner_and_why_the_others_lost(self):
        costd = self.start(prices=PRICES)
        answer = costd.json("prices", "explain", "gpt-4o-mini", "--provider", "openai")
        self.assertEqual(answer["winner"]["model"], "gpt-4o-mini")
        self.assertEqual({candidate["entry"]["model"] for candidate in answer["candidates"]},
                         {"gpt-4o*", "gpt-4o-mini"})
        self.assertTrue(all(candidate["why"] for candidate in answer["candidates"]))
        self.assertIn("gpt-4o*", costd.costctl("prices", "explain", "gpt-4o-mini", "--provider",
                                               "openai").stdout)
        early = costd.json("prices", "explain", "gpt-4o-mini", "--provider", "openai", "--on",
                           "2025-12-31")
        self.assertIsNone(early["winner"])

    def test_an_added_price_holds_after_the_next_rollup(self):
        costd = self.start_with("m-new")
        self.assertEqual(costd.json("costs", "summary")["unpricedRequests"], 2)
        costd.costctl("prices", "add", "--model", "m-new", "--effective", "2026-10-06", "--input",
                      "2", "--output", "8")
        costd.run_job("rollup")
        summary = costd.json("costs", "summary")
        # the one of 6 October: 1,000*2 + 100*8 = 2,800 millionths
        self.assertEqual((summary["totalCost"], summary["unpricedRequests"]),
                         ("0.002800000000", 1))
        again = costd.costctl("prices", "add", "--model", "m-new", "--effective", "2026-10-06",
                              "--input", "3", "--output", "8", expect=None)
        self.assertNotEqual(again.returncode, 0)
        self.assertIn("m-new", again.stderr)

    def test_an_import_says_first_what_it_would_do_and_does_it_once(self):
        costd = self.start_with("m-new")
        path = costd.path("more.yaml")
        write_file(path, MORE_PRICES)
        trial = costd.json("prices", "import", path, "--dry-run")
        self.assertEqual((trial["dryRun"], trial["added"]), (True, 2))
        self.assertEqual(len(costd.json("prices", "list")), 2)
        self.assertEqual(costd.json("prices", "import", path)["added"], 2)
        again = costd.json("prices", "import", path)
        self.assertEqual((again["added"], again["replaced"], again["unchanged"]), (0, 0, 2))
        costd.run_job("rollup")
        # 5 October: 1,000*2 + 100*8 = 2,800; 6 October: 1,000*1 + 100*4 = 1,400
        self.assertEqual(costd.total(), "0.004200000000")

    def test_a_bad_import_names_the_line_and_changes_nothing(self):
        costd = self.start(prices=PRICES)
        path = costd.path("bad.yaml")
        write_file(path, MORE_PRICES + "  - { model: m-bad, input: -1, output: 1,\n"
                                       "      effective: 2026-01-01 }\n")
        result = costd.costctl("prices", "import", path, expect=USAGE)
        self.assertRegex(result.stderr, r":4:\d+: ")
        self.assertEqual(len(costd.json("prices", "list")), 2)

    def test_a_price_changed_in_the_file_holds_after_the_restart(self):
        costd = self.start_with("gpt-4o", "openai")
        # 2 * (1,000*2.50 + 100*10) = 7,000 millionths; then with 5 for 2.50: 12,000
        self.assertEqual(costd.total(), "0.007000000000")
        costd.stop()
        write_file(costd.path("prices.yaml"), PRICES.replace("2.50", "5"))
        costd.start()
        costd.run_job("rollup")
        self.assertEqual(costd.total(), "0.012000000000")


class Reports(WithRecords):
    def generate(self):
        run = self.costd.json("chargeback", "generate", "--tenant", "acme", *OCTOBER, "--wait")
        return run["outputs"][0]

    def test_a_download_is_the_stored_file_and_one_format_can_be_chosen(self):
        id = self.generate()
        report = self.costd.json("chargeback", "show", id)
        folder = os.path.join(self.folder, "all")
        os.makedirs(folder)
        self.costd.costctl("chargeback", "download", id, "--to", folder)
        names = [file["fileName"] for file in report["files"]]
        names.append(names[0].rsplit(".", 1)[0] + ".manifest.json")
        self.assertEqual(sorted(os.listdir(folder)),
                         sorted(name + more for name in names for more in ("", ".sig")))
        for file in report["files"]:
            self.assertEqual(read_bytes(os.path.join(folder, file["fileName"])),
                             read_bytes(file["path"]))
        single = os.path.join(self.folder, "single")
        os.makedirs(single)
        self.costd.costctl("chargeback", "download", id, "--to", single, "--format-file", "csv")
        stem = names[0].rsplit(".", 1)[0]
        self.assertEqual(sorted(os.listdir(single)),
                         [stem + more for more in (".csv", ".csv.sig", ".manifest.json",
                                                   ".manifest.json.sig")])

    def test_a_deleted_report_leaves_a_tombstone_and_is_not_found_any_more(self):
        id = self.generate()
        paths = [file["path"] for file in self.costd.json("chargeback", "show", id)["files"]]
        self.assertTrue(paths and all(map(os.path.exists, paths)), paths)
        self.costd.costctl("chargeback", "delete", id, "--yes", expect=USAGE)
        self.assertTrue(all(map(os.path.exists, paths)), paths)
        self.costd.costctl("chargeback", "delete", id, "--yes", "--reason", "made by mistake")
        for path in (f"/{id}", f"/{id}/files/pdf"):
            status, _, body = self.costd.request("GET", "/v1/admin/chargeback-reports" + path)
            self.assertEqual(status, 404)
            self.assertEqual(json.loads(body)["error"]["code"], "not_found")
        self.costd.costctl("chargeback", "download", id, "--to", self.folder, expect=USAGE)
        self.assertFalse(any(map(os.path.exists, paths)), paths)
        row = self.costd.rows("select deleted_by, deleted_reason from report where id = ?", id)
        self.assertEqual(row, [(f"uid:{os.getuid()}", "made by mistake")])
        events = self.costd.rows("select action, reason from audit_event where object = ?"
                                 " order by seq", id)
        self.assertEqual([action for action, _ in events],
                         ["chargeback.generate", "chargeback.delete"])

    def test_revisions_count_up(self):
        first, second = self.generate(), self.generate()
        self.assertEqual(self.costd.json("chargeback", "show", second)["revision"],
                         self.costd.json("chargeback", "show", first)["revision"] + 1)

    def test_a_file_changed_on_disk_is_not_handed_out(self):
        id = self.generate()
        report = self.costd.json("chargeback", "show", id)
        path = next(file["path"] for file in report["files"] if file["format"] == "csv")
        write_file(path, read_bytes(path) + b"x")
        result = self.costd.costctl("chargeback", "download", id, "--to", self.folder,
                                    "--format-file", "csv", expect=None)
        self.assertEqual(result.returncode, 1)
        self.assertIn("SHA-256", result.stderr)

    def test_an_unknown_tenant_fails_with_the_reason(self):
        result = self.costd.costctl("chargeback", "generate", "--tenant", "nobody", *OCTOBER,
                                    "--wait", expect=None)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("nobody", result.stderr)


class Waiting(WithRecords):
    def test_wait_prints_a_line_for_each_step_where_no_terminal_is(self):
        lines = self.costd.costctl("run", "rollup", "--wait").stdout.splitlines()
        self.assertEqual(lines[:2], ["rollup: started", "rollup: done"])
        self.assertRegex(lines[2], r"^run [0-9A-Z]{26} succeeded$")
        self.assertNotIn("\r", "".join(lines))

    def test_with_json_the_progress_goes_beside_the_answer(self):
        result = self.costd.costctl("run", "rollup", "--wait", form="json")
        self.assertEqual(json.loads(result.stdout)["state"], "succeeded")
        self.assertIn("rollup: started", result.stderr)

    def test_ingest_copies_the_file_and_follows_the_run(self):
        path = os.path.join(self.folder, "by-hand.jsonl")
        write_file(path, json_lines([a_record(5000, tenantId="by-hand")]))
        output = self.costd.costctl("ingest", path).stdout
        self.assertRegex(output, r"records +1\b")
        self.assertTrue(os.path.exists(path))
        self.assertIn("by-hand.jsonl", self.costd.files_in("spool/done"))

    def test_a_run_can_be_watched_and_shown_later(self):
        id = self.costd.run_job("rollup")["id"]
        self.assertIn("succeeded", self.costd.costctl("runs", "watch", id).stdout)
        shown = self.costd.costctl("runs", "show", id).stdout
        self.assertIn("job_succeeded job=rollup", shown)
        ended = self.costd.costctl("runs", "cancel", id, expect=None)
        self.assertNotEqual(ended.returncode, 0)
        self.assertIn("has ended", ended.stderr)


if __name__ == "__main__":
    unittest.main()
