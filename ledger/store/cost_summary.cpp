#include "ledger/store/cost_summary.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <tuple>

#include "ledger/store/connection.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/is_wanted.hpp"
#include "ledger/store/series_store.hpp"

namespace costd {
namespace {

auto group_key(const CostGroup& group) {
  return std::tie(group.tenant, group.api_key, group.model, group.provider);
}

/// Which group each series adds to, known before the first row is read.
class SeriesGroups {
 public:
  SeriesGroups(Connection& connection, const CostFilter& filter, unsigned grouping) {
    std::map<std::array<std::string, 4>, std::int32_t> places;
    const auto part = [&](unsigned flag, const std::string& text) {
      return (grouping & flag) != 0 ? text : std::string();
    };
    for (const auto& [id, key] : load_series(connection)) {
      if (!is_wanted(filter.tenant, key.tenant) || !is_wanted(filter.api_key, key.api_key) ||
          !is_wanted(filter.model, key.model) || !is_wanted(filter.provider, key.provider)) {
        continue;
      }
      const std::array parts{part(by_tenant, key.tenant), part(by_api_key, key.api_key),
                             part(by_model, key.model), part(by_provider, key.provider)};
      const auto [at, is_new] =
          places.try_emplace(parts, static_cast<std::int32_t>(groups_.size()));
      if (is_new) {
        groups_.emplace_back();
        std::tie(groups_.back().tenant, groups_.back().api_key, groups_.back().model,
                 groups_.back().provider) = std::tie(parts[0], parts[1], parts[2], parts[3]);
      }
      const auto place = static_cast<std::size_t>(id);
      if (group_of_.size() <= place) group_of_.resize(place + 1, none);
      group_of_[place] = at->second;
    }
  }

  static constexpr std::int32_t none = -1;
  /// The group's place, or none if the filter leaves the series out.
  std::int32_t operator[](SeriesId series) const {
    const auto place = static_cast<std::size_t>(series);
    return place < group_of_.size() ? group_of_[place] : none;
  }
  /// The groups with their names and without sums.
  const std::vector<CostGroup>& groups() const { return groups_; }

 private:
  std::vector<std::int32_t> group_of_;
  std::vector<CostGroup> groups_;
};

/// What a row without a charge is: served from the cache, or waiting for its rating.
ChargeState state_without_charge(Origin origin) {
  return origin == Origin::cache_hit ? ChargeState::cache_hit : ChargeState::unpriced;
}

/// Sums of one group, plain numbers until they are asked for.
struct GroupSums {
  UsageTotals usage;
  std::int64_t estimated_in_all = 0;
  int128 input_picos = 0;
  int128 output_picos = 0;
  bool seen = false;
};

/// Rows that follow each other and count for one group: where they stand in the day's usage and in
/// its charges.
struct CountedRun {
  static constexpr std::size_t no_charge = static_cast<std::size_t>(-1);
  std::size_t row = 0;
  std::size_t charge_row = no_charge;
  std::size_t count = 0;
  GroupSums* sums = nullptr;
  /// The row and its charge are what comes next.
  bool is_followed_by(std::size_t next_row, std::size_t next_charge, const GroupSums* group) const {
    const std::size_t expected = charge_row == no_charge ? no_charge : charge_row + count;
    return sums == group && row + count == next_row && next_charge == expected;
  }
};

void count_requests(GroupSums& sums, std::int64_t requests, Origin origin, ChargeState state) {
  UsageTotals& usage = sums.usage;
  sums.seen = true;
  usage.requests += requests;
  const bool estimated = origin == Origin::estimated;
  if (estimated) sums.estimated_in_all += requests;
  if (origin == Origin::cache_hit) {
    usage.cache_hits += requests;
  } else if (state == ChargeState::unpriced) {
    usage.unpriced_requests += requests;
  } else if (state == ChargeState::out_of_range) {
    usage.out_of_range_requests += requests;
  } else if (estimated) {
    usage.estimated_requests += requests;
  }
}

/// Which sums a token class adds to.
struct TokenSum {
  std::int64_t TokenCounts::*token_class;
  std::int64_t UsageTotals::*sum;
  std::int64_t UsageTotals::*part = nullptr;
};
constexpr std::array<TokenSum, 7> token_sums{{
    {&TokenCounts::input_uncached, &UsageTotals::input_tokens},
    {&TokenCounts::cache_read, &UsageTotals::input_tokens, &UsageTotals::cached_input_tokens},
    {&TokenCounts::cache_write_5m, &UsageTotals::input_tokens, &UsageTotals::cache_write_tokens},
    {&TokenCounts::cache_write_1h, &UsageTotals::input_tokens, &UsageTotals::cache_write_tokens},
    {&TokenCounts::output, &UsageTotals::output_tokens},
    {&TokenCounts::total, &UsageTotals::total_tokens},
    {&TokenCounts::reasoning, &UsageTotals::reasoning_tokens},
}};
struct AmountSum {
  std::int64_t ChargeAmounts::*amount_class;
  int128 GroupSums::*sum;
};
constexpr std::array<AmountSum, 4> amount_sums{{
    {&ChargeAmounts::input_picos, &GroupSums::input_picos},
    {&ChargeAmounts::cache_read_picos, &GroupSums::input_picos},
    {&ChargeAmounts::cache_write_picos, &GroupSums::input_picos},
    {&ChargeAmounts::output_picos, &GroupSums::output_picos},
}};

/// Sums the rows of the days it is shown, column by column.
class Summary {
 public:
  Summary(Connection& connection, const CostFilter& filter, unsigned grouping)
      : filter_(filter), by_day_((grouping & by_day) != 0), series_(connection, filter, grouping) {}

  void add(Day day, const PackedDailyUsage& usage, const PackedDailyCharges* charges) {
    if (by_day_ || days_.empty()) {
      days_.push_back(day);
      sums_.emplace_back(series_.groups().size());
    }
    choose_rows(usage, charges);
    for (const TokenSum& to : token_sums) {
      const PackedIntegers& column = usage.tokens(to.token_class);
      if (column.is_zero()) continue;
      for (const CountedRun& run : runs_) {
        const auto tokens = static_cast<std::int64_t>(column.sum(run.row, run.count));
        run.sums->usage.*to.sum += tokens;
        if (to.part != nullptr) run.sums->usage.*to.part += tokens;
      }
    }
    if (charges == nullptr) return;
    for (const AmountSum& to : amount_sums) {
      const PackedIntegers& column = charges->amounts(to.amount_class);
      if (column.is_zero()) continue;
      for (const CountedRun& run : runs_) {
        if (run.charge_row == CountedRun::no_charge) continue;
        run.sums->*to.sum += column.sum(run.charge_row, run.count);
      }
    }
  }

  std::vector<CostGroup> groups() const {
    std::vector<CostGroup> groups;
    for (std::size_t day = 0; day < days_.size(); ++day) {
      for (std::size_t n = 0; n < sums_[day].size(); ++n) {
        const GroupSums& sums = sums_[day][n];
        if (!sums.seen) continue;
        CostGroup& group = groups.emplace_back(series_.groups()[n]);
        if (by_day_) group.day = days_[day];
        group.usage = sums.usage;
        group.estimated_in_all = sums.estimated_in_all;
        group.input_cost = Money::from_picos(sums.input_picos);
        group.output_cost = Money::from_picos(sums.output_picos);
      }
    }
    std::ranges::sort(groups, [](const CostGroup& a, const CostGroup& b) {
      return std::pair(group_key(a), a.day) < std::pair(group_key(b), b.day);
    });
    return groups;
  }

 private:
  void choose_rows(const PackedDailyUsage& usage, const PackedDailyCharges* charges) {
    runs_.clear();
    const PackedDailyKeys& keys = usage.keys();
    // Every row has a charge, unless a price or a record came since the day was rated.
    const bool same_rows = charges != nullptr && charges->keys().has_keys_of(keys);
    unpack(keys.series(), series_ids_);
    unpack(keys.origins(), origins_);
    unpack(usage.requests(), requests_);
    if (charges != nullptr) unpack(charges->states(), states_);
    std::size_t next_charge = 0;
    for (std::size_t row = 0; row < keys.size(); ++row) {
      const std::int32_t group = series_[series_ids_[row]];
      if (group == SeriesGroups::none) continue;
      if (filter_.booked && keys.booked(row) != *filter_.booked) continue;
      std::size_t charge_row = CountedRun::no_charge;
      if (same_rows) {
        charge_row = row;
      } else if (charges != nullptr) {
        charge_row = find_charge(keys, row, charges->keys(), next_charge);
      }
      const auto origin = static_cast<Origin>(origins_[row]);
      const ChargeState state = charge_row == CountedRun::no_charge
                                    ? state_without_charge(origin)
                                    : static_cast<ChargeState>(states_[charge_row]);
      if (filter_.state && state != *filter_.state) continue;
      GroupSums& sums = sums_.back()[static_cast<std::size_t>(group)];
      count_requests(sums, requests_[row], origin, state);
      if (runs_.empty() || !runs_.back().is_followed_by(row, charge_row, &sums)) {
        runs_.push_back({row, charge_row, 0, &sums});
      }
      ++runs_.back().count;
    }
  }

  static void unpack(const PackedIntegers& column, std::vector<std::int64_t>& values) {
    values.clear();
    column.unpack_into(values, 0, column.size());
  }

  /// Both tables are in key order, so a charge is looked for from where the last one was.
  static std::size_t find_charge(const PackedDailyKeys& keys, std::size_t key_row,
                                 const PackedDailyKeys& charge_keys, std::size_t& from) {
    const SeriesId series = keys.series(key_row);
    while (from < charge_keys.size() && charge_keys.series(from) < series) ++from;
    for (std::size_t row = from; row < charge_keys.size(); ++row) {
      if (keys.is_same_key(key_row, charge_keys, row)) return row;
      if (charge_keys.series(row) != series) break;
    }
    return CountedRun::no_charge;
  }

  const CostFilter& filter_;
  bool by_day_;
  SeriesGroups series_;
  std::vector<Day> days_;                    ///< one if days are not told apart
  std::deque<std::vector<GroupSums>> sums_;  ///< by day, then group
  std::vector<CountedRun> runs_;
  // Columns of the day that is being added.
  std::vector<std::int64_t> series_ids_;
  std::vector<std::int64_t> origins_;
  std::vector<std::int64_t> requests_;
  std::vector<std::int64_t> states_;
};

}  // namespace

void CostGroup::add(const CostGroup& other) {
  usage += other.usage;
  estimated_in_all += other.estimated_in_all;
  input_cost += other.input_cost;
  output_cost += other.output_cost;
}

std::vector<CostGroup> summarize_costs(Connection& connection, const CostFilter& filter,
                                       unsigned grouping) {
  Summary summary(connection, filter, grouping);
  const auto add = [&](Day day, const PackedDailyUsage& usage, const PackedDailyCharges* charges) {
    if ((!filter.from || day >= *filter.from) && (!filter.to || day < *filter.to)) {
      summary.add(day, usage, charges);
    }
    return Visit::go_on;
  };
  if (filter.booked) {
    for_each_day_booked_in(connection, *filter.booked, add);
  } else {
    for_each_day(connection, filter.from, filter.to, add);
  }
  return summary.groups();
}

CostGroup summarize_all_costs(Connection& connection, const CostFilter& filter) {
  auto groups = summarize_costs(connection, filter, by_nothing);
  return groups.empty() ? CostGroup{} : groups.front();
}

std::map<std::string, Day> load_first_usage_days(Connection& connection) {
  const auto series = load_series(connection);
  std::set<std::string> missing;
  for (const auto& [id, key] : series) missing.insert(key.tenant);
  std::map<std::string, Day> days;
  const auto note = [&](Day day, const PackedDailyUsage& usage, const PackedDailyCharges*) {
    for (std::size_t row = 0; row < usage.keys().size() && !missing.empty(); ++row) {
      const std::string& tenant = series.at(usage.keys().series(row)).tenant;
      if (missing.erase(tenant) > 0) days.emplace(tenant, day);
    }
    return missing.empty() ? Visit::stop : Visit::go_on;
  };
  for_each_day(connection, std::nullopt, std::nullopt, note);
  return days;
}

std::vector<GroupSeries> load_cost_series(Connection& connection, const CostFilter& filter,
                                          unsigned grouping) {
  std::vector<GroupSeries> all;
  for (CostGroup& row : summarize_costs(connection, filter, grouping | by_day)) {
    if (all.empty() || group_key(all.back().group) != group_key(row)) {
      all.push_back({row, {row.day, {}}});
      all.back().group.usage = {};
      all.back().group.estimated_in_all = 0;
      all.back().group.input_cost = all.back().group.output_cost = Money{};
    }
    GroupSeries& series = all.back();
    series.group.add(row);
    series.costs.amounts.resize(static_cast<std::size_t>((row.day - series.costs.first).count()) +
                                1);
    series.costs.amounts.back() = row.total_cost();
  }
  return all;
}

}  // namespace costd
