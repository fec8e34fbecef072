#include "jobs/chargeback_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "jobs/anomaly_incidents.hpp"
#include "jobs/spend_watch_scopes.hpp"
#include "jobs/statement_forecasts.hpp"
#include "ledger/mask.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/budget_store.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/file_ledger.hpp"
#include "ledger/store/report_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

using std::chrono::days;

CostFilter filter_for(const DayRange& period, const std::string& tenant) {
  CostFilter filter;
  if (!tenant.empty()) filter.tenant = tenant;
  if (const auto month = whole_month(period)) {
    filter.booked = month;
  } else {
    filter.from = period.from;
    filter.to = period.to;
  }
  return filter;
}

/// Display names of tenants and keys.
class Names {
 public:
  explicit Names(const std::vector<Tenant>& tenants) {
    for (const Tenant& tenant : tenants) {
      if (!tenant.name.empty()) tenants_.emplace(tenant.id, tenant.name);
      for (const NamedKey& key : tenant.api_keys) keys_.emplace(key.id, key.name);
    }
  }
  std::string tenant(const std::string& id) const {
    if (id == unknown_name) return "unallocated (unknown)";
    const auto found = tenants_.find(id);
    return found == tenants_.end() ? id : found->second;
  }
  std::string key(const std::string& id) const {
    const auto found = keys_.find(id);
    return found == keys_.end() ? mask_key(id) : found->second;
  }

 private:
  std::map<std::string, std::string> tenants_;
  std::map<std::string, std::string> keys_;
};

CostLine line_of(const CostGroup& group) {
  CostLine line;
  line.tenant = group.tenant;
  line.usage = group.usage;
  line.input_cost = group.input_cost;
  line.output_cost = group.output_cost;
  line.total_cost = group.total_cost();
  return line;
}

/// Dearest first.
void sort_by_cost(std::vector<CostLine>& lines) {
  std::ranges::sort(lines, [](const CostLine& a, const CostLine& b) {
    return std::tie(b.total_cost, a.tenant, a.key, a.provider) <
           std::tie(a.total_cost, b.tenant, b.key, b.provider);
  });
}

/// Sum of the tenants' own rounded totals: the statement rounds once per tenant.
Cents rounded_total(const std::vector<CostLine>& tenants) {
  Cents total;
  for (const CostLine& line : tenants) total = total + round_to_cents(line.total_cost);
  return total;
}

DayRange period_before(const DayRange& period) {
  if (const auto month = whole_month(period)) return days_of(previous_month(*month));
  return {period.from - (period.to - period.from), period.from};
}

std::string name_of_period(const DayRange& period) {
  const auto month = whole_month(period);
  return month ? name_of(*month) : describe(period);
}

/// "745 hours: clocks change in the period", where the days are not all 24 hours long.
std::string note_on_hours(const DayRange& period, const Zone& zone) {
  const InstantRange range = instants_of(period, zone);
  const auto hours = std::chrono::floor<std::chrono::hours>(range.to - range.from).count();
  return hours == period.days() * 24
             ? ""
             : fmt::format("{} hours: the clocks change in this period", hours);
}

class ChargebackBuilder {
 public:
  ChargebackBuilder(Connection& connection, const StatementRequest& request,
                    const AnomalyRules& rules)
      : connection_(connection),
        request_(request),
        rules_(rules),
        zones_(load_billing_zones(connection)),
        names_(load_tenants(connection)),
        filter_(filter_for(request.period, request.tenant)) {}

  ChargebackModel build() {
    add_heading();
    add_cost_sections();
    add_day_section();
    add_corrections();
    add_findings();
    add_comparisons();
    add_tie_out();
    add_audit_chain();
    keep_findings();
    return std::move(model_);
  }

 private:
  std::vector<CostGroup> groups(unsigned grouping) const {
    return summarize_costs(connection_, filter_, grouping);
  }

  void add_heading() {
    const DayRange& period = request_.period;
    const Zone& zone = zones_.zone_on(request_.tenant, period.from);
    model_.report_id = request_.report_id;
    model_.tenant = request_.tenant;
    model_.tenant_name = request_.tenant.empty() ? "All tenants" : names_.tenant(request_.tenant);
    model_.period = period;
    model_.period_name = name_of_period(period);
    model_.period_window = describe(period);
    model_.time_zone = request_.tenant.empty() && zones_.has_own_zones(period.from)
                           ? "each tenant's own zone, else " + zone.name()
                           : zone.name();
    model_.period_note = note_on_hours(period, zone);
    model_.generated_at = request_.as_of;
    model_.generated_by = request_.generated_by;
    model_.revision =
        static_cast<int>(next_revision(connection_, "chargeback", request_.tenant, period));
    before_ = find_latest_report(connection_, "chargeback", request_.tenant, period, "");
    if (before_) {
      model_.supersedes = Superseded{static_cast<int>(before_->revision), before_->model_sha256};
    }
  }

  void add_cost_sections() {
    for (const CostGroup& group : groups(by_tenant)) {
      model_.tenants.push_back(line_of(group));
      model_.tenants.back().key = group.tenant;
      model_.tenants.back().name = names_.tenant(group.tenant);
    }
    for (const CostGroup& group : groups(by_tenant | by_api_key)) {
      model_.api_keys.push_back(line_of(group));
      model_.api_keys.back().key = group.api_key;
      model_.api_keys.back().name = names_.key(group.api_key);
    }
    for (const CostGroup& group : groups(by_model | by_provider)) {
      model_.models.push_back(line_of(group));
      model_.models.back().key = model_.models.back().name = group.model;
      model_.models.back().provider = group.provider;
    }
    for (const CostGroup& group : groups(by_provider)) {
      model_.providers.push_back(line_of(group));
      model_.providers.back().key = model_.providers.back().name = group.provider;
    }
    for (auto* lines : {&model_.tenants, &model_.api_keys, &model_.models, &model_.providers}) {
      sort_by_cost(*lines);
    }
    const CostGroup all = summarize_all_costs(connection_, filter_);
    model_.usage = all.usage;
    model_.total = all.total_cost();
    model_.statement_total = rounded_total(model_.tenants);
    std::vector<std::string> tenants;
    for (const CostLine& line : model_.tenants) tenants.push_back(line.tenant);
    model_.status = statement_status(load_closed_periods(connection_), request_.period, tenants);
  }

  /// What is booked in the month but happened before it.
  void add_corrections() {
    if (!filter_.booked) return;
    CostFilter before = filter_;
    before.to = request_.period.from;
    for (const CostGroup& group : summarize_costs(
             connection_, before, by_tenant | by_api_key | by_model | by_provider | by_day)) {
      Correction correction;
      correction.line = line_of(group);
      correction.line.key = group.api_key;
      correction.line.name = names_.key(group.api_key);
      correction.line.provider = group.provider;
      correction.tenant_name = names_.tenant(group.tenant);
      correction.model = group.model;
      correction.day = group.day;
      correction.closed_month = format_month(month_of(group.day));
      model_.tie_out.corrections += group.usage.requests;
      model_.tie_out.correction_sum += group.total_cost();
      model_.corrections.push_back(std::move(correction));
    }
    std::ranges::stable_sort(model_.corrections, {}, &Correction::day);
  }

  /// Every day of the period; days before it are corrections booked in it.
  void add_day_section() {
    std::map<Day, CostLine> lines;
    for (const Day day : each_day(request_.period)) lines[day];
    for (const CostGroup& group : groups(by_day)) lines[group.day] = line_of(group);
    for (auto& [day, line] : lines) {
      line.key = format_day(day);
      line.name = describe(day);
      if (!request_.period.contains(day)) line.name += " (correction)";
      model_.days.push_back(std::move(line));
    }
  }

  void add_findings() {
    add_anomalies();
    StatementForecasts found = statement_forecasts(connection_, filter_.tenant, last_known_day());
    if (found.lines.empty()) return;
    model_.forecast = found.lines.front();
    model_.forecast_name = name_of(found.month);
    model_.forecasts = std::move(found.lines);
    model_.forecast_points = std::move(found.points);
  }

  /// Incidents of tenants' models by both rules, and the days that they mark.
  void add_anomalies() {
    const DayRange judged = judged_days();
    auto incidents = find_published_incidents(connection_, judged, request_.tenant, rules_);
    SpendWatchScopes watch(rules_);
    for (StoredAnomaly& found :
         watch.find_of_models(connection_, request_.tenant, judged.from, judged.to - days(1))) {
      const bool is_in =
          found.incident.first_day < judged.to && found.incident.last_day >= judged.from;
      if (is_in) incidents.push_back(std::move(found));
    }
    std::ranges::sort(incidents, {}, [](const StoredAnomaly& one) {
      return std::tie(one.incident.first_day, one.tenant, one.model, one.rule);
    });
    std::set<Day> anomalous;
    for (StoredAnomaly& incident : incidents) {
      weigh(incident, rules_);
      explain(connection_, incident);
      for (Day day = incident.incident.first_day; day <= incident.incident.last_day;
           day += days(1)) {
        anomalous.insert(day);
      }
      model_.anomalies.push_back(anomaly_line(incident));
    }
    for (CostLine& line : model_.days) {
      line.anomalous = anomalous.contains(parse_day(line.key).value_or(Day{}));
    }
  }

  /// The last complete day, at most the last one of the period.
  Day last_known_day() const {
    const Day complete = request_.tenant.empty()
                             ? zones_.last_day_complete_for_all(request_.as_of)
                             : zones_.last_complete_day(request_.tenant, request_.as_of);
    return std::min(request_.period.to - days(1), complete);
  }

  DayRange judged_days() const {
    return {request_.period.from, std::max(request_.period.from, last_known_day() + days(1))};
  }

  AnomalyLine anomaly_line(const StoredAnomaly& found) const {
    const AnomalyIncident& incident = found.incident;
    AnomalyLine line;
    line.id = fmt::format("{}/{}/{}/{}", format_day(incident.first_day), name_of(found.rule),
                          found.tenant, found.model);
    line.tenant = found.tenant;
    line.tenant_name = names_.tenant(found.tenant);
    line.model = found.model;
    line.kind = name_of(incident.kind);
    line.day = incident.first_day;
    line.last_day = incident.last_day;
    line.rule = name_of(found.rule);
    line.severity = found.severity;
    line.why = found.why;
    line.current_daily_rate = incident.current;
    line.baseline = incident.baseline;
    line.deviation_percent = incident.deviation_percent();
    line.impact = incident.impact;
    line.detected_at = request_.as_of;
    line.open = incident.last_day == last_known_day();
    return line;
  }

  void add_comparisons() {
    const DayRange before = period_before(request_.period);
    std::vector<CostLine> tenants;
    for (const CostGroup& group :
         summarize_costs(connection_, filter_for(before, request_.tenant), by_tenant)) {
      tenants.push_back(line_of(group));
    }
    model_.previous_name = name_of_period(before);
    if (!tenants.empty()) model_.previous_total = rounded_total(tenants);
    add_budget();
    CostFilter unpriced = filter_;
    unpriced.state = ChargeState::unpriced;
    for (const CostGroup& group : summarize_costs(connection_, unpriced, by_model | by_provider)) {
      model_.unpriced_models.push_back({group.model, group.provider, group.usage.requests,
                                        group.usage.input_tokens, group.usage.output_tokens});
    }
  }

  /// The tightest monthly cap on the statement's scope, for statements of whole months.
  void add_budget() {
    if (!whole_month(request_.period)) return;
    for (const BudgetCap& cap : load_caps(connection_)) {
      if (!cap.enabled || cap.tenant != request_.tenant || !cap.api_key.empty()) continue;
      if (cap.period != BudgetPeriod::monthly) continue;
      if (model_.budget && model_.budget->limit <= cap.limit) continue;
      model_.budget = BudgetUse{cap.name, cap.limit, model_.total, cap.soft_limit_percent};
    }
  }

  void add_tie_out() {
    const auto month = whole_month(request_.period);
    const IngestTotals taken =
        month ? load_ingest_totals(connection_, *month, request_.tenant)
              : load_ingest_totals(connection_, request_.period, request_.tenant);
    TieOut& tie = model_.tie_out;
    tie.accepted = taken.accepted;
    tie.duplicates = taken.duplicates;
    tie.quarantined = taken.quarantined;
    if (request_.tenant.empty()) tie.undated = count_undated_lines(connection_);
    tie.records_in = taken.accepted + taken.duplicates + taken.quarantined;
    tie.cache_hits = model_.usage.cache_hits;
    tie.unpriced = model_.usage.unpriced_requests;
    tie.out_of_range = model_.usage.out_of_range_requests;
    tie.priced = model_.usage.requests - tie.cache_hits - tie.unpriced - tie.out_of_range;
    tie.tenant_sum = sum_of(model_.tenants);
    tie.api_key_sum = sum_of(model_.api_keys);
    tie.model_sum = sum_of(model_.models);
    tie.provider_sum = sum_of(model_.providers);
    tie.day_sum = sum_of(model_.days);
    const auto [low, high] = std::minmax({model_.total, tie.tenant_sum, tie.api_key_sum,
                                          tie.model_sum, tie.provider_sum, tie.day_sum});
    tie.difference = high - low;
  }

  void add_audit_chain() {
    AuditHead chain = load_audit_head(connection_);
    if (chain.count > 0) model_.audit_chain = ChainHead{chain.count, std::move(chain.hash)};
  }

  /// What is found by day goes on changing with late records. The next revision of a FINAL
  /// statement has the findings of the one before it.
  void keep_findings() {
    const bool both_final = model_.status == StatementStatus::final && before_ &&
                            before_->status == name_of(StatementStatus::final);
    if (!both_final) return;
    ChargebackModel before =
        chargeback_model_from_json(find_report(connection_, before_->id).value().model);
    model_.previous_total = before.previous_total;
    model_.budget = before.budget;
    model_.forecast = before.forecast;
    model_.forecast_name = before.forecast_name;
    model_.forecasts = std::move(before.forecasts);
    model_.forecast_points = std::move(before.forecast_points);
    model_.anomalies = std::move(before.anomalies);
    model_.tie_out.undated = before.tie_out.undated;
    std::set<std::string> anomalous;
    for (const CostLine& line : before.days) {
      if (line.anomalous) anomalous.insert(line.key);
    }
    for (CostLine& line : model_.days) line.anomalous = anomalous.contains(line.key);
  }

  Connection& connection_;
  const StatementRequest& request_;
  const AnomalyRules& rules_;
  BillingZones zones_;
  Names names_;
  CostFilter filter_;
  std::optional<StoredReport> before_;  ///< the revision that this one supersedes
  ChargebackModel model_;
};

}  // namespace

ChargebackModel build_chargeback(Connection& connection, const StatementRequest& request,
                                 const AnomalyRules& rules) {
  return ChargebackBuilder(connection, request, rules).build();
}

StatementStatus statement_status(const ClosedPeriods& closed, const DayRange& period,
                                 const std::vector<std::string>& tenants) {
  const auto month = whole_month(period);
  if (!month || tenants.empty()) return StatementStatus::preliminary;
  const bool all_closed = std::ranges::all_of(tenants, [&](const std::string& tenant) {
    return closed.contains({tenant, *month});
  });
  return all_closed ? StatementStatus::final : StatementStatus::preliminary;
}

std::vector<std::string> statement_scopes(Connection& connection, const DayRange& period) {
  std::vector<std::string> scopes;
  for (const CostGroup& group : summarize_costs(connection, filter_for(period, ""), by_tenant)) {
    scopes.push_back(group.tenant);
  }
  scopes.emplace_back();
  return scopes;
}

}  // namespace costd
