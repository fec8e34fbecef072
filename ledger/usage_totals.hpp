#pragma once
// Requests and tokens behind a sum, with the parts that people must see apart.

#include <cstdint>

namespace costd {

/// cache_hits, estimated, unpriced and out_of_range are disjoint parts of requests; cached_input
/// and cache_write are parts of input, reasoning is part of output.
struct UsageTotals {
  std::int64_t requests = 0;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t total_tokens = 0;  ///< the upstream's own totals
  std::int64_t cached_input_tokens = 0;
  std::int64_t cache_write_tokens = 0;
  std::int64_t reasoning_tokens = 0;
  std::int64_t estimated_requests = 0;
  std::int64_t cache_hits = 0;
  std::int64_t unpriced_requests = 0;
  std::int64_t out_of_range_requests = 0;  ///< amount beyond int64 pico-USD; set apart, not summed
  UsageTotals& operator+=(const UsageTotals& other);
  friend bool operator==(const UsageTotals&, const UsageTotals&) = default;
};

}  // namespace costd
