#include "jobs/alerts/run_alerts.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledger/store/alert_store.hpp"
#include "ledger/store/run_store.hpp"

namespace costd {
namespace {

constexpr std::chrono::hours told_again_after{24};

bool was_told(Connection& connection, const Run& run, const std::string& prefix, Instant now) {
  if (run.schedule.empty()) return false;
  const auto last = find_last_alert(connection, prefix);
  if (!last || now - *last >= told_again_after) return false;
  const auto success = find_last_success(connection, run.schedule);
  return !success || *success < *last;
}

}  // namespace

void raise_failed_run(UnitOfWork& unit, AlertDesk& desk, const Run& run, Instant now) {
  const std::string prefix = fmt::format("run/{}/", run.schedule);
  if (was_told(unit, run, prefix, now)) return;
  const std::string jobs = fmt::format("{}", fmt::join(run.jobs, ","));
  Alert alert;
  alert.kind = AlertKind::failed_run;
  alert.key = prefix + run.id;
  const auto tenant = run.parameters.find("tenant");
  if (tenant != run.parameters.end()) alert.tenant = tenant->second;
  alert.subject = "runs/" + run.id;
  alert.title = run.schedule.empty()
                    ? fmt::format("the run of {} failed: {}", jobs, run.error)
                    : fmt::format("schedule {} ({}) failed: {}", run.schedule, jobs, run.error);
  alert.data = nlohmann::ordered_json{{"id", run.id},
                                      {"jobs", jobs},
                                      {"schedule", run.schedule},
                                      {"trigger", run.trigger},
                                      {"attempt", run.attempt},
                                      {"startedAt", format_instant(run.started_at)},
                                      {"finishedAt", format_instant(run.finished_at)},
                                      {"error", run.error}}
                   .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  desk.raise(unit, alert, now);
}

}  // namespace costd
