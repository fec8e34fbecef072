#!/usr/bin/python3
"""The console in real Chromium, driven by npm's playwright-core and looked at by axe-core; and what
it answers to those who are no browser."""

import csv
import decimal
import http.client
import io
import json
import os
import subprocess
import unittest
import urllib.parse

import console_world
from costd_process import BUILD, HERE, CostdCase

NPM = os.path.join(BUILD, "npm")
SHOTS = os.environ.get("COSTD_SCREENSHOTS", "-")


class Console(CostdCase):
    def setUp(self):
        super().setUp()
        self.costd, self.base, self.token = console_world.start(self)

    def ask(self, method, path, body=None, **headers):
        """(status, headers, body) over TCP."""
        host = self.base.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=20)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, names)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def sign_in(self, token):
        status, headers, _ = self.ask("POST", "/console/sign-in",
                                      urllib.parse.urlencode({"token": token}))
        self.assertEqual(status, 303)
        self.assertIn("HttpOnly; SameSite=Strict", headers["Set-Cookie"])
        return headers["Set-Cookie"].split(";")[0]

    def test_in_a_browser(self):
        for package in ("playwright-core", "axe-core"):
            if not os.path.isdir(os.path.join(NPM, "node_modules", package)):
                self.fail(f"{package} is not installed; run tests/npm/install.sh")
        process = subprocess.run(
            ["node", os.path.join(HERE, "console_browser.mjs"), NPM, self.base, self.token, SHOTS],
            capture_output=True, text=True, timeout=280)
        facts = [json.loads(line) for line in process.stdout.splitlines()]
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertGreater(len(facts), 30)
        for fact in facts:
            with self.subTest(fact["name"]):
                self.assertEqual(fact["failure"], "")

    def test_who_may_see_and_do_what(self):
        self.assertEqual(self.ask("GET", "/console/")[0], 303)
        self.assertEqual(self.ask("GET", "/console/", X_Parts="cards=")[0], 401)
        self.assertEqual(self.ask("GET", "/console/", Host="evil.example")[0], 421)
        cookie = self.sign_in(self.token)
        status, headers, page = self.ask("GET", "/console/budgets", Cookie=cookie)
        self.assertEqual(status, 200)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertNotIn("unsafe", headers["Content-Security-Policy"])
        self.assertNotIn(" style=", page)
        form = urllib.parse.urlencode({"action": "add", "name": "x", "limitUsd": "1",
                                       "period": "MONTHLY", "softLimitPct": "80"})
        self.assertEqual(self.ask("POST", "/console/budgets", form, Cookie=cookie)[0], 403)
        self.assertEqual(self.ask("POST", "/console/budgets", form, Cookie=cookie,
                                  Origin="http://evil.example")[0], 403)
        # The cookie alone changes nothing over the API either.
        self.assertEqual(self.ask("POST", "/v1/admin/runs", "{}", Cookie=cookie)[0], 401)
        self.assertEqual(self.ask("GET", "/v1/admin/budgets", Cookie=cookie)[0], 200)

    def test_a_tenants_token_sees_that_tenant(self):
        bound = console_world.token(self.costd, "operator", "--tenant", "unilab")
        cookie = self.sign_in(bound)
        for path in ("/console/", "/console/usage", "/console/budgets", "/console/chargeback",
                     "/console/compliance", "/console/?tenantId=meridian-bank",
                     "/console/usage.csv"):
            status, _, page = self.ask("GET", path, Cookie=cookie)
            self.assertEqual(status, 200, path)
            for foreign in ("Meridian", "meridian_", "Nordwind", "claude-sonnet", "All tenants"):
                self.assertNotIn(foreign, page, path)
        self.assertEqual(self.ask("GET", "/console/prices", Cookie=cookie)[0], 404)
        self.assertEqual(self.ask("GET", "/console/runs", Cookie=cookie)[0], 404)
        cookie = self.sign_in(console_world.token(self.costd, "viewer"))
        self.assertNotIn("New budget cap", self.ask("GET", "/console/budgets", Cookie=cookie)[2])

    def test_all_records_of_the_filter_come_as_csv(self):
        cookie = self.sign_in(self.token)
        for filters, count in (("", None), ("tenantId=unilab", None), ("tenantId=nobody", 0)):
            with self.subTest(filters):
                summary = json.loads(self.ask("GET", f"/v1/admin/costs/summary?{filters}",
                                              Cookie=cookie)[2])
                status, headers, body = self.ask("GET", f"/console/usage.csv?{filters}",
                                                 Cookie=cookie)
                self.assertEqual(status, 200)
                self.assertEqual(headers["Content-Type"], "text/csv; charset=utf-8")
                rows = list(csv.DictReader(io.StringIO(body)))
                self.assertEqual(len(rows), summary["requests"] if count is None else count)
                self.assertEqual(len({row["id"] for row in rows}), len(rows))
                self.assertEqual(sum(decimal.Decimal(row["total_cost_usd"] or 0) for row in rows),
                                 decimal.Decimal(summary["totalCost"]))
                if not filters:
                    self.assertGreater(len(rows), 1000, "more than a page of the API")

    def test_assets_are_kept_and_pages_are_not(self):
        cookie = self.sign_in(self.token)
        _, headers, page = self.ask("GET", "/console/", Cookie=cookie)
        self.assertEqual(headers["Cache-Control"], "no-store")
        address = page.split('rel="stylesheet" href="')[1].split('"')[0]
        status, headers, _ = self.ask("GET", address)
        self.assertEqual(status, 200)
        self.assertIn("immutable", headers["Cache-Control"])
        self.assertEqual(self.ask("GET", address, If_None_Match=headers["ETag"])[0], 304)
        self.assertEqual(self.ask("GET", "/console/assets/frame.html")[0], 404)
        self.assertNotEqual(self.ask("GET", "/console/assets/..%2fframe.html")[0], 200)


if __name__ == "__main__":
    unittest.main()
