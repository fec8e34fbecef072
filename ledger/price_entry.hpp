#pragma once
// A dated price as the price book holds it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/time/calendar.hpp"
#include "ledger/token_usage.hpp"

namespace costd {

/// Micro-USD per million tokens: the integer of six decimals of USD per million.
/// tokens * price is then whole pico-USD.
struct Rates {
  std::optional<std::int64_t> input;
  std::optional<std::int64_t> output;
  std::optional<std::int64_t> cache_read;
  std::optional<std::int64_t> cache_write;  ///< 5 minutes
  std::optional<std::int64_t> cache_write_1h;
  friend bool operator==(const Rates&, const Rates&) = default;
};

/// The largest price: one million USD per million tokens.
inline constexpr std::int64_t price_micros_per_mtok_max = 1'000'000'000'000;

struct LongContext {
  std::int64_t above = 0;  ///< tokens; a request with more total input moves as a whole
  Rates rates;
  friend bool operator==(const LongContext&, const LongContext&) = default;
};

enum class PriceOrigin { config, api };

struct PriceEntry {
  std::int64_t id = 0;        ///< 0 until stored; lower is older
  std::string model_pattern;  ///< exact name, or a glob with * and ?
  std::string provider;       ///< "" = any
  ServiceTier tier = ServiceTier::standard;
  Day effective_from{};  ///< inclusive, compared with the local date of the day bucket
  Rates rates;           ///< input and output are always set
  std::optional<LongContext> long_context;
  PriceOrigin origin = PriceOrigin::api;
  std::string source;  ///< where the price was read, free text
};

/// "2.50" -> 2'500'000. Decimal text, at most 6 decimals, 0 up to the largest price.
/// Throws Error(data) with the text and the reason.
std::int64_t parse_price(const std::string& text);
/// "2.50", "0.0375": at least two decimals, no trailing zeros beyond.
std::string format_price(std::int64_t micros_per_mtok);

/// What is wrong with a model pattern, as "with ...; what to do": empty, a blank at an end, a
/// control character, a bracket, or `**`. "" if nothing: a name, or a pattern with `*` and `?`.
std::string complaint_about_pattern(std::string_view pattern);

/// Pattern, provider, tier and effective date: what no two live entries may share.
std::string identity_of(const PriceEntry& entry);

}  // namespace costd
