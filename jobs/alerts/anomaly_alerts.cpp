#include "jobs/alerts/anomaly_alerts.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledger/store/database.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

using std::chrono::days;

/// An alert follows when the impact is this many times that of the last one.
constexpr int growth_told = 2;

bool is_about_the_same(const StoredAnomaly& a, const StoredAnomaly& b) {
  return a.rule == b.rule && a.tenant == b.tenant && a.api_key == b.api_key && a.model == b.model &&
         a.provider == b.provider;
}

bool touches(const StoredAnomaly& a, const StoredAnomaly& b) {
  return is_about_the_same(a, b) && a.incident.first_day <= b.incident.last_day + days(1) &&
         b.incident.first_day <= a.incident.last_day + days(1);
}

constexpr std::size_t nothing = static_cast<std::size_t>(-1);

/// For each found one the place of the known one that it is, or `nothing`. One of the same first
/// day goes before one that only touches it: a spike and the drop right after it stay two.
std::vector<std::size_t> match(const std::vector<StoredAnomaly>& known,
                               const std::vector<StoredAnomaly>& found) {
  std::vector<std::size_t> places(found.size(), nothing);
  std::vector<char> is_taken(known.size(), 0);
  const auto take = [&](const auto& is_same) {
    for (std::size_t n = 0; n < found.size(); ++n) {
      for (std::size_t k = 0; k < known.size() && places[n] == nothing; ++k) {
        if (is_taken[k] != 0 || !is_same(found[n], known[k])) continue;
        places[n] = k;
        is_taken[k] = 1;
      }
    }
  };
  take([](const StoredAnomaly& a, const StoredAnomaly& b) {
    return is_about_the_same(a, b) && a.incident.first_day == b.incident.first_day;
  });
  take(touches);
  return places;
}

std::string dollars(Money amount) {
  return "$" + format_cents(round_to_cents(amount));
}

const char* word_for(AnomalyClass kind) {
  switch (kind) {
    case AnomalyClass::spike:
      return "spike";
    case AnomalyClass::drop:
      return "drop";
    case AnomalyClass::new_spend:
      return "new spend";
    case AnomalyClass::level_shift:
      return "level shift";
  }
  return "anomaly";
}

Money magnitude(Money amount) {
  return amount.is_negative() ? -amount : amount;
}

const char* side_of(const AnomalyIncident& incident) {
  return incident.impact.is_negative() ? "below" : "above";
}

std::string percent_of(const AnomalyIncident& incident) {
  const std::string text = incident.deviation_percent();
  return text.starts_with('-') ? text.substr(1) : text;
}

std::string what(const StoredAnomaly& anomaly) {
  return fmt::format("{} of {} on model {}", word_for(anomaly.incident.kind), anomaly.tenant,
                     anomaly.model);
}

std::string opened_title(const StoredAnomaly& anomaly) {
  const AnomalyIncident& incident = anomaly.incident;
  const std::string day = format_day(incident.last_day);
  if (incident.baseline.is_zero()) {
    return fmt::format("{}: {} on {}, nothing in the week before", what(anomaly),
                       dollars(incident.current), day);
  }
  return fmt::format("{}: {} on {}, {} % {} the usual {}", what(anomaly), dollars(incident.current),
                     day, percent_of(incident), side_of(incident), dollars(incident.baseline));
}

std::string over_title(const StoredAnomaly& anomaly) {
  const AnomalyIncident& incident = anomaly.incident;
  const auto length = (incident.last_day - incident.first_day).count() + 1;
  return fmt::format("the {} is over: {} {} the usual in {}", what(anomaly),
                     dollars(magnitude(incident.impact)), side_of(incident),
                     length == 1 ? "one day" : fmt::format("{} days", length));
}

Alert alert_about(const StoredAnomaly& anomaly, AlertKind kind, const std::string& suffix,
                  const std::string& title) {
  const AnomalyIncident& incident = anomaly.incident;
  const std::string deviation = incident.deviation_percent();
  Alert alert;
  alert.kind = kind;
  const bool is_robust = anomaly.rule == AnomalyRuleName::robust;
  alert.key = fmt::format("anomaly/{}{}/{}/{}/{}", is_robust ? "robust/" : "", anomaly.tenant,
                          anomaly.model, format_day(incident.first_day), suffix);
  alert.tenant = anomaly.tenant;
  alert.subject = "anomalies/" + anomaly.id;
  alert.title = title;
  using Json = nlohmann::ordered_json;
  const Json data{{"id", anomaly.id},
                  {"tenantId", anomaly.tenant},
                  {"model", anomaly.model},
                  {"class", name_of(incident.kind)},
                  {"firstDay", format_day(incident.first_day)},
                  {"lastDay", format_day(incident.last_day)},
                  {"currentDailyRate", format_exact(incident.current)},
                  {"baseline", format_exact(incident.baseline)},
                  {"deviationPct", deviation.empty() ? Json(nullptr) : Json(deviation)},
                  {"impact", format_exact(incident.impact)},
                  {"rule", name_of(anomaly.rule)},
                  {"severity", anomaly.severity},
                  {"why", anomaly.why},
                  {"state", kind == AlertKind::anomaly_resolved ? "RESOLVED" : "OPEN"}};
  alert.data = data.dump(-1, ' ', false, Json::error_handler_t::replace);
  return alert;
}

void raise_over(UnitOfWork& unit, AlertDesk& desk, const StoredAnomaly& anomaly,
                const std::string& title, Instant now) {
  const std::string suffix = "resolved/" + format_day(anomaly.incident.last_day);
  desk.raise(unit, alert_about(anomaly, AlertKind::anomaly_resolved, suffix, title), now);
}

}  // namespace

JudgedAnomalies join_anomalies(const std::vector<StoredAnomaly>& known,
                               std::vector<StoredAnomaly> found, Day last_complete, Instant now) {
  JudgedAnomalies judged;
  const std::vector<std::size_t> places = match(known, found);
  for (const StoredAnomaly& before : known) {
    const auto goes_on = [&](const StoredAnomaly& now_found) { return touches(now_found, before); };
    if (std::ranges::none_of(found, goes_on)) judged.vanished.push_back(before);
  }
  for (std::size_t n = 0; n < found.size(); ++n) {
    StoredAnomaly& anomaly = found[n];
    anomaly.detected_at = now;
    if (places[n] != nothing) {
      const StoredAnomaly& before = known[places[n]];
      anomaly.id = before.id;
      anomaly.detected_at = before.detected_at;
      anomaly.resolved_at = before.resolved_at;
      anomaly.alerted = before.alerted;
      if (before.incident == anomaly.incident) {
        anomaly.why = before.why;
        anomaly.reasons = before.reasons;
      }
    } else {
      anomaly.id = make_ulid(now);
      ++judged.added;
    }
    const bool is_open = anomaly.incident.last_day >= last_complete;
    if (is_open) {
      anomaly.resolved_at = {};
    } else if (anomaly.is_open()) {
      anomaly.resolved_at = now;
    }
    judged.now.push_back(std::move(anomaly));
  }
  return judged;
}

void raise_anomalies(UnitOfWork& unit, AlertDesk& desk, JudgedAnomalies& anomalies,
                     const std::vector<std::size_t>& silent, Instant now) {
  for (std::size_t n = 0; n < anomalies.now.size(); ++n) {
    if (std::ranges::find(silent, n) != silent.end()) continue;
    StoredAnomaly& anomaly = anomalies.now[n];
    const AnomalyIncident& incident = anomaly.incident;
    if (anomaly.is_open() && !anomaly.alerted) {
      desk.raise(unit,
                 alert_about(anomaly, AlertKind::anomaly_opened, "opened", opened_title(anomaly)),
                 now);
      anomaly.alerted = incident.impact;
    } else if (anomaly.is_open() &&
               magnitude(incident.impact) >= magnitude(*anomaly.alerted) * growth_told) {
      const std::string title = fmt::format("the {} goes on: {} {} the usual since {}",
                                            what(anomaly), dollars(magnitude(incident.impact)),
                                            side_of(incident), format_day(incident.first_day));
      desk.raise(unit,
                 alert_about(anomaly, AlertKind::anomaly_grew,
                             "grew/" + format_day(incident.last_day), title),
                 now);
      anomaly.alerted = incident.impact;
    } else if (!anomaly.is_open() && anomaly.alerted) {
      raise_over(unit, desk, anomaly, over_title(anomaly), now);
    }
  }
  for (const StoredAnomaly& anomaly : anomalies.vanished) {
    if (!anomaly.alerted || !anomaly.is_open()) continue;
    raise_over(unit, desk, anomaly,
               fmt::format("the {} no longer holds: costs were corrected", what(anomaly)), now);
  }
}

}  // namespace costd
