#pragma once
// The price entries: live ones, and those retired but still named by closed charges.

#include <map>
#include <vector>

#include "ledger/price_entry.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// Live entries, oldest first.
std::vector<PriceEntry> load_prices(Connection& connection);
/// Live and retired ones by id: what charges name.
std::map<std::int64_t, PriceEntry> load_price_history(Connection& connection);

/// What a list of entries would change, or has changed.
struct PriceChanges {
  std::vector<PriceEntry> added;
  std::vector<PriceEntry> retired;
  std::int64_t unchanged = 0;
  bool empty() const { return added.empty() && retired.empty(); }
  /// The earliest effective date of what changes; charges from there on are out of date.
  Day first_day() const;
};

/// Adds the entry; throws Error(conflict) if a live one has the same pattern, provider, tier and
/// effective date.
PriceEntry add_price(UnitOfWork& unit, const PriceEntry& entry, Instant now);

/// Entries to add (new, or with other rates than the live one of the same identity, which is then
/// retired). With `PriceOrigin::config` also those to retire because the file no longer has them.
/// Throws Error(conflict) where an entry would replace one of the other origin.
PriceChanges compare_prices(Connection& connection, const std::vector<PriceEntry>& wanted,
                            PriceOrigin origin);
void apply_price_changes(UnitOfWork& unit, PriceChanges& changes, Instant now);

}  // namespace costd
