#pragma once
// An alert as a CloudEvent 1.0 in JSON, the body of a webhook.

#include <string>

#include "ledger/alert.hpp"

namespace costd {

/// The members of `data` are the alert's, behind "title" and "tenantId" (null = no one tenant's).
/// The same alert is the same bytes.
std::string format_alert_event(const Alert& alert, const std::string& id,
                               const std::string& source, Instant raised_at);

}  // namespace costd
