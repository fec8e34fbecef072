#pragma once
// The stages of an ingest and the threads that work on them: read, parse, judge, encode, commit.

#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "jobs/ingest/chunk_parser.hpp"
#include "jobs/ingest/record_intake.hpp"
#include "jobs/ingest/spool_file.hpp"
#include "jobs/job.hpp"

namespace costd {

/// Chunks are read one after the other, parsed side by side, judged in order and put into batches;
/// the blocks of a full batch are encoded side by side, and batches are committed in order. Any
/// thread does whatever is next, so that all processors are busy and no stage runs far ahead:
/// chunks and batches in memory are bounded. Whatever stops a run, what was committed is whole.
class IngestPipeline {
 public:
  using Files = std::vector<std::unique_ptr<SpoolFile>>;
  IngestPipeline(JobContext& context, RecordIndex& index, Files files);

  /// Takes all files in. Throws what stopped it.
  JobResult run();

 private:
  /// A piece of a file on its way: a chunk, or the news that the file has no more.
  struct Piece {
    SpoolFile* file = nullptr;
    std::optional<ParsedChunk> parsed;
  };
  struct WaitingBatch {
    std::shared_ptr<FilledBatch> filled;
    std::size_t next_block = 0;  ///< to encode
    std::size_t encoded = 0;
    bool is_encoded() const { return encoded == filled->batch.blocks().size(); }
  };
  using Lock = std::unique_lock<std::mutex>;

  void work(ChunkParser& parser);
  // Each does a piece of the stage's work if there is any, with the lock given back meanwhile.
  bool commit_batch(Lock& lock);
  bool encode_block(Lock& lock);
  bool judge_piece(Lock& lock);
  bool read_piece(Lock& lock, ChunkParser& parser);
  bool is_finished() const;

  Piece read(LargeVector<char> buffer, std::optional<Chunk>& chunk);
  void open_next_file();
  void after_commit(FilledBatch& filled);
  void settle(SpoolFile& file);
  void report(Lock& lock);

  JobContext& context_;
  Files files_;
  BillingZones zones_;
  SeriesCatalog catalog_;
  SpentBlocks spent_blocks_;
  SpentBuffers<ParsedChunk> chunk_buffers_;
  RecordIntake intake_;  ///< of the thread that judges
  RunProgress progress_;
  std::thread::id main_thread_ = std::this_thread::get_id();

  // Of the thread that reads.
  std::size_t files_begun_ = 0;
  SpoolFile* reading_ = nullptr;
  FilesOfRun files_of_run_;

  std::mutex mutex_;
  std::condition_variable news_;
  std::exception_ptr failure_;
  bool is_reading_ = false;
  bool all_read_ = false;
  std::uint64_t pieces_read_ = 0;
  std::uint64_t pieces_judged_ = 0;
  std::map<std::uint64_t, Piece> parsed_;
  bool is_judging_ = false;
  bool is_open_batch_empty_ = true;
  std::deque<std::shared_ptr<WaitingBatch>> batches_;
  bool is_committing_ = false;
  std::int64_t bytes_read_ = 0;
  std::vector<std::string> log_;
  JobResult result_;
  std::size_t threads_ = 1;
};

}  // namespace costd
