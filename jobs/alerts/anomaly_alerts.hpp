#pragma once
// What became of the anomalies since they were judged last, and the alerts about it.

#include <vector>

#include "jobs/alerts/alert_desk.hpp"
#include "ledger/store/anomaly_store.hpp"

namespace costd {

class UnitOfWork;

struct JudgedAnomalies {
  std::vector<StoredAnomaly> now;       ///< what is to be stored
  std::vector<StoredAnomaly> vanished;  ///< known ones that no longer hold: costs were corrected
  std::int64_t added = 0;
};

/// Joins what was found with what is known of the same days: an incident that overlaps or touches a
/// known one of its rule, tenant, key, model and provider is that one, with its id, the time it was
/// detected and what was told of it; one that is the same as before keeps its reasons, too. Open
/// are those whose last day is `last_complete` or later. The `found` ones have no ids.
JudgedAnomalies join_anomalies(const std::vector<StoredAnomaly>& known,
                               std::vector<StoredAnomaly> found, Day last_complete, Instant now);

/// Tells of what opened, of what has at least doubled its impact since it was told, and of what is
/// over after it was told; notes in `anomalies` what was told. An anomaly that is over when it is
/// first seen is history and not told, and so are those at the `silent` places of `now`.
void raise_anomalies(UnitOfWork& unit, AlertDesk& desk, JudgedAnomalies& anomalies,
                     const std::vector<std::size_t>& silent, Instant now);

}  // namespace costd
