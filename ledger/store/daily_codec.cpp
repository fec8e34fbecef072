#include "ledger/store/daily_codec.hpp"

#include <algorithm>
#include <array>

#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::array token_columns{&TokenCounts::input_uncached, &TokenCounts::cache_read,
                                   &TokenCounts::cache_write_5m, &TokenCounts::cache_write_1h,
                                   &TokenCounts::output,         &TokenCounts::reasoning,
                                   &TokenCounts::total};

void require(bool holds) {
  if (holds) return;
  throw Error(ErrorCode::data,
              "a day of the rollup tables is damaged; restore the database from a backup");
}

template <typename Row, typename Get>
void write_column(ColumnWriter& writer, const std::vector<Row>& rows, Get get) {
  std::vector<std::int64_t> values;
  values.reserve(rows.size());
  for (const Row& row : rows) values.push_back(static_cast<std::int64_t>(get(row)));
  writer.write_integers(values);
}

template <typename Row>
void write_keys(ColumnWriter& writer, const std::vector<Row>& rows) {
  write_column(writer, rows, [](const Row& row) { return row.key.series; });
  write_column(writer, rows, [](const Row& row) { return row.key.band; });
  write_column(writer, rows, [](const Row& row) { return to_month_number(row.key.booked); });
  write_column(writer, rows, [](const Row& row) { return row.key.origin; });
}

template <typename Columns, typename Column>
std::size_t place_of(const Columns& columns, Column column) {
  return static_cast<std::size_t>(std::ranges::find(columns, column) - columns.begin());
}

PackedIntegers read_column(ColumnReader& reader, std::size_t rows) {
  PackedIntegers column = reader.read_packed();
  require(column.size() == rows);
  return column;
}

}  // namespace

void merge_equal_keys(std::vector<DailyUsage>& rows) {
  std::ranges::sort(rows, {}, &DailyUsage::key);
  auto kept = rows.begin();
  for (auto row = rows.begin(); row != rows.end(); ++row) {
    if (row == kept) continue;
    if (row->key == kept->key) {
      kept->requests += row->requests;
      kept->tokens += row->tokens;
    } else {
      *++kept = *row;
    }
  }
  if (!rows.empty()) rows.erase(kept + 1, rows.end());
}

std::string encode_daily_usage(const std::vector<DailyUsage>& rows) {
  ColumnWriter writer;
  write_keys(writer, rows);
  write_column(writer, rows, [](const DailyUsage& row) { return row.requests; });
  for (const auto column : token_columns) {
    write_column(writer, rows, [column](const DailyUsage& row) { return row.tokens.*column; });
  }
  return writer.take();
}

std::string encode_daily_charges(const std::vector<DailyCharge>& rows) {
  ColumnWriter writer;
  write_keys(writer, rows);
  write_column(writer, rows, [](const DailyCharge& row) { return row.charge.state; });
  write_column(writer, rows, [](const DailyCharge& row) { return row.charge.price_id; });
  for (const auto column : charge_amounts) {
    write_column(writer, rows,
                 [column](const DailyCharge& row) { return row.charge.amounts.*column; });
  }
  return writer.take();
}

PackedDailyKeys::PackedDailyKeys(Day day, ColumnReader& reader)
    : day_(day),
      series_(reader.read_packed()),
      band_(read_column(reader, size())),
      booked_(read_column(reader, size())),
      origin_(read_column(reader, size())) {}

DailyKey PackedDailyKeys::operator[](std::size_t row) const {
  return {day_, series_[row], static_cast<ContextBand>(band_[row]), booked(row), origin(row)};
}

PackedDailyUsage::PackedDailyUsage(Day day, std::string_view bytes)
    : reader_(bytes), keys_(day, reader_), requests_(read_column(reader_, keys_.size())) {
  for (std::size_t n = 0; n < token_columns.size(); ++n) {
    tokens_.push_back(read_column(reader_, keys_.size()));
  }
}

const PackedIntegers& PackedDailyUsage::tokens(std::int64_t TokenCounts::*token_class) const {
  return tokens_[place_of(token_columns, token_class)];
}

TokenCounts PackedDailyUsage::tokens(std::size_t row) const {
  TokenCounts tokens;
  for (std::size_t n = 0; n < token_columns.size(); ++n) {
    tokens.*token_columns[n] = tokens_[n][row];
  }
  return tokens;
}

PackedDailyCharges::PackedDailyCharges(Day day, std::string_view bytes)
    : reader_(bytes),
      keys_(day, reader_),
      state_(read_column(reader_, keys_.size())),
      price_id_(read_column(reader_, keys_.size())) {
  for (std::size_t n = 0; n < charge_amounts.size(); ++n) {
    amounts_.push_back(read_column(reader_, keys_.size()));
  }
}

const PackedIntegers& PackedDailyCharges::amounts(std::int64_t ChargeAmounts::*amount_class) const {
  return amounts_[place_of(charge_amounts, amount_class)];
}

Charge PackedDailyCharges::charge(std::size_t row) const {
  Charge charge;
  charge.state = static_cast<ChargeState>(state_[row]);
  charge.price_id = price_id_[row];
  for (std::size_t n = 0; n < charge_amounts.size(); ++n) {
    charge.amounts.*charge_amounts[n] = amounts_[n][row];
  }
  return charge;
}

}  // namespace costd
