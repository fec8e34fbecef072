"""Reads raw token records as the gateway and CSV exports write them; refuses the bad ones.

The part of recompute.py that knows files and fields; it knows no prices.
"""

import csv
import datetime
import gzip
import io
import json
import os
import re
from typing import NamedTuple

TOKENS_MAX = 10**12
TIERS = ("standard", "batch", "priority", "flex")
EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()


class Refused(ValueError):
    """A record that must not be taken; the text says why."""


class Record(NamedTuple):
    record_id: str  # "" where the source has none: then it can be no duplicate
    tenant: str
    api_key: str
    model: str
    provider: str
    tier: str
    at_micros: int  # since 1970 in UTC
    input: int
    output: int
    total: int
    cached: int
    write: int     # all cache writes, those for an hour included
    write_1h: int
    reasoning: int
    estimated: bool
    hit: bool
    tags: str
    credential_fingerprint: str


_TIMESTAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_numbers_of_days = {}


def parse_timestamp(text, zone_required=True):
    """Microseconds since 1970; finer digits are cut off. No zone is UTC, where that is allowed."""
    match = _TIMESTAMP.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise Refused("timestamp")
    date, hour, minute, second, fraction, zone = match.groups()
    if zone is None and zone_required:
        raise Refused("timestamp without a zone")
    hour, minute, second = int(hour), int(minute), int(second)
    if hour > 23 or minute > 59 or second > 59:
        raise Refused("timestamp")
    seconds = (day_number(date) * 24 + hour) * 3600 + minute * 60 + second
    if zone not in (None, "Z"):
        offset = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
        seconds -= offset if zone[0] == "+" else -offset
    return seconds * 1_000_000 + int(((fraction or "") + "000000")[:6])


def day_number(date):
    number = _numbers_of_days.get(date)
    if number is None:
        try:
            number = datetime.date.fromisoformat(date).toordinal() - EPOCH_ORDINAL
        except ValueError:
            raise Refused("timestamp") from None
        _numbers_of_days[date] = number
    return number


def _text(fields, name, default=""):
    value = fields.get(name)
    if value is None or value == "":
        return default
    if not isinstance(value, str):
        raise Refused(f"{name} is no text")
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise Refused(f"{name} has half a character")
    return value


def _count(fields, name, default=None):
    value = fields.get(name)
    if value is None:
        if default is None:
            raise Refused(f"{name} is missing")
        return default
    if type(value) is not int:
        raise Refused(f"{name} is no whole number")
    if not 0 <= value <= TOKENS_MAX:
        raise Refused(f"{name} is out of range")
    return value


def normalise(fields, zone_required=True):
    """The record in the gateway's field names as a Record; raises Refused."""
    model = _text(fields, "model")
    if not model:
        raise Refused("model is missing")
    input_tokens = _count(fields, "inputTokens")
    output = _count(fields, "outputTokens")
    cached = _count(fields, "cachedInputTokens", 0)
    write = _count(fields, "cacheWriteTokens", 0)
    write_1h = _count(fields, "cacheWrite1hTokens", 0)
    reasoning = _count(fields, "reasoningTokens", 0)
    if cached + write > input_tokens:
        raise Refused("more cached than input tokens")
    if write_1h > write:
        raise Refused("more one-hour than all cache writes")
    if reasoning > output:
        raise Refused("more reasoning than output tokens")
    status = fields.get("cacheStatus")
    if status not in (None, "HIT", "MISS"):
        raise Refused("cacheStatus")
    tier = _text(fields, "serviceTier", "standard")
    if tier not in TIERS:
        raise Refused("serviceTier")
    estimated = fields.get("estimated")
    if estimated not in (None, True, False) or type(estimated) is int:
        raise Refused("estimated")
    tags = fields.get("tags")
    return Record(
        _text(fields, "id"),
        _text(fields, "tenantId") or _text(fields, "workspaceId", "unknown"),
        _text(fields, "apiKey", "unknown"),
        model, _text(fields, "provider", "unknown"), tier,
        parse_timestamp(fields.get("timestamp"), zone_required),
        input_tokens, output, _count(fields, "totalTokens", input_tokens + output),
        cached, write, write_1h, reasoning, bool(estimated), status == "HIT",
        json.dumps(tags, sort_keys=True) if tags else "", _text(fields, "credentialFingerprint"))


def _no_constant(name):
    raise ValueError(f"{name} is no JSON")


def parse_json_line(line):
    try:
        # A number with a point or an exponent arrives as text and is refused as a count.
        fields = json.loads(line.decode("utf-8"), parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(f"no JSON: {error}") from None
    if not isinstance(fields, dict):
        raise Refused("no JSON object")
    return normalise(fields)


_COUNT_FIELDS = ("inputTokens", "outputTokens", "totalTokens", "cachedInputTokens",
                 "cacheWriteTokens", "cacheWrite1hTokens", "reasoningTokens")


def parse_csv_row(header, row, mapping):
    if len(row) != len(header):
        raise Refused("another number of fields than the header")
    if any("\udc80" <= char <= "\udcff" for cell in row for char in cell):
        raise Refused("no UTF-8")
    cells = dict(zip(header, row))
    fields = dict(mapping.get("constants") or {})
    for field, column in (mapping.get("columns") or {}).items():
        if cells[column] != "":
            fields[field] = cells[column]
    for name in _COUNT_FIELDS:
        text = fields.get(name)
        if text is not None and re.fullmatch(r"-?[0-9]+", text):
            fields[name] = int(text)
    if "estimated" in fields:
        fields["estimated"] = {"true": True, "false": False}.get(fields["estimated"].lower(), -1)
    return normalise(fields, zone_required=False)


def read_bytes(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as file:
        return file.read()


def records_of(path, mapping):
    """(line number, Record or Refused) for each line or row that holds anything."""
    content = read_bytes(path)
    if path.removesuffix(".gz").endswith(".csv"):
        reader = csv.reader(io.StringIO(content.decode("utf-8", "surrogateescape"), newline=""))
        header = next(reader, [])
        for row in reader:
            if row:
                yield reader.line_num, _attempt(parse_csv_row, header, row, mapping)
    else:
        for number, line in enumerate(content.split(b"\n"), start=1):
            if line.strip():
                yield number, _attempt(parse_json_line, line)


def _attempt(parse, *arguments):
    try:
        return parse(*arguments)
    except Refused as refusal:
        return refusal


def files_in(folder):
    suffixes = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz")
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))
            if name.endswith(suffixes) and not name.startswith(".")]
