"""kill -9 at any moment of the ingest of a million records, or of the first start, loses nothing.

COSTD_KILLS says how often (40 times in the ingest), COSTD_KILL_SEED when; a failure names the seed.
"""

import json
import os
import random
import subprocess
import time
import unittest

import many_lines
import recompute
from costd_process import COSTD, CostdCase, a_record, json_lines, wait_until

INGEST_KILLS = int(os.environ.get("COSTD_KILLS", "40"))
SEED = int(os.environ.get("COSTD_KILL_SEED") or random.SystemRandom().randrange(10**9))
UNFINISHED = "select id from run where state in ('queued', 'running')"


class KilledInOneBigFile(CostdCase):
    """Rounds with fresh state; in each the ingest of the same file is killed several times."""

    BLOCKS = 100  # of 10,000 lines
    ROUND_KILLS = 10

    def setUp(self):
        super().setUp()
        self.rng = random.Random(SEED)
        self.big = os.path.join(self.folder, "big.jsonl")
        block = many_lines.a_block(SEED)
        many_lines.write_blocks(self.big, block, self.BLOCKS)
        self.opinion = many_lines.totals_of_blocks(os.path.join(self.folder, "few"), block,
                                                   self.BLOCKS)
        self.rounds = 0

    def test_the_totals_are_those_of_an_undisturbed_run(self):
        with self.subTest(seed=SEED):
            expected, seconds = self.undisturbed()
            hits = 0
            while hits < INGEST_KILLS:
                costd = self.begin_round()
                for _ in range(min(self.ROUND_KILLS, INGEST_KILLS - hits)):
                    self.kill_at_random(costd, seconds)
                    if costd.files_in("spool") == ["done"]:
                        break  # it had ended before
                    hits += 1
                self.finish(costd)
                self.assertEqual(self.answers(costd), expected)
                self.assertEqual(costd.rows("pragma integrity_check"), [("ok",)])
                self.end_round(costd)
            print(f"{hits} kills hit a running ingest of {seconds:.1f} s, in {self.rounds} rounds "
                  "... ", end="", flush=True)

    def undisturbed(self):
        """(answers, seconds of the ingest); the answers are those of the second opinion."""
        costd = self.begin_round().start()
        started = time.monotonic()
        costd.run_job("ingest")
        seconds = time.monotonic() - started
        self.finish(costd)
        answers = self.answers(costd)
        for dimension in recompute.GROUPS:
            groups = {row.pop("key"): row for row in answers[dimension]["groups"]}
            opinion = self.opinion[dimension]
            self.assertEqual(groups.keys(), opinion.keys())
            for key, sums in opinion.items():
                del sums["totalTokens"]  # in the usage only
                self.assertEqual(groups[key] | sums, groups[key], (dimension, key))
        self.assertEqual(answers["day"]["totalCost"], self.opinion["total"])
        self.assertEqual(answers["usage"]["totalTokens"], self.opinion["totals"]["totalTokens"])
        self.assertGreater(answers["day"]["requests"], 999_000)
        answers = self.answers(costd)
        self.end_round(costd)
        return answers, seconds

    def begin_round(self):
        self.rounds += 1
        costd = self.make(prices=many_lines.PRICE_FILE, name=f"round-{self.rounds}")
        os.rename(self.big, costd.path("spool", "big.jsonl"))
        return costd

    def end_round(self, costd):
        costd.kill()
        self.assertEqual(costd.files_in("spool", "done"), ["big.jsonl"])
        os.rename(costd.path("spool", "done", "big.jsonl"), self.big)

    def kill_at_random(self, costd, seconds):
        """At a moment of what is left of the ingest, by the part of the file that is stored."""
        stored = 0
        if os.path.exists(costd.path("state/costd.db")):
            stored = costd.rows("select coalesce(max(committed_offset), 0) from file_ledger")[0][0]
        left = seconds * (1 - stored / os.path.getsize(costd.path("spool", "big.jsonl")))
        begun = costd.log().count("job_started job=ingest ")
        costd.start()
        if not costd.rows(UNFINISHED):
            costd.request("POST", "/v1/admin/runs", json.dumps({"job": "ingest"}))
        wait_until(lambda: costd.log().count("job_started job=ingest ") > begun, "ingest started")
        try:
            costd.process.wait(timeout=self.rng.uniform(0, left))
            self.fail(f"costd ended by itself\n{costd.log()[-2000:]}")
        except subprocess.TimeoutExpired:
            costd.kill()

    def finish(self, costd):
        if costd.process is None:
            costd.start()
        wait_until(lambda: not costd.rows(UNFINISHED), "all runs ended", 120)
        costd.run_job("ingest,rollup")

    def answers(self, costd):
        """All that costd says about the usage; the same dictionary whenever the figures are."""
        costs = "/v1/admin/costs/summary?groupBy="
        found = {dimension: costd.get(costs + dimension) for dimension in recompute.GROUPS}
        found["usage"] = costd.get("/v1/admin/token-usage/summary")
        for tenant in self.opinion["tenant"]:
            for model in self.opinion["model"]:
                found[tenant, model] = costd.get(f"{costs}day&tenantId={tenant}&model={model}")
        found["blocks"] = costd.rows("select sum(record_count) from usage_block")
        found["taken"] = costd.rows("select committed_lines, accepted, duplicates, conflicts,"
                                    " quarantined from file_ledger")
        found["refused"] = sorted(costd.rows("select line, reason, record_id from quarantine"))
        status = costd.get("/v1/admin/status")
        found["status"] = [status[name] for name in ("records", "duplicates", "quarantined")]
        return found


class KilledWhileStarting(CostdCase):
    def test_the_first_start_may_be_killed_at_any_point_of_making_the_database(self):
        rng = random.Random(SEED)
        costd = self.make()
        with self.subTest(seed=SEED):
            for _ in range(10):
                process = subprocess.Popen([COSTD, "--config", costd.path("costd.yaml")],
                                           stderr=subprocess.DEVNULL)
                try:
                    process.wait(timeout=rng.uniform(0, 0.03))
                except subprocess.TimeoutExpired:
                    pass
                process.kill()
                process.wait()
            costd.drop("a.jsonl", json_lines([a_record(1)]))
            costd.start()
            costd.run_job("ingest,rollup")
            self.assertEqual(costd.total(), "0.001400000000")


if __name__ == "__main__":
    unittest.main()
