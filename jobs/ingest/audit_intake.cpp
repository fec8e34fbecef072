#include "jobs/ingest/audit_intake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "jobs/ingest/chunk_reader.hpp"
#include "jobs/ingest/spool_folder.hpp"
#include "ledger/error.hpp"
#include "ledger/gateway_chain.hpp"
#include "ledger/store/audit_segments.hpp"
#include "ledger/store/file_ledger.hpp"

namespace costd {
namespace {

/// Two files that begin alike may be copies of one segment.
constexpr std::size_t alike_bytes = 4096;

/// What the lines of a stretch of the log say, unverified.
struct LineFacts {
  std::int64_t ends = 0;
  std::int64_t events = 0;
  std::int64_t unreadable = 0;
  std::optional<Instant> first_at;
  std::optional<Instant> last_at;
  std::optional<std::string> first_previous;
  std::string first_chain;
  std::string last_hash;
};

LineFacts facts_of(std::string_view text) {
  LineFacts facts;
  std::string why;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (end != std::string_view::npos) ++facts.ends;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto event = read_gateway_event(line, why);
    if (!event) {
      ++facts.unreadable;
      continue;
    }
    ++facts.events;
    if (const auto at = parse_instant(event->timestamp)) {
      facts.first_at = facts.first_at ? std::min(*facts.first_at, *at) : *at;
      facts.last_at = facts.last_at ? std::max(*facts.last_at, *at) : *at;
    }
    if (!facts.first_previous) {
      facts.first_previous = event->previous_hash.value_or("");
      facts.first_chain = chain_of(*event);
    }
    facts.last_hash = event->hmac;
  }
  return facts;
}

/// What the file of the spool is to what is stored.
struct Standing {
  AuditSegment segment;   ///< that it goes on from; id 0 = it is new
  bool is_known = false;  ///< there is nothing in it that is not stored
};

class SourceIntake {
 public:
  SourceIntake(JobContext& context, const AuditSource& source, std::int64_t id, JobResult& result)
      : context_(context),
        source_(source),
        id_(id),
        result_(result),
        segments_(load_audit_segments(context.database.snapshot(), id)) {}

  void take(const SpoolEntry& entry) {
    try {
      take_or_throw(entry);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::data) throw;
      move_in_spool(entry, source_.path, "quarantine");
      result_.count("auditQuarantinedFiles", 1);
      context_.monitor.log(
          fmt::format("audit_file_quarantined file={} why=\"{}\"", entry.name, error.what()));
    }
  }

 private:
  void take_or_throw(const SpoolEntry& entry) {
    Standing standing = standing_of(entry);
    if (standing.is_known) {
      result_.count("auditDuplicateFiles", 1);
      move_in_spool(entry, source_.path, "done");
      return;
    }
    ChunkReader reader(open_input(entry.path));
    reader.skip_to(standing.segment.bytes);
    AuditSegment segment = std::move(standing.segment);
    segment.source = id_;
    segment.file_name = entry.name;
    segment.received_at = context_.as_of;
    while (const auto chunk = reader.next()) {
      context_.check_stop();
      if (chunk->cut_line) {
        throw Error(ErrorCode::data,
                    fmt::format("a line behind byte {} is longer than a megabyte; the gateway "
                                "writes none such",
                                chunk->offset));
      }
      store(segment, *chunk);
    }
    remember(segment);
    if (reader.input().has_changed()) {
      result_.count("auditFilesStillWritten", 1);
      return;
    }
    result_.count("auditFiles", 1);
    move_in_spool(entry, source_.path, "done");
  }

  void store(AuditSegment& segment, const Chunk& chunk) {
    AuditChunk stored{.segment = segment.id, .number = 1, .bytes = std::string(chunk.text())};
    LineFacts before;
    if (segment.id != 0) {
      const Snapshot snapshot = context_.database.snapshot();
      const std::int64_t last_number = count_audit_chunks(snapshot, segment.id);
      AuditChunk last = load_audit_chunk(snapshot, segment.id, last_number);
      stored.number = last_number + 1;
      // Half a line goes on here; and a log that grows by a few lines has no thousand chunks.
      if (!last.bytes.ends_with('\n') || last.bytes.size() + chunk.length <= chunk_bytes) {
        before = facts_of(last.bytes);
        stored.number = last_number;
        stored.bytes = std::move(last.bytes) + stored.bytes;
      }
    }
    const LineFacts facts = facts_of(stored.bytes);
    if (segment.id == 0 && facts.events == 0) {
      throw Error(ErrorCode::data,
                  "its beginning holds no event of the gateway's audit log; put usage records into "
                  "the spool of a source of type spool");
    }
    update(segment, facts, before, chunk);
    stored.first_at = facts.first_at;
    stored.last_at = facts.last_at;
    UnitOfWork unit = context_.database.begin();
    segment.id = store_audit_segment(unit, segment);
    stored.segment = segment.id;
    store_audit_chunk(unit, stored);
    unit.commit();
    result_.count("auditEvents", facts.events - before.events);
    result_.count("auditUnreadableLines", facts.unreadable - before.unreadable);
  }

  /// `before`: what was known of the lines of a chunk that this one has grown from.
  static void update(AuditSegment& segment, const LineFacts& facts, const LineFacts& before,
                     const Chunk& chunk) {
    if (segment.id == 0) {
      segment.first_previous = facts.first_previous.value_or("");
      segment.first_chain = facts.first_chain;
    }
    segment.content_hash = chunk.prefix_hash;
    segment.bytes = chunk.next_offset;
    segment.lines += facts.ends - before.ends;
    segment.events += facts.events - before.events;
    if (facts.first_at) {
      segment.first_at = std::min(segment.first_at.value_or(*facts.first_at), *facts.first_at);
      segment.last_at = std::max(segment.last_at.value_or(*facts.last_at), *facts.last_at);
    }
    if (!facts.last_hash.empty()) segment.last_hash = facts.last_hash;
  }

  Standing standing_of(const SpoolEntry& entry) {
    const std::string head = head_of(entry);
    Standing best;
    for (const AuditSegment& segment : segments_) {
      const std::string& known = first_bytes_of(segment);
      const std::size_t both = std::min(head.size(), known.size());
      if (both == 0 || head.compare(0, both, known, 0, both) != 0) continue;
      const ContentId prefix = identify_prefix(*open_input(entry.path), segment.bytes);
      if (prefix.bytes < segment.bytes) {
        if (stored_prefix(segment, static_cast<std::size_t>(prefix.bytes)) == prefix.hash) {
          return {segment, true};
        }
      } else if (prefix.hash == segment.content_hash && segment.bytes > best.segment.bytes) {
        best.segment = segment;
      }
    }
    if (best.segment.id == 0) return best;
    const auto length = identify_prefix(*open_input(entry.path), best.segment.bytes + 1).bytes;
    best.is_known = length == best.segment.bytes;
    return best;
  }

  static std::string head_of(const SpoolEntry& entry) {
    ChunkReader reader(open_input(entry.path));
    return std::string(reader.peek().substr(0, alike_bytes));
  }

  const std::string& first_bytes_of(const AuditSegment& segment) {
    const auto found = first_bytes_.find(segment.id);
    if (found != first_bytes_.end()) return found->second;
    const AuditChunk chunk = load_audit_chunk(context_.database.snapshot(), segment.id, 1);
    return first_bytes_.emplace(segment.id, chunk.bytes.substr(0, alike_bytes)).first->second;
  }

  /// The hash of the segment's first bytes, as of a file that ends there.
  std::string stored_prefix(const AuditSegment& segment, std::size_t bytes) {
    const Snapshot snapshot = context_.database.snapshot();
    StoredInput input(snapshot, segment.id);
    return identify_prefix(input, static_cast<std::int64_t>(bytes)).hash;
  }

  /// A stored segment, read as the file that it was.
  class StoredInput : public InputStream {
   public:
    StoredInput(Connection& connection, std::int64_t segment)
        : connection_(connection),
          segment_(segment),
          chunks_(count_audit_chunks(connection, segment)) {}
    std::size_t read(char* buffer, std::size_t capacity) override {
      if (at_ == chunk_.size()) {
        if (number_ == chunks_) return 0;
        chunk_ = load_audit_chunk(connection_, segment_, ++number_).bytes;
        at_ = 0;
      }
      const std::size_t size = chunk_.copy(buffer, capacity, at_);
      at_ += size;
      return size;
    }
    std::int64_t consumed() const override { return 0; }
    std::optional<std::int64_t> length() const override { return std::nullopt; }
    bool has_changed() const override { return false; }

   private:
    Connection& connection_;
    std::int64_t segment_;
    std::int64_t chunks_;
    std::int64_t number_ = 0;
    std::string chunk_;
    std::size_t at_ = 0;
  };

  void remember(const AuditSegment& segment) {
    if (segment.id == 0) return;
    const auto known = std::ranges::find(segments_, segment.id, &AuditSegment::id);
    if (known == segments_.end()) {
      segments_.push_back(segment);
    } else {
      *known = segment;
    }
    first_bytes_.erase(segment.id);
  }

  JobContext& context_;
  const AuditSource& source_;
  std::int64_t id_;
  JobResult& result_;
  std::vector<AuditSegment> segments_;
  std::map<std::int64_t, std::string> first_bytes_;
};

std::int64_t source_id(Database& database, const std::string& name) {
  UnitOfWork unit = database.begin();
  const std::int64_t id = store_source(unit, name);
  unit.commit();
  return id;
}

}  // namespace

void take_audit_logs(JobContext& context, const std::vector<AuditSource>& sources,
                     JobResult& result) {
  for (const AuditSource& source : sources) {
    const bool any_time = source.settle == std::chrono::seconds(0);
    const auto entries =
        list_spool(source.path, any_time ? Instant::max() : context.as_of - source.settle);
    if (entries.empty()) continue;
    SourceIntake intake(context, source, source_id(context.database, source.name), result);
    RunProgress progress{"ingest", 0, static_cast<std::int64_t>(entries.size()), "audit files"};
    for (const SpoolEntry& entry : entries) {
      context.check_stop();
      context.monitor.progress(progress);
      intake.take(entry);
      ++progress.done;
    }
  }
}

}  // namespace costd
