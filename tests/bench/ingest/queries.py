#!/usr/bin/python3
"""How long the control socket takes to answer over a month of records that run.py --keep left.

Starts costd on that state, asks each question often over one connection, and prints a table.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlencode

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.join(ROOT, "tests", "end_to_end"))

from costd_process import COSTCTL, Costd, UnixConnection
from measure import markdown_table, median

MONTH = {"from": "2026-10-01", "to": "2026-11-01"}
ELEVEN_DAYS = {"from": "2026-10-11", "to": "2026-10-22"}
LIST = "/v1/admin/token-usage"
USAGE_SUMMARY = "/v1/admin/token-usage/summary"
COSTS_SUMMARY = "/v1/admin/costs/summary"
WARM_UPS, REQUESTS_MIN, REQUESTS_MAX, SECONDS_MAX = 5, 5, 50, 20


class Asker:
    """GET over one connection that stays open."""

    def __init__(self, socket):
        self.connection = UnixConnection(socket)

    def text(self, path, **query):
        self.connection.request("GET", path + "?" + urlencode(query))
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"GET {path} {query}: {answer.status} {body.decode()}")
        return body

    def json(self, path, **query):
        return json.loads(self.text(path, **query))

    def times_ms(self, path, query):
        for _ in range(WARM_UPS):
            self.text(path, **query)
        times = []
        end = time.perf_counter() + SECONDS_MAX
        while len(times) < REQUESTS_MAX and (len(times) < REQUESTS_MIN
                                             or time.perf_counter() < end):
            start = time.perf_counter()
            self.text(path, **query)
            times.append((time.perf_counter() - start) * 1000)
        return times


def keys_by_cost(ask, group, **query):
    """The groups of the month, the dearest first."""
    groups = ask.json(COSTS_SUMMARY, groupBy=group, **MONTH, **query)["groups"]
    return [found["key"] for found in sorted(groups, key=lambda found: -float(found["totalCost"]))]


def busy_pair(ask):
    tenant = keys_by_cost(ask, "tenant")[0]
    return {"tenantId": tenant, "model": keys_by_cost(ask, "model", tenantId=tenant)[0]}


def pair_that_never_occurs(ask):
    """A tenant and a model that both occur, but not together."""
    models = keys_by_cost(ask, "model")
    for tenant in keys_by_cost(ask, "tenant"):
        used = set(keys_by_cost(ask, "model", tenantId=tenant))
        for model in models:
            if model not in used:
                return {"tenantId": tenant, "model": model}
    return {"tenantId": "tenant-00", "model": "no-such-model"}


def page_query(ask, query, number):
    """The query for that page, by the cursors of all pages before it; nothing if there is none."""
    for _ in range(number - 1):
        cursor = ask.json(LIST, **query)["nextCursor"]
        if cursor is None:
            return None
        query = query | {"cursor": cursor}
    return query


def questions(ask):
    """(what is asked, path, query)"""
    pair, never = busy_pair(ask), pair_that_never_occurs(ask)
    page = {**pair, **ELEVEN_DAYS, "limit": 50}
    yield "last 50 records of tenant and model, 11 days", LIST, page
    for number, name in ((2, "2nd"), (10, "10th"), (100, "100th")):
        query = page_query(ask, page, number)
        if query:
            yield f"the same, {name} page by cursor", LIST, query
    yield "the same, a pair that never occurs", LIST, {**never, **ELEVEN_DAYS, "limit": 50}
    yield "last 50 records of all, 11 days", LIST, {**ELEVEN_DAYS, "limit": 50}
    yield "usage summary of tenant and model, month", USAGE_SUMMARY, pair | MONTH
    yield "usage summary of all, month", USAGE_SUMMARY, MONTH
    yield "usage summary, a pair that never occurs, month", USAGE_SUMMARY, never | MONTH
    yield "costs summary of all, month", COSTS_SUMMARY, MONTH
    yield "costs summary by model, month", COSTS_SUMMARY, MONTH | {"groupBy": "model"}
    yield "costs summary by tenant, month", COSTS_SUMMARY, MONTH | {"groupBy": "tenant"}


def matches(answer):
    return answer.get("total", answer.get("requests"))


def recount_row(costd):
    """The job that adds up the daily usage anew from the raw records, once; a costd may lack it."""
    start = time.perf_counter()
    result = subprocess.run([COSTCTL, "--socket", costd.socket, "run", "recount", "--wait"],
                            capture_output=True, text=True, check=False)
    time_ms = f"{(time.perf_counter() - start) * 1000:.0f}"
    if "there is no job" in result.stderr:
        time_ms = "no such job yet"
    elif result.returncode != 0:
        raise SystemExit(f"costctl run recount: exit {result.returncode}\n{result.stderr}")
    return ["costctl run recount --wait", "1", "", time_ms, "", ""]


def measure(costd):
    """The table of all questions to a costd that runs."""
    ask = Asker(costd.socket)
    rows = []
    for title, path, query in questions(ask):
        times = ask.times_ms(path, query)
        rows.append([title, str(len(times)), f"{matches(ask.json(path, **query)):,}"]
                    + [f"{figure:.2f}" for figure in (median(times), min(times), max(times))])
    rows.append(recount_row(costd))
    return markdown_table(["question", "times", "records", "ms, median",
                           "minimum", "maximum"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", default=os.path.join(tempfile.gettempdir(), "costd-bench"),
                        help="the folder that run.py --keep was given")
    options = parser.parse_args()
    costd = Costd(os.path.join(options.work, "costd"), None, None).start()
    try:
        print(measure(costd))
    finally:
        costd.stop()


if __name__ == "__main__":
    main()
