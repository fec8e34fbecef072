#include "ledger/store/block_codec.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <numeric>

#include "ledger/error.hpp"

namespace costd {
namespace {

/// The stored count columns in order. The upstream's total is kept as its difference to
/// input + output, which is nearly always zero and then takes no space.
constexpr std::array count_columns{&TokenCounts::input_uncached, &TokenCounts::cache_read,
                                   &TokenCounts::cache_write_5m, &TokenCounts::cache_write_1h,
                                   &TokenCounts::output,         &TokenCounts::reasoning};
enum IdForm : std::uint64_t { text_ids = 0, uuid_ids = 1 };

void require(bool holds, const char* what) {
  if (holds) return;
  throw Error(ErrorCode::data, std::string("a usage block is damaged (") + what +
                                   "); restore the database from a backup");
}

/// Takes the columns out of sorted records. A record is far wider than a column, so the records are
/// gone through twice and not once a column, in tiles that stay in the processor's cache: first to
/// learn what packing has to know of a column's values, then to pack them.
class BlockEncoder {
 public:
  BlockEncoder(std::span<const BlockRecord> records, const RecordTexts& texts, EncodedBlock spent)
      : records_(records),
        texts_(texts),
        times_(std::move(spent.times)),
        counts_(std::move(spent.counts)),
        labels_(std::move(spent.labels)),
        ids_(std::move(spent.record_ids)),
        place_of_label_(texts.labels.size(), no_place) {}

  EncodedBlock encode() {
    for_each_tile([&](Tile tile) { scan(tile); });
    begin_columns();
    for_each_tile([&](Tile tile) { pack(tile); });
    EncodedBlock block;
    block.directory = encode_directory();
    block.times = times_.take();
    block.counts = counts_.take();
    block.labels = labels_.compress();
    block.record_ids = ids_.take();
    return block;
  }

 private:
  using Tile = std::span<const BlockRecord>;
  static constexpr std::size_t tile_records = 256;
  static constexpr std::int64_t no_place = -1;
  /// Times, the counts with the four small columns beside them, places of labels.
  static constexpr std::size_t columns = 1 + count_columns.size() + 4 + 1;

  template <typename Take>
  void for_each_tile(Take take) const {
    for (std::size_t first = 0; first < records_.size(); first += tile_records) {
      take(records_.subspan(first, std::min(tile_records, records_.size() - first)));
    }
  }

  /// Calls `take` with each column's number and its values in the tile, unless `skips` the column.
  template <typename Skips, typename Take>
  void for_each_column(Tile tile, Skips skips, Take take) const {
    std::array<std::int64_t, tile_records> values;
    std::size_t column = 0;
    const auto take_column = [&](auto get) {
      const std::size_t number = column++;
      if (skips(number)) return;
      for (std::size_t n = 0; n < tile.size(); ++n) {
        values[n] = static_cast<std::int64_t>(get(tile[n]));
      }
      take(number, std::span<const std::int64_t>(values).first(tile.size()));
    };
    take_column([](const BlockRecord& record) { return to_micros(record.at); });
    for (const auto member : count_columns) {
      take_column([member](const BlockRecord& record) { return record.tokens.*member; });
    }
    take_column([](const BlockRecord& record) {
      return record.tokens.total - record.tokens.input() - record.tokens.output;
    });
    take_column([](const BlockRecord& record) { return record.requests; });
    take_column([](const BlockRecord& record) { return record.stated_band; });
    take_column([](const BlockRecord& record) { return record.origin; });
    take_column([this](const BlockRecord& record) { return place_of_label_[record.label]; });
    assert(column == columns);
  }

  void scan(Tile tile) {
    for (const BlockRecord& record : tile) {
      if (run_series_.empty() || run_series_.back() != record.series) {
        run_series_.push_back(record.series);
        run_counts_.push_back(0);
      }
      ++run_counts_.back();
      has_text_ids_ |= record.has_text_id;
      std::int64_t& place = place_of_label_[record.label];
      if (place != no_place) continue;
      place = static_cast<std::int64_t>(tags_.size());
      tags_.push_back(texts_.labels[record.label].tags);
      fingerprints_.push_back(texts_.labels[record.label].credential_fingerprint);
    }
    for_each_column(
        tile, [](std::size_t /*column*/) { return false; },
        [&](std::size_t column, std::span<const std::int64_t> values) {
          ranges_[column].add(values);
        });
  }

  ColumnWriter& writer_of(std::size_t column) {
    return column == 0 ? times_ : column + 1 == columns ? labels_ : counts_;
  }

  void begin_columns() {
    labels_.write_dictionary(tags_);
    labels_.write_dictionary(fingerprints_);
    for (std::size_t column = 0; column < columns; ++column) {
      places_[column] = writer_of(column).add_integers(records_.size(), ranges_[column]);
    }
    ids_.write_number(has_text_ids_ ? text_ids : uuid_ids);
    if (has_text_ids_) return write_text_ids();
    ids_.begin_uuids(records_.size());
  }

  void pack(Tile tile) {
    for_each_column(
        tile, [&](std::size_t column) { return places_[column].width == 0; },
        [&](std::size_t column, std::span<const std::int64_t> values) {
          writer_of(column).pack(places_[column], values);
        });
    if (has_text_ids_) return;
    for (const BlockRecord& record : tile) ids_.write_uuid(record.id);
  }

  void write_text_ids() {
    std::vector<std::string> ids;
    ids.reserve(records_.size());
    for (const BlockRecord& record : records_) ids.push_back(id_text(record, texts_));
    ids_.write_strings(ids);
  }

  std::string encode_directory() const {
    ColumnWriter writer;
    writer.write_integers(run_series_);
    writer.write_integers(run_counts_);
    return writer.take();
  }

  std::span<const BlockRecord> records_;
  const RecordTexts& texts_;
  ColumnWriter times_;
  ColumnWriter counts_;
  ColumnWriter labels_;
  ColumnWriter ids_;
  std::array<IntegerRange, columns> ranges_;
  std::array<PackedPlace, columns> places_;
  std::vector<std::int64_t> run_series_;
  std::vector<std::int64_t> run_counts_;
  std::vector<std::int64_t> place_of_label_;  ///< in the block's dictionary, by the texts' number
  std::vector<std::string> tags_;
  std::vector<std::string> fingerprints_;
  bool has_text_ids_ = false;
};

/// Within one series.
bool is_before(const BlockRecord& a, const BlockRecord& b, const RecordTexts& texts) {
  if (a.at != b.at) return a.at < b.at;
  if (!a.has_text_id && !b.has_text_id) return a.id < b.id;
  return id_text(a, texts) < id_text(b, texts);
}

/// The places of the records by series, those of one series in the order they have. Series ids are
/// small and dense, so counting them is faster than comparing.
std::vector<std::uint32_t> rows_by_series(std::span<const BlockRecord> records) {
  constexpr std::int64_t counted_series_max = 1 << 20;
  std::vector<std::uint32_t> rows(records.size());
  const auto [low, high] = std::ranges::minmax(records, {}, &BlockRecord::series);
  if (high.series - low.series >= counted_series_max) {
    std::iota(rows.begin(), rows.end(), 0U);
    std::ranges::stable_sort(rows, {}, [&](std::uint32_t row) { return records[row].series; });
    return rows;
  }
  std::vector<std::uint32_t> starts(static_cast<std::size_t>(high.series - low.series) + 2);
  const auto slot = [&](const BlockRecord& record) {
    return static_cast<std::size_t>(record.series - low.series);
  };
  for (const BlockRecord& record : records) ++starts[slot(record) + 1];
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  for (std::uint32_t row = 0; row < records.size(); ++row) {
    rows[starts[slot(records[row])]++] = row;
  }
  return rows;
}

}  // namespace

ContextBand band_of(const BlockRecord& record) {
  if (record.stated_band != 0) return static_cast<ContextBand>(record.stated_band - 1);
  return record.requests == 1 ? band_of(record.tokens.input()) : ContextBand{0};
}

std::string id_text(const BlockRecord& record, const RecordTexts& texts) {
  return record.has_text_id ? texts.ids[record.id.high] : format_uuid(record.id);
}

BlockRecords sort_records(std::span<const BlockRecord> records, const RecordTexts& texts,
                          BlockRecords spent) {
  std::vector<std::uint32_t> rows = rows_by_series(records);
  const auto is_earlier = [&](std::uint32_t a, std::uint32_t b) {
    return is_before(records[a], records[b], texts);
  };
  for (auto first = rows.begin(); first != rows.end();) {
    const SeriesId series = records[*first].series;
    const auto last = std::find_if(
        first, rows.end(), [&](std::uint32_t row) { return records[row].series != series; });
    if (!std::is_sorted(first, last, is_earlier)) std::sort(first, last, is_earlier);
    first = last;
  }
  spent.clear();
  spent.reserve(records.size());
  for (const std::uint32_t row : rows) spent.push_back(records[row]);
  return spent;
}

EncodedBlock encode_block(std::span<const BlockRecord> records, const RecordTexts& texts,
                          EncodedBlock spent) {
  assert(!records.empty() && records.size() <= block_records_max);
  return BlockEncoder(records, texts, std::move(spent)).encode();
}

std::vector<SeriesRun> decode_directory(std::string_view bytes) {
  ColumnReader reader(bytes);
  const auto series = reader.read_integers();
  const auto counts = reader.read_integers();
  require(series.size() == counts.size(), "its directory has columns of different lengths");
  std::vector<SeriesRun> runs;
  runs.reserve(series.size());
  std::size_t first = 0;
  for (std::size_t n = 0; n < series.size(); ++n) {
    const auto count = static_cast<std::size_t>(counts[n]);
    require(counts[n] > 0 && count <= block_records_max - first, "its directory has a wrong count");
    runs.push_back({series[n], first, count});
    first += count;
  }
  return runs;
}

PackedIntegers decode_times(std::string_view bytes) {
  return ColumnReader(bytes).read_packed();
}

PackedCounts::PackedCounts(std::string_view bytes) {
  ColumnReader reader(bytes);
  for (std::size_t n = 0; n < count_columns.size(); ++n) classes_.push_back(reader.read_packed());
  difference_ = reader.read_packed();
  requests_ = reader.read_packed();
  stated_band_ = reader.read_packed();
  origin_ = reader.read_packed();
  const bool same_length =
      std::ranges::all_of(classes_, [&](const auto& column) { return column.size() == size(); }) &&
      difference_.size() == size() && requests_.size() == size() && stated_band_.size() == size();
  require(same_length, "its counts have columns of different lengths");
}

TokenCounts PackedCounts::tokens(std::size_t row) const {
  TokenCounts tokens;
  for (std::size_t n = 0; n < count_columns.size(); ++n) {
    const std::int64_t count = classes_[n][row];
    require(count >= 0 && count <= tokens_per_record_max, "a count is out of range");
    tokens.*count_columns[n] = count;
  }
  const std::int64_t difference = difference_[row];
  // All five classes at their largest: no total is farther from their sum.
  require(std::abs(difference / 5) <= tokens_per_record_max, "a total is out of range");
  tokens.total = tokens.input() + tokens.output + difference;
  return tokens;
}

std::uint8_t PackedCounts::stated_band(std::size_t row) const {
  const std::int64_t band = stated_band_[row];
  require(band >= 0 && band <= static_cast<std::int64_t>(context_band_edges.size()) + 1,
          "a context band is out of range");
  return static_cast<std::uint8_t>(band);
}

Origin PackedCounts::origin(std::size_t row) const {
  const std::int64_t origin = origin_[row];
  require(origin >= 0 && origin <= static_cast<std::int64_t>(Origin::cache_hit),
          "a record has an unknown origin");
  return static_cast<Origin>(origin);
}

RecordIds decode_record_ids(std::string_view bytes) {
  ColumnReader reader(bytes);
  RecordIds ids;
  if (reader.read_number() == uuid_ids) {
    ids.uuids = reader.read_uuids();
  } else {
    ids.texts = reader.read_strings();
  }
  return ids;
}

BlockLabels decode_labels(std::string_view bytes) {
  const std::string plain = decompress_column(bytes);
  ColumnReader reader(plain);
  const auto tags = reader.read_dictionary();
  const auto fingerprints = reader.read_dictionary();
  require(tags.size() == fingerprints.size(), "its labels have columns of different lengths");
  BlockLabels labels;
  for (std::size_t n = 0; n < tags.size(); ++n) {
    labels.distinct.push_back({tags[n], fingerprints[n]});
  }
  const auto rows = reader.read_integers();
  labels.rows.reserve(rows.size());
  for (const std::int64_t row : rows) {
    require(row >= 0 && static_cast<std::size_t>(row) < labels.distinct.size(),
            "a label without a value");
    labels.rows.push_back(static_cast<std::uint32_t>(row));
  }
  return labels;
}

}  // namespace costd
