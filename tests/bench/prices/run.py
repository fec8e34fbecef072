#!/usr/bin/python3
"""A full import of LiteLLM's map, and a million daily charges priced again.

One command: builds, makes the data, runs each change of prices and prints a table in Markdown.
See README.md.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from fractions import Fraction

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.join(ROOT, "tests", "end_to_end"))
sys.path.insert(0, os.path.join(ROOT, "tests", "bench", "ingest"))

from costd_process import BUILD, Costd, a_record, json_lines
from measure import compiler, machine, markdown_table, sqlite_version

MODELS, TENANTS, DAYS = 3_000, 11, 31
CONFIG = "sources:\n  - { name: gateway, type: spool, path: spool }\n"


def write_usage(path):
    """One record of each tenant, model and day: as many rows of cost_daily."""
    with open(path, "wb") as file:
        for day in range(1, DAYS + 1):
            file.write(json_lines(
                a_record((day * TENANTS + tenant) * MODELS + model, tenantId=f"tenant-{tenant}",
                         model=f"model-{model}", timestamp=f"2026-10-{day:02}T12:00:00Z",
                         inputTokens=1_000 + model, outputTokens=100 + tenant)
                for tenant in range(TENANTS) for model in range(MODELS)))


def price_map(output):
    """3,000 models as LiteLLM writes them, a third with batch prices."""
    models = {}
    for model in range(MODELS):
        fields = {"litellm_provider": "alpha", "mode": "chat",
                  "input_cost_per_token": 1e-06, "output_cost_per_token": output,
                  "cache_read_input_token_cost": 1e-07}
        if model % 3 == 0:
            fields |= {"input_cost_per_token_batches": 5e-07,
                       "output_cost_per_token_batches": output}
        models[f"alpha/model-{model}"] = fields
    return json.dumps(models)


def expected_total(output_micros):
    """1 USD a million in, `output_micros` millionths of a USD a million out."""
    tokens_in = DAYS * TENANTS * sum(1_000 + model for model in range(MODELS))
    tokens_out = DAYS * MODELS * sum(100 + tenant for tenant in range(TENANTS))
    return Fraction(tokens_in * 1_000_000 + tokens_out * output_micros, 10**12)


class Bench:
    def __init__(self, work):
        self.folder = os.path.join(work, "prices")
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.costd = Costd(self.folder, CONFIG, prices=None)
        self.rows = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def fill(self):
        write_usage(self.path("usage.jsonl"))
        os.rename(self.path("usage.jsonl"), self.costd.path("spool", "usage.jsonl"))
        self.costd.once("ingest,rollup")
        self.costd.start()
        count = self.costd.rows("select sum(row_count) from cost_daily")[0][0]
        assert count == MODELS * TENANTS * DAYS, count

    def measure(self, what, *words):
        start, cpu = time.monotonic(), self.cpu_seconds()
        answer = self.costd.json(*words)
        cpu, wall = self.cpu_seconds() - cpu, time.monotonic() - start
        reprice = answer["reprice"]
        self.rows.append([what, f"{reprice['rows']:,}", str(reprice["days"]), f"{wall:.2f}",
                          f"{cpu:.2f}"])
        return answer

    def cpu_seconds(self):
        """User and system time of costd so far."""
        with open(f"/proc/{self.costd.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def change_prices(self):
        for name, output in (("first.json", 4e-06), ("second.json", 5e-06)):
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(price_map(output))
        day = ("--effective", "2026-01-01")
        first = self.path("first.json")
        self.measure("import of 3,000 models, dry run", "prices", "import", first, *day,
                     "--dry-run")
        self.measure("import of 3,000 models, all unpriced before", "prices", "import", first, *day)
        self.check(4_000_000)
        self.measure("the same file again", "prices", "import", first, *day)
        self.measure("import of 3,000 changed models", "prices", "import", self.path("second.json"),
                     *day)
        self.check(5_000_000)
        added = self.measure("one price added", "prices", "add", "--model", "model-7",
                             "--provider", "alpha", "--effective", "2026-10-15", "--input", "1",
                             "--output", "6")
        self.measure("one price deleted", "prices", "delete", str(added["id"]), "--yes")
        self.check(5_000_000)

    def check(self, output_micros):
        assert Fraction(self.costd.total()) == expected_total(output_micros), self.costd.total()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default="/tmp/costd-bench", help="folder for the data")
    options = parser.parse_args()
    subprocess.run(["cmake", "--build", BUILD, "--target", "costd", "costctl"], check=True,
                   stdout=subprocess.DEVNULL)
    bench = Bench(options.work)
    try:
        bench.fill()
        load = os.getloadavg()[0]
        bench.change_prices()
    finally:
        bench.costd.kill()
    print(f"{MODELS * TENANTS * DAYS:,} rows of cost_daily; {machine()}; {compiler(BUILD)}, SQLite "
          f"{sqlite_version()}; load before {load:.1f}\n")
    print(markdown_table(["change of prices", "rows re-priced", "days written", "wall s", "CPU s"],
                         bench.rows))
    shutil.rmtree(bench.folder)


if __name__ == "__main__":
    main()
