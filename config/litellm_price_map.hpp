#pragma once
// LiteLLM's model_prices_and_context_window.json as price entries: USD per token becomes USD per
// million tokens by moving the decimal point of the text, so nothing is rounded.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/price_entry.hpp"

namespace costd {

/// Something in the map that became no price, or only in part.
struct LeftOutPrice {
  std::string model;  ///< the map's own key
  std::string reason;
  std::string detail;
};

struct LitellmPrices {
  std::vector<PriceEntry> entries;  ///< each pattern, provider and tier once
  std::vector<LeftOutPrice> left_out;
  std::int64_t models = 0;  ///< keys of the map, sample_spec left out
  std::int64_t merged = 0;  ///< entries that were there already at the same prices
};

/// True for a JSON object that is no price file of ours.
bool is_litellm_price_map(std::string_view text);

/// The map's entries from `effective` on; it has no dates of its own.
///
/// The model is the key without the provider in front ("azure/gpt-4o" of azure is gpt-4o); the
/// provider is litellm_provider, where those that only name another way to reach one are that one
/// (bedrock_converse is bedrock). Two keys that become one model are merged if they cost the same;
/// else none of them is taken. A tier is taken only where the map has its prices. What would make a
/// wrong price is left out with its reason, never guessed.
/// Throws Error(config) with file:line:column if the text is no JSON object of objects.
LitellmPrices read_litellm_price_map(std::string_view text, const std::string& file, Day effective);

/// "1.5e-07" USD per token -> 150'000 micro-USD per million tokens. Throws Error(data) with the
/// reason for what is no number, negative, finer than a micro-USD per million, or too large.
std::int64_t parse_price_per_token(std::string_view text);

}  // namespace costd
