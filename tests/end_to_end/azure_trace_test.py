"""Production traces (Azure LLM inference trace 2023) become a chargeback, when the files are there.

They are looked for in the folder COSTD_SHARED_DATA, else in shared/data/azure-llm-2023 beside the
repository, and are no part of it: conv.csv and code.csv, TIMESTAMP,ContextTokens,GeneratedTokens.
"""

import os
import unittest

from costd_process import ROOT, make_costd, read_bytes, temporary_folder
from statement_files import (SUMMED_SECTIONS, StatementCsv, StatementXlsx, cents, dollars, pdf_text,
                             picos)

DATA = os.environ.get("COSTD_SHARED_DATA") or os.path.join(
    os.path.dirname(ROOT), "shared", "data", "azure-llm-2023")
TRACES = ("conv", "code")
NOVEMBER = ("--from", "2023-11-01", "--to", "2023-12-01")
# micro-USD per million tokens: 2.50 and 10 USD for conversations, 3 and 15 for code
RATES = {"conv": (2_500_000, 10_000_000), "code": (3_000_000, 15_000_000)}

SOURCE = """\
  - name: {trace}
    type: spool
    path: spool/{trace}
    format: csv
    columns: {{ timestamp: TIMESTAMP, inputTokens: ContextTokens, outputTokens: GeneratedTokens }}
    constants:
      {{ tenantId: {trace}-team, apiKey: key_{trace}, model: gpt-{trace}, provider: azure }}
"""
CONFIG = ("sources:\n" + "".join(SOURCE.format(trace=trace) for trace in TRACES)
          + "prices: prices.yaml\n")
PRICES = """\
prices:
  - { model: gpt-conv, provider: azure, input: 2.50, output: 10.00, effective: 2023-01-01 }
  - { model: gpt-code, provider: azure, input: 3, output: 15, effective: 2023-01-01 }
"""


def read_trace(trace):
    """[(input tokens, output tokens)], read without any CSV library."""
    lines = read_bytes(os.path.join(DATA, trace + ".csv")).decode("ascii").split("\r\n")
    assert lines[0] == "TIMESTAMP,ContextTokens,GeneratedTokens"
    return [tuple(map(int, line.split(",")[1:])) for line in lines[1:] if line]


def cost_of(trace, requests):
    """(input, output) in pico-USD."""
    return tuple(sum(request[part] for request in requests) * RATES[trace][part]
                 for part in (0, 1))


@unittest.skipUnless(all(os.path.isfile(os.path.join(DATA, name + ".csv")) for name in TRACES),
                     f"the Azure traces are not in {DATA}; set COSTD_SHARED_DATA to their folder")
class TheAzureTraces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder(cls.addClassCleanup)
        cls.requests = {trace: read_trace(trace) for trace in TRACES}
        cls.costs = {trace: cost_of(trace, cls.requests[trace]) for trace in TRACES}
        cls.total = sum(map(sum, cls.costs.values()))
        cls.costd = make_costd(os.path.join(cls.folder, "home"), cls.addClassCleanup, CONFIG,
                               PRICES).start()
        for trace in TRACES:
            cls.costd.drop(trace + ".csv", read_bytes(os.path.join(DATA, trace + ".csv")),
                           f"spool/{trace}")
        cls.ingest = cls.costd.run_job("ingest")
        cls.costd.run_job("rollup")
        run = cls.costd.json("chargeback", "generate", *NOVEMBER, "--wait")
        cls.reports = {}
        for id in run["outputs"]:
            report = cls.costd.json("chargeback", "show", id)
            cls.reports[report["tenantId"]] = {file["format"]: file["path"]
                                               for file in report["files"]}

    def test_all_28185_requests_are_taken(self):
        self.assertEqual(self.ingest["counts"]["records"], 28_185)
        self.assertEqual(self.ingest["counts"].get("quarantined", 0), 0)
        self.assertEqual(self.costd.json("costs", "summary")["requests"], 28_185)

    def test_tokens_and_costs_of_each_team_are_those_of_an_independent_sum(self):
        groups = {row["key"]: row for row in self.costd.json(
            "costs", "summary", *NOVEMBER, "--group-by", "tenant")["groups"]}
        for trace in TRACES:
            row = groups[trace + "-team"]
            requests = self.requests[trace]
            self.assertEqual(row["requests"], len(requests))
            self.assertEqual(row["inputTokens"], sum(request[0] for request in requests))
            self.assertEqual(row["outputTokens"], sum(request[1] for request in requests))
            self.assertEqual((picos(row["inputCost"]), picos(row["outputCost"])),
                             self.costs[trace])
            self.assertEqual(row["unpricedRequests"], 0)

    def test_the_csv_of_all_teams_adds_up_to_the_independent_sum(self):
        statement = StatementCsv(read_bytes(self.reports[""]["csv"]))
        for section in SUMMED_SECTIONS:
            self.assertEqual(statement.sum_of(section), self.total, section)

    def test_pdf_and_workbook_show_it_in_cents(self):
        in_cents = sum(cents(sum(costs)) for costs in self.costs.values())
        self.assertIn("$" + dollars(in_cents), pdf_text(self.reports[""]["pdf"]))
        value, formula = StatementXlsx(self.reports[""]["xlsx"]).total("Tenants")
        self.assertEqual(round(float(value) * 100), in_cents)
        self.assertTrue(formula.startswith("SUM("))
        for trace in TRACES:
            own = dollars(cents(sum(self.costs[trace])))
            self.assertIn("$" + own, pdf_text(self.reports[trace + "-team"]["pdf"]))

    def test_the_time_of_a_request_keeps_its_microseconds(self):
        # The first of conv.csv: 2023-11-16 18:15:46.6805900 with 374 and 44 tokens.
        page = self.costd.json("usage", "list", "--tenant", "conv-team", "--from",
                               "2023-11-16T18:15:46.68059Z", "--to", "2023-11-16T18:15:46.680591Z")
        self.assertEqual([(row["inputTokens"], row["outputTokens"]) for row in page["records"]],
                         [(374, 44)])


if __name__ == "__main__":
    unittest.main()
