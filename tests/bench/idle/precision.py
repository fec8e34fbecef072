#!/usr/bin/env python3
"""How late runs start: the start of each run of a schedule of every second, after its slot."""

import argparse
import datetime
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "end_to_end"))

from costd_process import Costd, wait_until  # noqa: E402

CONFIG = """\
sources:
  - { name: gateway, type: spool, path: spool }
schedules:
  - { name: tick, cron: "* * * * * *", seconds: true, jobs: [ingest] }
"""


def lateness_ms(run):
    slot, started = (datetime.datetime.fromisoformat(run[name]) for name in ("slot", "startedAt"))
    return (started - slot).total_seconds() * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slots", type=int, default=120)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="costd-")
    costd = Costd(folder, CONFIG)
    try:
        costd.start()
        listing = ("runs", "list", "--schedule", "tick", "--state", "succeeded", "--limit", "1000")
        wait_until(lambda: len(costd.json(*listing)) >= options.slots, "the slots have passed",
                   options.slots * 2 + 20)
        late = sorted(lateness_ms(run) for run in costd.json(*listing))
        share = {f"p{part}": late[len(late) * part // 100] for part in (50, 90, 99)}
        print(f"{len(late)} runs started after their slot by: "
              + ", ".join(f"{name} {value:.1f} ms" for name, value in share.items())
              + f", most {late[-1]:.1f} ms")
    finally:
        costd.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
