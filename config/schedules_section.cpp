#include <algorithm>

#include "config/sections.hpp"
#include "ledger/error.hpp"
#include "ledger/time/zone.hpp"

namespace costd {
namespace {

std::vector<std::string> read_jobs(const YamlValue& value,
                                   const std::vector<std::string>& known_jobs) {
  const Names known(known_jobs.begin(), known_jobs.end());
  std::vector<std::string> jobs;
  for (const YamlValue& item : value.items()) {
    jobs.push_back(item.text());
    if (std::find(known.begin(), known.end(), jobs.back()) != known.end()) continue;
    const std::optional<std::string_view> nearest = find_nearest_name(jobs.back(), known);
    item.fail_as_written(
        "which is no job; " +
        (nearest ? "did you mean " + std::string(*nearest) + "? The" : std::string("the")) +
        " jobs are " + list_names(known));
  }
  if (jobs.empty()) value.fail("'jobs' is an empty list; name at least one job");
  return jobs;
}

std::vector<std::string> read_recipients(const YamlValue& value) {
  for (const YamlValue& item : value.items()) read_mail_address(item);
  return value.texts();
}

void read_zone(const YamlValue& value, UnknownZones unknown_zones, ScheduleSettings& schedule) {
  schedule.time_zone = value.text();
  try {
    schedule.time_zone = Zone(schedule.time_zone).name();
  } catch (const Error& error) {
    const std::string why = "schedule \"" + schedule.name + "\": " + error.what();
    if (unknown_zones == UnknownZones::refused) value.fail(why);
    schedule.zone_error = value.where() + ": " + why;
  }
}

/// Which compliance reports are made; a schedule that makes none has no types.
std::vector<std::string> read_types(const YamlMap& entry, const std::vector<std::string>& jobs) {
  const bool makes_reports = std::ranges::find(jobs, compliance_job) != jobs.end();
  const auto types = entry.find("types");
  if (!makes_reports) {
    if (types) types->fail("'types' is for the job compliance; remove it or add that to 'jobs'");
    return {};
  }
  if (!types) {
    entry.get("jobs").fail(
        "the job compliance needs the types of its reports; add types: [soc2], or hipaa, gdpr");
  }
  if (types->items().empty()) {
    types->fail("'types' is an empty list; name at least one of soc2, hipaa, gdpr");
  }
  return types->choices({"soc2", "hipaa", "gdpr"});
}

/// Nothing, or at least a second.
std::optional<std::chrono::seconds> read_time(const YamlMap& entry, const char* key) {
  const auto value = entry.find(key);
  if (!value) return std::nullopt;
  const auto time = value->duration();
  if (time < std::chrono::seconds(1)) value->fail_as_written("which is no time; write 1s or more");
  return time;
}

/// How slots become runs: what is caught up, what waits for what, for how long.
void read_policies(const YamlMap& entry, ScheduleSettings& schedule) {
  constexpr IntegerRange catch_up_slots{1, 100'000};
  schedule.catch_up = entry.choice_or("catch_up", {"all", "latest", "none"}, "");
  schedule.overlap = entry.choice_or("overlap", {"queue", "forbid"}, "");
  schedule.after_previous = !entry.choice_or("after", {"previous"}, "").empty();
  if (schedule.after_previous && schedule.overlap == "forbid") {
    entry.get("after").fail("'after: previous' needs overlap: queue; with forbid no slot waits");
  }
  if (const auto slots = entry.find("max_catch_up")) {
    schedule.max_catch_up = slots->integer(catch_up_slots);
  }
  schedule.start_deadline = read_time(entry, "start_deadline");
  schedule.jitter = read_time(entry, "jitter").value_or(schedule.jitter);
  schedule.timeout = read_time(entry, "timeout").value_or(schedule.timeout);
  if (const auto day = entry.find("backfill_from")) schedule.backfill_from = day->day();
}

ScheduleSettings read_schedule(const YamlMap& entry, const std::vector<std::string>& known_jobs,
                               UnknownZones unknown_zones) {
  ScheduleSettings schedule;
  schedule.where = entry.self().where();
  schedule.name = entry.get("name").text();
  schedule.cron = entry.get("cron").text();
  if (const auto zone = entry.find("time_zone")) read_zone(*zone, unknown_zones, schedule);
  schedule.jobs = read_jobs(entry.get("jobs"), known_jobs);
  schedule.period = entry.choice_or("period", {"previous_month", "current_month"}, "");
  if (const auto formats = entry.find("formats")) {
    schedule.formats = formats->choices({"pdf", "csv", "xlsx"});
    if (schedule.formats.empty()) {
      formats->fail("'formats' is an empty list; name at least one of pdf, csv, xlsx");
    }
  }
  if (const auto value = entry.find("recipients")) schedule.recipients = read_recipients(*value);
  schedule.types = read_types(entry, schedule.jobs);
  schedule.tenant = entry.text_or("tenant", "");
  read_policies(entry, schedule);
  schedule.dst_gap = entry.choice_or("dst_gap", {"run", "skip"}, schedule.dst_gap);
  if (const auto seconds = entry.find("seconds")) schedule.seconds = seconds->boolean();
  return schedule;
}

}  // namespace

std::vector<ScheduleSettings> read_schedules(const YamlValue& list,
                                             const std::vector<std::string>& known_jobs,
                                             UnknownZones unknown_zones) {
  const Names keys{"name",    "cron",       "time_zone",     "jobs",           "period",
                   "formats", "recipients", "tenant",        "catch_up",       "overlap",
                   "dst_gap", "seconds",    "max_catch_up",  "start_deadline", "after",
                   "jitter",  "timeout",    "backfill_from", "types"};
  std::vector<ScheduleSettings> schedules;
  UniqueNames names;
  for (const YamlValue& item : list.items()) {
    const YamlMap entry = item.map(keys);
    schedules.push_back(read_schedule(entry, known_jobs, unknown_zones));
    names.add(entry.get("name"));
  }
  return schedules;
}

std::chrono::seconds read_clock_jump_guard(const YamlValue& value) {
  const auto guard = value.duration();
  if (guard < std::chrono::hours(1)) {
    value.fail_as_written(
        "which is less than an hour; a shorter guard would hold what is in order");
  }
  return guard;
}

}  // namespace costd
