#pragma once
// What an alert's mail can say: the words and facts that its templates may name.

#include "jobs/delivery/mail_values.hpp"
#include "ledger/alert.hpp"

namespace costd {

/// An alert as it is told.
struct RaisedAlert {
  Alert alert;
  std::string id;
  Instant at;
  std::string audit_chain;  ///< where costd's chain stood then: "9,480 events, head cde64922..."
};

/// The words are listed in templates/README.md; the names are the same for every kind. The facts
/// are the members of the alert's data, in their order: money in cents with its currency, counts
/// with separators, names as words ("currentSpend" -> "Current spend").
MailValues alert_mail_values(const RaisedAlert& raised);

}  // namespace costd
