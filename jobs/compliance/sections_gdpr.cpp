// The records of processing, and how long data is kept.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "jobs/compliance/report_scope.hpp"
#include "ledger/money.hpp"

namespace costd {
namespace {

/// What Art. 30 asks for of an activity; the site's own value where the record has none.
struct ActivityField {
  const char* label;
  const char* field;
  const char* of_the_site = "";
};
constexpr std::array<ActivityField, 15> activity_fields{{
    {"Role", "role"},
    {"Controller", "controller", "controller"},
    {"Joint controller", "jointController", "jointController"},
    {"Representative", "representative", "representative"},
    {"Data protection officer", "dpo", "dpo"},
    {"Processor", "processor"},
    {"Purposes", "purposes"},
    {"Categories of processing", "processingCategories"},
    {"Data subjects", "subjects"},
    {"Categories of data", "dataCategories"},
    {"Recipients", "recipients"},
    {"Third countries", "thirdCountries"},
    {"Safeguards", "safeguards"},
    {"Limits for erasure", "erasureLimits"},
    {"Measures (Art. 32)", "measures", "securityMeasures"},
}};

void write_rules(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const EvidenceRecord& record : scope.evidence("retention-rules")) {
    rows.push_back({record.get("category"), scope.tenant_name(record.tenant),
                    or_not_provided(record.get("limit")), or_not_provided(record.get("basis")),
                    record.get("legalHold") == "YES" ? "held" : "",
                    or_not_provided(scope.stated_time(record, "oldestAt")),
                    or_not_provided(record.get("deletionsDue")),
                    or_not_provided(record.get("deletionsDone")), record.get("deletionsOverdue"),
                    record.get("backupLag")});
  }
  out.table({"Rules, and how their deletions stand, as the site states them",
             {"Category", "Of", "Limit", "Basis", "Hold", "Oldest held", "#Due", "#Done",
              "#Overdue", "Backup lag"},
             "NOT PROVIDED: the site states no rule for retention.",
             "retention-rules.csv"},
            rows);
}

void write_removals(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const AuditEvent& event : scope.facts.own_events) {
    const bool is_removal = event.action == "retention.remove" || event.action.ends_with(".delete");
    if (!is_removal || !scope.is_in_period(event.at) || !scope.covers(event.tenant)) continue;
    rows.push_back({scope.local_time(event.at), event.actor.text(), event.action, event.object,
                    event.reason, std::to_string(event.seq)});
  }
  out.table({"Removed by costd in the period",
             {"At", "By", "Act", "Object", "What", "#Seq"},
             "Nothing was removed in the period.",
             "removals.csv"},
            rows);
}

void write_erasures(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const EvidenceRecord& record : scope.evidence("erasures")) {
    const auto due = time_of(record, "dueAt");
    const auto done = time_of(record, "doneAt");
    const bool is_overdue = due && !done && *due < scope.request.as_of;
    rows.push_back({record.id, scope.stated_time(record, "requestedAt"),
                    or_not_provided(scope.local_time(due)),
                    is_overdue ? "OVERDUE" : scope.local_time(done),
                    or_not_provided(record.get("outcome")), or_not_provided(record.get("proof"))});
  }
  out.table({"Requests for erasure (Art. 17), by their reference",
             {"Request", "Received", "Due", "Done", "Outcome", "Proof"},
             "The site states no request.",
             "erasures.csv"},
            rows);
}

}  // namespace

void write_held_data(const ReportScope& scope, SectionWriter& out) {
  if (!scope.is_of_all()) {
    return out.text("What costd holds in all, and since when, is in the report of all tenants.");
  }
  std::vector<ReportRow> rows;
  for (const HeldData& data : scope.facts.held) {
    rows.push_back({data.category, format_count(data.count), scope.local_time(data.oldest)});
  }
  out.table({"What costd holds now", {"Kind", "#Rows", "Oldest"}, "", "held-data.csv"}, rows);
}

void write_processing_activities(const ReportScope& scope, SectionWriter& out) {
  const EvidenceRecord site = scope.site();
  out.facts("The site", {{"Name", or_not_provided(site.get("name"))},
                         {"Address", or_not_provided(site.get("address"))},
                         {"Contact", or_not_provided(site.get("contact"))},
                         {"Controller", or_not_provided(site.get("controller"))},
                         {"Representative", or_not_provided(site.get("representative"))},
                         {"Data protection officer", or_not_provided(site.get("dpo"))},
                         {"Processor for", or_not_provided(site.get("processorFor"))},
                         {"Measures (Art. 32)", or_not_provided(site.get("securityMeasures"))}});
  const auto activities = scope.evidence("processing-activities");
  for (const EvidenceRecord& record : activities) {
    std::vector<ReportFact> facts;
    for (const ActivityField& field : activity_fields) {
      std::string value = record.get(field.field);
      if (value.empty() && *field.of_the_site != '\0') value = site.get(field.of_the_site);
      facts.push_back({field.label, or_not_provided(value)});
    }
    const std::string name = record.get("name").empty() ? record.id : record.get("name");
    out.facts("Activity: " + name +
                  (record.tenant.empty() ? "" : ", of " + scope.tenant_name(record.tenant)),
              std::move(facts));
  }
  if (activities.empty()) {
    out.notice(NoticeTone::warning, "NOT PROVIDED: no processing activity is stated",
               "Art. 30 asks for a record of each. State them as evidence records of the kind "
               "processing-activities.");
  }
}

void write_data_retention(const ReportScope& scope, SectionWriter& out) {
  write_rules(scope, out);
  write_held_data(scope, out);
  std::vector<ReportRow> holds;
  for (const Tenant& tenant : scope.facts.tenants) {
    if (scope.covers(tenant.id) && is_on_hold(tenant)) {
      holds.push_back({scope.tenant_name(tenant.id)});
    }
  }
  out.table({"Tenants under legal hold, whose raw records are not removed", {"Tenant"}, "None."},
            holds);
  write_removals(scope, out);
  write_erasures(scope, out);
}

}  // namespace costd
