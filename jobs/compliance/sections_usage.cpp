// What was processed, where, and how many events there were.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "jobs/compliance/report_scope.hpp"
#include "ledger/money.hpp"

namespace costd {
namespace {

const EvidenceRecord* provider_record(const std::vector<EvidenceRecord>& providers,
                                      const std::string& provider) {
  const auto found = std::ranges::find_if(providers, [&](const EvidenceRecord& record) {
    const std::string named = record.get("provider");
    return (named.empty() ? record.id : named) == provider;
  });
  return found == providers.end() ? nullptr : &*found;
}

/// The rule that holds for the tenant: its own before the site's.
const EvidenceRecord* rule_of(const std::vector<EvidenceRecord>& rules, const std::string& tenant) {
  const EvidenceRecord* found = nullptr;
  for (const EvidenceRecord& rule : rules) {
    if (rule.tenant == tenant) return &rule;
    if (rule.tenant.empty()) found = &rule;
  }
  return found;
}

std::string verdict_of(const EvidenceRecord* rule, const EvidenceRecord* provider,
                       const std::string& provider_name) {
  if (rule == nullptr) return "no rule stated";
  const auto providers = rule->list("allowedProviders");
  if (!providers.empty() && std::ranges::find(providers, provider_name) == providers.end()) {
    return "NOT ALLOWED";
  }
  const auto allowed = rule->list("allowedRegions");
  if (allowed.empty()) return providers.empty() ? "no rule stated" : "ALLOWED";
  const auto regions = provider == nullptr ? std::vector<std::string>() : provider->list("regions");
  if (regions.empty()) return "REGION UNKNOWN";
  const bool are_all = std::ranges::all_of(regions, [&](const std::string& region) {
    return std::ranges::find(allowed, region) != allowed.end();
  });
  return are_all ? "ALLOWED" : "NOT ALLOWED";
}

struct Residency {
  std::vector<ReportRow> rows;
  std::int64_t requests = 0;
  std::int64_t not_allowed = 0;
  std::int64_t unknown_region = 0;
  std::int64_t without_basis = 0;
};

Residency residency_of(const ReportScope& scope) {
  const auto providers = scope.evidence("providers");
  const auto rules = scope.evidence("residency-rules");
  Residency residency;
  for (const CostGroup& group : scope.facts.usage) {
    if (!scope.covers(group.tenant)) continue;
    const EvidenceRecord* const provider = provider_record(providers, group.provider);
    const auto value = [&](const char* field) {
      return provider == nullptr ? std::string() : provider->get(field);
    };
    const auto tenant = std::ranges::find(scope.facts.tenants, group.tenant, &Tenant::id);
    const std::string region = tenant == scope.facts.tenants.end() ? "" : tenant->region;
    const std::string verdict = verdict_of(rule_of(rules, group.tenant), provider, group.provider);
    const std::string basis = value("basis");
    residency.requests += group.usage.requests;
    if (verdict == "NOT ALLOWED") residency.not_allowed += group.usage.requests;
    if (value("regions").empty()) residency.unknown_region += group.usage.requests;
    if (basis.empty() || basis == "NONE") residency.without_basis += group.usage.requests;
    residency.rows.push_back(
        {scope.tenant_name(group.tenant), or_not_provided(region), group.provider,
         or_not_provided(value("regions")), or_not_provided(value("country")),
         basis == "NONE" ? "NO BASIS" : or_not_provided(basis), or_not_provided(value("document")),
         verdict, format_count(group.usage.requests),
         format_count(group.usage.input_tokens + group.usage.output_tokens)});
  }
  // What is against a rule comes first, then what nobody can judge.
  const auto rank = [](const ReportRow& row) {
    return row[7] == "NOT ALLOWED" ? 0 : row[7] == "REGION UNKNOWN" ? 1 : 2;
  };
  std::ranges::stable_sort(residency.rows, {}, rank);
  return residency;
}

void write_ingest(const ReportScope& scope, SectionWriter& out) {
  const auto found = scope.facts.ingest.find(scope.request.tenant);
  const IngestTotals totals = found == scope.facts.ingest.end() ? IngestTotals{} : found->second;
  UsageTotals usage;
  for (const CostGroup& group : scope.facts.usage) {
    if (scope.covers(group.tenant)) usage += group.usage;
  }
  const std::int64_t priced =
      usage.requests - usage.unpriced_requests - usage.cache_hits - usage.out_of_range_requests;
  const std::int64_t difference = totals.accepted - usage.requests;
  const auto share = [&](std::int64_t part) {
    if (usage.requests == 0) return format_count(part);
    return fmt::format("{} ({}.{:02} %)", format_count(part), part * 100 / usage.requests,
                       part * 10'000 / usage.requests % 100);
  };
  out.facts("Tie-out of the usage records of the period",
            {{"Read", format_count(totals.accepted + totals.duplicates + totals.quarantined)},
             {"Duplicates, taken once", format_count(totals.duplicates)},
             {"Refused (quarantine)", format_count(totals.quarantined)},
             {"Accepted", format_count(totals.accepted)},
             {"In the rollup", format_count(usage.requests)},
             {"Difference", format_count(difference) + (difference == 0 ? ", ties out" : "")},
             {"Priced", share(priced)},
             {"Served from cache, no upstream cost", share(usage.cache_hits)},
             {"Without a price", share(usage.unpriced_requests)},
             {"Amount out of range", share(usage.out_of_range_requests)},
             {"Estimated token counts", share(usage.estimated_requests)},
             {"Counts at the limit of 32 bits", format_count(totals.clamped)},
             {"Input tokens", format_count(usage.input_tokens)},
             {"Output tokens", format_count(usage.output_tokens)}});
  if (difference != 0) {
    out.notice(NoticeTone::failure, "Accepted records and the rollup differ",
               "Run costctl run recount --wait, which names each difference.");
  }
  if (scope.is_of_all() && scope.facts.undated_lines > 0) {
    out.text(
        fmt::format("Besides, {} lines were refused whose date could not be read; nobody can "
                    "say whether they are of the period.",
                    format_count(scope.facts.undated_lines)));
  }
}

void write_closes(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> rows;
  for (const ClosedPeriod& closed : scope.facts.closed) {
    const DayRange days = days_of(closed.month);
    if (!scope.covers(closed.tenant) || days.to <= scope.request.period.from ||
        days.from >= scope.request.period.to) {
      continue;
    }
    const Instant end = scope.zone.start_of(days.to);
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(closed.closed_at - end);
    rows.push_back({scope.tenant_name(closed.tenant), format_month(closed.month),
                    scope.local_time(closed.closed_at), closed.closed_by,
                    format_count(hours.count())});
  }
  out.table({"Closed months of the period",
             {"Tenant", "Month", "Closed", "By", "#Hours after its end"},
             "No month of the period is closed yet.",
             "closed-months.csv"},
            rows);
}

void write_runs(const ReportScope& scope, SectionWriter& out) {
  if (!scope.is_of_all()) {
    out.text(
        "Schedules serve all tenants together; how completely they ran is in the report of all "
        "tenants.");
    return;
  }
  std::map<std::string, std::map<RunState, std::int64_t>> by_schedule;
  std::map<std::string, std::int64_t> retried;
  for (const RunTally& tally : scope.facts.runs) {
    by_schedule[tally.schedule][tally.state] += tally.runs;
    retried[tally.schedule] += tally.retried;
  }
  std::vector<ReportRow> rows;
  for (const auto& [schedule, states] : by_schedule) {
    const auto runs = [&](std::initializer_list<RunState> wanted) {
      std::int64_t sum = 0;
      for (const RunState state : wanted) {
        const auto found = states.find(state);
        if (found != states.end()) sum += found->second;
      }
      return format_count(sum);
    };
    std::int64_t due = 0;
    for (const auto& [state, count] : states) due += count;
    rows.push_back({schedule.empty() ? "(by hand)" : schedule, format_count(due),
                    runs({RunState::succeeded}), runs({RunState::failed}),
                    format_count(retried[schedule]),
                    runs({RunState::missed, RunState::abandoned, RunState::skipped}),
                    runs({RunState::queued, RunState::running, RunState::cancelled})});
  }
  out.table({"Runs by schedule; those that found nothing to do are thinned after a week",
             {"Schedule", "#Due", "#Succeeded", "#Failed", "#Tried again", "#Missed or skipped",
              "#Other"},
             "No run is on record for the period.",
             "runs.csv"},
            rows);
}

}  // namespace

void write_data_residency(const ReportScope& scope, SectionWriter& out) {
  const Residency residency = residency_of(scope);
  if (residency.not_allowed > 0) {
    out.notice(NoticeTone::failure,
               fmt::format("{} requests went where the tenant's rule does not allow it",
                           format_count(residency.not_allowed)),
               "The rows marked NOT ALLOWED below.");
  }
  out.facts("",
            {{"Requests in the period", format_count(residency.requests)},
             {"To providers whose regions are not stated", format_count(residency.unknown_region)},
             {"Against a rule", format_count(residency.not_allowed)},
             {"To providers without a stated basis", format_count(residency.without_basis)}});
  out.table({"Tenants, providers and regions",
             {"Tenant", "Region", "Provider", "Processes in", "Country", "Basis", "Document",
              "Verdict", "#Requests", "#Tokens"},
             "No usage lies in the period.",
             "data-residency.csv"},
            residency.rows);
  out.text(
      "Regions are those that the site states of a provider; usage records do not say in which "
      "of them a request was processed. ALLOWED means that all of them are allowed.");
}

void write_token_usage(const ReportScope& scope, SectionWriter& out) {
  write_ingest(scope, out);
  write_closes(scope, out);
  write_runs(scope, out);
}

void write_event_count(const ReportScope& scope, SectionWriter& out) {
  std::vector<ReportRow> by_type;
  std::vector<ReportRow> by_day;
  std::map<Day, std::int64_t> days;
  for (const Day day : each_day(scope.request.period)) days[day] = 0;
  const auto add = [&](const char* source, const std::string& type,
                       const std::map<Day, OutcomeCounts>& counts) {
    OutcomeCounts sum;
    for (const auto& [day, outcome] : counts) {
      sum.done += outcome.done;
      sum.denied += outcome.denied;
      sum.failed += outcome.failed;
      days[day] += outcome.all();
    }
    by_type.push_back({source, type, format_count(sum.done), format_count(sum.denied),
                       format_count(sum.failed), format_count(sum.all())});
    for (const Day day : each_day(scope.request.period)) {
      const auto found = counts.find(day);
      const OutcomeCounts outcome = found == counts.end() ? OutcomeCounts{} : found->second;
      by_day.push_back({format_day(day), source, type, std::to_string(outcome.done),
                        std::to_string(outcome.denied), std::to_string(outcome.failed),
                        std::to_string(outcome.all())});
    }
  };
  for (const auto& [type, counts] : scope.gateway.by_type) add("gateway", type, counts);
  std::map<std::string, std::map<Day, OutcomeCounts>> own;
  for (const AuditEvent& event : scope.own_events([](const AuditEvent&) { return true; })) {
    own[event.action][scope.zone.day_of(event.at)].add(
        event.outcome == "denied"   ? EventOutcome::denied
        : event.outcome == "failed" ? EventOutcome::failed
                                    : EventOutcome::done);
  }
  for (const auto& [action, counts] : own) add("costd", action, counts);
  out.table({"By type",
             {"Source", "Type", "#Done", "#Denied", "#Failed", "#All"},
             "No event lies in the period."},
            by_type);
  std::vector<ReportBars::Bar> bars;
  std::string empty_days;
  std::int64_t empty = 0;
  for (const auto& [day, count] : days) {
    bars.push_back({day_label(day, scope.request.period), count});
    if (count > 0) continue;
    ++empty;
    if (empty <= 40) empty_days += (empty_days.empty() ? "" : ", ") + format_day(day);
  }
  out.bars("Events by day", std::move(bars));
  out.text(empty == 0 ? "There is no day without events."
                      : fmt::format("Days without events: {} ({}{}).", empty, empty_days,
                                    empty > 40 ? ", …" : ""));
  out.file({"By type and day, days without events included",
            {"Day", "Source", "Type", "#Done", "#Denied", "#Failed", "#All"},
            "",
            "events-by-type.csv"},
           by_day);
  if (scope.request.type != ComplianceType::soc2) return;
  out.table({"Gateway events, one by one",
             {"At", "Tenant", "Type", "Outcome", "API key", "#Status"},
             "No gateway event lies in the period.",
             "gateway-events.csv"},
            scope.gateway.event_rows.first, scope.gateway.event_rows.csv.bytes(),
            scope.gateway.event_rows.count);
}

}  // namespace costd
