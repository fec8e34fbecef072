#pragma once
// A compliance report as a finished model, with the rows behind its tables.

#include "jobs/compliance/report_scope.hpp"
#include "jobs/report_seal.hpp"

namespace costd {

struct BuiltReport {
  ComplianceModel model;
  std::vector<ReportPopulation> populations;
};

BuiltReport build_compliance_report(const ReportScope& scope);

/// The rows of the gateway's log that a report of the type writes into files.
unsigned files_of(ComplianceType type);

/// Every chain as it stands now, for the next report to compare.
std::vector<ChainPin> pins_of(const ComplianceFacts& facts, const std::vector<VerifiedLog>& logs);

}  // namespace costd
