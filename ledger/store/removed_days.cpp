#include "ledger/store/removed_days.hpp"

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* upsert_day =
    "insert into removed_day(source_id, day, record_count) values (:source, :day, :records)"
    " on conflict (source_id, day) do update"
    " set record_count = removed_day.record_count + excluded.record_count";

}  // namespace

void store_removed_records(UnitOfWork& unit, SourceId source, BlockDay day, std::int64_t records) {
  static_cast<Connection&>(unit).sql << upsert_day, soci::use(source), soci::use(day),
      soci::use(records);
}

std::set<BlockDay> load_removed_days(Connection& connection) {
  BlockDay day = 0;
  soci::statement statement =
      (connection.sql.prepare << "select distinct day from removed_day", soci::into(day));
  std::set<BlockDay> days;
  for_each_row(statement, [&] { days.insert(day); });
  return days;
}

LastRemovedDays load_last_removed_days(Connection& connection) {
  SourceId source = 0;
  BlockDay day = 0;
  soci::statement statement =
      (connection.sql.prepare << "select source_id, max(day) from removed_day group by source_id",
       soci::into(source), soci::into(day));
  LastRemovedDays days;
  for_each_row(statement, [&] { days.emplace(source, day); });
  return days;
}

bool is_beyond_retention(const LastRemovedDays& last_days, SourceId source, BlockDay day) {
  const auto last = last_days.find(source);
  return last != last_days.end() && day <= last->second;
}

}  // namespace costd
