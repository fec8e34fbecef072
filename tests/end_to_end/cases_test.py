#!/usr/bin/env python3
"""Runs the stories of tests/cases on the real binaries.

A story is one text file that a person of finance can read: what came in, which command was
asked, and what must come out.

    # What the story shows, and the sum behind each expected figure.
    == prices.yaml          a file of the site; also tenants.yaml
    == spool/a.jsonl        a file for the spool
    == config               further lines of costd.yaml
    == $ costs summary --group-by model       a costctl command ...
    == out                                    ... and its output, with --format csv

`RECORD {...}` in a spool file is a record with the usual fields filled in: only what matters stands
there. Lines of output are compared as they are; "..." for a line stands for any lines.
"""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

CASES = pathlib.Path(__file__).resolve().parent.parent / "cases"
BUILD = pathlib.Path(os.environ.get("COSTD_BUILD_DIR", CASES.parent.parent / "build"))
USUAL = {"tenantId": "acme", "apiKey": "key_one", "model": "m-large", "provider": "openai",
         "inputTokens": 0, "outputTokens": 0, "timestamp": "2026-10-05T12:00:00Z"}
CONFIG = """\
state_dir: state
control: { socket: s.sock }
sources:
  - { name: gateway, type: spool, path: spool }
prices: prices.yaml
"""


class Story:
    """The parts of one case file, in order."""

    def __init__(self, path):
        self.path = path
        self.parts = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("== "):
                self.parts.append((line[3:].strip(), []))
            elif self.parts:
                self.parts[-1][1].append(line)

    def text(self, name):
        return "".join(line + "\n" for part, lines in self.parts if part == name for line in lines)

    def files(self):
        for name, lines in self.parts:
            if name.endswith(".yaml") or name.startswith("spool/"):
                yield name, [expand(line, n) for n, line in enumerate(lines, 1)]

    def questions(self):
        """Each command with the output expected of it."""
        for (name, _), (following, lines) in zip(self.parts, self.parts[1:]):
            if name.startswith("$ "):
                assert following == "out", f"{self.path}: {name} has no == out behind it"
                yield name[2:].split(), [line for line in lines if line.strip()]


def expand(line, number):
    if not line.startswith("RECORD "):
        return line
    record = {"id": f"r{number}", **USUAL, **json.loads(line[len("RECORD "):])}
    return json.dumps(record, ensure_ascii=False)


def run(arguments, **options):
    return subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True,
                          timeout=60, **options)


def matches(expected, got):
    """Line by line; "..." takes any number of lines."""
    if not expected:
        return not got
    if expected[0] == "...":
        return any(matches(expected[1:], got[n:]) for n in range(len(got) + 1))
    return bool(got) and expected[0] == got[0] and matches(expected[1:], got[1:])


class Stories(unittest.TestCase):
    def play(self, path):
        story = Story(path)
        with tempfile.TemporaryDirectory(prefix="costd-case-") as folder:
            root = pathlib.Path(folder)
            (root / "spool").mkdir()
            (root / "costd.yaml").write_text(CONFIG + tenants_line(story) + story.text("config"),
                                             encoding="utf-8")
            for name, lines in story.files():
                (root / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")
            once = run([BUILD / "costd", "--config", root / "costd.yaml", "--once",
                        "ingest,rollup"])
            self.assertEqual(once.returncode, 0, once.stderr + once.stdout)
            self.ask(story, root)

    def ask(self, story, root):
        asked = 0
        daemon = subprocess.Popen([BUILD / "costd", "--config", root / "costd.yaml"],
                                  stderr=subprocess.DEVNULL)
        try:
            costctl = [BUILD / "costctl", "--socket", root / "s.sock", "--format", "csv"]
            wait_for(costctl)
            for command, expected in story.questions():
                got = run([*costctl, *command])
                self.assertEqual(got.returncode, 0, got.stderr)
                lines = got.stdout.splitlines()
                self.assertTrue(matches(expected, lines),
                                f"{' '.join(command)} said\n" + got.stdout +
                                "and not\n" + "\n".join(expected))
                asked += 1
        finally:
            daemon.terminate()
            self.assertEqual(daemon.wait(timeout=30), 0)
        self.assertGreater(asked, 0, f"{story.path} asks nothing")


def tenants_line(story):
    return "tenants: tenants.yaml\n" if story.text("tenants.yaml") else ""


def wait_for(costctl):
    deadline = time.monotonic() + 10
    while run([*costctl, "status"]).returncode != 0:
        assert time.monotonic() < deadline, "costd did not answer within 10 s"
        time.sleep(0.02)


def add_stories():
    for path in sorted(CASES.glob("*.case")):
        title = path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        test = lambda self, path=path: self.play(path)
        test.__doc__ = title
        setattr(Stories, "test_" + path.stem.replace("-", "_"), test)


add_stories()

if __name__ == "__main__":
    unittest.main()
