#!/usr/bin/env python3
"""Writes the sample month: token records as a gateway and a CSV export drop them.

    generate.py FOLDER

makes FOLDER/gateway (a file a day, some compressed), FOLDER/legacy (one CSV) and
FOLDER/expected.json with what the generator knows about them. September and October 2026; the same
bytes on every run. What is nasty about the month stands in oddities.py.
"""

import datetime
import gzip
import json
import math
import os
import random
import sys
from bisect import bisect
from itertools import accumulate

import oddities
import traffic

SEED = 20261001
DAY_MS = 86_400_000
EPOCH = datetime.date(1970, 1, 1)
LAST_DAY = traffic.NEXT_MONTH  # the export was made at six in the morning of this day
CUT_HOUR = 6
DUPLICATES_PER_DAY = 8  # each once in the same file and once in the next: half a percent of all
CLOCK = [f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}" for second in range(86_400)]

# Until this day the gateway ran a build without the three later token fields; from the other on it
# writes workspaceId in place of tenantId.
CACHE_FIELDS_FROM = datetime.date(2026, 9, 3)
WORKSPACE_FROM = datetime.date(2026, 10, 20)


def day_start_ms(day):
    return (day - EPOCH).days * DAY_MS


def timestamp(at_ms):
    """RFC 3339 in UTC with milliseconds."""
    day, rest = divmod(at_ms, DAY_MS)
    date = EPOCH + datetime.timedelta(days=day)
    return f"{date.isoformat()}T{CLOCK[rest // 1000]}.{rest % 1000:03}Z"


class Drawing:
    """Draws the calls of a stream; everything random comes from one generator."""

    def __init__(self, rng):
        self.rng = rng

    def record_id(self):
        digits = f"{self.rng.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def tokens(self, shape, input_max):
        """(input, cached, cache write, of it for an hour, output, reasoning)"""
        rng = self.rng
        amount = min(int(math.exp(shape.input_log + shape.input_spread * rng.gauss(0, 1))) + 1,
                     input_max)
        cached = write = write_1h = 0
        if amount > 1024 and shape.cached_chance and rng.random() < shape.cached_chance:
            cached = int(amount * shape.cached_ratio * rng.uniform(0.7, 1.2)) // 128 * 128
        if shape.write_chance and rng.random() < shape.write_chance:
            write = int(amount * shape.write_ratio * rng.uniform(0.5, 1.0))
            if rng.random() < shape.hour_chance:
                write_1h = int(write * rng.uniform(0.4, 1.0))
        if shape.output_log is None:
            return amount, cached, write, write_1h, 0, 0
        output = int(math.exp(shape.output_log + shape.output_spread * rng.gauss(0, 1))) + 1
        reasoning = int(output * shape.reasoning_ratio * rng.uniform(0.6, 1.1))
        return amount, cached, write, write_1h, output, reasoning

    def lateness_ms(self):
        """Until the record is written: some seconds, now and then minutes."""
        if self.rng.random() < 0.01:
            return int(self.rng.uniform(10_000, 300_000))
        return int(self.rng.expovariate(1 / 1500))


def tier_of(stream, fate):
    if stream.model == "gpt-5" and stream.tenant == "orbit-support" and fate > 0.85:
        return "priority"
    if stream.model == "o3" and fate > 0.97:
        return "flex"
    return ""


def calls_of_day(stream, day, drawing):
    """[(written at, called at, key index, tokens, fate)] of the stream on the day."""
    rng = drawing.rng
    count = traffic.volume(stream, day, rng)
    start = day_start_ms(day)
    hours = list(accumulate(stream.rhythm.hours))
    input_max = traffic.INPUT_MAX.get(stream.model, 128_000)
    calls = []
    for _ in range(count):
        fate = rng.random()  # one draw decides HIT, estimated, tier and tags
        hour = bisect(hours, rng.random() * hours[-1])
        at = start + hour * 3_600_000 + int(rng.random() * 3_600_000)
        index = int(len(stream.keys) * rng.random() ** 2)  # the first keys are the busiest
        tokens = drawing.tokens(stream.shape, input_max)
        calls.append((at + drawing.lateness_ms(), at, index, tokens, fate))
    return calls


def gateway_line(stream, call, day, drawing):
    """One line of JSON, written by hand because json.dumps would take half of the time."""
    _, at, index, (amount, cached, write, write_1h, output, reasoning), fate = call
    is_hit = fate < 0.03
    is_estimated = 0.03 <= fate < 0.05
    if is_hit or is_estimated or day < CACHE_FIELDS_FROM:
        cached = write = write_1h = reasoning = 0
    owner = "workspaceId" if day >= WORKSPACE_FROM else "tenantId"
    fingerprint = "null" if is_hit else f'"{stream.tenant[:4]}{len(stream.provider):02x}c0ffee"'
    line = (
        f'{{"id":"{drawing.record_id()}","{owner}":"{stream.tenant}",'
        f'"apiKey":"{stream.keys[index]}","model":"{stream.model}","provider":"{stream.provider}",'
        f'"inputTokens":{amount},"outputTokens":{output},"totalTokens":{amount + output},'
        f'"estimated":{"true" if is_estimated else "false"},"credentialFingerprint":{fingerprint},'
        f'"cacheStatus":"{"HIT" if is_hit else "MISS"}","timestamp":"{timestamp(at)}"')
    if day >= CACHE_FIELDS_FROM:
        line += (f',"cachedInputTokens":{cached},"cacheWriteTokens":{write},'
                 f'"reasoningTokens":{reasoning}')
    if write_1h:
        line += f',"cacheWrite1hTokens":{write_1h}'
    if tier := tier_of(stream, fate):
        line += f',"serviceTier":"{tier}"'
    if 0.1 < fate:
        line += f',"tags":{{"team":"{stream.teams[index]}"}}'
    return line + "}"


def batch_lines(day, keys, drawing):
    """The day's collected batch jobs as (written at, line)."""
    rng = drawing.rng
    owner = "workspaceId" if day >= WORKSPACE_FROM else "tenantId"
    for tenant, model, hour, count, input_millions, output_millions in traffic.BATCHES:
        for _ in range(count):
            at = day_start_ms(day) + hour * 3_600_000 + int(rng.random() * 2_400_000)
            size = math.exp(rng.gauss(0, 0.12))
            record = {"id": drawing.record_id(), owner: tenant, "apiKey": keys[tenant][0],
                      "model": model, "provider": traffic.PROVIDER_OF[model],
                      "inputTokens": int(input_millions * 1e6 * size),
                      "outputTokens": int(output_millions * 1e6 * size)}
            record["totalTokens"] = record["inputTokens"] + record["outputTokens"]
            record |= {"estimated": False, "cacheStatus": "MISS", "timestamp": timestamp(at),
                       "serviceTier": "batch", "tags": {"team": "data"}}
            yield at + drawing.lateness_ms(), json.dumps(record, separators=(",", ":"))


def gateway_days(keys, rng):
    """(day, its lines as bytes in the order of writing), with the duplicates among them."""
    drawing = Drawing(rng)
    streams = traffic.gateway_streams(keys)
    pending = []  # written after the midnight that follows the call
    repeats = []  # lines that the gateway will send once more on the next day
    day = traffic.FIRST_DAY
    while day <= LAST_DAY:
        entries = pending + list(batch_lines(day, keys, drawing))
        for stream in streams:
            entries += [(call[0], gateway_line(stream, call, day, drawing))
                        for call in calls_of_day(stream, day, drawing)]
        entries += oddities.landmarks_on(day, keys)
        end = day_start_ms(day) + (CUT_HOUR * 3_600_000 if day == LAST_DAY else DAY_MS)
        pending = [entry for entry in entries if entry[0] >= end]
        entries = sorted(entry for entry in entries if entry[0] < end)
        again, tomorrow = pick_duplicates(entries, rng)
        lines = sorted(entries + again + [(day_start_ms(day) + at, line) for at, line in repeats])
        yield day, [line.encode() for _, line in lines]
        repeats = tomorrow
        day += datetime.timedelta(days=1)


def pick_duplicates(entries, rng):
    """Repeats of the same file, and repeats for the next one (with their time of that day)."""
    count = min(DUPLICATES_PER_DAY, len(entries) // 50)
    again = [(at + int(rng.uniform(1000, 90_000)), line) for at, line in rng.sample(entries, count)]
    tomorrow = [(int(rng.uniform(0, 3_600_000)), line) for _, line in rng.sample(entries, count)]
    return again, tomorrow


def write_gateway(folder, keys, rng, expected):
    for day, lines in gateway_days(keys, rng):
        lines, refusals = oddities.placed(day, lines)
        is_compressed = day.day % 2 == 0
        name = f"gateway-{day.isoformat()}.jsonl" + (".gz" if is_compressed else "")
        write_file(os.path.join(folder, name), b"\n".join(lines) + b"\n", is_compressed)
        expected.add("gateway", name, lines, refusals)


def write_file(path, content, is_compressed):
    with open(path, "wb") as file:
        if is_compressed:
            # No name and no time in the header: the same bytes on every run.
            with gzip.GzipFile("", "wb", 4, file, mtime=0) as packed:
                packed.write(content)
        else:
            file.write(content)


LEGACY_HEADER = ("call_id,finished_at,key,model_name,vendor,prompt_tokens,completion_tokens,"
                 "cached_tokens,is_estimate,note")
LEGACY_NOTES = ["", "", "", '"order form, second try"', '"says ""urgent"""', "Größe 42"]


def write_legacy(folder, keys, rng, expected):
    drawing = Drawing(rng)
    rows = []
    day = traffic.FIRST_DAY
    while day < LAST_DAY:
        for stream in traffic.legacy_streams(keys):
            for _, at, index, (amount, cached, _, _, output, _), fate in calls_of_day(
                    stream, day, drawing):
                at_text = timestamp(at).replace("T", " ")[:-1]
                cached_text = "" if cached == 0 else cached
                rows.append((at, f"{at_text},{stream.keys[index]},{stream.model},{stream.provider},"
                                 f"{amount},{output},{cached_text},"
                                 f"{'true' if fate < 0.04 else 'false'},"
                                 f"{LEGACY_NOTES[int(fate * len(LEGACY_NOTES))]}"))
        day += datetime.timedelta(days=1)
    lines = [f"C{number},{row}" for number, (_, row) in enumerate(sorted(rows), start=100_001)]
    lines, refusals = oddities.placed_in_legacy(lines)
    name = "calls-2026-11-01.csv"
    content = "\r\n".join([LEGACY_HEADER, *lines]) + "\r\n"
    write_file(os.path.join(folder, name), content.encode(), is_compressed=False)
    expected.add("legacy", name, lines, refusals, first_line=2)


def main(folder):
    rng = random.Random(SEED)
    keys = traffic.read_keys(traffic.tenants_file(os.path.dirname(os.path.abspath(__file__))))
    expected = oddities.Expected(SEED)
    for source in ("gateway", "legacy"):
        os.makedirs(os.path.join(folder, source), exist_ok=True)
    write_gateway(os.path.join(folder, "gateway"), keys, rng, expected)
    write_legacy(os.path.join(folder, "legacy"), keys, rng, expected)
    with open(os.path.join(folder, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(expected.summary(), file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: generate.py FOLDER")
    main(sys.argv[1])
