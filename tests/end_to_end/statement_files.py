"""Reads the statements that costd wrote, with no code of costd: CSV, XLSX and a PDF's text."""

import csv
import io
import re
import subprocess
import xml.etree.ElementTree
import zipfile

PICOS_PER_CENT = 10**10
SECTIONS = ("tenant_summary", "api_key_summary", "model_summary", "provider_summary",
            "daily_breakdown", "forecasts", "anomalies")
SUMMED_SECTIONS = {"tenant_summary": "tenant", "api_key_summary": "apiKey",
                   "model_summary": "model", "provider_summary": "provider",
                   "daily_breakdown": "day"}
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def picos(text):
    """"-1.5" USD -> -1500000000000 pico-USD; every digit counts."""
    match = re.fullmatch(r"(-?)(\d+)(?:\.(\d{1,12}))?", text)
    amount = int(match.group(2)) * 10**12 + int((match.group(3) or "").ljust(12, "0"))
    return -amount if match.group(1) else amount


def cents(amount_picos):
    """Rounded half-even."""
    whole, rest = divmod(amount_picos, PICOS_PER_CENT)
    return whole + (rest * 2 > PICOS_PER_CENT or (rest * 2 == PICOS_PER_CENT and whole % 2 == 1))


def dollars(amount_cents):
    """1097979 -> "10,979.79", as the PDF prints it."""
    return f"{amount_cents // 100:,}.{amount_cents % 100:02}"


class StatementCsv:
    def __init__(self, content):
        self.rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))

    def section(self, name):
        return [row for row in self.rows if row["section"] == name]

    def section_order(self):
        return list(dict.fromkeys(row["section"] for row in self.rows))

    def sum_of(self, section, column="total_cost"):
        return sum(picos(row[column]) for row in self.section(section))

    def by_key(self, section, column="total_cost"):
        """Sums by the key of the section; a key may have several rows, one a provider or tenant."""
        key = "model" if section == "model_summary" else "key"
        sums = {}
        for row in self.section(section):
            sums[row[key]] = sums.get(row[key], 0) + picos(row[column])
        return sums

    def figures(self):
        """All that does not change from one report to the next of the same month."""
        varying = ("report_id", "revision", "detected_at")
        of_this_one = ("supersedes ", "audit chain of costd")
        return [{name: value for name, value in row.items() if name not in varying}
                for row in self.rows if not row["name"].startswith(of_this_one)]

    def statement(self, name):
        return next(row for row in self.section("statement") if row["name"] == name)


class StatementXlsx:
    """The sheets by name, each a dict of cell -> (value, formula)."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as archive:
            self.strings = self._strings(archive)
            book = xml.etree.ElementTree.fromstring(archive.read("xl/workbook.xml"))
            names = [sheet.get("name") for sheet in book.iter(MAIN + "sheet")]
            self.sheets = {name: self._cells(archive.read(f"xl/worksheets/sheet{number}.xml"))
                           for number, name in enumerate(names, start=1)}

    @staticmethod
    def _strings(archive):
        root = xml.etree.ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        return ["".join(text.text or "" for text in item.iter(MAIN + "t"))
                for item in root.iter(MAIN + "si")]

    def _cells(self, content):
        cells = {}
        for cell in xml.etree.ElementTree.fromstring(content).iter(MAIN + "c"):
            value = cell.findtext(MAIN + "v")
            if cell.get("t") == "s":
                value = self.strings[int(value)]
            cells[cell.get("r")] = (value, cell.findtext(MAIN + "f"))
        return cells

    def total(self, sheet, header="Total cost"):
        """(cached value, formula) of the column's total, which is its last cell."""
        cells = self.sheets[sheet]
        column = next(place.rstrip("0123456789") for place, (value, _) in cells.items()
                      if value == header and place.endswith("1") and place[-2].isalpha())
        last = max(int(place.removeprefix(column)) for place in cells
                   if place.rstrip("0123456789") == column)
        return cells[f"{column}{last}"]


def pdf_text(path):
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True,
                          text=True).stdout


def pdf_page(path, number):
    return pdf_text(path).split("\f")[number - 1]
