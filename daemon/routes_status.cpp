// Health, self-description, tenants and sources.

#include <fmt/format.h>

#include <algorithm>

#include "daemon/json_views.hpp"
#include "ledger/error.hpp"
#include "ledger/store/clock_store.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/file_ledger.hpp"
#include "ledger/store/report_store.hpp"
#include "ledger/store/run_store.hpp"
#include "ledger/store/usage_blocks.hpp"

namespace costd {
namespace {

constexpr std::int64_t runs_shown = 5;

OrderedJson problem(const char* kind, std::int64_t count, const std::string& message) {
  return {{"kind", kind}, {"count", count}, {"message", message}};
}

/// What needs a person, most costly first.
OrderedJson problems_of(Connection& connection, const CostGroup& all, const IngestTotals& taken) {
  OrderedJson problems = OrderedJson::array();
  const auto unrated = static_cast<std::int64_t>(load_unrated_days(connection).size());
  if (unrated > 0) {
    problems.push_back(problem("UNRATED", unrated,
                               fmt::format("{} days of usage wait for the rollup; it runs with the "
                                           "next schedule, or: costctl run rollup",
                                           unrated)));
  } else if (all.usage.unpriced_requests > 0) {
    problems.push_back(
        problem("UNPRICED", all.usage.unpriced_requests,
                fmt::format("{} requests have no price and are in no total; add prices for them: "
                            "costctl costs summary --group-by model shows which",
                            format_count(all.usage.unpriced_requests))));
  }
  if (all.usage.out_of_range_requests > 0) {
    problems.push_back(problem("OUT_OF_RANGE", all.usage.out_of_range_requests,
                               "some daily amounts are beyond 9.2 million USD and are set apart"));
  }
  if (taken.quarantined > 0) {
    problems.push_back(problem("QUARANTINED", taken.quarantined,
                               fmt::format("{} lines or files were refused; their reasons are at "
                                           "/v1/admin/quarantine",
                                           format_count(taken.quarantined))));
  }
  if (taken.clamped > 0) {
    problems.push_back(problem("CLAMPED", taken.clamped,
                               fmt::format("{} records have a count of 2147483647, the largest the "
                                           "gateway can write: their usage may be under-counted",
                                           format_count(taken.clamped))));
  }
  if (const auto failed = count_undecided_failures(connection); failed > 0) {
    problems.push_back(problem("FAILED_RUNS", failed,
                               fmt::format("{} runs of schedules were given up; see costctl runs "
                                           "list --state failed, then runs retry or discard",
                                           failed)));
  }
  if (const auto damaged = count_damaged_report_files(connection); damaged > 0) {
    problems.push_back(problem("DAMAGED", damaged,
                               fmt::format("{} report files are damaged or missing; costctl "
                                           "chargeback show ID says why",
                                           damaged)));
  }
  if (const auto hold = find_clock_hold(connection)) {
    problems.push_back(problem("CLOCK_HELD", 1,
                               fmt::format("the clock went from {} to {}: nothing is closed or "
                                           "mailed until it is right: costctl clock confirm",
                                           format_instant(hold->from), format_instant(hold->to))));
  }
  const OutboxCounts outbox = count_outbox(connection);
  if (outbox.failed > 0) {
    problems.push_back(
        problem("UNDELIVERED", outbox.failed,
                fmt::format("{} messages were given up; see costctl outbox list", outbox.failed)));
  }
  if (outbox.held > 0) {
    problems.push_back(problem("AMBIGUOUS", outbox.held,
                               fmt::format("{} messages may have arrived or not, and are held; "
                                           "see costctl outbox list, then outbox confirm, retry "
                                           "or discard",
                                           outbox.held)));
  }
  return problems;
}

OrderedJson next_slots_of(Service& service, Connection& connection) {
  const Instant now = service.clock.now();
  std::map<Instant, OrderedJson> by_slot;
  for (const Schedule& schedule : *service.scheduler.schedules()) {
    const auto state = find_schedule_state(connection, schedule.name);
    if (state && state->paused) continue;
    const auto slot = schedule.next_after(now);
    if (!slot) continue;
    by_slot[*slot].push_back({{"schedule", schedule.name},
                              {"slot", format_instant(*slot)},
                              {"local", format_local_minute(schedule.zone.local(*slot))},
                              {"timeZone", schedule.zone.name()},
                              {"jobs", schedule.jobs}});
  }
  OrderedJson slots = OrderedJson::array();
  for (const auto& [slot, schedules] : by_slot) {
    slots.insert(slots.end(), schedules.begin(), schedules.end());
  }
  return slots;
}

/// The oldest UTC day of which raw records are kept; null if there is none.
OrderedJson oldest_record_day(Connection& connection) {
  const auto day = find_first_block_day(connection);
  return day ? OrderedJson(format_day(from_day_number(*day))) : OrderedJson(nullptr);
}

HttpResponse show_status(Service& service, const RouteCall&) {
  const auto settings = service.settings.get();
  const Snapshot snapshot = service.database.snapshot();
  const IngestTotals taken = load_all_ingest_totals(snapshot);
  const CostGroup all = summarize_all_costs(snapshot, {});
  OrderedJson problems = problems_of(snapshot, all, taken);
  if (const auto installed = installed_time_zone_version(); installed != service.tzdata) {
    problems.push_back(problem("TZDATA_CHANGED", 1,
                               fmt::format("slots and days are made by the time-zone rules {}, the "
                                           "machine has {} now: restart costd to follow them",
                                           service.tzdata, installed)));
  }
  const OutboxCounts outbox = count_outbox(snapshot);
  OrderedJson runs = OrderedJson::array();
  for (const Run& run : load_runs(snapshot, {}, runs_shown)) runs.push_back(to_json(run));
  return json_response({{"version", COSTD_VERSION},
                        {"health", problems.empty() ? "ok" : "attention"},
                        {"startedAt", format_instant(service.started_at)},
                        {"now", format_instant(service.clock.now())},
                        {"stateDir", settings->state_dir},
                        {"timeZone", settings->time_zone},
                        {"tzdata", service.tzdata},
                        {"records", taken.accepted},
                        {"oldestRecordDay", oldest_record_day(snapshot)},
                        {"duplicates", taken.duplicates},
                        {"quarantined", taken.quarantined},
                        {"unpricedRequests", all.usage.unpriced_requests},
                        {"mailsWaiting", outbox.waiting},
                        {"mailsSent", outbox.sent},
                        {"mailsAmbiguous", outbox.ambiguous_mail_attempts},
                        {"recovery", to_json(service.recovery)},
                        {"problems", problems},
                        {"lastRuns", runs},
                        {"nextSlots", next_slots_of(service, snapshot)}});
}

HttpResponse list_routes(Service&, const RouteCall& call) {
  OrderedJson list = OrderedJson::array();
  for (const Route& route : all_routes()) {
    if (!is_there(route, call.access)) continue;
    list.push_back({{"method", route.method},
                    {"path", route.path},
                    {"role", name_of(route.role)},
                    {"help", route.help}});
  }
  return json_response(list);
}

HttpResponse list_sources(Service& service, const RouteCall&) {
  OrderedJson list = OrderedJson::array();
  const auto settings = service.settings.get();
  for (const SourceSettings& source : settings->sources) {
    list.push_back({{"name", source.name},
                    {"type", source.type},
                    {"path", source.path},
                    {"format", source.is_audit() ? "" : source.format}});
  }
  return json_response(list);
}

HttpResponse list_quarantine(Service& service, const RouteCall& call) {
  OrderedJson list = OrderedJson::array();
  for (const QuarantinedLine& line :
       load_quarantined_lines(service.database.snapshot(), number_query(call, "limit", 50, 1000))) {
    list.push_back({{"file", line.file_name},
                    {"line", line.line},
                    {"reason", line.reason},
                    {"detail", line.detail},
                    {"recordId", line.record_id},
                    {"tenantId", line.tenant},
                    {"quarantinedAt", format_instant(line.at)}});
  }
  return json_response(list);
}

}  // namespace

std::vector<Route> status_routes() {
  return {
      {"GET", "/v1/admin", Role::viewer, list_routes, "what this socket can do", TenantUse::open},
      {"GET", "/v1/admin/status", Role::viewer, show_status,
       "health, open problems, last runs, next slots"},
      {"GET", "/v1/admin/sources", Role::viewer, list_sources, "the spools"},
      {"GET",
       "/v1/admin/quarantine",
       Role::viewer,
       list_quarantine,
       "refused lines and files with their reasons",
       TenantUse::platform_only,
       {"limit"}},
  };
}

}  // namespace costd
