"""The prices of models.csv, as costd's price file and as the rates that DuckDB joins with.

Both come from the same rows, without floating point: amounts agree to the last digit.
"""

import csv
import os
from decimal import Decimal

MODELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models.csv")
BAND_EDGES = [32_000, 64_000, 128_000, 200_000, 256_000, 272_000, 512_000, 1_000_000]
CLASSES = ["input", "cache_read", "cache_write", "output"]


def offerings():
    with open(MODELS, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def price_file():
    """costd's prices.yaml."""
    return "prices:\n" + "".join(price_entry(row) for row in offerings())


def price_entry(row):
    keys = {name: row[name] for name in ("input", "output", "cache_read", "cache_write")}
    long = {name.removeprefix("long_"): row[name] for name in row if name.startswith("long_")}
    parts = [f'model: "{row["model"]}"', f"provider: {row['provider']}"] + settings(keys)
    if row["long_above"]:
        parts.append("long_context: { " + ", ".join(settings(long)) + " }")
    return "  - { " + ", ".join(parts + ["effective: 2026-01-01"]) + " }\n"


def settings(values):
    return [f"{name}: {value}" for name, value in values.items() if value]


def rates_csv():
    """model, provider, context band and micro-USD per million tokens of each class."""
    lines = ["model,provider,band," + ",".join(CLASSES)]
    for row in offerings():
        for band in range(len(BAND_EDGES) + 1):
            rates = rates_in(row, band)
            lines.append(",".join([row["model"], row["provider"], str(band)]
                                  + [str(rates[name]) for name in CLASSES]))
    return "\n".join(lines) + "\n"


def rates_in(row, band):
    """A class without a price of its own costs as much as the band's input."""
    is_long = row["long_above"] and band > BAND_EDGES.index(int(row["long_above"]))
    prefix = "long_" if is_long else ""
    return {name: micros(row.get(prefix + name) or row[prefix + "input"]) for name in CLASSES}


def micros(usd):
    value = Decimal(usd) * 1_000_000
    if value != int(value):
        raise ValueError(f"{usd} has more than 6 decimals")
    return int(value)
