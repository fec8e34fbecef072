#pragma once
// The mail that carries a report, as a finished message that waits in the outbox.

#include <map>
#include <string>

#include "jobs/chargeback_job.hpp"
#include "ledger/store/outbox_store.hpp"
#include "ledger/store/report_store.hpp"
#include "reports/chargeback_model.hpp"
#include "reports/compliance_model.hpp"

namespace costd {

/// Bytes by format.
using RenderedFiles = std::map<std::string, std::string>;

/// Renders the message, stores it durably under its hash, and gives the outbox row for it. The row
/// is not stored yet: it belongs into the transaction of the report.
OutboxMessage prepare_statement_mail(const ChargebackModel& model, const StoredReport& report,
                                     const RenderedFiles& files, const std::string& recipient,
                                     const StatementMailOptions& options);
/// The same of a compliance report, with its PDF whatever the options attach.
OutboxMessage prepare_compliance_mail(const ComplianceModel& model, const StoredReport& report,
                                      const RenderedFiles& files, const std::string& recipient,
                                      const StatementMailOptions& options);

}  // namespace costd
