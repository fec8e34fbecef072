"""costd's audit chain, checked as ledger/audit_event.hpp says it, with no code of costd."""

import hashlib
import json

import recompute

EVENTS = ("select seq, at, actor_kind, actor_name, action, object, tenant, before_sha256,"
          " after_sha256, outcome, reason, previous_hash, hash from audit_event"
          " where seq > ? order by seq")
GENESIS = "0" * 64


def hash_of(event):
    (seq, at, kind, name, action, object_, tenant, before, after, outcome, reason, previous,
     _) = event
    text = json.dumps({"v": 1, "seq": seq, "ts": format_instant(at),
                       "actor": {"kind": kind, "name": name}, "action": action,
                       "object": object_, "tenant": tenant, "before": before, "after": after,
                       "outcome": outcome, "reason": reason, "prev": previous},
                      sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(b"costd-audit-v1\0" + str(len(text)).encode() + b"\0"
                          + text).hexdigest()


def format_instant(micros):
    seconds, fraction = divmod(micros, 10**6)
    day, rest = divmod(seconds, 86_400)
    date = recompute.format_day(day)
    text = f"{date}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    if fraction:
        text += f".{fraction // 1000:03}" if fraction % 1000 == 0 else f".{fraction:06}"
    return text + "Z"


class ChainCheck:
    """Goes on where it ended the last time; what it has seen must stay where it was."""

    def __init__(self):
        self.seq = 0
        self.head = GENESIS

    def go_on(self, rows):
        """`rows` asks the database. Gives the new events; fails at the first that is not right."""
        if self.seq:
            seen = rows("select hash from audit_event where seq = ?", self.seq)
            assert seen == [(self.head,)], f"audit event {self.seq} is lost or another one now"
        events = rows(EVENTS, self.seq)
        for event in events:
            expected = (self.seq + 1, self.head, hash_of(event))
            assert (event[0], event[-2], event[-1]) == expected, event
            self.seq, self.head = event[0], event[-1]
        return events
