#include "jobs/period_standing.hpp"

#include <algorithm>
#include <set>

#include "ledger/store/clock_store.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/series_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

/// Reads the facts of one month, once for all its tenants.
class MonthReader {
 public:
  MonthReader(Connection& connection, const CloseOptions& options, Month month,
              const TenantChoice& tenants, Instant now)
      : connection_(connection),
        options_(options),
        month_(month),
        now_(now),
        zones_(load_billing_zones(connection)) {
    for (const std::string& id : load_tenants_with_usage(connection, days_of(month))) {
      if (!tenants || tenants->contains(id)) standings_[id];
    }
  }

  std::vector<PeriodStanding> read() {
    std::vector<PeriodStanding> standings;
    if (standings_.empty()) return standings;
    add_closings();
    add_unrated_days();
    add_unpriced();
    const auto waivers = load_waivers(connection_, month_);
    for (auto& [tenant, standing] : standings_) {
      add_bounds(tenant, standing.facts);
      if (!standing.facts.is_closed) add_rest(tenant, standing.facts);
      const auto own = waivers.find(tenant);
      if (own != waivers.end()) standing.waivers = own->second;
      if (!standing.facts.is_closed) standing.obstacles = find_obstacles(standing.facts);
      standings.push_back(std::move(standing));
    }
    return standings;
  }

 private:
  void add_closings() {
    for (ClosedPeriod& closed : load_closed_period_records(connection_)) {
      const auto standing = standings_.find(closed.tenant);
      if (closed.month != month_ || standing == standings_.end()) continue;
      standing->second.facts.is_closed = true;
      standing->second.closed = std::move(closed);
    }
  }

  void add_bounds(const std::string& tenant, PeriodFacts& facts) const {
    const DayRange days = days_of(month_);
    const Zone& zone = zones_.zone_on(tenant, days.from);
    const InstantRange range = instants_of(days, zone);
    facts.tenant = tenant;
    facts.month = month_;
    facts.zone = zone.name();
    facts.begin = range.from;
    facts.end = range.to;
    facts.closable_from = range.to + options_.grace;
    facts.now = now_;
  }

  /// Corrections count, too: their days are before the month, but they are booked in it.
  void add_unrated_days() {
    const std::vector<Day> waiting = load_unrated_days(connection_);
    unrated_.insert(waiting.begin(), waiting.end());
    if (unrated_.empty()) return;
    const auto series = load_series(connection_);
    const auto add = [&](Day day, const PackedDailyUsage& usage, const PackedDailyCharges*) {
      if (!unrated_.contains(day)) return Visit::go_on;
      for (std::size_t row = 0; row < usage.keys().size(); ++row) {
        if (usage.keys().booked(row) != month_) continue;
        const auto standing = standings_.find(series.at(usage.keys().series(row)).tenant);
        if (standing == standings_.end()) continue;
        auto& days = standing->second.facts.unrated_days;
        if (days.empty() || days.back() != day) days.push_back(day);
      }
      return Visit::go_on;
    };
    for_each_day_booked_in(connection_, month_, add);
  }

  void add_unpriced() {
    CostFilter filter;
    filter.booked = month_;
    filter.state = ChargeState::unpriced;
    for (const CostGroup& group :
         summarize_costs(connection_, filter, by_tenant | by_model | by_day)) {
      const auto standing = standings_.find(group.tenant);
      // A day that waits for the rollup may yet find its prices.
      if (standing == standings_.end() || unrated_.contains(group.day)) continue;
      PeriodFacts& facts = standing->second.facts;
      facts.unpriced_requests += group.usage.unpriced_requests;
      if (facts.unpriced_models.empty() || facts.unpriced_models.back() != group.model) {
        facts.unpriced_models.push_back(group.model);
      }
    }
  }

  void add_rest(const std::string& tenant, PeriodFacts& facts) {
    if (const auto hold = find_clock_hold(connection_)) {
      facts.clock_jump = InstantRange{hold->from, hold->to};
    }
    if (!progress_) progress_ = load_source_progress(connection_);
    for (const std::string& source : options_.sources) {
      const auto found = progress_->find(source);
      facts.sources.push_back(
          {source, found == progress_->end() ? std::nullopt : std::optional(found->second)});
    }
    const RefusedCounts refused = count_refusals(connection_, tenant, days_of(month_), facts.begin);
    facts.refused_lines = refused.dated_lines;
    facts.undated_lines = refused.undated_lines;
    facts.refused_files = refused.files;
  }

  Connection& connection_;
  const CloseOptions& options_;
  Month month_;
  Instant now_;
  BillingZones zones_;
  std::map<std::string, PeriodStanding> standings_;
  std::set<Day> unrated_;
  std::optional<std::map<std::string, Instant>> progress_;
};

}  // namespace

std::vector<PeriodStanding> load_period_standings(Connection& connection,
                                                  const CloseOptions& options, Month month,
                                                  const TenantChoice& tenants, Instant now) {
  return MonthReader(connection, options, month, tenants, now).read();
}

std::vector<Month> load_months_with_usage(Connection& connection) {
  std::set<Month> months;
  const auto add = [&](Day day, const PackedDailyUsage& usage, const PackedDailyCharges*) {
    months.insert(month_of(day));
    for (std::size_t row = 0; row < usage.keys().size(); ++row) {
      months.insert(usage.keys().booked(row));
    }
    return Visit::go_on;
  };
  for_each_day(connection, std::nullopt, std::nullopt, add);
  return {months.begin(), months.end()};
}

}  // namespace costd
