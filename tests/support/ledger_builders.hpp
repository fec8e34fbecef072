#pragma once
// Short words for the values that store, job and daemon tests arrange: dates, records, prices.

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "ledger/price_entry.hpp"
#include "ledger/time/calendar.hpp"
#include "ledger/time/instant.hpp"
#include "ledger/token_usage.hpp"

namespace costd::test {

inline Instant at(const std::string& text) {
  return parse_instant(text).value();
}
inline Day day(const std::string& text) {
  return parse_day(text).value();
}
inline Month month(const std::string& text) {
  return parse_month(text).value();
}

/// One call of t-one on 5 October 2026 at noon UTC, 1,000 tokens in and 100 out.
class UsageRecordBuilder {
 public:
  UsageRecordBuilder() {
    record_.record_id = "rec-1";
    record_.series = {"t-one", "key_one", "m-large", "openai", ServiceTier::standard, ""};
    record_.at = test::at("2026-10-05T12:00:00Z");
    record_.credential_fingerprint = "fp-1";
    with_input_tokens(1'000);
    with_output_tokens(100);
  }

  UsageRecordBuilder& with_id(const std::string& id) { return record_.record_id = id, *this; }
  UsageRecordBuilder& for_tenant(const std::string& id) {
    return record_.series.tenant = id, *this;
  }
  UsageRecordBuilder& for_key(const std::string& id) { return record_.series.api_key = id, *this; }
  UsageRecordBuilder& for_model(const std::string& model) {
    return record_.series.model = model, *this;
  }
  UsageRecordBuilder& from_provider(const std::string& provider) {
    return record_.series.provider = provider, *this;
  }
  UsageRecordBuilder& at(const std::string& instant) {
    return record_.at = test::at(instant), *this;
  }
  UsageRecordBuilder& with_input_tokens(std::int64_t tokens) {
    record_.tokens.input_uncached = tokens;
    return add_up();
  }
  UsageRecordBuilder& with_output_tokens(std::int64_t tokens) {
    record_.tokens.output = tokens;
    return add_up();
  }
  UsageRecordBuilder& with_cached_input(std::int64_t tokens) {
    record_.tokens.cache_read = tokens;
    return add_up();
  }
  UsageRecordBuilder& with_origin(Origin origin) { return record_.origin = origin, *this; }

  operator UsageRecord() const { return record_; }
  UsageRecord record() const { return record_; }

 private:
  UsageRecordBuilder& add_up() {
    record_.tokens.total = record_.tokens.input() + record_.tokens.output;
    return *this;
  }
  UsageRecord record_;
};

inline UsageRecordBuilder a_usage_record() {
  return {};
}

/// The record as the gateway writes it, one line with its end.
inline std::string json_line(const UsageRecord& record) {
  const TokenCounts& tokens = record.tokens;
  nlohmann::ordered_json json{{"id", record.record_id},
                              {"tenantId", record.series.tenant},
                              {"apiKey", record.series.api_key},
                              {"model", record.series.model},
                              {"provider", record.series.provider},
                              {"inputTokens", tokens.input()},
                              {"outputTokens", tokens.output},
                              {"totalTokens", tokens.total},
                              {"cachedInputTokens", tokens.cache_read},
                              {"reasoningTokens", tokens.reasoning},
                              {"estimated", record.origin == Origin::estimated},
                              {"cacheStatus", record.origin == Origin::cache_hit ? "HIT" : "MISS"},
                              {"credentialFingerprint", record.credential_fingerprint},
                              {"timestamp", format_instant(record.at)}};
  return json.dump() + "\n";
}

/// Input and output in USD per million tokens, from 1 January 2026 for any provider.
inline PriceEntry a_price(const std::string& model, const std::string& input,
                          const std::string& output, const std::string& from = "2026-01-01") {
  PriceEntry entry;
  entry.model_pattern = model;
  entry.effective_from = day(from);
  entry.rates.input = parse_price(input);
  entry.rates.output = parse_price(output);
  entry.origin = PriceOrigin::config;
  return entry;
}

}  // namespace costd::test
