#pragma once
// Rating: applying the price book to usage. Integers only; nothing is ever rounded here.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "ledger/daily_usage.hpp"
#include "ledger/money.hpp"
#include "ledger/price_book.hpp"

namespace costd {

enum class ChargeState : std::uint8_t {
  priced,        ///< amounts hold, also when they are zero because the price is
  unpriced,      ///< no entry for model, provider, tier and day; amounts are zero and mean nothing
  cache_hit,     ///< no upstream call, so no cost
  out_of_range,  ///< the amount is beyond int64 pico-USD; set apart and shown
};
const char* name_of(ChargeState state);

/// The cost of some usage by token class, in pico-USD. Each fits int64, and so does their sum.
struct ChargeAmounts {
  std::int64_t input_picos = 0;
  std::int64_t cache_read_picos = 0;
  std::int64_t cache_write_picos = 0;  ///< 5 min and 1 h together
  std::int64_t output_picos = 0;
  Money input() const;  ///< all input classes, cached ones included
  Money output() const { return Money::from_picos(output_picos); }
  Money total() const { return input() + output(); }
  friend bool operator==(const ChargeAmounts&, const ChargeAmounts&) = default;
};

/// The amounts one by one, in the order in which they are stored.
inline constexpr std::array charge_amounts{
    &ChargeAmounts::input_picos, &ChargeAmounts::cache_read_picos,
    &ChargeAmounts::cache_write_picos, &ChargeAmounts::output_picos};

struct Charge {
  ChargeState state = ChargeState::unpriced;
  std::int64_t price_id = 0;  ///< the entry that made the amounts; 0 without one
  ChargeAmounts amounts;
  friend bool operator==(const Charge&, const Charge&) = default;
};

/// One row of cost_daily: the charge for one row of usage_daily.
struct DailyCharge {
  DailyKey key;
  Charge charge;
};

/// tokens * rate by class; nothing if a class or the sum is beyond int64 pico-USD.
std::optional<ChargeAmounts> amounts_for(const TokenCounts& tokens, const ClassRates& rates);

/// The charge for the tokens at the entry's prices; null is no entry, so unpriced.
Charge charge_for(const PriceEntry* entry, ContextBand band, Origin origin,
                  const TokenCounts& tokens);

/// Prices usage of known series, remembering what it resolved: one per pass over the usage.
class Rater {
 public:
  explicit Rater(const PriceBook& prices) : prices_(prices) {}
  Charge rate(const SeriesKey& series, Day day, ContextBand band, Origin origin,
              const TokenCounts& tokens);

 private:
  const PriceEntry* find(const SeriesKey& series, Day day);

  const PriceBook& prices_;
  struct Resolved {
    std::string model, provider;
    ServiceTier tier;
    Day day;
    friend auto operator<=>(const Resolved&, const Resolved&) = default;
  };
  std::map<Resolved, const PriceEntry*> resolved_;
};

}  // namespace costd
