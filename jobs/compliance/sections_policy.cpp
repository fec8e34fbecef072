// What rules were in force, what they decided, and what was stated about consent.

#include <fmt/format.h>

#include <algorithm>

#include "jobs/compliance/report_scope.hpp"
#include "ledger/money.hpp"

namespace costd {
namespace {

/// In force at some time of the period.
bool overlaps(const ReportScope& scope, const std::optional<Instant>& from,
              const std::optional<Instant>& until) {
  return (!from || *from < scope.range.to) && (!until || *until >= scope.range.from);
}

void write_policies(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const EvidenceRecord& record : scope.evidence("policies")) {
    const auto from = time_of(record, "effectiveAt");
    const auto until = time_of(record, "retiredAt");
    if (!overlaps(scope, from, until)) continue;
    rows.push_back({or_not_provided(record.get("name")), scope.tenant_name(record.tenant),
                    or_not_provided(record.get("version")), or_not_provided(record.get("status")),
                    or_not_provided(scope.local_time(from)), scope.local_time(until),
                    or_not_provided(record.get("approvedBy")),
                    short_hash(record.get("dslSha256"))});
  }
  out.table({"Policies in force in the period, as the site states them",
             {"Policy", "Of", "#Version", "Status", "From", "Until", "Approved by", "Text SHA-256"},
             "NOT PROVIDED: the site states no policy.",
             "policies.csv"},
            rows);
}

void write_caps(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (std::size_t n = 0; n < scope.facts.caps.size(); ++n) {
    const CapVersion& version = scope.facts.caps[n];
    if (!scope.covers(version.cap.tenant)) continue;
    const bool is_followed =
        n + 1 < scope.facts.caps.size() && scope.facts.caps[n + 1].cap.id == version.cap.id;
    const auto until =
        is_followed ? std::optional(scope.facts.caps[n + 1].changed_at) : std::nullopt;
    if (version.is_deleted || !overlaps(scope, version.changed_at, until)) continue;
    rows.push_back({version.cap.name, scope.tenant_name(version.cap.tenant),
                    std::to_string(version.cap.version), name_of(version.cap.period),
                    format_exact(version.cap.limit),
                    std::to_string(version.cap.soft_limit_percent) + " %",
                    version.cap.enabled ? "yes" : "no", scope.local_time(version.changed_at),
                    scope.local_time(until), version.changed_by});
  }
  out.table({"Budget caps in force in the period, each version",
             {"Cap", "Of", "#Version", "Period", "#Limit, USD", "#Soft", "Enabled", "From", "Until",
              "By"},
             "No cap was in force.",
             "caps.csv"},
            rows);
}

void write_decisions(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const auto& [policy, use] : scope.gateway.policies) {
    rows.push_back({std::get<0>(policy), std::get<1>(policy), std::get<2>(policy),
                    format_count(use.count), scope.local_time(use.first_at),
                    scope.local_time(use.last_at)});
  }
  out.table({"Decisions by policy, from the gateway's log",
             {"Policy", "Rule", "Decision", "#Events", "First", "Last"},
             "The log names no policy in the period.",
             "decisions.csv"},
            rows);
}

void write_alerts(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const AlertDelivery& alert : scope.facts.alerts) {
    if (!scope.is_in_period(alert.raised_at) || !scope.covers(alert.tenant)) continue;
    const bool is_owed = !alert.channel.empty();
    rows.push_back({scope.local_time(alert.raised_at), alert.type, scope.tenant_name(alert.tenant),
                    alert.title, is_owed ? alert.channel + " " + alert.recipient : "nobody",
                    is_owed ? alert.state : "", is_owed ? scope.local_time(alert.updated_at) : "",
                    alert.last_reply});
  }
  out.table({"Alerts, and what the receiver answered",
             {"Raised", "Type", "Tenant", "What", "Sent to", "State", "At", "Answer"},
             "No alert was raised in the period.",
             "alerts.csv"},
            rows);
}

void write_overrides(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const EvidenceRecord& record : scope.evidence("overrides")) {
    const auto from = time_of(record, "startsAt");
    const auto until = time_of(record, "endsAt");
    if (!overlaps(scope, from, until)) continue;
    rows.push_back({"policy " + record.get("policyId"), scope.local_time(from),
                    scope.local_time(until), or_not_provided(record.get("approvedBy")),
                    or_not_provided(record.get("reason"))});
  }
  for (const AuditEvent& event :
       scope.own_events([](const AuditEvent& each) { return each.action == "period.waive"; })) {
    rows.push_back({"gate of " + event.object, scope.local_time(event.at), "", event.actor.text(),
                    event.reason});
  }
  out.table({"Set aside: overrides of policies, waivers of month-end gates",
             {"What", "From", "Until", "By whose word", "Reason"},
             "Nothing was set aside in the period.",
             "overrides.csv"},
            rows);
}

bool is_configuration(const AuditEvent& event) {
  return event.action.starts_with("config.") || event.action.starts_with("prices.") ||
         event.action.starts_with("tenants.") || event.action.starts_with("budgets.") ||
         event.action.starts_with("evidence.") || event.action.starts_with("billing.");
}

void write_changes(const ReportScope& scope, SectionWriter& out) {
  const auto stated = scope.evidence("changes");
  std::vector<ReportRow> rows;
  for (const AuditEvent& event : scope.own_events(is_configuration)) {
    const auto ticket = std::ranges::find_if(stated, [&](const EvidenceRecord& record) {
      return record.get("auditSeq") == std::to_string(event.seq);
    });
    rows.push_back({scope.local_time(event.at), event.actor.text(), event.action, event.object,
                    short_hash(event.before_sha256), short_hash(event.after_sha256),
                    ticket == stated.end() ? not_provided : or_not_provided(ticket->get("ticket")),
                    std::to_string(event.seq)});
  }
  out.table({"Changes of prices, caps, tenants and configuration",
             {"At", "By", "Act", "Object", "Before", "After", "Ticket", "#Seq"},
             "Nothing was changed in the period.",
             "changes.csv"},
            rows);
}

void write_consents(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const EvidenceRecord& record : scope.evidence("consents")) {
    rows.push_back({record.get("activity"), scope.tenant_name(record.tenant),
                    or_not_provided(record.get("version")), or_not_provided(record.get("given")),
                    or_not_provided(record.get("withdrawn")),
                    or_not_provided(scope.stated_time(record, "asOf"))});
  }
  out.table(
      {"Consents given and withdrawn, where consent is the basis",
       {"Activity", "Of", "Version of the text", "#Given", "#Withdrawn", "As of"},
       "NOT PROVIDED: the site states no consents. Where no activity rests on consent, none are "
       "needed."},
      rows);
}

void write_agreements(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const EvidenceRecord& record : scope.evidence("agreements")) {
    const auto until = time_of(record, "validUntil");
    const bool is_over = until && *until < scope.range.to;
    rows.push_back({record.get("kindOf"), or_not_provided(record.get("counterparty")),
                    or_not_provided(record.get("reference")),
                    or_not_provided(scope.stated_time(record, "signedAt")),
                    is_over ? "OVERDUE" : scope.local_time(until)});
  }
  out.table({"Contracts on the processing of data",
             {"Kind", "With", "Reference", "Signed", "Valid until"},
             "NOT PROVIDED: the site states no contract (Art. 28(3))."},
            rows);
}

void write_tenant_settings(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const Tenant& tenant : scope.facts.tenants) {
    if (!scope.covers(tenant.id)) continue;
    for (const auto& [key, value] : effective_metadata(tenant)) {
      if (std::ranges::find(tenant_setting_areas(), key.substr(0, key.find('.'))) ==
          tenant_setting_areas().end()) {
        continue;
      }
      rows.push_back({scope.tenant_name(tenant.id), key, value});
    }
  }
  out.table({"Settings of the tenants that govern their data",
             {"Tenant", "Setting", "Value"},
             "NOT PROVIDED: no tenant has settings of pii, guardrail, agentic, approval or "
             "governance.",
             "tenant-settings.csv"},
            rows);
}

}  // namespace

void write_policy_enforcement(const ReportScope& scope, SectionWriter& out) {
  write_policies(scope, out);
  write_caps(scope, out);
  write_decisions(scope, out);
  write_alerts(scope, out);
  write_overrides(scope, out);
  write_changes(scope, out);
}

void write_consent_policy(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> bases;
  for (const EvidenceRecord& record : scope.evidence("processing-activities")) {
    bases.push_back({record.get("name").empty() ? record.id : record.get("name"),
                     scope.tenant_name(record.tenant), or_not_provided(record.get("role")),
                     or_not_provided(record.get("lawfulBasis"))});
  }
  out.table({"Lawful basis by activity",
             {"Activity", "Of", "Role", "Basis (Art. 6)"},
             "NOT PROVIDED: the site states no processing activity."},
            bases);
  write_consents(scope, out);
  write_agreements(scope, out);
  write_policies(scope, out);
  write_tenant_settings(scope, out);
}

}  // namespace costd
