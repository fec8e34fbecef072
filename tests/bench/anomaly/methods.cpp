// The detectors that need no other program.

#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "ledger/anomaly.hpp"
#include "ledger/spend_watch.hpp"
#include "tests/bench/anomaly/score.hpp"

namespace costd::bench {
namespace {

using std::chrono::days;

constexpr double floor_usd = 10;
constexpr double oracle_deviations = 3.6;

double usd(Money amount) {
  return static_cast<double>(amount.picos()) * 1e-12;
}

EventClass event_class(AnomalyClass kind) {
  switch (kind) {
    case AnomalyClass::spike:
      return EventClass::spike;
    case AnomalyClass::drop:
      return EventClass::drop;
    case AnomalyClass::new_spend:
      return EventClass::new_spend;
    case AnomalyClass::level_shift:
      return EventClass::level_shift;
  }
  throw std::logic_error("no such class of anomalies");
}

}  // namespace

Alarms by_robust_rule(const std::vector<WatchedSeries>& all) {
  Alarms alarms;
  for (const WatchedSeries& series : all) {
    std::vector<double> values;
    for (const Money& amount : series.costs.amounts) values.push_back(usd(amount));
    const auto calendar = calendar_of({series.costs.first, series.end() + days(1)});
    for (const WatchIncident& incident : watch_spend(values, calendar, {}, {}).incidents) {
      alarms[series.id].push_back(
          {series.costs.first + days(static_cast<int>(incident.told)), event_class(incident.kind)});
    }
  }
  return alarms;
}

Alarms by_published_rule(const std::vector<WatchedSeries>& all, Money impact_min) {
  Alarms alarms;
  const AnomalyRule rule{.threshold = 50'000, .impact_min = impact_min};
  for (const WatchedSeries& series : all) {
    std::vector<AnomalyFinding> findings;
    for (const Day day : each_day({series.judged_from, series.end()})) {
      if (const auto finding = judge_day(series.costs, day, series.known_since, rule)) {
        findings.push_back(*finding);
      }
    }
    for (const AnomalyIncident& incident : group_incidents(findings)) {
      alarms[series.id].push_back({incident.first_day, {}});
    }
  }
  return alarms;
}

Alarms by_oracle(const std::vector<WatchedSeries>& all) {
  Alarms alarms;
  for (const WatchedSeries& series : all) {
    std::vector<Day> flagged;
    for (const Day day : each_day({series.judged_from, series.end()})) {
      const double usual = series.usual[std::size_t((day - series.costs.first).count())];
      const double cost = usd(series.costs.on(day));
      if (std::fabs(cost - usual) < floor_usd) continue;
      const double limit = oracle_deviations * series.noise;
      if (usual > 0 && cost > 0 && std::fabs(std::log(cost / usual)) <= limit) continue;
      flagged.push_back(day);
    }
    alarms[series.id] = group_days(flagged);
  }
  return alarms;
}

Alarms read_field(const std::string& path, const std::vector<WatchedSeries>& all) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error(path + ": cannot be read, or is empty");
  std::map<std::string, std::vector<Day>> flagged;
  while (std::getline(file, line)) {
    std::istringstream text(line);
    std::string id, at, distance;
    if (!std::getline(text, id, ',') || !std::getline(text, at, ',') ||
        !std::getline(text, distance)) {
      throw std::runtime_error(path + ": not three fields: " + line);
    }
    if (std::fabs(std::stod(distance)) < floor_usd) continue;
    for (const WatchedSeries& series : all) {
      if (series.id == id) flagged[id].push_back(series.costs.first + days(std::stoi(at)));
    }
  }
  Alarms alarms;
  for (const auto& [id, list] : flagged) alarms[id] = group_days(list);
  return alarms;
}

}  // namespace costd::bench
