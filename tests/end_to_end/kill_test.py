"""kill -9 at any moment, and at any call that changes the disk or reaches the mail server: no
record is lost or counted twice, no slot runs twice, reports are whole, mails arrive.

costd lives in a calendar where an hour takes a second, with a gateway that drops files, month-ends
that close and mail statements, budgets that alert, and a mail server that fails in every way. Each
of its lives ends with a kill; after each restart the invariants of kill_invariants.py hold.

COSTD_KILLS says how often (64 times), COSTD_KILL_SEED by which plan; a failure names the seed.
"""

import collections
import os
import random
import time
import unittest

from costd_process import CostdCase, wait_until
from kill_invariants import Invariants, must
from kill_world import DAY, Kill, World, moment

KILLS = int(os.environ.get("COSTD_KILLS", "64"))
SEED = int(os.environ.get("COSTD_KILL_SEED") or random.SystemRandom().randrange(10**9))
DAYS_A_KILL = min(2.0, 730 / KILLS)  # two years at most go by
FAULTS = 35  # of a hundred connections to the mail server
LONGEST_LIFE_S = 2.0
HEALTHY_S = 2.0  # I9; on a machine that is busy with other things single starts may take longer
UNFINISHED = "select id from run where state in ('queued', 'running')"
WAITING = "select id from outbox where state in ('pending', 'sending')"
LOOKED_UNTIL = "select looked_until / 1000000 from schedule_state where name = ?"
GIVEN_UP = "select id from outbox where state in ('rejected', 'dead')"


class KilledAllTheTime(CostdCase):
    def setUp(self):
        super().setUp()
        self.rng = random.Random(SEED)
        self.world = World(self.folder, SEED, self.addCleanup)
        self.costd = self.world.costd
        self.invariants = Invariants(self.world)
        self.ends = collections.Counter()
        self.kinds = collections.Counter()

    def test_every_invariant_holds_after_every_kill(self):
        print(f"seed {SEED} ... ", end="", flush=True)
        with self.subTest(seed=SEED):
            calls = self.live_undisturbed()
            self.world.mail.start(FAULTS)
            self.world.gateway.start()
            for number in range(KILLS):
                self.live_and_die(Kill(self.rng, calls, DAYS_A_KILL), number)
            self.world.gateway.stop()
            self.come_to_rest()
            self.invariants.check_all()
            self.say_what_happened()

    def live_undisturbed(self):
        """How many calls of each kind an ordinary life has; of a kind that it lacks, one with
        statements and mails."""
        full = self.count_calls(lambda: self.costd.run_job(
            "ingest,rollup,forecast,anomalies,budgets,chargeback", "--schedule", "month-end",
            "--period", str(moment(self.world.calendar.start))[:7]))
        self.world.calendar.set_ahead(DAYS_A_KILL * DAY)
        ordinary = self.count_calls(lambda: wait_until(
            lambda: self.costd.files_in("spool") == ["done"], "all files are taken in", 60))
        calls = full | ordinary
        must(len(calls) >= 8, "the shim saw too few kinds of calls", calls)
        return calls

    def count_calls(self, work):
        for _ in range(3):
            self.world.gateway.drop_one()
        self.world.launch("count")
        wait_until(self.costd.is_ready, "costd answers", 60)
        work()
        wait_until(lambda: not self.costd.rows(UNFINISHED + " union all " + WAITING),
                   "all runs ended, all mail left", 60)
        must(self.costd.stop() == 0, "a clean end")
        return self.world.counted_calls()

    def live_and_die(self, kill, number):
        self.world.calendar.set_ahead(kill.ahead)
        started, launched_at = time.monotonic(), time.time()
        self.world.launch(kill.shim)
        if kill.while_starting:
            self.end_in(kill.after_s / 4, "time, while starting")
            return
        if self.lives(started):
            self.invariants.was_healthy_after(time.monotonic() - started)
            self.check(launched_at, number)
        if kill.how == "time":
            self.end_in(kill.after_s, "time")
        else:
            self.end_in(LONGEST_LIFE_S, "time, as the call did not come")

    def lives(self, started):
        """True once it answers, False if it was killed before."""
        while self.costd.process.poll() is None:
            try:
                if self.costd.is_ready():
                    return True
            except (AssertionError, OSError):
                continue
            must(time.monotonic() - started < 60, "costd does not answer", self.costd.log()[-2000:])
            time.sleep(0.01)
        return False

    def check(self, launched_at, number):
        try:
            self.invariants.check_cheap(launched_at)
        except AssertionError as failure:
            raise AssertionError(f"after kill {number}: {failure}\n"
                                 f"{self.costd.log()[-3000:]}") from None

    def end_in(self, seconds, how):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.costd.process.poll() is None:
            time.sleep(0.005)
        code = self.costd.process.poll()
        words = self.world.shim_words()
        self.costd.kill()
        if code is None:
            self.ends[how] += 1
            return
        must(code == -9 and words[:1] == ["killed"], "costd ended by itself", code, words,
             self.costd.log()[-3000:])
        self.ends[f"at a call, {words[1]} it"] += 1
        self.kinds[words[3]] += 1

    def come_to_rest(self):
        """A mail server without faults, nobody kills, and a person who tries again what was given
        up."""
        self.world.mail.start(faults=0)
        self.world.calendar.set_ahead(0)
        self.world.launch()
        wait_until(self.costd.is_ready, "costd answers", 60)
        wait_until(lambda: self.costd.files_in("spool") == ["done"], "all files are taken in", 120)
        wait_until(lambda: not self.costd.rows(UNFINISHED), "all runs ended", 120)
        self.retried = self.deliver()
        # Or the next hour decides a mail while the mails are read.
        must(self.costd.stop() == 0, "a clean end")
        full_hour = self.world.calendar.slow_down()
        self.world.launch()
        wait_until(lambda: self.costd.rows(LOOKED_UNTIL, "refresh")[0][0] > full_hour,
                   "the last hour's slots are decided", 60)
        wait_until(lambda: not self.costd.rows(UNFINISHED), "all runs ended", 120)
        self.retried += self.deliver()

    def deliver(self):
        """How many messages had been given up."""
        retried = 0
        while True:
            self.costd.run_job("deliver", "--schedule", "by-hand")
            wait_until(lambda: not self.costd.rows(WAITING), "all mail left", 120)
            given_up = self.costd.rows(GIVEN_UP)
            if not given_up:
                return retried
            retried += len(given_up)
            for (id_,) in given_up:
                self.costd.costctl("outbox", "retry", id_)

    def say_what_happened(self):
        counts, restarts = self.invariants.counts, sorted(self.invariants.restarts)
        rate = counts["duplicate mails"] / counts["mails decided"]
        usual = restarts[int(len(restarts) * 0.95)]
        print(f"\n  kills {sum(self.ends.values())}: "
              + ", ".join(f"{count} {how}" for how, count in sorted(self.ends.items()))
              + "\n  at calls: " + ", ".join(f"{kind} {count}" for kind, count
                                             in sorted(self.kinds.items()))
              + "\n  " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
              + f"\n  duplicate mails {rate:.2%} of those decided, {self.retried} retried by hand"
              + f"\n  restarts {len(restarts)}: healthy after {restarts[len(restarts) // 2]:.2f} s,"
              f" 95 of 100 within {usual:.2f} s, the slowest {restarts[-1]:.2f} s ... ",
              end="", flush=True)
        self.assertLessEqual(restarts[len(restarts) // 2], HEALTHY_S)


if __name__ == "__main__":
    unittest.main()
