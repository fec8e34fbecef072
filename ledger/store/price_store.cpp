#include "ledger/store/price_store.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* select_prices =
    "select id, model_pattern, provider, service_tier, effective_from, input, output, cache_read,"
    " cache_write, cache_write_1h, long_above, long_input, long_output, long_cache_read,"
    " long_cache_write, long_cache_write_1h, origin, source, created_at, retired_at from price"
    " where :retired_too = 1 or retired_at is null order by id";

constexpr const char* insert_price =
    "insert into price(model_pattern, provider, service_tier, effective_from, input, output,"
    " cache_read, cache_write, cache_write_1h, long_above, long_input, long_output,"
    " long_cache_read, long_cache_write, long_cache_write_1h, origin, source, created_at)"
    " values (:pattern, :provider, :tier, :effective, :input, :output, :read, :write, :write1h,"
    " :above, :linput, :loutput, :lread, :lwrite, :lwrite1h, :origin, :source, :now)";

/// An optional integer as SOCI binds it.
struct OptionalColumn {
  std::int64_t value = 0;
  soci::indicator indicator = soci::i_null;

  void set(const std::optional<std::int64_t>& from) {
    value = from.value_or(0);
    indicator = from ? soci::i_ok : soci::i_null;
  }
  std::optional<std::int64_t> get() const {
    return indicator == soci::i_null ? std::nullopt : std::optional(value);
  }
};

/// A price as its row: cache_read, cache_write, cache_write_1h, then the long-context columns.
struct PriceRow {
  PriceEntry entry;
  int tier = 0;
  std::int64_t effective = 0;
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::string origin;
  std::array<OptionalColumn, 9> optional;

  PriceEntry to_entry() const {
    PriceEntry result = entry;
    result.tier = static_cast<ServiceTier>(tier);
    result.effective_from = from_day_number(static_cast<int>(effective));
    result.origin = origin == "config" ? PriceOrigin::config : PriceOrigin::api;
    result.rates = {input, output, optional[0].get(), optional[1].get(), optional[2].get()};
    result.long_context.reset();
    if (const auto above = optional[3].get()) {
      result.long_context =
          LongContext{*above,
                      {optional[4].get(), optional[5].get(), optional[6].get(), optional[7].get(),
                       optional[8].get()}};
    }
    return result;
  }

  explicit PriceRow(const PriceEntry& from = {}) : entry(from) {
    tier = static_cast<int>(from.tier);
    effective = to_day_number(from.effective_from);
    input = from.rates.input.value_or(0);
    output = from.rates.output.value_or(0);
    origin = from.origin == PriceOrigin::config ? "config" : "api";
    const LongContext none;
    const LongContext& context = from.long_context ? *from.long_context : none;
    const std::array values{from.rates.cache_read,
                            from.rates.cache_write,
                            from.rates.cache_write_1h,
                            from.long_context ? std::optional(context.above) : std::nullopt,
                            context.rates.input,
                            context.rates.output,
                            context.rates.cache_read,
                            context.rates.cache_write,
                            context.rates.cache_write_1h};
    for (std::size_t n = 0; n < optional.size(); ++n) optional[n].set(values[n]);
  }
};

bool same_price(const PriceEntry& a, const PriceEntry& b) {
  return a.rates == b.rates && a.long_context == b.long_context && a.source == b.source &&
         a.origin == b.origin;
}

std::string describe(const PriceEntry& entry) {
  return "\"" + entry.model_pattern + "\"" +
         (entry.provider.empty() ? "" : " of " + entry.provider) + " (" +
         std::string(name_of(entry.tier)) + ") from " + format_day(entry.effective_from);
}

std::map<std::string, PriceEntry> by_identity(std::vector<PriceEntry> entries) {
  std::map<std::string, PriceEntry> map;
  for (PriceEntry& entry : entries) map.emplace(identity_of(entry), std::move(entry));
  return map;
}

std::vector<PriceRecord> load_records(Connection& connection, int retired_too) {
  PriceRow row;
  std::int64_t created = 0;
  OptionalColumn retired;
  auto& o = row.optional;
  soci::statement statement =
      (connection.sql.prepare << select_prices, soci::into(row.entry.id),
       soci::into(row.entry.model_pattern), soci::into(row.entry.provider), soci::into(row.tier),
       soci::into(row.effective), soci::into(row.input), soci::into(row.output),
       soci::into(o[0].value, o[0].indicator), soci::into(o[1].value, o[1].indicator),
       soci::into(o[2].value, o[2].indicator), soci::into(o[3].value, o[3].indicator),
       soci::into(o[4].value, o[4].indicator), soci::into(o[5].value, o[5].indicator),
       soci::into(o[6].value, o[6].indicator), soci::into(o[7].value, o[7].indicator),
       soci::into(o[8].value, o[8].indicator), soci::into(row.origin), soci::into(row.entry.source),
       soci::into(created), soci::into(retired.value, retired.indicator), soci::use(retired_too));
  std::vector<PriceRecord> records;
  for_each_row(statement, [&] {
    const auto retired_at = retired.get();
    records.push_back({row.to_entry(), from_micros(created),
                       retired_at ? std::optional(from_micros(*retired_at)) : std::nullopt});
  });
  return records;
}

/// Pattern, provider and tier: what dated entries of one price share.
std::string offering_of(const PriceEntry& entry) {
  PriceEntry undated = entry;
  undated.effective_from = Day{};
  return identity_of(undated);
}

}  // namespace

Day PriceChanges::first_day() const {
  Day first = Day::max();
  for (const auto* list : {&added, &retired}) {
    for (const PriceEntry& entry : *list) first = std::min(first, entry.effective_from);
  }
  return first;
}

std::vector<PriceEntry> load_prices(Connection& connection) {
  std::vector<PriceEntry> entries;
  for (PriceRecord& record : load_records(connection, 0)) {
    entries.push_back(std::move(record.entry));
  }
  return entries;
}

std::vector<PriceRecord> load_price_records(Connection& connection) {
  return load_records(connection, 1);
}

std::map<std::int64_t, PriceEntry> load_price_history(Connection& connection) {
  std::map<std::int64_t, PriceEntry> history;
  for (const PriceRecord& record : load_records(connection, 1)) {
    history.emplace(record.entry.id, record.entry);
  }
  return history;
}

PriceChanges addition_of_price(Connection& connection, const PriceEntry& entry) {
  const auto live = by_identity(load_prices(connection));
  if (live.contains(identity_of(entry))) {
    throw Error(ErrorCode::conflict, "there is already a price for " + describe(entry) +
                                         "; give the new one another effective date");
  }
  PriceChanges changes;
  changes.added.push_back(entry);
  return changes;
}

PriceEntry add_price(UnitOfWork& unit, const PriceEntry& entry, Instant now) {
  PriceChanges changes = addition_of_price(unit, entry);
  apply_price_changes(unit, changes, now);
  return changes.added.front();
}

PriceChanges removal_of_price(Connection& connection, std::int64_t id) {
  PriceChanges changes;
  for (const PriceRecord& record : load_records(connection, 1)) {
    if (record.entry.id != id) continue;
    if (record.retired_at) {
      throw Error(ErrorCode::conflict, "price " + std::to_string(id) + " for " +
                                           describe(record.entry) + " was retired at " +
                                           format_instant(*record.retired_at) +
                                           "; there is nothing left to delete");
    }
    if (record.entry.origin == PriceOrigin::config) {
      throw Error(ErrorCode::refused, "price " + std::to_string(id) + " for " +
                                          describe(record.entry) +
                                          " comes from the configured price file; remove its line "
                                          "there and restart costd");
    }
    changes.retired.push_back(record.entry);
    return changes;
  }
  throw Error(ErrorCode::not_found, "there is no price " + std::to_string(id) +
                                        "; costctl prices list shows the ids");
}

PriceChanges compare_undated_prices(Connection& connection, const std::vector<PriceEntry>& wanted) {
  std::map<std::string, std::vector<PriceEntry>> live;
  for (PriceEntry& entry : load_prices(connection)) {
    live[offering_of(entry)].push_back(std::move(entry));
  }
  PriceChanges changes;
  for (const PriceEntry& entry : wanted) {
    const PriceEntry* in_effect = nullptr;
    for (const PriceEntry& other : live[offering_of(entry)]) {
      if (other.effective_from > entry.effective_from) continue;
      if (in_effect == nullptr || other.effective_from > in_effect->effective_from) {
        in_effect = &other;
      }
    }
    if (in_effect != nullptr && in_effect->rates == entry.rates &&
        in_effect->long_context == entry.long_context) {
      ++changes.unchanged;
      continue;
    }
    if (in_effect != nullptr && in_effect->effective_from == entry.effective_from) {
      if (in_effect->origin == PriceOrigin::config) {
        throw Error(ErrorCode::conflict, "the price for " + describe(entry) +
                                             " comes from the configured price file; change it "
                                             "there, or import with another --effective date");
      }
      changes.retired.push_back(*in_effect);
    }
    changes.added.push_back(entry);
  }
  return changes;
}

PriceChanges compare_prices(Connection& connection, const std::vector<PriceEntry>& wanted,
                            PriceOrigin origin) {
  auto live = by_identity(load_prices(connection));
  PriceChanges changes;
  for (const PriceEntry& entry : wanted) {
    const auto found = live.find(identity_of(entry));
    if (found == live.end()) {
      changes.added.push_back(entry);
      continue;
    }
    if (found->second.origin != origin) {
      throw Error(ErrorCode::conflict,
                  "the price for " + describe(entry) +
                      (origin == PriceOrigin::config
                           ? " was also added over the API; delete that one or change the file"
                           : " comes from the configured price file; change it there"));
    }
    if (same_price(found->second, entry)) {
      ++changes.unchanged;
    } else {
      changes.retired.push_back(found->second);
      changes.added.push_back(entry);
    }
    live.erase(found);
  }
  if (origin == PriceOrigin::config) {
    for (auto& [identity, entry] : live) {
      if (entry.origin == PriceOrigin::config) changes.retired.push_back(std::move(entry));
    }
  }
  return changes;
}

void apply_price_changes(UnitOfWork& unit, PriceChanges& changes, Instant now) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  const std::int64_t now_at = to_micros(now);
  std::int64_t id = 0;
  soci::statement retire =
      (sql.prepare << "update price set retired_at = :now where id = :id", soci::use(now_at),
       soci::use(id));
  for (const PriceEntry& entry : changes.retired) {
    id = entry.id;
    retire.execute(true);
  }
  PriceRow row;
  auto& o = row.optional;
  soci::statement insert =
      (sql.prepare << insert_price, soci::use(row.entry.model_pattern),
       soci::use(row.entry.provider), soci::use(row.tier), soci::use(row.effective),
       soci::use(row.input), soci::use(row.output), soci::use(o[0].value, o[0].indicator),
       soci::use(o[1].value, o[1].indicator), soci::use(o[2].value, o[2].indicator),
       soci::use(o[3].value, o[3].indicator), soci::use(o[4].value, o[4].indicator),
       soci::use(o[5].value, o[5].indicator), soci::use(o[6].value, o[6].indicator),
       soci::use(o[7].value, o[7].indicator), soci::use(o[8].value, o[8].indicator),
       soci::use(row.origin), soci::use(row.entry.source), soci::use(now_at));
  soci::statement newest = (sql.prepare << "select max(id) from price", soci::into(id));
  for (PriceEntry& entry : changes.added) {
    row = PriceRow(entry);
    insert.execute(true);
    newest.execute(true);
    entry.id = id;
  }
}

}  // namespace costd
