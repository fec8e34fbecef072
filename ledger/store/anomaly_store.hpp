#pragma once
// Anomalies as incidents: found once, growing while their days are flagged, resolved after that.

#include <optional>
#include <string>
#include <vector>

#include "ledger/anomaly.hpp"
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
  bool is_open() const { return resolved_at == Instant{}; }
};

/// Puts these in the place of the incidents with a day in the range. None may reach beyond it.
void replace_anomalies(UnitOfWork& unit, const DayRange& range,
                       const std::vector<StoredAnomaly>& anomalies);
/// Incidents with a day in the range, by first day, tenant, model. Tenant "" = all.
std::vector<StoredAnomaly> load_anomalies(Connection& connection, const DayRange& range,
                                          const std::string& tenant);

}  // namespace costd
