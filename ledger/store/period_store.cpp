#include "ledger/store/period_store.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* select_closed =
    "select tenant, month, closed_at, closed_by, frozen from billing_period"
    " where state = 'closed' order by month, tenant";

constexpr const char* upsert_waiver =
    "insert into period_waiver(tenant, month, gate, waived_at, waived_by, reason, amount, subjects,"
    " obstacle) values (:tenant, :month, :gate, :at, :by, :reason, :amount, :subjects, :obstacle)"
    " on conflict (tenant, month, gate) do update set waived_at = excluded.waived_at,"
    " waived_by = excluded.waived_by, reason = excluded.reason, amount = excluded.amount,"
    " subjects = excluded.subjects, obstacle = excluded.obstacle";

constexpr const char* select_waivers =
    "select tenant, gate, waived_at, waived_by, reason, amount, subjects, obstacle"
    " from period_waiver where month = :month";

constexpr const char* select_last_records =
    "select s.name, max(b.last_at) from usage_block b join source s on s.id = b.source_id"
    " group by s.name";

constexpr const char* select_last_removed =
    "select s.name, max(r.day) from removed_day r join source s on s.id = r.source_id"
    " group by s.name";

// The day of a line without one is far before any month.
constexpr const char* select_refusals =
    "select coalesce(sum(case when day >= :from and day < :to then 1 else 0 end), 0),"
    " coalesce(sum(case when day < :never and line > 0 and quarantined_at >= :since"
    " then 1 else 0 end), 0),"
    " coalesce(sum(case when day < :never2 and line = 0 and quarantined_at >= :since2"
    " then 1 else 0 end), 0)"
    " from quarantine where tenant = :tenant or tenant = ''";

constexpr std::int64_t first_day_number = -1'000'000;  // some 2,700 years before 1970
constexpr std::int64_t micros_a_day = 86'400'000'000;

}  // namespace

std::vector<ClosedPeriod> load_closed_period_records(Connection& connection) {
  ClosedPeriod period;
  int month = 0;
  std::int64_t at = 0;
  std::string frozen;
  soci::statement statement =
      (connection.sql.prepare << select_closed, soci::into(period.tenant), soci::into(month),
       soci::into(at), soci::into(period.closed_by), soci::into(frozen));
  std::vector<ClosedPeriod> periods;
  for_each_row(statement, [&] {
    period.month = from_month_number(month);
    period.closed_at = from_micros(at);
    period.figures = period_figures_from_json(frozen);
    periods.push_back(period);
  });
  return periods;
}

void store_period_figures(UnitOfWork& unit, const std::string& tenant, Month month,
                          const PeriodFigures& figures) {
  const int number = to_month_number(month);
  const std::string frozen = to_json(figures);
  static_cast<Connection&>(unit).sql
      << "update billing_period set frozen = :frozen where tenant = :tenant and month = :month"
         " and frozen = '{}'",
      soci::use(frozen), soci::use(tenant), soci::use(number);
}

void store_waiver(UnitOfWork& unit, const std::string& tenant, Month month, const Waiver& waiver) {
  const int number = to_month_number(month);
  const std::string gate(name_of(waiver.gate));
  const std::int64_t at = to_micros(waiver.at);
  const std::string subjects = nlohmann::json(waiver.subjects).dump();
  static_cast<Connection&>(unit).sql << upsert_waiver, soci::use(tenant), soci::use(number),
      soci::use(gate), soci::use(at), soci::use(waiver.by), soci::use(waiver.reason),
      soci::use(waiver.amount), soci::use(subjects), soci::use(waiver.what);
}

std::map<std::string, std::vector<Waiver>> load_waivers(Connection& connection, Month month) {
  const int number = to_month_number(month);
  std::string tenant;
  std::string gate;
  std::int64_t at = 0;
  std::string subjects;
  Waiver waiver;
  soci::statement statement =
      (connection.sql.prepare << select_waivers, soci::into(tenant), soci::into(gate),
       soci::into(at), soci::into(waiver.by), soci::into(waiver.reason), soci::into(waiver.amount),
       soci::into(subjects), soci::into(waiver.what), soci::use(number));
  std::map<std::string, std::vector<Waiver>> waivers;
  for_each_row(statement, [&] {
    const auto known = parse_gate(gate);
    if (!known) return;  // of a newer costd: it opens nothing here
    waiver.gate = *known;
    waiver.at = from_micros(at);
    waiver.subjects = nlohmann::json::parse(subjects).get<std::vector<std::string>>();
    waivers[tenant].push_back(waiver);
  });
  for (auto& [id, list] : waivers) std::ranges::sort(list, {}, &Waiver::gate);
  return waivers;
}

std::map<std::string, Instant> load_source_progress(Connection& connection) {
  std::map<std::string, Instant> progress;
  const auto read = [&](const char* query, std::int64_t unit) {
    std::string name;
    std::int64_t last = 0;
    soci::statement statement =
        (connection.sql.prepare << query, soci::into(name), soci::into(last));
    for_each_row(statement, [&] {
      Instant& at = progress.try_emplace(name, Instant::min()).first->second;
      at = std::max(at, from_micros(last * unit));
    });
  };
  read(select_last_records, 1);
  read(select_last_removed, micros_a_day);
  return progress;
}

RefusedCounts count_refusals(Connection& connection, const std::string& tenant,
                             const DayRange& days, Instant since) {
  const std::int64_t from = to_day_number(days.from);
  const std::int64_t to = to_day_number(days.to);
  const std::int64_t since_at = to_micros(since);
  RefusedCounts counts;
  connection.sql << select_refusals, soci::into(counts.dated_lines),
      soci::into(counts.undated_lines), soci::into(counts.files), soci::use(from), soci::use(to),
      soci::use(first_day_number), soci::use(since_at), soci::use(first_day_number),
      soci::use(since_at), soci::use(tenant);
  return counts;
}

}  // namespace costd
