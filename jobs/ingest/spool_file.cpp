#include "jobs/ingest/spool_file.hpp"

#include <algorithm>

#include "jobs/ingest/adapter.hpp"
#include "ledger/error.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

RecordRules rules_of(const SpoolSource& source, const IngestOptions& options) {
  return {options.dimensions, options.key_secret,
          source.csv.columns.empty() ? MissingZone::refused : MissingZone::utc};
}

}  // namespace

SpoolFile::SpoolFile(const SpoolSource& source, SourceId source_id, SpoolEntry entry,
                     const IngestOptions& options)
    : source_(source), source_id_(source_id), entry_(std::move(entry)) {
  format_.rules = rules_of(source, options);
  progress.source = source_id;
  progress.name = entry_.name;
}

void SpoolFile::open(Database& database, FilesOfRun& run) {
  auto input = open_input(entry_.path);
  std::optional<ContentId> content;
  // An archive is read through before anything of it is taken: a broken one is refused as a whole.
  const auto length = input->length();
  if (!length) content = identify_content(*open_input(entry_.path));
  const std::int64_t bytes = length ? *length : content->bytes;
  const auto stored = load_done_files(database.snapshot(), source_id_, bytes);
  const bool may_be_of_this_run = std::ranges::any_of(run.read, [&](const auto& file) {
    return file.first == source_id_ && file.second.bytes == bytes;
  });
  if (!content && (!stored.empty() || may_be_of_this_run)) {
    content = identify_content(*open_input(entry_.path));
  }
  if (content) {
    const auto is_same = [&](const LedgerFile& file) {
      if (file.content_hash.starts_with("xxh3:")) return file.content_hash == content->hash;
      return file.content_hash == sha256_of_chunks(*open_input(entry_.path));
    };
    is_known_ = run.read.contains({source_id_, *content}) || std::ranges::any_of(stored, is_same);
    if (is_known_) return;
  }
  find_resume_point(database, run, length);
  reader_ = std::make_unique<ChunkReader>(std::move(input));
  choose_format();
  reader_->skip_to(resume_offset_);
}

/// A run that was stopped has left the hash of the part that it stored.
void SpoolFile::find_resume_point(Database& database, FilesOfRun& run,
                                  std::optional<std::int64_t> length) {
  for (const LedgerFile& partial : load_partial_files(database.snapshot(), source_id_)) {
    if (length && *length < partial.bytes) continue;
    const ContentId prefix = identify_prefix(*open_input(entry_.path), partial.bytes);
    if (prefix.hash != partial.content_hash || prefix.bytes != partial.bytes) continue;
    if (!run.continued.insert(partial.id).second) continue;
    *row = partial.id;
    resume_offset_ = partial.bytes;
    progress = partial;
    progress.name = entry_.name;
    return;
  }
}

void SpoolFile::choose_format() {
  reader_->skip_byte_order_mark();
  const std::string_view head = reader_->peek();
  const RecordFormat format =
      parse_record_format(source_.format).value_or(detect_format(head, entry_.name));
  std::string first_line(head.substr(0, head.find('\n')));
  if (begins_with_header(format, first_line)) {
    const auto header = reader_->take_line();
    if (!header) throw Error(ErrorCode::data, "the file is empty; a CSV needs a header line");
    first_line = *header;
    if (progress.lines == 0) progress.lines = 1;
  }
  if (is_document_format(format)) reader_->set_framing(Framing::documents);
  format_.is_native = format == RecordFormat::jsonl;
  format_.framing = reader_->framing();
  format_.make_reader = [this, format, first_line] {
    return make_record_reader(format, format_.rules, source_.csv, first_line);
  };
  format_.make_reader();  // refuses a header that does not fit
}

std::optional<Chunk> SpoolFile::next_chunk(LargeVector<char> buffer) {
  return reader_->next(std::move(buffer));
}

std::int64_t SpoolFile::take_consumed() {
  const std::int64_t before = std::exchange(consumed_, reader_->consumed());
  return consumed_ - before;
}

std::string SpoolFile::id_from_place(std::int64_t offset) {
  if (content_sha256_.empty()) content_sha256_ = sha256_of_chunks(*open_input(entry_.path));
  return id_from_text(content_sha256_ + "@" + std::to_string(offset));
}

}  // namespace costd
