#!/usr/bin/env python3
"""Writes the gateway's audit log of the sample month, from what generate.py wrote.

    audit.py FOLDER

reads FOLDER/gateway and makes FOLDER/audit (a segment a day, from 28 September on: the day on which
the audit log was switched on) and FOLDER/audit.secret, the secret of its HMAC chain. Each call of
an audited workspace has its event; what policies refused, guardrails stopped and people did stands
between them. The same bytes on every run.
"""

import datetime
import glob
import gzip
import hashlib
import hmac
import json
import os
import random
import sys

SEED = 20261002
SECRET = "sample-secret-of-the-audit-log-0123456789"
FIRST_DAY = datetime.date(2026, 9, 28)

AUDITED = {"meridian-bank", "unilab-research", "nordwind-retail", "hudson-freight"}

POLICIES = [  # (tenant, policy, rule, what it refuses)
    ("meridian-bank", "pol-meridian-models", "only-approved-models",
     'model "gemini-2.5-pro" is not approved for this workspace'),
    ("unilab-research", "pol-unilab-budget", "grant-limit", "the grant's daily amount is used up"),
    ("nordwind-retail", "pol-nordwind-hours", "staging-hours",
     "staging keys are closed between 22:00 and 05:00"),
]
ENTITIES = ["PERSON", "EMAIL_ADDRESS", "IBAN", "PHONE_NUMBER"]


class Chain:
    """Lines as the gateway's FileAuditWriter writes them."""

    def __init__(self):
        self.seq = 0
        self.previous = None
        self.key = SECRET.encode()

    def line(self, event_id, timestamp, workspace, kind, payload):
        text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        signed = (f"{event_id}|{timestamp}|{workspace or ''}|{kind}|{text}|{self.previous or ''}")
        digest = hmac.digest(self.key, signed.encode(), hashlib.sha256).hex()
        self.seq += 1
        owner = f'"{workspace}"' if workspace else "null"
        before = f'"{self.previous}"' if self.previous else "null"
        line = (f'{{"seq":{self.seq},"eventId":"{event_id}","timestamp":"{timestamp}",'
                f'"workspaceId":{owner},"eventType":"{kind}","payload":{text},'
                f'"previousHash":{before},"hmac":"{digest}","signedAt":"{timestamp}"}}')
        self.previous = digest
        return line


def records_of(path):
    """The good token records of audited workspaces in a file, each id once."""
    opener = gzip.open if path.endswith(".gz") else open
    seen = set()
    with opener(path, "rt", encoding="utf-8", errors="replace") as file:
        for line in file:
            if not any(tenant in line for tenant in AUDITED):
                continue
            try:
                record = json.loads(line)
                key = (record["timestamp"], record["id"])
                record["apiKey"], record["model"], record["provider"], record["totalTokens"]
            except (ValueError, KeyError, TypeError):
                continue
            if key not in seen and isinstance(record["id"], str):
                seen.add(key)
                yield record


def response(record, rng):
    """What the audit log says of a call."""
    fate = rng.random()
    status = 200 if fate < 0.985 else 429 if fate < 0.992 else 500 if fate < 0.9975 else 401
    payload = {"api_key": record["apiKey"], "model": record["model"],
               "provider": record["provider"], "status": status,
               "latency_ms": int(rng.lognormvariate(6.8, 0.7)),
               "tokens_total": record["totalTokens"] if status == 200 else 0,
               "policy_decision": "ALLOW", "error_code": None}
    if status != 200:
        payload["error_code"] = {429: "rate_limited", 500: "upstream_error",
                                 401: "invalid_api_key"}[status]
        payload["policy_decision"] = None
    return payload


def events_between(day, keys, rng):
    """What happens besides the calls: (timestamp, workspace, type, payload)."""
    def at(hour):
        seconds = int(hour * 3600 + rng.random() * 3000)
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        return f"{day}T{clock}.{rng.randrange(1000):03}Z"

    for tenant, policy, rule, reason in POLICIES:
        for _ in range(rng.randrange(4)):
            yield (at(rng.uniform(7, 21)), tenant, "POLICY_DENIED",
                   {"api_key": rng.choice(keys[tenant]), "policy_decision": "DENY",
                    "policy_id": policy, "policy_rule_id": rule, "reason": reason, "status": 403})
    if rng.random() < 0.5:
        yield (at(11), "meridian-bank", "PII_REDACTED",
               {"api_key": keys["meridian-bank"][0], "categories": ["CONTACT"],
                "entity_types": rng.sample(ENTITIES, 2)})
    if rng.random() < 0.2:
        yield (at(15), "nordwind-retail", "GUARDRAIL_BLOCKED",
               {"api_key": keys["nordwind-retail"][0], "categories": ["PROMPT_INJECTION"],
                "reason": "instructions in a product text", "status": 400})
    if day.weekday() == 0:
        yield at(3), None, "PROVIDER_CREDENTIAL_ROTATED", {"provider": "openai"}
    if day.day == 19:
        yield (at(9), "unilab-research", "BUDGET_CAP_HARD",
               {"api_key": keys["unilab-research"][0], "reason": "Unilab grant", "status": 402})


def main(folder):
    rng = random.Random(SEED)
    os.makedirs(os.path.join(folder, "audit"), exist_ok=True)
    chain = Chain()
    keys = {}
    for path in sorted(glob.glob(os.path.join(folder, "gateway", "gateway-*"))):
        day = datetime.date.fromisoformat(os.path.basename(path)[8:18])
        if day < FIRST_DAY:
            continue
        events = []
        for record in records_of(path):
            tenant = record.get("workspaceId") or record.get("tenantId")
            if tenant not in AUDITED or not str(record["timestamp"]).startswith(str(day)):
                continue
            keys.setdefault(tenant, [])
            if record["apiKey"] not in keys[tenant] and len(keys[tenant]) < 4:
                keys[tenant].append(record["apiKey"])
            events.append((record["timestamp"], tenant, "GATEWAY_RESPONSE", response(record, rng)))
        if all(tenant in keys for tenant, *_ in POLICIES):
            events += events_between(day, keys, rng)
        events.sort(key=lambda event: event[0])
        name = os.path.join(folder, "audit", f"audit-{day}.jsonl")
        with open(name, "w", encoding="utf-8") as file:
            for timestamp, tenant, kind, payload in events:
                digits = f"{rng.getrandbits(128):032x}"
                event_id = (f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-"
                            f"{digits[20:]}")
                file.write(chain.line(event_id, timestamp, tenant, kind, payload) + "\n")
    with open(os.path.join(folder, "audit.secret"), "w", encoding="utf-8") as file:
        file.write(SECRET + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: audit.py FOLDER")
    main(sys.argv[1])
