#!/usr/bin/env python3
"""What an idle costd costs: CPU time of one refresh cycle when there is nothing to do.

A daemon with the last 31 days of usage and an empty spool runs the chain ingest, rollup, forecast,
anomalies, budgets again and again; its utime and stime before and after are those of the kernel.
"""

import argparse
import datetime
import os
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "end_to_end"))

import many_lines  # noqa: E402
from costd_process import Costd, wait_until  # noqa: E402

CHAIN = "ingest,rollup,forecast,anomalies,budgets"
CONFIG = f"""\
sources:
  - {{ name: gateway, type: spool, path: spool }}
prices: prices.yaml
schedules:
  - {{ name: refresh, cron: "* * * * *", jobs: [{CHAIN.replace(",", ", ")}] }}
"""


def recent(block):
    """The block with the 31 days before today in place of October."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    for day in range(1, 32):
        date = today - datetime.timedelta(days=32 - day)
        block = block.replace(f'"2026-10-{day:02}T'.encode(), f'"{date}T'.encode())
    return block


def cpu_ms(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def ended_runs(costd):
    return costd.rows("select count(*) from run where state = 'succeeded'")[0][0]


def measure(costd, cycles):
    """(CPU ms of a cycle, seconds of a cycle, cycles); the minute's own runs count, too."""
    runs, cpu, started = ended_runs(costd), cpu_ms(costd.process.pid), time.monotonic()
    for _ in range(cycles):
        costd.run_job(CHAIN)
    seconds, cpu = time.monotonic() - started, cpu_ms(costd.process.pid) - cpu
    done = ended_runs(costd) - runs
    return cpu / done, seconds / done, done


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--records", type=int, default=300_000, help="of the month, about")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="costd-")
    costd = Costd(folder, CONFIG, many_lines.PRICE_FILE)
    try:
        many_lines.write_blocks(costd.path("spool", "month.jsonl"),
                                recent(many_lines.a_block(1)), options.records // 10_000)
        costd.start()
        costd.run_job(CHAIN)
        wait_until(lambda: costd.files_in("spool") == ["done"], "the month is taken")
        costd.run_job(CHAIN)
        cpu, seconds, cycles = measure(costd, options.cycles)
        print(f"{costd.json('status')['records']} records, {cycles} idle cycles: "
              f"{cpu:.1f} ms CPU and {seconds * 1000:.0f} ms each")
    finally:
        costd.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
