"""Who calls what in the sample month: tenants with their streams, the shapes of requests, the days.

tenants.yaml says who exists and which keys they have; this file says how they behave. Nothing here
knows a price.
"""

import datetime
import os
import re
from typing import NamedTuple

FIRST_DAY = datetime.date(2026, 9, 1)
MONTH = datetime.date(2026, 10, 1)
NEXT_MONTH = datetime.date(2026, 11, 1)


class Shape(NamedTuple):
    """How the requests of one kind of application look. Tokens are log-normal: heavy-tailed."""
    input_log: float        # logarithm of the median input
    input_spread: float
    output_log: float
    output_spread: float
    cached_chance: float    # how often the provider's prompt cache answers
    cached_ratio: float     # and for how much of the input
    write_chance: float     # how often a part is written to that cache
    write_ratio: float
    hour_chance: float      # how often such a write is for an hour
    reasoning_ratio: float  # of the output


CHAT = Shape(8.4, 0.8, 6.1, 0.7, 0.45, 0.6, 0.0, 0.0, 0.0, 0.0)
THINK = Shape(8.6, 0.8, 8.2, 0.7, 0.40, 0.5, 0.0, 0.0, 0.0, 0.65)
RAG = Shape(9.8, 0.5, 6.5, 0.6, 0.55, 0.5, 0.0, 0.0, 0.0, 0.0)
AGENT = Shape(11.0, 0.7, 7.3, 0.8, 0.80, 0.7, 0.45, 0.15, 0.3, 0.0)
LONG = Shape(11.7, 0.6, 7.1, 0.6, 0.35, 0.5, 0.0, 0.0, 0.0, 0.3)
LABEL = Shape(6.6, 0.5, 2.6, 0.4, 0.30, 0.7, 0.0, 0.0, 0.0, 0.0)
DIGEST = Shape(10.2, 0.6, 7.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
EMBED = Shape(6.8, 0.7, None, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

OFFICE = [1, 1, 1, 1, 1, 2, 6, 16, 30, 36, 36, 30, 24, 32, 36, 34, 28, 16, 8, 5, 3, 2, 2, 1]
ALL_DAY = [8, 6, 5, 5, 5, 6, 8, 12, 16, 18, 19, 19, 18, 18, 19, 19, 18, 18, 18, 17, 16, 14, 12, 10]
EVENING = [14, 9, 5, 3, 2, 2, 3, 5, 7, 8, 9, 10, 12, 12, 12, 13, 16, 20, 27, 34, 38, 38, 32, 22]


def shifted(hours, later):
    """The same rhythm in a zone that is `later` hours behind UTC."""
    return hours[-later:] + hours[:-later]


class Rhythm(NamedTuple):
    hours: list
    weekend: float  # share of a weekday's volume


EUROPE = Rhythm(OFFICE, 0.45)
AMERICA = Rhythm(shifted(OFFICE, 6), 0.45)
JAPAN = Rhythm(shifted(OFFICE, 15), 0.5)
STEADY = Rhythm(ALL_DAY, 0.9)
LEISURE = Rhythm(EVENING, 1.3)
SHOP = Rhythm(ALL_DAY, 1.1)

# Where a model runs by default, and the largest input it takes where that is not 128,000.
PROVIDERS = {
    "openai": ["gpt-4o-2024-08-06", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-5", "gpt-5-mini",
               "o3", "text-embedding-3-small", "omni-moderation-latest"],
    "anthropic": ["claude-sonnet-4-5", "claude-opus-4-5", "claude-opus-4-1", "claude-haiku-4-5"],
    "google": ["gemini-2.5-pro", "gemini-2.5-flash", "gemini-2.5-flash-lite"],
    "mistral": ["mistral-large-2411", "mistral-small-2506", "codestral-2508",
                "mistral-labs-preview"],
    "cohere": ["command-a-03-2025", "command-r7b-12-2024"],
    "aws-bedrock": ["anthropic.claude-sonnet-4-5-20250929-v1:0", "meta.llama3-3-70b-instruct-v1:0",
                    "amazon.nova-pro-v1:0", "amazon.nova-lite-v1:0"],
}
PROVIDER_OF = {model: provider for provider, models in PROVIDERS.items() for model in models}
INPUT_MAX = {"claude-sonnet-4-5": 1_000_000, "gemini-2.5-pro": 1_000_000, "gpt-4.1": 1_000_000,
             "anthropic.claude-sonnet-4-5-20250929-v1:0": 1_000_000, "claude-opus-4-5": 200_000,
             "claude-opus-4-1": 200_000, "claude-haiku-4-5": 200_000, "gpt-5": 272_000}
BEDROCK_SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
BEDROCK_LLAMA = "meta.llama3-3-70b-instruct-v1:0"

# tenant: (rhythm, [(model, shape, requests on a weekday)])
TENANTS = {
    "nordwind-retail": (SHOP, [
        ("gpt-4o-mini", CHAT, 110), ("text-embedding-3-small", EMBED, 70),
        ("gpt-4o-2024-08-06", RAG, 80), ("claude-haiku-4-5", CHAT, 60)]),
    "meridian-bank": (EUROPE, [
        ("claude-sonnet-4-5", AGENT, 260), ("gpt-4.1", RAG, 80), ("claude-opus-4-5", AGENT, 40),
        ("gemini-2.5-pro", LONG, 36), ("omni-moderation-latest", LABEL, 50)]),
    "hudson-freight": (AMERICA, [
        ("gpt-4.1-mini", RAG, 130), ("gpt-4o-2024-08-06", CHAT, 55), (BEDROCK_SONNET, AGENT, 50),
        ("amazon.nova-lite-v1:0", LABEL, 45)]),
    "aegean-shipping": (EUROPE, [
        ("gpt-4o-2024-08-06", CHAT, 55), ("gemini-2.5-flash", RAG, 60),
        ("mistral-large-2411", DIGEST, 55)]),
    "tokyo-data": (JAPAN, [
        ("gemini-2.5-pro", RAG, 60), ("gemini-2.5-flash-lite", LABEL, 85),
        ("gpt-5-mini", THINK, 60)]),
    "equals-studio": (EUROPE, [
        ("gpt-5", THINK, 55), ("mistral-small-2506", CHAT, 30)]),
    "clinique-lumen": (STEADY, [
        ("amazon.nova-pro-v1:0", RAG, 55), (BEDROCK_SONNET, CHAT, 45),
        ("claude-haiku-4-5", DIGEST, 40)]),
    "atlas-energy": (EUROPE, [
        ("gpt-4.1-mini", RAG, 70), ("claude-opus-4-1", AGENT, 14), (BEDROCK_LLAMA, DIGEST, 60),
        ("command-a-03-2025", RAG, 40)]),
    "quill-media": (STEADY, [
        ("gpt-4o-mini", DIGEST, 110), ("claude-sonnet-4-5", RAG, 60),
        ("command-r7b-12-2024", CHAT, 60)]),
    "fjord-insurance": (EUROPE, [
        ("gpt-5-mini", RAG, 80), ("claude-haiku-4-5", RAG, 60), ("mistral-labs-preview", CHAT, 8)]),
    "pixelforge-games": (LEISURE, [
        ("gemini-2.5-flash-lite", CHAT, 110), ("mistral-small-2506", CHAT, 60),
        ("omni-moderation-latest", LABEL, 60)]),
    "legalis-partners": (EUROPE, [
        ("gemini-2.5-pro", LONG, 55), ("claude-opus-4-5", RAG, 45)]),
    "greenleaf-agri": (AMERICA, [
        ("amazon.nova-lite-v1:0", CHAT, 30), ("command-a-03-2025", DIGEST, 35)]),
    "civic-services": (Rhythm(OFFICE, 0.05), [
        ("mistral-large-2411", DIGEST, 75), ("mistral-small-2506", DIGEST, 30)]),
    "sierra-travel": (SHOP, [
        ("gpt-4o-mini", CHAT, 80), ("gpt-5", THINK, 70), ("text-embedding-3-small", EMBED, 40)]),
    "helix-biotech": (EUROPE, [
        ("o3", THINK, 45), ("claude-sonnet-4-5", AGENT, 40), ("codestral-2508", AGENT, 35)]),
    "orbit-support": (STEADY, [
        ("claude-haiku-4-5", RAG, 100), ("gpt-4.1-mini", CHAT, 60), ("gpt-5", THINK, 60)]),
    "unilab-research": (STEADY, [
        ("gpt-4.1", DIGEST, 60), ("claude-sonnet-4-5", AGENT, 45), (BEDROCK_LLAMA, CHAT, 35)]),
    "craftworks": (EUROPE, [
        ("gpt-4o-2024-08-06", RAG, 30), ("command-a-03-2025", DIGEST, 20)]),
}
LEGACY_TENANT = "nordlicht-versand"
LEGACY = (SHOP, [("gpt-4o-2024-08-06", CHAT, 40), ("gpt-4.1-mini", DIGEST, 30)])

# Batch jobs are booked once per model when their result is collected: few records, huge counts.
# (tenant, model, hour, records a day, input tokens in millions, output tokens in millions)
BATCHES = [
    ("nordwind-retail", "gpt-4o-mini", 3, 2, 60, 18),
    ("meridian-bank", "gpt-4.1", 4, 1, 14, 3),
    ("pixelforge-games", "gpt-4o-mini", 7, 1, 110, 60),
    ("quill-media", "gpt-4o-mini", 1, 1, 90, 25),
    ("legalis-partners", "gemini-2.5-pro", 2, 1, 16, 2),
    ("unilab-research", "claude-sonnet-4-5", 5, 2, 9, 2),
]

# The anomaly: a retry loop at one tenant and model, for one day.
ANOMALY_DAY = datetime.date(2026, 10, 14)
ANOMALY_STREAM = ("meridian-bank", "claude-sonnet-4-5")
ANOMALY_FACTOR = 4
# A tenant starts with a model it did not use before.
LAUNCH_DAY = datetime.date(2026, 10, 8)
LAUNCH_STREAM = ("quill-media", "claude-sonnet-4-5")

TEAMS = ["search", "support", "data", "platform", "growth"]


class Stream(NamedTuple):
    """One tenant's calls of one model: who calls, how often and in which shape."""
    tenant: str
    model: str
    provider: str
    shape: Shape
    weekday_requests: int
    rhythm: Rhythm
    keys: list
    teams: list  # beside keys


def read_keys(tenants_file):
    """tenant id -> its key ids, from the block style that tenants.yaml is written in."""
    keys = {}
    with open(tenants_file, encoding="utf-8") as file:
        for line in file:
            if match := re.match(r"  - id: (\S+)$", line):
                tenant = match.group(1)
                keys[tenant] = []
            elif match := re.match(r"      - \{ id: (key_[0-9a-f]{32}),", line):
                keys[tenant].append(match.group(1))
    return keys


def streams_of(tenant, behaviour, keys):
    """Deals the tenant's keys out to its streams, so that each key serves one application."""
    rhythm, models = behaviour
    streams = []
    for number, (model, shape, requests) in enumerate(models):
        own = keys[number::len(models)] or keys[:1]
        teams = [TEAMS[(number + index + len(tenant)) % len(TEAMS)] for index in range(len(own))]
        streams.append(
            Stream(tenant, model, PROVIDER_OF[model], shape, requests, rhythm, own, teams))
    return streams


def gateway_streams(keys):
    return [stream for tenant, behaviour in TENANTS.items()
            for stream in streams_of(tenant, behaviour, keys[tenant])]


def legacy_streams(keys):
    return streams_of(LEGACY_TENANT, LEGACY, keys[LEGACY_TENANT])


def volume(stream, day, rng):
    """How many requests the stream makes on the day: weekday shape, slow growth, some noise."""
    if (stream.tenant, stream.model) == LAUNCH_STREAM and day < LAUNCH_DAY:
        return 0
    expected = stream.weekday_requests * (1 + 0.0025 * (day - FIRST_DAY).days)
    if day.weekday() >= 5:
        expected *= stream.rhythm.weekend
    if day == ANOMALY_DAY and (stream.tenant, stream.model) == ANOMALY_STREAM:
        expected *= ANOMALY_FACTOR
    return max(0, round(expected + rng.gauss(0, 0.6) * expected ** 0.5))


def tenants_file(samples_folder):
    return os.path.join(samples_folder, "config", "tenants.yaml")
