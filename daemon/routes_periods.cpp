// Billing periods: how months stand, closing them, and waiving what keeps them open.

#include <fmt/format.h>

#include <algorithm>

#include "daemon/close_settings.hpp"
#include "daemon/json_views.hpp"
#include "jobs/chargeback_job.hpp"
#include "ledger/error.hpp"
#include "ledger/store/run_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

using Standings = std::vector<PeriodStanding>;

Month parse_month_or_throw(const std::string& text) {
  if (const auto month = parse_month(text)) return *month;
  throw Error(ErrorCode::usage, "period \"" + text + "\" is no month; write it like 2026-10");
}

Month month_of_path(const RouteCall& call) {
  return parse_month_or_throw(call.path.at("month"));
}

OrderedJson obstacle_json(const PeriodStanding& standing, const Obstacle& obstacle) {
  const bool is_waived = std::ranges::any_of(
      standing.waivers, [&](const Waiver& waiver) { return covers(waiver, obstacle); });
  return {{"gate", name_of(obstacle.gate)},
          {"amount", obstacle.amount},
          {"what", obstacle.what},
          {"remedy", obstacle.remedy},
          {"waived", is_waived}};
}

OrderedJson waiver_json(const Waiver& waiver) {
  return {{"gate", name_of(waiver.gate)},
          {"at", format_instant(waiver.at)},
          {"by", waiver.by},
          {"reason", waiver.reason},
          {"what", waiver.what}};
}

OrderedJson figures_json(const PeriodFigures& figures) {
  const auto instant = [](const std::optional<Instant>& at) {
    return at ? OrderedJson(format_instant(*at)) : OrderedJson(nullptr);
  };
  return {{"records", figures.records},
          {"totalCost", format_exact(figures.total)},
          {"firstRecordAt", instant(figures.first_record_at)},
          {"lastRecordAt", instant(figures.last_record_at)},
          {"rowsSha256", figures.rows_sha256},
          {"priceBookSha256", figures.price_book_sha256},
          {"costdVersion", figures.costd_version},
          {"tzdata", figures.time_zone_version}};
}

/// What was frozen, and whether the rows of now still come to that.
void add_frozen(OrderedJson& json, const PeriodStanding& standing,
                const std::map<std::string, PeriodFigures>& now) {
  json["frozen"] = nullptr;
  json["frozenMatches"] = nullptr;
  if (!standing.closed || !standing.closed->figures) return;
  const PeriodFigures& frozen = *standing.closed->figures;
  json["frozen"] = figures_json(frozen);
  const auto rows = now.find(standing.facts.tenant);
  json["frozenMatches"] = rows != now.end() && rows->second.rows_sha256 == frozen.rows_sha256 &&
                          rows->second.records == frozen.records &&
                          rows->second.total == frozen.total;
}

OrderedJson period_json(Connection& connection, const PeriodStanding& standing,
                        const std::map<std::string, PeriodFigures>& now) {
  const PeriodFacts& facts = standing.facts;
  OrderedJson obstacles = OrderedJson::array();
  for (const Obstacle& obstacle : standing.obstacles) {
    obstacles.push_back(obstacle_json(standing, obstacle));
  }
  OrderedJson waivers = OrderedJson::array();
  for (const Waiver& waiver : standing.waivers) waivers.push_back(waiver_json(waiver));
  OrderedJson json{{"tenantId", facts.tenant},
                   {"month", format_month(facts.month)},
                   {"timeZone", facts.zone},
                   {"state", name_of(state_of(facts))},
                   {"begin", format_instant(facts.begin)},
                   {"end", format_instant(facts.end)},
                   {"closableFrom", format_instant(facts.closable_from)},
                   {"obstacles", obstacles},
                   {"waivers", waivers},
                   {"closedAt", nullptr},
                   {"closedBy", nullptr},
                   {"finalReportId", nullptr},
                   {"finalRevision", nullptr}};
  if (standing.closed) {
    json["closedAt"] = format_instant(standing.closed->closed_at);
    json["closedBy"] = standing.closed->closed_by;
    if (const auto report = find_latest_report(connection, "chargeback", facts.tenant,
                                               days_of(facts.month), "FINAL")) {
      json["finalReportId"] = report->id;
      json["finalRevision"] = report->revision;
    }
  }
  add_frozen(json, standing, now);
  return json;
}

HttpResponse list_periods(Service& service, const RouteCall& call) {
  const Snapshot snapshot = service.database.snapshot();
  const CloseOptions options = close_options(*service.settings.get(), nullptr);
  const auto tenant = text_query(call, "tenantId");
  const TenantChoice tenants = tenant ? TenantChoice({*tenant}) : std::nullopt;
  const auto month = text_query(call, "month");
  OrderedJson list = OrderedJson::array();
  for (const Month of :
       month ? std::vector{parse_month_or_throw(*month)} : load_months_with_usage(snapshot)) {
    const Standings standings =
        load_period_standings(snapshot, options, of, tenants, service.clock.now());
    std::map<std::string, PeriodFigures> rows_now;
    if (std::ranges::any_of(standings, [](const auto& each) { return each.facts.is_closed; })) {
      rows_now = sum_booked_rows(snapshot, of, tenants);
    }
    for (const PeriodStanding& standing : standings) {
      list.push_back(period_json(snapshot, standing, rows_now));
    }
  }
  return json_response(list);
}

/// The tenants' months that a person means: at least one, with usage in it.
Standings require_standings(Connection& connection, const Service& service, Month month,
                            const std::string& tenant) {
  Standings standings = load_period_standings(
      connection, close_options(*service.settings.get(), nullptr), month,
      tenant.empty() ? std::nullopt : TenantChoice({tenant}), service.clock.now());
  if (!standings.empty()) return standings;
  throw Error(ErrorCode::not_found,
              fmt::format("{} in {}; see costctl periods list",
                          tenant.empty() ? "nobody has usage" : tenant + " has no usage",
                          format_month(month)));
}

/// Only a month that is over can be closed or have something waived.
void require_over(const Standings& standings) {
  const auto first = std::ranges::min_element(
      standings, {}, [](const PeriodStanding& standing) { return standing.facts.end; });
  if (state_of(first->facts) != PeriodState::open) return;
  throw Error(ErrorCode::refused, why_not_waivable(Gate::grace, first->facts));
}

bool has_both(const std::vector<std::string>& jobs) {
  const auto has = [&](const char* job) { return std::ranges::find(jobs, job) != jobs.end(); };
  return has("close") && has("chargeback");
}

/// A month-end run of the month that waits for somebody to act; it is due at once from now on.
std::optional<Run> hasten_waiting_run(UnitOfWork& unit, Month month, const std::string& tenant) {
  for (Run& run : load_runs_in(unit, RunState::queued)) {
    const auto value = [&](const char* name) {
      const auto found = run.parameters.find(name);
      return found == run.parameters.end() ? std::string() : found->second;
    };
    const bool covers_tenant = value("tenant").empty() || value("tenant") == tenant;
    if (!has_both(run.jobs) || value("period") != format_month(month) || !covers_tenant) continue;
    if (run.not_before != Instant{}) {
      run.not_before = Instant{};
      update_run(unit, run);
    }
    return std::move(run);
  }
  return std::nullopt;
}

/// The run that closes the month as far as it can be, and makes the statements that are missing:
/// one that waits, else a new one as the month-end schedule would make it.
Run close_and_state(Service& service, UnitOfWork& unit, const RouteCall& call, Month month,
                    const std::string& tenant) {
  if (auto waiting = hasten_waiting_run(unit, month, tenant)) return std::move(*waiting);
  RunRequest request;
  request.actor = call.actor();
  request.jobs = {"close", "chargeback"};
  const auto schedules = service.scheduler.schedules();
  for (const Schedule& schedule : *schedules) {
    if (!has_both(schedule.jobs)) continue;
    request.jobs = schedule.jobs;
    request.schedule = schedule.name;
    request.timeout = schedule.policy.timeout;
    request.parameters = parameters_for(schedule);
    break;
  }
  request.parameters["period"] = format_month(month);
  request.parameters["statements"] = "missing";
  if (!tenant.empty()) request.parameters["tenant"] = tenant;
  return service.runs.join_or_submit(unit, request);
}

/// Closed, and its FINAL statement is made: nothing is left to do for it.
bool is_done(Connection& connection, const PeriodStanding& standing) {
  return standing.facts.is_closed &&
         find_latest_report(connection, "chargeback", standing.facts.tenant,
                            days_of(standing.facts.month), "FINAL")
             .has_value();
}

HttpResponse close_month(Service& service, const RouteCall& call) {
  const Month month = month_of_path(call);
  const std::string tenant =
      call.request.body.empty() ? "" : text_member(body_object(call), "tenantId");
  UnitOfWork unit = service.database.begin();
  const Standings standings = require_standings(unit, service, month, tenant);
  if (std::ranges::all_of(standings, [&](const auto& each) { return is_done(unit, each); })) {
    throw Error(ErrorCode::conflict,
                fmt::format("{} is closed already{}; see costctl periods list --month {}",
                            format_month(month), tenant.empty() ? "" : " for " + tenant,
                            format_month(month)));
  }
  require_over(standings);
  const Run run = close_and_state(service, unit, call, month, tenant);
  unit.audit({.at = service.clock.now(),
              .actor = call.actor(),
              .action = "run.submit",
              .object = run.id,
              .tenant = tenant,
              .reason = "close " + format_month(month)});
  unit.commit();
  service.runs.wake();
  return json_response(to_json(run), 202);
}

/// The gates a person names, as a list or as text with commas; none = all that block.
std::vector<Gate> gates_of(const nlohmann::json& body) {
  std::vector<std::string> names;
  const auto given = body.find("gates");
  if (given != body.end() && given->is_array()) {
    for (const auto& name : *given)
      names.push_back(name.is_string() ? name.get<std::string>() : name.dump());
  } else {
    names = split_list(text_member(body, "gates"));
  }
  std::vector<Gate> gates;
  for (const std::string& name : names) {
    const auto gate = parse_gate(name);
    if (!gate) {
      throw Error(ErrorCode::usage, fmt::format("gate \"{}\" is none of {}", name, gate_names()));
    }
    gates.push_back(*gate);
  }
  return gates;
}

/// One gate of one tenant that somebody waives.
struct Waiving {
  const PeriodStanding* standing;
  Obstacle obstacle;
};

/// What blocks and is meant. Throws where a gate that is named, or all that blocks, cannot be
/// waived, and where nothing blocks.
std::vector<Waiving> find_waivings(const Standings& standings, const std::vector<Gate>& gates) {
  std::vector<Waiving> waivings;
  std::string why_not;
  for (const PeriodStanding& standing : standings) {
    for (Obstacle& obstacle : standing.blocking()) {
      const bool is_named = std::ranges::find(gates, obstacle.gate) != gates.end();
      if (!gates.empty() && !is_named) continue;
      const std::string refusal = why_not_waivable(obstacle.gate, standing.facts);
      if (refusal.empty()) {
        waivings.push_back({&standing, std::move(obstacle)});
      } else {
        why_not = refusal;
        if (is_named) throw Error(ErrorCode::refused, why_not);
      }
    }
  }
  if (!waivings.empty()) return waivings;
  if (!why_not.empty()) throw Error(ErrorCode::refused, why_not);
  throw Error(ErrorCode::conflict,
              "nothing blocks there, so there is nothing to waive; see "
              "costctl periods list");
}

void store_waiving(Service& service, UnitOfWork& unit, const RouteCall& call,
                   const Waiving& waiving, const std::string& reason) {
  const PeriodFacts& facts = waiving.standing->facts;
  const Obstacle& obstacle = waiving.obstacle;
  store_waiver(unit, facts.tenant, facts.month,
               {obstacle.gate, service.clock.now(), call.actor().text(), reason, obstacle.amount,
                obstacle.subjects, obstacle.what});
  unit.audit({.at = service.clock.now(),
              .actor = call.actor(),
              .action = "period.waive",
              .object = fmt::format("{}/{}", format_month(facts.month), name_of(obstacle.gate)),
              .tenant = facts.tenant,
              .reason = fmt::format("{} ({})", reason, obstacle.what)});
}

/// Of the tenants: somebody's month is open with nothing in the way any more.
bool can_close_any(Connection& connection, const Service& service, const Standings& before) {
  return std::ranges::any_of(before, [&](const PeriodStanding& each) {
    const Standings now =
        require_standings(connection, service, each.facts.month, each.facts.tenant);
    return !now.front().facts.is_closed && now.front().blocking().empty();
  });
}

HttpResponse waive_month(Service& service, const RouteCall& call) {
  const Month month = month_of_path(call);
  const auto body = body_object(call);
  const std::string reason = text_member(body, "reason");
  if (reason.find_first_not_of(" \t\r\n") == std::string::npos) {
    throw Error(ErrorCode::usage, "give the reason; it stays on record with your name");
  }
  const std::string tenant = text_member(body, "tenantId");
  const std::vector<Gate> gates = gates_of(body);
  UnitOfWork unit = service.database.begin();
  const Standings standings = require_standings(unit, service, month, tenant);
  require_over(standings);
  const std::vector<Waiving> waivings = find_waivings(standings, gates);
  OrderedJson waived = OrderedJson::array();
  for (const Waiving& waiving : waivings) {
    store_waiving(service, unit, call, waiving, reason);
    waived.push_back({{"tenantId", waiving.standing->facts.tenant},
                      {"gate", name_of(waiving.obstacle.gate)},
                      {"what", waiving.obstacle.what}});
  }
  OrderedJson run = nullptr;
  if (can_close_any(unit, service, standings)) {
    run = to_json(close_and_state(service, unit, call, month, tenant));
  }
  unit.commit();
  service.runs.wake();
  return json_response({{"month", format_month(month)}, {"waived", waived}, {"run", run}},
                       run.is_null() ? 200 : 202);
}

}  // namespace

std::vector<Route> period_routes() {
  const std::string periods = "/v1/admin/periods";
  return {
      {"GET",
       periods,
       Role::viewer,
       list_periods,
       "months by tenant: state, obstacles, waivers, what they were closed with",
       TenantUse::filtered_by_query,
       {"tenantId", "month"}},
      {"POST", periods + "/{month}/close", Role::operator_, close_month,
       "close a month as far as its gates are open, and make its statements"},
      {"POST", periods + "/{month}/waive", Role::operator_, waive_month,
       "let a month close in spite of what blocks it, with a reason"},
  };
}

}  // namespace costd
