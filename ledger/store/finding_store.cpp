#include "ledger/store/finding_store.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* published_rule = "PUBLISHED";

constexpr const char* insert_forecast =
    "insert into forecast(tenant, model, provider, as_of, month_to_date_usd, daily_rate_usd,"
    " projected_usd, trend, low_confidence, computed_at) values (:tenant, :model, :provider,"
    " :as_of, :mtd, :rate, :projected, :trend, :low, :now)";

constexpr const char* select_forecasts =
    "select tenant, model, provider, month_to_date_usd, daily_rate_usd, projected_usd, trend,"
    " low_confidence from forecast where as_of = :as_of order by tenant, model, provider";

constexpr const char* select_anomalies =
    "select id, tenant, model, class, first_day, current_usd, baseline_usd, detected_at, state"
    " from anomaly where first_day >= :from and first_day < :to and rule = :rule"
    " and (:any_tenant = 1 or tenant = :tenant) order by first_day, tenant, model";

constexpr const char* insert_anomaly =
    "insert into anomaly(id, rule, tenant, api_key, model, provider, class, first_day, last_day,"
    " current_usd, baseline_usd, deviation_percent, detected_at, state)"
    " values (:id, :rule, :tenant, '', :model, '', :class, :day, :day2, :current, :baseline,"
    " :deviation, :detected, :state)";

Trend parse_trend(const std::string& text) {
  if (text == name_of(Trend::increasing)) return Trend::increasing;
  return text == name_of(Trend::decreasing) ? Trend::decreasing : Trend::stable;
}

auto identity(const StoredAnomaly& anomaly) {
  return std::tuple(anomaly.tenant, anomaly.model, anomaly.finding.day);
}

void insert(soci::session& sql, const StoredAnomaly& anomaly, Day open_day) {
  const std::string rule = published_rule;
  const std::string kind = name_of(anomaly.finding.kind);
  const std::int64_t day = to_day_number(anomaly.finding.day);
  const std::string current = format_exact(anomaly.finding.current);
  const std::string baseline = format_exact(anomaly.finding.baseline);
  const std::string deviation = anomaly.finding.deviation_percent();
  const std::int64_t detected = to_micros(anomaly.detected_at);
  const std::string state = anomaly.finding.day >= open_day ? "OPEN" : "RESOLVED";
  sql << insert_anomaly, soci::use(anomaly.id), soci::use(rule), soci::use(anomaly.tenant),
      soci::use(anomaly.model), soci::use(kind), soci::use(day), soci::use(day),
      soci::use(current), soci::use(baseline), soci::use(deviation), soci::use(detected),
      soci::use(state);
}

}  // namespace

void store_forecasts(UnitOfWork& unit, Day as_of, const std::vector<StoredForecast>& forecasts,
                     Instant now) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  const std::int64_t day = to_day_number(as_of);
  const std::int64_t now_at = to_micros(now);
  sql << "delete from forecast where as_of = :as_of", soci::use(day);
  for (const StoredForecast& stored : forecasts) {
    const RunRateForecast& forecast = stored.forecast;
    const std::string month_to_date = format_exact(forecast.month_to_date);
    const std::string rate = format_exact(forecast.daily_rate);
    const std::string projected = format_exact(forecast.projected_month_end);
    const std::string trend = name_of(forecast.trend);
    const int low = forecast.low_confidence ? 1 : 0;
    sql << insert_forecast, soci::use(stored.tenant), soci::use(stored.model),
        soci::use(stored.provider), soci::use(day), soci::use(month_to_date), soci::use(rate),
        soci::use(projected), soci::use(trend), soci::use(low), soci::use(now_at);
  }
}

std::vector<StoredForecast> load_forecasts(Connection& connection, std::optional<Day> as_of) {
  std::int64_t day = as_of ? to_day_number(*as_of) : 0;
  if (!as_of) {
    soci::indicator found = soci::i_null;
    connection.sql << "select max(as_of) from forecast", soci::into(day, found);
    if (found == soci::i_null) return {};
  }
  StoredForecast row;
  std::string month_to_date;
  std::string rate;
  std::string projected;
  std::string trend;
  int low = 0;
  soci::statement statement =
      (connection.sql.prepare << select_forecasts, soci::into(row.tenant), soci::into(row.model),
       soci::into(row.provider), soci::into(month_to_date), soci::into(rate),
       soci::into(projected), soci::into(trend), soci::into(low), soci::use(day));
  std::vector<StoredForecast> forecasts;
  for_each_row(statement, [&] {
    row.forecast = {from_day_number(static_cast<int>(day)), parse_money(month_to_date),
                    parse_money(rate),  parse_money(projected),
                    parse_trend(trend), low != 0};
    forecasts.push_back(row);
  });
  return forecasts;
}

std::int64_t store_anomalies(UnitOfWork& unit, const DayRange& range, Day open_day,
                             const std::vector<StoredAnomaly>& found) {
  std::map<std::tuple<std::string, std::string, Day>, StoredAnomaly> known;
  for (StoredAnomaly& anomaly : load_anomalies(unit, range, "")) {
    known.emplace(identity(anomaly), std::move(anomaly));
  }
  soci::session& sql = static_cast<Connection&>(unit).sql;
  const std::int64_t from = to_day_number(range.from);
  const std::int64_t to = to_day_number(range.to);
  const std::string rule = published_rule;
  sql << "delete from anomaly where first_day >= :from and first_day < :to and rule = :rule",
      soci::use(from), soci::use(to), soci::use(rule);
  std::int64_t added = 0;
  for (StoredAnomaly anomaly : found) {
    const auto before = known.find(identity(anomaly));
    if (before != known.end()) {
      anomaly.id = before->second.id;
      anomaly.detected_at = before->second.detected_at;
    } else {
      ++added;
    }
    insert(sql, anomaly, open_day);
  }
  // Days before the range are complete and were judged earlier; they are no longer open.
  const std::int64_t open_from = to_day_number(open_day);
  sql << "update anomaly set state = 'RESOLVED' where first_day < :day and state = 'OPEN'",
      soci::use(open_from);
  return added;
}

std::vector<StoredAnomaly> load_anomalies(Connection& connection, const DayRange& range,
                                          const std::string& tenant) {
  const std::int64_t from = to_day_number(range.from);
  const std::int64_t to = to_day_number(range.to);
  const std::string rule = published_rule;
  const int any_tenant = tenant.empty() ? 1 : 0;
  StoredAnomaly row;
  std::string kind;
  std::int64_t day = 0;
  std::string current;
  std::string baseline;
  std::int64_t detected = 0;
  std::string state;
  soci::statement statement =
      (connection.sql.prepare << select_anomalies, soci::into(row.id), soci::into(row.tenant),
       soci::into(row.model), soci::into(kind), soci::into(day), soci::into(current),
       soci::into(baseline), soci::into(detected), soci::into(state), soci::use(from),
       soci::use(to), soci::use(rule), soci::use(any_tenant), soci::use(tenant));
  std::vector<StoredAnomaly> anomalies;
  for_each_row(statement, [&] {
    row.finding.kind = kind == name_of(AnomalyClass::new_spend) ? AnomalyClass::new_spend
                                                                : AnomalyClass::spike;
    row.finding.day = from_day_number(static_cast<int>(day));
    row.finding.current = parse_money(current);
    row.finding.baseline = parse_money(baseline);
    row.detected_at = from_micros(detected);
    row.open = state == "OPEN";
    anomalies.push_back(row);
  });
  return anomalies;
}

}  // namespace costd
