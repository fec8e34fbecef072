#include "ledger/store/block_codec.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <tuple>

#include "ledger/error.hpp"
#include "ledger/store/column_codec.hpp"

namespace costd {
namespace {

/// The stored count columns in order. The upstream's total is kept as its difference to
/// input + output, which is nearly always zero and then takes no space.
constexpr std::array count_columns{&TokenCounts::input_uncached, &TokenCounts::cache_read,
                                   &TokenCounts::cache_write_5m, &TokenCounts::cache_write_1h,
                                   &TokenCounts::output,         &TokenCounts::reasoning};

void require(bool holds, const char* what) {
  if (holds) return;
  throw Error(ErrorCode::data, std::string("a usage block is damaged (") + what +
                                   "); restore the database from a backup");
}

std::string encode_directory(const std::vector<BlockRecord>& records) {
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
  return writer.compress();
}

/// One column of the records, by the given member or function.
template <typename Value, typename Get>
std::vector<Value> column_of(const std::vector<BlockRecord>& records, Get get) {
  std::vector<Value> values;
  values.reserve(records.size());
  for (const BlockRecord& record : records) values.push_back(get(record));
  return values;
}

std::string encode_counts(const std::vector<BlockRecord>& records) {
  ColumnWriter writer;
  for (const auto column : count_columns) {
    writer.write_integers(column_of<std::int64_t>(
        records, [&](const BlockRecord& record) { return record.tokens.*column; }));
  }
  writer.write_integers(column_of<std::int64_t>(records, [](const BlockRecord& record) {
    return record.tokens.total - record.tokens.input() - record.tokens.output;
  }));
  return writer.compress();
}

std::string encode_labels(const std::vector<BlockRecord>& records) {
  ColumnWriter writer;
  writer.write_integers(column_of<std::int64_t>(records, [](const BlockRecord& record) {
    return static_cast<std::int64_t>(record.origin);
  }));
  writer.write_dictionary(column_of<std::string>(
      records, [](const BlockRecord& record) { return record.tags; }));
  writer.write_dictionary(column_of<std::string>(
      records, [](const BlockRecord& record) { return record.credential_fingerprint; }));
  return writer.compress();
}

}  // namespace

EncodedBlock encode_block(std::vector<BlockRecord> records) {
  assert(!records.empty() && records.size() <= block_records_max);
  std::ranges::sort(records, {}, [](const BlockRecord& record) {
    return std::tie(record.series, record.at, record.record_id);
  });
  EncodedBlock block;
  block.directory = encode_directory(records);
  ColumnWriter times;
  times.write_integers(column_of<std::int64_t>(
      records, [](const BlockRecord& record) { return to_micros(record.at); }));
  block.times = times.compress();
  block.counts = encode_counts(records);
  block.labels = encode_labels(records);
  ColumnWriter ids;
  ids.write_strings(column_of<std::string>(
      records, [](const BlockRecord& record) { return record.record_id; }));
  block.record_ids = ids.compress();
  return block;
}

std::vector<SeriesRun> decode_directory(std::string_view bytes) {
  ColumnReader reader(bytes);
  const auto series = reader.read_integers();
  const auto counts = reader.read_integers();
  require(series.size() == counts.size(), "its directory has columns of different lengths");
  std::vector<SeriesRun> runs;
  std::size_t first = 0;
  for (std::size_t n = 0; n < series.size(); ++n) {
    const auto count = static_cast<std::size_t>(counts[n]);
    require(counts[n] > 0 && count <= block_records_max - first, "its directory has a wrong count");
    runs.push_back({series[n], first, count});
    first += count;
  }
  return runs;
}

std::vector<Instant> decode_times(std::string_view bytes) {
  std::vector<Instant> times;
  for (const std::int64_t micros : ColumnReader(bytes).read_integers()) {
    times.push_back(from_micros(micros));
  }
  return times;
}

std::vector<TokenCounts> decode_counts(std::string_view bytes) {
  ColumnReader reader(bytes);
  std::vector<TokenCounts> tokens;
  for (const auto column : count_columns) {
    const auto values = reader.read_integers();
    if (column == count_columns.front()) tokens.resize(values.size());
    require(values.size() == tokens.size(), "its counts have columns of different lengths");
    for (std::size_t n = 0; n < values.size(); ++n) {
      require(values[n] >= 0 && values[n] <= tokens_per_record_max, "a count is out of range");
      tokens[n].*column = values[n];
    }
  }
  const auto differences = reader.read_integers();
  require(differences.size() == tokens.size(), "its counts have columns of different lengths");
  for (std::size_t n = 0; n < tokens.size(); ++n) {
    // All five classes at their largest: no total is farther from their sum.
    require(std::abs(differences[n] / 5) <= tokens_per_record_max, "a total is out of range");
    tokens[n].total = tokens[n].input() + tokens[n].output + differences[n];
  }
  return tokens;
}

BlockLabels decode_labels(std::string_view bytes) {
  ColumnReader reader(bytes);
  BlockLabels labels;
  for (const std::int64_t origin : reader.read_integers()) {
    require(origin >= 0 && origin <= static_cast<std::int64_t>(Origin::cache_hit),
            "a record has an unknown origin");
    labels.origins.push_back(static_cast<Origin>(origin));
  }
  labels.tags = reader.read_dictionary();
  labels.credential_fingerprints = reader.read_dictionary();
  require(labels.tags.size() == labels.origins.size() &&
              labels.credential_fingerprints.size() == labels.origins.size(),
          "its labels have columns of different lengths");
  return labels;
}

std::vector<std::string> decode_record_ids(std::string_view bytes) {
  return ColumnReader(bytes).read_strings();
}

}  // namespace costd
