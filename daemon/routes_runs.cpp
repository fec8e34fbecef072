// Runs and schedules.

#include <algorithm>

#include "daemon/json_views.hpp"
#include "jobs/chargeback_job.hpp"
#include "ledger/error.hpp"
#include "ledger/store/run_store.hpp"

namespace costd {
namespace {

constexpr std::int64_t wait_seconds_max = 60;

/// Members of a run request that become parameters of the run, by their name there.
constexpr std::array<std::pair<const char*, const char*>, 6> request_parameters{
    {{"period", "period"},
     {"from", "from"},
     {"to", "to"},
     {"tenantId", "tenant"},
     {"asOf", "asOf"},
     {"type", "types"}}};

HttpResponse start_run(Service& service, const RouteCall& call) {
  const auto body = body_object(call);
  RunRequest request;
  request.actor = call.actor();
  if (const std::string name = text_member(body, "schedule"); !name.empty()) {
    const Schedule schedule = service.scheduler.get(name);
    request.parameters = parameters_for(schedule);
    request.schedule = name;
    request.jobs = schedule.jobs;
    request.timeout = schedule.policy.timeout;
  }
  if (const std::string job = text_member(body, "job"); !job.empty()) {
    request.jobs = split_list(job);
  }
  if (request.jobs.empty()) {
    throw Error(ErrorCode::usage, "name the job to run, or a schedule whose jobs run");
  }
  for (const auto& [member, parameter] : request_parameters) {
    if (const std::string value = text_member(body, member); !value.empty()) {
      request.parameters[parameter] = value;
    }
  }
  return json_response(to_json(service.runs.submit(request)), 202);
}

HttpResponse list_runs(Service& service, const RouteCall& call) {
  OrderedJson list = OrderedJson::array();
  RunFilter filter{call.query("schedule"), std::nullopt};
  if (const std::string state = call.query("state"); !state.empty()) {
    try {
      filter.state = parse_run_state(state);
    } catch (const Error& error) {
      throw Error(ErrorCode::usage, error.what());
    }
  }
  for (const Run& run : load_runs(service.database.snapshot(), filter,
                                  number_query(call, "limit", page_default, page_max))) {
    list.push_back(to_json(run));
  }
  return json_response(list);
}

HttpResponse show_run(Service& service, const RouteCall& call) {
  const auto run = service.runs.find(call.path.at("id"));
  if (!run) {
    throw Error(ErrorCode::not_found,
                "there is no run " + call.path.at("id") + "; see costctl runs list");
  }
  HttpResponse response = json_response(to_json(*run));
  const auto after = number_query(call, "after", -1, std::numeric_limits<std::int64_t>::max());
  if (after >= 0 && run->revision <= after && !is_ended(run->state)) {
    response.ask_again_for = std::chrono::seconds(number_query(call, "wait", 0, wait_seconds_max));
  }
  return response;
}

HttpResponse cancel_run(Service& service, const RouteCall& call) {
  const std::string& id = call.path.at("id");
  if (!service.runs.cancel(id, call.actor())) {
    throw Error(ErrorCode::conflict, "run " + id + " has ended already");
  }
  return json_response(to_json(service.runs.find(id).value()), 202);
}

HttpResponse retry_run(Service& service, const RouteCall& call) {
  return json_response(to_json(service.runs.retry(call.path.at("id"), call.actor())), 202);
}

HttpResponse discard_run(Service& service, const RouteCall& call) {
  return json_response(
      to_json(service.runs.discard(call.path.at("id"), call.actor(), call.query("reason"))));
}

HttpResponse list_schedules(Service& service, const RouteCall&) {
  OrderedJson list = OrderedJson::array();
  const Snapshot snapshot = service.database.snapshot();
  for (const Schedule& schedule : *service.scheduler.schedules()) {
    const auto state = find_schedule_state(snapshot, schedule.name);
    const auto slot = schedule.next_after(service.clock.now());
    const auto runs = load_runs(snapshot, {schedule.name, std::nullopt}, 1);
    list.push_back({{"name", schedule.name},
                    {"cron", schedule.cron.text()},
                    {"timeZone", schedule.zone.name()},
                    {"jobs", schedule.jobs},
                    {"period", schedule.period},
                    {"paused", state && state->paused},
                    {"invalid", schedule.invalid},
                    {"nextSlot", slot ? OrderedJson(format_instant(*slot)) : OrderedJson(nullptr)},
                    {"lastRun", runs.empty() ? OrderedJson(nullptr) : to_json(runs.front())}});
  }
  return json_response(list);
}

HttpResponse set_paused(Service& service, const RouteCall& call, const std::string& verb) {
  const std::string& name = call.path.at("name");
  service.scheduler.set_paused(name, verb == "pause", service.clock.now(), call.actor());
  return json_response({{"name", name}, {"paused", verb == "pause"}});
}

}  // namespace

std::vector<Route> run_routes() {
  const auto pausing = [](const char* verb) {
    return
        [verb](Service& service, const RouteCall& call) { return set_paused(service, call, verb); };
  };
  return {
      {"POST", "/v1/admin/runs", Role::operator_, start_run, "start a job or a schedule's jobs"},
      {"GET",
       "/v1/admin/runs",
       Role::viewer,
       list_runs,
       "runs, newest first",
       TenantUse::platform_only,
       {"schedule", "state", "limit"}},
      {"GET",
       "/v1/admin/runs/{id}",
       Role::viewer,
       show_run,
       "one run; wait=S&after=REVISION waits for news",
       TenantUse::platform_only,
       {"wait", "after"}},
      {"POST", "/v1/admin/runs/{id}/cancel", Role::operator_, cancel_run, "stop a run"},
      {"POST", "/v1/admin/runs/{id}/retry", Role::operator_, retry_run,
       "try a failed or waiting run again now, from the job that stopped it"},
      {"POST",
       "/v1/admin/runs/{id}/discard",
       Role::operator_,
       discard_run,
       "a failed run is not to be tried again; give the reason",
       TenantUse::platform_only,
       {"reason"}},
      {"GET", "/v1/admin/schedules", Role::viewer, list_schedules, "schedules and their next slot"},
      {"POST", "/v1/admin/schedules/{name}/pause", Role::operator_, pausing("pause"),
       "decide no more slots"},
      {"POST", "/v1/admin/schedules/{name}/resume", Role::operator_, pausing("resume"),
       "decide slots again, from now on"},
  };
}

}  // namespace costd
