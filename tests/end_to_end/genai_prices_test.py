#!/usr/bin/python3
"""costd's prices against an implementation that nobody here wrote: npm's @pydantic/genai-prices.

Its data become a price file of ours and go through `costctl prices import`; records of every model
it knows and 1,000 more of random ones go through the spool. Each cost must be that of its own data
in exact fractions to the last digit, and that of its calcPrice, which computes in doubles, to a
relative 1e-12. What costd's prices cannot say is counted by reason, and the counts are compared.
"""

import json
import os
import random
import subprocess
import unittest
from collections import Counter
from fractions import Fraction

import genai_prices as genai
from costd_process import CostdCase, json_lines, write_file

NOON = "2026-10-05T12:00:00Z"
SEED = 20261005
CONFIG = """\
sources:
  - { name: gateway, type: spool, path: spool }
"""
# Of 0.1.8. A new version of the package may change them: read what is left out, then these lines.
LEFT_OUT = {genai.NO_TOKENS: 14, genai.BY_THE_HOUR: 4, genai.TOO_FINE: 7, genai.BY_THE_REQUEST: 4}
IN_PART = {genai.TOKENS_ONLY: 79, genai.BELOW_AN_EDGE: 19}


def random_usage(rng, long):
    """Of a short request, or of one that may be beyond the thresholds; never at an edge itself."""
    total = rng.randrange(1, 1_300_000 if long else 30_000)
    if total in genai.EDGES:
        total += 1
    read = rng.randrange(total + 1) if rng.random() < 0.6 else 0
    write = rng.randrange(total - read + 1) if rng.random() < 0.4 else 0
    hour = rng.randrange(write + 1) if rng.random() < 0.5 else 0
    return {"input_tokens": total, "cache_read_tokens": read, "cache_write_tokens": write,
            "cache_write_1h_tokens": hour, "output_tokens": rng.randrange(20_000)}


def record_of(number, provider, name, usage):
    return {"id": f"record-{number:06}", "tenantId": "acme", "apiKey": "key_1", "model": name,
            "provider": provider, "timestamp": NOON,
            "inputTokens": usage["input_tokens"], "outputTokens": usage["output_tokens"],
            "cachedInputTokens": usage["cache_read_tokens"],
            "cacheWriteTokens": usage["cache_write_tokens"],
            "cacheWrite1hTokens": usage["cache_write_1h_tokens"]}


class GenaiPrices(CostdCase):
    def setUp(self):
        super().setUp()
        if not os.path.isdir(genai.PACKAGE):
            self.fail("@pydantic/genai-prices is not installed; run tests/npm/install.sh")
        self.rng = random.Random(SEED)
        self.left_out = Counter()
        self.in_part = Counter()
        self.models = []  # (provider, name, steps)

    def answers(self, questions):
        path = os.path.join(self.folder, "questions.json")
        write_file(path, json.dumps(questions))
        return genai.ask(path)

    def read_models(self):
        """Every model under a name that leads to it, or counted with its reason."""
        probe = {"input_tokens": 1, "output_tokens": 1}
        known = [(provider["id"], model) for provider in genai.ask()
                 for model in provider["models"]]
        questions = [{"provider": provider, "model": name, "usage": probe, "timestamp": NOON}
                     for provider, model in known
                     for name in [model["id"], *genai.names_in(model["match"])]]
        answers = iter(self.answers(questions))
        for provider, model in known:
            names = [name for name in [model["id"], *genai.names_in(model["match"])]
                     if (next(answers) or {}).get("model") == model["id"]]
            steps, problem = genai.steps_of(model["prices"])
            if not problem and not names:
                problem = genai.UNREACHABLE
            if problem:
                self.left_out[problem] += 1
            else:
                self.models.append((provider, names[0], steps))
                self.in_part.update(genai.notes_of(model["prices"], steps))
        return len(known)

    def import_prices(self, costd):
        path = os.path.join(self.folder, "genai.yaml")
        write_file(path, "prices:\n" + "".join(
            line for model in self.models for line in genai.price_lines(*model)))
        return costd.json("prices", "import", path)

    def costs_of(self, costd):
        """Exact USD by record id."""
        costs = {}
        cursor = ()
        while cursor is not None:
            page = costd.json("costs", "list", "--limit", "1000", *cursor)
            for record in page["records"]:
                costs[record["id"]] = Fraction(record["totalCost"])
            cursor = ("--cursor", page["nextCursor"]) if page["nextCursor"] else None
        return costs

    def test_every_model_costs_what_its_own_data_and_calc_price_say(self):
        known = self.read_models()
        print(f"{known} models, {len(self.models)} compared; left out: {dict(self.left_out)}; "
              f"compared in part: {dict(self.in_part)}")
        self.assertEqual((self.left_out, self.in_part), (LEFT_OUT, IN_PART))
        chosen = self.models + self.rng.choices(self.models, k=1_000)
        usages = [random_usage(self.rng, number % 2 == 0) for number in range(len(chosen))]
        costd = self.make(CONFIG, prices=None)
        costd.drop("a.jsonl", json_lines(
            record_of(number, provider, name, usage)
            for number, ((provider, name, _), usage) in enumerate(zip(chosen, usages))))
        costd.start()
        costd.run_job("ingest,rollup")
        imported = self.import_prices(costd)
        self.assertEqual(imported["reprice"]["newlyPricedRequests"], len(chosen))
        costs = self.costs_of(costd)
        doubles = self.answers([{"provider": provider, "model": name, "usage": usage,
                                 "timestamp": NOON}
                                for (provider, name, _), usage in zip(chosen, usages)])
        total = Fraction(0)
        for number, ((provider, name, steps), usage) in enumerate(zip(chosen, usages)):
            step = max((step for step in steps if step.day <= NOON[:10]), key=lambda s: s.day)
            exact = genai.cost(step, usage)
            total += exact
            with self.subTest(provider=provider, model=name, usage=usage):
                self.assertEqual(costs[f"record-{number:06}"], exact)
                double = Fraction(doubles[number]["total"])
                self.assertLessEqual(abs(double - exact), exact / 10**12)
        self.assertEqual(Fraction(costd.total()), total)
        self.assertEqual(Fraction(imported["reprice"]["after"]), total)


if __name__ == "__main__":
    unittest.main()
