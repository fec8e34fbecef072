// Who could do what, who did, and what is unusual about it.

#include <fmt/format.h>

#include <algorithm>

#include "jobs/compliance/report_scope.hpp"
#include "ledger/mask.hpp"
#include "ledger/money.hpp"

namespace costd {
namespace {

constexpr std::chrono::days dormant_after{90};
/// Refusals of one key on one day that call for a look (164.308(a)(5)(ii)(C)).
constexpr std::int64_t refusals_threshold = 5;

bool is_before(const std::optional<Instant>& at, Instant bound) {
  return at && *at < bound;
}

std::string time_or_not(const ReportScope& scope, const EvidenceRecord& record,
                        const std::string& field) {
  return or_not_provided(scope.stated_time(record, field));
}

/// Hours between two stated times: how long access lasted after it should have ended.
std::string hours_between(const EvidenceRecord& record, const char* from, const char* to) {
  const auto begin = time_of(record, from);
  const auto end = time_of(record, to);
  if (!begin || !end) return "";
  return format_count(std::chrono::duration_cast<std::chrono::hours>(*end - *begin).count());
}

bool ends_with_any(const std::string& action, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings,
                             [&](std::string_view ending) { return action.ends_with(ending); });
}

std::string last_use(const ReportScope& scope, const std::optional<Instant>& at) {
  if (!at) return not_provided;
  return scope.range.to - *at > dormant_after ? "DORMANT" : scope.local_time(at);
}

void write_principals(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  std::int64_t at_start = 0;
  std::int64_t at_end = 0;
  std::int64_t undated = 0;
  for (const EvidenceRecord& record : scope.evidence("principals")) {
    const auto created = time_of(record, "createdAt");
    const auto revoked = time_of(record, "revokedAt");
    if (!created) ++undated;
    if (is_before(created, scope.range.from) && !is_before(revoked, scope.range.from)) ++at_start;
    if (is_before(created, scope.range.to) && !is_before(revoked, scope.range.to)) ++at_end;
    rows.push_back(
        {record.id, or_not_provided(record.get("role")), time_or_not(scope, record, "createdAt"),
         or_not_provided(record.get("approvedBy")), scope.stated_time(record, "changedAt"),
         scope.local_time(revoked), hours_between(record, "terminationAt", "revokedAt"),
         last_use(scope, time_of(record, "lastUsedAt"))});
  }
  out.facts("Principals, as the site states them",
            {{"At the beginning of the period", format_count(at_start)},
             {"At its end", format_count(at_end)},
             {"Without a stated beginning", format_count(undated)}});
  out.table({"People and service accounts",
             {"Principal", "Role", "Created", "Approved by", "Changed", "Revoked",
              "#Hours to revoke", "Last used"},
             "NOT PROVIDED: the site states no principals.",
             "principals.csv"},
            rows);
}

/// The site names the key among those of the tenant, and says nothing else of it.
bool is_named_key(const ReportScope& scope, const std::string& tenant, const std::string& key) {
  const auto found = std::ranges::find(scope.facts.tenants, tenant, &Tenant::id);
  return found != scope.facts.tenants.end() &&
         std::ranges::find(found->api_keys, key, &NamedKey::id) != found->api_keys.end();
}

void write_api_keys(const ReportScope& scope, SectionWriter& out) {
  std::map<std::pair<std::string, std::string>, const KeyUse*> unknown;
  for (const auto& [key, use] : scope.gateway.keys) unknown.emplace(key, &use);
  std::vector<ReportRow> rows;
  for (const EvidenceRecord& record : scope.evidence("api-keys")) {
    const auto used = unknown.find({record.tenant, record.id});
    const KeyUse* const use = used == unknown.end() ? nullptr : used->second;
    std::optional<Instant> last = time_of(record, "lastUsedAt");
    const bool was_used = use != nullptr && use->requests.all() > 0;
    if (was_used) last = std::max(last, {use->last_at});
    const auto revoked = time_of(record, "revokedAt");
    const bool was_let_in = was_used && revoked && *revoked < use->last_done_at;
    rows.push_back({mask_key(record.id), scope.tenant_name(record.tenant),
                    was_let_in ? "USED AFTER REVOCATION" : or_not_provided(record.get("status")),
                    time_or_not(scope, record, "createdAt"),
                    or_not_provided(record.get("approvedBy")),
                    scope.stated_time(record, "revokedAt"),
                    hours_between(record, "terminationAt", "revokedAt"), last_use(scope, last),
                    format_count(use == nullptr ? 0 : use->requests.all())});
    if (used != unknown.end()) unknown.erase(used);
  }
  for (const auto& [key, use] : unknown) {
    const bool is_named = is_named_key(scope, key.first, key.second);
    rows.push_back({use->masked, scope.tenant_name(use->tenant),
                    is_named ? not_provided : "NOT IN THE REGISTER", "", "", "", "",
                    scope.local_time(use->last_at), format_count(use->requests.all())});
  }
  out.table({"API keys: the site's register beside the gateway's log",
             {"API key", "Tenant", "Status", "Created", "Approved by", "Revoked",
              "#Hours to revoke", "Last used", "#Calls"},
             "The site states no API keys, and none was used in the period.",
             "api-keys.csv"},
            rows);
}

/// Bearer tokens of costd's own API: these it knows by itself.
void write_tokens(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  const auto time_text = [&](Instant at) {
    return at == Instant{} ? std::string() : scope.local_time(at);
  };
  for (const AccessToken& token : scope.facts.tokens) {
    if (!scope.covers(token.tenant) || token.created_at >= scope.range.to) continue;
    const bool is_gone = token.revoked_at != Instant{} && token.revoked_at < scope.range.from;
    if (is_gone) continue;
    const bool was_used = token.last_used_at != Instant{};
    rows.push_back({token.name, token.role, scope.tenant_name(token.tenant),
                    time_text(token.created_at), token.created_by, time_text(token.expires_at),
                    time_text(token.revoked_at),
                    was_used ? last_use(scope, token.last_used_at) : "never"});
  }
  out.table({"Tokens of costd's API that held in the period",
             {"Token", "Role", "Of", "Created", "By", "Expires", "Revoked", "Last used"},
             "None: costd was reached over its Unix socket alone.",
             "tokens.csv"},
            rows);
}

void write_refused_logins(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  std::vector<ReportBars::Bar> bars;
  std::int64_t refused = 0;
  for (const Day day : each_day(scope.request.period)) {
    const auto found = scope.gateway.refused_logins.find(day);
    const std::int64_t count = found == scope.gateway.refused_logins.end() ? 0 : found->second;
    refused += count;
    rows.push_back({format_day(day), std::to_string(count)});
    bars.push_back({day_label(day, scope.request.period), count});
  }
  const std::string title = "Answers 401 and 403 of the gateway: " + format_count(refused);
  if (refused == 0) return out.text(title + ".");
  out.bars(title + ", by day", std::move(bars));
  out.file({"", {"Day", "#Refused"}, "", "refused-by-day.csv"}, rows);
}

ReportRow act_row(const ReportScope& scope, const AuditEvent& event) {
  return {scope.local_time(event.at),
          event.actor.text(),
          event.action,
          event.object,
          event.outcome,
          event.reason,
          std::to_string(event.seq)};
}

const std::vector<std::string> act_columns{"At",      "By",     "Act", "Object",
                                           "Outcome", "Reason", "#Seq"};

void write_reviews(const ReportScope& scope, SectionWriter& out, const char* title,
                   const std::vector<std::string>& kinds) {
  std::vector<ReportRow> rows;
  for (const EvidenceRecord& record : scope.evidence("reviews")) {
    if (std::ranges::find(kinds, record.get("what")) == kinds.end()) continue;
    const auto due = time_of(record, "nextDue");
    const bool is_overdue = due && *due < scope.request.as_of;
    rows.push_back(
        {record.get("what"), scope.stated_time(record, "at"),
         or_not_provided(record.get("reviewer")), or_not_provided(record.get("findings")),
         or_not_provided(record.get("followUp")),
         is_overdue ? "OVERDUE" : or_not_provided(scope.stated_time(record, "nextDue"))});
  }
  out.table({title,
             {"Review of", "At", "Reviewer", "Findings", "Follow-up", "Next due"},
             "NOT PROVIDED: the site states no review."},
            rows);
}

}  // namespace

void write_acts(const ReportScope& scope, SectionWriter& out, const char* title, const char* file,
                const std::function<bool(const AuditEvent&)>& wanted) {
  std::vector<ReportRow> rows;
  for (const AuditEvent& event : scope.own_events(wanted)) rows.push_back(act_row(scope, event));
  out.table({title, act_columns, "None in the period.", file}, rows);
}

void write_access_control(const ReportScope& scope, SectionWriter& out) {
  const EvidenceRecord site = scope.site();
  out.facts("How access is controlled",
            {{"costd's control socket",
              "a Unix socket of mode 0660; the kernel names the peer's "
              "user, and each changing act is an event of the chain"},
             {"Transport, as the site states it", or_not_provided(site.get("transportSecurity"))}});
  write_principals(scope, out);
  write_api_keys(scope, out);
  write_tokens(scope, out);
  write_refused_logins(scope, out);
  write_acts(scope, out, "Privileged acts in costd", "privileged-acts.csv",
             [](const AuditEvent&) { return true; });
  write_reviews(scope, out, "Access reviews, as the site states them", {"ACCESS"});
}

void write_access_log(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> users;
  for (const auto& [key, use] : scope.gateway.keys) {
    if (use.requests.all() == 0) continue;
    users.push_back({use.masked, scope.tenant_name(use.tenant), format_count(use.requests.all()),
                     format_count(use.requests.denied), format_count(use.requests.failed),
                     format_count(use.tokens), scope.local_time(use.first_at),
                     scope.local_time(use.last_at)});
  }
  out.table({"Users: API keys that called in the period",
             {"Who", "Tenant", "#Calls", "#Denied", "#Failed", "#Tokens", "First", "Last"},
             "No call lies in the period.",
             "users.csv"},
            users);
  out.table({"Calls through the gateway",
             {"At", "Who", "Action", "Object", "Outcome", "From"},
             "No call lies in the period.",
             "access-log.csv"},
            scope.gateway.access_rows.first, scope.gateway.access_rows.csv.bytes(),
            scope.gateway.access_rows.count);
  write_acts(scope, out, "Use of reports and records of costd", "record-access.csv",
             [](const AuditEvent& event) {
               return ends_with_any(event.action,
                                    {".download", ".export", ".generate", ".delete"}) ||
                      event.outcome == "denied";
             });
  std::vector<ReportRow> emergency;
  for (const EvidenceRecord& record : scope.evidence("principals")) {
    if (record.get("emergencyAccess") != "YES") continue;
    emergency.push_back({record.id, or_not_provided(record.get("role")),
                         or_not_provided(record.get("approvedBy")),
                         scope.stated_time(record, "lastUsedAt")});
  }
  out.table({"Emergency access, as the site states it",
             {"Principal", "Role", "Approved by", "Last used"},
             "The site states none."},
            emergency);
  out.text("Where a call came from is shown where the gateway logged it (client_ip).");
}

void write_authorization_log(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  const auto add = [&](const EvidenceRecord& record, const char* field, const char* what,
                       const std::string& approver) {
    const auto at = time_of(record, field);
    if (!at || !scope.is_in_period(*at)) return;
    const std::string who = record.kind == "api-keys" ? mask_key(record.id) : record.id;
    rows.push_back({scope.local_time(at), what, who, record.get("role"), or_not_provided(approver),
                    hours_between(record, "terminationAt", "revokedAt")});
  };
  for (const char* kind : {"principals", "api-keys"}) {
    for (const EvidenceRecord& record : scope.evidence(kind)) {
      add(record, "createdAt", "granted", record.get("approvedBy"));
      add(record, "changedAt", "changed", record.get("changeApprovedBy"));
      add(record, "revokedAt", "revoked", record.get("revocationApprovedBy"));
    }
  }
  std::ranges::sort(rows);
  out.table({"Granted, changed and revoked in the period, as the site states it",
             {"At", "What", "Who", "Role", "Approved by", "#Hours to revoke"},
             "The site states no grant, change or revocation in the period.",
             "grants.csv"},
            rows);
  out.table({"Decisions that the gateway logged, and answers 401 and 403",
             {"At", "Who", "Decision", "Policy", "Rule", "Outcome", "Reason"},
             "No decision lies in the period.",
             "authorization-log.csv"},
            scope.gateway.authorization_rows.first, scope.gateway.authorization_rows.csv.bytes(),
            scope.gateway.authorization_rows.count);
  write_acts(scope, out, "Tokens of costd's API made and revoked", "token-acts.csv",
             [](const AuditEvent& event) { return event.action.starts_with("tokens."); });
  write_acts(scope, out, "Denied by costd", "denied-acts.csv", [](const AuditEvent& event) {
    return event.outcome == "denied" || event.action == "access.failed";
  });
}

void write_policy_violations(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> types;
  for (const auto& [type, use] : scope.gateway.violations) {
    types.push_back({type, format_count(use.count), scope.local_time(use.first_at),
                     scope.local_time(use.last_at)});
  }
  out.table({"By type", {"Type", "#Events", "First", "Last"}, "None in the period."}, types);
  out.table({"One by one",
             {"At", "Type", "Who", "Reason", "Policy", "Outcome"},
             "No violation lies in the period.",
             "policy-violations.csv"},
            scope.gateway.violation_rows.first, scope.gateway.violation_rows.csv.bytes(),
            scope.gateway.violation_rows.count);
  std::vector<ReportRow> refused;
  for (const auto& [key, use] : scope.gateway.keys) {
    if (use.requests.denied < refusals_threshold) continue;
    refused.push_back(
        {use.masked, scope.tenant_name(use.tenant), format_count(use.requests.denied)});
  }
  out.table({fmt::format("API keys with {} or more denied calls", refusals_threshold),
             {"Who", "Tenant", "#Denied"},
             "None reached the threshold."},
            refused);
  std::vector<ReportRow> incidents;
  for (const EvidenceRecord& record : scope.evidence("incidents")) {
    const auto detected = time_of(record, "detectedAt");
    if (!detected || !scope.is_in_period(*detected)) continue;
    const std::string hours = hours_between(record, "detectedAt", "closedAt");
    incidents.push_back({record.id, record.get("what"), or_not_provided(record.get("severity")),
                         scope.local_time(detected), or_not_provided(record.get("disposition")),
                         hours.empty() ? "open" : hours});
  }
  out.table({"Incidents and their disposition, as the site states them",
             {"Incident", "What", "Severity", "Detected", "Disposition", "#Hours to close"},
             "The site states none in the period."},
            incidents);
}

void write_review_attestation(const ReportScope& scope, SectionWriter& out) {
  const EvidenceRecord site = scope.site();
  out.facts("", {{"Schedule of reviews", or_not_provided(site.get("reviewSchedule"))},
                 {"Risk analysis", or_not_provided(site.get("riskAnalysis"))}});
  write_reviews(scope, out, "Reviews of the records, as the site states them",
                {"LOG", "ACCESS", "RISK", "POLICY"});
  std::vector<ReportRow> logging;
  for (const VerifiedLog& log : scope.logs) {
    for (const auto& [name, report] : log.chains) {
      logging.push_back({name, scope.local_time(report.first_at), scope.local_time(report.last_at),
                         format_count(report.events)});
    }
  }
  logging.push_back({own_chain_name, scope.local_time(scope.facts.own_chain.first_at),
                     scope.local_time(scope.facts.own_chain.last_at),
                     format_count(scope.facts.own_chain.events)});
  out.table({"Logs that were being written", {"Chain", "From", "Until", "#Events"}, ""}, logging);
  write_held_data(scope, out);
  out.text(
      "I have reviewed the records of this period as the schedule above asks for, and followed "
      "up what I found. The lines to sign are at the end of the evidence block.");
}

}  // namespace costd
