"""Programs as they are measured: wall and CPU time, peak memory; and the machine they ran on."""

import os
import platform
import re
import sqlite3
import statistics
import subprocess
import time
from dataclasses import dataclass


@dataclass
class Measured:
    """One run of a program, from its start to its end."""
    wall_s: float
    cpu_s: float
    peak_rss_bytes: int
    output: str
    disk_bytes: int = 0


def run_measured(command, log):
    """Runs the command; its standard error goes to the file `log`. Fails if it does."""
    os.sync()  # what the last run left in the page cache is not written during this one
    with open(log, "ab") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit {process.returncode}; see {log}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output)


def warm(path):
    """Reads the file once, so that each contender finds it in the page cache."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 24):
            pass


def median(values):
    return statistics.median(values)


def markdown_table(header, rows):
    """The first column is text, the others are figures."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1)] + rows
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        found = re.search(r"model name\s*: (.*)", file.read())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = found.group(1) if found else platform.machine()
    return f"{model}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB"


def compiler(build):
    """The first line of what the compiler of that build says about its version."""
    with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8") as file:
        path = re.search(r"CMAKE_CXX_COMPILER:\w+=(.*)", file.read()).group(1)
    return subprocess.run([path, "--version"], capture_output=True, text=True,
                          check=True).stdout.splitlines()[0]


def sqlite_version():
    """Of the shared library, which is costd's, too."""
    return sqlite3.sqlite_version
