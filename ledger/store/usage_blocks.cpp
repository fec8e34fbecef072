#include "ledger/store/usage_blocks.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "ledger/error.hpp"
#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* insert_block =
    "insert into usage_block(source_id, file_id, codec, record_count, first_at, last_at, directory,"
    " times, counts, labels, record_ids) values (:source, :file, :codec, :records, :first, :last,"
    " :directory, :times, :counts, :labels, :ids)";

constexpr const char* select_heads =
    "select id, source_id, record_count, first_at, last_at from usage_block"
    " where last_at >= :from and first_at < :to and (:any_source = 0 or source_id = :source)"
    " order by last_at desc, id desc";

std::string load_column(Connection& connection, const char* column, BlockId id) {
  soci::blob blob(connection.sql);
  connection.sql << "select " << column << " from usage_block where id = :id", soci::into(blob),
      soci::use(id);
  return bytes_of(blob);
}

/// How many records the block has; refuses blocks that are not there or of another codec.
std::size_t require_block(Connection& connection, BlockId id) {
  int codec = 0;
  std::int64_t records = 0;
  connection.sql << "select codec, record_count from usage_block where id = :id",
      soci::into(codec), soci::into(records), soci::use(id);
  if (!connection.sql.got_data()) {
    throw Error(ErrorCode::not_found, "there is no usage block " + std::to_string(id));
  }
  if (codec != block_codec_version) {
    throw Error(ErrorCode::data, "usage block " + std::to_string(id) + " has codec " +
                                     std::to_string(codec) +
                                     ", which this costd cannot read; start the newer one");
  }
  return static_cast<std::size_t>(records);
}

std::size_t records_in(const std::vector<SeriesRun>& directory) {
  return directory.empty() ? 0 : directory.back().first + directory.back().count;
}

}  // namespace

BlockId store_usage_block(UnitOfWork& unit, SourceId source, std::int64_t file_id,
                          std::vector<BlockRecord> records) {
  const auto count = static_cast<std::int64_t>(records.size());
  const auto [first, last] = std::ranges::minmax(records, {}, &BlockRecord::at);
  const std::int64_t first_at = to_micros(first.at);
  const std::int64_t last_at = to_micros(last.at);
  const EncodedBlock block = encode_block(std::move(records));
  soci::session& sql = static_cast<Connection&>(unit).sql;
  const int codec = block_codec_version;
  BoundBlob directory(sql, block.directory);
  BoundBlob times(sql, block.times);
  BoundBlob counts(sql, block.counts);
  BoundBlob labels(sql, block.labels);
  BoundBlob record_ids(sql, block.record_ids);
  sql << insert_block, soci::use(source), soci::use(file_id), soci::use(codec), soci::use(count),
      soci::use(first_at), soci::use(last_at), soci::use(directory.value),
      soci::use(times.value), soci::use(counts.value), soci::use(labels.value),
      soci::use(record_ids.value);
  BlockId id = 0;
  sql << "select max(id) from usage_block", soci::into(id);
  return id;
}

std::vector<BlockHead> load_block_heads(Connection& connection, Instant from, Instant to,
                                        SourceId source) {
  const std::int64_t from_at = to_micros(from);
  const std::int64_t to_at = to_micros(to);
  BlockHead head;
  std::int64_t first_at = 0;
  std::int64_t last_at = 0;
  soci::statement statement =
      (connection.sql.prepare << select_heads, soci::into(head.id), soci::into(head.source),
       soci::into(head.records), soci::into(first_at), soci::into(last_at), soci::use(from_at),
       soci::use(to_at), soci::use(source), soci::use(source));
  std::vector<BlockHead> heads;
  for_each_row(statement, [&] {
    head.first_at = from_micros(first_at);
    head.last_at = from_micros(last_at);
    heads.push_back(head);
  });
  return heads;
}

UsageBlock load_usage_block(Connection& connection, BlockId id, unsigned columns) {
  const std::size_t records = require_block(connection, id);
  UsageBlock block;
  const auto wants = [&](BlockColumns column) { return (columns & column) != 0; };
  const auto load = [&](const char* column) { return load_column(connection, column, id); };
  if (wants(directory_column)) block.directory = decode_directory(load("directory"));
  if (wants(times_column)) block.times = decode_times(load("times"));
  if (wants(counts_column)) block.counts = decode_counts(load("counts"));
  if (wants(labels_column)) block.labels = decode_labels(load("labels"));
  if (wants(record_ids_column)) block.record_ids = decode_record_ids(load("record_ids"));
  const auto is_whole = [&](BlockColumns column, std::size_t rows) {
    return !wants(column) || rows == records;
  };
  if (!is_whole(directory_column, records_in(block.directory)) ||
      !is_whole(times_column, block.times.size()) ||
      !is_whole(counts_column, block.counts.size()) ||
      !is_whole(labels_column, block.labels.origins.size()) ||
      !is_whole(record_ids_column, block.record_ids.size())) {
    throw Error(ErrorCode::data, "usage block " + std::to_string(id) +
                                     " is damaged; restore the database from a backup");
  }
  return block;
}

}  // namespace costd
