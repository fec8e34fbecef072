#pragma once
// One spool file while it is read: who it is, how far it was taken in before, and its chunks.

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "jobs/ingest/chunk_parser.hpp"
#include "jobs/ingest/chunk_reader.hpp"
#include "jobs/ingest/ingest_job.hpp"
#include "jobs/ingest/spool_folder.hpp"
#include "jobs/ingest/usage_batch.hpp"

namespace costd {

/// What the files of a run have met before the next one is opened.
struct FilesOfRun {
  std::set<std::pair<SourceId, ContentId>> read;  ///< as a whole; stored soon
  std::set<std::int64_t> continued;               ///< ledger rows of partial files: one file each
};

class SpoolFile {
 public:
  SpoolFile(const SpoolSource& source, SourceId source_id, SpoolEntry entry,
            const IngestOptions& options);

  const SpoolSource& source() const { return source_; }
  const SpoolEntry& entry() const { return entry_; }
  SourceId source_id() const { return source_id_; }
  const LineFormat& format() const { return format_; }

  /// Tells whether the same content was taken in before, goes to where an interrupted run has
  /// stopped, and reads what comes before the first record. Throws Error(io) or Error(data) if the
  /// file as a whole cannot be read.
  void open(Database& database, FilesOfRun& run);
  bool is_known() const { return is_known_; }
  /// Chunks in order; nothing at the end.
  std::optional<Chunk> next_chunk(LargeVector<char> buffer);
  /// What was read: the whole file, once there are no more chunks.
  ContentId content() const { return {reader_->prefix_hash(), reader_->offset()}; }
  /// Gives back what reading took; a run may have very many files.
  void close() { reader_.reset(); }
  /// Bytes read from the disk since this was last asked.
  std::int64_t take_consumed();
  bool is_still_written() const { return reader_->input().has_changed(); }

  /// Progress in the ledger, kept by whoever takes the chunks.
  FileRow row = std::make_shared<std::int64_t>(0);
  LedgerFile progress;
  FileCounts counts;           ///< of this run
  std::int64_t clamped = 0;    ///< records taken by this run with a count at the limit
  std::int64_t unchecked = 0;  ///< records of days of which raw records were removed
  std::string refusal;         ///< why the file as a whole was put into quarantine/
  bool left_alone = false;     ///< it was written to while it was read, and stays in the spool

  /// The id of a record that has none: the content of the file and the place in it, laid out as a
  /// UUID. Reads the whole file when it is asked for the first time.
  std::string id_from_place(std::int64_t offset);

 private:
  void find_resume_point(Database& database, FilesOfRun& run, std::optional<std::int64_t> length);
  void choose_format();

  const SpoolSource& source_;
  SourceId source_id_;
  SpoolEntry entry_;
  LineFormat format_;
  std::unique_ptr<ChunkReader> reader_;
  std::int64_t resume_offset_ = 0;
  std::int64_t consumed_ = 0;
  bool is_known_ = false;
  std::string content_sha256_;
};

}  // namespace costd
