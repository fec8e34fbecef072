#include "ledger/store/schema_2.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "ledger/store/connection.hpp"
#include "ledger/store/daily_codec.hpp"
#include "ledger/store/fast_hash.hpp"
#include "ledger/store/usage_blocks.hpp"

namespace costd {
namespace {

constexpr const char* select_block_1 =
    "select source_id, directory, times, counts, labels, record_ids from usage_block_1"
    " where id = :id";
constexpr const char* insert_packed_block =
    "insert into usage_block(source_id, day, codec, record_count, first_at, last_at, directory,"
    " times, counts, labels, record_ids) values (:source, :day, 2, :records, :first, :last,"
    " :directory, :times, :counts, :labels, :ids)";
constexpr const char* select_usage_1 =
    "select day, series_id, context_band, booked_month, origin, requests, input_uncached,"
    " cache_read, cache_write_5m, cache_write_1h, output, reasoning, total from usage_daily_1"
    " order by day, series_id, context_band, booked_month, origin";
constexpr const char* select_charges_1 =
    "select day, series_id, context_band, booked_month, origin, state, price_id, input_picos,"
    " cache_read_picos, cache_write_picos, output_picos from cost_daily_1"
    " order by day, series_id, context_band, booked_month, origin";
constexpr const char* insert_usage =
    "insert into usage_daily(day, codec, first_booked_month, last_booked_month, row_count, usage)"
    " values (:day, 1, :first, :last, :rows, :usage)";
constexpr const char* insert_charges =
    "insert into cost_daily(day, codec, row_count, charges) values (:day, 1, :rows, :charges)";

/// A column of the first codec: compressed as a whole, without a checksum.
class OldColumn {
 public:
  explicit OldColumn(const std::string& compressed)
      : bytes_(with_checksum(decompress_column(compressed))), reader_(bytes_) {}
  std::vector<std::int64_t> integers() { return reader_.read_integers(); }
  std::vector<std::string> strings() {
    const std::uint64_t count = reader_.read_number();
    const bool uuids = reader_.read_number() == 1;
    std::vector<std::uint64_t> lengths(uuids ? 0 : count);
    for (std::uint64_t& length : lengths) length = reader_.read_number();
    std::vector<std::string> texts;
    for (std::uint64_t n = 0; n < count; ++n) {
      texts.push_back(uuids ? uuid() : std::string(reader_.read_bytes(lengths[n])));
    }
    return texts;
  }
  std::vector<std::string> dictionary() {
    const auto distinct = strings();
    std::vector<std::string> texts;
    for (const std::int64_t place : integers()) {
      texts.push_back(distinct.at(static_cast<std::size_t>(place)));
    }
    return texts;
  }

 private:
  static std::string with_checksum(std::string bytes) {
    const std::uint64_t checksum = XXH3_64bits(bytes.data(), bytes.size());
    return bytes.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
  }
  std::string uuid() {
    RecordId id;
    for (const char c : reader_.read_bytes(16)) {
      id.high = id.high << 8 | id.low >> 56;
      id.low = id.low << 8 | static_cast<unsigned char>(c);
    }
    return format_uuid(id);
  }

  std::string bytes_;
  ColumnReader reader_;
};

struct OldBlock {
  SourceId source = 0;
  std::string directory, times, counts, labels, record_ids;
};

OldBlock load_old_block(Connection& connection, BlockId id) {
  OldBlock block;
  soci::session& sql = connection.sql;
  std::array<soci::blob, 5> blobs{soci::blob(sql), soci::blob(sql), soci::blob(sql),
                                  soci::blob(sql), soci::blob(sql)};
  sql << select_block_1, soci::into(block.source), soci::into(blobs[0]), soci::into(blobs[1]),
      soci::into(blobs[2]), soci::into(blobs[3]), soci::into(blobs[4]), soci::use(id);
  block.directory = bytes_of(blobs[0]);
  block.times = bytes_of(blobs[1]);
  block.counts = bytes_of(blobs[2]);
  block.labels = bytes_of(blobs[3]);
  block.record_ids = bytes_of(blobs[4]);
  return block;
}

/// The block's records by UTC day.
std::map<BlockDay, std::vector<BlockRecord>> records_of(const OldBlock& block, RecordTexts& texts) {
  OldColumn directory(block.directory);
  const auto series = directory.integers();
  const auto run_lengths = directory.integers();
  const auto times = OldColumn(block.times).integers();
  OldColumn counts(block.counts);
  std::array<std::vector<std::int64_t>, 7> columns;
  for (auto& column : columns) column = counts.integers();
  OldColumn labels(block.labels);
  const auto origins = labels.integers();
  const auto tags = labels.dictionary();
  const auto fingerprints = labels.dictionary();
  const auto ids = OldColumn(block.record_ids).strings();
  std::map<BlockDay, std::vector<BlockRecord>> days;
  std::size_t row = 0;
  for (std::size_t run = 0; run < series.size(); ++run) {
    for (std::int64_t n = 0; n < run_lengths.at(run); ++n, ++row) {
      BlockRecord record;
      record.at = from_micros(times.at(row));
      record.series = series[run];
      record.tokens = {columns[0].at(row),
                       columns[1].at(row),
                       columns[2].at(row),
                       columns[3].at(row),
                       columns[4].at(row),
                       columns[5].at(row),
                       0};
      record.tokens.total = record.tokens.input() + record.tokens.output + columns[6].at(row);
      record.origin = static_cast<Origin>(origins.at(row));
      record.label = static_cast<std::uint32_t>(texts.labels.size());
      texts.labels.push_back({tags.at(row), fingerprints.at(row)});
      if (!parse_uuid(ids.at(row), record.id)) {
        record.has_text_id = true;
        record.id = {texts.ids.size(), 0};
        texts.ids.push_back(ids[row]);
      }
      days[block_day_of(record.at)].push_back(record);
    }
  }
  return days;
}

void insert_new_block(Connection& connection, const UsageBlock& block) {
  soci::session& sql = connection.sql;
  const std::int64_t first_at = to_micros(block.head.first_at);
  const std::int64_t last_at = to_micros(block.head.last_at);
  BoundBlob directory(sql, block.columns.directory);
  BoundBlob times(sql, block.columns.times);
  BoundBlob counts(sql, block.columns.counts);
  BoundBlob labels(sql, block.columns.labels);
  BoundBlob record_ids(sql, block.columns.record_ids);
  sql << insert_packed_block, soci::use(block.head.source), soci::use(block.head.day),
      soci::use(block.head.records), soci::use(first_at), soci::use(last_at),
      soci::use(directory.value), soci::use(times.value), soci::use(counts.value),
      soci::use(labels.value), soci::use(record_ids.value);
}

void carry_over_blocks(Connection& connection) {
  std::vector<BlockId> ids;
  BlockId id = 0;
  {
    soci::statement statement =
        (connection.sql.prepare << "select id from usage_block_1 order by id", soci::into(id));
    for_each_row(statement, [&] { ids.push_back(id); });
  }
  for (const BlockId old : ids) {
    const OldBlock block = load_old_block(connection, old);
    RecordTexts texts;
    for (auto& [day, records] : records_of(block, texts)) {
      insert_new_block(connection,
                       make_usage_block(block.source, sort_records(records, texts), texts));
    }
  }
}

/// The key's columns as the integers the database keeps.
struct OldKey {
  std::int64_t day = 0;
  SeriesId series = 0;
  int band = 0;
  int booked = 0;
  int origin = 0;
  DailyKey key() const {
    return {from_day_number(static_cast<int>(day)), series, static_cast<ContextBand>(band),
            from_month_number(booked), static_cast<Origin>(origin)};
  }
};

void carry_over_usage(Connection& connection) {
  OldKey key;
  DailyUsage row;
  TokenCounts& tokens = row.tokens;
  std::map<std::int64_t, std::vector<DailyUsage>> days;
  {
    soci::statement statement =
        (connection.sql.prepare << select_usage_1, soci::into(key.day), soci::into(key.series),
         soci::into(key.band), soci::into(key.booked), soci::into(key.origin),
         soci::into(row.requests), soci::into(tokens.input_uncached), soci::into(tokens.cache_read),
         soci::into(tokens.cache_write_5m), soci::into(tokens.cache_write_1h),
         soci::into(tokens.output), soci::into(tokens.reasoning), soci::into(tokens.total));
    for_each_row(statement, [&] {
      row.key = key.key();
      days[key.day].push_back(row);
    });
  }
  for (const auto& [day, rows] : days) {
    const auto booked = [](const DailyUsage& usage) { return usage.key.booked; };
    const auto [first, last] = std::ranges::minmax(rows, {}, booked);
    const int first_month = to_month_number(first.key.booked);
    const int last_month = to_month_number(last.key.booked);
    const auto count = static_cast<std::int64_t>(rows.size());
    const std::string bytes = encode_daily_usage(rows);
    BoundBlob usage(connection.sql, bytes);
    connection.sql << insert_usage, soci::use(day), soci::use(first_month), soci::use(last_month),
        soci::use(count), soci::use(usage.value);
  }
}

void carry_over_charges(Connection& connection) {
  OldKey key;
  int state = 0;
  Charge charge;
  ChargeAmounts& amounts = charge.amounts;
  std::map<std::int64_t, std::vector<DailyCharge>> days;
  {
    soci::statement statement =
        (connection.sql.prepare << select_charges_1, soci::into(key.day), soci::into(key.series),
         soci::into(key.band), soci::into(key.booked), soci::into(key.origin), soci::into(state),
         soci::into(charge.price_id), soci::into(amounts.input_picos),
         soci::into(amounts.cache_read_picos), soci::into(amounts.cache_write_picos),
         soci::into(amounts.output_picos));
    for_each_row(statement, [&] {
      charge.state = static_cast<ChargeState>(state);
      days[key.day].push_back({key.key(), charge});
    });
  }
  for (const auto& [day, rows] : days) {
    const auto count = static_cast<std::int64_t>(rows.size());
    const std::string bytes = encode_daily_charges(rows);
    BoundBlob blob(connection.sql, bytes);
    connection.sql << insert_charges, soci::use(day), soci::use(count), soci::use(blob.value);
  }
}

}  // namespace

void carry_over_to_schema_2(Connection& connection) {
  carry_over_blocks(connection);
  carry_over_usage(connection);
  carry_over_charges(connection);
  for (const char* drop :
       {"drop table usage_block_1", "drop table usage_daily_1", "drop table cost_daily_1"}) {
    connection.sql << drop;
  }
}

}  // namespace costd
