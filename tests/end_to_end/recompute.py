#!/usr/bin/env python3
"""Recomputes costs from the raw token records, apart from costd: the second opinion of the tests.

Integers only. A price is an integer of micro-USD per million tokens, so tokens times price is an
integer of pico-USD and nothing is ever rounded. It reads records, prices and tenants itself and
shares no code with costd or with the generator of the sample.

    recompute.py --prices prices.yaml --tenants tenants.yaml --from 2026-10-01 --to 2026-11-01 \\
        --source gateway=FOLDER --source legacy=FOLDER:costd.yaml

A source's mapping is a JSON file {"columns": {...}, "constants": {...}}, or a costd.yaml that has a
source of this name. Days are local dates of each tenant's zone; --to is exclusive.
"""

import argparse
import datetime
import json
import os
import re
import sys
import zoneinfo

import simple_yaml
from raw_records import EPOCH_ORDINAL, Refused, day_number, files_in, records_of

PICOS_PER_USD = 10**12
MICROS_PER_DAY = 86_400_000_000


def micros(text):
    """"2.50" USD per million tokens -> 2500000."""
    match = re.fullmatch(r"(\d+)(?:\.(\d{1,6}))?", text)
    if not match:
        raise ValueError(f"not a price with at most six decimals: {text!r}")
    return int(match.group(1)) * 10**6 + int((match.group(2) or "").ljust(6, "0"))


def class_rates(prices, base=None):
    """(input, cache read, cache write, 1 h cache write, output) after the fallbacks of one band.

    Every cache class falls back to the input of its own band; only a band that names no input or no
    output takes these two from the plain prices (`base`).
    """
    def own(name):
        return micros(prices[name]) if prices.get(name) is not None else None

    input_rate = own("input") if own("input") is not None else base[0]
    output_rate = own("output") if own("output") is not None else base[4]
    read = own("cache_read") if own("cache_read") is not None else input_rate
    write = own("cache_write") if own("cache_write") is not None else input_rate
    write_1h = own("cache_write_1h") if own("cache_write_1h") is not None else write
    return (input_rate, read, write, write_1h, output_rate)


class Price:
    def __init__(self, entry, age):
        self.pattern = entry["model"]
        self.provider = entry.get("provider") or ""
        self.tier = entry.get("service_tier") or "standard"
        self.effective = day_number(entry["effective"])
        self.rates = class_rates(entry)
        long_context = entry.get("long_context")
        self.above = int(long_context["above"]) if long_context else None
        self.long_rates = class_rates(long_context, self.rates) if long_context else None
        parts = ({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in self.pattern)
        self.matches = re.compile("".join(parts), re.DOTALL).fullmatch
        is_glob = "*" in self.pattern or "?" in self.pattern
        literals = sum(1 for char in self.pattern if char not in "*?")
        self.precedence = (not self.provider, is_glob, -literals, -self.effective, self.pattern,
                           age)

    def rates_for(self, input_tokens):
        is_long = self.above is not None and input_tokens > self.above
        return self.long_rates if is_long else self.rates


class PriceList:
    def __init__(self, entries):
        self.prices = sorted((Price(entry, age) for age, entry in enumerate(entries)),
                             key=lambda price: price.precedence)
        self.found = {}

    def find(self, model, provider, tier, day):
        """The price in effect on the day (a number), or None: then the usage is unpriced."""
        question = (model, provider, tier, day)
        if question not in self.found:
            self.found[question] = next(
                (price for price in self.prices
                 if price.tier == tier and price.effective <= day
                 and price.provider in ("", provider) and price.matches(model)), None)
        return self.found[question]


class Days:
    """Which local date an instant falls on for a tenant."""

    def __init__(self, tenants, default_zone):
        self.zones = {tenant["id"]: tenant["time_zone"] for tenant in tenants
                      if tenant.get("time_zone")}
        self.default_zone = default_zone

    def day_of(self, tenant, at_micros):
        name = self.zones.get(tenant, self.default_zone)
        if name == "UTC":
            return at_micros // MICROS_PER_DAY
        instant = datetime.datetime.fromtimestamp(at_micros // 1_000_000, datetime.timezone.utc)
        return instant.astimezone(zoneinfo.ZoneInfo(name)).date().toordinal() - EPOCH_ORDINAL


def format_day(number):
    return datetime.date.fromordinal(number + EPOCH_ORDINAL).isoformat()


GROUPS = ("tenant", "apiKey", "model", "provider", "day")
SUMS = ("inputPicos", "outputPicos", "requests", "inputTokens", "outputTokens", "totalTokens",
        "cachedInputTokens", "cacheWriteTokens", "reasoningTokens", "unpricedRequests",
        "estimatedRequests", "cacheHits")
# lines = records + duplicates + conflicts + malformed; `outside` are records of other days.
COUNTS = ("lines", "records", "duplicates", "conflicts", "malformed", "outside")


def charge(record, price):
    """(input pico-USD with all cache classes, output pico-USD) of a record at its price."""
    input_rate, read, write, write_1h, output_rate = price.rates_for(record.input)
    uncached = record.input - record.cached - record.write
    return (uncached * input_rate + record.cached * read
            + (record.write - record.write_1h) * write + record.write_1h * write_1h,
            record.output * output_rate)


def measure(record, prices, day):
    """The record as a row of SUMS. Hits, unpriced and estimated requests exclude each other."""
    picos = (0, 0)
    unpriced = 0
    if not record.hit:
        price = prices.find(record.model, record.provider, record.tier, day)
        unpriced = 0 if price else 1
        if price:
            picos = charge(record, price)
    estimated = int(record.estimated and not record.hit and not unpriced)
    return (*picos, 1, record.input, record.output, record.total, record.cached, record.write,
            record.reasoning, unpriced, estimated, int(record.hit))


def format_usd(picos):
    """Every digit of an amount that is not negative: all twelve decimals."""
    return f"{picos // PICOS_PER_USD}.{picos % PICOS_PER_USD:012d}"


def present(sums):
    named = dict(zip(SUMS, sums))
    input_picos, output_picos = named.pop("inputPicos"), named.pop("outputPicos")
    return {"totalCost": format_usd(input_picos + output_picos),
            "inputCost": format_usd(input_picos), "outputCost": format_usd(output_picos), **named}


def add(sums, row):
    for index, value in enumerate(row):
        sums[index] += value


def recompute(sources, prices, tenants, from_date, to_date, time_zone="UTC"):
    """All totals of [from_date, to_date), by local days of each tenant.

    sources: [(name, folder, mapping or None)]; prices and tenants: lists of mappings as the files
    have them; dates: "2026-10-01".
    """
    price_list = PriceList(prices)
    days = Days(tenants, time_zone)
    first, end = day_number(from_date), day_number(to_date)
    counts = dict.fromkeys(COUNTS, 0)
    refused = []
    cells = {}
    for name, folder, mapping in sources:
        for record in accepted(name, folder, mapping, counts, refused):
            day = days.day_of(record.tenant, record.at_micros)
            if not first <= day < end:
                counts["outside"] += 1
                continue
            key = (record.tenant, record.api_key, record.model, record.provider, day)
            row = measure(record, price_list, day)
            if key in cells:
                add(cells[key], row)
            else:
                cells[key] = list(row)
    return summarise(cells, from_date, to_date, counts, refused)


HORIZON_DAYS = 1


def known_as(record, seen):
    """The record of the same id that was accepted on its UTC day or one nearby, or None."""
    if not record.record_id:
        return None
    day = record.at_micros // MICROS_PER_DAY
    return next((known for known in seen.get(record.record_id, ())
                 if abs(known.at_micros // MICROS_PER_DAY - day) <= HORIZON_DAYS), None)


def accepted(name, folder, mapping, counts, refused):
    """The valid records of a source: the first of each id. Counts the rest and notes why."""
    seen = {}
    for path in files_in(folder):
        for line, record in records_of(path, mapping):
            counts["lines"] += 1
            reason = ""
            if isinstance(record, Refused):
                kind, reason = "malformed", str(record)
            elif not (known := known_as(record, seen)):
                kind = "records"
                seen.setdefault(record.record_id, []).append(record)
            elif known == record:
                kind = "duplicates"
            else:
                kind, reason = "conflicts", f"id {record.record_id} came before with other content"
            counts[kind] += 1
            if reason:
                refused.append({"source": name, "file": os.path.basename(path), "line": line,
                                "kind": kind, "reason": reason})
            if kind == "records":
                yield record


def summarise(cells, from_date, to_date, counts, refused):
    total = [0] * len(SUMS)
    groups = {group: {} for group in GROUPS}
    for key, row in cells.items():
        add(total, row)
        for group, value in zip(GROUPS, key):
            value = format_day(value) if group == "day" else value
            add(groups[group].setdefault(value, [0] * len(SUMS)), row)
    totals = present(total)
    return {"from": from_date, "to": to_date, "total": totals["totalCost"], "totals": totals,
            "counts": counts, "refused": refused,
            **{group: {key: present(sums) for key, sums in sorted(rows.items())}
               for group, rows in groups.items()}}


def load_mapping(path, source):
    """The CSV mapping of the source in a JSON file or in a costd.yaml."""
    if path.endswith(".json"):
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    for entry in simple_yaml.load(path)["sources"]:
        if entry["name"] == source:
            return {"columns": entry.get("columns"), "constants": entry.get("constants")}
    raise SystemExit(f"recompute: {path} has no source {source}")


def parse_source(text):
    name, _, place = text.partition("=")
    folder, _, mapping = place.partition(":")
    if not name or not folder:
        raise SystemExit(f"recompute: --source needs NAME=FOLDER[:MAPPING], not {text!r}")
    return name, folder, load_mapping(mapping, name) if mapping else None


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prices", required=True)
    parser.add_argument("--tenants")
    parser.add_argument("--from", dest="from_date", required=True)
    parser.add_argument("--to", dest="to_date", required=True, help="exclusive")
    parser.add_argument("--source", action="append", required=True, metavar="NAME=FOLDER[:MAPPING]")
    parser.add_argument("--time-zone", default="UTC", help="for tenants without one of their own")
    options = parser.parse_args(arguments)
    prices = simple_yaml.load(options.prices)["prices"]
    tenants = simple_yaml.load(options.tenants)["tenants"] if options.tenants else []
    sources = [parse_source(text) for text in options.source]
    result = recompute(sources, prices, tenants, options.from_date, options.to_date,
                       options.time_zone)
    json.dump(result, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main(sys.argv[1:])
