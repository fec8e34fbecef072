#include "ledger/store/audit_segments.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <memory>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr int segment_level = 3;

constexpr const char* insert_segment =
    "insert into audit_segment(source_id, file_name, content_hash, byte_count, line_count,"
    " event_count, first_at, last_at, first_chain, first_previous, last_hash, received_at) values"
    " (:source, :name, :content, :bytes, :lines, :events, :first, :last, :chain, :previous, :hash,"
    " :received)";

constexpr const char* update_segment =
    "update audit_segment set file_name = :name, content_hash = :content, byte_count = :bytes,"
    " line_count = :lines, event_count = :events, first_at = :first, last_at = :last,"
    " first_chain = :chain, first_previous = :previous, last_hash = :hash where id = :id";

constexpr const char* select_segments =
    "select id, source_id, file_name, content_hash, byte_count, line_count, event_count, first_at,"
    " last_at, first_chain, first_previous, last_hash, received_at from audit_segment"
    " where source_id = :source order by id";

constexpr const char* insert_chunk =
    "insert into audit_chunk(segment_id, number, raw_bytes, first_at, last_at, data)"
    " values (:segment, :number, :bytes, :first, :last, :data)";

constexpr const char* select_chunk =
    "select raw_bytes, first_at, last_at, data from audit_chunk"
    " where segment_id = :segment and number = :number";

/// 0 = none; no gateway had an audit log in 1970.
std::int64_t to_column(const std::optional<Instant>& at) {
  return at ? to_micros(*at) : 0;
}
std::optional<Instant> from_column(std::int64_t at) {
  return at == 0 ? std::nullopt : std::optional(from_micros(at));
}

/// With a checksum, so that damage is never taken for a change of the log.
std::string pack(std::string_view raw) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, segment_level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string packed(ZSTD_compressBound(raw.size()), '\0');
  const std::size_t size =
      ZSTD_compress2(context.get(), packed.data(), packed.size(), raw.data(), raw.size());
  if (ZSTD_isError(size) != 0) {
    throw Error(ErrorCode::data, std::string("an audit log cannot be compressed: ") +
                                     ZSTD_getErrorName(size) + "; try again");
  }
  packed.resize(size);
  return packed;
}

/// A chunk with its times, as its row says.
struct ChunkRow {
  PackedAuditChunk packed;
  std::optional<Instant> first_at;
  std::optional<Instant> last_at;
};

ChunkRow load_row(Connection& connection, std::int64_t segment, std::int64_t number) {
  ChunkRow row;
  std::int64_t bytes = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
  soci::blob data(connection.sql);
  connection.sql << select_chunk, soci::into(bytes), soci::into(first), soci::into(last),
      soci::into(data), soci::use(segment), soci::use(number);
  if (!connection.sql.got_data()) {
    throw Error(ErrorCode::data, fmt::format("chunk {} of the audit log's segment {} is not in the "
                                             "database; restore it from a backup",
                                             number, segment));
  }
  row.packed = {segment, number, static_cast<std::size_t>(bytes), bytes_of(data)};
  row.first_at = from_column(first);
  row.last_at = from_column(last);
  return row;
}

}  // namespace

std::int64_t store_audit_segment(UnitOfWork& unit, const AuditSegment& segment) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  const std::int64_t first = to_column(segment.first_at);
  const std::int64_t last = to_column(segment.last_at);
  if (segment.id != 0) {
    sql << update_segment, soci::use(segment.file_name), soci::use(segment.content_hash),
        soci::use(segment.bytes), soci::use(segment.lines), soci::use(segment.events),
        soci::use(first), soci::use(last), soci::use(segment.first_chain),
        soci::use(segment.first_previous), soci::use(segment.last_hash), soci::use(segment.id);
    return segment.id;
  }
  const std::int64_t received = to_micros(segment.received_at);
  sql << insert_segment, soci::use(segment.source), soci::use(segment.file_name),
      soci::use(segment.content_hash), soci::use(segment.bytes), soci::use(segment.lines),
      soci::use(segment.events), soci::use(first), soci::use(last), soci::use(segment.first_chain),
      soci::use(segment.first_previous), soci::use(segment.last_hash), soci::use(received);
  long long id = 0;
  sql << "select max(id) from audit_segment", soci::into(id);
  return id;
}

void store_audit_chunk(UnitOfWork& unit, const AuditChunk& chunk) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  sql << "delete from audit_chunk where segment_id = :segment and number = :number",
      soci::use(chunk.segment), soci::use(chunk.number);
  const auto raw_bytes = static_cast<std::int64_t>(chunk.bytes.size());
  const std::int64_t first = to_column(chunk.first_at);
  const std::int64_t last = to_column(chunk.last_at);
  BoundBlob data(sql, pack(chunk.bytes));
  sql << insert_chunk, soci::use(chunk.segment), soci::use(chunk.number), soci::use(raw_bytes),
      soci::use(first), soci::use(last), soci::use(data.value);
}

std::vector<AuditSegment> load_audit_segments(Connection& connection, std::int64_t source) {
  AuditSegment segment;
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t received = 0;
  soci::statement statement =
      (connection.sql.prepare << select_segments, soci::into(segment.id),
       soci::into(segment.source), soci::into(segment.file_name), soci::into(segment.content_hash),
       soci::into(segment.bytes), soci::into(segment.lines), soci::into(segment.events),
       soci::into(first), soci::into(last), soci::into(segment.first_chain),
       soci::into(segment.first_previous), soci::into(segment.last_hash), soci::into(received),
       soci::use(source));
  std::vector<AuditSegment> segments;
  for_each_row(statement, [&] {
    segment.first_at = from_column(first);
    segment.last_at = from_column(last);
    segment.received_at = from_micros(received);
    segments.push_back(segment);
  });
  return segments;
}

std::int64_t count_audit_chunks(Connection& connection, std::int64_t segment) {
  std::int64_t count = 0;
  connection.sql << "select count(*) from audit_chunk where segment_id = :segment",
      soci::into(count), soci::use(segment);
  return count;
}

AuditChunk load_audit_chunk(Connection& connection, std::int64_t segment, std::int64_t number) {
  const ChunkRow row = load_row(connection, segment, number);
  return {segment, number, row.first_at, row.last_at, unpack(row.packed)};
}

PackedAuditChunk load_packed_audit_chunk(Connection& connection, std::int64_t segment,
                                         std::int64_t number) {
  return load_row(connection, segment, number).packed;
}

std::string unpack(const PackedAuditChunk& chunk) {
  std::string raw(chunk.raw_bytes, '\0');
  const std::size_t size =
      ZSTD_decompress(raw.data(), raw.size(), chunk.data.data(), chunk.data.size());
  if (ZSTD_isError(size) != 0 || size != raw.size()) {
    throw Error(ErrorCode::data, fmt::format("chunk {} of the audit log's segment {} is damaged; "
                                             "restore the database from a backup",
                                             chunk.number, chunk.segment));
  }
  return raw;
}

}  // namespace costd
