#include "daemon/console/usage_csv.hpp"

#include <fmt/format.h>

#include <array>

#include "daemon/console/filter.hpp"
#include "daemon/console/html_answer.hpp"
#include "daemon/console/words.hpp"
#include "ledger/error.hpp"
#include "reports/csv_writer.hpp"

namespace costd {
namespace {

constexpr std::int64_t records_max = 200'000;
constexpr const char* page_records = "1000";

constexpr std::array columns{"id",
                             "timestamp",
                             "tenant_id",
                             "api_key",
                             "model",
                             "provider",
                             "service_tier",
                             "input_tokens",
                             "cached_input_tokens",
                             "output_tokens",
                             "total_tokens",
                             "estimated",
                             "cache_status",
                             "input_cost_usd",
                             "output_cost_usd",
                             "total_cost_usd",
                             "state"};

void write_record(const OrderedJson& record, CsvWriter& csv) {
  for (const char* name :
       {"id", "timestamp", "tenantId", "apiKey", "model", "provider", "serviceTier"}) {
    csv.text(text(record, name));
  }
  for (const char* name : {"inputTokens", "cachedInputTokens", "outputTokens", "totalTokens"}) {
    csv.count(record.at(name).get<std::int64_t>());
  }
  csv.plain(record.at("estimated") == true ? "true" : "false");
  csv.plain(text(record, "cacheStatus"));
  for (const char* name : {"inputCost", "outputCost", "totalCost"}) {
    csv.plain(text(record, name));
  }
  csv.plain(text(record, "state"));
  csv.end_row();
}

/// All records of the filter, whatever page of them is shown.
std::string records_as_csv(const PageContext& context) {
  Query query = read_filter(context, DefaultDays::none).api;
  query["limit"] = page_records;
  CsvWriter csv;
  for (const char* column : columns) csv.plain(column);
  csv.end_row();
  while (true) {
    const OrderedJson page = context.api.get("/costs", query);
    if (page.at("total").get<std::int64_t>() > records_max) {
      throw Error(ErrorCode::usage,
                  fmt::format("the filter matches {} records, and a download has at most {}; "
                              "choose fewer days, or a tenant",
                              count(page.at("total")), format_count(records_max)));
    }
    for (const OrderedJson& record : page.at("records")) write_record(record, csv);
    if (!page.at("nextCursor").is_string()) return csv.bytes();
    query["cursor"] = text(page, "nextCursor");
  }
}

HttpResponse download_usage(Service& service, const RouteCall& call) {
  const auto visitor = find_visitor(service, call);
  if (!visitor) return redirect_to("/console/sign-in");
  const PageContext context = context_of(service, call, *visitor, call.request.query);
  try {
    HttpResponse response;
    response.body = records_as_csv(context);
    response.content_type = "text/csv; charset=utf-8";
    response.headers["Content-Disposition"] = "attachment; filename=\"token-usage.csv\"";
    return response;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::usage) throw;
    return error_page(service, *visitor, "usage", 400, error.what());
  }
}

}  // namespace

std::vector<Route> usage_csv_routes() {
  return {{"GET", "/console/usage.csv", Role::anyone, download_usage,
           "the records of the token usage page's filter as CSV", TenantUse::open}};
}

}  // namespace costd
