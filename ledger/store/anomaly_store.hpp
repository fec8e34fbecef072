#pragma once
// Anomalies as incidents: found once, growing while their days are flagged, resolved after that.

#include <optional>
#include <string>
#include <vector>

#include "ledger/anomaly_reasons.hpp"
#include "ledger/time/instant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

struct StoredAnomaly {
  std::string id;  ///< ULID; kept while the incident grows
  std::string tenant;
  std::string model;
  AnomalyIncident incident;
  Instant detected_at;
  Instant resolved_at{};           ///< epoch = it is open
  std::optional<Money> alerted{};  ///< its impact at the last alert about it; nothing = none yet
  AnomalyRuleName rule = AnomalyRuleName::published;
  std::string api_key{};  ///< "" = all keys; in the same way for tenant, model and provider
  std::string provider{};
  std::string severity{};  ///< see severity_of; "" for one of an older costd
  std::string why{};       ///< one sentence
  AnomalyReasons reasons{};
  bool is_open() const { return resolved_at == Instant{}; }
  friend bool operator==(const StoredAnomaly&, const StoredAnomaly&) = default;
};

/// Puts these in the place of the rule's incidents with a day in the range. None may reach beyond
/// it.
void replace_anomalies(UnitOfWork& unit, const DayRange& range, AnomalyRuleName rule,
                       const std::vector<StoredAnomaly>& anomalies);
/// Incidents with a day in the range, by first day, tenant, model, key, provider, rule. Tenant "" =
/// all; no rule = both.
std::vector<StoredAnomaly> load_anomalies(Connection& connection, const DayRange& range,
                                          const std::string& tenant,
                                          std::optional<AnomalyRuleName> rule = std::nullopt);

/// Incidents with a day in the range. "" = all; one of all models or of all providers is one of
/// each.
struct AnomalyFilter {
  DayRange range;
  std::string tenant{};
  std::string model{};
  std::string provider{};
};

/// Many incidents at a glance.
struct AnomalyDigest {
  std::int64_t count = 0;
  std::int64_t open = 0;
  std::vector<DayRange> spans{};        ///< from the first to the last day of them, each once
  std::vector<StoredAnomaly> newest{};  ///< the order of load_anomalies backwards
};
/// At most `newest_max` of them whole.
AnomalyDigest load_anomaly_digest(Connection& connection, const AnomalyFilter& filter,
                                  std::int64_t newest_max);

/// The earliest first day of an incident of either rule that is open; nothing if none is.
std::optional<Day> first_open_day(Connection& connection);

}  // namespace costd
