#include "jobs/compliance/compliance_builder.hpp"

#include <fmt/format.h>

#include <array>

#include "ledger/money.hpp"

namespace costd {
namespace {

struct SectionOfReport {
  const char* id;
  SectionBlocks write;
};

/// In the order of the specification.
std::vector<SectionOfReport> sections_of(ComplianceType type) {
  switch (type) {
    case ComplianceType::soc2:
      return {{"audit-integrity", write_audit_integrity},
              {"access-control", write_access_control},
              {"policy-enforcement", write_policy_enforcement},
              {"data-residency", write_data_residency},
              {"token-usage", write_token_usage},
              {"event-count", write_event_count}};
    case ComplianceType::hipaa:
      return {{"access-log", write_access_log},
              {"authorization-log", write_authorization_log},
              {"policy-violations", write_policy_violations},
              {"access-patterns", write_access_patterns},
              {"audit-integrity", write_audit_integrity},
              {"review-attestation", write_review_attestation}};
    case ComplianceType::gdpr:
      return {{"processing-activities", write_processing_activities},
              {"tenant-data-residency", write_data_residency},
              {"consent-policy", write_consent_policy},
              {"data-retention", write_data_retention},
              {"audit-integrity", write_audit_integrity}};
  }
  return {};
}

ReportSection write_section(const ReportScope& scope, const SectionOfReport& what,
                            std::vector<ReportPopulation>& populations) {
  ReportSection section =
      scope.catalogue.section(scope.request.type, what.id, scope.soc2_categories);
  SectionWriter out(section, populations);
  what.write(scope, out);
  return section;
}

std::int64_t count_of_violations(const GatewayTally& gateway) {
  std::int64_t count = 0;
  for (const auto& [type, use] : gateway.violations) count += use.count;
  return count;
}

std::vector<ReportCard> cards_of(const ReportScope& scope, const std::string& result) {
  using Tone = ReportCard::Tone;
  std::int64_t verified = scope.facts.own_chain.events;
  for (const VerifiedLog& log : scope.logs) verified += log.events;
  std::int64_t not_said = 0;
  for (const EvidenceKind& kind : evidence_kinds()) {
    if (scope.evidence(std::string(kind.name)).empty()) ++not_said;
  }
  const std::int64_t violations = count_of_violations(scope.gateway);
  const Tone tone = result == "PASS" ? Tone::good : result == "FAIL" ? Tone::bad : Tone::warning;
  return {{"Audit chains", result, format_count(verified) + " events verified", tone},
          {"Gateway events", format_count(scope.gateway.in_report),
           scope.gateway.in_report == 0 ? "none in the period: vacuous" : "in the period",
           scope.gateway.in_report == 0 ? Tone::warning : Tone::plain},
          {"Policy violations", format_count(violations), "in the gateway's log",
           violations == 0 ? Tone::plain : Tone::warning},
          {"Stated by the site",
           fmt::format("{} of {}", evidence_kinds().size() - static_cast<std::size_t>(not_said),
                       evidence_kinds().size()),
           "kinds of evidence records", not_said == 0 ? Tone::good : Tone::warning}};
}

/// What a reader must know before anything else.
std::vector<ReportNotice> notices_of(const ReportScope& scope, const std::string& result) {
  std::vector<ReportNotice> notices;
  if (result == "FAIL") {
    notices.push_back({NoticeTone::failure, "An audit chain is broken",
                       "Audit integrity lists what is broken and where."});
  }
  if (scope.logs.empty()) {
    notices.push_back({NoticeTone::warning, "No audit log of a gateway is configured",
                       "Only costd's own acts and usage are in this report. Add a source of type "
                       "audit."});
  } else if (scope.gateway.in_report == 0) {
    notices.push_back({NoticeTone::warning, "The period has no gateway events: vacuous",
                       "There was nothing to show; that is not evidence that nothing happened."});
  }
  if (scope.facts.clock_hold) {
    notices.push_back({NoticeTone::warning, "The clock of this machine is not trusted",
                       "It jumped forward, and nobody has confirmed it."});
  }
  if (scope.request.as_of < scope.range.to) {
    notices.push_back({NoticeTone::warning, "The period is not over",
                       "What happens until its end is not in this report."});
  }
  return notices;
}

/// The days at a glance, and where each chain stands.
std::vector<ReportBlock> cover_of(const ReportScope& scope) {
  std::map<Day, std::int64_t> days;
  for (const auto& [type, counts] : scope.gateway.by_type) {
    for (const auto& [day, outcome] : counts) days[day] += outcome.all();
  }
  ReportBars bars{"Gateway events by day", {}};
  for (const Day day : each_day(scope.request.period)) {
    const auto found = days.find(day);
    bars.bars.push_back(
        {day_label(day, scope.request.period), found == days.end() ? 0 : found->second});
  }
  return {std::move(bars), ReportFacts{"Chains as this report has seen them", chain_heads(scope)}};
}

std::string categories_text(const std::vector<std::string>& categories) {
  return fmt::format(" Categories in scope: {}.", fmt::join(categories, ", "));
}

}  // namespace

unsigned files_of(ComplianceType type) {
  switch (type) {
    case ComplianceType::soc2:
      return all_events;
    case ComplianceType::hipaa:
      return access_log | authorization_log | policy_violations;
    case ComplianceType::gdpr:
      return no_files;
  }
  return no_files;
}

std::vector<ChainPin> pins_of(const ComplianceFacts& facts, const std::vector<VerifiedLog>& logs) {
  std::vector<ChainPin> pins;
  const auto add = [&](const std::string& name, const ChainReport& report) {
    if (!report.head.empty()) pins.push_back({name, report.events, report.head});
  };
  for (const VerifiedLog& log : logs) {
    for (const auto& [name, report] : log.chains) add(name, report);
  }
  add(own_chain_name, facts.own_chain);
  return pins;
}

BuiltReport build_compliance_report(const ReportScope& scope) {
  const ComplianceRequest& request = scope.request;
  BuiltReport built;
  ComplianceModel& model = built.model;
  model.type = request.type;
  model.title = scope.catalogue.title(request.type);
  model.wording = scope.catalogue.wording(request.type);
  if (request.type == ComplianceType::soc2) model.wording += categories_text(scope.soc2_categories);
  model.report_id = request.report_id;
  model.tenant = request.tenant;
  model.tenant_name = request.tenant.empty() ? "All tenants" : scope.tenant_name(request.tenant);
  model.period = request.period;
  model.zone = scope.zone.name();
  model.generated_at = request.as_of;
  model.generated_by = request.generated_by;
  model.revision = request.revision;
  model.result = chains_result(scope);
  model.cards = cards_of(scope, model.result);
  model.notices = notices_of(scope, model.result);
  model.heads = chain_heads(scope);
  model.cover = cover_of(scope);
  for (const SectionOfReport& section : sections_of(request.type)) {
    model.sections.push_back(write_section(scope, section, built.populations));
  }
  if (request.type != ComplianceType::soc2) {
    model.appendix.push_back(
        write_section(scope, {"event-count", write_event_count}, built.populations));
  }
  model.evidence = write_section(scope, {"evidence", write_evidence_block}, built.populations);
  model.sign_off = {"Prepared by", "Reviewed by"};
  if (request.type == ComplianceType::hipaa) model.sign_off.push_back("Attested by (reviewer)");
  return built;
}

}  // namespace costd
