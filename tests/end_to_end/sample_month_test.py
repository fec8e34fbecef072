"""The sample month through the real programs, against a recomputation that shares no code."""

import json
import os
import subprocess
import sys
import unittest

import recompute
from costd_process import (ROOT, HERE, CostdCase, make_costd, read_bytes, temporary_folder,
                           write_file)
from statement_files import (SECTIONS, SUMMED_SECTIONS, StatementCsv, StatementXlsx, cents,
                             dollars, pdf_page, pdf_text, picos)

SAMPLES = os.path.join(ROOT, "samples")
OCTOBER = ("--from", "2026-10-01", "--to", "2026-11-01")
SUMS = [name for name in recompute.SUMS if name not in ("inputPicos", "outputPicos", "totalTokens")]
XLSX_SHEETS = ("Tenants", "API keys", "Models", "Providers", "Days")


def start_with_the_sample(folder, add_cleanup):
    """A costd that has the sample's configuration and nothing in its spools."""
    costd = make_costd(folder, add_cleanup, config=None, prices=None)
    for name in ("costd.yaml", "prices.yaml", "tenants.yaml", "evidence.yaml"):
        write_file(costd.path(name), read_bytes(os.path.join(SAMPLES, "config", name)))
    write_file(costd.path("audit.secret"), b"of a log that these tests have no events of\n")
    return costd.start()


def fill_spools(costd, month):
    for source in ("gateway", "legacy"):
        for name in sorted(os.listdir(os.path.join(month, source))):
            costd.drop(name, read_bytes(os.path.join(month, source, name)), f"spool/{source}")


def start_recomputing(month):
    config = os.path.join(SAMPLES, "config")
    return subprocess.Popen(
        [sys.executable, os.path.join(HERE, "recompute.py"),
         "--prices", os.path.join(config, "prices.yaml"),
         "--tenants", os.path.join(config, "tenants.yaml"), *OCTOBER,
         "--source", f"gateway={month}/gateway",
         "--source", f"legacy={month}/legacy:{config}/costd.yaml"],
        stdout=subprocess.PIPE, text=True)


def run_the_month(costd, month):
    """Everything up to the statements; the finished ingest run."""
    fill_spools(costd, month)
    ingest = costd.run_job("ingest")
    costd.run_job("rollup")
    costd.run_job("forecast", "--as-of", "2026-10-31")
    costd.run_job("anomalies", *OCTOBER)
    costd.run_job("budgets")
    costd.json("chargeback", "generate", *OCTOBER, "--wait")
    return ingest


def download_all(costd):
    """{tenant id: (report, {format: path})}; "" is the statement of all tenants."""
    statements = {}
    for report in costd.json("chargeback", "list"):
        folder = costd.path("downloads", report["id"])
        os.makedirs(folder)
        costd.costctl("chargeback", "download", report["id"], "--to", folder)
        statements[report["tenantId"]] = (report, {
            file["format"]: os.path.join(folder, file["fileName"]) for file in report["files"]})
    return statements


class TheSampleMonth(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder(cls.addClassCleanup)
        cls.month = os.path.join(cls.folder, "month")
        subprocess.run([sys.executable, os.path.join(SAMPLES, "generate.py"), cls.month],
                       check=True)
        recomputing = start_recomputing(cls.month)
        cls.costd = start_with_the_sample(os.path.join(cls.folder, "one"), cls.addClassCleanup)
        cls.ingest = run_the_month(cls.costd, cls.month)
        cls.statements = download_all(cls.costd)
        cls.opinion = json.loads(recomputing.communicate()[0])
        cls.expected = json.loads(read_bytes(os.path.join(cls.month, "expected.json")))
        cls.all_csv = StatementCsv(read_bytes(cls.file_of("", "csv")))

    @classmethod
    def file_of(cls, tenant, form):
        return cls.statements[tenant][1][form]

    def statement_cents(self):
        """The rule: each tenant's exact total is rounded once, then they are added."""
        return sum(cents(picos(sums["totalCost"])) for sums in self.opinion["tenant"].values())

    def test_the_totals_of_the_month_are_exactly_those_of_the_recomputation(self):
        totals = self.costd.json("costs", "summary", *OCTOBER)
        for name in ("totalCost", "inputCost", "outputCost", *SUMS):
            self.assertEqual(totals[name], self.opinion["totals"][name], name)
        usage = self.costd.json("usage", "summary", *OCTOBER)
        self.assertEqual(usage["totalTokens"], self.opinion["totals"]["totalTokens"])

    def test_every_group_of_every_dimension_is_exactly_that_of_the_recomputation(self):
        for dimension in recompute.GROUPS:
            answer = self.costd.json("costs", "summary", *OCTOBER, "--group-by", dimension)
            names = ("totalCost", "inputCost", "outputCost", *SUMS)
            found = {row["key"]: [row[name] for name in names] for row in answer["groups"]}
            wanted = {key: [sums[name] for name in names]
                      for key, sums in self.opinion[dimension].items()}
            self.assertEqual(found, wanted, dimension)

    def test_lines_are_counted_as_the_generator_wrote_them(self):
        counts, status = self.ingest["counts"], self.costd.json("status")
        refused = self.expected["malformed"] + self.expected["conflicts"]
        for found in (counts, status):
            self.assertEqual(found["records"], self.expected["records"])
            self.assertEqual(found["duplicates"], self.expected["duplicates"])
            self.assertEqual(found["quarantined"], refused)
        self.assertEqual(counts["conflicts"], self.expected["conflicts"])

    def test_every_bad_line_is_quarantined_with_its_file_and_line(self):
        found = self.costd.get("/v1/admin/quarantine?limit=1000")
        self.assertEqual(
            sorted((line["file"], line["line"]) for line in found),
            sorted((line["file"], line["line"]) for line in self.expected["refused"]))
        for line in found:
            self.assertTrue(line["reason"] and line["detail"], line)

    def test_the_csv_has_the_seven_sections_in_their_order(self):
        self.assertEqual([name for name in self.all_csv.section_order() if name in SECTIONS],
                         list(SECTIONS))

    def test_each_section_of_the_csv_adds_up_to_the_exact_total(self):
        for section in SUMMED_SECTIONS:
            self.assertEqual(recompute.format_usd(self.all_csv.sum_of(section)),
                             self.opinion["total"], section)
            self.assertEqual(sum(int(row["requests"]) for row in self.all_csv.section(section)),
                             self.opinion["totals"]["requests"], section)

    def test_each_key_of_the_csv_has_the_exact_total_of_the_recomputation(self):
        for section, dimension in SUMMED_SECTIONS.items():
            wanted = {key: picos(sums["totalCost"])
                      for key, sums in self.opinion[dimension].items()}
            self.assertEqual(self.all_csv.by_key(section), wanted, section)

    def test_the_statement_total_is_the_sum_of_the_tenants_rounded_totals(self):
        wanted = self.statement_cents()
        rounded = self.all_csv.statement("total rounded to cents")["total_cost"]
        self.assertEqual(picos(rounded), wanted * 10**10)
        of_tenants = sum(picos(report["totalCost"])
                         for tenant, (report, _) in self.statements.items() if tenant)
        self.assertEqual(of_tenants, wanted * 10**10)
        self.assertEqual(picos(self.statements[""][0]["totalCost"]), wanted * 10**10)

    def test_each_tenant_has_a_statement_with_its_own_total(self):
        self.assertEqual({tenant for tenant in self.statements if tenant},
                         set(self.opinion["tenant"]))
        for tenant, sums in self.opinion["tenant"].items():
            statement = StatementCsv(read_bytes(self.file_of(tenant, "csv")))
            for section in SUMMED_SECTIONS:
                self.assertEqual(recompute.format_usd(statement.sum_of(section)),
                                 sums["totalCost"], (tenant, section))

    def test_the_pdf_shows_the_statement_total_in_every_table(self):
        total = dollars(self.statement_cents())
        text = pdf_text(self.file_of("", "pdf"))
        self.assertIn("$" + total, pdf_page(self.file_of("", "pdf"), 1))
        totals = [line for line in text.splitlines() if line.split()[:1] == ["Total"]
                  and total in line.split()]
        self.assertEqual(len(totals), 5)

    def test_the_pdf_of_each_tenant_shows_its_own_rounded_total_on_page_1(self):
        for tenant, sums in self.opinion["tenant"].items():
            total = dollars(cents(picos(sums["totalCost"])))
            self.assertIn("$" + total, pdf_page(self.file_of(tenant, "pdf"), 1), tenant)

    def test_the_pdf_prints_the_tie_out(self):
        page = pdf_page(self.file_of("", "pdf"), 1)
        for words in ("TIES OUT", "Accepted", "Duplicates", "Quarantined", "Unpriced",
                      f"{self.opinion['totals']['requests']:,}"):
            self.assertIn(words, page)
        for label in ("By tenant", "By API key", "By model", "By provider", "By day"):
            self.assertRegex(page, label + r" +" + self.opinion["total"].replace(".", r"\."))
        self.assertRegex(page, r"Difference +0\.000000000000")

    def test_unpriced_requests_are_on_page_1_and_in_the_status(self):
        unpriced = self.opinion["totals"]["unpricedRequests"]
        page = pdf_page(self.file_of("", "pdf"), 1)
        self.assertIn(f"{unpriced:,} requests have no price and are not in the total", page)
        for model in [model for model, sums in self.opinion["model"].items()
                      if sums["unpricedRequests"]]:
            self.assertIn(model, page)
        status = self.costd.json("status")
        # September has unpriced requests, too.
        self.assertGreater(status["unpricedRequests"], unpriced)
        self.assertIn("UNPRICED", [problem["kind"] for problem in status["problems"]])

    def test_totals_of_the_workbook_are_sums_with_their_values(self):
        book = StatementXlsx(self.file_of("", "xlsx"))
        for sheet in XLSX_SHEETS:
            value, formula = book.total(sheet)
            self.assertRegex(formula, r"^SUM\([A-Z]+2:[A-Z]+\d+\)$", sheet)
            self.assertEqual(round(float(value) * 100), self.statement_cents(), sheet)
            self.assertEqual(book.total(sheet, "Total cost, exact")[0], self.opinion["total"])

    def test_greek_and_japanese_names_are_text_of_the_pdf(self):
        for tenant, name in (("aegean-shipping", "Αιγαίο Ναυτιλιακή Α.Ε."),
                             ("tokyo-data", "東京データ株式会社")):
            self.assertIn(name, pdf_page(self.file_of(tenant, "pdf"), 1))
            self.assertIn(name, pdf_text(self.file_of("", "pdf")))

    def test_text_that_begins_like_a_formula_is_kept_from_being_one(self):
        rows = self.all_csv.section("tenant_summary")
        name = next(row["name"] for row in rows if row["key"] == "equals-studio")
        self.assertEqual(name, "'=SUM(Design;Code) Studio")

    def test_the_retry_loop_of_14_october_is_found(self):
        found = {(row["tenantId"], row["model"], row["firstDay"])
                 for row in self.costd.json("anomalies", *OCTOBER)}
        self.assertIn(("meridian-bank", "claude-sonnet-4-5", "2026-10-14"), found)
        self.assertLess(len(found), 10)

    def test_the_same_files_again_change_nothing_and_make_the_same_figures(self):
        fill_spools(self.costd, self.month)
        again = self.costd.run_job("ingest")
        self.assertEqual(again["counts"].get("records", 0), 0)
        self.assertEqual(again["counts"]["duplicateFiles"], len(self.expected["files"]))
        self.costd.run_job("rollup")
        run = self.costd.json("chargeback", "generate", *OCTOBER, "--wait")
        reports = [self.costd.json("chargeback", "show", id) for id in run["outputs"]]
        report = next(report for report in reports if report["tenantId"] == "")
        path = next(file["path"] for file in report["files"] if file["format"] == "csv")
        self.assertEqual(StatementCsv(read_bytes(path)).figures(), self.all_csv.figures())


class AnotherMachine(CostdCase):
    """Two installations that get the same files in another order agree on every figure."""

    def test_the_figures_do_not_depend_on_the_order_of_the_files(self):
        month = os.path.join(self.folder, "month")
        subprocess.run([sys.executable, os.path.join(SAMPLES, "generate.py"), month], check=True)
        statements = []
        for name, parts in (("one", 1), ("two", 7)):
            costd = start_with_the_sample(os.path.join(self.folder, name), self.addCleanup)
            self.take_in_parts(costd, month, parts)
            costd.run_job("rollup")
            run = costd.json("chargeback", "generate", "--tenant", "meridian-bank", *OCTOBER,
                             "--wait")
            report = costd.json("chargeback", "show", run["outputs"][0])
            path = next(file["path"] for file in report["files"] if file["format"] == "csv")
            statements.append(StatementCsv(read_bytes(path)).figures())
            costd.stop()
        self.assertEqual(*statements)
        self.assertGreater(len(statements[0]), 50)

    @staticmethod
    def take_in_parts(costd, month, parts):
        """Every parts-th file first, then the next ones: with 1 part, all in order."""
        files = [(source, name) for source in ("gateway", "legacy")
                 for name in sorted(os.listdir(os.path.join(month, source)))
                 if "2026-09" not in name and "2026-10-2" not in name]
        for part in range(parts):
            for source, name in files[part::parts]:
                costd.drop(name, read_bytes(os.path.join(month, source, name)), f"spool/{source}")
            costd.run_job("ingest")


if __name__ == "__main__":
    unittest.main()
