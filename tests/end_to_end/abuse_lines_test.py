#!/usr/bin/env python3
"""Lines that are odd, broken or repeated: each is taken once, or set apart with its reason.

COSTD_ABUSE_SEED draws other lines (1).
"""

import collections
import json
import os
import random
import unittest

import odd_lines
from costd_process import CostdCase, a_record, json_lines
from odd_lines import BAD_FIELDS, BAD_LINES, LINE_BYTES_MAX, ODD_NAMES, PRICE_FILE, picos
from recompute import format_usd

SEED = int(os.environ.get("COSTD_ABUSE_SEED", "1"))
MIXED_LINES = 6000


class LinesCase(CostdCase):
    def setUp(self):
        super().setUp()
        self.costd = self.start(prices=PRICE_FILE)

    def ingest(self, content, name="a.jsonl"):
        """The counts of the run that takes a file of this content."""
        self.costd.drop(name, content)
        counts = collections.Counter(self.costd.run_job("ingest")["counts"])
        self.assertEqual(self.costd.files_in("spool"), ["done"])
        return counts

    def refused(self):
        """{line: reason}"""
        rows = self.costd.rows("select line, reason, detail from quarantine")
        self.assertTrue(all(detail for _, _, detail in rows))
        return {line: reason for line, reason, _ in rows}

    def assert_ids_are(self, *ids):
        records = self.costd.json("usage", "list", "--limit", "1000")["records"]
        self.assertEqual(sorted(record["id"] for record in records), sorted(ids))


class OddLines(LinesCase):
    def test_any_form_of_a_record_is_taken_and_every_broken_line_is_set_apart(self):
        rng = random.Random(SEED)
        meanings, reasons, content = [], {}, []
        for number in range(1, MIXED_LINES + 1):
            meaning = odd_lines.a_meaning(rng, number)
            line = odd_lines.an_odd_line(rng, meaning)
            fate = rng.random()
            if fate < 0.05:
                line = rng.choice((b"", b"  ", b"\t"))
            elif fate < 0.10:
                line, reasons[number] = rng.choice(BAD_LINES)
            elif fate < 0.15:
                line, reasons[number] = self.with_bad_field(rng, meaning)
            else:
                meanings.append(meaning)
            content.append(line + rng.choice((b"\n", b"\n", b"\r\n")))
        counts = self.ingest(b"".join(content))
        self.assertEqual(self.refused(), reasons)
        self.assertEqual((counts["records"], counts["quarantined"], counts["duplicates"]),
                         (len(meanings), len(reasons), 0))
        self.assert_totals_are_those_of(meanings)

    def with_bad_field(self, rng, meaning):
        name, text, reason = rng.choice(BAD_FIELDS)
        pairs = [f"{json.dumps(key)}:{text if key == name else json.dumps(value)}"
                 for key, value in (meaning | {name: None}).items()]
        rng.shuffle(pairs)
        return ("{" + ",".join(pairs) + "}").encode(), reason

    def assert_totals_are_those_of(self, meanings):
        self.costd.run_job("rollup")
        groups = {"tenant": lambda meaning: meaning["tenantId"],
                  "apiKey": lambda meaning: meaning["apiKey"],
                  "model": lambda meaning: meaning["model"],
                  "provider": lambda meaning: meaning["provider"],
                  "day": lambda meaning: meaning["timestamp"][:10]}
        for dimension, key_of in groups.items():
            expected = {}
            for meaning in meanings:
                sums = expected.setdefault(key_of(meaning), collections.Counter())
                is_hit = meaning["cacheStatus"] == "HIT"
                is_unpriced = not is_hit and meaning["model"] not in odd_lines.RATES
                sums.update({"cost": picos(meaning), "requests": 1, "cacheHits": is_hit,
                             "unpricedRequests": is_unpriced,
                             "estimatedRequests": int(meaning["estimated"] and not is_hit
                                                      and not is_unpriced),
                             **{name: meaning[name] for name in
                                ("inputTokens", "outputTokens", "cachedInputTokens")}})
            answer = self.costd.json("costs", "summary", "--group-by", dimension)
            found = {}
            for row in answer["groups"]:
                cost = int(row["totalCost"].replace(".", ""))
                found[row["key"]] = {name: cost if name == "cost" else row[name]
                                     for name in next(iter(expected.values()))}
            self.assertEqual(found, {key: dict(sums) for key, sums in expected.items()}, dimension)
            cost = sum(sums["cost"] for sums in expected.values())
            self.assertEqual(answer["totalCost"], format_usd(cost))

    def test_a_line_cut_off_anywhere_is_refused_and_so_is_what_is_glued_to_it(self):
        whole = json.dumps(a_record(1, note={"a": [1, "x"]}, n=1.5, note2="y")).encode()
        other = json.dumps(a_record(2)).encode()
        cut = [whole[:length] for length in range(1, len(whole))]
        glued = [part + other for part in cut]
        counts = self.ingest(json_lines([a_record(3), *cut, a_record(4), *glued, a_record(5)]))
        self.assertEqual(counts["records"], 3)
        self.assertEqual(len(self.refused()), 2 * len(cut))
        self.assert_ids_are("record-0000003", "record-0000004", "record-0000005")

    def test_an_unknown_field_has_to_be_json_too(self):
        bad = ["nonsense", "tru", "nul", "01", "1.", "[1,]", "[1", '{"a"}', '{"a":1,}', "'x'",
               '"\\x"', '["a":1]', "{]", "+1", "NaN", ".5", "1e", '[1 2]', '{"a" 1}']
        start = json.dumps(a_record(1))[:-1].encode()
        lines = [start + b',"extra":' + text.encode() + b"}" for text in bad]
        lines += [b'{"extra":' + text.encode() + b"," + start[1:] + b"}" for text in bad]
        self.ingest(json_lines([a_record(2), *lines, a_record(3)]))
        taken = [lines[line - 2].decode()[:20] + "..." for line in range(2, len(lines) + 2)
                 if line not in self.refused()]
        self.assertEqual(taken, [])
        self.assert_ids_are("record-0000002", "record-0000003")

    def test_a_field_that_comes_twice_counts_as_its_last(self):
        line = json.dumps(a_record(1))[:-1] + ',"inputTokens":7,"model":"m-large"}'
        self.assertEqual(self.ingest(line.encode())["records"], 1)
        record = self.costd.json("usage", "list")["records"][0]
        self.assertEqual((record["inputTokens"], record["model"]), (7, "m-large"))

    def test_a_byte_order_mark_in_front_changes_nothing(self):
        counts = self.ingest(b"\xef\xbb\xbf" + json_lines([a_record(1), a_record(2)]))
        self.assertEqual(counts["records"], 2, self.refused())
        self.assertEqual(counts["quarantined"], 0)


class LineEnds(LinesCase):
    def test_a_last_line_without_a_line_end_is_a_line(self):
        content = json_lines([a_record(1), a_record(2)])
        self.assertEqual(self.ingest(content[:-1])["records"], 2)
        self.assertEqual(self.ingest(content.replace(b"000000", b"111111")[:-1] + b"\r",
                                     "b.jsonl")["records"], 2)
        self.assertEqual(self.ingest(json_lines([a_record(7)])[:-1], "c.jsonl")["records"], 1)

    def test_a_torn_last_line_is_set_apart_and_taken_when_the_whole_file_comes(self):
        content = json_lines(a_record(number) for number in range(1, 101))
        counts = self.ingest(content[:-20])
        self.assertEqual((counts["records"], counts["quarantined"]), (99, 1))
        self.assertEqual(self.refused(), {100: "malformed_json"})
        counts = self.ingest(content, "whole.jsonl")
        self.assertEqual((counts["records"], counts["duplicates"], counts["quarantined"]),
                         (1, 99, 0))

    def test_nul_bytes_and_broken_utf8_spoil_only_their_own_line(self):
        good = json.dumps(a_record(1, tenantId="Ω"), ensure_ascii=False).encode()
        bad = [good.replace(b"m-small", b"m-\x00small"), good + b"\x00", b"\x00" + good,
               good.replace(b",", b",\x00", 1), good.replace("Ω".encode(), b"\xff"),
               good.replace("Ω".encode(), b"\xce"), good.replace("Ω".encode(), b"\xed\xa0\x80"),
               good.replace("Ω".encode(), b"\xc0\xaf"), good[:-1] + b',"x":"\xf5"}',
               good.replace(b"alpha", b"al\x1bpha"), b"\x00" * 100_000]
        lines = [a_record(0)]
        for number, line in enumerate(bad, start=1):
            lines += [line, a_record(number)]
        counts = self.ingest(json_lines(lines))
        self.assertEqual(sorted(self.refused()), [2 * number for number in range(1, 12)])
        self.assertEqual([self.refused()[line] for line in (10, 12, 14, 16, 18)],
                         ["invalid_utf8"] * 5)
        self.assertEqual(counts["records"], 12)

    def test_a_line_of_10_mb_is_set_apart_wherever_it_stands(self):
        long = b'{"id":"' + b"x" * (10 << 20) + b'"}'
        for number, lines in enumerate(([a_record(1), long, a_record(2)], [long, a_record(3)],
                                        [a_record(4), long + b"\n" + long])):
            counts = self.ingest(json_lines(lines), f"{number}.jsonl")
            self.assertEqual(counts["records"], sum(type(line) is dict for line in lines))
        self.ingest(long, "3.jsonl")
        self.ingest(b"\x00" * (10 << 20), "4.jsonl")
        rows = self.costd.rows("select file_name, line, reason from quarantine order by id")
        self.assertEqual(rows, [(name, line, "line_too_long") for name, line in (
            ("0.jsonl", 2), ("1.jsonl", 1), ("2.jsonl", 2), ("2.jsonl", 3), ("3.jsonl", 1),
            ("4.jsonl", 1))])
        self.assert_ids_are(*(f"record-000000{number}" for number in range(1, 5)))

    def test_a_line_of_exactly_one_mebibyte_is_taken_and_one_byte_more_is_not(self):
        def padded(number, size):
            line = json.dumps(a_record(number, padding="")).encode()
            return line[:-2] + b"x" * (size - len(line)) + line[-2:]
        sizes = [LINE_BYTES_MAX, LINE_BYTES_MAX + 1, LINE_BYTES_MAX - 1] * 5
        lines = [padded(number, size) for number, size in enumerate(sizes)]
        self.assertEqual(self.ingest(json_lines(lines))["records"], 10)
        self.assertEqual(self.refused(), dict.fromkeys((2, 5, 8, 11, 14), "line_too_long"))

    def test_a_file_of_nothing_or_of_blanks_is_done(self):
        for number, content in enumerate((b"", b"\n", b"\n" * 100_000, b" \t\r\n \n", b" ")):
            counts = self.ingest(content, f"{number}.jsonl")
            self.assertEqual((counts["files"], counts["records"], counts["quarantined"]),
                             (1, 0, 0), content[:10])


class Counts(LinesCase):
    def test_a_count_at_the_limit_of_32_bits_is_taken_and_flagged(self):
        top = odd_lines.INT32_MAX
        counts = self.ingest(json_lines(
            [a_record(1, inputTokens=top), a_record(2, outputTokens=top),
             a_record(3, totalTokens=top), a_record(4, inputTokens=top - 1, outputTokens=top + 1),
             a_record(5, inputTokens=top, outputTokens=top, totalTokens=top)]))
        self.assertEqual((counts["records"], counts["clamped"]), (5, 4))
        usage = self.costd.json("usage", "summary")
        # 1,000 and 100 where nothing else is said
        self.assertEqual(usage["inputTokens"], 2 * top + (top - 1) + 2 * 1000)
        self.assertEqual(usage["outputTokens"], 2 * top + (top + 1) + 2 * 100)
        # What is not taken again is not flagged again.
        counts = self.ingest(json_lines([a_record(1, inputTokens=top), a_record(6)]), "b.jsonl")
        self.assertEqual((counts["records"], counts["duplicates"], counts["clamped"]), (1, 1, 0))

    def test_sums_of_the_largest_counts_are_exact(self):
        most = 10**12
        counts = self.ingest(json_lines(
            a_record(number, model="m-large", inputTokens=most, outputTokens=most)
            for number in range(200)))
        self.assertEqual(counts["records"], 200)
        usage = self.costd.json("usage", "summary")
        self.assertEqual((usage["inputTokens"], usage["outputTokens"], usage["totalTokens"]),
                         (200 * most, 200 * most, 400 * most))

    def test_a_fraction_is_no_count_and_zero_is(self):
        line = json.dumps(a_record(1, inputTokens=0, outputTokens=0)).encode()
        self.assertEqual(self.ingest(line.replace(b": 0,", b": -0,"))["records"], 1)
        self.assertEqual(self.ingest(json_lines([a_record(2, inputTokens=0, outputTokens=0)]),
                                     "b.jsonl")["records"], 1)

    def test_the_first_and_the_last_instant_are_taken_and_what_is_beyond_is_not(self):
        times = {"1999-12-31T23:59:59.999999Z": False, "2000-01-01T00:00:00Z": True,
                 "2099-12-31T23:59:59.999999Z": True, "2100-01-01T00:00:00Z": False,
                 "1970-01-01T00:00:00Z": False, "9999-12-31T23:59:59Z": False,
                 "2000-01-01T00:30:00+01:00": False, "2099-12-31T23:30:00-01:00": False}
        self.ingest(json_lines(a_record(number, timestamp=text)
                               for number, text in enumerate(times)))
        self.assertEqual(sorted(self.refused()), [line for line, is_taken in
                                                  enumerate(times.values(), start=1)
                                                  if not is_taken])


class Repeats(LinesCase):
    def test_a_record_again_is_a_duplicate_in_the_same_file_and_in_a_later_one(self):
        record = a_record(1)
        same = [record, record | {"timestamp": "2026-10-05T14:00:00+02:00"},
                record | {"timestamp": "2026-10-05T12:00:00.000000Z"},
                record | {"serviceTier": "standard", "cachedInputTokens": 0, "note": "new"},
                json.dumps(dict(reversed(record.items()))).replace("a", "\\u0061").encode()]
        # An escaped name of a field is the name; the value of "apiKey" is the same text, too.
        counts = self.ingest(json_lines(same))
        self.assertEqual((counts["records"], counts["duplicates"], counts["conflicts"]), (1, 4, 0))
        for number in range(3):
            self.costd.stop()
            self.costd.start()
            counts = self.ingest(json_lines([*same, a_record(10 + number)]), f"b{number}.jsonl")
            self.assertEqual((counts["records"], counts["duplicates"]), (1, 5))

    def test_an_id_again_with_other_content_is_a_conflict_and_the_first_stays(self):
        changes = [{"outputTokens": 101}, {"inputTokens": 999}, {"model": "m-large"},
                   {"tenantId": "zeta"}, {"apiKey": "key_2"}, {"provider": "beta"},
                   {"totalTokens": 7}, {"cachedInputTokens": 1}, {"reasoningTokens": 1},
                   {"estimated": True}, {"cacheStatus": "HIT"}, {"serviceTier": "batch"},
                   {"tags": {"team": "x"}}, {"credentialFingerprint": "f"},
                   {"timestamp": "2026-10-05T12:00:00.000001Z"},
                   {"timestamp": "2026-10-04T12:00:00Z"}, {"timestamp": "2026-10-06T12:00:00Z"}]
        others = [a_record(1, **change) for change in changes]
        for name in ("a.jsonl", "b.jsonl"):  # within the file, and against what is stored
            counts = self.ingest(json_lines([a_record(1), *others, a_record(1), name.encode()]),
                                 name)
            self.assertEqual(counts["conflicts"], len(others))
            self.assertEqual(counts["records"] + counts["duplicates"], 2)
        records = self.costd.json("usage", "list")["records"]
        self.assertEqual([(record["id"], record["tenantId"], record["outputTokens"])
                          for record in records], [("record-0000001", "acme", 100)])
        status = self.costd.json("status")
        self.assertEqual((status["records"], status["duplicates"]), (1, 3))

    def test_an_id_that_returns_beyond_the_horizon_is_another_record(self):
        late = {"timestamp": "2026-11-14T12:00:00Z"}   # 40 days after 5 October
        early = {"timestamp": "2026-08-26T12:00:00Z"}  # 40 days before
        counts = self.ingest(json_lines([a_record(1), a_record(1, **late), a_record(2, **late)]))
        self.assertEqual((counts["records"], counts["conflicts"]), (3, 0))
        counts = self.ingest(json_lines([a_record(2), a_record(1, **early), a_record(1, **late)]),
                             "b.jsonl")
        self.assertEqual((counts["records"], counts["duplicates"], counts["conflicts"]), (2, 1, 0))
        counts = self.ingest(json_lines([a_record(1, timestamp="2026-11-15T12:00:00Z"),
                                         a_record(1, timestamp="2026-08-25T23:00:00Z")]),
                             "c.jsonl")
        self.assertEqual((counts["records"], counts["conflicts"]), (0, 2))

    def test_ids_are_texts_that_are_the_same_or_not(self):
        ids = ["a", "A", "a ", " a", "é", "e\u0301", "0", "00", "x" * 512,
               "0000abcd-0000-4000-8000-00000000abcd", "0000ABCD-0000-4000-8000-00000000ABCD",
               "{0000abcd-0000-4000-8000-00000000abcd}", "0000abcd00004000800000000000abcd"]
        counts = self.ingest(json_lines([a_record(1, id=id_) for id_ in ids * 2]))
        self.assertEqual((counts["records"], counts["duplicates"]), (len(ids), len(ids)))
        counts = self.ingest(json_lines([a_record(1, id=id_) for id_ in reversed(ids)]), "b.jsonl")
        self.assertEqual((counts["records"], counts["duplicates"]), (0, len(ids)))
        self.assert_ids_are(*ids)

    def test_without_ids_a_file_is_taken_once_and_each_of_its_lines_is_a_record(self):
        lines = [a_record(1, id=None), a_record(1, id=None), a_record(1, id=""), a_record(2)]
        content = json_lines(lines)
        self.assertEqual(self.ingest(content)["records"], 4)
        counts = self.ingest(content, "again.jsonl")
        self.assertEqual((counts["records"], counts["duplicateFiles"]), (0, 1))
        # One more line, and nobody can tell the three from new ones: only the one with an id is.
        counts = self.ingest(json_lines([*lines, a_record(3, id=None)]), "more.jsonl")
        self.assertEqual((counts["records"], counts["duplicates"]), (4, 1))
        self.assertEqual(self.costd.json("usage", "list")["total"], 8)


class Tenants(LinesCase):
    def test_200_tenants_with_odd_names_are_kept_apart(self):
        rng = random.Random(SEED)
        names = ODD_NAMES[:]
        while len(names) < 200:
            name = "".join(rng.choice(ODD_NAMES)[:12] for _ in range(rng.randrange(1, 4)))
            if name not in names:
                names.append(name)
        order = list(enumerate(names, start=1)) * 2
        rng.shuffle(order)
        # Tenant n has two calls of 1,000 n tokens at 1 and 100 at 4 USD a million.
        self.assertEqual(self.ingest(json_lines(
            a_record(place, tenantId=name, inputTokens=1000 * number)
            for place, (number, name) in enumerate(order)))["records"], 400)
        self.costd.run_job("rollup")
        expected = {name: format_usd(2 * (1000 * number + 400) * 10**6)
                    for number, name in enumerate(names, start=1)}
        answer = self.costd.json("costs", "summary", "--group-by", "tenant")
        self.assertEqual({row["key"]: row["totalCost"] for row in answer["groups"]}, expected)
        for name in rng.sample(names, 30) + ODD_NAMES:
            self.assertEqual(self.costd.json("costs", "summary", f"--tenant={name}")["totalCost"],
                             expected[name], name)
        listed = {tenant["id"] for tenant in self.costd.json("tenants", "list")}
        self.assertLessEqual(set(names), listed)
        for form in ("table", "csv"):
            self.costd.costctl("costs", "summary", "--group-by", "tenant", form=form)


if __name__ == "__main__":
    unittest.main()
