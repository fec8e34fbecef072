#!/usr/bin/env python3
"""Many small files, and many small drops: exact, in few runs, and in few usage blocks.

COSTD_SMALL_FILES says how many files (2000) and COSTD_SMALL_FILE_RECORDS how many records each has
(5); 10000 and 100 are the long form.
"""

import collections
import json
import os
import random
import time
import unittest

from costd_process import CostdCase, a_record, json_lines, write_file
from recompute import format_usd

FILES = int(os.environ.get("COSTD_SMALL_FILES", "2000"))
FILE_RECORDS = int(os.environ.get("COSTD_SMALL_FILE_RECORDS", "5"))
BLOCK_RECORDS = 65_536
BLOCKS = "select count(*), sum(record_count) from usage_block"
DROPS, DROP_RECORDS = 200, 3


def a_call(rng, number, day):
    return a_record(number, tenantId=rng.choice(("acme", "zeta", "Ω")),
                    model=rng.choice(("m-small", "m-free")), inputTokens=rng.randrange(10**5),
                    outputTokens=rng.randrange(10**4),
                    timestamp=f"2026-10-{day:02}T{rng.randrange(24):02}:00:00Z")


def sums_of(records):
    """{tenant: (requests, input, output, cost)}; m-small has 1 and 4 USD a million tokens."""
    sums = collections.defaultdict(lambda: [0, 0, 0, 0])
    for record in records:
        tokens = (record["inputTokens"], record["outputTokens"])
        picos = (tokens[0] + 4 * tokens[1]) * 10**6 if record["model"] == "m-small" else 0
        for place, value in enumerate((1, *tokens, picos)):
            sums[record["tenantId"]][place] += value
    return {tenant: (*row[:3], format_usd(row[3])) for tenant, row in sums.items()}


class SmallCase(CostdCase):
    def setUp(self):
        super().setUp()
        self.rng = random.Random(20261005)
        self.costd = self.start()

    def assert_totals_are_those_of(self, records):
        self.costd.run_job("rollup")
        groups = self.costd.json("costs", "summary", "--group-by", "tenant")["groups"]
        self.assertEqual({row["key"]: (row["requests"], row["inputTokens"], row["outputTokens"],
                                       row["totalCost"]) for row in groups}, sums_of(records))

    def assert_each_is_listed_once(self, records):
        listed, cursor = [], []
        while cursor is not None:
            page = self.costd.json("usage", "list", "--limit", "1000", *cursor)
            self.assertEqual(page["total"], len(records))
            listed += page["records"]
            cursor = ["--cursor", page["nextCursor"]] if page["nextCursor"] else None
        fields = ("id", "tenantId", "model", "inputTokens", "outputTokens", "timestamp")
        self.assertEqual(sorted([row[name] for name in fields] for row in listed),
                         sorted([row[name] for name in fields] for row in records))
        times = [row["timestamp"] for row in listed]
        self.assertEqual(times, sorted(times, reverse=True))


class ManyFiles(SmallCase):
    def test_are_taken_in_one_run_and_leave_few_blocks(self):
        records = [a_call(self.rng, number, self.rng.randrange(5, 8))
                   for number in range(FILES * FILE_RECORDS)]
        self.rng.shuffle(records)
        for number in range(FILES):
            write_file(self.costd.path("spool", f"{number:05}.jsonl"), json_lines(
                records[number * FILE_RECORDS:(number + 1) * FILE_RECORDS]))
        started = time.monotonic()
        run = self.costd.run_job("ingest")
        seconds = time.monotonic() - started
        self.assertEqual((run["counts"]["files"], run["counts"]["records"]),
                         (FILES, len(records)))
        self.assertEqual(self.costd.files_in("spool"), ["done"])
        self.assertEqual(len(self.costd.files_in("spool", "done")), FILES)
        blocks, stored = self.costd.rows(BLOCKS)[0]
        self.assertEqual(stored, len(records))
        # Three days; a batch ends at 2,000 files or six blocks' records.
        self.assertLessEqual(blocks, 12 + 2 * len(records) // BLOCK_RECORDS + FILES // 500)
        self.assert_totals_are_those_of(records)
        if len(records) <= 20_000:
            self.assert_each_is_listed_once(records)
        print(f"{FILES} files of {FILE_RECORDS} in {seconds:.1f} s and {blocks} blocks ... ",
              end="", flush=True)


class ManyDrops(SmallCase):
    def test_leave_few_blocks_though_each_has_its_own_run(self):
        records = []
        started = time.monotonic()
        for drop in range(DROPS):
            day = 4 if drop % 10 == 9 else 5  # some come a day late
            new = [a_call(self.rng, DROP_RECORDS * drop + n, day) for n in range(DROP_RECORDS)]
            records += new
            self.costd.drop(f"{drop}.jsonl", json_lines(new))
            run = self.run_now()
            self.assertEqual((run["state"], run["counts"]["records"]), ("succeeded", DROP_RECORDS))
        seconds = time.monotonic() - started
        blocks, stored = self.costd.rows(BLOCKS)[0]
        self.assertEqual(stored, DROPS * DROP_RECORDS)
        self.assertLessEqual(blocks, 40)
        self.assert_totals_are_those_of(records)
        self.assert_each_is_listed_once(records)
        print(f"{DROPS} drops in {seconds:.1f} s and {blocks} blocks ... ", end="", flush=True)

    def run_now(self):
        status, _, body = self.costd.request("POST", "/v1/admin/runs",
                                             json.dumps({"job": "ingest"}))
        self.assertIn(status, (200, 202), body)
        run = json.loads(body)
        while run["state"] in ("queued", "running"):
            run = self.costd.get(f"/v1/admin/runs/{run['id']}?wait=10&after={run['revision']}")
        return run


if __name__ == "__main__":
    unittest.main()
