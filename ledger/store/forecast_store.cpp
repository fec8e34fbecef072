#include "ledger/store/forecast_store.hpp"

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* insert_forecast =
    "insert into forecast(tenant, model, provider, as_of, month_to_date_usd, daily_rate_usd,"
    " projected_usd, trend, low_confidence, computed_at) values (:tenant, :model, :provider,"
    " :as_of, :mtd, :rate, :projected, :trend, :low, :now)";

constexpr const char* select_forecasts =
    "select tenant, model, provider, month_to_date_usd, daily_rate_usd, projected_usd, trend,"
    " low_confidence from forecast where as_of = :as_of order by tenant, model, provider";

Trend parse_trend(const std::string& text) {
  if (text == name_of(Trend::increasing)) return Trend::increasing;
  return text == name_of(Trend::decreasing) ? Trend::decreasing : Trend::stable;
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

}  // namespace costd
