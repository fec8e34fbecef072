#!/usr/bin/env python3
"""How long compliance reports over a large audit log take, with all of it verified.

    tests/bench/compliance/run.py [--events 1000000] [--tenants 100] [--work FOLDER]

Writes a log, takes it into a fresh state directory, and makes a SOC 2 report of all tenants and a
HIPAA report of each. Beside it, in the same run, Python verifies the same chain with its own hmac
module: what an auditor would script. Goals: SOC 2 in 6 s, all HIPAA reports in 20 s.
"""

import argparse
import hashlib
import hmac
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
SECRET = "benchmark-secret-of-the-audit-log-0123"
MODELS = [("gpt-4o-mini", "openai"), ("claude-sonnet-4-5", "anthropic"),
          ("gemini-2.5-pro", "google")]
OCTOBER_MS = 31 * 86_400_000


def write_log(path, events, tenants):
    rng = random.Random(20261126)
    key = SECRET.encode()
    previous = None
    with open(path, "w", encoding="utf-8") as file:
        for n in range(1, events + 1):
            at = (n - 1) * OCTOBER_MS // events
            day, ms = divmod(at, 86_400_000)
            stamp = (f"2026-10-{day + 1:02}T{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:"
                     f"{ms // 1000 % 60:02}.{ms % 1000:03}Z")
            tenant = f"tenant-{rng.randrange(tenants):03}"
            model, provider = MODELS[rng.randrange(3)]
            fate = rng.random()
            if fate < 0.995:
                kind = "GATEWAY_RESPONSE"
                status = 200 if fate < 0.98 else 401 if fate < 0.985 else 500
                payload = (f'{{"api_key":"key_{tenant}_{rng.randrange(12):04}",'
                           f'"latency_ms":{rng.randrange(100, 9000)},"model":"{model}",'
                           f'"policy_decision":"ALLOW","provider":"{provider}",'
                           f'"status":{status},"tokens_total":{rng.randrange(50, 20000)}}}')
            else:
                kind = "POLICY_DENIED"
                payload = (f'{{"api_key":"key_{tenant}_0000","policy_decision":"DENY",'
                           f'"policy_id":"pol-1","policy_rule_id":"models",'
                           f'"reason":"not approved","status":403}}')
            bits = f"{rng.getrandbits(128):032x}"
            event_id = f"{bits[:8]}-{bits[8:12]}-{bits[12:16]}-{bits[16:20]}-{bits[20:]}"
            signed = f"{event_id}|{stamp}|{tenant}|{kind}|{payload}|{previous or ''}"
            digest = hmac.digest(key, signed.encode(), hashlib.sha256).hex()
            before = f'"{previous}"' if previous else "null"
            file.write(f'{{"seq":{n},"eventId":"{event_id}","timestamp":"{stamp}",'
                       f'"workspaceId":"{tenant}","eventType":"{kind}","payload":{payload},'
                       f'"previousHash":{before},"hmac":"{digest}","signedAt":"{stamp}"}}\n')
            previous = digest


def verify_in_python(path):
    """The chain's links and signatures, and nothing else."""
    key = SECRET.encode()
    previous = None
    with open(path, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            begin = line.index('"payload":') + 10
            payload = line[begin:line.index(',"previousHash":')]
            signed = (f"{event['eventId']}|{event['timestamp']}|{event['workspaceId'] or ''}|"
                      f"{event['eventType']}|{payload}|{event['previousHash'] or ''}")
            if event["previousHash"] != previous or hmac.digest(
                    key, signed.encode(), hashlib.sha256).hex() != event["hmac"]:
                sys.exit(f"broken at {event['seq']}")
            previous = event["hmac"]


def timed(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    wall = time.monotonic() - start
    if outcome.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{outcome.stdout}{outcome.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, after.ru_maxrss // 1024, outcome.stdout.strip()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--tenants", type=int, default=100)
    parser.add_argument("--work", default=os.path.join(tempfile.gettempdir(), "costd-bench-audit"))
    options = parser.parse_args()
    costd = os.path.join(os.environ.get("COSTD_BUILD_DIR", os.path.join(ROOT, "build")), "costd")
    shutil.rmtree(options.work, ignore_errors=True)
    os.makedirs(os.path.join(options.work, "spool"))
    log = os.path.join(options.work, "audit.jsonl")
    write_log(log, options.events, options.tenants)
    config = os.path.join(options.work, "costd.yaml")
    with open(os.path.join(options.work, "secret"), "w", encoding="utf-8") as file:
        file.write(SECRET)
    with open(os.path.join(options.work, "tenants.yaml"), "w", encoding="utf-8") as file:
        file.write("tenants:\n")
        for n in range(options.tenants):
            file.write(f"  - {{ id: tenant-{n:03} }}\n")
    with open(config, "w", encoding="utf-8") as file:
        file.write("state_dir: state\ntenants: tenants.yaml\nsources:\n"
                   "  - { name: audit, type: audit, path: spool, secret_file: secret }\n")
    shutil.copy(log, os.path.join(options.work, "spool", "audit.jsonl"))
    period = ["--from", "2026-10-01", "--to", "2026-11-01"]
    once = [costd, "--config", config, "--once"]
    size = os.path.getsize(log) / 1e6
    rows = [("take the log in", *timed([*once, "ingest"])),
            ("SOC 2, all tenants", *timed([*once, "compliance", "--type", "soc2", *period])),
            (f"HIPAA, {options.tenants} tenants",
             *timed([*once, "compliance", "--type", "hipaa", "--tenant", "each", *period]))]
    start = time.monotonic()
    verify_in_python(log)
    python = time.monotonic() - start
    print(f"{options.events:,} events, {size:.0f} MB, {options.tenants} tenants, "
          f"load average {os.getloadavg()[0]:.1f}\n")
    print("| what | wall, s | CPU, s | largest so far, MB | Python verifies alone, as often |")
    print("|---|---|---|---|---|")
    for name, wall, cpu, memory, _ in rows:
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {memory} | {python / wall:.1f} |")
    print(f"| the same chain verified by Python, nothing else | {python:.2f} | | | 1.0 |")
    for name, *_, said in rows:
        print(f"{name}: {said}")


if __name__ == "__main__":
    main()
