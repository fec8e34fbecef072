#!/usr/bin/python3
"""Spool file to priced rollup: costd against DuckDB, and against simdjson that only reads.

One command: builds, writes the data, runs the contenders in turn, compares their totals to the last
digit, and prints tables in Markdown. Exits 1 if the totals differ. See README.md.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from decimal import Decimal

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.join(ROOT, "tests", "end_to_end"))

import model_prices
import queries
from costd_process import BUILD, COSTD, PLAIN_CONFIG, Costd
from measure import (compiler, machine, markdown_table, median, run_measured, sqlite_version, warm)

BENCH = os.path.join(BUILD, "tests", "bench")
DUCKDB_PACKAGE = "@duckdb/node-api@1.5.6-r.1"
COSTD_NAME = "costd"
DISTINCT = "DuckDB, DISTINCT ON (id)"
PLAIN = "DuckDB, no de-duplication"
FLOOR = "simdjson, fields read, nothing kept"


class Bench:
    """The work folder with the data and what each contender makes of it."""

    def __init__(self, options):
        self.work = os.path.abspath(options.work)
        self.log = os.path.join(self.work, "bench.log")
        self.rates = os.path.join(self.work, "rates.csv")
        self.data = os.path.join(self.work, f"usage-{options.records}-seed-{options.seed}"
                                            f"-duplicates-{options.duplicates}.jsonl")
        self.costd = None
        self.load_before = 0.0
        os.makedirs(self.work, exist_ok=True)
        with open(self.rates, "w", encoding="utf-8") as file:
            file.write(model_prices.rates_csv())

    def fresh_costd(self):
        folder = os.path.join(self.work, "costd")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        self.costd = Costd(folder, PLAIN_CONFIG, model_prices.price_file())

    def run_costd(self):
        """The file is moved into the spool and back again; nothing is copied."""
        self.fresh_costd()
        name = os.path.basename(self.data)
        os.rename(self.data, self.costd.path("spool", name))
        try:
            measured = run_measured([COSTD, "--config", self.costd.path("costd.yaml"), "--once",
                                     "ingest,rollup"], self.log)
        finally:
            for folder in ("spool", "spool/done", "spool/quarantine"):
                if os.path.exists(self.costd.path(folder, name)):
                    os.rename(self.costd.path(folder, name), self.data)
        state = self.costd.path("state")
        measured.disk_bytes = sum(os.path.getsize(os.path.join(state, file))
                                  for file in os.listdir(state) if ".db" in file)
        return measured

    def run_duckdb(self, mode):
        measured = run_measured(["node", os.path.join(HERE, "duckdb.mjs"), mode, self.data,
                                 self.rates, self.work], self.log)
        measured.disk_bytes = json.loads(measured.output)["fileBytes"]
        return measured

    def run_floor(self):
        return run_measured([os.path.join(BENCH, "bench_simdjson"), self.data], self.log)

    def clean(self):
        """The data stays for the next time."""
        for name in ("costd", "duckdb-temp"):
            shutil.rmtree(os.path.join(self.work, name), ignore_errors=True)
        for name in ("usage.duckdb", "usage.duckdb.wal"):
            if os.path.exists(os.path.join(self.work, name)):
                os.remove(os.path.join(self.work, name))


def build():
    if not os.path.exists(os.path.join(BUILD, "CMakeCache.txt")):
        subprocess.run(["cmake", "--preset", "release", "-B", BUILD], cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", BUILD, "--target", "costd", "costctl", "bench_generate",
                    "bench_simdjson"], check=True, stdout=subprocess.DEVNULL)


def generate(bench, options):
    if os.path.exists(bench.data):
        return
    part = bench.data + ".part"
    subprocess.run([os.path.join(BENCH, "bench_generate"), "--models", model_prices.MODELS,
                    "--out", part, "--records", str(options.records), "--seed", str(options.seed),
                    "--duplicates", str(options.duplicates)], check=True,
                   stdout=subprocess.DEVNULL)
    os.rename(part, bench.data)


def install_duckdb(bench):
    if not os.path.isdir(os.path.join(bench.work, "node_modules", "@duckdb", "node-api")):
        subprocess.run(["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix",
                        bench.work, DUCKDB_PACKAGE], check=True)


def run_rounds(bench, options):
    """{contender: its runs}. Each round begins with another contender."""
    contenders = {COSTD_NAME: bench.run_costd, FLOOR: bench.run_floor}
    if not options.skip_duckdb:
        contenders[DISTINCT] = lambda: bench.run_duckdb("distinct")
        contenders[PLAIN] = lambda: bench.run_duckdb("plain")
    names = list(contenders)
    runs = {name: [] for name in names}
    for round_number in range(options.rounds):
        first = round_number % len(names)
        for name in names[first:] + names[:first]:
            runs[name].append(contenders[name]())
            print(f"round {round_number + 1}: {name}: {runs[name][-1].wall_s:.2f} s",
                  file=sys.stderr, flush=True)
    return runs


def results_table(runs, lines):
    rows = []
    for name, measured in runs.items():
        wall = median([run.wall_s for run in measured])
        disk = measured[-1].disk_bytes
        rows.append([name, f"{wall:.2f}", f"{min(run.wall_s for run in measured):.2f}",
                     f"{lines / wall / 1e6:.2f}",
                     f"{median([run.cpu_s for run in measured]):.1f}",
                     f"{median([run.peak_rss_bytes for run in measured]) / 1e6:.0f}",
                     f"{disk / 1e6:.0f}" if disk else "", f"{disk / lines:.1f}" if disk else ""])
    return markdown_table(["contender", "wall s, median", "wall s, minimum", "million records/s",
                           "CPU s", "peak RSS MB", "on disk MB", "bytes a record"], rows)


def ratios_table(runs):
    def row(title, above, below, form):
        figures = [choose([run.wall_s for run in runs[above]])
                   / choose([run.wall_s for run in runs[below]]) for choose in (median, min)]
        return [title] + [form.format(figure) for figure in figures]

    rows = [row(f"{name} / costd", name, COSTD_NAME, "{:.2f}x")
            for name in (DISTINCT, PLAIN) if name in runs]
    rows.append(row("costd's speed as a share of simdjson's", FLOOR, COSTD_NAME, "{:.1%}"))
    return markdown_table(["ratio of wall times", "of medians", "of minima"], rows)


def differences(runs, summary, lines):
    """What the contenders do not agree on, a sentence each."""
    found = []

    def must_be(what, value, expected):
        if value != expected:
            found.append(f"{what}: {value}, not {expected}")

    must_be("unpriced requests of costd", summary["unpricedRequests"], 0)
    floor = json.loads(runs[FLOOR][-1].output)
    must_be("records of simdjson", floor["records"], lines)
    for name in (DISTINCT, PLAIN):
        for run in runs.get(name, []):
            answer = json.loads(run.output)
            must_be(f"unpriced requests of {name}", answer["unpricedRequests"], 0)
            if name == PLAIN:
                must_be(f"requests of {name}", answer["requests"], lines)
                continue
            must_be(f"requests of {name}", answer["requests"], summary["requests"])
            must_be(f"pico-USD of {name}", int(answer["totalPicos"]),
                    int(Decimal(summary["totalCost"]).scaleb(12)))
    return found


def facts(bench, runs, summary, lines):
    floor = json.loads(runs[FLOOR][-1].output)
    versions = [f"SQLite {sqlite_version()}",
                f"simdjson {floor['version']} ({floor['implementation']})"]
    if DISTINCT in runs:
        versions.append("DuckDB " + json.loads(runs[DISTINCT][-1].output)["version"])
    size = os.path.getsize(bench.data)
    return "\n".join([
        f"- machine: {machine()}; load average before the rounds {bench.load_before:.2f}",
        f"- versions: {', '.join(versions)}; {compiler(BUILD)}",
        f"- data: {lines:,} lines, {size / 1e9:.2f} GB, {size / lines:.0f} bytes a line; "
        f"{lines - summary['requests']:,} lines repeat an earlier one",
        f"- total: {summary['totalCost']} USD for {summary['requests']:,} requests",
        f"- command: {' '.join([os.path.relpath(sys.argv[0], ROOT)] + sys.argv[1:])}"]) + "\n"


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--records", type=int, default=10_000_000, help="lines (10,000,000)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each contender (3)")
    parser.add_argument("--seed", type=int, default=1, help="of the data (1)")
    parser.add_argument("--duplicates", type=int, default=100,
                        help="lines of a million that repeat an earlier line (100)")
    parser.add_argument("--work", default=os.path.join(tempfile.gettempdir(), "costd-bench"),
                        help="folder for data and databases, on a disk with room for them")
    parser.add_argument("--skip-duckdb", action="store_true", help="only costd and simdjson")
    parser.add_argument("--queries", action="store_true",
                        help="measure the control socket over the last database, too")
    parser.add_argument("--keep", action="store_true", help="leave the databases there")
    return parser.parse_args()


def main():
    options = parse_options()
    bench = Bench(options)
    build()
    if not options.skip_duckdb:
        install_duckdb(bench)
    generate(bench, options)
    warm(bench.data)
    bench.load_before = os.getloadavg()[0]
    runs = run_rounds(bench, options)
    bench.costd.start()
    try:
        summary = bench.costd.json("costs", "summary", "--from", "2026-10-01", "--to",
                                   "2026-11-01")
        print(results_table(runs, options.records))
        print(ratios_table(runs))
        print(facts(bench, runs, summary, options.records))
        if options.queries:
            print(queries.measure(bench.costd))
    finally:
        bench.costd.stop()
    found = differences(runs, summary, options.records)
    for difference in found:
        print(f"the totals differ: {difference}", file=sys.stderr)
    if not options.keep:
        bench.clean()
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
