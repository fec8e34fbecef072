#include "daemon/console/usage_csv.hpp"

#include <array>
#include <memory>

#include "daemon/console/filter.hpp"
#include "daemon/console/html_answer.hpp"
#include "daemon/console/words.hpp"
#include "ledger/error.hpp"
#include "reports/csv_writer.hpp"

namespace costd {
namespace {

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

/// All records of the filter, whatever page of them is shown: a piece of the file for each page of
/// the API, which asks anew who it is for. Records that come in meanwhile may be missing, and a
/// change of prices shows from the next page on.
class RecordsAsCsv {
 public:
  /// Copies the request, which the answer outlives.
  RecordsAsCsv(Service& service, const HttpRequest& request, const Session& session, Query query)
      : request_(request), api_(service, request_, session.csrf), query_(std::move(query)) {
    query_["limit"] = page_records;
  }
  RecordsAsCsv(const RecordsAsCsv&) = delete;
  RecordsAsCsv& operator=(const RecordsAsCsv&) = delete;

  bool has_more() const { return has_more_; }

  std::string next() {
    CsvWriter csv;
    if (!query_.contains("cursor")) {
      for (const char* column : columns) csv.plain(column);
      csv.end_row();
    }
    if (has_more_) {
      const OrderedJson page = api_.get("/costs", query_);
      for (const OrderedJson& record : page.at("records")) write_record(record, csv);
      has_more_ = page.at("nextCursor").is_string();
      query_["cursor"] = text(page, "nextCursor");
    }
    return csv.bytes();
  }

 private:
  HttpRequest request_;
  Api api_;
  Query query_;
  bool has_more_ = true;
};

HttpResponse download_usage(Service& service, const RouteCall& call) {
  const auto visitor = find_visitor(service, call);
  if (!visitor) return redirect_to("/console/sign-in");
  const PageContext context = context_of(service, call, *visitor, call.request.query);
  try {
    const auto records = std::make_shared<RecordsAsCsv>(
        service, call.request, visitor->session, read_filter(context, DefaultDays::none).api);
    HttpResponse response;
    response.body = records->next();
    if (records->has_more()) response.next_piece = [records] { return records->next(); };
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
