#include "ledger/store/daily_store.hpp"

#include <algorithm>

#include "ledger/error.hpp"
#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"
#include "ledger/store/series_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

constexpr const char* upsert_usage =
    "insert into usage_daily(day, codec, first_booked_month, last_booked_month, row_count, usage)"
    " values (:day, :codec, :first, :last, :rows, :usage) on conflict (day) do update set"
    " codec = excluded.codec, first_booked_month = excluded.first_booked_month,"
    " last_booked_month = excluded.last_booked_month, row_count = excluded.row_count,"
    " usage = excluded.usage";

constexpr const char* upsert_charges =
    "insert into cost_daily(day, codec, row_count, charges) values (:day, :codec, :rows, :charges)"
    " on conflict (day) do update set codec = excluded.codec, row_count = excluded.row_count,"
    " charges = excluded.charges";

/// Revisions grow over all days, so that the highest one tells of any change.
constexpr const char* upsert_revision =
    "insert into charge_revision(day, revision)"
    " select :day, coalesce(max(revision), 0) + 1 from charge_revision where true"
    " on conflict (day) do update set revision = excluded.revision";

constexpr const char* select_days =
    "select day from usage_daily where day >= :from and day < :to"
    " and (:any_month = 1 or (first_booked_month <= :month and last_booked_month >= :month2))"
    " order by day";

constexpr std::int64_t day_min = -1'000'000'000;
constexpr std::int64_t day_max = 1'000'000'000;

/// The packed rows of a day; "" if there are none.
std::string load_bytes(Connection& connection, const char* query, std::int64_t day) {
  soci::blob blob(connection.sql);
  int codec = 0;
  connection.sql << query, soci::into(codec), soci::into(blob), soci::use(day);
  if (!connection.sql.got_data()) return "";
  if (codec != daily_codec_version) {
    throw Error(ErrorCode::data, "a day of the rollup tables has codec " + std::to_string(codec) +
                                     ", which this costd cannot read; start the newer one");
  }
  return bytes_of(blob);
}

std::string load_usage_bytes(Connection& connection, std::int64_t day) {
  return load_bytes(connection, "select codec, usage from usage_daily where day = :day", day);
}

std::string load_charge_bytes(Connection& connection, std::int64_t day) {
  return load_bytes(connection, "select codec, charges from cost_daily where day = :day", day);
}

void mark_unrated(soci::session& sql, std::int64_t day) {
  sql << "insert into unrated_day(day) values (:day) on conflict (day) do nothing", soci::use(day);
}

void store_usage(UnitOfWork& unit, std::int64_t day, const std::vector<DailyUsage>& rows) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  if (rows.empty()) {
    sql << "delete from usage_daily where day = :day", soci::use(day);
    return;
  }
  const auto booked = [](const DailyUsage& row) { return row.key.booked; };
  const auto [first, last] = std::ranges::minmax(rows, {}, booked);
  const int codec = daily_codec_version;
  const int first_month = to_month_number(first.key.booked);
  const int last_month = to_month_number(last.key.booked);
  const auto count = static_cast<std::int64_t>(rows.size());
  const std::string bytes = encode_daily_usage(rows);
  BoundBlob usage(sql, bytes);
  sql << upsert_usage, soci::use(day), soci::use(codec), soci::use(first_month),
      soci::use(last_month), soci::use(count), soci::use(usage.value);
}

std::vector<std::int64_t> load_days(Connection& connection, std::int64_t from, std::int64_t to,
                                    std::optional<Month> month) {
  const int any_month = month ? 0 : 1;
  const int booked = month ? to_month_number(*month) : 0;
  std::int64_t day = 0;
  soci::statement statement =
      (connection.sql.prepare << select_days, soci::into(day), soci::use(from), soci::use(to),
       soci::use(any_month), soci::use(booked), soci::use(booked));
  std::vector<std::int64_t> days;
  for_each_row(statement, [&] { days.push_back(day); });
  return days;
}

void visit_days(Connection& connection, const std::vector<std::int64_t>& days,
                const DayVisitor& visit) {
  for (const std::int64_t number : days) {
    const Day day = from_day_number(static_cast<int>(number));
    const std::string usage_bytes = load_usage_bytes(connection, number);
    const std::string charge_bytes = load_charge_bytes(connection, number);
    const PackedDailyUsage usage(day, usage_bytes);
    std::optional<PackedDailyCharges> charges;
    if (!charge_bytes.empty()) charges.emplace(day, charge_bytes);
    if (visit(day, usage, charges ? &*charges : nullptr) == Visit::stop) return;
  }
}

/// The stored charges that may not change: those booked in a closed month.
std::vector<DailyCharge> load_frozen_charges(UnitOfWork& unit, Day day) {
  const ClosedPeriods closed = load_closed_periods(unit);
  if (closed.empty()) return {};
  const auto series = load_series(unit);
  std::vector<DailyCharge> frozen;
  for (const DailyCharge& row : load_daily_charges(unit, day)) {
    if (closed.contains({series.at(row.key.series).tenant, row.key.booked})) frozen.push_back(row);
  }
  return frozen;
}

}  // namespace

void add_daily_usage(UnitOfWork& unit, std::vector<DailyUsage> rows) {
  merge_equal_keys(rows);
  for (auto first = rows.begin(); first != rows.end();) {
    const Day day = first->key.day;
    const auto last =
        std::find_if(first, rows.end(), [&](const DailyUsage& row) { return row.key.day != day; });
    std::vector<DailyUsage> all = load_daily_usage(unit, day);
    all.insert(all.end(), first, last);
    merge_equal_keys(all);
    replace_daily_usage(unit, day, all);
    first = last;
  }
}

void replace_daily_usage(UnitOfWork& unit, Day day, const std::vector<DailyUsage>& rows) {
  store_usage(unit, to_day_number(day), rows);
  mark_unrated(static_cast<Connection&>(unit).sql, to_day_number(day));
}

std::vector<DailyUsage> load_daily_usage(Connection& connection, Day day) {
  const std::string bytes = load_usage_bytes(connection, to_day_number(day));
  if (bytes.empty()) return {};
  const PackedDailyUsage packed(day, bytes);
  std::vector<DailyUsage> rows;
  rows.reserve(packed.keys().size());
  for (std::size_t row = 0; row < packed.keys().size(); ++row) {
    rows.push_back({packed.keys()[row], packed.requests()[row], packed.tokens(row)});
  }
  return rows;
}

std::vector<DailyCharge> load_daily_charges(Connection& connection, Day day) {
  const std::string bytes = load_charge_bytes(connection, to_day_number(day));
  if (bytes.empty()) return {};
  const PackedDailyCharges packed(day, bytes);
  std::vector<DailyCharge> rows;
  rows.reserve(packed.keys().size());
  for (std::size_t row = 0; row < packed.keys().size(); ++row) {
    rows.push_back({packed.keys()[row], packed.charge(row)});
  }
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
      << "insert into unrated_day(day) select day from usage_daily where day >= :day"
         " on conflict (day) do nothing",
      soci::use(number);
}

void replace_daily_charges(UnitOfWork& unit, Day day, std::vector<DailyCharge> charges) {
  const auto frozen = load_frozen_charges(unit, day);
  charges.insert(charges.end(), frozen.begin(), frozen.end());
  std::ranges::sort(charges, {}, &DailyCharge::key);
  store_daily_charges(unit, day, charges);
}

void store_daily_charges(UnitOfWork& unit, Day day, const std::vector<DailyCharge>& charges) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  const std::int64_t number = to_day_number(day);
  const int codec = daily_codec_version;
  const auto count = static_cast<std::int64_t>(charges.size());
  const std::string bytes = encode_daily_charges(charges);
  if (bytes != load_charge_bytes(unit, number)) {
    BoundBlob blob(sql, bytes);
    sql << upsert_charges, soci::use(number), soci::use(codec), soci::use(count),
        soci::use(blob.value);
    sql << upsert_revision, soci::use(number);
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

std::set<Day> load_rollup_days(Connection& connection) {
  std::int64_t day = 0;
  soci::statement statement =
      (connection.sql.prepare << "select day from usage_daily union select day from cost_daily",
       soci::into(day));
  std::set<Day> days;
  for_each_row(statement, [&] { days.insert(from_day_number(static_cast<int>(day))); });
  return days;
}

void for_each_day(Connection& connection, std::optional<Day> from, std::optional<Day> to,
                  const DayVisitor& visit) {
  visit_days(connection,
             load_days(connection, from ? to_day_number(*from) : day_min,
                       to ? to_day_number(*to) : day_max, std::nullopt),
             visit);
}

void for_each_day_booked_in(Connection& connection, Month month, const DayVisitor& visit) {
  visit_days(connection, load_days(connection, day_min, day_max, month), visit);
}

}  // namespace costd
