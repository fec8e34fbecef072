#pragma once
// Makes compliance reports: read and verify, build, render, sign, store, and put their mails into
// the outbox.

#include "jobs/chargeback_job.hpp"
#include "jobs/compliance/gateway_log.hpp"
#include "ledger/signing.hpp"

namespace costd {

struct ComplianceOptions {
  std::string reports_dir;
  std::string templates_dir;
  std::vector<GatewayLogSource> logs;
  std::vector<std::string> soc2_categories{"security"};
  StatementMailOptions mail{};
  std::shared_ptr<const SigningKey> key{};  ///< null = nothing is signed
};

/// Parameters: period, or from and to (required); types ("soc2,hipaa,gdpr"; required); tenant (""
/// or "all" = one report of all tenants, "each" = one of each tenant, else of that tenant);
/// recipients (comma-separated). All reports of a run are of one snapshot and one reading of the
/// logs. A run makes each of its reports once, however often it goes on. Each report pins where the
/// chains stand; the next one proves that what stood there is unchanged. Counts: reports, mails,
/// events. Outputs: report ids.
std::unique_ptr<Job> make_compliance_job(ComplianceOptions options);

}  // namespace costd
