#include "ledger/store/cost_series.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "ledger/store/connection.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/series_store.hpp"

namespace costd {
namespace {

constexpr const char* select_mark =
    "select count(*), coalesce(max(revision), 0) from charge_revision"
    " where day >= :from and day < :to";

constexpr std::int64_t ChargeAmounts::*amount_classes[] = {
    &ChargeAmounts::input_picos, &ChargeAmounts::cache_read_picos,
    &ChargeAmounts::cache_write_picos, &ChargeAmounts::output_picos};

auto columns_of(const CostSeries& series) {
  return std::tie(series.tenant, series.api_key, series.model, series.provider);
}

/// Series of one grouping while the days come in.
class Groups {
 public:
  Groups(const std::unordered_map<SeriesId, SeriesKey>& keys,
         const std::optional<std::string>& tenant, unsigned grouping) {
    std::map<std::tuple<std::string, std::string, std::string, std::string>, std::size_t> places;
    const auto part = [&](unsigned flag, const std::string& text) {
      return (grouping & flag) != 0 ? text : std::string();
    };
    for (const auto& [id, key] : keys) {
      if (tenant && key.tenant != *tenant) continue;
      CostSeries series{part(by_tenant, key.tenant),
                        part(by_api_key, key.api_key),
                        part(by_model, key.model),
                        part(by_provider, key.provider),
                        {}};
      const auto [at, is_new] = places.try_emplace(columns_of(series), series_.size());
      if (is_new) series_.push_back(std::move(series));
      group_of_.emplace(id, at->second);
    }
  }

  void add(Day day, SeriesId id, Money charge) {
    const auto group = group_of_.find(id);
    if (group == group_of_.end()) return;
    DailySeries& costs = series_[group->second].costs;
    if (costs.amounts.empty()) costs.first = day;
    costs.amounts.resize(static_cast<std::size_t>((day - costs.first).count()) + 1);
    costs.amounts.back() += charge;
  }

  std::vector<CostSeries> finish() && {
    std::erase_if(series_, [](const CostSeries& one) { return one.costs.amounts.empty(); });
    std::ranges::sort(series_, [](const CostSeries& a, const CostSeries& b) {
      return columns_of(a) < columns_of(b);
    });
    return std::move(series_);
  }

 private:
  std::vector<CostSeries> series_;
  std::unordered_map<SeriesId, std::size_t> group_of_;
};

}  // namespace

std::vector<std::vector<CostSeries>> load_daily_costs(Connection& connection,
                                                      const std::optional<std::string>& tenant,
                                                      const DayRange& range,
                                                      std::span<const unsigned> groupings) {
  const auto keys = load_series(connection);
  std::vector<Groups> groups;
  for (const unsigned grouping : groupings) groups.emplace_back(keys, tenant, grouping);
  const auto add_day = [&](Day day, const PackedDailyUsage&, const PackedDailyCharges* charges) {
    if (charges == nullptr) return Visit::go_on;
    // Rows of one series follow each other.
    const PackedDailyKeys& rows = charges->keys();
    for (std::size_t first = 0; first < rows.size();) {
      std::size_t last = first + 1;
      while (last < rows.size() && rows.series(last) == rows.series(first)) ++last;
      Money sum;
      for (const auto amount_class : amount_classes) {
        sum += Money::from_picos(charges->amounts(amount_class).sum(first, last - first));
      }
      for (Groups& group : groups) group.add(day, rows.series(first), sum);
      first = last;
    }
    return Visit::go_on;
  };
  for_each_day(connection, range.from, range.to, add_day);
  std::vector<std::vector<CostSeries>> all;
  for (Groups& group : groups) all.push_back(std::move(group).finish());
  return all;
}

std::string load_charges_mark(Connection& connection, const DayRange& range) {
  std::int64_t count = 0;
  std::int64_t revision = 0;
  const std::int64_t from = to_day_number(range.from);
  const std::int64_t to = to_day_number(range.to);
  connection.sql << select_mark, soci::into(count), soci::into(revision), soci::use(from),
      soci::use(to);
  return std::to_string(count) + "/" + std::to_string(revision);
}

}  // namespace costd
