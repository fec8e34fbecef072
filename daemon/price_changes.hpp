#pragma once
// A change of prices as the routes make it: previewed in one snapshot, or done in one transaction
// with the re-priced days and its audit event; and how the outcome looks as JSON.

#include <functional>
#include <string>
#include <vector>

#include "daemon/json_views.hpp"
#include "daemon/routes.hpp"
#include "jobs/reprice.hpp"

namespace costd {

/// What is to change, or Error; asked once, in the snapshot or the transaction that goes on.
using FindPriceChanges = std::function<PriceChanges(Connection&)>;

struct PriceOutcome {
  PriceChanges changes;  ///< with ids where it was done
  std::vector<PriceEntry> live_before;
  RepriceReport report;
  std::vector<std::string> warnings;
};

/// Previews under dryRun=true, which writes nothing; else changes the prices. The audit event's
/// hashes are those of the whole live list before and after. Throws what `find` throws.
PriceOutcome change_prices(Service& service, const RouteCall& call, const std::string& action,
                           const FindPriceChanges& find);
bool is_dry_run(const RouteCall& call);

/// Live entries, and those of the shipped list: the models that have list prices of their own.
std::vector<PriceEntry> listed_prices(std::vector<PriceEntry> live);

OrderedJson to_json(const RepriceReport& report);
/// Each entry with what becomes of it: "change" is added, replaced (with "old", the price it takes
/// over from) or retired.
OrderedJson entries_json(const PriceOutcome& outcome);
/// Entries whose price had another in effect on its first day; the others are new.
std::int64_t replaced_count(const PriceOutcome& outcome);

}  // namespace costd
