#pragma once
// Who calls which model how often: tenants with API keys, and the series of a skewed distribution.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/ingest/random.hpp"

namespace costd::bench {

/// A model as a provider serves it; a row of models.csv without its prices.
struct Offering {
  std::string model;
  std::string provider;
  std::int64_t weight = 0;
  bool has_reasoning = false;
  bool has_cache_read = false;
  bool has_cache_write = false;
};

/// Throws std::runtime_error if the file is not there or not of that form.
std::vector<Offering> read_offerings(const std::string& path);

/// A (tenant, API key, model, provider) that occurs.
struct Series {
  const Offering* offering;
  std::string names;        ///< the fields from tenantId to provider, as they stand in a line
  std::string fingerprint;  ///< of the upstream credential: one of a few per provider
};

class Traffic {
 public:
  Traffic(const std::vector<Offering>& offerings, Random& random);

  const Series& draw(Random& random) const {
    return series_[slots_[static_cast<std::size_t>(random.next() % slots_.size())]];
  }
  std::size_t series_count() const { return series_.size(); }

 private:
  std::vector<Series> series_;
  std::vector<std::uint32_t> slots_;  ///< each series as often as its share of the calls
};

}  // namespace costd::bench
