"""What must hold after every kill of costd: the invariants I1 to I9, by the database, the files,
the mailbox, and a recomputation that shares no code with costd.

Whatever does not hold is an AssertionError that names the invariant.
"""

import collections
import datetime
import hashlib
import json
import os
import random

import audit_chain
import recompute
import statement_files
from costd_process import read_bytes
from kill_world import PRICES, moment

ENDED = ("succeeded", "failed", "cancelled", "skipped", "missed", "abandoned")
PDFS_READ = 30
WHOLE_TIME = ("--from", "2026-01-01", "--to", "2100-01-01")


def must(condition, *facts):
    if not condition:
        raise AssertionError(facts)


class Invariants:
    def __init__(self, world):
        self.world = world
        self.costd = world.costd
        self.rows = world.costd.rows
        self.chain = audit_chain.ChainCheck()
        self.files_seen = {}
        self.done_seen = set()
        self.restarts = []
        self.counts = collections.Counter()

    def check_cheap(self, launched_at):
        """With a costd that has just started; `launched_at` is the machine's time of that."""
        self.no_slot_ran_twice()
        self.reports_are_whole()
        self.no_alert_is_owed_twice()
        self.chain.go_on(self.rows)
        self.nothing_is_left_over(launched_at)
        self.done_files_are_recorded()

    def check_all(self):
        """With a costd that has nothing left to do."""
        self.files_seen.clear()
        self.done_seen.clear()
        self.chain = audit_chain.ChainCheck()
        self.check_cheap(float("inf"))
        self.each_slot_has_one_ended_run()
        self.each_report_of_a_run_is_there()
        self.every_mail_arrived()
        opinion = self.figures_are_those_of_the_files()
        self.statements_agree(opinion)
        must(self.rows("pragma integrity_check") == [("ok",)], "integrity_check")
        must(self.costd.files_in("spool") == ["done"], "I8", self.costd.files_in("spool"))
        self.counts["audit events"] = self.chain.seq

    # I2

    def no_slot_ran_twice(self):
        twice = self.rows("select schedule, slot_at, count(*) from run where slot_at > 0"
                          " group by schedule, slot_at having count(*) > 1")
        must(not twice, "I2: slots with two runs", twice)
        running = self.rows("select id from run where state = 'running'")
        must(len(running) <= 1, "I2: runs side by side", running)

    def each_slot_has_one_ended_run(self):
        for schedule, is_due in (("weekly", is_weekly_slot), ("month-end", is_month_end_slot)):
            looked = self.rows("select looked_until from schedule_state where name = ?", schedule)
            due = slots(self.world.calendar.start, looked[0][0] / 10**6, is_due)
            runs = self.rows("select slot_at / 1000000 from run where schedule = ? and slot_at > 0"
                             " order by 1", schedule)
            must([at for (at,) in runs] == due, "I2: slots of " + schedule, runs, due)
            must(due, "no slot of", schedule)
        for state, error, schedule, log in self.rows("select state, error, schedule, log from run"):
            must(state in ENDED, "I2: not ended", state, schedule, error)
            self.counts["runs"] += 1
            self.counts["interruptions"] += log.count("run_interrupted")
            if state == "failed":
                must("interrupted" in error, "I2: failed", schedule, error)
                self.counts["runs given up as interrupted"] += 1
        self.counts["slots"] = self.rows("select count(*) from run where slot_at > 0")[0][0]

    # I3

    def reports_are_whole(self):
        # A run that was cut off before its month could be closed states that month as FINAL after
        # it has stated it as PRELIMINARY.
        for columns in ("kind, tenant, from_day, to_day, revision", "run_id, tenant, status"):
            twice = self.rows(f"select {columns}, count(*) from report group by {columns}"
                              " having count(*) > 1")
            must(not twice, "I3: reports that are there twice", twice)
        for path, sha256, size in self.rows("select path, sha256, byte_count from report_file"):
            if self.files_seen.get(path) == sha256:
                continue
            must(os.path.exists(path), "I3: missing", path)
            content = read_bytes(path)
            must((hashlib.sha256(content).hexdigest(), len(content)) == (sha256, size),
                 "I3: other bytes than stored", path)
            self.files_seen[path] = sha256

    def each_report_of_a_run_is_there(self):
        for run, outputs, formats in self.rows(
                "select id, outputs, parameters ->> '$.formats' from run"
                " where jobs like '%chargeback%' and state = 'succeeded'"):
            tenants = [tenant for (tenant,) in self.rows(
                "select tenant from report where run_id = ?", run)]
            must("" in tenants, "I3: no statement of all tenants", run, outputs)
            made = {id_ for (id_,) in self.rows("select id from report where run_id = ?", run)}
            must(set(json.loads(outputs)) == made, "I3: the run names others", run, outputs, made)
            for (files,) in self.rows("select count(*) from report_file f join report r"
                                      " on r.id = f.report_id where r.run_id = ?"
                                      " group by r.id", run):
                must(files == len((formats or "pdf,csv,xlsx").split(",")), "I3: files", run, files)
        for tenant, last, count in self.rows(
                "select tenant, max(revision), count(*) from report"
                " group by kind, tenant, from_day, to_day"):
            must(last == count, "I3: a revision is missing", tenant, last, count)
        self.counts["reports"] = self.rows("select count(*) from report")[0][0]
        self.counts["report files"] = len(self.files_seen)

    # I4

    def every_mail_arrived(self):
        kept, answered = collections.defaultdict(list), collections.Counter()
        for content, was_answered in self.world.mail.messages():
            message_id = message_id_of(content)
            kept[message_id].append(hashlib.sha256(content).hexdigest())
            answered[message_id] += was_answered
        rows = self.rows("select message_id, payload_sha256, state from outbox")
        must({state for _, _, state in rows} <= {"sent"}, "I4: states",
             collections.Counter(state for _, _, state in rows))
        must(len({row[0] for row in rows}) == len(rows), "I4: two mails of one Message-ID")
        for message_id, sha256, _ in rows:
            must(kept[message_id], "I4: never arrived", message_id)
            must(set(kept[message_id]) == {sha256}, "I4: other bytes", message_id)
        must(set(kept) == {row[0] for row in rows}, "I4: mails that nobody decided")
        self.counts["mails decided"] = len(rows)
        self.counts["mails accepted"] = sum(map(len, kept.values()))
        self.counts["duplicate mails"] = self.counts["mails accepted"] - len(rows)
        self.counts["duplicates of an answered mail"] = sum(
            answers - 1 for answers in answered.values() if answers > 1)

    # I5

    def no_alert_is_owed_twice(self):
        twice = self.rows("select report_id, channel, recipient, count(*) from outbox"
                          " where kind in ('alert', 'dead_letter') group by 1, 2, 3"
                          " having count(*) > 1")
        must(not twice, "I5: alerts owed twice", twice)
        alone = self.rows("select id, report_id from outbox where kind in ('alert', 'dead_letter')"
                          " and report_id not in (select id from alert)")
        must(not alone, "I5: mails of no alert", alone)
        self.counts["alerts"] = self.rows("select count(*) from alert")[0][0]

    # I7

    def nothing_is_left_over(self, launched_at):
        """What was written before the last start belongs to a row, or is gone. The calendar is
        far ahead of the machine's clock: to costd each such file is older than a day."""
        old = []
        for folder in ("state/reports", "state/outbox"):
            for path, _, names in os.walk(self.costd.path(folder)):
                old += [os.path.join(path, name) for name in names]
        named = {path for (path,) in self.rows("select path from report_file"
                                               " union all select payload_path from outbox")}
        for path in old:
            if path not in named and written_before(path, launched_at):
                raise AssertionError(("I7: left over", path))
        for path, _, names in os.walk(self.costd.path("state")):
            for name in names:
                if ".tmp" in name and written_before(os.path.join(path, name), launched_at):
                    raise AssertionError(("I7: left over", path, name))

    # I8

    def done_files_are_recorded(self):
        new = set(self.costd.files_in("spool", "done")) - self.done_seen
        if not new:
            return
        recorded = dict(self.rows("select name, accepted + duplicates + conflicts + quarantined"
                                  " from file_ledger where state = 'done'"))
        for name in new:
            must(recorded.get(os.path.basename(name)) == self.world.gateway.lines[name],
                 "I8: records of a file are missing", name, recorded.get(name))
        self.done_seen |= new
        self.counts["files"] = len(self.done_seen)

    # I9

    def was_healthy_after(self, seconds):
        self.restarts.append(seconds)

    # I1

    def figures_are_those_of_the_files(self):
        opinion = recompute.recompute([("gateway", self.costd.path("spool", "done"), None)], PRICES,
                                      [], "2026-01-01", "2100-01-01")
        for dimension in recompute.GROUPS:
            answer = self.costd.json("costs", "summary", *WHOLE_TIME, "--group-by", dimension)
            must(answer["totalCost"] == opinion["total"], "I1: total by", dimension)
            groups = {row["key"]: (row["totalCost"], row["requests"]) for row in answer["groups"]}
            must(groups == {key: (sums["totalCost"], sums["requests"])
                            for key, sums in opinion[dimension].items()}, "I1: by", dimension)
        status = self.costd.json("status")
        must(status["records"] == opinion["counts"]["records"], "I1: records")
        must(status["duplicates"] == opinion["counts"]["duplicates"], "I1: duplicates")
        self.counts["records"] = opinion["counts"]["records"]
        return opinion

    def statements_agree(self, opinion):
        """Each file with the row of its report; the months' statements with the recomputation; a
        closed month with itself, whenever it was stated."""
        must(self.total_of_all_months(opinion) == statement_files.picos(opinion["total"]),
             "I1: the months do not add up to all the records")
        frozen = {}
        reports = self.rows("select id, tenant, from_day, status, total_usd from report")
        pdfs = [id_ for (id_,) in self.rows("select report_id from report_file"
                                            " where format = 'pdf' order by report_id")]
        pdfs = set(random.Random(0).sample(pdfs, min(len(pdfs), PDFS_READ)))
        for id_, tenant, from_day, status, total in reports:
            exact = self.files_agree(id_, statement_files.picos(total), id_ in pdfs)
            if status == "FINAL" and exact is not None:
                must(frozen.setdefault((tenant, from_day), exact) == exact,
                     "I1: a closed month has changed", tenant, from_day)
                self.counts["final statements"] += 1
        must(frozen, "no month was closed")
        self.counts["closed months of a tenant"] = len(frozen)

    def total_of_all_months(self, opinion):
        """Of the booked statements, made now."""
        total = 0
        months = {day[:7] for day in opinion["day"]} | {str(moment(self.world.calendar.now()))[:7]}
        for month in sorted(months):
            run = self.costd.run_job("chargeback", "--schedule", "by-hand", "--period", month)
            report = self.rows("select id from report where run_id = ? and tenant = ''", run["id"])
            csv, = self.rows("select path from report_file where report_id = ? and format = 'csv'",
                             report[0][0])
            total += statement_files.StatementCsv(read_bytes(csv[0])).sum_of("tenant_summary")
        return total

    def files_agree(self, report_id, total, with_pdf):
        """The exact total in the report's CSV."""
        paths = dict(self.rows("select format, path from report_file where report_id = ?",
                               report_id))
        csv = statement_files.StatementCsv(read_bytes(paths["csv"]))
        exact, = {csv.sum_of(section) for section in statement_files.SUMMED_SECTIONS}
        by_tenant = csv.by_key("tenant_summary").values()
        must(sum(map(statement_files.cents, by_tenant)) * statement_files.PICOS_PER_CENT == total,
             "I1: the CSV of", report_id, exact, total)
        dollars = statement_files.dollars(total // statement_files.PICOS_PER_CENT)
        if with_pdf:
            must(dollars in statement_files.pdf_text(paths["pdf"]), "I1: the PDF of", report_id)
            value, _ = statement_files.StatementXlsx(paths["xlsx"]).total("Tenants")
            must(round(float(value) * 100) * statement_files.PICOS_PER_CENT == total,
                 "I1: the XLSX of", report_id, value, dollars)
            self.counts["PDF and XLSX read"] += 1
        return exact


def written_before(path, launched_at):
    try:
        return os.stat(path).st_mtime < launched_at
    except FileNotFoundError:
        return False  # renamed in this moment


def message_id_of(content):
    for line in content.split(b"\r\n\r\n", 1)[0].splitlines():
        if line.lower().startswith(b"message-id:"):
            return line.partition(b":")[2].strip(b" <>").decode()
    raise AssertionError("I4: a mail without Message-ID")


def is_weekly_slot(at):
    return at.weekday() == 0 and at.hour == 7


def is_month_end_slot(at):
    return at.day == 4 and at.hour == 6


def slots(after, until, is_due):
    """By trying each hour in (after, until]; seconds since 1970."""
    hour = int(after // 3600 + 1) * 3600
    due = []
    while hour <= until:
        if is_due(datetime.datetime.fromtimestamp(hour, datetime.timezone.utc)):
            due.append(hour)
        hour += 3600
    return due
