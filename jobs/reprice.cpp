#include "jobs/reprice.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "ledger/price_book.hpp"
#include "ledger/rating.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/database.hpp"
#include "ledger/store/series_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

/// What one price holds for: a model of a provider in a tier.
struct PricedOffering {
  PriceQuestion question;  ///< its day moves on with the days that are priced
  bool affected = false;   ///< a changed entry is about it
  const PriceEntry* before = nullptr;
  const PriceEntry* after = nullptr;
  bool resolved = false;  ///< before and after are those of the question's day
};

/// The offering and the group of a series.
struct SeriesPlace {
  std::size_t offering = 0;
  std::size_t group = 0;
};

bool is_about(const PriceEntry& entry, const PriceQuestion& question) {
  return entry.tier == question.tier &&
         (entry.provider.empty() || entry.provider == question.provider) &&
         matches_glob(entry.model_pattern, question.model);
}

/// The live entries once the changes are made.
std::vector<PriceEntry> changed_list(std::vector<PriceEntry> live, const PriceChanges& changes) {
  std::set<std::int64_t> retired;
  for (const PriceEntry& entry : changes.retired) retired.insert(entry.id);
  std::erase_if(live, [&](const PriceEntry& entry) { return retired.contains(entry.id); });
  live.insert(live.end(), changes.added.begin(), changes.added.end());
  return live;
}

/// A day's stored charges, asked for in key order.
class StoredCharges {
 public:
  explicit StoredCharges(const PackedDailyCharges* stored) : stored_(stored) {}
  std::optional<Charge> find(const DailyKey& key) {
    if (stored_ == nullptr) return std::nullopt;
    const PackedDailyKeys& keys = stored_->keys();
    while (at_ < keys.size() && keys[at_] < key) ++at_;
    if (at_ == keys.size() || keys[at_] != key) return std::nullopt;
    return stored_->charge(at_);
  }

 private:
  const PackedDailyCharges* stored_;
  std::size_t at_ = 0;
};

/// One pass over the days, oldest first.
class Repricing {
 public:
  Repricing(Connection& connection, const PriceChanges& changes, std::vector<PriceEntry> before,
            std::vector<PriceEntry> after)
      : before_(std::move(before)),
        after_(std::move(after)) {
    for (const Day day : load_unrated_days(connection)) unrated_.insert(day);
    std::map<std::pair<std::string, std::string>, std::size_t> groups;
    std::map<std::tuple<std::string, std::string, ServiceTier>, std::size_t> offerings;
    for (auto& [id, key] : load_series(connection)) {
      const auto [offering, is_new] =
          offerings.try_emplace({key.model, key.provider, key.tier}, offerings_.size());
      if (is_new) offerings_.push_back({{key.model, key.provider, key.tier, {}}});
      const auto group = groups.try_emplace({key.tenant, key.model}, groups.size()).first;
      places_.try_emplace(id, SeriesPlace{offering->second, group->second});
    }
    groups_.resize(groups.size());
    closed_.resize(groups.size());
    std::map<std::string, std::set<Month>> closed;
    for (const auto& [tenant, month] : load_closed_periods(connection)) {
      closed[tenant].insert(month);
    }
    for (const auto& [names, place] : groups) {
      groups_[place].tenant = names.first;
      groups_[place].model = names.second;
      if (const auto months = closed.find(names.first); months != closed.end()) {
        closed_[place] = months->second;
      }
    }
    mark_affected(changes);
  }

  /// The day's charges after the change, or nothing if none of them changes. Adds to the report.
  std::optional<std::vector<DailyCharge>> price_day(Day day, const PackedDailyUsage& usage,
                                                    const PackedDailyCharges* stored) {
    const bool is_rated = stored != nullptr && !unrated_.contains(day);
    StoredCharges known(stored);
    for (PricedOffering& offering : offerings_) offering.resolved = false;
    std::vector<DailyCharge> charges;
    charges.reserve(usage.keys().size());
    bool changed = !is_rated;
    for (std::size_t row = 0; row < usage.keys().size(); ++row) {
      const DailyKey key = usage.keys()[row];
      const SeriesPlace& place = places_.at(key.series);
      PricedOffering& offering = offerings_[place.offering];
      const std::optional<Charge> charge = known.find(key);
      if (closed_[place.group].contains(key.booked)) {
        if (charge) charges.push_back({key, *charge});
        continue;
      }
      const bool is_known = is_rated && charge.has_value();
      if (is_known && !offering.affected) {
        charges.push_back({key, *charge});
        continue;
      }
      resolve(offering, day);
      const TokenCounts tokens = usage.tokens(row);
      const Charge before =
          is_known ? *charge : charge_for(offering.before, key.band, key.origin, tokens);
      const Charge after = charge_for(offering.after, key.band, key.origin, tokens);
      charges.push_back({key, after});
      if (before == after) continue;
      changed = true;
      ++report_.rows;
      add(groups_[place.group], before, after, usage.requests()[row]);
    }
    if (!changed) return std::nullopt;
    ++report_.days;
    return charges;
  }

  RepriceReport take_report() {
    for (RepriceGroup& group : groups_) {
      const bool moves = group.newly_priced != 0 || group.newly_unpriced != 0 ||
                         group.newly_out_of_range != 0 || group.before != group.after;
      if (!moves) continue;
      RepriceGroup& total = report_.total;
      total.before += group.before;
      total.after += group.after;
      total.newly_priced += group.newly_priced;
      total.newly_unpriced += group.newly_unpriced;
      total.newly_out_of_range += group.newly_out_of_range;
      report_.groups.push_back(std::move(group));
    }
    std::ranges::sort(report_.groups, {}, [](const RepriceGroup& group) {
      return std::tie(group.tenant, group.model);
    });
    return std::move(report_);
  }

 private:
  void mark_affected(const PriceChanges& changes) {
    for (PricedOffering& offering : offerings_) {
      const auto about = [&](const PriceEntry& entry) {
        return is_about(entry, offering.question);
      };
      offering.affected = std::ranges::any_of(changes.added, about) ||
                          std::ranges::any_of(changes.retired, about);
    }
  }

  void resolve(PricedOffering& offering, Day day) {
    if (offering.resolved) return;
    offering.resolved = true;
    offering.question.day = day;
    offering.before = before_.find(offering.question);
    offering.after = after_.find(offering.question);
  }

  static void add(RepriceGroup& group, const Charge& before, const Charge& after,
                  std::int64_t requests) {
    group.before += before.amounts.total();
    group.after += after.amounts.total();
    if (before.state == after.state) return;
    if (after.state == ChargeState::priced) group.newly_priced += requests;
    if (after.state == ChargeState::unpriced) group.newly_unpriced += requests;
    if (after.state == ChargeState::out_of_range) group.newly_out_of_range += requests;
  }

  PriceBook before_;
  PriceBook after_;
  std::set<Day> unrated_;
  std::vector<PricedOffering> offerings_;
  std::vector<RepriceGroup> groups_;
  std::vector<std::set<Month>> closed_;  ///< by group: its tenant's closed months
  std::unordered_map<SeriesId, SeriesPlace> places_;
  RepriceReport report_;
};

/// Prices all days from the first affected one on; `store` gets those that change.
template <typename Store>
RepriceReport reprice_days(Connection& connection, Repricing& repricing, Day from, Store store) {
  for_each_day(connection, from, std::nullopt,
               [&](Day day, const PackedDailyUsage& usage, const PackedDailyCharges* stored) {
                 const auto charges = repricing.price_day(day, usage, stored);
                 if (charges) store(day, *charges);
                 return Visit::go_on;
               });
  RepriceReport report = repricing.take_report();
  report.from = from;
  return report;
}

}  // namespace

RepriceReport preview_reprice(Connection& connection, const PriceChanges& changes) {
  if (changes.empty()) return {};
  const std::vector<PriceEntry> live = load_prices(connection);
  Repricing repricing(connection, changes, live, changed_list(live, changes));
  return reprice_days(connection, repricing, changes.first_day(),
                      [](Day, const std::vector<DailyCharge>&) {});
}

RepriceReport apply_and_reprice(UnitOfWork& unit, PriceChanges& changes, Instant now) {
  if (changes.empty()) return {};
  const std::vector<PriceEntry> live = load_prices(unit);
  apply_price_changes(unit, changes, now);
  Repricing repricing(unit, changes, live, changed_list(live, changes));
  return reprice_days(unit, repricing, changes.first_day(),
                      [&](Day day, const std::vector<DailyCharge>& charges) {
                        store_daily_charges(unit, day, charges);
                      });
}

}  // namespace costd
