#include "ledger/daily_usage.hpp"

namespace costd {

void DailyUsageRollup::add(const DailyKey& key, const TokenCounts& tokens, std::int64_t requests) {
  Sums& sums = sums_[key];
  sums.requests += requests;
  sums.tokens += tokens;
}

std::vector<DailyUsage> DailyUsageRollup::rows() const {
  std::vector<DailyUsage> rows;
  rows.reserve(sums_.size());
  for (const auto& [key, sums] : sums_) rows.push_back({key, sums.requests, sums.tokens});
  return rows;
}

}  // namespace costd
