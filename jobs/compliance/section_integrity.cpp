// Whether the audit chains are whole, and what shows it.

#include <fmt/format.h>

#include <algorithm>

#include "jobs/compliance/report_scope.hpp"
#include "ledger/money.hpp"

namespace costd {
namespace {

bool has(const ChainReport& report, ChainFault fault) {
  return std::ranges::find(report.findings, fault, &ChainFinding::fault) != report.findings.end();
}

/// Whether what an earlier report saw is still there as it was.
std::string prefix_of(const ReportScope& scope, const std::string& name,
                      const ChainReport& report) {
  const StoredPin* const pin = pin_of(scope.facts, name);
  if (pin == nullptr) return "no earlier report";
  const bool is_proven = report.unanchored <= report.events - pin->events && report.events > 0;
  const bool is_broken = has(report, ChainFault::tail_cut) || has(report, ChainFault::fork) ||
                         has(report, ChainFault::missing) || !is_proven;
  return fmt::format("{}: {} events of report {}", is_broken ? "NOT AS IT WAS" : "unchanged",
                     format_count(pin->events), pin->report_id);
}

std::string seq_text(const std::optional<std::int64_t>& seq) {
  return seq ? std::to_string(*seq) : "";
}

void write_chains(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const auto& [name, report] : scope.chains()) {
    rows.push_back({name, std::string(name_of(report->result)), format_count(report->events),
                    seq_text(report->first_seq) + "–" + seq_text(report->last_seq),
                    scope.local_time(report->first_at), scope.local_time(report->last_at),
                    short_hash(report->head), prefix_of(scope, name, *report)});
  }
  out.table(
      {"Chains",
       {"Chain", "Result", "#Events", "Seq", "First", "Last", "Head", "What the report before saw"},
       "",
       "chains.csv"},
      rows);
}

void write_findings(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const auto& [name, report] : scope.chains()) {
    for (const ChainFinding& finding : report->findings) {
      rows.push_back({name, std::to_string(finding.line), seq_text(finding.seq),
                      std::string(name_of(finding.fault)), finding.what});
    }
  }
  out.table({"What is broken",
             {"Chain", "#Line", "#Seq", "Finding", "What"},
             "Nothing: no event was changed, removed, moved or put in.",
             "chain-findings.csv"},
            rows);
}

void write_segments(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const VerifiedLog& log : scope.logs) {
    for (const AuditSegment& segment : log.segments) {
      rows.push_back({log.source, segment.file_name, scope.local_time(segment.received_at),
                      format_count(segment.events), format_count(segment.bytes),
                      scope.local_time(segment.first_at), scope.local_time(segment.last_at)});
    }
  }
  out.table({"Segments of the gateway's log, in the order they were read",
             {"Source", "File", "Received", "#Events", "#Bytes", "First event", "Last event"},
             "No audit log of the gateway was received: this report says nothing of the gateway.",
             "segments.csv",
             12},
            rows);
}

/// Verifications and keys, what backups kept or put back, and what became of report files.
bool is_about_the_chain(const AuditEvent& event) {
  return event.action.starts_with("audit.") || event.action.starts_with("backup.") ||
         event.action.starts_with("report.");
}

void write_chain_acts(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const AuditEvent& event : scope.facts.own_events) {
    if (!scope.is_in_period(event.at) || !is_about_the_chain(event)) continue;
    if (!event.tenant.empty() && !scope.covers(event.tenant)) continue;
    rows.push_back({scope.local_time(event.at), event.actor.text(), event.action, event.outcome,
                    event.reason, std::to_string(event.seq)});
  }
  for (const EvidenceRecord& record : scope.evidence("key-rotations")) {
    const auto at = time_of(record, "rotatedAt");
    if (!at || !scope.is_in_period(*at)) continue;
    rows.push_back({scope.local_time(at), or_not_provided(record.get("rotatedBy")),
                    "key rotated: " + record.get("key"), "stated by the site", record.get("reason"),
                    ""});
  }
  out.table({"Verifications, keys, backups and restores in the period",
             {"At", "By", "Act", "Outcome", "What", "#Seq"},
             "None in the period."},
            rows);
}

void write_off_periods(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const EvidenceRecord& record : scope.evidence("logging-changes")) {
    rows.push_back({record.get("log"), record.get("state"), scope.stated_time(record, "at"),
                    or_not_provided(record.get("reason")),
                    or_not_provided(record.get("approvedBy"))});
  }
  out.table(
      {"Logging switched on and off, as the site states it",
       {"Log", "State", "At", "Reason", "Approved by"},
       "The site states no change. What the chain itself shows: a gap in its numbers would be "
       "a finding above, days without events are in the event count by type."},
      rows);
}

void write_protection(const ReportScope& scope, SectionWriter& out) {
  const EvidenceRecord site = scope.site();
  std::optional<Instant> restored;
  for (const EvidenceRecord& record : scope.evidence("reviews")) {
    if (record.get("what") != "RESTORE_TEST") continue;
    restored = std::max(restored, time_of(record, "at"));
  }
  out.facts("Security of processing, as the site states it",
            {{"Encryption", or_not_provided(site.get("encryption"))},
             {"Pseudonymisation", or_not_provided(site.get("pseudonymisation"))},
             {"Transport", or_not_provided(site.get("transportSecurity"))},
             {"Last restore test", or_not_provided(scope.local_time(restored))},
             {"Register of breaches", or_not_provided(site.get("breachLog"))}});
  std::vector<ReportRow> rows;
  for (const EvidenceRecord& record : scope.evidence("incidents")) {
    const auto detected = time_of(record, "detectedAt");
    const auto notified = time_of(record, "notifiedAt");
    if (!detected || !scope.is_in_period(*detected)) continue;
    const bool is_late = notified && *notified - *detected > std::chrono::hours(72);
    rows.push_back({record.id, record.get("what"), scope.local_time(detected),
                    notified ? scope.local_time(notified) + (is_late ? " (after 72 h)" : "") : "",
                    or_not_provided(record.get("disposition"))});
  }
  out.table({"Incidents detected in the period, with the 72 hours of Art. 33",
             {"Incident", "What", "Detected", "Notified", "Disposition"},
             "The site states none."},
            rows);
}

void write_limits(const ReportScope& scope, SectionWriter& out) {
  std::vector<std::string> told;
  for (const auto& [name, report] : scope.chains()) {
    for (const std::string& sentence : report->unprotected) {
      if (std::ranges::find(told, sentence) != told.end()) continue;
      told.push_back(sentence);
      out.text("What this cannot show: " + sentence + ".");
    }
  }
}

}  // namespace

void write_audit_integrity(const ReportScope& scope, SectionWriter& out) {
  const std::string result = chains_result(scope);
  std::int64_t gateway_events = 0;
  for (const VerifiedLog& log : scope.logs) {
    gateway_events += log.events;
    if (log.is_secret_known) continue;
    out.notice(NoticeTone::warning, "The signatures of \"" + log.source + "\" were not verified",
               "Its secret was not given to costd: only the links, numbers and times were. Set "
               "secret_file of the source, or DVARA_AUDIT_HMAC_SECRET.");
  }
  if (result == "FAIL") {
    out.notice(NoticeTone::failure, "A chain is broken",
               "What is broken, and where, is listed below. Whatever this report says about the "
               "events of that chain is to be read with it.");
  } else if (scope.gateway.in_report == 0) {
    out.notice(
        NoticeTone::warning, "No gateway event lies in the period: vacuous",
        gateway_events == 0
            ? "Nothing was received, so nothing was verified; that is not the same as intact."
            : "The chain was verified over its other events. An empty period is no evidence "
              "that nothing happened.");
  }
  write_chains(scope, out);
  write_findings(scope, out);
  write_segments(scope, out);
  write_chain_acts(scope, out);
  write_off_periods(scope, out);
  if (scope.request.type == ComplianceType::gdpr) write_protection(scope, out);
  write_limits(scope, out);
}

}  // namespace costd
