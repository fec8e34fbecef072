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

std::string read_zone_of(const std::string& schedule, const YamlValue& zone) {
  const std::string name = zone.text();
  try {
    return Zone(name).name();
  } catch (const Error& error) {
    zone.fail("schedule \"" + schedule + "\": " + error.what());
  }
}

ScheduleSettings read_schedule(const YamlMap& entry, const std::vector<std::string>& known_jobs) {
  ScheduleSettings schedule;
  schedule.where = entry.self().where();
  schedule.name = entry.get("name").text();
  schedule.cron = entry.get("cron").text();
  if (const auto zone = entry.find("time_zone")) {
    schedule.time_zone = read_zone_of(schedule.name, *zone);
  }
  schedule.jobs = read_jobs(entry.get("jobs"), known_jobs);
  schedule.period = entry.choice_or("period", {"previous_month", "current_month"}, "");
  if (const auto formats = entry.find("formats")) {
    schedule.formats = formats->choices({"pdf", "csv", "xlsx"});
    if (schedule.formats.empty()) {
      formats->fail("'formats' is an empty list; name at least one of pdf, csv, xlsx");
    }
  }
  if (const auto value = entry.find("recipients")) schedule.recipients = read_recipients(*value);
  schedule.tenant = entry.text_or("tenant", "");
  schedule.catch_up = entry.choice_or("catch_up", {"all", "latest", "none"}, "");
  schedule.overlap = entry.choice_or("overlap", {"queue", "forbid"}, "");
  schedule.dst_gap = entry.choice_or("dst_gap", {"run", "skip"}, schedule.dst_gap);
  if (const auto seconds = entry.find("seconds")) schedule.seconds = seconds->boolean();
  return schedule;
}

}  // namespace

std::vector<ScheduleSettings> read_schedules(const YamlValue& list,
                                             const std::vector<std::string>& known_jobs) {
  const Names keys{"name",       "cron",   "time_zone", "jobs",    "period",  "formats",
                   "recipients", "tenant", "catch_up",  "overlap", "dst_gap", "seconds"};
  std::vector<ScheduleSettings> schedules;
  UniqueNames names;
  for (const YamlValue& item : list.items()) {
    const YamlMap entry = item.map(keys);
    schedules.push_back(read_schedule(entry, known_jobs));
    names.add(entry.get("name"));
  }
  return schedules;
}

}  // namespace costd
