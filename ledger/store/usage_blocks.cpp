#include "ledger/store/usage_blocks.hpp"

#include <algorithm>
#include <array>

#include "ledger/error.hpp"
#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* insert_block =
    "insert into usage_block(source_id, day, codec, record_count, first_at, last_at, directory,"
    " times, counts, labels, record_ids) values (:source, :day, :codec, :records, :first, :last,"
    " :directory, :times, :counts, :labels, :ids)";

constexpr const char* select_heads =
    "select id, source_id, day, record_count, first_at, last_at from usage_block"
    " where last_at >= :from and first_at < :to and (:any_source = 0 or source_id = :source)"
    " order by last_at desc, id desc";

constexpr const char* select_heads_of_day =
    "select id, source_id, day, record_count, first_at, last_at from usage_block"
    " where source_id = :source and day = :day order by id";

constexpr const char* select_heads_of_days =
    "select id, source_id, day, record_count, first_at, last_at from usage_block"
    " where source_id in (select id from source) and day >= :from and day < :to order by day, id";

constexpr const char* select_records_by_day =
    "select day, sum(record_count) from usage_block group by day";

// One look into the index for each source.
constexpr const char* select_first_day =
    "select min((select min(day) from usage_block where source_id = source.id)) from source";

[[noreturn]] void refuse_block(BlockId id, const std::string& why) {
  throw Error(ErrorCode::data, "usage block " + std::to_string(id) + " " + why);
}

/// The bytes of a column; refuses blocks that are not there or of another codec.
std::string load_column(Connection& connection, const char* column, BlockId id) {
  soci::blob blob(connection.sql);
  int codec = 0;
  connection.sql << "select codec, " << column << " from usage_block where id = :id",
      soci::into(codec), soci::into(blob), soci::use(id);
  if (!connection.sql.got_data()) {
    throw Error(ErrorCode::not_found, "there is no usage block " + std::to_string(id));
  }
  if (codec != block_codec_version) {
    refuse_block(id, "has codec " + std::to_string(codec) +
                         ", which this costd cannot read; start the newer one");
  }
  return bytes_of(blob);
}

void require_rows(const BlockHead& head, std::size_t rows) {
  if (rows == static_cast<std::size_t>(head.records)) return;
  refuse_block(head.id, "is damaged; restore the database from a backup");
}

/// One row of block heads, bound to a statement's columns.
struct HeadRow {
  BlockHead head;
  std::int64_t first_at = 0;
  std::int64_t last_at = 0;
  BlockHead get() const {
    BlockHead whole = head;
    whole.first_at = from_micros(first_at);
    whole.last_at = from_micros(last_at);
    return whole;
  }
};

std::size_t records_in(const std::vector<SeriesRun>& directory) {
  return directory.empty() ? 0 : directory.back().first + directory.back().count;
}

}  // namespace

UsageBlock make_usage_block(SourceId source, std::span<const BlockRecord> sorted,
                            const RecordTexts& texts, EncodedBlock spent) {
  UsageBlock block;
  const auto [first, last] = std::ranges::minmax(sorted, {}, &BlockRecord::at);
  block.head = {0,        source, block_day_of(first.at), static_cast<std::int64_t>(sorted.size()),
                first.at, last.at};
  block.columns = encode_block(sorted, texts, std::move(spent));
  return block;
}

BlockId store_usage_block(UnitOfWork& unit, const UsageBlock& block) {
  const std::int64_t first_at = to_micros(block.head.first_at);
  const std::int64_t last_at = to_micros(block.head.last_at);
  soci::session& sql = static_cast<Connection&>(unit).sql;
  const int codec = block_codec_version;
  BoundBlob directory(sql, block.columns.directory);
  BoundBlob times(sql, block.columns.times);
  BoundBlob counts(sql, block.columns.counts);
  BoundBlob labels(sql, block.columns.labels);
  BoundBlob record_ids(sql, block.columns.record_ids);
  sql << insert_block, soci::use(block.head.source), soci::use(block.head.day), soci::use(codec),
      soci::use(block.head.records), soci::use(first_at), soci::use(last_at),
      soci::use(directory.value), soci::use(times.value), soci::use(counts.value),
      soci::use(labels.value), soci::use(record_ids.value);
  BlockId id = 0;
  sql << "select max(id) from usage_block", soci::into(id);
  return id;
}

void delete_usage_block(UnitOfWork& unit, BlockId id) {
  static_cast<Connection&>(unit).sql << "delete from usage_block where id = :id", soci::use(id);
}

std::vector<BlockHead> load_block_heads(Connection& connection, const BlockFilter& filter) {
  const std::int64_t from_at = to_micros(filter.from);
  const std::int64_t to_at = to_micros(filter.to);
  HeadRow row;
  soci::statement statement =
      (connection.sql.prepare << select_heads, soci::into(row.head.id), soci::into(row.head.source),
       soci::into(row.head.day), soci::into(row.head.records), soci::into(row.first_at),
       soci::into(row.last_at), soci::use(from_at), soci::use(to_at), soci::use(filter.source),
       soci::use(filter.source));
  std::vector<BlockHead> heads;
  for_each_row(statement, [&] { heads.push_back(row.get()); });
  return heads;
}

std::vector<BlockHead> load_block_heads(Connection& connection, SourceId source, BlockDay day) {
  HeadRow row;
  soci::statement statement =
      (connection.sql.prepare << select_heads_of_day, soci::into(row.head.id),
       soci::into(row.head.source), soci::into(row.head.day), soci::into(row.head.records),
       soci::into(row.first_at), soci::into(row.last_at), soci::use(source), soci::use(day));
  std::vector<BlockHead> heads;
  for_each_row(statement, [&] { heads.push_back(row.get()); });
  return heads;
}

std::vector<BlockHead> load_block_heads(Connection& connection, const BlockDayRange& days) {
  HeadRow row;
  soci::statement statement =
      (connection.sql.prepare << select_heads_of_days, soci::into(row.head.id),
       soci::into(row.head.source), soci::into(row.head.day), soci::into(row.head.records),
       soci::into(row.first_at), soci::into(row.last_at), soci::use(days.from), soci::use(days.to));
  std::vector<BlockHead> heads;
  for_each_row(statement, [&] { heads.push_back(row.get()); });
  return heads;
}

std::map<BlockDay, std::int64_t> count_records_by_day(Connection& connection) {
  BlockDay day = 0;
  std::int64_t records = 0;
  soci::statement statement =
      (connection.sql.prepare << select_records_by_day, soci::into(day), soci::into(records));
  std::map<BlockDay, std::int64_t> counts;
  for_each_row(statement, [&] { counts.emplace(day, records); });
  return counts;
}

std::optional<BlockDay> find_first_block_day(Connection& connection) {
  BlockDay day = 0;
  soci::indicator found = soci::i_null;
  connection.sql << select_first_day, soci::into(day, found);
  return found == soci::i_null ? std::nullopt : std::optional(day);
}

std::vector<SeriesRun> load_directory(Connection& connection, const BlockHead& head) {
  auto directory = decode_directory(load_column(connection, "directory", head.id));
  require_rows(head, records_in(directory));
  return directory;
}

BlockTimes load_times(Connection& connection, const BlockHead& head) {
  BlockTimes times;
  times.bytes = std::make_unique<const std::string>(load_column(connection, "times", head.id));
  times.micros = decode_times(*times.bytes);
  require_rows(head, times.micros.size());
  return times;
}

BlockCounts load_counts(Connection& connection, const BlockHead& head) {
  BlockCounts counts;
  counts.bytes = std::make_unique<const std::string>(load_column(connection, "counts", head.id));
  counts.packed.emplace(*counts.bytes);
  require_rows(head, counts.packed->size());
  return counts;
}

BlockLabels load_labels(Connection& connection, const BlockHead& head) {
  BlockLabels labels = decode_labels(load_column(connection, "labels", head.id));
  require_rows(head, labels.rows.size());
  return labels;
}

RecordIds load_record_ids(Connection& connection, const BlockHead& head) {
  RecordIds ids = decode_record_ids(load_column(connection, "record_ids", head.id));
  require_rows(head, ids.size());
  return ids;
}

CountedBlock load_counted_block(Connection& connection, const BlockHead& head) {
  return {load_directory(connection, head), load_times(connection, head),
          load_counts(connection, head)};
}

}  // namespace costd
