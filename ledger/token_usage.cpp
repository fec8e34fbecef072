#include "ledger/token_usage.hpp"

#include <array>
#include <functional>

namespace costd {
namespace {

constexpr std::array<std::string_view, 4> tier_names{"standard", "batch", "priority", "flex"};
constexpr std::array<std::string_view, 3> origin_names{"exact", "estimated", "cache_hit"};

}  // namespace

TokenCounts& TokenCounts::operator+=(const TokenCounts& other) {
  input_uncached += other.input_uncached;
  cache_read += other.cache_read;
  cache_write_5m += other.cache_write_5m;
  cache_write_1h += other.cache_write_1h;
  output += other.output;
  reasoning += other.reasoning;
  total += other.total;
  return *this;
}

std::string_view name_of(ServiceTier tier) {
  return tier_names[static_cast<std::size_t>(tier)];
}

std::optional<ServiceTier> parse_service_tier(std::string_view text) {
  for (std::size_t n = 0; n < tier_names.size(); ++n) {
    if (tier_names[n] == text) return static_cast<ServiceTier>(n);
  }
  return std::nullopt;
}

std::string_view name_of(Origin origin) {
  return origin_names[static_cast<std::size_t>(origin)];
}

ContextBand band_of(const UsageRecord& record) {
  if (record.stated_band) return *record.stated_band;
  return record.requests == 1 ? band_of(record.tokens.input()) : ContextBand{0};
}

std::size_t SeriesKeyHash::operator()(const SeriesKey& key) const {
  std::size_t hash = static_cast<std::size_t>(key.tier);
  for (const std::string* part :
       {&key.tenant, &key.api_key, &key.model, &key.provider, &key.dimensions}) {
    hash = hash * 0x9e3779b97f4a7c15U + std::hash<std::string>{}(*part);
  }
  return hash;
}

}  // namespace costd
