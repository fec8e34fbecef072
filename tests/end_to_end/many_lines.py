"""Files of a million records in a second or two, and their totals without reading them again.

A block of some thousand lines is made once; the file is the block over and over, each time with
other ids. So every total of n blocks is that of one, plus n - 1 times what the second one added,
and only two blocks need the second opinion (recompute.py).
"""

import os
import random
import re

import recompute
from costd_process import a_record, json_lines

PRICES = [
    {"model": "m-small", "input": "1", "output": "4", "effective": "2026-01-01"},
    {"model": "m-large", "provider": "alpha", "input": "3", "output": "15", "cache_read": "0.30",
     "cache_write": "3.75", "cache_write_1h": "6", "effective": "2026-01-01"},
]
PRICE_FILE = """\
prices:
  - { model: m-small, input: 1, output: 4, effective: 2026-01-01 }
  - { model: m-large, provider: alpha, input: 3, output: 15, cache_read: 0.30, cache_write: 3.75,
      cache_write_1h: 6, effective: 2026-01-01 }
"""
OCTOBER = ("2026-10-01", "2026-11-01")
BLOCK_LINES = 10_000
ROUND = "%%%%"  # in a block's lines, where the number of the block will be
_MONEY = re.compile(r"\d+\.\d{12}")


def an_id(number, round_=ROUND):
    return f"{number:08x}-{round_}-4000-8000-{number * 40503 % 2**48:012x}"


def a_call(rng, number):
    """A record of October as a gateway might write it, with one of eight tenants."""
    uncached, read, write = (rng.randrange(1, 100_000) for _ in range(3))
    has_cache = rng.random() < 0.3
    fields = {"id": an_id(number), "tenantId": rng.choice("abcdefgh") + "-corp",
              "apiKey": f"key_{rng.randrange(16)}", "provider": rng.choice(("alpha", "beta")),
              "model": rng.choice(("m-small", "m-large", "m-free")),
              "inputTokens": uncached + (read + write if has_cache else 0),
              "outputTokens": rng.randrange(5000),
              "timestamp": f"2026-10-{rng.randrange(1, 32):02}T{rng.randrange(24):02}:"
                           f"{rng.randrange(60):02}:{rng.randrange(60):02}Z"}
    if has_cache:
        fields |= {"cachedInputTokens": read, "cacheWriteTokens": write,
                   "cacheWrite1hTokens": rng.randrange(write + 1)}
    if rng.random() < 0.05:
        fields["cacheStatus"] = "HIT"
    elif rng.random() < 0.02:
        fields["estimated"] = True
    return a_record(0, **fields)


def a_block(seed, lines=BLOCK_LINES):
    """Lines as bytes. A few are broken, a few repeat one before, or one of each block before."""
    rng = random.Random(seed)
    records = [a_call(rng, number) for number in range(lines)]
    records[100] = b'{"id":"cut off'
    records[200] = records[150]
    records[300] = records[250] | {"outputTokens": 5001}
    # The same in each block: a duplicate from the second one on. And the same with other content.
    records[400] |= {"id": an_id(400, "ffff"), "timestamp": "2026-10-17T12:00:00Z"}
    records[500] |= {"id": an_id(500, "ffff"), "credentialFingerprint": "fp-" + ROUND,
                     "timestamp": "2026-10-17T13:00:00Z"}
    return json_lines(records)


def write_blocks(path, block, count, first=0):
    with open(path, "wb") as file:
        for number in range(first, first + count):
            file.write(block.replace(ROUND.encode(), b"%04d" % number))


def totals_of_blocks(folder, block, count):
    """What recompute.py would say of the file of `count` blocks. `folder` is for its use alone."""
    opinions = []
    for few in (1, 2):
        place = os.path.join(folder, str(few))
        os.makedirs(place)
        write_blocks(os.path.join(place, "few.jsonl"), block, few)
        opinion = recompute.recompute([("gateway", place, None)], PRICES, [], *OCTOBER)
        del opinion["refused"]
        opinions.append(opinion)
    return _grown(*opinions, count)


def _grown(first, second, count):
    if isinstance(first, dict):
        return {name: _grown(value, second[name], count) for name, value in first.items()}
    if isinstance(first, str) and _MONEY.fullmatch(first):
        picos = [int(text.replace(".", "")) for text in (first, second)]
        return recompute.format_usd(_grown(*picos, count))
    if isinstance(first, int):
        return first + (count - 1) * (second - first)
    return first
