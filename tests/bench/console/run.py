#!/usr/bin/env python3
"""How soon the console answers over a month of records, and what its visitors cost an ingest.

    tests/bench/console/run.py                      10 million records
    tests/bench/console/run.py --records 1000000    the same in two minutes, to try things out

One command builds costd, writes the data, takes it in, opens each page for the first time and then
refreshes it; then it takes the same data in twice through a running daemon, alone and beside 100
refreshes of dashboards a second. Prints tables in Markdown. See README.md.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.join(ROOT, "tests", "end_to_end"))
sys.path.insert(0, os.path.join(ROOT, "tests", "bench", "ingest"))

import model_prices
from costd_process import BUILD, Costd, free_port
from measure import machine, markdown_table, median, warm

BENCH = os.path.join(BUILD, "tests", "bench")
CONFIG = """\
state_dir: state
control: {{ socket: state/control.sock, tcp: "127.0.0.1:{port}" }}
sources:
  - {{ name: gateway, type: spool, path: spool, format: auto }}
prices: prices.yaml
budgets:
  - {{ name: All tenants, period: MONTHLY, limit: "1000000" }}
"""
MONTH = {"from": "2026-10-01", "to": "2026-11-01"}
PAGES = {"cost dashboard": ("/console/", MONTH), "token usage": ("/console/usage", MONTH),
         "model pricing": ("/console/prices", {}), "budget caps": ("/console/budgets", {}),
         "chargeback": ("/console/chargeback", {}), "compliance": ("/console/compliance", {}),
         "runs and schedules": ("/console/runs", {})}
TENANTS = [f"tenant-{number:02}" for number in range(50)]
REFRESHES = 100
VISITORS = 10  # each refreshes ten times a second


class Browser:
    """One who is signed in, over one connection that stays open."""

    def __init__(self, port, token):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        answer, _ = self.ask("POST", "/console/sign-in", urllib.parse.urlencode({"token": token}))
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]

    def ask(self, method, target, body=None, **headers):
        self.connection.request(method, target, body, headers)
        answer = self.connection.getresponse()
        return answer, answer.read().decode()

    def page(self, path, query):
        """(milliseconds, HTML)"""
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        start = time.perf_counter()
        answer, html = self.ask("GET", target, Cookie=self.cookie)
        took = (time.perf_counter() - start) * 1000
        if answer.status != 200:
            raise SystemExit(f"GET {target}: {answer.status} {html[:300]}")
        return took, html

    def refresh(self, path, query, known):
        """(milliseconds, the parts that have changed); `known` is what the browser has."""
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        start = time.perf_counter()
        answer, body = self.ask("GET", target, Cookie=self.cookie,
                                **{"X-Parts": ",".join(f"{n}={h}" for n, h in known.items())})
        took = (time.perf_counter() - start) * 1000
        if answer.status != 200:
            raise SystemExit(f"refresh of {target}: {answer.status} {body[:300]}")
        parts = json.loads(body)["parts"]
        known.update({name: part["hash"] for name, part in parts.items()})
        return took, parts


def parts_of(html):
    return dict(re.findall(r'data-part="([^"]+)" data-hash="([^"]+)"', html))


class Visitors:
    """Refresh dashboards at a steady rate, however long an answer takes: its time counts from when
    it was due."""

    def __init__(self, port, token, rate):
        self.browsers = [Browser(port, token) for _ in range(VISITORS)]
        self.rate = rate
        self.times = []
        self.failures = []
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.visit, args=(number,))
                        for number in range(VISITORS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def visit(self, number):
        browser = self.browsers[number]
        query = MONTH | ({"tenantId": TENANTS[number]} if number else {})
        try:
            known = parts_of(browser.page("/console/", query)[1])
            due = time.perf_counter() + number / self.rate
            while not self.is_over.is_set():
                time.sleep(max(0.0, due - time.perf_counter()))
                browser.refresh("/console/", query, known)
                self.times.append((time.perf_counter() - due) * 1000)
                due += VISITORS / self.rate
        except (OSError, SystemExit, http.client.HTTPException) as failure:
            self.failures.append(f"visitor {number}: {failure!r}")


class World:
    def __init__(self, options):
        self.work = os.path.abspath(options.work)
        self.data = os.path.join(self.work, f"usage-{options.records}.jsonl")
        self.records = options.records
        os.makedirs(self.work, exist_ok=True)

    def generate(self):
        if not os.path.exists(self.data):
            part = self.data + ".part"
            subprocess.run([os.path.join(BENCH, "bench_generate"), "--models", model_prices.MODELS,
                            "--out", part, "--records", str(self.records), "--seed", "1",
                            "--duplicates", "100"], check=True, stdout=subprocess.DEVNULL)
            os.rename(part, self.data)
        warm(self.data)

    def fresh(self):
        """(costd without a record that runs, its TCP port, a viewer's token)"""
        folder = os.path.join(self.work, "costd")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        port = free_port()
        costd = Costd(folder, CONFIG.format(port=port), model_prices.price_file()).start()
        token = costd.json("tokens", "add", "--name", "bench", "--role", "viewer")["token"]
        return costd, port, token

    def ingest(self, costd):
        """Seconds from the order to the end of the ingest; the file is moved there and back."""
        os.sync()
        name = os.path.basename(self.data)
        os.rename(self.data, costd.path("spool", name))
        try:
            start = time.perf_counter()
            run = self.run(costd, "ingest")
            took = time.perf_counter() - start
        finally:
            for folder in ("spool", "spool/done", "spool/quarantine"):
                if os.path.exists(costd.path(folder, name)):
                    os.rename(costd.path(folder, name), self.data)
        if run["counts"]["records"] < self.records * 0.99:
            raise SystemExit(f"the ingest took in {run['counts']}")
        return took

    @staticmethod
    def run(costd, job):
        started = json.loads(costd.request("POST", "/v1/admin/runs",
                                           json.dumps({"job": job}))[2])
        while True:
            run = costd.get(f"/v1/admin/runs/{started['id']}")
            if run["state"] not in ("queued", "running"):
                if run["state"] != "succeeded":
                    raise SystemExit(f"{job}: {run}")
                return run
            time.sleep(0.05)


def measure_pages(costd, port, token):
    """A row a page: first opening, refreshes while nothing changes, weight."""
    rows = []
    browser = Browser(port, token)
    for title, (path, query) in PAGES.items():
        first, html = browser.page(path, query)
        known = parts_of(html)
        times = [browser.refresh(path, query, known)[0] for _ in range(REFRESHES)]
        rows.append([title, f"{first:.1f}", f"{median(times):.2f}", f"{max(times):.1f}",
                     f"{len(html.encode()) / 1000:.0f}"])
    first = [browser.page("/console/", MONTH | {"tenantId": tenant})[0] for tenant in TENANTS]
    rows.append([f"cost dashboards of {len(TENANTS)} tenants", f"{median(first):.1f}", "", "", ""])
    first = [browser.page("/console/usage", MONTH | {"tenantId": tenant})[0] for tenant in TENANTS]
    rows.append([f"token usage of {len(TENANTS)} tenants", f"{median(first):.1f}", "", "", ""])
    return rows


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--records", type=int, default=10_000_000, help="lines (10,000,000)")
    parser.add_argument("--rate", type=int, default=100, help="refreshes a second (100)")
    parser.add_argument("--rounds", type=int, default=3, help="ingests of each kind (3)")
    parser.add_argument("--work", help="folder for data and databases",
                        default=os.path.join(tempfile.gettempdir(), "costd-bench-console"))
    options = parser.parse_args()
    subprocess.run(["cmake", "--build", BUILD, "--target", "costd", "costctl", "bench_generate"],
                   check=True, stdout=subprocess.DEVNULL)
    world = World(options)
    world.generate()
    load = os.getloadavg()[0]
    alone, visited, times, failures, pages = [], [], [], [], []
    for number in range(options.rounds):
        costd, port, token = world.fresh()
        alone.append(world.ingest(costd))
        if number == options.rounds - 1:
            for job in ("rollup", "forecast", "anomalies", "budgets"):
                world.run(costd, job)
            pages = measure_pages(costd, port, token)
        costd.stop()
        costd, port, token = world.fresh()
        with Visitors(port, token, options.rate) as visitors:
            visited.append(world.ingest(costd))
        times += visitors.times
        failures += visitors.failures
        costd.stop()
    print(f"{options.records:,} records, {machine()}, load average before {load:.1f}\n")
    print(markdown_table(["page", "first, ms", "refresh, ms, median", "refresh, ms, longest", "kB"],
                         pages))
    slower = median(visited) / median(alone) - 1
    print(markdown_table(
        ["ingest", "seconds, median", "refreshes", "failed", "p50, ms", "p99, ms", "longest, ms"],
        [["alone", f"{median(alone):.2f}", "", "", "", "", ""],
         [f"with {options.rate} refreshes a second", f"{median(visited):.2f} ({slower:+.0%})",
          f"{len(times):,}", str(len(failures)), f"{percentile(times, 0.5):.1f}",
          f"{percentile(times, 0.99):.1f}", f"{max(times):.1f}"]]))
    for failure in failures:
        print(failure, file=sys.stderr)
    shutil.rmtree(os.path.join(world.work, "costd"), ignore_errors=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
