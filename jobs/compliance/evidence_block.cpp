// What a report was made from and by what: the part with which an auditor makes it again.

#include <fmt/format.h>

#include "jobs/compliance/report_scope.hpp"
#include "jobs/program_hash.hpp"
#include "ledger/money.hpp"

namespace costd {
namespace {

void write_request(const ReportScope& scope, SectionWriter& out) {
  const ComplianceRequest& request = scope.request;
  out.facts("What was asked for",
            {{"Report", request.report_id + ", revision " + std::to_string(request.revision)},
             {"Command",
              fmt::format("costctl compliance generate --type {} --tenant {} --from {} "
                          "--to {}",
                          name_of(request.type), request.tenant.empty() ? "all" : request.tenant,
                          format_day(request.period.from), format_day(request.period.to))},
             {"Filter: tenant",
              request.tenant.empty() ? "all, the platform's own events included" : request.tenant},
             {"Filter: instants", format_instant(scope.range.from) + " (included) to " +
                                      format_instant(scope.range.to) + " (not included)"},
             {"Days of", scope.zone.name()},
             {"Made by", request.generated_by},
             {"Made at", format_instant(request.as_of)},
             {"Clock", scope.facts.clock_hold
                           ? "HELD: it jumped forward and nobody has confirmed it since"
                           : "trusted: no jump is unconfirmed"}});
}

void write_counts(const ReportScope& scope, SectionWriter& out) {
  std::int64_t events = 0;
  std::int64_t unreadable = 0;
  for (const VerifiedLog& log : scope.logs) {
    events += log.events;
    unreadable += log.unreadable;
  }
  const GatewayTally& gateway = scope.gateway;
  std::int64_t own = 0;
  std::int64_t own_others = 0;
  for (const AuditEvent& event : scope.facts.own_events) {
    if (!scope.is_in_period(event.at)) continue;
    ++(scope.covers(event.tenant) ? own : own_others);
  }
  const auto row = [](const char* what, std::int64_t gateway_count, std::int64_t own_count) {
    return ReportRow{what, format_count(gateway_count), format_count(own_count)};
  };
  const std::int64_t own_outside = scope.facts.own_chain.events - own - own_others;
  out.table(
      {"Counts: in = in this report + excluded", {"", "#Gateway log, lines", "#costd, events"}, ""},
      {row("In the source", events + unreadable, scope.facts.own_chain.events),
       row("In this report", gateway.in_report, own),
       row("Excluded: outside of the period", gateway.outside_period, own_outside),
       row("Excluded: of other tenants or the platform", events - gateway.taken(), own_others),
       row("Excluded: no readable time", gateway.without_time, 0),
       row("Excluded: no event (unreadable)", unreadable, 0)});
  if (gateway.of_the_future > 0) {
    out.notice(NoticeTone::warning,
               fmt::format("{} events have a time after this report was made",
                           format_count(gateway.of_the_future)),
               "The clock of the gateway or of this machine was wrong when they were written.");
  }
}

void write_sequence(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const auto& [chain, range] : scope.gateway.by_chain) {
    const std::int64_t span = range.last - range.first + 1;
    rows.push_back(
        {chain, std::to_string(range.first), std::to_string(range.last), format_count(range.events),
         span == range.events
             ? "none"
             : format_count(span - range.events) + " numbers are of events not in this report"});
  }
  out.table({"Numbers of the gateway's events in this report",
             {"Chain", "#First seq", "#Last seq", "#Events", "Gaps"},
             "No gateway event is in this report."},
            rows);
}

void write_sources(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportFact> facts;
  for (const VerifiedLog& log : scope.logs) {
    facts.push_back({"Audit log \"" + log.source + "\"",
                     fmt::format("tables audit_segment, audit_chunk: {} segments, {} lines",
                                 log.segments.size(), format_count(log.lines()))});
  }
  facts.push_back({"costd's own chain", fmt::format("table audit_event: {} events",
                                                    format_count(scope.facts.own_chain.events))});
  facts.push_back({"Usage", "tables usage_daily, cost_daily, series, ingest_tally; by day"});
  for (const auto& [source, at] : scope.facts.source_progress) {
    if (scope.is_of_all()) {
      facts.push_back({"Latest record of \"" + source + "\"", format_instant(at)});
    }
  }
  std::int64_t records = 0;
  for (const EvidenceRecord& record : scope.facts.evidence) {
    if (record.tenant.empty() || scope.covers(record.tenant)) ++records;
  }
  facts.push_back({"Stated by the site",
                   fmt::format("table evidence_record: {} records", format_count(records))});
  out.facts("Sources, read from one snapshot", std::move(facts));
}

}  // namespace

std::vector<ReportFact> chain_heads(const ReportScope& scope) {
  std::vector<ReportFact> heads;
  for (const auto& [name, report] : scope.chains()) {
    heads.push_back(
        {"Head of \"" + name + "\"",
         fmt::format("{}, {} events, {}", name_of(report->result), format_count(report->events),
                     report->head.empty() ? "no event" : report->head)});
  }
  return heads;
}

void write_evidence_block(const ReportScope& scope, SectionWriter& out) {
  write_request(scope, out);
  write_sources(scope, out);
  write_counts(scope, out);
  write_sequence(scope, out);
  out.facts("Chains, pinned by this report for the next one to compare", chain_heads(scope));
  out.facts("Versions",
            {{"costd", COSTD_VERSION},
             {"Queries and rules",
              "those of the program with sha256 " + program_sha256() + ", and no others"},
             {"Installation", scope.facts.install_id},
             {"Database schema", std::to_string(scope.facts.schema)},
             {"Time zones (tzdata)", scope.facts.tzdata},
             {"Price book", fmt::format("{} live entries, sha256 {}", scope.facts.live_prices,
                                        scope.facts.prices_sha256)},
             {"Clause catalogue", scope.catalogue.version()},
             {"Signature",
              "Ed25519; key and SHA-256 of every file are in "
              "manifest.json; costctl verify FILE checks them"}});
  out.text(
      "What this report does not show: what was never logged; prompts and answers; what happened "
      "in systems that costd has no log of; whether what the site states is true. Files with all "
      "rows are for drawing samples from.");
}

}  // namespace costd
