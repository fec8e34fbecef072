#pragma once
// Everything that a database says of its usage, as text. Compiles with the costd of schema 1, too,
// which has written tests/store/fixtures/schema_1.txt with it.

#include <fmt/format.h>

#include <string>

#include "ledger/store/cost_summary.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/usage_query.hpp"

namespace costd::test {

inline std::string describe(const TokenCounts& tokens) {
  return fmt::format("{}/{}/{}/{}/{}/{}/{}", tokens.input_uncached, tokens.cache_read,
                     tokens.cache_write_5m, tokens.cache_write_1h, tokens.output, tokens.reasoning,
                     tokens.total);
}

inline std::string describe(const SeriesKey& key) {
  return fmt::format("{} {} {} {} {} {}", key.tenant, key.api_key, key.model, key.provider,
                     name_of(key.tier), key.dimensions);
}

/// All pages of five records, newest first.
inline std::string described_pages(Connection& connection) {
  std::string text;
  UsageQuery query;
  query.limit = 5;
  for (;;) {
    const UsagePage page = load_usage_page(connection, query);
    text += fmt::format("page of {} in all {}\n", page.records.size(), page.total);
    for (const UsageRecord& record : page.records) {
      text +=
          fmt::format("  {} {} {} {} origin={} tags={} fingerprint={}\n", format_instant(record.at),
                      record.record_id, describe(record.series), describe(record.tokens),
                      name_of(record.origin), record.tags, record.credential_fingerprint);
    }
    if (!page.has_more) return text;
    query.after = {page.records.back().at, page.records.back().record_id};
  }
}

inline std::string described_costs(Connection& connection, const CostFilter& filter) {
  std::string text;
  const unsigned by_all = by_tenant | by_api_key | by_model | by_provider | by_day;
  for (const CostGroup& group : summarize_costs(connection, filter, by_all)) {
    const UsageTotals& usage = group.usage;
    text += fmt::format(
        "  {} {} {} {} {} requests={} unpriced={} hits={} estimated={}/{} in={} out={} all={}"
        " cached={} written={} reasoning={} input_picos={} output_picos={}\n",
        group.tenant, group.api_key, group.model, group.provider, format_day(group.day),
        usage.requests, usage.unpriced_requests, usage.cache_hits, usage.estimated_requests,
        group.estimated_in_all, usage.input_tokens, usage.output_tokens, usage.total_tokens,
        usage.cached_input_tokens, usage.cache_write_tokens, usage.reasoning_tokens,
        static_cast<std::int64_t>(group.input_cost.picos()),
        static_cast<std::int64_t>(group.output_cost.picos()));
  }
  return text;
}

inline std::string stored_facts(Connection& connection) {
  std::string text = described_pages(connection);
  text += "costs\n" + described_costs(connection, {});
  for (const char* booked : {"2026-09", "2026-10", "2026-11"}) {
    CostFilter filter;
    filter.booked = parse_month(booked);
    text += std::string("booked ") + booked + "\n" + described_costs(connection, filter);
  }
  text += "unrated";
  for (const Day day : load_unrated_days(connection)) text += " " + format_day(day);
  return text + "\n";
}

}  // namespace costd::test
