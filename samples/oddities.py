"""What is nasty about the sample month: edges, broken lines, conflicts; and the count of them.

Everything here is fixed, not random, so that a reader finds it in the files by its date.
"""

import datetime
import hashlib
import json

BANK_SONNET = {"tenantId": "meridian-bank", "model": "claude-sonnet-4-5", "provider": "anthropic"}
FREIGHT_MINI = {"tenantId": "hudson-freight", "model": "gpt-4.1-mini", "provider": "openai"}
RETAIL_MINI = {"tenantId": "nordwind-retail", "model": "gpt-4o-mini", "provider": "openai"}
STRAY_KEY = "key_00000000000000000000000000000bad"

# (timestamp, whose call, further fields). The first and last milliseconds of the month, once in UTC
# and once for the tenant whose month is New York's, four hours later.
LANDMARKS = [
    ("2026-09-30T23:59:59.999Z", BANK_SONNET, {"inputTokens": 1001, "outputTokens": 11}),
    ("2026-10-01T00:00:00.000Z", BANK_SONNET, {"inputTokens": 1002, "outputTokens": 12}),
    ("2026-10-31T23:59:59.999Z", BANK_SONNET, {"inputTokens": 1003, "outputTokens": 13}),
    ("2026-11-01T00:00:00.000Z", BANK_SONNET, {"inputTokens": 1004, "outputTokens": 14}),
    ("2026-10-01T03:59:59.999Z", FREIGHT_MINI, {"inputTokens": 1005, "outputTokens": 15}),
    ("2026-10-01T04:00:00.000Z", FREIGHT_MINI, {"inputTokens": 1006, "outputTokens": 16}),
    ("2026-11-01T03:59:59.999Z", FREIGHT_MINI, {"inputTokens": 1007, "outputTokens": 17}),
    ("2026-11-01T04:00:00.000Z", FREIGHT_MINI, {"inputTokens": 1008, "outputTokens": 18}),
    # The price change of 15 October at the same hour: New York's 15th begins at 04:00 UTC.
    ("2026-10-15T03:59:59.999Z", FREIGHT_MINI, {"inputTokens": 1_000_000, "outputTokens": 0}),
    ("2026-10-15T04:00:00.000Z", FREIGHT_MINI, {"inputTokens": 1_000_000, "outputTokens": 0}),
    # The edge of long context: 200,000 tokens are not above 200,000.
    ("2026-10-06T10:00:00.000Z", BANK_SONNET, {"inputTokens": 200_000, "outputTokens": 100}),
    ("2026-10-06T10:00:01.000Z", BANK_SONNET, {"inputTokens": 200_001, "outputTokens": 100}),
    # All token classes at once, below and above that edge.
    ("2026-10-06T10:00:02.000Z", BANK_SONNET, {
        "inputTokens": 100_000, "outputTokens": 1000, "cachedInputTokens": 60_000,
        "cacheWriteTokens": 30_000, "cacheWrite1hTokens": 10_000}),
    ("2026-10-06T10:00:03.000Z", BANK_SONNET, {
        "inputTokens": 300_000, "outputTokens": 1000, "cachedInputTokens": 60_000,
        "cacheWriteTokens": 30_000, "cacheWrite1hTokens": 10_000}),
    # A HIT that was estimated, too, is a HIT: it costs nothing.
    ("2026-10-07T08:00:00.000Z", RETAIL_MINI, {
        "inputTokens": 5000, "outputTokens": 500, "estimated": True, "cacheStatus": "HIT",
        "credentialFingerprint": None}),
    # Nobody's calls are somebody's money: unnamed or literally `unknown`. The entry for
    # claude-haiku-4-5 needs no provider; the one for gpt-4o-mini does, so that call is unpriced.
    ("2026-10-09T12:00:00.000Z", {"model": "claude-haiku-4-5"}, {
        "inputTokens": 40_000, "outputTokens": 900, "apiKey": None}),
    ("2026-10-09T12:00:05.000Z", {
        "tenantId": "unknown", "model": "gpt-4o-mini", "provider": "unknown"}, {
        "inputTokens": 3000, "outputTokens": 200, "apiKey": "unknown"}),
    ("2026-10-23T09:30:00.000Z", {
        "tenantId": "unknown", "model": "claude-haiku-4-5", "provider": "anthropic"}, {
        "inputTokens": 90_000, "outputTokens": 2000, "apiKey": STRAY_KEY}),
    # The upstream's own total need not be the sum.
    ("2026-10-12T15:00:00.000Z", RETAIL_MINI, {
        "inputTokens": 100, "outputTokens": 20, "totalTokens": 190}),
    # The CSV export has a call of this id, too: ids are unique within a source only.
    ("2026-10-13T11:00:00.000Z", RETAIL_MINI, {
        "id": "C100001", "inputTokens": 2000, "outputTokens": 300}),
]

GOOD = {"id": "00000000-0000-4000-8000-0000000000ff", "tenantId": "meridian-bank",
        "apiKey": STRAY_KEY, "model": "gpt-4.1", "provider": "openai", "inputTokens": 100,
        "outputTokens": 10, "totalTokens": 110, "estimated": False, "cacheStatus": "MISS",
        "timestamp": "2026-10-02T10:00:00.000Z"}


def spoiled(number, **changes):
    """GOOD with an id of its own and some fields changed; a field that becomes None is left out."""
    record = GOOD | {"id": f"00000000-0000-4000-8000-{number:012}"} | changes
    return json.dumps({name: value for name, value in record.items() if value is not None}).encode()


# (day of October, where in the file, the line, what is wrong with it)
MALFORMED = [
    (2, 0.10, b'{"id":"cut","tenantId":"meridian-bank","model":"gpt-4.1","inputTok', "broken JSON"),
    (2, 0.60, b'["not", "an", "object"]', "no object"),
    (3, 0.40, spoiled(1, model=None), "missing model"),
    (4, 0.90, spoiled(2, model=""), "empty model"),
    (5, 0.20, spoiled(3, inputTokens=-5), "negative tokens"),
    (7, 0.30, spoiled(4, outputTokens=12.5), "fractional tokens"),
    (8, 0.70, spoiled(5, inputTokens=10**12 + 1), "more than 10^12 tokens"),
    (9, 0.50, spoiled(6, cachedInputTokens=80, cacheWriteTokens=21), "cached > input"),
    (10, 0.50, spoiled(7, cacheWriteTokens=10, cacheWrite1hTokens=11), "one-hour > cache writes"),
    (13, 0.15, spoiled(8, reasoningTokens=11), "reasoning > output"),
    (16, 0.35, spoiled(9, cacheStatus="MAYBE"), "unknown cacheStatus"),
    (17, 0.45, spoiled(10, serviceTier="turbo"), "unknown serviceTier"),
    (18, 0.00, spoiled(11).replace(b"gpt-4.1", b"gpt-\xff\xfe"), "invalid UTF-8"),
    (19, 0.55, spoiled(12, timestamp="2026-10-32T10:00:00.000Z"), "bad timestamp"),
    (23, 0.65, spoiled(13, timestamp="yesterday"), "bad timestamp"),
    (24, 0.75, spoiled(14, timestamp=None), "missing timestamp"),
    (25, 0.85, spoiled(15, inputTokens=None), "missing inputTokens"),
]

# An id of that day comes again with other content.
CONFLICT_DAY = datetime.date(2026, 10, 21)
# A record of that day comes again with its fields in another order: a duplicate.
RESPELLED_DAY = datetime.date(2026, 10, 22)


def landmarks_on(day, keys):
    """(written at, line) of the landmarks whose UTC date is the day."""
    for at_text, owner, fields in LANDMARKS:
        at = datetime.datetime.fromisoformat(at_text)
        if at.date() != day:
            continue
        digits = hashlib.sha256(f"{at_text} {fields}".encode()).hexdigest()
        record = {"id": f"landmark-{digits[:24]}"} | owner
        record |= {"apiKey": keys[owner["tenantId"]][0]} if owner.get("tenantId") in keys else {}
        record |= {"totalTokens": fields["inputTokens"] + fields["outputTokens"],
                   "estimated": False, "cacheStatus": "MISS", "timestamp": at_text}
        record |= fields
        written_at = round(at.timestamp() * 1000)
        yield written_at, json.dumps(record, separators=(",", ":"))


def placed(day, lines):
    """The day's lines with its broken, conflicting and respelled ones, and the refusals among them.

    A refusal is (line number, kind, what is wrong).
    """
    additions = [(int(len(lines) * share), line, "malformed", reason)
                 for october_day, share, line, reason in MALFORMED
                 if day == datetime.date(2026, 10, october_day)]
    if day == CONFLICT_DAY:
        additions.append((len(lines) // 2, conflicting(lines[10]), "conflict",
                          "same id, other content"))
    if day == RESPELLED_DAY:
        additions.append((len(lines) // 2, respelled(lines[20]), "duplicate", ""))
    refusals = []
    for shift, (position, line, kind, reason) in enumerate(sorted(additions)):
        lines.insert(position + shift, line)
        refusals.append((position + shift + 1, kind, reason))
    return lines, refusals


def conflicting(line):
    record = json.loads(line)
    record["outputTokens"] += 1
    return json.dumps(record, separators=(",", ":")).encode()


def respelled(line):
    record = json.loads(line)
    record["tenantId"] = record.pop("workspaceId")
    return json.dumps(dict(reversed(record.items()))).encode()


def placed_in_legacy(lines):
    """The rows with two broken ones among them and two repeated at the end, and the refusals.

    A refusal is (line number in the file, kind, what is wrong); line 1 is the header.
    """
    negative = ["X1", *lines[0].split(",")[1:]]
    negative[5] = "-7"
    undated = ["X2", *lines[0].split(",")[1:]]
    undated[1] = "31.10.2026 25:61"
    lines = lines + [lines[50], lines[1050]]
    lines.insert(299, ",".join(negative))
    lines.insert(699, ",".join(undated))
    return lines, [(301, "malformed", "negative tokens"), (701, "malformed", "bad timestamp")]


class Expected:
    """What the generator knows about the files it wrote."""

    def __init__(self, seed):
        self.seed = seed
        self.files = []
        self.refused = []
        self.seen = set()

    def add(self, source, name, lines, refusals, first_line=1):
        """Counts a file's records; a line that came before, byte for byte, is a duplicate."""
        odd = {number: (kind, reason) for number, kind, reason in refusals}
        counts = dict.fromkeys(("lines", "records", "duplicates", "conflicts", "malformed"), 0)
        for number, line in enumerate(lines, start=first_line):
            kind, reason = odd.get(number, ("", ""))
            if not kind:
                kind = "duplicate" if (source, line) in self.seen else "record"
            self.seen.add((source, line))
            counts["lines"] += 1
            counts[kind if kind == "malformed" else kind + "s"] += 1
            if reason:
                self.refused.append({"source": source, "file": name, "line": number,
                                     "kind": kind, "reason": reason})
        self.files.append({"source": source, "file": name, **counts})

    def summary(self):
        kinds = ("lines", "records", "duplicates", "conflicts", "malformed")
        totals = {kind: sum(file[kind] for file in self.files) for kind in kinds}
        return {"seed": self.seed, **totals, "refused": self.refused, "files": self.files}
