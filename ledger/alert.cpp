#include "ledger/alert.hpp"

namespace costd {

std::string_view type_of(AlertKind kind) {
  switch (kind) {
    case AlertKind::budget_threshold:
      return "finops.budget.threshold";
    case AlertKind::budget_forecast:
      return "finops.budget.forecast";
    case AlertKind::anomaly_opened:
      return "finops.anomaly.opened";
    case AlertKind::anomaly_grew:
      return "finops.anomaly.grew";
    case AlertKind::anomaly_resolved:
      return "finops.anomaly.resolved";
    case AlertKind::unpriced_model:
      return "finops.usage.unpriced";
    case AlertKind::quarantined_file:
      return "finops.file.quarantined";
    case AlertKind::failed_run:
      return "finops.run.failed";
    case AlertKind::dead_letter:
      return "finops.message.dead";
    case AlertKind::period_open:
      return "finops.period.open";
    case AlertKind::slots_abandoned:
      return "finops.schedule.abandoned";
    case AlertKind::schedule_invalid:
      return "finops.schedule.invalid";
    case AlertKind::clock_held:
      return "finops.clock.held";
  }
  return "finops.budget.threshold";
}

const std::vector<std::string_view>& alert_types() {
  static const std::vector<std::string_view> types = [] {
    std::vector<std::string_view> all;
    for (int kind = 0; kind <= static_cast<int>(AlertKind::clock_held); ++kind) {
      all.push_back(type_of(static_cast<AlertKind>(kind)));
    }
    return all;
  }();
  return types;
}

}  // namespace costd
