#include "ledger/rating.hpp"

#include <limits>

namespace costd {
namespace {

bool fits(int128 value) {
  return value <= std::numeric_limits<std::int64_t>::max();
}

}  // namespace

const char* name_of(ChargeState state) {
  switch (state) {
    case ChargeState::priced:
      return "priced";
    case ChargeState::unpriced:
      return "unpriced";
    case ChargeState::cache_hit:
      return "cache_hit";
    case ChargeState::out_of_range:
      return "out_of_range";
  }
  return "unpriced";
}

Money ChargeAmounts::input() const {
  return Money::from_picos(int128{input_picos} + cache_read_picos + cache_write_picos);
}

std::optional<ChargeAmounts> amounts_for(const TokenCounts& tokens, const ClassRates& rates) {
  const int128 input = int128{tokens.input_uncached} * rates.input;
  const int128 read = int128{tokens.cache_read} * rates.cache_read;
  const int128 write = int128{tokens.cache_write_5m} * rates.cache_write_5m +
                       int128{tokens.cache_write_1h} * rates.cache_write_1h;
  const int128 output = int128{tokens.output} * rates.output;
  if (!fits(input + read + write + output)) return std::nullopt;
  return ChargeAmounts{static_cast<std::int64_t>(input), static_cast<std::int64_t>(read),
                       static_cast<std::int64_t>(write), static_cast<std::int64_t>(output)};
}

Charge Rater::rate(const SeriesKey& series, Day day, ContextBand band, Origin origin,
                   const TokenCounts& tokens) {
  const bool needs_price = origin != Origin::cache_hit;
  return charge_for(needs_price ? find(series, day) : nullptr, band, origin, tokens);
}

Charge charge_for(const PriceEntry* entry, ContextBand band, Origin origin,
                  const TokenCounts& tokens) {
  if (origin == Origin::cache_hit) return {ChargeState::cache_hit, 0, {}};
  if (entry == nullptr) return {ChargeState::unpriced, 0, {}};
  const auto amounts = amounts_for(tokens, rates_for(*entry, band));
  if (!amounts) return {ChargeState::out_of_range, entry->id, {}};
  return {ChargeState::priced, entry->id, *amounts};
}

const PriceEntry* Rater::find(const SeriesKey& series, Day day) {
  const auto [at, is_new] =
      resolved_.try_emplace({series.model, series.provider, series.tier, day}, nullptr);
  if (is_new) at->second = prices_.find({series.model, series.provider, series.tier, day});
  return at->second;
}

}  // namespace costd
