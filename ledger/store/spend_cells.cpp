#include "ledger/store/spend_cells.hpp"

#include <array>
#include <map>
#include <utility>

#include "ledger/store/daily_store.hpp"
#include "ledger/store/is_wanted.hpp"
#include "ledger/store/series_store.hpp"

namespace costd {
namespace {

constexpr std::array class_names{"input", "cache read", "cache write", "output"};

/// Of one series, by class.
struct Sums {
  std::array<std::int64_t, class_names.size()> tokens{};
  std::array<Money, class_names.size()> costs{};

  void add(const TokenCounts& counts, const ChargeAmounts& amounts) {
    const std::array token_sums{counts.input_uncached, counts.cache_read,
                                counts.cache_write_5m + counts.cache_write_1h, counts.output};
    const std::array picos{amounts.input_picos, amounts.cache_read_picos, amounts.cache_write_picos,
                           amounts.output_picos};
    for (std::size_t n = 0; n < class_names.size(); ++n) {
      tokens[n] += token_sums[n];
      costs[n] += Money::from_picos(picos[n]);
    }
  }
};

}  // namespace

std::vector<SpendCell> load_spend_cells(Connection& connection, const CostFilter& filter) {
  std::map<SeriesId, SeriesKey> wanted;
  for (const auto& [id, key] : load_series(connection)) {
    if (is_wanted(filter.tenant, key.tenant) && is_wanted(filter.api_key, key.api_key) &&
        is_wanted(filter.model, key.model) && is_wanted(filter.provider, key.provider)) {
      wanted.emplace(id, key);
    }
  }
  std::map<SeriesId, Sums> sums;
  const auto add = [&](Day, const PackedDailyUsage& usage, const PackedDailyCharges* charges) {
    if (charges == nullptr) return Visit::go_on;
    const PackedDailyKeys& keys = usage.keys();
    std::size_t next = 0;
    for (std::size_t row = 0; row < charges->keys().size(); ++row) {
      const SeriesId series = charges->keys().series(row);
      if (!wanted.contains(series) || charges->state(row) != ChargeState::priced) continue;
      // Both are in key order; usage that came since its rating has no charge yet.
      std::size_t at = next;
      while (at < keys.size() && !keys.is_same_key(at, charges->keys(), row)) ++at;
      if (at == keys.size()) continue;
      next = at + 1;
      sums[series].add(usage.tokens(at), charges->charge(row).amounts);
    }
    return Visit::go_on;
  };
  for_each_day(connection, filter.from, filter.to, add);
  std::vector<SpendCell> cells;
  for (const auto& [series, sum] : sums) {
    const SeriesKey& key = wanted.at(series);
    for (std::size_t n = 0; n < class_names.size(); ++n) {
      if (sum.tokens[n] == 0 && sum.costs[n].is_zero()) continue;
      cells.push_back({key.tenant, key.api_key, key.model, key.provider, class_names[n],
                       sum.tokens[n], sum.costs[n], std::string(name_of(key.tier))});
    }
  }
  return cells;
}

}  // namespace costd
