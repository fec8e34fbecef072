// Commands that ask one question and show the answer as rows.

#include <fmt/format.h>

#include <ostream>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_table.hpp"
#include "ledger/money.hpp"

namespace costd {
namespace {

using Kind = CellKind;

const std::vector<Column> record_columns{
    {"TIME", "/timestamp", Kind::instant},
    {"TENANT", "/tenantId"},
    {"API KEY", "/apiKey", Kind::key},
    {"MODEL", "/model"},
    {"PROVIDER", "/provider"},
    {"TIER", "/serviceTier"},
    {"INPUT", "/inputTokens", Kind::count},
    {"CACHED", "/cachedInputTokens", Kind::count},
    {"OUTPUT", "/outputTokens", Kind::count},
};

TableModel records_model() {
  return {record_columns, "no records match"};
}

TableModel costs_model() {
  auto columns = record_columns;
  columns.push_back({"USD", "/totalCost", Kind::money});
  columns.push_back({"", "/state"});
  return {columns, "no records match"};
}

const TableModel cost_groups{{{"KEY", "/key"},
                              {"REQUESTS", "/requests", Kind::count},
                              {"INPUT TOKENS", "/inputTokens", Kind::count},
                              {"OUTPUT TOKENS", "/outputTokens", Kind::count},
                              {"INPUT USD", "/inputCost", Kind::money},
                              {"OUTPUT USD", "/outputCost", Kind::money},
                              {"TOTAL USD", "/totalCost", Kind::money},
                              {"UNPRICED", "/unpricedRequests", Kind::count},
                              {"ESTIMATED", "/estimatedRequests", Kind::count},
                              {"CACHE HITS", "/cacheHits", Kind::count}},
                             "no usage matches"};

const TableModel cost_facts{{{"Total cost, USD", "/totalCost", Kind::money},
                             {"  input, USD", "/inputCost", Kind::money},
                             {"  output, USD", "/outputCost", Kind::money},
                             {"Requests", "/requests", Kind::count},
                             {"  unpriced", "/unpricedRequests", Kind::count},
                             {"  estimated", "/estimatedRequests", Kind::count},
                             {"  cache hits", "/cacheHits", Kind::count},
                             {"Input tokens", "/inputTokens", Kind::count},
                             {"Output tokens", "/outputTokens", Kind::count}},
                            ""};

const TableModel usage_facts{{{"Requests", "/requests", Kind::count},
                              {"  estimated", "/estimatedRequests", Kind::count},
                              {"  cache hits", "/cacheHits", Kind::count},
                              {"Total tokens", "/totalTokens", Kind::count},
                              {"  input", "/inputTokens", Kind::count},
                              {"    from cache", "/cachedInputTokens", Kind::count},
                              {"    written to cache", "/cacheWriteTokens", Kind::count},
                              {"  output", "/outputTokens", Kind::count},
                              {"    reasoning", "/reasoningTokens", Kind::count},
                              {"Tokens a request", "/averageTokensPerRequest", Kind::decimal}},
                             ""};

const TableModel forecasts_model{{{"TENANT", "/tenantId"},
                                  {"MODEL", "/model"},
                                  {"PROVIDER", "/provider"},
                                  {"AS OF", "/asOf"},
                                  {"MONTH TO DATE", "/monthToDate", Kind::money},
                                  {"RUN RATE", "/runRateMonthEnd", Kind::money},
                                  {"PROJECTED", "/projectedMonthEnd", Kind::money},
                                  {"LOW 80%", "/low80", Kind::money},
                                  {"HIGH 80%", "/high80", Kind::money},
                                  {"LOW 95%", "/low95", Kind::money},
                                  {"HIGH 95%", "/high95", Kind::money},
                                  {"TREND", "/trend"},
                                  {"METHOD", "/method"},
                                  {"MASE", "/mase", Kind::decimal},
                                  {"ERROR DAY 7", "/mapeMonthEnd/7", Kind::percent},
                                  {"DAY 14", "/mapeMonthEnd/14", Kind::percent},
                                  {"DAY 21", "/mapeMonthEnd/21", Kind::percent},
                                  {"HELD 80%", "/coverage80", Kind::percent},
                                  {"CONFIDENCE", "/confidence"},
                                  {"BECAUSE", "/confidenceReason"}},
                                 "no forecasts; run them with: costctl run forecast --wait"};

const TableModel anomalies_model{{{"ID", "/id"},
                                  {"RULE", "/rule"},
                                  {"CLASS", "/class"},
                                  {"SEVERITY", "/severity"},
                                  {"TENANT", "/tenantId"},
                                  {"API KEY", "/apiKey", Kind::key},
                                  {"MODEL", "/model"},
                                  {"PROVIDER", "/provider"},
                                  {"FIRST DAY", "/firstDay"},
                                  {"LAST DAY", "/lastDay"},
                                  {"USD A DAY", "/currentDailyRate", Kind::money},
                                  {"EXPECTED", "/expected", Kind::money},
                                  {"CHANGE", "/deviationPct", Kind::percent},
                                  {"IMPACT", "/impact", Kind::money},
                                  {"STATE", "/state"},
                                  {"RESOLVED", "/resolvedAt", Kind::instant},
                                  {"WHY", "/why"}},
                                 "no anomalies"};

int show_array(Context& context, const std::string& path, const Arguments& arguments,
               const TableModel& model) {
  const auto answer = call_json(context, "GET", with_query(path, arguments.options()));
  print_rows(context, model, answer, answer);
  return 0;
}

/// {"records":[...],"total":n,"nextCursor":...}
int show_page(Context& context, const std::string& path, const Arguments& arguments,
              const TableModel& model) {
  const auto answer = call_json(context, "GET", with_query(path, arguments.options()));
  const auto records = answer.value("records", Json::array());
  print_rows(context, model, records, answer);
  if (context.format != OutputFormat::table || records.empty()) return 0;
  const auto total = answer.value("total", static_cast<std::int64_t>(records.size()));
  context.out << fmt::format("\n{} of {} records",
                             format_count(static_cast<std::int64_t>(records.size())),
                             format_count(total));
  const auto cursor = answer.find("nextCursor");
  if (cursor != answer.end() && !cursor->is_null()) {
    const auto text = cursor->is_string() ? cursor->get<std::string>() : cursor->dump();
    if (!text.empty()) context.out << "; the next page: --cursor " << text;
  }
  context.out << "\n";
  return 0;
}

int show_facts(Context& context, const Json& answer, const TableModel& model) {
  if (context.format == OutputFormat::table) {
    context.out << render_facts(model.columns, answer);
  } else {
    print_rows(context, model, Json::array({answer}), answer);
  }
  return 0;
}

}  // namespace

int list_usage(Context& context, const Arguments& arguments) {
  return show_page(context, "/token-usage", arguments, records_model());
}

int list_costs(Context& context, const Arguments& arguments) {
  return show_page(context, "/costs", arguments, costs_model());
}

int summarize_usage(Context& context, const Arguments& arguments) {
  const auto path = with_query("/token-usage/summary", arguments.options());
  return show_facts(context, call_json(context, "GET", path), usage_facts);
}

int summarize_costs(Context& context, const Arguments& arguments) {
  const auto path = with_query("/costs/summary", arguments.options());
  const auto answer = call_json(context, "GET", path);
  if (!arguments.has("group-by")) return show_facts(context, answer, cost_facts);
  auto model = cost_groups;
  auto& key = model.columns.front();
  const auto dimension = arguments.get("group-by");
  if (dimension == "apiKey") key = {"API KEY", "/key", CellKind::key};
  if (dimension == "tenant") key.header = "TENANT";
  if (dimension == "model") key.header = "MODEL";
  if (dimension == "provider") key.header = "PROVIDER";
  if (dimension == "day") key.header = "DAY";
  auto total = answer;
  total.erase("groups");
  total["key"] = "total";
  print_rows(context, model, answer.value("groups", Json::array()), answer, total);
  return 0;
}

int list_forecasts(Context& context, const Arguments& arguments) {
  return show_array(context, "/forecasts", arguments, forecasts_model);
}

int list_anomalies(Context& context, const Arguments& arguments) {
  return show_array(context, "/anomalies", arguments, anomalies_model);
}

}  // namespace costd
