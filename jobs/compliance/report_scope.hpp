#pragma once
// What a section of a compliance report is written from: whose report it is, and what is known.

#include <functional>
#include <string>
#include <vector>

#include "jobs/compliance/clause_catalogue.hpp"
#include "jobs/compliance/compliance_facts.hpp"
#include "jobs/compliance/gateway_log.hpp"
#include "jobs/compliance/gateway_tally.hpp"
#include "jobs/compliance/section_writer.hpp"

namespace costd {

struct ComplianceRequest {
  ComplianceType type = ComplianceType::soc2;
  std::string tenant;  ///< "" = all tenants
  DayRange period;
  Instant as_of;
  std::string generated_by;
  std::string report_id;
  std::int64_t revision = 1;
};

struct ReportScope {
  const ComplianceRequest& request;
  const ComplianceFacts& facts;
  const std::vector<VerifiedLog>& logs;
  const GatewayTally& gateway;
  const ClauseCatalogue& catalogue;
  const std::vector<std::string>& soc2_categories;
  InstantRange range;
  Zone zone;

  bool is_of_all() const { return request.tenant.empty(); }
  /// Every chain with its name: the gateways', then costd's own.
  std::vector<std::pair<std::string, const ChainReport*>> chains() const;
  /// The row of that tenant belongs into the report.
  bool covers(const std::string& tenant) const { return is_of_all() || tenant == request.tenant; }
  bool is_in_period(Instant at) const { return range.from <= at && at < range.to; }
  /// Evidence records of the kind: the tenant's and the site's, never another tenant's.
  std::vector<EvidenceRecord> evidence(const std::string& kind) const;
  /// What the site says of itself as a whole; without fields where it says nothing.
  EvidenceRecord site() const;
  /// costd's own events of the period: the tenant's, or all.
  std::vector<AuditEvent> own_events(const std::function<bool(const AuditEvent&)>& wanted) const;
  /// "2026-10-05 08:15" in the report's zone; "" of nothing.
  std::string local_time(const std::optional<Instant>& at) const;
  /// A time that a record states: a day as it is, an instant in the report's zone; "" of nothing.
  std::string stated_time(const EvidenceRecord& record, const std::string& field) const;
  std::string tenant_name(const std::string& id) const;
};

/// A time of an evidence record, of a day its first instant in UTC; nothing if it was not
/// provided.
std::optional<Instant> time_of(const EvidenceRecord& record, const std::string& field);
/// "5 Oct" below a bar; "" where there is no room for each day of the period.
std::string day_label(Day day, const DayRange& period);
/// The first 16 digits of a hash; "" of none.
std::string short_hash(const std::string& hash);

/// The sections, by what the specification calls them. Each writes its blocks.
using SectionBlocks = void (*)(const ReportScope& scope, SectionWriter& out);
void write_audit_integrity(const ReportScope& scope, SectionWriter& out);
void write_access_control(const ReportScope& scope, SectionWriter& out);
void write_policy_enforcement(const ReportScope& scope, SectionWriter& out);
void write_data_residency(const ReportScope& scope, SectionWriter& out);
void write_token_usage(const ReportScope& scope, SectionWriter& out);
void write_event_count(const ReportScope& scope, SectionWriter& out);
void write_access_log(const ReportScope& scope, SectionWriter& out);
void write_authorization_log(const ReportScope& scope, SectionWriter& out);
void write_policy_violations(const ReportScope& scope, SectionWriter& out);
void write_access_patterns(const ReportScope& scope, SectionWriter& out);
void write_review_attestation(const ReportScope& scope, SectionWriter& out);
void write_processing_activities(const ReportScope& scope, SectionWriter& out);
void write_consent_policy(const ReportScope& scope, SectionWriter& out);
void write_data_retention(const ReportScope& scope, SectionWriter& out);
void write_evidence_block(const ReportScope& scope, SectionWriter& out);

/// The part of several sections that says what is kept, and since when.
void write_held_data(const ReportScope& scope, SectionWriter& out);
/// The events of costd's own chain in the period that are wanted, as a table with its file.
void write_acts(const ReportScope& scope, SectionWriter& out, const char* title, const char* file,
                const std::function<bool(const AuditEvent&)>& wanted);

/// A line for each chain: how it was found, its events, its head.
std::vector<ReportFact> chain_heads(const ReportScope& scope);
/// The worst result of all chains: "PASS", "FAIL" or "INCOMPLETE".
std::string chains_result(const ReportScope& scope);

}  // namespace costd
