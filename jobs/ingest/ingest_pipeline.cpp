#include "jobs/ingest/ingest_pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/error.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

/// Less than this is not worth starting threads for.
constexpr std::int64_t one_thread_bytes = 2 * static_cast<std::int64_t>(chunk_bytes);
constexpr std::size_t threads_max = 8;
/// Batches that are filled and not committed: one that is written, one that is encoded.
constexpr std::size_t waiting_batches_max = 2;
constexpr std::size_t pieces_ahead_max = 4;
constexpr auto report_every = std::chrono::milliseconds(100);

/// One more than there are processors: the one that commits waits for the disk.
std::size_t threads_for(std::int64_t bytes) {
  if (bytes < one_thread_bytes) return 1;
  return std::min<std::size_t>(std::thread::hardware_concurrency() + 1, threads_max);
}

/// A file that cannot be read leaves one quarantine row, and no record of it is taken.
void quarantine_file(JobContext& context, const SpoolFile& file) {
  UnitOfWork unit = context.database.begin();
  QuarantinedLine line;
  line.source = file.source_id();
  line.file_name = file.entry().name;
  line.reason = "unreadable_file";
  line.detail = file.refusal;
  line.at = context.as_of;
  store_quarantined_line(unit, line);
  add_ingest_tally(unit, std::nullopt, "", IngestOutcome::quarantined, 1);
  unit.commit();
}

}  // namespace

IngestPipeline::IngestPipeline(JobContext& context, RecordIndex& index, Files files)
    : context_(context),
      files_(std::move(files)),
      zones_(load_billing_zones(context.database.snapshot())),
      catalog_(context.database),
      intake_(context.database, index, catalog_, zones_, spent_blocks_, context.as_of),
      progress_{"ingest", 0, 0, "bytes"} {
  for (const auto& file : files_) progress_.total += file->entry().bytes;
  threads_ = threads_for(progress_.total);
}

JobResult IngestPipeline::run() {
  std::vector<std::unique_ptr<ChunkParser>> parsers;
  for (std::size_t n = 0; n < threads_; ++n) {
    parsers.push_back(std::make_unique<ChunkParser>(catalog_));
  }
  {
    std::vector<std::jthread> helpers;
    for (std::size_t n = 1; n < threads_; ++n) {
      helpers.emplace_back([this, parser = parsers[n].get()] { work(*parser); });
    }
    work(*parsers.front());
  }
  Lock lock(mutex_);
  report(lock);
  if (failure_) std::rethrow_exception(failure_);
  return std::move(result_);
}

void IngestPipeline::work(ChunkParser& parser) {
  Lock lock(mutex_);
  const bool is_main = std::this_thread::get_id() == main_thread_;
  while (!failure_ && !is_finished()) {
    try {
      if (is_main) {
        report(lock);
        context_.check_stop();
      }
      if (!commit_batch(lock) && !encode_block(lock) && !judge_piece(lock) &&
          !read_piece(lock, parser)) {
        news_.wait_for(lock, report_every);
        continue;
      }
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      if (!failure_) failure_ = std::current_exception();
    }
    news_.notify_all();
  }
}

bool IngestPipeline::is_finished() const {
  return all_read_ && pieces_judged_ == pieces_read_ && is_open_batch_empty_ && batches_.empty();
}

/// Only the main thread speaks to the monitor.
void IngestPipeline::report(Lock& lock) {
  const std::vector<std::string> lines = std::exchange(log_, {});
  const bool moved = std::exchange(progress_.done, bytes_read_) != bytes_read_;
  const RunProgress progress = progress_;
  lock.unlock();
  for (const std::string& line : lines) context_.monitor.log(line);
  if (moved) context_.monitor.progress(progress);
  lock.lock();
}

bool IngestPipeline::read_piece(Lock& lock, ChunkParser& parser) {
  if (is_reading_ || all_read_ || pieces_read_ - pieces_judged_ >= threads_ + pieces_ahead_max) {
    return false;
  }
  is_reading_ = true;
  lock.unlock();
  ParsedChunk spent = chunk_buffers_.take();
  std::optional<Chunk> chunk;
  Piece piece = read(std::move(spent.chunk.bytes), chunk);
  lock.lock();
  is_reading_ = false;
  if (piece.file == nullptr) {
    all_read_ = true;
    return true;
  }
  const std::uint64_t number = pieces_read_++;
  if (chunk) bytes_read_ += piece.file->take_consumed();
  lock.unlock();
  news_.notify_all();
  if (chunk) {
    parser.begin_file(piece.file->format());
    piece.parsed = parser.parse(std::move(*chunk), std::move(spent));
  }
  lock.lock();
  parsed_.emplace(number, std::move(piece));
  return true;
}

/// The next piece; without a file if there is nothing left.
IngestPipeline::Piece IngestPipeline::read(LargeVector<char> buffer, std::optional<Chunk>& chunk) {
  if (reading_ == nullptr) {
    if (files_begun_ == files_.size()) return {};
    open_next_file();
  }
  Piece piece{reading_, std::nullopt};
  SpoolFile& file = *reading_;
  if (file.refusal.empty() && !file.is_known()) {
    chunk = file.next_chunk(std::move(buffer));
    if (chunk) return piece;
    file.left_alone = file.is_still_written();
    if (!file.left_alone) files_of_run_.read.emplace(file.source_id(), file.content());
  }
  reading_ = nullptr;
  return piece;
}

void IngestPipeline::open_next_file() {
  reading_ = files_[files_begun_++].get();
  try {
    reading_->open(context_.database, files_of_run_);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::io && error.code() != ErrorCode::data) throw;
    reading_->refusal = error.what();
  }
}

bool IngestPipeline::judge_piece(Lock& lock) {
  if (is_judging_ || batches_.size() >= waiting_batches_max) return false;
  const bool is_last = all_read_ && pieces_judged_ == pieces_read_;
  const auto next = parsed_.find(pieces_judged_);
  if (next == parsed_.end() && !(is_last && !is_open_batch_empty_)) return false;
  is_judging_ = true;
  std::optional<Piece> piece;
  if (next != parsed_.end()) {
    piece = std::move(next->second);
    parsed_.erase(next);
  }
  FilledBatches waiting;
  for (const auto& batch : batches_) waiting.push_back(batch->filled);
  lock.unlock();
  if (piece && piece->parsed) {
    intake_.take(*piece->file, *piece->parsed, waiting);
    chunk_buffers_.give(std::move(*piece->parsed));
  } else if (piece) {
    intake_.finish(*piece->file);
  }
  std::shared_ptr<WaitingBatch> full;
  if (!piece || intake_.is_full()) {
    full = std::make_shared<WaitingBatch>(WaitingBatch{intake_.close()});
  }
  lock.lock();
  is_judging_ = false;
  if (piece) ++pieces_judged_;
  if (full) batches_.push_back(std::move(full));
  is_open_batch_empty_ = intake_.is_empty();
  return true;
}

bool IngestPipeline::encode_block(Lock& lock) {
  for (const auto& waiting : batches_) {
    auto& blocks = waiting->filled->batch.blocks();
    if (waiting->next_block == blocks.size()) continue;
    const std::shared_ptr<WaitingBatch> batch = waiting;
    OpenBlock& block = blocks[batch->next_block++];
    lock.unlock();
    batch->filled->batch.encode(block);
    lock.lock();
    ++batch->encoded;
    return true;
  }
  return false;
}

bool IngestPipeline::commit_batch(Lock& lock) {
  if (is_committing_ || batches_.empty() || !batches_.front()->is_encoded()) return false;
  is_committing_ = true;
  const std::shared_ptr<WaitingBatch> batch = batches_.front();
  lock.unlock();
  batch->filled->batch.commit(context_.database, context_.as_of);
  lock.lock();
  batches_.pop_front();
  lock.unlock();
  after_commit(*batch->filled);
  lock.lock();
  is_committing_ = false;
  return true;
}

/// Files go where they belong once everything of them is stored.
void IngestPipeline::after_commit(FilledBatch& filled) {
  for (SpoolFile* file : filled.finished) settle(*file);
  filled.batch.compact(context_.database);
}

void IngestPipeline::settle(SpoolFile& file) {
  if (!file.refusal.empty()) quarantine_file(context_, file);
  if (!file.left_alone) {
    move_in_spool(file.entry(), file.source().path, file.refusal.empty() ? "done" : "quarantine");
  }
  const FileCounts& counts = file.counts;
  const std::lock_guard lock(mutex_);
  result_.count("files", 1);
  result_.count("records", counts.accepted);
  result_.count("duplicates", counts.duplicates);
  result_.count("conflicts", counts.conflicts);
  result_.count("quarantined", counts.quarantined + counts.conflicts);
  result_.count("clamped", file.clamped);
  result_.count("unchecked", file.unchecked);
  result_.count("duplicateFiles", file.is_known() ? 1 : 0);
  result_.count("quarantinedFiles", file.refusal.empty() ? 0 : 1);
  result_.count("filesStillWritten", file.left_alone ? 1 : 0);
  log_.push_back(fmt::format(
      "file_taken source={} file={} records={} duplicates={} conflicts={} quarantined={}{}{}",
      file.source().name, file.entry().name, counts.accepted, counts.duplicates, counts.conflicts,
      counts.quarantined, file.left_alone ? " still_written=true" : "",
      file.refusal.empty() ? "" : " refused=\"" + file.refusal + "\""));
}

}  // namespace costd
