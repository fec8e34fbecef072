#pragma once
// What an alert's mail can say: the words and facts that its templates may name.

#include "jobs/delivery/mail_values.hpp"
#include "ledger/alert.hpp"

namespace costd {

/// The words are listed in templates/README.md; the names are the same for every kind. The facts
/// are the members of the alert's data, in their order: money in cents with its currency, counts
/// with separators, names as words ("currentSpend" -> "Current spend").
MailValues alert_mail_values(const Alert& alert, const std::string& id, Instant raised_at);

}  // namespace costd
