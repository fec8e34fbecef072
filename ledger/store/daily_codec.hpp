#pragma once
// One day of the rollup tables as packed columns: thousands of rows in one value. Pure: no I/O.
//
// A day's rows are always read and replaced together, and a month's rows are summed by every
// statement; as rows of their own they cost some hundred times as much (tests/bench/ingest).

#include <string>
#include <string_view>
#include <vector>

#include "ledger/daily_usage.hpp"
#include "ledger/rating.hpp"
#include "ledger/store/column_codec.hpp"

namespace costd {

/// Version byte stored with each day; a reader refuses what it does not know.
inline constexpr int daily_codec_version = 1;

/// Sorts by key and adds up the rows of one key.
void merge_equal_keys(std::vector<DailyUsage>& rows);

/// `rows` are of one day, sorted by key, each key once.
std::string encode_daily_usage(const std::vector<DailyUsage>& rows);
std::string encode_daily_charges(const std::vector<DailyCharge>& rows);

/// The rows of one day, still packed. Valid while the bytes are. Throws Error(data) if the bytes
/// are not such a day.
class PackedDailyKeys {
 public:
  PackedDailyKeys(Day day, ColumnReader& reader);
  std::size_t size() const { return series_.size(); }
  SeriesId series(std::size_t row) const { return series_[row]; }
  const PackedIntegers& series() const { return series_; }
  const PackedIntegers& origins() const { return origin_; }
  /// Every row there has the key of the same row here; both are of the same day.
  bool has_keys_of(const PackedDailyKeys& other) const {
    return series_ == other.series_ && band_ == other.band_ && booked_ == other.booked_ &&
           origin_ == other.origin_;
  }
  DailyKey operator[](std::size_t row) const;
  /// The key of `row` here is that of `other_row` there; both are of the same day.
  bool is_same_key(std::size_t row, const PackedDailyKeys& other, std::size_t other_row) const {
    return series_[row] == other.series_[other_row] && band_[row] == other.band_[other_row] &&
           booked_[row] == other.booked_[other_row] && origin_[row] == other.origin_[other_row];
  }
  Month booked(std::size_t row) const { return from_month_number(static_cast<int>(booked_[row])); }
  Origin origin(std::size_t row) const { return static_cast<Origin>(origin_[row]); }

 private:
  Day day_;
  PackedIntegers series_;
  PackedIntegers band_;
  PackedIntegers booked_;
  PackedIntegers origin_;
};

class PackedDailyUsage {
 public:
  PackedDailyUsage(Day day, std::string_view bytes);
  const PackedDailyKeys& keys() const { return keys_; }
  const PackedIntegers& requests() const { return requests_; }
  /// One token class of all rows.
  const PackedIntegers& tokens(std::int64_t TokenCounts::*token_class) const;
  TokenCounts tokens(std::size_t row) const;

 private:
  ColumnReader reader_;
  PackedDailyKeys keys_;
  PackedIntegers requests_;
  std::vector<PackedIntegers> tokens_;
};

class PackedDailyCharges {
 public:
  PackedDailyCharges(Day day, std::string_view bytes);
  const PackedDailyKeys& keys() const { return keys_; }
  const PackedIntegers& states() const { return state_; }
  ChargeState state(std::size_t row) const { return static_cast<ChargeState>(state_[row]); }
  /// One class of all rows' amounts.
  const PackedIntegers& amounts(std::int64_t ChargeAmounts::*amount_class) const;
  Charge charge(std::size_t row) const;

 private:
  ColumnReader reader_;
  PackedDailyKeys keys_;
  PackedIntegers state_;
  PackedIntegers price_id_;
  std::vector<PackedIntegers> amounts_;
};

}  // namespace costd
