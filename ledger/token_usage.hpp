#pragma once
// What one model call used: the token classes, the series it belongs to, and the record itself.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/context_band.hpp"
#include "ledger/time/instant.hpp"

namespace costd {

/// Token counts of one record or of a sum. The first five classes are disjoint and priced apart.
struct TokenCounts {
  std::int64_t input_uncached = 0;
  std::int64_t cache_read = 0;
  std::int64_t cache_write_5m = 0;
  std::int64_t cache_write_1h = 0;
  std::int64_t output = 0;
  std::int64_t reasoning = 0;  ///< a part of output, reported, never added
  std::int64_t total = 0;      ///< the upstream's own total; not always input + output

  /// All input, cached or not, as the gateway's inputTokens counts it.
  std::int64_t input() const {
    return input_uncached + cache_read + cache_write_5m + cache_write_1h;
  }
  TokenCounts& operator+=(const TokenCounts& other);
  friend bool operator==(const TokenCounts&, const TokenCounts&) = default;
};

/// The largest count a record may carry, in tokens (inclusive).
inline constexpr std::int64_t tokens_per_record_max = 1'000'000'000'000;

enum class ServiceTier : std::uint8_t { standard, batch, priority, flex };

/// The partition of all records: served from the semantic cache, else estimated, else exact.
enum class Origin : std::uint8_t { exact, estimated, cache_hit };

std::string_view name_of(ServiceTier tier);
std::optional<ServiceTier> parse_service_tier(std::string_view text);
std::string_view name_of(Origin origin);

/// Literal the gateway writes for a tenant or provider it could not name; shown as unallocated.
inline constexpr std::string_view unknown_name = "unknown";

/// What usage is grouped by below the day: each distinct value has a small id in the database.
struct SeriesKey {
  std::string tenant;
  std::string api_key;
  std::string model;
  std::string provider;
  ServiceTier tier = ServiceTier::standard;
  std::string dimensions;  ///< canonical JSON object of the configured tags, "" for none
  friend auto operator<=>(const SeriesKey&, const SeriesKey&) = default;
};

struct SeriesKeyHash {
  std::size_t operator()(const SeriesKey& key) const;
};

/// One measured model call as a source reported it, normalised at the door; or a provider's sum
/// over many calls.
struct UsageRecord {
  std::string record_id;
  SeriesKey series;
  TokenCounts tokens;
  std::int64_t requests = 1;  ///< calls it stands for
  /// The context band all its calls were in, where the source says so; else see band_of.
  std::optional<ContextBand> stated_band;
  Origin origin = Origin::exact;
  Instant at;
  std::string tags;                    ///< canonical JSON object, "" for none
  std::string credential_fingerprint;  ///< "" where the source wrote null
  friend bool operator==(const UsageRecord&, const UsageRecord&) = default;
};

/// The band that prices the record: the stated one, else the one of its input. A sum over several
/// calls says nothing of any of them, so it is taken to be below all edges.
ContextBand band_of(const UsageRecord& record);

}  // namespace costd
