#pragma once
// Builders of prices that show only what matters to a test.

#include <string>
#include <utility>

#include "ledger/price_entry.hpp"
#include "ledger/time/calendar.hpp"

namespace costd::test {

/// A standard price of any provider, 1 in and 2 out, from 2026 on.
class APrice {
 public:
  explicit APrice(std::string model_pattern) {
    entry_.model_pattern = std::move(model_pattern);
    entry_.effective_from = parse_day("2026-01-01").value();
    entry_.rates.input = parse_price("1");
    entry_.rates.output = parse_price("2");
  }
  APrice& id(std::int64_t id) {
    entry_.id = id;
    return *this;
  }
  APrice& of(std::string provider) {
    entry_.provider = std::move(provider);
    return *this;
  }
  APrice& tier(ServiceTier tier) {
    entry_.tier = tier;
    return *this;
  }
  APrice& from(const std::string& day) {
    entry_.effective_from = parse_day(day).value();
    return *this;
  }
  /// USD per million tokens.
  APrice& input(const std::string& usd) {
    entry_.rates.input = parse_price(usd);
    return *this;
  }
  APrice& output(const std::string& usd) {
    entry_.rates.output = parse_price(usd);
    return *this;
  }
  APrice& cache_read(const std::string& usd) {
    entry_.rates.cache_read = parse_price(usd);
    return *this;
  }
  APrice& cache_write(const std::string& usd) {
    entry_.rates.cache_write = parse_price(usd);
    return *this;
  }
  APrice& cache_write_1h(const std::string& usd) {
    entry_.rates.cache_write_1h = parse_price(usd);
    return *this;
  }
  APrice& long_context(LongContext long_context) {
    entry_.long_context = std::move(long_context);
    return *this;
  }
  operator PriceEntry() const { return entry_; }

 private:
  PriceEntry entry_;
};

inline APrice a_price(std::string model_pattern) {
  return APrice(std::move(model_pattern));
}

}  // namespace costd::test
