#!/usr/bin/env python3
"""What other gateways and providers write: one source a format, totals worked out by hand.

Costs are in millionths of a US dollar in the comments: tokens times USD per million tokens.
"""

import json
import unittest

from costd_process import CostdCase, json_lines, make_costd, temporary_folder

CONFIG = """\
state_dir: state
control: { socket: state/control.sock }
sources:
  - { name: litellm, type: spool, path: litellm, format: litellm }
  - { name: otlp, type: spool, path: otlp, format: otlp, columns: { apiKey: app.key } }
  - { name: openai, type: spool, path: openai, format: openai }
  - { name: anthropic, type: spool, path: anthropic, format: anthropic }
  - { name: mixed, type: spool, path: mixed, format: auto }
prices: prices.yaml
"""
PRICES = """\
prices:
  - { model: "gpt-4o*", provider: openai, input: 2.50, output: 10, cache_read: 1.25,
      effective: 2026-01-01 }
  - { model: "gpt-4o*", provider: openai, service_tier: batch, input: 1.25, output: 5,
      effective: 2026-01-01 }
  - { model: "claude-sonnet-4*", input: 3, output: 15, cache_read: 0.30, cache_write: 3.75,
      cache_write_1h: 6, effective: 2026-01-01,
      long_context: { above: 200000, input: 6, output: 22.50 } }
"""
OCTOBER = ("--from", "2026-10-01", "--to", "2026-11-01")
SONNET = "claude-sonnet-4-20250514"
KEY_HASH = "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"


def litellm_row(number, **changes):
    return {"request_id": f"chatcmpl-{number}", "call_type": "acompletion", "api_key": KEY_HASH,
            "spend": 99.9, "total_tokens": 1100, "prompt_tokens": 1000, "completion_tokens": 100,
            "startTime": "2026-10-31T23:59:59.5", "endTime": "2026-11-01T00:00:03",
            "model": "gpt-4o", "custom_llm_provider": "openai", "metadata": {},
            "cache_hit": "None", "request_tags": [], "team_id": "team-search",
            "organization_id": "", "status": "success"} | changes


def litellm_rows():
    return [
        # 600*2.50 + 400*1.25 + 100*10 = 3,000
        litellm_row(1, metadata={"usage_object": {"prompt_tokens_details":
                                                  {"cached_tokens": 400}}}),
        # the older way, 12,304 written beside the prompt: 3*3 + 12,304*3.75 + 550*15 = 54,399
        litellm_row(2, model=SONNET, custom_llm_provider="anthropic", prompt_tokens=3,
                    completion_tokens=550, total_tokens=553, metadata=json.dumps(
                        {"additional_usage_values": {"cache_creation_input_tokens": 12304}})),
        # from LiteLLM's own cache: counted, no cost
        litellm_row(3, cache_hit="True"),
        # failed: nothing
        litellm_row(4, status="failure", prompt_tokens=0, completion_tokens=0, total_tokens=0),
    ]


# 200*2.50 + 10*10 = 600, for another team
LITELLM_CSV = (
    "request_id,api_key,total_tokens,prompt_tokens,completion_tokens,startTime,model,"
    "custom_llm_provider,metadata,cache_hit,request_tags,team_id,status\n"
    f"chatcmpl-5,{KEY_HASH},210,200,10,2026-10-05 12:00:00.123,gpt-4o,openai,"
    '"{""usage_object"": null}",None,"[""prod""]",team-chat,success\n')


def attribute(key, value):
    kind = {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}
    return {"key": key, "value": kind}


def a_span(id, operation, input_tokens, output_tokens):
    return {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": id, "name": operation,
            "startTimeUnixNano": "1791201599000000000", "endTimeUnixNano": "1791201600000000000",
            "attributes": [attribute("gen_ai.operation.name", operation),
                           attribute("gen_ai.system", "openai"),
                           attribute("gen_ai.request.model", "gpt-4o"),
                           attribute("gen_ai.response.model", "gpt-4o-2024-08-06"),
                           attribute("gen_ai.usage.input_tokens", input_tokens),
                           attribute("gen_ai.usage.output_tokens", output_tokens),
                           attribute("app.key", "key_app")]}


def otlp_line(*spans):
    return {"resourceSpans": [{
        "resource": {"attributes": [attribute("service.name", "chatbot"),
                                    attribute("service.namespace", "shop")]},
        "scopeSpans": [{"scope": {"name": "openai"}, "spans": list(spans)}]}]}


def openai_page(day, *results):
    """`day` of October 2026."""
    start = 1790812800 + (day - 1) * 86400
    return {"object": "page", "data": [
        {"object": "bucket", "start_time": start, "end_time": start + 86400,
         "results": [{"object": "organization.usage.completions.result", "project_id": "proj_a",
                      "user_id": None, "api_key_id": "key_oai", "model": "gpt-4o-2024-08-06",
                      "batch": False, "input_cached_tokens": 0} | result for result in results]},
        {"object": "bucket", "start_time": start + 86400, "end_time": start + 2 * 86400,
         "results": []}], "has_more": False, "next_page": None}


def openai_results():
    return (
        # 1,000*2.50 + 4,000*1.25 + 1,000*10 = 17,500 for 5 calls
        {"input_tokens": 5000, "input_cached_tokens": 4000, "output_tokens": 1000,
         "num_model_requests": 5},
        # batch: 900,000*1.25 + 1,000*5 = 1,130,000 for 3 calls
        {"input_tokens": 900000, "output_tokens": 1000, "num_model_requests": 3, "batch": True})


def anthropic_page(day, *results):
    return {"data": [
        {"starting_at": f"2026-10-{day:02}T00:00:00Z",
         "ending_at": f"2026-10-{day + 1:02}T00:00:00Z",
         "results": [{"workspace_id": "wrkspc_1", "api_key_id": "apikey_1", "model": SONNET,
                      "service_tier": "standard", "context_window": "0-200k",
                      "cache_read_input_tokens": 0, "cache_creation": {
                          "ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
                      "server_tool_use": {"web_search_requests": 10}} | result
                     for result in results]}], "has_more": False, "next_page": None}


def anthropic_results():
    return (
        # 1,500*3 + 200*0.30 + 500*3.75 + 1,000*6 + 500*15 = 19,935
        {"uncached_input_tokens": 1500, "cache_read_input_tokens": 200, "output_tokens": 500,
         "cache_creation": {"ephemeral_5m_input_tokens": 500,
                            "ephemeral_1h_input_tokens": 1000}},
        # long calls: 1,000,000*6 + 10,000*22.50 = 6,225,000
        {"uncached_input_tokens": 1000000, "output_tokens": 10000, "context_window": "200k-1M"},
        # a sum of unknown calls is no long call: 1,000,000*3 + 0 = 3,000,000
        {"uncached_input_tokens": 1000000, "output_tokens": 0, "context_window": None,
         "workspace_id": "wrkspc_2"})


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = temporary_folder(cls.addClassCleanup)
        cls.costd = make_costd(folder, cls.addClassCleanup, CONFIG, PRICES)
        cls.costd.drop("rows.jsonl", json_lines(litellm_rows()), "litellm")
        cls.costd.drop("table.csv", LITELLM_CSV, "litellm")
        # 1,000*2.50 + 50*10 = 3,000; the agent around the call repeats its tokens
        cls.costd.drop("traces.json", json_lines([otlp_line(
            a_span("01", "chat", 1000, 50), a_span("02", "invoke_agent", 1000, 50))]), "otlp")
        cls.costd.drop("page.json", json_lines([openai_page(1, *openai_results())]), "openai")
        cls.costd.drop("page.json", json_lines([anthropic_page(1, *anthropic_results())]),
                       "anthropic")
        cls.costd.start()
        cls.costd.run_job("ingest,rollup")

    def groups(self, dimension):
        summary = self.costd.json("costs", "summary", *OCTOBER, "--group-by", dimension)
        return {group["key"]: (group["totalCost"], group["requests"])
                for group in summary["groups"]}

    def test_totals_by_tenant(self):
        self.assertEqual(self.groups("tenant"), {
            # 3,000 + 54,399, and a hit
            "team-search": ("0.057399000000", 3),
            "team-chat": ("0.000600000000", 1),
            "shop": ("0.003000000000", 1),
            # 17,500 + 1,130,000
            "proj_a": ("1.147500000000", 8),
            # 19,935 + 6,225,000; Anthropic does not count calls, so each result is one
            "wrkspc_1": ("6.244935000000", 2),
            "wrkspc_2": ("3.000000000000", 1)})

    def test_totals_by_model_and_key(self):
        self.assertEqual(self.groups("model"), {
            # 3,000 + 600, and a hit
            "gpt-4o": ("0.003600000000", 3),
            # 3,000 + 17,500 + 1,130,000
            "gpt-4o-2024-08-06": ("1.150500000000", 9),
            # 54,399 + 19,935 + 6,225,000 + 3,000,000
            SONNET: ("9.299334000000", 4)})
        self.assertEqual(self.groups("apiKey"), {
            KEY_HASH: ("0.057999000000", 4), "key_app": ("0.003000000000", 1),
            "key_oai": ("1.147500000000", 8), "apikey_1": ("9.244935000000", 3)})

    def test_tokens_are_counted_the_same_way_for_all(self):
        usage = self.costd.json("usage", "summary", "--tenant", "wrkspc_1", *OCTOBER)
        # 1,500 + 200 + 500 + 1,000 + 1,000,000 in
        self.assertEqual(usage["inputTokens"], 1003200)
        self.assertEqual((usage["cachedInputTokens"], usage["cacheWriteTokens"]), (200, 1500))
        usage = self.costd.json("usage", "summary", "--tenant", "team-search", *OCTOBER)
        # 1,000 + 12,307 + 1,000 in
        self.assertEqual((usage["inputTokens"], usage["cacheHits"]), (14307, 1))

    def test_nothing_was_refused_and_a_statement_of_sums_ties_out(self):
        self.assertEqual(self.costd.rows("select count(*) from quarantine"), [(0,)])
        for tenant in ("proj_a", "wrkspc_1"):
            run = self.costd.json("chargeback", "generate", "--tenant", tenant, *OCTOBER, "--wait")
            self.assertEqual(run["state"], "succeeded")


class Detection(CostdCase):
    def ingest(self, files):
        costd = self.make(CONFIG, PRICES)
        for name, content in files.items():
            costd.drop(name, content, "mixed")
        costd.start()
        costd.run_job("ingest,rollup")
        return costd

    def test_one_source_takes_every_format_as_it_comes(self):
        costd = self.ingest({
            "rows.jsonl": json_lines(litellm_rows()[:1]), "table.csv": LITELLM_CSV,
            "traces.json": json_lines([otlp_line(a_span("01", "chat", 1000, 50))]),
            "openai.json": json_lines([openai_page(1, *openai_results())]),
            "anthropic.json": json_lines([anthropic_page(1, *anthropic_results())])})
        # 3,000 + 600 + 3,000 + 1,147,500 + 6,244,935 + 3,000,000
        self.assertEqual(costd.total(), "10.399035000000")

    def test_a_page_that_is_downloaded_again_counts_nothing_twice(self):
        first, second = openai_results()
        costd = self.ingest({"a.json": json_lines([openai_page(1, first)]),
                             "b.json": json_lines([openai_page(1, second, first)])})
        self.assertEqual(costd.total(), "1.147500000000")

    def test_a_report_that_is_not_by_model_is_quarantined_with_the_remedy(self):
        costd = self.ingest({"a.json": json_lines([openai_page(1, *(
            result | {"model": None} for result in openai_results()))])})
        self.assertEqual(costd.rows("select distinct reason, detail from quarantine"),
                         [("missing_field",
                           "model is missing; ask for the report with group_by=model")])

    def test_pages_may_be_printed_over_many_lines_one_after_the_other(self):
        first, second = openai_results()
        costd = self.ingest({
            "openai.json": json.dumps(openai_page(1, first), indent=2) +
                           json.dumps(openai_page(3, second), indent=2) + "\n",
            "anthropic.json": json.dumps(anthropic_page(1, *anthropic_results()), indent=4)})
        # 17,500 + 1,130,000 + 9,244,935
        self.assertEqual(costd.total(), "10.392435000000")


if __name__ == "__main__":
    unittest.main()
