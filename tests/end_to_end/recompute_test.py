"""The second opinion checked by hand: each figure is worked out in the comment beside it."""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import unittest

import recompute
import simple_yaml

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.path.join(HERE, "..", "..", "samples")
PLAIN = {"model": "m", "input": "3", "output": "15", "effective": "2026-01-01"}
CACHED = PLAIN | {"cache_read": "0.30", "cache_write": "3.75", "cache_write_1h": "6"}
LONG = CACHED | {"long_context": {"above": "200000", "input": "6", "output": "22.50"}}


def a_record(**changes):
    """A valid record; a field that becomes None is left out."""
    record = {"id": "r1", "tenantId": "acme", "apiKey": "k", "model": "m", "provider": "p",
              "inputTokens": 1_000_000, "outputTokens": 0, "timestamp": "2026-10-05T12:00:00Z"}
    return {name: value for name, value in (record | changes).items() if value is not None}


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, name, lines):
        content = b"\n".join(
            line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
        with open(os.path.join(self.folder.name, name), "wb") as file:
            file.write(gzip.compress(content) if name.endswith(".gz") else content)

    def recompute(self, *records, prices=(PLAIN,), tenants=(), mapping=None,
                  from_date="2026-10-01", to_date="2026-11-01"):
        if records:
            self.write("a.jsonl", records)
        sources = [("gateway", self.folder.name, mapping)]
        return recompute.recompute(sources, list(prices), list(tenants), from_date, to_date)

    def total(self, *records, **more):
        return self.recompute(*records, **more)["total"]


class TheMoney(Case):
    def test_tokens_times_price_is_exact_to_the_last_of_twelve_decimals(self):
        # 1 token at 0.000001 USD a million = 1e-6 / 1e6 = 1e-12 USD
        price = PLAIN | {"input": "0.000001", "output": "0"}
        self.assertEqual(self.total(a_record(inputTokens=1), prices=[price]), "0.000000000001")
        # 12,345 * 3 + 678 * 15 = 37,035 + 10,170 = 47,205 millionths of a USD
        self.assertEqual(self.total(a_record(inputTokens=12345, outputTokens=678)),
                         "0.047205000000")

    def test_each_token_class_has_its_own_price(self):
        # 100k input: 60k read, 30k written (10k of them for an hour), so 10k uncached
        # 10k*3 + 60k*0.30 + 20k*3.75 + 10k*6 = 30,000 + 18,000 + 75,000 + 60,000 = 183,000
        # output 1,000*15 = 15,000; together 198,000 millionths
        record = a_record(inputTokens=100_000, cachedInputTokens=60_000, cacheWriteTokens=30_000,
                          cacheWrite1hTokens=10_000, outputTokens=1000, reasoningTokens=900)
        totals = self.recompute(record, prices=[CACHED])["totals"]
        self.assertEqual(totals["inputCost"], "0.183000000000")
        self.assertEqual(totals["outputCost"], "0.015000000000")
        self.assertEqual(totals["totalCost"], "0.198000000000")

    def test_a_class_without_a_price_falls_back(self):
        record = a_record(inputTokens=100_000, cachedInputTokens=60_000, cacheWriteTokens=30_000,
                          cacheWrite1hTokens=10_000)
        # all classes at the input price: 100k*3
        self.assertEqual(self.total(record), "0.300000000000")
        # one hour falls back to the other cache write: 10k*3 + 60k*3 + 30k*4 = 330,000
        self.assertEqual(self.total(record, prices=[PLAIN | {"cache_write": "4"}]),
                         "0.330000000000")

    def test_above_the_edge_the_whole_request_takes_the_long_context_prices(self):
        # at the edge: 200,000*3 + 100*15 = 601,500
        edge = a_record(inputTokens=200_000, outputTokens=100)
        self.assertEqual(self.total(edge, prices=[LONG]), "0.601500000000")
        # one more: 200,001*6 + 100*22.50 = 1,200,006 + 2,250 = 1,202,256
        above = a_record(inputTokens=200_001, outputTokens=100)
        self.assertEqual(self.total(above, prices=[LONG]), "1.202256000000")

    def test_in_long_context_cache_classes_fall_back_to_the_input_of_that_band(self):
        # 300k, of them 60k read and 30k written, all at 6: 1,800,000; never at the plain 0.30
        record = a_record(inputTokens=300_000, cachedInputTokens=60_000, cacheWriteTokens=30_000,
                          cacheWrite1hTokens=10_000)
        self.assertEqual(self.total(record, prices=[LONG]), "1.800000000000")

    def test_a_hit_costs_nothing_and_its_tokens_count(self):
        totals = self.recompute(a_record(cacheStatus="HIT", estimated=True))["totals"]
        self.assertEqual(totals["totalCost"], "0.000000000000")
        self.assertEqual(totals["inputTokens"], 1_000_000)
        self.assertEqual((totals["cacheHits"], totals["estimatedRequests"]), (1, 0))

    def test_free_is_priced_and_no_price_is_unpriced(self):
        free = self.recompute(a_record(), prices=[PLAIN | {"input": "0"}])["totals"]
        self.assertEqual((free["totalCost"], free["unpricedRequests"]), ("0.000000000000", 0))
        none = self.recompute(a_record(model="other", estimated=True))["totals"]
        self.assertEqual((none["unpricedRequests"], none["estimatedRequests"]), (1, 0))

    def test_hits_unpriced_and_estimated_are_disjoint_parts_of_the_requests(self):
        totals = self.recompute(
            a_record(id="1"), a_record(id="2", estimated=True),
            a_record(id="3", cacheStatus="HIT", model="other"),
            a_record(id="4", model="other", estimated=True))["totals"]
        self.assertEqual([totals[name] for name in (
            "requests", "estimatedRequests", "cacheHits", "unpricedRequests")], [4, 1, 1, 1])
        self.assertEqual(totals["totalCost"], "6.000000000000")  # two of a million at 3


class ThePriceThatHolds(Case):
    def assert_wins(self, winner, *losers, **record):
        """The first entry wins over the others, in whatever order the file has them."""
        prices = [winner | {"input": "1"}] + [loser | {"input": "2"} for loser in losers]
        for order in (prices, prices[::-1]):
            self.assertEqual(self.total(a_record(**record), prices=order), "1.000000000000")

    def test_an_entry_with_the_provider_beats_an_exact_name_without(self):
        self.assert_wins(PLAIN | {"model": "m*", "provider": "p"}, PLAIN)

    def test_an_exact_name_beats_a_pattern(self):
        self.assert_wins(PLAIN | {"model": "ab"}, PLAIN | {"model": "ab*"}, model="ab")

    def test_more_literal_characters_win(self):
        self.assert_wins(PLAIN | {"model": "*-mini"}, PLAIN | {"model": "g*"}, model="g-mini")

    def test_more_literal_characters_beat_a_later_date(self):
        later = PLAIN | {"model": "a*", "effective": "2026-09-01"}
        self.assert_wins(PLAIN | {"model": "ab*"}, later, model="abc")

    def test_the_later_date_wins_among_equals(self):
        self.assert_wins(PLAIN | {"effective": "2026-10-05"}, PLAIN)

    def test_a_price_holds_from_its_first_day_on(self):
        prices = [PLAIN, PLAIN | {"input": "7", "effective": "2026-10-15"}]
        before = a_record(timestamp="2026-10-14T23:59:59.999Z")
        after = a_record(timestamp="2026-10-15T00:00:00Z")
        self.assertEqual(self.total(before, prices=prices), "3.000000000000")
        self.assertEqual(self.total(after, prices=prices), "7.000000000000")

    def test_another_provider_or_tier_is_no_price(self):
        for entry in (PLAIN | {"provider": "q"}, PLAIN | {"service_tier": "batch"}):
            totals = self.recompute(a_record(), prices=[entry])["totals"]
            self.assertEqual(totals["unpricedRequests"], 1)
        batch = a_record(serviceTier="batch")
        self.assertEqual(self.recompute(batch)["totals"]["unpricedRequests"], 1)

    def test_a_pattern_knows_star_and_question_mark_only(self):
        matches = recompute.Price(PLAIN | {"model": "a.b*c?"}, 0).matches
        for model, expected in (("a.bc1", True), ("a.bxxc1", True), ("axbc1", False),
                                ("a.bc", False), ("a.bc12", False)):
            self.assertEqual(bool(matches(model)), expected, model)

    def test_a_price_has_six_decimals_at_most(self):
        self.assertEqual(recompute.micros("0.0375"), 37_500)
        for text in ("0.0000001", "-1", "1e3", ".5", ""):
            with self.assertRaises(ValueError):
                recompute.micros(text)


class TheDays(Case):
    def test_the_month_is_half_open(self):
        days = self.recompute(
            a_record(id="1", timestamp="2026-09-30T23:59:59.999Z"),
            a_record(id="2", timestamp="2026-10-01T00:00:00.000Z"),
            a_record(id="3", timestamp="2026-10-31T23:59:59.999Z"),
            a_record(id="4", timestamp="2026-11-01T00:00:00.000Z"))["day"]
        self.assertEqual(list(days), ["2026-10-01", "2026-10-31"])

    def test_a_tenant_of_new_york_has_new_yorks_days(self):
        # New York is four hours behind UTC on both days; its clocks change on 1 November at 2:00.
        tenants = [{"id": "acme", "time_zone": "America/New_York"}]
        days = self.recompute(
            a_record(id="1", timestamp="2026-10-01T03:59:59.999Z"),
            a_record(id="2", timestamp="2026-10-01T04:00:00Z"),
            a_record(id="3", timestamp="2026-11-01T03:59:59.999999Z"),
            a_record(id="4", timestamp="2026-11-01T04:00:00Z"),
            a_record(id="5", tenantId="other", timestamp="2026-11-01T00:00:00Z"),
            tenants=tenants)["day"]
        self.assertEqual({day: sums["requests"] for day, sums in days.items()},
                         {"2026-10-01": 1, "2026-10-31": 1})

    def test_an_offset_is_taken_off(self):
        # 01:30 on the 1st at +02:00 is 23:30 on the day before
        result = self.recompute(a_record(timestamp="2026-10-01T01:30:00+02:00"))
        self.assertEqual(result["counts"]["outside"], 1)


class WhatIsRefused(Case):
    def test_bad_lines_are_refused_and_the_others_go_on(self):
        bad = [
            b'{"id":', b'["list"]', b'"text"', b'{"id":"x","model":"\xff"}',
            a_record(model=None), a_record(model=""), a_record(timestamp=None),
            a_record(timestamp="2026-02-30T00:00:00Z"), a_record(timestamp="2026-10-01"),
            a_record(timestamp="2026-10-01T24:00:00Z"), a_record(inputTokens=None),
            a_record(outputTokens=None), a_record(inputTokens=-1), a_record(outputTokens=1.5),
            a_record(inputTokens=1.0), a_record(inputTokens="5"), a_record(inputTokens=True),
            a_record(inputTokens=10**12 + 1),
            a_record(inputTokens=10, cachedInputTokens=6, cacheWriteTokens=5),
            a_record(cacheWriteTokens=1, cacheWrite1hTokens=2),
            a_record(outputTokens=1, reasoningTokens=2), a_record(cacheStatus="hit"),
            a_record(serviceTier="turbo")]
        result = self.recompute(*bad, a_record(id="good"))
        self.assertEqual(result["counts"]["malformed"], len(bad))
        self.assertEqual(result["counts"]["records"], 1)
        self.assertEqual([entry["line"] for entry in result["refused"]],
                         list(range(1, len(bad) + 1)))

    def test_the_limits_themselves_are_allowed(self):
        result = self.recompute(a_record(inputTokens=10**12, cachedInputTokens=10**12 - 1,
                                         cacheWriteTokens=1, cacheWrite1hTokens=1))
        self.assertEqual(result["counts"]["records"], 1)

    def test_the_same_record_again_is_a_duplicate_however_it_is_spelled(self):
        respelled = a_record(tenantId=None, workspaceId="acme", cacheStatus="MISS")
        result = self.recompute(a_record(), a_record(), dict(reversed(respelled.items())))
        self.assertEqual(result["counts"]["duplicates"], 2)
        self.assertEqual(result["total"], "3.000000000000")

    def test_the_first_of_two_records_with_one_id_stays(self):
        result = self.recompute(a_record(), a_record(inputTokens=2_000_000))
        self.assertEqual(result["counts"]["conflicts"], 1)
        self.assertEqual(result["total"], "3.000000000000")

    def test_an_id_is_known_on_its_own_utc_day_and_on_those_beside_it(self):
        days = [a_record(timestamp=f"2026-10-{day:02}T12:00:00Z") for day in (11, 10, 12, 13, 9)]
        counts = self.recompute(*days)["counts"]
        # 10 and 12 are beside 11; 13 and 9 are two days away, and 12 was not taken.
        self.assertEqual((counts["records"], counts["conflicts"]), (3, 2))

    def test_a_duplicate_in_a_later_compressed_file_is_dropped(self):
        self.write("b.jsonl.gz", [a_record(), a_record(id="r2")])
        result = self.recompute(a_record())
        self.assertEqual((result["counts"]["duplicates"], result["total"]), (1, "6.000000000000"))

    def test_what_is_not_named_is_unknown(self):
        result = self.recompute(a_record(tenantId=None, apiKey=None, provider=None))
        for group in ("tenant", "apiKey", "provider"):
            self.assertEqual(list(result[group]), ["unknown"])

    def test_a_file_still_being_written_is_left_alone(self):
        self.write(".a.jsonl", [a_record(id="r2")])
        self.assertEqual(self.recompute(a_record())["counts"]["lines"], 1)


class Csv(Case):
    MAPPING = {"columns": {"timestamp": "T", "inputTokens": "In", "outputTokens": "Out"},
               "constants": {"tenantId": "acme", "model": "m", "provider": "p"}}

    def test_columns_and_constants_make_the_record(self):
        # 2 requests: (1,000,000 + 2)*3 + 4*15 = 3,000,006 + 60 millionths
        self.write("a.csv", [b'T,In,Out,"a, b"\r',
                             b'2026-10-05 18:17:03.9799600,1000000,4,"x ""y"""\r',
                             b"2026-10-05 18:17:03.9799600,2,0,\r"])
        result = self.recompute(mapping=self.MAPPING)
        self.assertEqual(result["total"], "3.000066000000")
        self.assertEqual(list(result["apiKey"]), ["unknown"])

    def test_bad_rows_are_refused(self):
        self.write("a.csv", [b"T,In,Out", b"2026-10-05 18:17:03,-1,4", b"yesterday,1,1",
                             b"2026-10-05 18:17:03,1", b"2026-10-05 18:17:03,,1",
                             b"\xff2026-10-05 18:17:03,1,1", b"2026-10-05 18:17:03,1.5,1"])
        counts = self.recompute(mapping=self.MAPPING)["counts"]
        self.assertEqual((counts["malformed"], counts["records"]), (6, 0))


class TheYaml(unittest.TestCase):
    def test_it_reads_what_price_files_are_written_in(self):
        text = (
            "# head\n"
            "prices:\n"
            "  - { model: \"g*\", input: 2.50,   # a comment\n"
            "      long_context: { above: 200000 } }\n"
            "  - model: 'it''s'\n"
            "    note: a # b\n"
            "    tags: [x, \"y, z\"]\n"
            "  - { url: \"smtp://h:25\", name: O'Neil, none: ~ }\n"
            "empty:\n")
        self.assertEqual(simple_yaml.parse(text), {
            "prices": [
                {"model": "g*", "input": "2.50", "long_context": {"above": "200000"}},
                {"model": "it's", "note": "a", "tags": ["x", "y, z"]},
                {"url": "smtp://h:25", "name": "O'Neil", "none": None}],
            "empty": None})

    def test_it_raises_at_what_it_does_not_read(self):
        for text in ("a: 1\na: 2\n", "a: [1, 2\n", "a: &x 1\n", "a: 1\n   b: 2\n", "a: {b 1}\n",
                     "a: 'open\n", "a: |\n  text\n"):
            with self.assertRaises(ValueError, msg=text):
                simple_yaml.parse(text)


class TheSample(unittest.TestCase):
    """The generator and the recomputation, which share nothing, agree about the sample month."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.months = [os.path.join(cls.folder.name, name) for name in ("one", "two")]
        for month in cls.months:
            generator = os.path.join(SAMPLES, "generate.py")
            subprocess.run([sys.executable, generator, month], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_generator_writes_the_same_bytes_again(self):
        names = [os.path.join(source, name) for source in ("gateway", "legacy")
                 for name in sorted(os.listdir(os.path.join(self.months[0], source)))]
        self.assertGreater(len(names), 60)
        for name in names + ["expected.json"]:
            first, second = (self.read(month, name) for month in self.months)
            self.assertEqual(first, second, name)

    def test_both_count_the_same_lines_and_refuse_the_same_ones(self):
        config = os.path.join(SAMPLES, "config")
        sources = [("gateway", os.path.join(self.months[0], "gateway"), None),
                   ("legacy", os.path.join(self.months[0], "legacy"),
                    recompute.load_mapping(os.path.join(config, "costd.yaml"), "legacy"))]
        result = recompute.recompute(
            sources, simple_yaml.load(os.path.join(config, "prices.yaml"))["prices"],
            simple_yaml.load(os.path.join(config, "tenants.yaml"))["tenants"],
            "2026-10-01", "2026-11-01")
        expected = json.loads(self.read(self.months[0], "expected.json"))
        for name in ("lines", "records", "duplicates", "conflicts", "malformed"):
            self.assertEqual(result["counts"][name], expected[name], name)
        places = [[(entry["source"], entry["file"], entry["line"]) for entry in found]
                  for found in (result["refused"], expected["refused"])]
        self.assertEqual(*places)
        self.assert_is_a_real_looking_month(result)

    def assert_is_a_real_looking_month(self, result):
        self.assertGreater(result["counts"]["records"], 200_000)
        self.assertEqual(len(result["day"]), 31)
        self.assertEqual(len(result["tenant"]), 21)  # twenty, and the unknown one
        self.assertGreaterEqual(len(result["apiKey"]), 120)
        self.assertGreaterEqual(len(result["model"]), 25)
        self.assertEqual(len(result["provider"]), 7)  # six, and the unknown one
        for name in ("unpricedRequests", "estimatedRequests", "cacheHits", "cacheWriteTokens"):
            self.assertGreater(result["totals"][name], 0, name)
        for group in recompute.GROUPS:
            picos = sum(int(sums["totalCost"].replace(".", "")) for sums in result[group].values())
            self.assertEqual(recompute.format_usd(picos), result["total"], group)

    @staticmethod
    def read(folder, name):
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()


if __name__ == "__main__":
    unittest.main()
