"""The price data of npm's @pydantic/genai-prices as costd's price file, in exact fractions.

What costd's prices cannot say is given with its reason instead, never bent into something else.
"""

import json
import os
import subprocess
from fractions import Fraction

from costd_process import BUILD, HERE

PACKAGE = os.path.join(BUILD, "npm", "node_modules", "@pydantic", "genai-prices")
EDGES = (32_000, 64_000, 128_000, 200_000, 256_000, 272_000, 512_000, 1_000_000)
CLASSES = {"input_mtok": "input", "output_mtok": "output", "cache_read_mtok": "cache_read",
           "cache_write_mtok": "cache_write", "cache_write_1h_mtok": "cache_write_1h"}
FIRST_DAY = "2020-01-01"

BY_THE_HOUR = "price of some hours of the day"
BY_THE_REQUEST = "fee for each request"
SEVERAL_STEPS = "several long-context steps"
NO_EDGE = "long context that begins at no band edge"
TOO_FINE = "more than 6 decimals"
NO_TOKENS = "no price by the token"
UNREACHABLE = "a model that none of its names leads to"
# Compared, but not in everything:
TOKENS_ONLY = "other units beside the tokens, such as audio or searches"
BELOW_AN_EDGE = "long context from one token below a band edge, not compared at that token"


def ask(*questions):
    """genai_prices.mjs; numbers come as the fractions that their digits are."""
    command = ["node", os.path.join(HERE, "genai_prices.mjs"), PACKAGE, *questions]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(result.stdout, parse_float=Fraction, parse_int=int)


def names_in(match):
    """Names that the rule may lead from, the plainest first."""
    if isinstance(match, list):
        return [name for part in match for name in names_in(part)]
    names = []
    for kind, value in match.items():
        if kind in ("equals", "starts_with", "ends_with", "contains"):
            names.append(value)
        elif kind in ("or", "and"):
            names += names_in(value)
    return names


class Step:
    """The prices from one day on: plain ones, and those above a threshold."""

    def __init__(self, day, prices):
        self.day = day
        self.plain = {}
        self.long = {}
        self.start = None
        starts = set()
        for key, price in prices.items():
            if key not in CLASSES:
                continue
            tiers = price["tiers"] if isinstance(price, dict) else []
            base = price["base"] if isinstance(price, dict) else price
            self.plain[key] = Fraction(base)
            self.long[key] = Fraction(tiers[-1]["price"]) if tiers else Fraction(base)
            starts.update(tier["start"] for tier in tiers)
            if len(tiers) > 1:
                starts.add("several")
        self.starts = starts
        if len(starts) == 1 and "several" not in starts:
            self.start = starts.pop()

    def rate(self, key, total_input):
        is_long = self.start is not None and total_input > self.start
        return (self.long if is_long else self.plain).get(key)

    def edge(self):
        """The band edge that the threshold is, or one token below; None if it is neither."""
        return next((edge for edge in EDGES if self.start in (edge, edge - 1)), None)

    def problem(self, prices):
        """Why costd cannot say it, or None."""
        others = set(prices) - set(CLASSES)
        if "requests_kcount" in prices:
            return BY_THE_REQUEST
        if not self.plain and others:
            return NO_TOKENS
        if len(self.starts) > 1 or "several" in self.starts:
            return SEVERAL_STEPS
        if self.start is not None and self.edge() is None:
            return NO_EDGE
        if any((price * 1_000_000).denominator != 1
               for price in [*self.plain.values(), *self.long.values()]):
            return TOO_FINE
        return None


def steps_of(prices):
    """([Step], None) or (None, why not)."""
    if isinstance(prices, dict):
        prices = [{"prices": prices}]
    steps = []
    for conditional in prices:
        constraint = conditional.get("constraint")
        if constraint and constraint["type"] != "start_date":
            return None, BY_THE_HOUR
        step = Step(constraint["start_date"][:10] if constraint else FIRST_DAY,
                    conditional["prices"])
        problem = step.problem(conditional["prices"])
        if problem:
            return None, problem
        steps.append(step)
    return steps, None


def notes_of(prices, steps):
    """What of the model's prices is not compared."""
    parts = [part["prices"] for part in prices] if isinstance(prices, list) else [prices]
    if any(set(part) - set(CLASSES) for part in parts):
        yield TOKENS_ONLY
    if any(step.start is not None and step.start != step.edge() for step in steps):
        yield BELOW_AN_EDGE


def cost(step, usage):
    """USD, exactly: each class of tokens at its price, or at that of the class it is a part of."""
    total = usage["input_tokens"]
    read, write = usage["cache_read_tokens"], usage["cache_write_tokens"]
    hour = usage["cache_write_1h_tokens"]

    def price(*keys):
        found = (step.rate(key, total) for key in keys)
        return next((rate for rate in found if rate is not None), Fraction(0))

    micro = (price("input_mtok") * (total - read - write) +
             price("cache_read_mtok", "input_mtok") * read +
             price("cache_write_mtok", "input_mtok") * (write - hour) +
             price("cache_write_1h_mtok", "cache_write_mtok", "input_mtok") * hour +
             price("output_mtok") * usage["output_tokens"])
    return micro / 1_000_000


def decimal_text(price):
    micros = price * 1_000_000
    assert micros.denominator == 1
    return f"{micros.numerator // 1_000_000}.{micros.numerator % 1_000_000:06}"


def price_lines(provider, name, steps):
    """The entries of one model for costd's price file."""
    for step in steps:
        rates = {"input_mtok": Fraction(0), "output_mtok": Fraction(0), **step.plain}
        fields = [f"model: {json.dumps(name)}", f"provider: {json.dumps(provider)}",
                  f"effective: {step.day}"]
        fields += [f"{CLASSES[key]}: {decimal_text(rate)}" for key, rate in rates.items()]
        if step.start is not None:
            above = [f"above: {step.edge()}"]
            rates = {"input_mtok": Fraction(0), "output_mtok": Fraction(0), **step.long}
            above += [f"{CLASSES[key]}: {decimal_text(rate)}" for key, rate in rates.items()]
            fields.append("long_context: { " + ", ".join(above) + " }")
        yield "  - { " + ", ".join(fields) + " }\n"
