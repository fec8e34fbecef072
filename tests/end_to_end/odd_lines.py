"""Records in every form that JSON allows, and lines that are no record; each with what it means.

The meaning comes first and the text is made from it, so nothing here has to read a line to know
what costd should make of it.
"""

import json

# USD per million tokens are pico-USD per token, in millions: (input, output, cache read).
RATES = {"m-small": (1_000_000, 4_000_000, 1_000_000), "m-large": (3_000_000, 15_000_000, 300_000)}
PRICE_FILE = """\
prices:
  - { model: m-small, input: 1, output: 4, effective: 2026-01-01 }
  - { model: m-large, input: 3, output: 15, cache_read: 0.30, effective: 2026-01-01 }
"""
INT32_MAX = 2**31 - 1
LINE_BYTES_MAX = 1 << 20

# Names that are fine and look as if they were not.
ODD_NAMES = [
    "Ωmega", "Ма́ша", "東京", "مرحبا", "שלום", "नमस्ते", "ไทย", "👩‍👩‍👧‍👦", "🇨🇭", "e\u0301", "é",
    "\u202eabc", "\ufeffbom", "a\u200bb", "ﬁ", "ß", "SS", "İ", "i\u0307", "\U0001f4a9", "\ufffd",
    "a b", " a", "a ", "'; drop table usage_block; --", "=1+2", "@sum", "+1", "-1", "<b>&amp;</b>",
    "../../etc/passwd", "%00", "%s%n", "{}", "{{x}}", "\\", '"', "null", "NaN", "0", "a/b", "a,b",
    "\u0085", "\u2028", "\ue000", "\U0010ffff", "x" * 512, "ä" * 256, "#", "*", "m-?",
]

# What stands where a record could: (line, reason). Line ends are put behind them.
BAD_LINES = [
    (b'{"id":"torn', "malformed_json"), (b"}", "malformed_json"), (b"[]", "malformed_json"),
    (b"null", "malformed_json"), (b"nonsense", "malformed_json"), (b"[" * 5000, "malformed_json"),
    (b'{"a":' * 5000, "malformed_json"), (b"\x00\x00\x00", "malformed_json"),
    (b"\xff\xfe{\x00}\x00", "invalid_utf8"), (b"{} {}", "malformed_json"),
    (b"{}", "missing_field"), (b"\x0b", "malformed_json"),
]
# The same for a record with one field changed.
BAD_FIELDS = [
    ("inputTokens", "-1", "negative_count"), ("outputTokens", "-1", "negative_count"),
    ("inputTokens", str(10**12 + 1), "count_too_large"),
    ("outputTokens", str(2**63 - 1), "count_too_large"),
    ("inputTokens", str(2**63), "wrong_type"), ("inputTokens", str(10**30), "wrong_type"),
    ("inputTokens", str(-2**63), "negative_count"), ("totalTokens", "-5", "negative_count"),
    ("totalTokens", str(10**12 + 1), "count_too_large"),
    ("cachedInputTokens", str(2**63 - 1), "count_too_large"),
    ("reasoningTokens", "-1", "negative_count"), ("cacheWrite1hTokens", "-1", "negative_count"),
    ("inputTokens", "1.5", "wrong_type"), ("inputTokens", "1e3", "wrong_type"),
    ("outputTokens", "1.0", "wrong_type"), ("outputTokens", "007", "wrong_type"),
    ("inputTokens", "+7", "wrong_type"), ("inputTokens", '"7"', "wrong_type"),
    ("inputTokens", "true", "wrong_type"), ("inputTokens", "[7]", "wrong_type"),
    ("inputTokens", "null", "missing_field"), ("model", "null", "missing_field"),
    ("model", '""', "missing_field"), ("model", "7", "wrong_type"),
    ("model", '"a\\u0000b"', "control_character"), ("tenantId", '"a\\nb"', "control_character"),
    ("tenantId", '"' + "x" * 513 + '"', "text_too_long"),
    ("model", '"\\ud83d"', "wrong_type"), ("model", '"\\x41"', "wrong_type"),
    ("cacheStatus", '"hit"', "bad_cache_status"), ("serviceTier", '"gold"', "bad_service_tier"),
    ("estimated", "1", "wrong_type"), ("estimated", '"true"', "wrong_type"),
    ("timestamp", "null", "missing_field"), ("timestamp", "1791201600", "wrong_type"),
    ("timestamp", '"1970-01-01T00:00:00Z"', "bad_timestamp"),
    ("timestamp", '"9999-12-31T23:59:59Z"', "bad_timestamp"),
    ("timestamp", '"2026-02-30T00:00:00Z"', "bad_timestamp"),
    ("timestamp", '"2026-10-05T12:00:00"', "bad_timestamp"),
    ("timestamp", '"2026-10-05"', "bad_timestamp"),
    ("timestamp", '"2026-10-05T25:00:00Z"', "bad_timestamp"),
    ("timestamp", '"2026-13-05T12:00:00Z"', "bad_timestamp"),
]


def a_meaning(rng, number):
    """Fields as they are meant; never one that is left out."""
    uncached, read = rng.randrange(100_000), rng.choice((0, rng.randrange(50_000)))
    return {"id": rng.choice((f"call {number}", f"{number:08x}-0000-4000-8000-00000000abcd",
                              f"{number}\u00e9\"\\")),
            "tenantId": rng.choice(ODD_NAMES), "apiKey": rng.choice(ODD_NAMES),
            "model": rng.choice(("m-small", "m-large", "m-\U0001f4a9")),
            "provider": rng.choice(("alpha", "βeta")), "inputTokens": uncached + read,
            "outputTokens": rng.choice((0, rng.randrange(5000))), "cachedInputTokens": read,
            "cacheStatus": rng.choice(("HIT", "MISS", "MISS", "MISS")),
            "estimated": rng.random() < 0.1, "serviceTier": "standard",
            "timestamp": f"2026-10-{rng.randrange(1, 32):02}T{rng.randrange(24):02}:"
                         f"{rng.randrange(60):02}:{rng.randrange(60):02}Z"}


def picos(meaning):
    """The price of a call; 0 from the gateway's cache and without a price."""
    if meaning["cacheStatus"] == "HIT" or meaning["model"] not in RATES:
        return 0
    input_rate, output_rate, read_rate = RATES[meaning["model"]]
    read = meaning["cachedInputTokens"]
    return ((meaning["inputTokens"] - read) * input_rate + read * read_rate
            + meaning["outputTokens"] * output_rate)


def an_odd_line(rng, meaning):
    """The line, without its end. What is at its default may be left out, or be null."""
    pairs = [(name, _value(rng, value)) for name, value in meaning.items()]
    for name, default in (("cachedInputTokens", 0), ("cacheStatus", "MISS"), ("estimated", False),
                          ("serviceTier", "standard")):
        if meaning[name] == default and rng.random() < 0.5:
            at = list(meaning).index(name)
            pairs[at] = rng.choice(((name, "null"), None))
    pairs = [pair for pair in pairs if pair]
    if rng.random() < 0.2:
        pairs = [("workspaceId" if name == "tenantId" else name, text) for name, text in pairs]
    pairs += [_extra(rng, number) for number in range(rng.choice((0, 0, 1, 4)))]
    if rng.random() < 0.7:
        rng.shuffle(pairs)
    blank = _blanks(rng)
    text = ",".join(f"{blank()}{_text(rng, name)}{blank()}:{blank()}{value}{blank()}"
                    for name, value in pairs)
    return f"{blank()}{{{text}}}{blank()}".encode()


def _blanks(rng):
    if rng.random() < 0.5:
        return lambda: ""
    return lambda: rng.choice(("", " ", "\t", "  \t ", "\r"))


def _value(rng, value):
    return _text(rng, value) if isinstance(value, str) else json.dumps(value)


def _text(rng, text):
    style = rng.random()
    if style < 0.5:
        return json.dumps(text, ensure_ascii=False)
    if style < 0.8:
        return json.dumps(text).replace("/", "\\/")
    units = text.encode("utf-16-be").hex()
    return '"' + "".join(f"\\u{units[at:at + 4]}" for at in range(0, len(units), 4)) + '"'


def _extra(rng, number):
    """A field that nobody knows, with what might be taken for a known one inside."""
    inner = {"id": "inner", "inputTokens": 7, "model": ["m-small", {"outputTokens": None}]}
    value = rng.choice((
        inner, [inner, [], {}], [[[[]]]], "}{", '","inputTokens":9,"x":"', "\\", 1.5, -1, 10**30,
        1e300, True, None, [], {}, "x" * 300, "// no comment"))
    return f"x-{number}-{rng.randrange(10**6)}", json.dumps(value)
