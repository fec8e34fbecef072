"""A costd with a console: sixty days of a few tenants, budgets of each colour, an open anomaly."""

import datetime
import math
import random

from costd_process import free_port, json_lines, write_file

SEED = 20261126
CONFIG = """\
billing: {{ time_zone: Europe/Zurich }}
control: {{ socket: state/control.sock, tcp: "127.0.0.1:{port}" }}
sources:
  - {{ name: gateway, type: spool, path: spool }}
prices: prices.yaml
tenants: tenants.yaml
budgets:
  - {{ name: All tenants together, period: MONTHLY, limit: "900", soft_limit: 90 }}
  - {{ name: Meridian month, tenant: meridian-bank, period: MONTHLY, limit: "{amber}" }}
  - {{ name: Nordwind week, tenant: nordwind-retail, period: WEEKLY, limit: "20" }}
anomalies: {{ threshold_percent: 50, min_impact: 1 }}
schedules:
  - {{ name: refresh, cron: "0 3 1 1 *", jobs: [ingest, rollup, forecast, anomalies, budgets] }}
  - {{ name: month-end, cron: "0 6 4 * *", time_zone: Europe/Zurich, jobs: [close, chargeback],
      period: previous_month, formats: [pdf, csv, xlsx] }}
"""
TENANTS = """\
tenants:
  - { id: meridian-bank, name: Meridian Bank }
  - { id: nordwind-retail, name: "Nordwind & Söhne <Retail>" }
  - { id: unilab, name: Unilab Research }
"""
PRICES = """\
prices:
  - { model: "gpt-4o*", provider: openai, input: 2.50, output: 10, effective: 2020-01-01 }
  - { model: "o3", provider: openai, input: 2, output: 8, effective: 2020-01-01 }
  - { model: "claude-sonnet-4*", input: 3, output: 15, cache_read: 0.30, effective: 2020-01-01 }
  - { model: "gemini-2.5-pro", provider: google, input: 1.25, output: 10, effective: 2020-01-01 }
  - { model: "mistral-large", provider: mistral, input: 2, output: 6, effective: 2020-01-01 }
"""
# tenant, key, model, provider, dollars on a weekday or so
STREAMS = [
    ("meridian-bank", "key_meridian_6e417d56a1", "claude-sonnet-4-5", "anthropic", 9.0),
    ("meridian-bank", "key_meridian_6e417d56a1", "gpt-4o", "openai", 4.0),
    ("nordwind-retail", "key_nordwind_bb02c9d7e3", "gpt-4o-mini", "openai", 3.0),
    ("nordwind-retail", "key_nordwind_bb02c9d7e3", "gemini-2.5-pro", "google", 2.5),
    ("unilab", "key_unilab_04f1a2c3d4", "o3", "openai", 3.5),
    ("unilab", "key_unilab_04f1a2c3d4", "mistral-large", "mistral", 1.2),
]
DAYS = 60
RECORDS_A_DAY = 4


def records(today, rng):
    """A few large records a day and stream; weekends are quiet, and one stream runs off."""
    number = 0
    for back in range(DAYS, -1, -1):
        day = today - datetime.timedelta(days=back)
        for tenant, key, model, provider, dollars in STREAMS:
            volume = dollars * (0.35 if day.weekday() >= 5 else 1) * math.exp(rng.gauss(0, 0.08))
            if back == 2 and model == "gpt-4o":
                volume *= 6
            for part in range(RECORDS_A_DAY):
                number += 1
                tokens = round(volume / RECORDS_A_DAY * 1_000_000 / 6)
                yield {"id": f"r-{number:06}", "tenantId": tenant, "apiKey": key, "model": model,
                       "provider": provider, "inputTokens": tokens, "outputTokens": tokens // 3,
                       "cachedInputTokens": tokens // 4 if provider == "anthropic" else 0,
                       "estimated": number % 97 == 0,
                       "cacheStatus": "HIT" if number % 61 == 0 else "MISS",
                       "timestamp": f"{day}T{6 + part * 4:02}:{number % 60:02}:{part * 7:02}Z"}


def start(case):
    """(costd, "http://127.0.0.1:PORT", an operator's token)"""
    port = free_port()
    now = datetime.datetime.now(datetime.timezone.utc)
    weekdays = sum((now.replace(day=1) + datetime.timedelta(days=n)).weekday() < 5
                   for n in range(now.day))
    costd = case.make(CONFIG.format(port=port, amber=max(15, weekdays * 15)), PRICES)
    write_file(costd.path("tenants.yaml"), TENANTS)
    costd.start()
    rows = [row for row in records(now.date(), random.Random(SEED))
            if row["timestamp"] < now.strftime("%Y-%m-%dT%H:%M:%SZ")]
    rows.append(rows[-1] | {"id": "r-unpriced", "model": "m-new", "provider": "nobody",
                            "cacheStatus": "MISS"})
    costd.drop("records.jsonl", json_lines(rows))
    for job in ("ingest", "rollup", "forecast", "anomalies", "budgets"):
        costd.costctl("run", job, "--wait")
    return costd, f"http://127.0.0.1:{port}", token(costd, "operator")


def token(costd, role, *options):
    return costd.json("tokens", "add", "--name", f"test {role}", "--role", role,
                      *options)["token"]
