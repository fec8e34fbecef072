#include "ledger/store/forecast_store.hpp"

#include <fmt/format.h>

#include <sstream>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* upsert_forecast =
    "insert into forecast(tenant, model, provider, as_of, month_to_date_usd, daily_rate_usd,"
    " projected_usd, trend, low_confidence, computed_at, weekday_usd, low80_usd, high80_usd,"
    " low95_usd, high95_usd, method, mase, mape7, mape14, mape21, coverage80, confidence, reason,"
    " history) values (:tenant, :model, :provider, :as_of, :mtd, :rate, :projected, :trend, :low,"
    " :now, :weekday, :low80, :high80, :low95, :high95, :method, :mase, :mape7, :mape14, :mape21,"
    " :coverage, :confidence, :reason, :history)"
    " on conflict (tenant, model, provider, as_of) do update set"
    " month_to_date_usd = excluded.month_to_date_usd, daily_rate_usd = excluded.daily_rate_usd,"
    " projected_usd = excluded.projected_usd, trend = excluded.trend,"
    " low_confidence = excluded.low_confidence, computed_at = excluded.computed_at,"
    " weekday_usd = excluded.weekday_usd, low80_usd = excluded.low80_usd,"
    " high80_usd = excluded.high80_usd, low95_usd = excluded.low95_usd,"
    " high95_usd = excluded.high95_usd, method = excluded.method, mase = excluded.mase,"
    " mape7 = excluded.mape7, mape14 = excluded.mape14, mape21 = excluded.mape21,"
    " coverage80 = excluded.coverage80, confidence = excluded.confidence,"
    " reason = excluded.reason, history = excluded.history";

constexpr const char* select_forecasts =
    "select tenant, model, provider, month_to_date_usd, daily_rate_usd, projected_usd, trend,"
    " low_confidence, weekday_usd, low80_usd, high80_usd, low95_usd, high95_usd, method, mase,"
    " mape7, mape14, mape21, coverage80, confidence, reason, history from forecast"
    " where as_of = :as_of order by tenant, model, provider";

constexpr const char* upsert_basis =
    "insert into forecast_basis(as_of, basis, forecast_count) values (:as_of, :basis, :count)"
    " on conflict (as_of) do update set basis = excluded.basis,"
    " forecast_count = excluded.forecast_count";

constexpr const char* upsert_days =
    "insert into forecast_days(tenant, as_of, expected) values (:tenant, :as_of, :expected)"
    " on conflict (tenant, as_of) do update set expected = excluded.expected";

constexpr const char* select_estimates_days =
    "select tenant, as_of, expected from forecast_days where as_of ="
    " (select max(as_of) from forecast_days where as_of <= :as_of and as_of >= :oldest)";

constexpr std::int64_t days_late_max = 3;
constexpr std::int64_t picos_per_micro = 1'000'000;

/// A row of the table: amounts and errors are text.
struct ForecastRow {
  std::string tenant, model, provider;
  std::int64_t as_of = 0;
  std::string month_to_date, rate, projected, trend;
  int low = 0;
  std::string weekday, low80, high80, low95, high95;
  std::string method, mase, mape[3], coverage, confidence, reason, history;
};

std::string text_of(const std::optional<double>& figure) {
  return figure ? fmt::format("{:.4f}", *figure) : "";
}

std::optional<double> figure_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  double figure = 0;
  std::istringstream(text) >> figure;
  return figure;
}

ForecastRow row_of(const StoredForecast& stored) {
  const RunRateForecast& forecast = stored.forecast;
  ForecastRow row;
  row.tenant = stored.tenant;
  row.model = stored.model;
  row.provider = stored.provider;
  row.as_of = to_day_number(forecast.as_of);
  row.month_to_date = format_exact(forecast.month_to_date);
  row.rate = format_exact(forecast.daily_rate);
  row.projected = format_exact(forecast.projected_month_end);
  row.trend = name_of(forecast.trend);
  row.low = forecast.low_confidence ? 1 : 0;
  row.history = stored.history;
  if (!stored.weekday) return row;
  const WeekdayForecast& weekday = *stored.weekday;
  row.weekday = format_exact(weekday.projected_month_end);
  row.low80 = format_exact(weekday.month_end.low80);
  row.high80 = format_exact(weekday.month_end.high80);
  row.low95 = format_exact(weekday.month_end.low95);
  row.high95 = format_exact(weekday.month_end.high95);
  row.method = weekday.method;
  row.mase = text_of(weekday.errors.mase);
  for (std::size_t n = 0; n < 3; ++n) row.mape[n] = text_of(weekday.errors.mape_month_end[n]);
  row.coverage = text_of(weekday.errors.coverage80);
  row.confidence = name_of(weekday.confidence);
  row.reason = weekday.reason;
  return row;
}

Trend parse_trend(const std::string& text) {
  if (text == name_of(Trend::increasing)) return Trend::increasing;
  return text == name_of(Trend::decreasing) ? Trend::decreasing : Trend::stable;
}

StoredForecast forecast_of(const ForecastRow& row, Day as_of) {
  StoredForecast stored;
  stored.tenant = row.tenant;
  stored.model = row.model;
  stored.provider = row.provider;
  stored.history = row.history;
  stored.forecast = {as_of,
                     parse_money(row.month_to_date),
                     parse_money(row.rate),
                     parse_money(row.projected),
                     parse_trend(row.trend),
                     row.low != 0};
  if (row.method.empty()) return stored;
  WeekdayForecast& weekday = stored.weekday.emplace();
  weekday.as_of = as_of;
  weekday.month_to_date = stored.forecast.month_to_date;
  weekday.projected_month_end = parse_money(row.weekday);
  weekday.month_end = {parse_money(row.low80), parse_money(row.high80), parse_money(row.low95),
                       parse_money(row.high95)};
  weekday.method = row.method;
  weekday.errors.mase = figure_of(row.mase);
  for (std::size_t n = 0; n < 3; ++n) weekday.errors.mape_month_end[n] = figure_of(row.mape[n]);
  weekday.errors.coverage80 = figure_of(row.coverage);
  weekday.confidence = parse_confidence(row.confidence).value_or(Confidence::low);
  weekday.reason = row.reason;
  return stored;
}

void store_expected_days(UnitOfWork& unit, const StoredForecast& stored) {
  if (!stored.weekday) return;
  std::string text;
  for (const Money& amount : stored.weekday->days) {
    const auto micros = static_cast<std::int64_t>(amount.picos() / picos_per_micro);
    text += (text.empty() ? "" : " ") + std::to_string(micros);
  }
  const std::int64_t as_of = to_day_number(stored.forecast.as_of);
  static_cast<Connection&>(unit).sql << upsert_days, soci::use(stored.tenant), soci::use(as_of),
      soci::use(text);
}

}  // namespace

void store_forecasts(UnitOfWork& unit, std::span<const StoredForecast> forecasts, Instant now) {
  if (forecasts.empty()) return;
  const std::int64_t now_at = to_micros(now);
  ForecastRow row;
  soci::statement statement =
      (static_cast<Connection&>(unit).sql.prepare << upsert_forecast, soci::use(row.tenant),
       soci::use(row.model), soci::use(row.provider), soci::use(row.as_of),
       soci::use(row.month_to_date), soci::use(row.rate), soci::use(row.projected),
       soci::use(row.trend), soci::use(row.low), soci::use(now_at), soci::use(row.weekday),
       soci::use(row.low80), soci::use(row.high80), soci::use(row.low95), soci::use(row.high95),
       soci::use(row.method), soci::use(row.mase), soci::use(row.mape[0]), soci::use(row.mape[1]),
       soci::use(row.mape[2]), soci::use(row.coverage), soci::use(row.confidence),
       soci::use(row.reason), soci::use(row.history));
  for (const StoredForecast& stored : forecasts) {
    row = row_of(stored);
    statement.execute(true);
    if (stored.model.empty() && stored.provider.empty()) store_expected_days(unit, stored);
  }
}

void delete_forecasts(UnitOfWork& unit, Day as_of, const std::vector<ForecastScope>& scopes) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  const std::int64_t day = to_day_number(as_of);
  for (const ForecastScope& scope : scopes) {
    sql << "delete from forecast where tenant = :tenant and model = :model"
           " and provider = :provider and as_of = :as_of",
        soci::use(scope.tenant), soci::use(scope.model), soci::use(scope.provider), soci::use(day);
  }
}

std::vector<StoredForecast> load_forecasts(Connection& connection, std::optional<Day> as_of) {
  std::int64_t day = as_of ? to_day_number(*as_of) : 0;
  if (!as_of) {
    soci::indicator found = soci::i_null;
    connection.sql << "select max(as_of) from forecast", soci::into(day, found);
    if (found == soci::i_null) return {};
  }
  ForecastRow row;
  soci::statement statement =
      (connection.sql.prepare << select_forecasts, soci::into(row.tenant), soci::into(row.model),
       soci::into(row.provider), soci::into(row.month_to_date), soci::into(row.rate),
       soci::into(row.projected), soci::into(row.trend), soci::into(row.low),
       soci::into(row.weekday), soci::into(row.low80), soci::into(row.high80),
       soci::into(row.low95), soci::into(row.high95), soci::into(row.method), soci::into(row.mase),
       soci::into(row.mape[0]), soci::into(row.mape[1]), soci::into(row.mape[2]),
       soci::into(row.coverage), soci::into(row.confidence), soci::into(row.reason),
       soci::into(row.history), soci::use(day));
  std::vector<StoredForecast> forecasts;
  for_each_row(statement, [&] {
    forecasts.push_back(forecast_of(row, from_day_number(static_cast<int>(day))));
  });
  return forecasts;
}

void store_forecast_basis(UnitOfWork& unit, Day as_of, const ForecastBasis& basis) {
  const std::int64_t day = to_day_number(as_of);
  static_cast<Connection&>(unit).sql << upsert_basis, soci::use(day), soci::use(basis.basis),
      soci::use(basis.forecast_count);
}

std::optional<ForecastBasis> load_forecast_basis(Connection& connection, Day as_of) {
  const std::int64_t day = to_day_number(as_of);
  ForecastBasis found;
  connection.sql << "select basis, forecast_count from forecast_basis where as_of = :as_of",
      soci::into(found.basis), soci::into(found.forecast_count), soci::use(day);
  if (!connection.sql.got_data()) return std::nullopt;
  return found;
}

std::map<std::string, ExpectedDays> load_expected_days(Connection& connection, Day as_of) {
  const std::int64_t day = to_day_number(as_of);
  const std::int64_t oldest = day - days_late_max;
  std::string tenant;
  std::int64_t known_day = 0;
  std::string text;
  soci::statement statement =
      (connection.sql.prepare << select_estimates_days, soci::into(tenant), soci::into(known_day),
       soci::into(text), soci::use(day), soci::use(oldest));
  std::map<std::string, ExpectedDays> all;
  for_each_row(statement, [&] {
    ExpectedDays& expected = all[tenant];
    expected.as_of = from_day_number(static_cast<int>(known_day));
    std::istringstream numbers(text);
    for (std::int64_t micros = 0; numbers >> micros;) {
      expected.amounts.push_back(Money::from_picos(int128{micros} * picos_per_micro));
    }
  });
  return all;
}

void forget_expected_days(UnitOfWork& unit, Day before) {
  const std::int64_t day = to_day_number(before);
  static_cast<Connection&>(unit).sql << "delete from forecast_days where as_of < :day",
      soci::use(day);
}

}  // namespace costd
