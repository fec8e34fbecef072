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

/// Writes one integer column, its values made by `get` from each record.
template <typename Get>
void write_column(ColumnWriter& writer, std::span<const BlockRecord> records,
                  std::vector<std::int64_t>& scratch, Get get) {
  scratch.resize(records.size());
  for (std::size_t n = 0; n < records.size(); ++n) {
    scratch[n] = static_cast<std::int64_t>(get(records[n]));
  }
  writer.write_integers(scratch);
}

std::string encode_directory(std::span<const BlockRecord> records) {
  std::vector<std::int64_t> series;
  std::vector<std::int64_t> counts;
  for (const BlockRecord& record : records) {
    if (series.empty() || series.back() != record.series) {
      series.push_back(record.series);
      counts.push_back(0);
    }
    ++counts.back();
  }
  ColumnWriter writer;
  writer.write_integers(series);
  writer.write_integers(counts);
  return writer.take();
}

std::string encode_counts(std::span<const BlockRecord> records,
                          std::vector<std::int64_t>& scratch) {
  ColumnWriter writer;
  for (const auto column : count_columns) {
    write_column(writer, records, scratch,
                 [column](const BlockRecord& record) { return record.tokens.*column; });
  }
  write_column(writer, records, scratch, [](const BlockRecord& record) {
    return record.tokens.total - record.tokens.input() - record.tokens.output;
  });
  write_column(writer, records, scratch, [](const BlockRecord& record) { return record.requests; });
  write_column(writer, records, scratch,
               [](const BlockRecord& record) { return record.stated_band; });
  write_column(writer, records, scratch, [](const BlockRecord& record) { return record.origin; });
  return writer.take();
}

std::string encode_labels(std::span<const BlockRecord> records, const RecordTexts& texts,
                          std::vector<std::int64_t>& scratch) {
  constexpr std::int64_t unused = -1;
  std::vector<std::int64_t> place_of(texts.labels.size(), unused);
  std::vector<std::string> tags;
  std::vector<std::string> fingerprints;
  scratch.resize(records.size());
  for (std::size_t n = 0; n < records.size(); ++n) {
    std::int64_t& place = place_of[records[n].label];
    if (place == unused) {
      place = static_cast<std::int64_t>(tags.size());
      tags.push_back(texts.labels[records[n].label].tags);
      fingerprints.push_back(texts.labels[records[n].label].credential_fingerprint);
    }
    scratch[n] = place;
  }
  ColumnWriter writer;
  writer.write_dictionary(tags);
  writer.write_dictionary(fingerprints);
  writer.write_integers(scratch);
  return writer.compress();
}

std::string encode_ids(std::span<const BlockRecord> records, const RecordTexts& texts) {
  ColumnWriter writer;
  const bool uuids = std::ranges::none_of(records, &BlockRecord::has_text_id);
  writer.write_number(uuids ? uuid_ids : text_ids);
  if (uuids) {
    std::vector<RecordId> ids;
    ids.reserve(records.size());
    for (const BlockRecord& record : records) ids.push_back(record.id);
    writer.write_uuids(ids);
    return writer.take();
  }
  std::vector<std::string> ids;
  ids.reserve(records.size());
  for (const BlockRecord& record : records) ids.push_back(id_text(record, texts));
  writer.write_strings(ids);
  return writer.take();
}

/// Within one series.
bool is_before(const BlockRecord& a, const BlockRecord& b, const RecordTexts& texts) {
  if (a.at != b.at) return a.at < b.at;
  if (!a.has_text_id && !b.has_text_id) return a.id < b.id;
  return id_text(a, texts) < id_text(b, texts);
}

/// The places of the records by series, those of one series in the order they have. Series ids are
/// small and dense, so counting them is faster than comparing.
std::vector<std::uint32_t> rows_by_series(const std::vector<BlockRecord>& records) {
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

std::vector<BlockRecord> sort_records(const std::vector<BlockRecord>& records,
                                      const RecordTexts& texts, std::vector<BlockRecord> spent) {
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

EncodedBlock encode_block(std::span<const BlockRecord> records, const RecordTexts& texts) {
  assert(!records.empty() && records.size() <= block_records_max);
  std::vector<std::int64_t> scratch;
  EncodedBlock block;
  block.directory = encode_directory(records);
  ColumnWriter times;
  write_column(times, records, scratch,
               [](const BlockRecord& record) { return to_micros(record.at); });
  block.times = times.take();
  block.counts = encode_counts(records, scratch);
  block.labels = encode_labels(records, texts, scratch);
  block.record_ids = encode_ids(records, texts);
  return block;
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
