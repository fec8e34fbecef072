// Token usage and costs: pages of records and sums.

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "daemon/json_views.hpp"
#include "ledger/error.hpp"
#include "ledger/rating.hpp"
#include "ledger/store/is_wanted.hpp"
#include "ledger/store/price_store.hpp"
#include "ledger/store/series_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "ledger/store/usage_query.hpp"

namespace costd {
namespace {

constexpr std::int64_t record_offset_max = 1'000'000;

struct GroupName {
  const char* name;
  unsigned flag;
  std::string (*key)(const CostGroup&);
};
constexpr std::array<GroupName, 5> group_names{{
    {"tenant", by_tenant, [](const CostGroup& group) { return group.tenant; }},
    {"apiKey", by_api_key, [](const CostGroup& group) { return group.api_key; }},
    {"model", by_model, [](const CostGroup& group) { return group.model; }},
    {"provider", by_provider, [](const CostGroup& group) { return group.provider; }},
    {"day", by_day, [](const CostGroup& group) { return format_day(group.day); }},
}};

/// Sums are made of days: from and to are dates.
CostFilter cost_filter(const RouteCall& call) {
  CostFilter filter;
  filter.tenant = text_query(call, "tenantId");
  filter.api_key = text_query(call, "apiKey");
  filter.model = text_query(call, "model");
  filter.provider = text_query(call, "provider");
  filter.from = day_query(call, "from");
  filter.to = day_query(call, "to");
  if (filter.from && filter.to && *filter.from >= *filter.to) {
    throw Error(ErrorCode::usage, "from is not before to; to is exclusive");
  }
  const std::string basis = call.query("basis");
  if (basis.empty() || basis == "usage") return filter;
  if (basis != "booked") {
    throw Error(ErrorCode::usage, "basis \"" + basis + "\" is neither usage nor booked");
  }
  const auto month =
      filter.from && filter.to ? whole_month({*filter.from, *filter.to}) : std::optional<Month>{};
  if (!month) {
    throw Error(ErrorCode::usage,
                "basis booked goes by billing periods: from and to must be one whole month");
  }
  filter.booked = month;
  filter.from.reset();
  filter.to.reset();
  return filter;
}

/// What groupBy names, "" being nothing: "model", "provider,model,day".
std::vector<const GroupName*> groupings_of(const std::string& group_by) {
  std::vector<const GroupName*> groupings;
  for (std::size_t at = 0; at < group_by.size();) {
    const std::size_t end = std::min(group_by.find(',', at), group_by.size());
    const auto* name =
        std::ranges::find(group_names, group_by.substr(at, end - at),
                          [](const GroupName& one) { return std::string(one.name); });
    if (name == group_names.end()) {
      throw Error(ErrorCode::usage,
                  "groupBy \"" + group_by +
                      "\" is none of tenant, apiKey, model, provider, day, nor several of them "
                      "with commas between");
    }
    groupings.push_back(name);
    at = end + 1;
  }
  return groupings;
}

/// The finest groups, put together by one of the names.
OrderedJson group_rows(const std::vector<CostGroup>& finest, const GroupName& grouping) {
  std::map<std::string, CostGroup> groups;
  for (const CostGroup& group : finest) groups[grouping.key(group)].add(group);
  OrderedJson rows = OrderedJson::array();
  for (const auto& [key, group] : groups) {
    OrderedJson row{{"key", key}};
    row.update(cost_fields(group));
    rows.push_back(std::move(row));
  }
  return rows;
}

/// One pass over the days, however many groupings are asked for.
HttpResponse summarize_costs_route(Service& service, const RouteCall& call) {
  const CostFilter filter = cost_filter(call);
  const auto groupings = groupings_of(call.query("groupBy"));
  unsigned flags = by_nothing;
  for (const GroupName* grouping : groupings) flags |= grouping->flag;
  const auto finest = summarize_costs(service.database.snapshot(), filter, flags);
  CostGroup all;
  for (const CostGroup& group : finest) all.add(group);
  OrderedJson json{{"currency", "USD"}};
  json.update(cost_fields(all));
  if (groupings.size() == 1) json["groups"] = group_rows(finest, *groupings.front());
  if (groupings.size() > 1) {
    for (const GroupName* grouping : groupings) {
      json["groupings"][grouping->name] = group_rows(finest, *grouping);
    }
  }
  return json_response(json);
}

HttpResponse list_dimensions(Service& service, const RouteCall& call) {
  const auto tenant = text_query(call, "tenantId");
  std::set<std::string> models;
  std::set<std::string> providers;
  for (const auto& [id, series] : load_series(service.database.snapshot())) {
    if (!is_wanted(tenant, series.tenant)) continue;
    models.insert(series.model);
    providers.insert(series.provider);
  }
  return json_response({{"models", models}, {"providers", providers}});
}

/// Exact to four decimals, half-even; an estimate for people, not money.
std::string average(std::int64_t sum, std::int64_t count) {
  if (count == 0) return "0.0000";
  const Money scaled = scale(Money::from_picos(int128{sum} * 10'000), 1, count);
  const auto value = static_cast<std::int64_t>(scaled.picos());
  std::string digits = std::to_string(value);
  if (digits.size() < 5) digits.insert(0, 5 - digits.size(), '0');
  return digits.insert(digits.size() - 4, ".");
}

HttpResponse summarize_usage(Service& service, const RouteCall& call) {
  const CostGroup all = summarize_all_costs(service.database.snapshot(), cost_filter(call));
  const UsageTotals& usage = all.usage;
  return json_response(
      {{"requests", usage.requests},
       {"inputTokens", usage.input_tokens},
       {"outputTokens", usage.output_tokens},
       {"totalTokens", usage.total_tokens},
       {"averageTokensPerRequest", OrderedJson::parse(average(usage.total_tokens, usage.requests))},
       {"cachedInputTokens", usage.cached_input_tokens},
       {"cacheWriteTokens", usage.cache_write_tokens},
       {"reasoningTokens", usage.reasoning_tokens},
       {"estimatedRequests", all.estimated_in_all},
       {"cacheHits", usage.cache_hits}});
}

/// A date means the first instant of that day in the billing zone of the tenant, else the
/// deployment.
Instant instant_bound(const RouteCall& call, const char* name, const BillingZones& zones,
                      Instant missing) {
  const std::string text = call.query(name);
  if (text.empty()) return missing;
  if (const auto day = parse_day(text)) {
    return zones.zone_on(call.query("tenantId"), *day).start_of(*day);
  }
  if (const auto instant = parse_instant(text)) return *instant;
  throw Error(ErrorCode::usage, std::string(name) + " \"" + text +
                                    "\" is neither a date nor an instant; write 2026-10-01 or "
                                    "2026-10-01T12:00:00Z");
}

std::string cursor_of(const UsageRecord& record) {
  return std::to_string(to_micros(record.at)) + "." + record.record_id;
}

std::pair<Instant, std::string> parse_cursor(const std::string& text) {
  const auto point = text.find('.');
  std::int64_t micros = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), micros);
  if (point == std::string::npos || error != std::errc{} || end != text.data() + point) {
    throw Error(ErrorCode::usage, "cursor \"" + text + "\" is not the nextCursor of a page");
  }
  return {from_micros(micros), text.substr(point + 1)};
}

UsageQuery usage_query(const RouteCall& call, const BillingZones& zones) {
  UsageQuery query;
  query.tenant = text_query(call, "tenantId");
  query.api_key = text_query(call, "apiKey");
  query.model = text_query(call, "model");
  query.provider = text_query(call, "provider");
  query.from = instant_bound(call, "from", zones, Instant::min());
  query.to = instant_bound(call, "to", zones, Instant::max());
  query.limit = static_cast<std::size_t>(number_query(call, "limit", page_default, page_max));
  query.offset = static_cast<std::size_t>(number_query(call, "offset", 0, record_offset_max));
  if (const std::string cursor = call.query("cursor"); !cursor.empty()) {
    query.after = parse_cursor(cursor);
  }
  return query;
}

OrderedJson usage_record(const UsageRecord& record) {
  const TokenCounts& tokens = record.tokens;
  return {{"id", record.record_id},
          {"tenantId", record.series.tenant},
          {"apiKey", record.series.api_key},
          {"model", record.series.model},
          {"provider", record.series.provider},
          {"serviceTier", name_of(record.series.tier)},
          {"inputTokens", tokens.input()},
          {"outputTokens", tokens.output},
          {"totalTokens", tokens.total},
          {"cachedInputTokens", tokens.cache_read},
          {"cacheWriteTokens", tokens.cache_write_5m + tokens.cache_write_1h},
          {"cacheWrite1hTokens", tokens.cache_write_1h},
          {"reasoningTokens", tokens.reasoning},
          {"estimated", record.origin == Origin::estimated},
          {"cacheStatus", record.origin == Origin::cache_hit ? "HIT" : "MISS"},
          {"timestamp", format_instant(record.at)},
          {"tags", record.tags.empty() ? OrderedJson::object() : OrderedJson::parse(record.tags)}};
}

/// The record with what it cost, at the prices as they are now.
OrderedJson cost_record(const UsageRecord& record, const BillingZones& zones, Rater& rater) {
  OrderedJson json = usage_record(record);
  const Day day = zones.day_of(record.series.tenant, record.at);
  const Charge charge =
      rater.rate(record.series, day, band_of(record.tokens.input()), record.origin, record.tokens);
  const bool has_cost =
      charge.state == ChargeState::priced || charge.state == ChargeState::cache_hit;
  const auto cost = [&](Money amount) {
    return has_cost ? OrderedJson(format_exact(amount)) : OrderedJson(nullptr);
  };
  json["state"] = name_of(charge.state);
  json["inputCost"] = cost(charge.amounts.input());
  json["outputCost"] = cost(charge.amounts.output());
  json["totalCost"] = cost(charge.amounts.total());
  json["currency"] = "USD";
  json["pricingId"] = charge.price_id == 0 ? OrderedJson(nullptr) : OrderedJson(charge.price_id);
  return json;
}

template <typename View>
HttpResponse list_records(Service& service, const RouteCall& call, View view) {
  const Snapshot snapshot = service.database.snapshot();
  const BillingZones zones = load_billing_zones(snapshot);
  const UsagePage page = load_usage_page(snapshot, usage_query(call, zones));
  const PriceBook prices(load_prices(snapshot));
  Rater rater(prices);
  OrderedJson records = OrderedJson::array();
  for (const UsageRecord& record : page.records) records.push_back(view(record, zones, rater));
  const bool has_next = page.has_more && !page.records.empty();
  return json_response({{"records", std::move(records)},
                        {"total", page.total},
                        {"nextCursor", has_next ? OrderedJson(cursor_of(page.records.back()))
                                                : OrderedJson(nullptr)}});
}

HttpResponse list_usage(Service& service, const RouteCall& call) {
  return list_records(service, call, [](const UsageRecord& record, const BillingZones&, Rater&) {
    return usage_record(record);
  });
}

HttpResponse list_costs(Service& service, const RouteCall& call) {
  return list_records(service, call, cost_record);
}

}  // namespace

std::vector<Route> usage_routes() {
  const std::vector<std::string> record_filters{"tenantId", "apiKey", "model",  "provider", "from",
                                                "to",       "limit",  "offset", "cursor"};
  const std::vector<std::string> sum_filters{"tenantId", "apiKey", "model", "provider",
                                             "from",     "to",     "basis"};
  return {
      {"GET", "/v1/admin/token-usage", Role::viewer, list_usage, "usage records, newest first",
       TenantUse::filtered_by_query, record_filters},
      {"GET", "/v1/admin/token-usage/summary", Role::viewer, summarize_usage, "sums of tokens",
       TenantUse::filtered_by_query, sum_filters},
      {"GET", "/v1/admin/costs", Role::viewer, list_costs, "usage records with their cost",
       TenantUse::filtered_by_query, record_filters},
      {"GET",
       "/v1/admin/costs/summary",
       Role::viewer,
       summarize_costs_route,
       "sums of cost; groupBy=tenant|apiKey|model|provider|day, or several with commas",
       TenantUse::filtered_by_query,
       {"tenantId", "apiKey", "model", "provider", "from", "to", "basis", "groupBy"}},
      {"GET",
       "/v1/admin/costs/dimensions",
       Role::viewer,
       list_dimensions,
       "the models and providers that any usage names",
       TenantUse::filtered_by_query,
       {"tenantId"}},
  };
}

}  // namespace costd
