#pragma once
// The price entries: live ones, and those retired but still named by closed charges.

#include <map>
#include <optional>
#include <vector>

#include "ledger/price_entry.hpp"
#include "ledger/time/instant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// Live entries, oldest first.
std::vector<PriceEntry> load_prices(Connection& connection);
/// Live and retired ones by id: what charges name.
std::map<std::int64_t, PriceEntry> load_price_history(Connection& connection);

/// An entry with its life.
struct PriceRecord {
  PriceEntry entry;
  Instant created_at;
  std::optional<Instant> retired_at;  ///< nothing while it is live
};
/// Live and retired ones, oldest first.
std::vector<PriceRecord> load_price_records(Connection& connection);

/// What a list of entries would change, or has changed.
struct PriceChanges {
  std::vector<PriceEntry> added;
  std::vector<PriceEntry> retired;
  std::int64_t unchanged = 0;
  bool empty() const { return added.empty() && retired.empty(); }
  /// The earliest effective date of what changes; charges from there on are out of date.
  Day first_day() const;
};

/// The entry as a change; throws Error(conflict) if a live one has the same pattern, provider, tier
/// and effective date.
PriceChanges addition_of_price(Connection& connection, const PriceEntry& entry);
/// Adds the entry, or throws as addition_of_price does.
PriceEntry add_price(UnitOfWork& unit, const PriceEntry& entry, Instant now);

/// Entries to add (new, or with other rates than the live one of the same identity, which is then
/// retired). With `PriceOrigin::config` also those to retire because the file no longer has them.
/// Throws Error(conflict) where an entry would replace one of the other origin.
PriceChanges compare_prices(Connection& connection, const std::vector<PriceEntry>& wanted,
                            PriceOrigin origin);
/// The same for entries whose source knows no dates, so that theirs is only the day of the import:
/// an entry is unchanged where the live one of that day has the same rates, whatever its date,
/// origin and source.
PriceChanges compare_undated_prices(Connection& connection, const std::vector<PriceEntry>& wanted);
/// The removal of one entry. Throws Error(not_found) if there is none of the id, Error(conflict) if
/// it was retired before, Error(refused) if it comes from the configured price file.
PriceChanges removal_of_price(Connection& connection, std::int64_t id);
/// Retires and adds; the added ones get their ids.
void apply_price_changes(UnitOfWork& unit, PriceChanges& changes, Instant now);

}  // namespace costd
