#pragma once
// Makes chargeback statements: build, render, store, and put their mails into the outbox.

#include "jobs/anomaly_job.hpp"
#include "jobs/job.hpp"
#include "ledger/signing.hpp"

namespace costd {

struct StatementMailOptions {
  std::string from;                 ///< "" = no mail is configured
  std::vector<std::string> attach;  ///< formats that go with the mail
  std::string templates_dir;
  std::string outbox_dir;  ///< where the finished messages wait
};

struct ChargebackOptions {
  std::string reports_dir;
  AnomalyRules rules;
  StatementMailOptions mail;
  std::shared_ptr<const SigningKey> signing_key{};  ///< null = nothing is signed
  /// Who gets a tenant's own statement besides; from the tenant's metadata.
  std::map<std::string, std::vector<std::string>> tenant_recipients;
};

/// Tenant metadata: who besides the schedule's recipients gets the tenant's own statement.
inline constexpr const char* recipients_key = "chargeback.recipients";

/// Parameters: period, or from and to (required); tenant ("" = each tenant and all together);
/// formats ("pdf,csv,xlsx"); recipients (comma-separated: they get the statement of the run's whole
/// scope); statements ("missing" = see below).
/// A run makes at most one PRELIMINARY and one FINAL statement of a tenant or of all: when it is
/// tried again, or goes on once more months are closed, it makes those that are missing. A schedule
/// does not make a FINAL one again that its recipients were sent before; a person gets the next
/// revision, with the same figures. With `statements` = "missing" nothing is made again, no
/// PRELIMINARY one where there is any statement, and the statement of all tenants comes with a
/// tenant's own as soon as it is FINAL. Counts: reports, mails. Outputs: report ids.
std::unique_ptr<Job> make_chargeback_job(ChargebackOptions options);

/// "a, b" -> {"a", "b"}; blanks around the parts go, empty parts too.
std::vector<std::string> split_list(const std::string& text);

}  // namespace costd
