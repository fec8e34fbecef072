"""A real costd in a folder of its own, and what the end-to-end tests ask of it.

The programs come from the folder COSTD_BUILD_DIR, else from build/. Nothing here sleeps for a fixed
time: whatever takes a while is asked for again and again until it is so, or until time is up.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("COSTD_BUILD_DIR") or os.path.join(ROOT, "build")
COSTD = os.path.join(BUILD, "costd")
COSTCTL = os.path.join(BUILD, "costctl")
COSTD_FAST = os.path.join(BUILD, "tests", "costd_fast")

DONE, FAILED, USAGE, NO_DAEMON, REFUSED = 0, 1, 2, 3, 4

PLAIN_CONFIG = """\
state_dir: state
control: { socket: state/control.sock }
sources:
  - { name: gateway, type: spool, path: spool, format: auto }
prices: prices.yaml
"""
PLAIN_PRICES = """\
prices:
  - { model: "m-small", input: 1, output: 4, effective: 2026-01-01 }
  - { model: "m-large", provider: alpha, input: 3, output: 15, cache_read: 0.30,
      effective: 2026-01-01 }
"""


def wait_until(condition, what, seconds=20):
    """What `condition` returns as soon as it is true; fails when the time is over."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds} s it is still not so: {what}")
        time.sleep(0.02)


def a_record(number, **changes):
    """A valid record with an id of its own; a field that becomes None is left out."""
    record = {"id": f"record-{number:07}", "tenantId": "acme", "apiKey": "key_1",
              "model": "m-small", "provider": "alpha", "inputTokens": 1000, "outputTokens": 100,
              "timestamp": "2026-10-05T12:00:00Z"}
    return {name: value for name, value in (record | changes).items() if value is not None}


def json_lines(records):
    """Records, or lines given as bytes, one a line."""
    lines = [record if isinstance(record, bytes) else json.dumps(record).encode()
             for record in records]
    return b"".join(line + b"\n" for line in lines)


def write_file(path, content):
    with open(path, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def run_program(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=60, **options)


class Costd:
    """costd with its configuration, spool and state in `folder`."""

    def __init__(self, folder, config=PLAIN_CONFIG, prices=PLAIN_PRICES):
        self.folder = folder
        self.socket = self.path("state/control.sock")
        self.process = None
        self.program = COSTD
        self.environment = {}  # besides that of the test
        os.makedirs(self.path("spool"), exist_ok=True)
        if config is not None:
            write_file(self.path("costd.yaml"), config)
        if prices is not None:
            write_file(self.path("prices.yaml"), prices)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def launch(self):
        """Starts the process without waiting for it."""
        with open(self.path("costd.log"), "ab") as log:
            self.process = subprocess.Popen([self.program, "--config", self.path("costd.yaml")],
                                            stdout=log, stderr=log,
                                            env=os.environ | self.environment)
        return self

    def start(self):
        self.launch()
        try:
            wait_until(self.is_ready, "costd answers on its socket")
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{self.log()[-2000:]}") from None
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"costd ended with {self.process.returncode}")
        try:
            return self.get("/v1/admin/status")
        except OSError:
            return None

    def stop(self, seconds=20):
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=seconds)
        self.process = None
        return code

    def kill(self):
        """SIGKILL: as if the machine had lost its power, but for the disk's cache."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log(self):
        """All that it said so far, over all its starts."""
        path = self.path("costd.log")
        return read_bytes(path).decode() if os.path.exists(path) else ""

    def costctl(self, *words, expect=DONE, form=None):
        """The finished costctl command; fails when it ends with another code."""
        options = ["--socket", self.socket] + (["--format", form] if form else [])
        result = run_program(COSTCTL, *options, *words)
        if expect is not None and result.returncode != expect:
            raise AssertionError(f"costctl {' '.join(map(str, words))}: exit {result.returncode}, "
                                 f"not {expect}\n{result.stdout}{result.stderr}")
        return result

    def json(self, *words):
        return json.loads(self.costctl(*words, form="json").stdout)

    def run_job(self, *words):
        """costctl run ... --wait; the finished run."""
        return self.json("run", *words, "--wait")

    def once(self, jobs, *words, expect=DONE):
        result = run_program(COSTD, "--config", self.path("costd.yaml"), "--once", jobs, *words)
        if result.returncode != expect:
            raise AssertionError(f"costd --once {jobs}: exit {result.returncode}, not {expect}\n"
                                 f"{result.stdout}{result.stderr}")
        return result

    def get(self, path):
        """The JSON answer of GET path."""
        status, _, body = self.request("GET", path)
        if status != 200:
            raise AssertionError(f"GET {path}: {status} {body!r}")
        return json.loads(body)

    def request(self, method, path, body=None):
        """(status, headers, body as bytes)"""
        connection = UnixConnection(self.socket)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def drop(self, name, content, spool="spool"):
        """Puts a file into the spool as a gateway should: complete under its name, or not there."""
        os.makedirs(self.path(spool), exist_ok=True)
        hidden = self.path(spool, "." + name)
        write_file(hidden, content)
        os.rename(hidden, self.path(spool, name))

    def files_in(self, *names):
        """Names of the files in a folder; none if it is not there."""
        folder = self.path(*names)
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def total(self, **filters):
        return self.json("costs", "summary", *options_of(filters))["totalCost"]

    def rows(self, query, *values):
        """Rows of the database; costd may be running."""
        connection = sqlite3.connect(f"file:{self.path('state/costd.db')}?mode=ro", uri=True)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()


def options_of(filters):
    """from_="2026-10-01" -> --from 2026-10-01"""
    return [word for name, value in filters.items()
            for word in ("--" + name.rstrip("_").replace("_", "-"), value)]


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.unix_path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.unix_path)


class CostdCase(unittest.TestCase):
    """A test with a folder, and daemons that end with it."""

    def setUp(self):
        self.folder = temporary_folder(self.addCleanup)

    def make(self, config=PLAIN_CONFIG, prices=PLAIN_PRICES, name="home"):
        return make_costd(os.path.join(self.folder, name), self.addCleanup, config, prices)

    def start(self, *arguments, **more):
        return self.make(*arguments, **more).start()


def temporary_folder(add_cleanup):
    folder = tempfile.mkdtemp(prefix="costd-")
    add_cleanup(shutil.rmtree, folder, ignore_errors=True)
    return folder


def make_costd(folder, add_cleanup, config=PLAIN_CONFIG, prices=PLAIN_PRICES):
    """A costd that is killed at the end, if it still runs then."""
    costd = Costd(folder, config, prices)
    add_cleanup(costd.kill)
    return costd


class SmtpServer:
    """smtp_server.py as a process of its own, on the port given, or on one that is free."""

    def __init__(self, store, *options, port=0):
        self.store = store
        self.process = subprocess.Popen(
            ["/usr/bin/python3", os.path.join(HERE, "smtp_server.py"), "--store", store,
             "--port", str(port), *options], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def messages(self):
        """[(facts of the envelope, the message's bytes)]"""
        names = sorted(name for name in os.listdir(self.store) if name.endswith(".eml"))
        found = []
        for name in names:
            path = os.path.join(self.store, name)
            facts = json.loads(read_bytes(path.removesuffix(".eml") + ".json"))
            found.append((facts, read_bytes(path)))
        return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
