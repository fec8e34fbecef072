#!/usr/bin/env python3
"""While a large file is taken in, costd goes on answering: questions, prices, and further runs.

The slowest answer is printed; the bound is so wide that only waiting for the ingest would break it.
COSTD_BUSY_RECORDS, in tens of thousands, makes the file larger (150).
"""

import json
import os
import statistics
import time
import unittest

import many_lines
from costd_process import CostdCase, a_record, json_lines

BLOCKS = int(os.environ.get("COSTD_BUSY_RECORDS", "150"))
SECONDS_MAX = 2.0
QUESTIONS = {
    "summary": ("GET", "/v1/admin/costs/summary?groupBy=tenant"),
    "usage": ("GET", "/v1/admin/token-usage?limit=50"),
    "status": ("GET", "/v1/admin/status"),
}


class BusyWithAnIngest(CostdCase):
    def test_every_answer_comes_soon(self):
        costd = self.start(prices=many_lines.PRICE_FILE)
        costd.drop("first.jsonl", json_lines(a_record(number) for number in range(2000)))
        costd.run_job("ingest,rollup")
        big = os.path.join(self.folder, "big.jsonl")
        many_lines.write_blocks(big, many_lines.a_block(3), BLOCKS)
        os.rename(big, costd.path("spool", "big.jsonl"))
        took = {name: [] for name in (*QUESTIONS, "price", "run")}
        run = self.ask(costd, took["run"], "POST", "/v1/admin/runs", {"job": "ingest"})
        while costd.get(f"/v1/admin/runs/{run['id']}")["state"] in ("queued", "running"):
            for name, (method, path) in QUESTIONS.items():
                self.ask(costd, took[name], method, path)
            self.ask(costd, took["price"], "POST", "/v1/admin/pricing", self.a_price(took))
            if len(took["run"]) < 5:
                costd.drop(f"small-{len(took['run'])}.jsonl",
                           json_lines([a_record(10_000 + len(took["run"]))]))
                self.ask(costd, took["run"], "POST", "/v1/admin/runs", {"job": "ingest"})
        costd.run_job("ingest,rollup")
        self.assertEqual(costd.json("status")["records"], 2000 + len(took["run"]) - 1
                         + costd.get(f"/v1/admin/runs/{run['id']}")["counts"]["records"])
        self.report(took)
        for name, seconds in took.items():
            self.assertGreaterEqual(len(seconds), 3, f"{name}: the ingest was over too soon")
            self.assertLess(max(seconds), SECONDS_MAX, name)

    def ask(self, costd, took, method, path, body=None):
        started = time.monotonic()
        status, _, answer = costd.request(method, path, json.dumps(body) if body else None)
        took.append(time.monotonic() - started)
        self.assertLess(status, 300, answer)
        return json.loads(answer)

    def a_price(self, took):
        return {"model": f"m-{len(took['price'])}", "input": "1", "output": "2",
                "effective": "2026-01-01"}

    def report(self, took):
        for name, seconds in took.items():
            print(f"\n  {name:8} {len(seconds):4} answers, median "
                  f"{statistics.median(seconds) * 1000:6.1f} ms, longest "
                  f"{max(seconds) * 1000:6.1f} ms", end="")
        print(" ... ", end="", flush=True)


if __name__ == "__main__":
    unittest.main()
