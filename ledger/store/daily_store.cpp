#include "ledger/store/daily_store.hpp"

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* upsert_usage =
    "insert into usage_daily(day, series_id, context_band, booked_month, origin, requests,"
    " input_uncached, cache_read, cache_write_5m, cache_write_1h, output, reasoning, total)"
    " values (:day, :series, :band, :booked, :origin, :requests, :input, :read, :write5, :write1h,"
    " :output, :reasoning, :total)"
    " on conflict (day, series_id, context_band, booked_month, origin) do update set"
    " requests = usage_daily.requests + excluded.requests,"
    " input_uncached = usage_daily.input_uncached + excluded.input_uncached,"
    " cache_read = usage_daily.cache_read + excluded.cache_read,"
    " cache_write_5m = usage_daily.cache_write_5m + excluded.cache_write_5m,"
    " cache_write_1h = usage_daily.cache_write_1h + excluded.cache_write_1h,"
    " output = usage_daily.output + excluded.output,"
    " reasoning = usage_daily.reasoning + excluded.reasoning,"
    " total = usage_daily.total + excluded.total";

constexpr const char* select_usage =
    "select series_id, context_band, booked_month, origin, requests, input_uncached, cache_read,"
    " cache_write_5m, cache_write_1h, output, reasoning, total from usage_daily where day = :day"
    " order by series_id, context_band, booked_month, origin";

constexpr const char* delete_open_charges =
    "delete from cost_daily where day = :day and not exists"
    " (select 1 from billing_period p, series s where s.id = cost_daily.series_id"
    "  and p.tenant = s.tenant and p.month = cost_daily.booked_month and p.state = 'closed')";

constexpr const char* insert_charge =
    "insert into cost_daily(day, series_id, context_band, booked_month, origin, state, price_id,"
    " input_picos, cache_read_picos, cache_write_picos, output_picos)"
    " values (:day, :series, :band, :booked, :origin, :state, :price, :input, :read, :write,"
    " :output)";

/// The key's columns as the integers the database keeps.
struct StoredKey {
  std::int64_t day = 0;
  SeriesId series = 0;
  int band = 0;
  int booked = 0;
  int origin = 0;

  StoredKey() = default;
  explicit StoredKey(const DailyKey& key)
      : day(to_day_number(key.day)),
        series(key.series),
        band(key.band),
        booked(to_month_number(key.booked)),
        origin(static_cast<int>(key.origin)) {}

  DailyKey key(Day on) const {
    return {on, series, static_cast<ContextBand>(band), from_month_number(booked),
            static_cast<Origin>(origin)};
  }
};

void mark_unrated(soci::session& sql, const std::set<std::int64_t>& days) {
  for (const std::int64_t day : days) {
    sql << "insert into unrated_day(day) values (:day) on conflict (day) do nothing",
        soci::use(day);
  }
}

}  // namespace

void add_daily_usage(UnitOfWork& unit, const std::vector<DailyUsage>& rows) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  StoredKey key;
  DailyUsage row;
  TokenCounts& tokens = row.tokens;
  soci::statement statement =
      (sql.prepare << upsert_usage, soci::use(key.day), soci::use(key.series), soci::use(key.band),
       soci::use(key.booked), soci::use(key.origin), soci::use(row.requests),
       soci::use(tokens.input_uncached), soci::use(tokens.cache_read),
       soci::use(tokens.cache_write_5m), soci::use(tokens.cache_write_1h), soci::use(tokens.output),
       soci::use(tokens.reasoning), soci::use(tokens.total));
  std::set<std::int64_t> days;
  for (const DailyUsage& next : rows) {
    row = next;
    key = StoredKey(next.key);
    days.insert(key.day);
    statement.execute(true);
  }
  mark_unrated(sql, days);
}

std::vector<DailyUsage> load_daily_usage(Connection& connection, Day day) {
  const std::int64_t number = to_day_number(day);
  StoredKey key;
  DailyUsage row;
  TokenCounts& tokens = row.tokens;
  soci::statement statement =
      (connection.sql.prepare << select_usage, soci::into(key.series), soci::into(key.band),
       soci::into(key.booked), soci::into(key.origin), soci::into(row.requests),
       soci::into(tokens.input_uncached), soci::into(tokens.cache_read),
       soci::into(tokens.cache_write_5m), soci::into(tokens.cache_write_1h),
       soci::into(tokens.output), soci::into(tokens.reasoning), soci::into(tokens.total),
       soci::use(number));
  std::vector<DailyUsage> rows;
  for_each_row(statement, [&] {
    row.key = key.key(day);
    rows.push_back(row);
  });
  return rows;
}

std::vector<Day> load_unrated_days(Connection& connection) {
  std::int64_t day = 0;
  soci::statement statement =
      (connection.sql.prepare << "select day from unrated_day order by day", soci::into(day));
  std::vector<Day> days;
  for_each_row(statement, [&] { days.push_back(from_day_number(static_cast<int>(day))); });
  return days;
}

void mark_unrated_from(UnitOfWork& unit, Day from) {
  const std::int64_t number = to_day_number(from);
  static_cast<Connection&>(unit).sql
      << "insert into unrated_day(day) select distinct day from usage_daily where day >= :day"
         " on conflict (day) do nothing",
      soci::use(number);
}

void replace_daily_charges(UnitOfWork& unit, Day day, const std::vector<DailyCharge>& charges) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  const std::int64_t number = to_day_number(day);
  sql << delete_open_charges, soci::use(number);
  StoredKey key;
  int state = 0;
  Charge charge;
  ChargeAmounts& amounts = charge.amounts;
  soci::statement statement =
      (sql.prepare << insert_charge, soci::use(key.day), soci::use(key.series),
       soci::use(key.band), soci::use(key.booked), soci::use(key.origin), soci::use(state),
       soci::use(charge.price_id), soci::use(amounts.input_picos),
       soci::use(amounts.cache_read_picos), soci::use(amounts.cache_write_picos),
       soci::use(amounts.output_picos));
  for (const DailyCharge& next : charges) {
    key = StoredKey(next.key);
    charge = next.charge;
    state = static_cast<int>(charge.state);
    statement.execute(true);
  }
  sql << "delete from unrated_day where day = :day", soci::use(number);
}

std::optional<DayRange> load_usage_days(Connection& connection) {
  std::int64_t first = 0;
  std::int64_t last = 0;
  soci::indicator found = soci::i_null;
  connection.sql << "select min(day), max(day) from usage_daily", soci::into(first, found),
      soci::into(last, found);
  if (found == soci::i_null) return std::nullopt;
  return DayRange{from_day_number(static_cast<int>(first)),
                  from_day_number(static_cast<int>(last) + 1)};
}

}  // namespace costd
