#include "jobs/recount_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "ledger/mask.hpp"
#include "ledger/store/daily_codec.hpp"

namespace costd {
namespace {

constexpr const char* no_row = "none";

template <typename Row>
struct Field {
  const char* name;
  std::int64_t (*of)(const Row&);
};

constexpr std::array<Field<DailyUsage>, 8> usage_fields{{
    {"requests", [](const DailyUsage& row) { return row.requests; }},
    {"input_uncached", [](const DailyUsage& row) { return row.tokens.input_uncached; }},
    {"cache_read", [](const DailyUsage& row) { return row.tokens.cache_read; }},
    {"cache_write_5m", [](const DailyUsage& row) { return row.tokens.cache_write_5m; }},
    {"cache_write_1h", [](const DailyUsage& row) { return row.tokens.cache_write_1h; }},
    {"output", [](const DailyUsage& row) { return row.tokens.output; }},
    {"reasoning", [](const DailyUsage& row) { return row.tokens.reasoning; }},
    {"total", [](const DailyUsage& row) { return row.tokens.total; }},
}};

constexpr std::array<Field<DailyCharge>, 5> charge_fields{{
    {"price_id", [](const DailyCharge& row) { return row.charge.price_id; }},
    {"input_picos", [](const DailyCharge& row) { return row.charge.amounts.input_picos; }},
    {"cache_read_picos",
     [](const DailyCharge& row) { return row.charge.amounts.cache_read_picos; }},
    {"cache_write_picos",
     [](const DailyCharge& row) { return row.charge.amounts.cache_write_picos; }},
    {"output_picos", [](const DailyCharge& row) { return row.charge.amounts.output_picos; }},
}};

/// Walks two lists in key order side by side; `visit` gets null for the row that one of them lacks.
template <typename Row, typename Visit>
void for_each_pair(const std::vector<Row>& stored, const std::vector<Row>& derived, Visit visit) {
  auto left = stored.begin();
  auto right = derived.begin();
  while (left != stored.end() || right != derived.end()) {
    const bool only_stored =
        right == derived.end() || (left != stored.end() && left->key < right->key);
    const bool only_derived =
        left == stored.end() || (right != derived.end() && right->key < left->key);
    visit(only_derived ? nullptr : &*left, only_stored ? nullptr : &*right);
    if (!only_derived) ++left;
    if (!only_stored) ++right;
  }
}

void sum_over_months(std::vector<DailyUsage>& rows) {
  for (DailyUsage& row : rows) row.key.booked = Month{};
  merge_equal_keys(rows);
}

/// As it is if that is one word, else as a JSON string: a line holds what it says it holds.
std::string word(const std::string& text) {
  const bool is_plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > ' ' && byte != 0x7F && c != '"' && c != '=';
  });
  if (is_plain) return text;
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::vector<Difference> compare_usage(std::vector<DailyUsage> stored,
                                      std::vector<DailyUsage> derived, const IsWhole& is_whole) {
  sum_over_months(stored);
  sum_over_months(derived);
  std::vector<Difference> differences;
  for_each_pair(stored, derived, [&](const DailyUsage* left, const DailyUsage* right) {
    const DailyKey& key = left != nullptr ? left->key : right->key;
    const bool whole = is_whole(key.series);
    if (left == nullptr || right == nullptr) {
      if (right == nullptr && !whole) return;
      differences.push_back({key, "requests",
                             left != nullptr ? std::to_string(left->requests) : no_row,
                             right != nullptr ? std::to_string(right->requests) : no_row});
      return;
    }
    for (const auto& field : usage_fields) {
      const std::int64_t is = field.of(*left);
      const std::int64_t should_be = field.of(*right);
      if (is == should_be || (!whole && is > should_be)) continue;
      differences.push_back({key, field.name, std::to_string(is), std::to_string(should_be)});
    }
  });
  return differences;
}

std::vector<Difference> compare_charges(const std::vector<DailyCharge>& stored,
                                        const std::vector<DailyCharge>& derived) {
  std::vector<Difference> differences;
  for_each_pair(stored, derived, [&](const DailyCharge* left, const DailyCharge* right) {
    const std::string is = left != nullptr ? name_of(left->charge.state) : no_row;
    const std::string should_be = right != nullptr ? name_of(right->charge.state) : no_row;
    const DailyKey& key = left != nullptr ? left->key : right->key;
    if (is != should_be) differences.push_back({key, "charge", is, should_be});
    if (left == nullptr || right == nullptr) return;
    for (const auto& field : charge_fields) {
      if (field.of(*left) == field.of(*right)) continue;
      differences.push_back(
          {key, field.name, std::to_string(field.of(*left)), std::to_string(field.of(*right))});
    }
  });
  return differences;
}

ChargeDerivation::ChargeDerivation(std::vector<PriceEntry> live, const History& history)
    : history_(history), live_(std::move(live)) {}

Charge ChargeDerivation::by_live_prices(const SeriesKey& series, const DailyUsage& usage) {
  return live_.rater.rate(series, usage.key.day, usage.key.band, usage.key.origin, usage.tokens);
}

Charge ChargeDerivation::by_named_entry(const SeriesKey& series, const DailyUsage& usage,
                                        std::int64_t price_id) {
  auto named = named_.find(price_id);
  if (named == named_.end()) {
    std::vector<PriceEntry> entries;
    const auto entry = history_.find(price_id);
    if (entry != history_.end()) entries.push_back(entry->second);
    named = named_.try_emplace(price_id, std::move(entries)).first;
  }
  return named->second.rater.rate(series, usage.key.day, usage.key.band, usage.key.origin,
                                  usage.tokens);
}

std::string describe(const Difference& difference,
                     const std::unordered_map<SeriesId, SeriesKey>& series) {
  const DailyKey& key = difference.key;
  std::string line = "difference day=" + format_day(key.day);
  const auto known = series.find(key.series);
  if (known == series.end()) {
    line += fmt::format(" series={}", key.series);
  } else {
    const SeriesKey& names = known->second;
    line += fmt::format(" tenant={} key={} model={} provider={} tier={}", word(names.tenant),
                        word(mask_key(names.api_key)), word(names.model), word(names.provider),
                        name_of(names.tier));
  }
  line += fmt::format(" band={} origin={}", key.band, name_of(key.origin));
  if (key.booked != Month{}) line += " booked=" + format_month(key.booked);
  return line + fmt::format(" field={} stored={} derived={}", difference.field, difference.stored,
                            difference.derived);
}

}  // namespace costd
