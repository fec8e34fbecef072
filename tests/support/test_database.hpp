#pragma once
// A database in a folder of its own, and short words to put usage, prices and charges into it.

#include <map>
#include <vector>

#include "ledger/store/daily_store.hpp"
#include "ledger/store/database.hpp"
#include "ledger/store/price_store.hpp"
#include "ledger/store/series_store.hpp"
#include "tests/daemon/temporary_folder.hpp"
#include "tests/support/ledger_builders.hpp"

namespace costd::test {

struct TestDatabase {
  TemporaryFolder folder;
  Database database{folder / "costd.db"};

  /// One transaction.
  template <typename Change>
  void change(Change apply) {
    UnitOfWork unit = database.begin();
    apply(unit);
    unit.commit();
  }

  void apply_prices(const std::vector<PriceEntry>& entries,
                    Instant now = at("2026-10-01T00:00:00Z")) {
    change([&](UnitOfWork& unit) {
      PriceChanges changes = compare_prices(unit, entries, PriceOrigin::config);
      apply_price_changes(unit, changes, now);
      if (!changes.empty()) mark_unrated_from(unit, changes.first_day());
    });
  }

  /// Daily usage without raw records, booked in the month of the day unless said otherwise.
  void add_usage(const SeriesKey& key, Day on, const TokenCounts& tokens, std::int64_t requests = 1,
                 Origin origin = Origin::exact, std::optional<Month> booked = std::nullopt) {
    change([&](UnitOfWork& unit) {
      const SeriesId series = store_series(unit, key);
      add_daily_usage(unit,
                      {{{on, series, 0, booked.value_or(month_of(on)), origin}, requests, tokens}});
    });
  }
};

inline SeriesKey a_series(const std::string& tenant, const std::string& model = "m-large",
                          const std::string& api_key = "key_one",
                          const std::string& provider = "openai") {
  return {tenant, api_key, model, provider, ServiceTier::standard, ""};
}

inline TokenCounts input_and_output(std::int64_t input, std::int64_t output) {
  TokenCounts tokens;
  tokens.input_uncached = input;
  tokens.output = output;
  tokens.total = input + output;
  return tokens;
}

}  // namespace costd::test
