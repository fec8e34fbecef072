#pragma once
// The gateway's audit log as it was received: its raw bytes, by segment and in order, compressed.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/time/instant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// Raw bytes of a chunk, at most; one that ends inside of a line is the last one of its segment.
inline constexpr std::size_t audit_chunk_bytes = std::size_t{4} << 20;

/// A file of the log, or as much of it as has come. Times and hashes are those that its events
/// state; whether they are true is what a verification says.
struct AuditSegment {
  std::int64_t id = 0;
  std::int64_t source = 0;
  std::string file_name;
  std::string content_hash;  ///< "xxh3:..." over its bytes
  std::int64_t bytes = 0;    ///< decompressed
  std::int64_t lines = 0;    ///< line ends
  std::int64_t events = 0;   ///< lines that are events
  std::optional<Instant> first_at{};
  std::optional<Instant> last_at{};
  std::string first_chain{};   ///< of its first event: "", or "pod/epoch" of a fleet
  std::string first_previous;  ///< hash that its first event names; "" = it says it is the first
  std::string last_hash;       ///< of its last event; "" of none
  Instant received_at;
};

struct AuditChunk {
  std::int64_t segment = 0;
  std::int64_t number = 0;  ///< from 1
  std::optional<Instant> first_at{};
  std::optional<Instant> last_at{};
  std::string bytes;
};

/// Stores a new segment (id 0) or what a known one has become; gives its id.
std::int64_t store_audit_segment(UnitOfWork& unit, const AuditSegment& segment);
/// Puts the chunk in the place of the one with its number, if there is one.
void store_audit_chunk(UnitOfWork& unit, const AuditChunk& chunk);

/// By id.
std::vector<AuditSegment> load_audit_segments(Connection& connection, std::int64_t source);
std::int64_t count_audit_chunks(Connection& connection, std::int64_t segment);
/// Throws Error(data) if its bytes are damaged.
AuditChunk load_audit_chunk(Connection& connection, std::int64_t segment, std::int64_t number);

/// A chunk as it is stored, to be unpacked on another thread.
struct PackedAuditChunk {
  std::int64_t segment = 0;
  std::int64_t number = 0;
  std::size_t raw_bytes = 0;
  std::string data;
};
PackedAuditChunk load_packed_audit_chunk(Connection& connection, std::int64_t segment,
                                         std::int64_t number);
/// Throws Error(data) naming the chunk if its bytes are damaged.
std::string unpack(const PackedAuditChunk& chunk);

}  // namespace costd
