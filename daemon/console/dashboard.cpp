// The cost dashboard: what was spent, on what, against which budget, and what is to be expected.

#include <fmt/format.h>

#include <algorithm>

#include "daemon/console/budget_views.hpp"
#include "daemon/console/daily_chart.hpp"
#include "daemon/console/record_views.hpp"
#include "daemon/console/words.hpp"
#include "ledger/mask.hpp"

namespace costd {
namespace {

constexpr std::size_t slices_max = charts::series_max;
constexpr std::size_t bars_max = 8;
constexpr std::size_t forecasts_max = 8;
constexpr const char* anomalies_shown = "10";
constexpr const char* records_shown = "25";

/// "+8.4 % on 1–26 Oct 2026", the days just before; "" where they cost nothing.
OrderedJson change_of(const PageContext& context, const PageFilter& filter, Money total) {
  const Day today = context.zone().day_of(context.service.clock.now());
  const Day end = std::min(filter.days.to, today + std::chrono::days(1));
  if (!filter.has_days || end <= filter.days.from) return nullptr;
  const DayRange before{filter.days.from - (end - filter.days.from), filter.days.from};
  Query query = filter.api;
  query["from"] = format_day(before.from);
  query["to"] = format_day(before.to);
  const Money previous = amount_of(context.api.get("/costs/summary", query)["totalCost"]);
  if (previous <= Money()) return nullptr;
  const bool is_more = total >= previous;
  return {{"text", fmt::format("{}{} %", is_more ? "+" : "",
                               format_percent(total - previous, previous, 1))},
          {"more", is_more},
          {"window", describe(before)}};
}

OrderedJson cards_of(const PageContext& context, const PageFilter& filter,
                     const OrderedJson& sums) {
  const Money total = amount_of(sums["totalCost"]);
  OrderedJson cards = OrderedJson::array();
  cards.push_back({{"label", "Total cost"},
                   {"value", dollars(total)},
                   {"style", "teal"},
                   {"change", change_of(context, filter, total)},
                   {"note", "USD, " + filter.values["window"].get<std::string>()}});
  cards.push_back({{"label", "Requests"},
                   {"value", count(sums["requests"])},
                   {"style", "blue"},
                   {"note", fmt::format("{} from cache · {} estimated", count(sums["cacheHits"]),
                                        count(sums["estimatedRequests"]))}});
  cards.push_back({{"label", "Input tokens"},
                   {"value", count(sums["inputTokens"])},
                   {"style", "amber"},
                   {"note", count(sums["cachedInputTokens"]) + " read from cache"}});
  cards.push_back({{"label", "Output tokens"},
                   {"value", count(sums["outputTokens"])},
                   {"style", "violet"},
                   {"note", count(sums["reasoningTokens"]) + " of them reasoning"}});
  return cards;
}

struct Share {
  std::string name;
  Money amount;
};

/// Largest first; what is beyond `most` is the last one, together.
std::vector<Share> shares_of(const OrderedJson& groups, std::size_t most) {
  std::vector<Share> shares;
  for (const auto& group : groups) {
    const std::string key = text(group, "key");
    shares.push_back({key.empty() ? "(none)" : key, amount_of(group["totalCost"])});
  }
  std::ranges::stable_sort(shares, std::ranges::greater{}, &Share::amount);
  if (shares.size() <= most) return shares;
  Share others{fmt::format("Other ({})", shares.size() - most + 1), {}};
  for (std::size_t n = most - 1; n < shares.size(); ++n) others.amount += shares[n].amount;
  shares.resize(most - 1);
  shares.push_back(std::move(others));
  return shares;
}

OrderedJson donut_of(const std::vector<Share>& shares, Money total) {
  std::vector<charts::Slice> slices;
  OrderedJson legend = OrderedJson::array();
  for (std::size_t n = 0; n < shares.size(); ++n) {
    slices.push_back(
        {fmt::format("{}: {}", shares[n].name, dollars(shares[n].amount)), shares[n].amount});
    legend.push_back({{"name", shares[n].name},
                      {"style", charts::series_class(n)},
                      {"amount", dollars(shares[n].amount)},
                      {"share", percent(shares[n].amount, total)}});
  }
  return {{"svg", charts::donut(slices, format_short(total), "total")}, {"legend", legend}};
}

OrderedJson bars_of(const std::vector<Share>& shares, Money total) {
  OrderedJson bars = OrderedJson::array();
  for (const Share& share : shares) {
    bars.push_back({{"name", share.name},
                    {"amount", dollars(share.amount)},
                    {"share", percent(share.amount, total)},
                    {"bar", charts::bar(share.amount, shares.front().amount, "s1")}});
  }
  return bars;
}

OrderedJson daily_of(const PageContext& context, const PageFilter& filter,
                     const OrderedJson& by_day, const OrderedJson& anomalous) {
  const charts::DailyChart chart = daily_chart(context, filter, by_day, anomalous);
  OrderedJson rows = OrderedJson::array();
  for (const auto& day : chart.spent) {
    rows.push_back({{"day", describe(day.day)}, {"spent", dollars(day.amount)}});
  }
  for (const auto& day : chart.expected) {
    rows.push_back({{"day", describe(day.day)},
                    {"spent", "–"},
                    {"expected", format_short(day.expected)},
                    {"interval", format_short(day.low80) + " to " + format_short(day.high80)}});
  }
  return {{"wide", charts::daily_lines(chart, 1150)},
          {"narrow", charts::daily_lines(chart, 380)},
          {"rows", std::move(rows)},
          {"has_days", !chart.spent.empty() || !chart.expected.empty()},
          {"has_expected", !chart.expected.empty()},
          {"has_marks", std::ranges::any_of(chart.spent, &charts::SpentDay::is_marked)}};
}

struct TrendWords {
  const char* words;
  const char* style;
};
TrendWords words_of_trend(const std::string& trend) {
  if (trend == "INCREASING") return {"▲ increasing", "up"};
  if (trend == "DECREASING") return {"▼ decreasing", "down"};
  return {"▬ stable", "flat"};
}

/// "12 more: costctl forecasts"; "" where all are shown.
std::string more_than(std::size_t shown, std::size_t all, const char* command) {
  if (all <= shown) return "";
  return fmt::format("{} more: costctl {}", format_count(static_cast<std::int64_t>(all - shown)),
                     command);
}

OrderedJson forecasts_of(const PageContext& context, const PageFilter& filter) {
  Query query{{"by", "model"}};
  if (filter.api.contains("tenantId")) {
    query = {{"by", "tenant-model"}, {"tenantId", filter.api.at("tenantId")}};
  }
  std::vector<OrderedJson> forecasts;
  for (const auto& forecast : context.api.get("/forecasts", query)) {
    if (filter.api.contains("model") && text(forecast, "model") != filter.api.at("model")) continue;
    forecasts.push_back(forecast);
  }
  std::ranges::stable_sort(forecasts, std::ranges::greater{}, [](const OrderedJson& forecast) {
    return amount_of(forecast.at("projectedMonthEnd"));
  });
  OrderedJson cards = OrderedJson::array();
  for (std::size_t n = 0; n < std::min(forecasts.size(), forecasts_max); ++n) {
    const OrderedJson& forecast = forecasts[n];
    const TrendWords trend = words_of_trend(text(forecast, "trend"));
    const bool has_interval = forecast.at("low80").is_string();
    cards.push_back({{"model", text(forecast, "model")},
                     {"projected", dollars(forecast["projectedMonthEnd"])},
                     {"interval", has_interval ? dollars(forecast["low80"]) + " to " +
                                                     dollars(forecast["high80"])
                                               : std::string()},
                     {"spent", dollars(forecast["monthToDate"])},
                     {"as_of", text(forecast, "asOf")},
                     {"trend", trend.words},
                     {"trend_style", trend.style},
                     {"confidence", text(forecast, "confidence")},
                     {"bar", charts::bar(amount_of(forecast["monthToDate"]),
                                         amount_of(forecast["projectedMonthEnd"]), "s1")}});
  }
  return {{"cards", std::move(cards)},
          {"any", !forecasts.empty()},
          {"more", more_than(forecasts_max, forecasts.size(), "forecasts")}};
}

OrderedJson anomalies_in(const PageContext& context, const PageFilter& filter) {
  Query query{{"limit", anomalies_shown}};
  for (const char* name : {"tenantId", "model", "provider", "from", "to"}) {
    if (filter.api.contains(name)) query[name] = filter.api.at(name);
  }
  return context.api.get("/anomalies/summary", query);
}

OrderedJson anomaly_rows(const OrderedJson& anomalies, const OrderedJson& tenants,
                         const Zone& zone) {
  OrderedJson rows = OrderedJson::array();
  for (const OrderedJson& anomaly : anomalies) {
    const std::string deviation = text(anomaly, "deviationPct");
    const std::string tenant = text(anomaly, "tenantId");
    rows.push_back(
        {{"tenant", tenant.empty() ? "All tenants" : tenant_name(tenants, tenant)},
         {"model", text(anomaly, "model").empty() ? "all models" : text(anomaly, "model")},
         {"rule", text(anomaly, "rule") == "PUBLISHED" ? "published rule" : "robust"},
         {"key", mask_key(text(anomaly, "apiKey"))},
         {"current", dollars(anomaly["currentDailyRate"])},
         {"baseline", dollars(anomaly["baseline"])},
         {"deviation", deviation.empty() ? "new" : deviation + " %"},
         {"days",
          window(text(anomaly, "firstDay"),
                 format_day(parse_day(text(anomaly, "lastDay")).value() + std::chrono::days(1)))},
         {"detected", moment(anomaly["detectedAt"], zone)},
         {"open", text(anomaly, "state") == "OPEN"},
         {"why", text(anomaly, "why")}});
  }
  return rows;
}

/// What to do where the filter finds nothing: the days with usage that come nearest.
OrderedJson empty_of(const PageContext& context, const PageFilter& filter) {
  Query query = filter.api;
  query.erase("from");
  query.erase("to");
  query["limit"] = "1";
  const auto newest = context.api.get("/costs", query).at("records");
  if (newest.empty()) return {{"never", true}};
  const auto at = parse_instant(text(newest.front(), "timestamp"));
  const DayRange month = days_of(month_of(context.zone().day_of(*at)));
  const Fields there = with(
      context.query,
      {{"from", format_day(month.from)}, {"through", format_day(month.to - std::chrono::days(1))}});
  return {{"href", address("/console/", there)}, {"month", name_of(month_of(month.from))}};
}

OrderedJson dashboard_values(PageContext& context) {
  const PageFilter filter = read_filter(context, DefaultDays::this_month);
  Query grouped = filter.api;
  grouped["groupBy"] = "provider,model,day";
  const OrderedJson sums = context.api.get("/costs/summary", grouped);
  const OrderedJson& groups = sums.at("groupings");
  const Money total = amount_of(sums["totalCost"]);
  const Zone zone = context.zone();
  const bool is_empty = sums["requests"] == 0;
  const OrderedJson anomalies = anomalies_in(context, filter);
  const OrderedJson& tenants = filter.values.at("tenants");
  Query newest = filter.api;
  newest["limit"] = records_shown;
  OrderedJson rows = anomaly_rows(anomalies.at("newest"), tenants, zone);
  const std::size_t unpriced = sums["unpricedRequests"].get<std::size_t>();
  return {{"filter", filter.values},
          {"window", filter.values["window"]},
          {"empty", is_empty ? empty_of(context, filter) : OrderedJson(nullptr)},
          {"full", !is_empty},
          {"unpriced", unpriced > 0 ? count(sums["unpricedRequests"]) : ""},
          {"cards", cards_of(context, filter, sums)},
          {"donut", donut_of(shares_of(groups.at("provider"), slices_max), total)},
          {"bars", bars_of(shares_of(groups.at("model"), bars_max), total)},
          {"daily", daily_of(context, filter, groups.at("day"), anomalies.at("spans"))},
          {"budgets", budget_rows(context,
                                  filter.api.contains("tenantId")
                                      ? Query{{"tenantId", filter.api.at("tenantId")}}
                                      : Query{},
                                  tenants)},
          {"forecasts", forecasts_of(context, filter)},
          {"anomalies", rows},
          {"has_anomalies", !rows.empty()},
          {"more_anomalies",
           more_than(rows.size(), anomalies.at("count").get<std::size_t>(), "anomalies")},
          {"records", record_rows(context.api.get("/costs", newest).at("records"), tenants, zone)},
          {"records_href", address("/console/usage", context.query)}};
}

}  // namespace

ConsolePage dashboard_page() {
  return {"dashboard",      "/console/", "Cost dashboard",
          "Dashboard",      5,           std::chrono::milliseconds(2000),
          dashboard_values, nullptr};
}

}  // namespace costd
