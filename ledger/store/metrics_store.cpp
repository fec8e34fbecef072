#include "ledger/store/metrics_store.hpp"

#include <nlohmann/json.hpp>

#include "ledger/store/connection.hpp"

namespace costd {
namespace {

constexpr const char* select_runs = "select jobs, state, count(*) from run group by jobs, state";

constexpr const char* select_outbox = "select state, count(*) from outbox group by state";

constexpr const char* select_late =
    "select count(*), coalesce(min(slot_at), 0) from run"
    " where state = 'queued' and slot_at > 0 and slot_at < :due and started_at = 0";

}  // namespace

std::map<std::pair<std::string, std::string>, std::int64_t> count_runs_by_job(
    Connection& connection) {
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
  std::string jobs;
  std::string state;
  std::int64_t count = 0;
  soci::statement statement = (connection.sql.prepare << select_runs, soci::into(jobs),
                               soci::into(state), soci::into(count));
  for_each_row(statement, [&] {
    for (const auto& job : nlohmann::json::parse(jobs)) {
      counts[{job.get<std::string>(), state}] += count;
    }
  });
  return counts;
}

std::map<std::string, std::int64_t> count_outbox_states(Connection& connection) {
  std::map<std::string, std::int64_t> counts;
  std::string state;
  std::int64_t count = 0;
  soci::statement statement =
      (connection.sql.prepare << select_outbox, soci::into(state), soci::into(count));
  for_each_row(statement, [&] { counts[state] = count; });
  return counts;
}

LateSlots find_late_slots(Connection& connection, Instant due_before) {
  const std::int64_t due = to_micros(due_before);
  LateSlots late;
  std::int64_t oldest = 0;
  connection.sql << select_late, soci::into(late.count), soci::into(oldest), soci::use(due);
  late.oldest = from_micros(oldest);
  return late;
}

}  // namespace costd
