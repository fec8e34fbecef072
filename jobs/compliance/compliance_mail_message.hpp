#pragma once
// The mail that carries a compliance report, as a finished message that waits in the outbox.

#include <string>

#include "jobs/chargeback_job.hpp"
#include "ledger/store/outbox_store.hpp"
#include "ledger/store/report_store.hpp"
#include "reports/compliance_model.hpp"

namespace costd {

/// Renders the message with the PDF, stores it durably under its hash, and gives the outbox row for
/// it. The row is not stored yet: it belongs into the transaction of the report.
OutboxMessage prepare_compliance_mail(const ComplianceModel& model, const StoredReport& report,
                                      const std::string& pdf, const std::string& recipient,
                                      const StatementMailOptions& options);

}  // namespace costd
