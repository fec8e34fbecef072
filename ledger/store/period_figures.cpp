#include "ledger/store/period_figures.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "ledger/audit_event.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/daily_store.hpp"
#include "ledger/store/price_store.hpp"
#include "ledger/store/record_times.hpp"
#include "ledger/store/series_store.hpp"

namespace costd {
namespace {

using nlohmann::json;

json instant_or_null(const std::optional<Instant>& instant) {
  return instant ? json(format_instant(*instant)) : json(nullptr);
}

std::optional<Instant> parse_instant_or_null(const json& value) {
  return value.is_null() ? std::nullopt : parse_instant(value.get<std::string>());
}

/// One row of usage with its charge, as the hash sees it.
std::string canonical_row(const SeriesKey& series, const DailyUsage& usage, const Charge* charge) {
  const TokenCounts& t = usage.tokens;
  json row{format_day(usage.key.day),
           series.api_key,
           series.model,
           series.provider,
           name_of(series.tier),
           series.dimensions,
           usage.key.band,
           name_of(usage.key.origin),
           usage.requests,
           t.input_uncached,
           t.cache_read,
           t.cache_write_5m,
           t.cache_write_1h,
           t.output,
           t.reasoning,
           t.total};
  if (charge == nullptr) {
    row.push_back(nullptr);
  } else {
    const ChargeAmounts& a = charge->amounts;
    row.push_back({name_of(charge->state), charge->price_id, a.input_picos, a.cache_read_picos,
                   a.cache_write_picos, a.output_picos});
  }
  return row.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

/// Adds up one tenant's rows, day by day.
struct TenantRows {
  PeriodFigures figures;
  std::unique_ptr<Sha256> hash = std::make_unique<Sha256>();
  std::vector<std::string> lines_of_day;

  TenantRows() { hash->add("costd-period-v1\n"); }
  void add(const SeriesKey& series, const DailyUsage& usage, const Charge* charge) {
    figures.records += usage.requests;
    if (charge != nullptr) figures.total += charge->amounts.total();
    lines_of_day.push_back(canonical_row(series, usage, charge));
  }
  void end_day() {
    std::ranges::sort(lines_of_day);
    for (const std::string& line : lines_of_day) hash->add(line);
    lines_of_day.clear();
  }
};

json rates_to_json(const Rates& rates) {
  json list = json::array();
  for (const auto& rate :
       {rates.input, rates.output, rates.cache_read, rates.cache_write, rates.cache_write_1h}) {
    list.push_back(rate ? json(*rate) : json(nullptr));
  }
  return list;
}

}  // namespace

std::string to_json(const PeriodFigures& figures) {
  return json{{"records", figures.records},
              {"total", format_exact(figures.total)},
              {"firstRecordAt", instant_or_null(figures.first_record_at)},
              {"lastRecordAt", instant_or_null(figures.last_record_at)},
              {"rowsSha256", figures.rows_sha256},
              {"priceBookSha256", figures.price_book_sha256},
              {"costdVersion", figures.costd_version},
              {"timeZoneVersion", figures.time_zone_version}}
      .dump();
}

std::optional<PeriodFigures> period_figures_from_json(const std::string& text) {
  try {
    const json from = json::parse(text);
    if (from.empty()) return std::nullopt;
    PeriodFigures figures;
    figures.records = from.at("records");
    figures.total = parse_money(from.at("total").get<std::string>());
    figures.first_record_at = parse_instant_or_null(from.at("firstRecordAt"));
    figures.last_record_at = parse_instant_or_null(from.at("lastRecordAt"));
    figures.rows_sha256 = from.at("rowsSha256");
    figures.price_book_sha256 = from.at("priceBookSha256");
    figures.costd_version = from.at("costdVersion");
    figures.time_zone_version = from.at("timeZoneVersion");
    return figures;
  } catch (const json::exception& problem) {
    throw Error(ErrorCode::data, std::string("what a billing period was closed with cannot be "
                                             "read; restore the database from a backup: ") +
                                     problem.what());
  }
}

std::map<std::string, PeriodFigures> sum_booked_rows(Connection& connection, Month month,
                                                     const TenantChoice& tenants) {
  const auto series = load_series(connection);
  std::map<std::string, TenantRows> rows;
  const auto add_day = [&](Day, const PackedDailyUsage& usage, const PackedDailyCharges* charges) {
    std::map<DailyKey, Charge> charged;
    if (charges != nullptr) {
      for (std::size_t row = 0; row < charges->keys().size(); ++row) {
        if (charges->keys().booked(row) != month) continue;
        charged.emplace(charges->keys()[row], charges->charge(row));
      }
    }
    for (std::size_t row = 0; row < usage.keys().size(); ++row) {
      const DailyKey key = usage.keys()[row];
      const SeriesKey& of = series.at(key.series);
      if (key.booked != month || (tenants && !tenants->contains(of.tenant))) continue;
      const auto charge = charged.find(key);
      rows[of.tenant].add(of, {key, usage.requests()[row], usage.tokens(row)},
                          charge == charged.end() ? nullptr : &charge->second);
    }
    for (auto& [id, of_tenant] : rows) of_tenant.end_day();
    return Visit::go_on;
  };
  for_each_day_booked_in(connection, month, add_day);
  std::map<std::string, PeriodFigures> sums;
  for (auto& [id, of_tenant] : rows) {
    of_tenant.figures.rows_sha256 = of_tenant.hash->hex();
    sums.emplace(id, std::move(of_tenant.figures));
  }
  return sums;
}

std::map<std::string, PeriodFigures> freeze_figures(Connection& connection, Month month,
                                                    const TenantRanges& ranges) {
  std::set<std::string> tenants;
  for (const auto& [tenant, range] : ranges) tenants.insert(tenant);
  std::map<std::string, PeriodFigures> all = sum_booked_rows(connection, month, tenants);
  const std::string prices = hash_price_book(connection);
  for (const auto& [tenant, range] : ranges) {
    const auto [entry, is_empty] = all.try_emplace(tenant);
    PeriodFigures& figures = entry->second;
    if (is_empty) figures.rows_sha256 = TenantRows().hash->hex();
    if (const auto times = find_record_times(connection, tenant, range)) {
      figures.first_record_at = times->first;
      figures.last_record_at = times->last;
    }
    figures.price_book_sha256 = prices;
    figures.costd_version = COSTD_VERSION;
    figures.time_zone_version = time_zone_version();
  }
  return all;
}

std::string hash_price_book(Connection& connection) {
  std::string text = "costd-prices-v1\n";
  for (const PriceEntry& entry : load_prices(connection)) {
    json row{entry.model_pattern,        entry.provider,
             name_of(entry.tier),        format_day(entry.effective_from),
             rates_to_json(entry.rates), nullptr};
    if (entry.long_context) {
      row.back() = {entry.long_context->above, rates_to_json(entry.long_context->rates)};
    }
    text += row.dump() + "\n";
  }
  return sha256_hex(text);
}

}  // namespace costd
