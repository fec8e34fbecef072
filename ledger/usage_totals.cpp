#include "ledger/usage_totals.hpp"

namespace costd {

UsageTotals& UsageTotals::operator+=(const UsageTotals& other) {
  requests += other.requests;
  input_tokens += other.input_tokens;
  output_tokens += other.output_tokens;
  total_tokens += other.total_tokens;
  cached_input_tokens += other.cached_input_tokens;
  cache_write_tokens += other.cache_write_tokens;
  reasoning_tokens += other.reasoning_tokens;
  estimated_requests += other.estimated_requests;
  cache_hits += other.cache_hits;
  unpriced_requests += other.unpriced_requests;
  out_of_range_requests += other.out_of_range_requests;
  return *this;
}

}  // namespace costd
