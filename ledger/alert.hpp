#pragma once
// An alert: a message owed to someone about a finding. It has an identity and is raised once.

#include <string>
#include <string_view>
#include <vector>

#include "ledger/time/instant.hpp"

namespace costd {

enum class AlertKind {
  budget_threshold,  ///< a share of the limit is spent; the soft limit and the limit among them
  budget_forecast,   ///< the limit will be crossed within the period if spending goes on
  anomaly_opened,
  anomaly_grew,
  anomaly_resolved,
  unpriced_model,
  quarantined_file,
  failed_run,
  dead_letter,
  period_open,       ///< a month could not be closed when it was due
  slots_abandoned,   ///< more slots were missed than a schedule catches up
  schedule_invalid,  ///< the zone of a schedule is not known any more
  clock_held,        ///< the clock jumped forward and nobody has confirmed it
};
/// The type of its CloudEvent: "finops.budget.threshold", "finops.run.failed", ...
std::string_view type_of(AlertKind kind);
/// Every type there is, in the order of the kinds.
const std::vector<std::string_view>& alert_types();

struct Alert {
  /// What makes it the same alert: two with one key are one, whenever they are raised. Of a budget:
  /// cap, cap version, period start, threshold. It re-arms by what is in the key, never by time.
  std::string key;
  AlertKind kind = AlertKind::budget_threshold;
  std::string tenant;   ///< "" = no one tenant's
  std::string subject;  ///< the thing it is about: "budgets/01J...", "runs/01J..."
  std::string title;    ///< one sentence, with the figures, for a subject line
  /// A JSON object with the figures: camelCase names, money as decimal text, times RFC 3339.
  std::string data = "{}";
};

}  // namespace costd
