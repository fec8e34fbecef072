#!/usr/bin/env python3
"""Prints what the sample run came to; fails if costd counted other records than were written.

    summary.py OUT              OUT: samples/out after run.sh
    summary.py --report-ids     ids in the answer of `costctl chargeback list` on standard input
"""

import json
import os
import sys


def load(folder, *names):
    with open(os.path.join(folder, *names), encoding="utf-8") as file:
        return json.load(file)


def rows_of(answer):
    """The rows of a list, whether they stand alone or in a page with a total."""
    if isinstance(answer, list):
        return answer
    return next(value for value in answer.values() if isinstance(value, list))


def find_count(answer, name):
    """The first number of this name anywhere in the answer, or None."""
    if isinstance(answer, dict):
        if isinstance(answer.get(name), int):
            return answer[name]
        answer = list(answer.values())
    if isinstance(answer, list):
        for value in answer:
            count = find_count(value, name)
            if count is not None:
                return count
    return None


def ingest_run(runs):
    """The run that took the files in: the oldest of the job `ingest` that counted duplicates."""
    found = [run for run in rows_of(runs)
             if "ingest" in json.dumps(run) and find_count(run, "duplicates")]
    return found[-1] if found else {}


def cents_of(exact):
    """"1234.567..." USD in cents, half-even, without floating point."""
    whole, _, decimals = exact.partition(".")
    picos = int(whole + decimals.ljust(12, "0")[:12])
    cents, rest = divmod(picos, 10**10)
    return cents + (rest > 5 * 10**9 or (rest == 5 * 10**9 and cents % 2 == 1))


def statement_total(tenants):
    """As the statement of all tenants shows it: the sum of the tenants' rounded totals."""
    cents = sum(cents_of(row["totalCost"]) for row in tenants)
    return f"{cents // 100:,}.{cents % 100:02}"


def lines_of(folder):
    expected = load(folder, "month", "expected.json")
    costs = load(folder, "costs.json")
    run = ingest_run(load(folder, "runs.json"))
    duplicates = find_count(run, "duplicates")
    quarantined = find_count(run, "quarantined")
    refused = expected["malformed"] + expected["conflicts"]
    tenants = rows_of(load(folder, "costs-by-tenant.json"))
    anomalies = rows_of(load(folder, "anomalies.json"))
    problems = []
    if duplicates != expected["duplicates"]:
        problems.append(f"duplicates: {duplicates}, written were {expected['duplicates']}")
    # A malformed line and a conflicting id are both quarantined.
    if quarantined != refused:
        problems.append(f"quarantined: {quarantined}, written were {refused}")
    text = [
        ("spend in October 2026", f"USD {statement_total(tenants)}",
         f"exactly {costs['totalCost']}"),
        ("requests", f"{costs['requests']:,}", f"of {len(tenants)} tenants"),
        ("  served from the cache", f"{costs['cacheHits']:,}", "no upstream call, no cost"),
        ("  estimated", f"{costs['estimatedRequests']:,}", "a stream without a usage block"),
        ("  UNPRICED", f"{costs['unpricedRequests']:,}", "no price: counted apart, never zero"),
        ("lines read", f"{expected['lines']:,}", "September and October"),
        ("  duplicates", f"{duplicates or 0:,}", "the same record again, dropped"),
        ("  quarantined", f"{quarantined or 0:,}",
         f"{expected['malformed']} malformed, {expected['conflicts']} conflicting"),
        ("anomalies", f"{len(anomalies):,}", "in October"),
    ]
    return text, problems


def print_summary(folder):
    text, problems = lines_of(folder)
    print()
    for name, figure, remark in text:
        print(f"  {name:<26}{figure:>16}   {remark}")
    reports = sorted(name for name in os.listdir(os.path.join(folder, "reports"))
                     if not name.endswith((".sig", ".manifest.json")))
    mails = os.listdir(os.path.join(folder, "mail", "new"))
    here = os.path.relpath(folder)
    print(f"\n  {len(reports)} report files   {here}/reports")
    for name in [name for name in reports if "all" in name.lower()][:3]:
        print(f"                    {here}/reports/{name}")
    evidence = sorted(os.listdir(os.path.join(folder, "compliance")))
    print(f"  {len(evidence)} files of compliance reports   {here}/compliance")
    for name in [name for name in evidence if name.endswith(".pdf")]:
        print(f"                    {here}/compliance/{name}")
    print(f"  {len(mails)} mails          {here}/mail/new")
    print(f"""
  To look around:   build/costd --config {here}/costd.yaml &
                    build/costctl --socket {here}/state/control.sock \\
                      costs summary --group-by tenant --from 2026-10-01 --to 2026-11-01
""")
    for problem in problems:
        print(f"  NOT AS GENERATED: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--report-ids"]:
        print("\n".join(row["id"] for row in rows_of(json.load(sys.stdin))))
    elif len(sys.argv) == 2:
        sys.exit(print_summary(sys.argv[1]))
    else:
        sys.exit(__doc__)
