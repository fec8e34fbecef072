#include "daemon/console/daily_chart.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "daemon/console/words.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/tenant_store.hpp"
#include "ledger/weekday_forecast.hpp"

namespace costd {
namespace {

using charts::ExpectedDay;
using charts::SpentDay;

/// More days than a screen can tell apart.
constexpr int days_max = 366;

std::map<Day, Money> spend_of(const OrderedJson& by_day) {
  std::map<Day, Money> spend;
  for (const auto& group : by_day) {
    if (const auto day = parse_day(text(group, "key"))) spend[*day] = amount_of(group["totalCost"]);
  }
  return spend;
}

std::set<Day> days_within(const OrderedJson& spans, const DayRange& range) {
  std::set<Day> days;
  for (const auto& span : spans) {
    const auto first = parse_day(text(span, "firstDay"));
    const auto last = parse_day(text(span, "lastDay"));
    if (!first || !last) continue;
    for (Day day = std::max(*first, range.from); day <= *last && day < range.to;
         day += std::chrono::days(1)) {
      days.insert(day);
    }
  }
  return days;
}

/// The costs that the filter covers, as the forecast job would look at them.
std::optional<DailySeries> series_of(const PageContext& context, const PageFilter& filter,
                                     Day as_of) {
  const auto& own = context.access.tenant;
  if (own && filter.api.contains("tenantId") && filter.api.at("tenantId") != *own) {
    return std::nullopt;
  }
  CostFilter costs;
  costs.tenant = own;
  const auto set = [&](const char* name, std::optional<std::string>& member) {
    if (const auto found = filter.api.find(name); found != filter.api.end()) member = found->second;
  };
  set("tenantId", costs.tenant);
  set("apiKey", costs.api_key);
  set("model", costs.model);
  set("provider", costs.provider);
  costs.from = as_of - std::chrono::days(forecast_history_days - 1);
  costs.to = as_of + std::chrono::days(1);
  auto series = load_cost_series(context.service.database.snapshot(), costs, by_nothing);
  if (series.empty()) return std::nullopt;
  return std::move(series.front().costs);
}

/// One day's share of a width that has grown from `before` to `now`, the days being independent:
/// squares of widths add up.
Money own_width(Money before, Money now) {
  const auto a = static_cast<double>(before.picos());
  const auto b = static_cast<double>(now.picos());
  return Money::from_picos(static_cast<int128>(std::sqrt(std::max(0.0, b * b - a * a))));
}

/// Where a width has hardly grown, a day is at least as uncertain for its size as the first one.
Money proportional_width(const std::vector<ForecastDay>& path, Money expected, Money first_width) {
  const Money first = path[1].expected - path[0].expected;
  if (first <= Money()) return {};
  const auto ratio = static_cast<double>(expected.picos()) / static_cast<double>(first.picos());
  return Money::from_picos(
      static_cast<int128>(static_cast<double>(first_width.picos()) * std::max(0.0, ratio)));
}

/// What the month will have cost by each day becomes what each day costs.
std::vector<ExpectedDay> days_of_path(const std::vector<ForecastDay>& path, Day end) {
  std::vector<ExpectedDay> days;
  for (std::size_t n = 1; n < path.size() && path[n].day < end; ++n) {
    const ForecastDay& before = path[n - 1];
    const ForecastDay& now = path[n];
    const Money expected = now.expected - before.expected;
    const auto low = [&](Money MoneyInterval::*bound) {
      const Money width = std::max(
          own_width(before.expected - before.interval.*bound, now.expected - now.interval.*bound),
          proportional_width(path, expected, path[1].expected - path[1].interval.*bound));
      return std::max(Money(), expected - width);
    };
    const auto high = [&](Money MoneyInterval::*bound) {
      return expected + std::max(own_width(before.interval.*bound - before.expected,
                                           now.interval.*bound - now.expected),
                                 proportional_width(path, expected,
                                                    path[1].interval.*bound - path[1].expected));
    };
    days.push_back({now.day, expected, low(&MoneyInterval::low80), high(&MoneyInterval::high80),
                    low(&MoneyInterval::low95), high(&MoneyInterval::high95)});
  }
  return days;
}

}  // namespace

charts::DailyChart daily_chart(const PageContext& context, const PageFilter& filter,
                               const OrderedJson& by_day, const OrderedJson& anomalous) {
  charts::DailyChart chart;
  const BillingZones zones = load_billing_zones(context.service.database.snapshot());
  const Instant now = context.service.clock.now();
  const Day as_of = zones.last_complete_day(context.tenant(), now);
  const auto spend = spend_of(by_day);
  // The running day is no day's spend yet.
  const Day end = std::min(filter.days.to, as_of + std::chrono::days(1));
  Day day = std::max(filter.days.from, end - std::chrono::days(days_max));
  if (!spend.empty()) day = std::max(day, std::min(filter.days.from, spend.begin()->first));
  const auto marked = days_within(anomalous, {day, end});
  for (; day < end; day += std::chrono::days(1)) {
    const auto found = spend.find(day);
    chart.spent.push_back(
        {day, found == spend.end() ? Money() : found->second, marked.contains(day)});
  }
  if (filter.days.to <= as_of + std::chrono::days(1)) return chart;
  if (const auto series = series_of(context, filter, as_of)) {
    chart.expected =
        days_of_path(forecast_path(*series, as_of, month_to_come(as_of)), filter.days.to);
  }
  return chart;
}

}  // namespace costd
