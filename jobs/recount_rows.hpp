#pragma once
// Stored daily rows beside derived ones: every field in which they differ. Pure: no I/O.

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "ledger/daily_usage.hpp"
#include "ledger/price_book.hpp"
#include "ledger/rating.hpp"

namespace costd {

struct Difference {
  DailyKey key;  ///< booked is not set where it does not matter
  std::string field;
  std::string stored;   ///< "none" where the row is missing
  std::string derived;  ///< "none" where the row should not be there
};

/// Whether all records of the series' local day are still there.
using IsWhole = std::function<bool(SeriesId)>;

/// The stored rows of a day, summed over the months they are booked in, beside the sums of the
/// records. Where records were removed, stored sums may be larger, never smaller.
std::vector<Difference> compare_usage(std::vector<DailyUsage> stored,
                                      std::vector<DailyUsage> derived, const IsWhole& is_whole);

/// Both in key order, each key once.
std::vector<Difference> compare_charges(const std::vector<DailyCharge>& stored,
                                        const std::vector<DailyCharge>& derived);

/// What a row of usage should cost: in an open month by the live prices, in a closed one by the
/// entry that its charge names, if that entry is one for such usage.
class ChargeDerivation {
 public:
  using History = std::map<std::int64_t, PriceEntry>;  ///< live and retired entries by id
  /// `history` outlives it.
  ChargeDerivation(std::vector<PriceEntry> live, const History& history);
  ChargeDerivation(const ChargeDerivation&) = delete;
  ChargeDerivation& operator=(const ChargeDerivation&) = delete;

  Charge by_live_prices(const SeriesKey& series, const DailyUsage& usage);
  Charge by_named_entry(const SeriesKey& series, const DailyUsage& usage, std::int64_t price_id);

 private:
  struct OneEntry {
    explicit OneEntry(std::vector<PriceEntry> entries) : book(std::move(entries)), rater(book) {}
    PriceBook book;
    Rater rater;
  };
  const History& history_;
  OneEntry live_;
  std::map<std::int64_t, OneEntry> named_;
};

/// "difference day=2026-10-05 tenant=acme ... field=requests stored=2 derived=3"; the key masked.
std::string describe(const Difference& difference,
                     const std::unordered_map<SeriesId, SeriesKey>& series);

}  // namespace costd
