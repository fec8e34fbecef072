#pragma once
// What a month of a tenant comes to when it is closed, with hashes that show later on that nothing
// of it has changed.

#include <map>
#include <optional>
#include <set>
#include <string>

#include "ledger/money.hpp"
#include "ledger/time/zone.hpp"

namespace costd {

class Connection;

struct PeriodFigures {
  std::int64_t records = 0;  ///< booked in the month, corrections of earlier months included
  Money total;
  std::optional<Instant> first_record_at{};  ///< of the month's own records that are still kept
  std::optional<Instant> last_record_at{};
  std::string rows_sha256;  ///< see sum_booked_rows
  std::string price_book_sha256{};
  std::string costd_version{};
  std::string time_zone_version{};
  bool operator==(const PeriodFigures&) const = default;
};
std::string to_json(const PeriodFigures& figures);
/// Nothing if an older costd has frozen none. Throws Error(data) if it is no such text.
std::optional<PeriodFigures> period_figures_from_json(const std::string& text);

/// Tenants by id; nothing = all of them.
using TenantChoice = std::optional<std::set<std::string>>;

/// Records, total and hash of what is booked in the month, by tenant.
/// The hash is SHA-256 over "costd-period-v1\n" and one line a row: a JSON list of day, API key,
/// model, provider, tier, dimensions, band, origin, requests, the seven token counts, then state,
/// price entry and the four amounts in pico-USD of its charge (null without one). Lines are sorted
/// as bytes within their day, days follow each other.
std::map<std::string, PeriodFigures> sum_booked_rows(Connection& connection, Month month,
                                                     const TenantChoice& tenants = std::nullopt);

/// A tenant, and the month in its zone.
using TenantRanges = std::map<std::string, InstantRange>;
/// The same with all the rest, as it is frozen; for each of the tenants.
std::map<std::string, PeriodFigures> freeze_figures(Connection& connection, Month month,
                                                    const TenantRanges& ranges);

/// SHA-256 over the live price entries, oldest first: two books of the same entries are the same.
std::string hash_price_book(Connection& connection);

}  // namespace costd
