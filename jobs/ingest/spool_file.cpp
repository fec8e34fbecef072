#include "jobs/ingest/spool_file.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>

#include "jobs/ingest/usage_batch.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::size_t raw_bytes_max = 4096;
constexpr std::int64_t lines_between_reports = 20'000;

std::string read_head(const std::string& path) {
  const auto input = open_input(path);
  std::string head(format_head_bytes, '\0');
  std::size_t length = 0;
  while (length < head.size()) {
    const std::size_t bytes = input->read(head.data() + length, head.size() - length);
    if (bytes == 0) break;
    length += bytes;
  }
  head.resize(length);
  return head;
}

/// Identity of a record without an id: the file's content and the place in it, laid out as a UUID.
std::string id_from_place(const LedgerFile& file, std::int64_t offset) {
  const std::string place = file.content_hash + "@" + std::to_string(offset);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(place.data()), place.size(), digest.data());
  std::string id;
  for (std::size_t n = 0; n < 16; ++n) {
    if (n == 4 || n == 6 || n == 8 || n == 10) id += '-';
    id += fmt::format("{:02x}", digest.at(n));
  }
  return id;
}

/// The file as the ledger knows it, stored now if it is new.
LedgerFile open_in_ledger(JobContext& context, const SpoolSource& source, const SpoolEntry& entry,
                          const ContentId& content) {
  UnitOfWork unit = context.database.begin();
  LedgerFile file;
  file.source = store_source(unit, source.name);
  file.content_hash = content.hash;
  file.bytes = content.bytes;
  file.name = entry.name;
  if (auto known = find_ledger_file(unit, file.source, content.hash, content.bytes)) {
    file = std::move(*known);
  } else {
    file = store_ledger_file(unit, std::move(file), context.as_of);
  }
  unit.commit();
  return file;
}

/// A file that cannot be read leaves one quarantine row, and no record of it is taken.
void quarantine_file(JobContext& context, const SpoolSource& source, const SpoolEntry& entry,
                     const std::string& why) {
  UnitOfWork unit = context.database.begin();
  QuarantinedLine line;
  line.source = store_source(unit, source.name);
  line.file_name = entry.name;
  line.reason = "unreadable_file";
  line.detail = why;
  line.at = context.as_of;
  store_quarantined_line(unit, line);
  add_ingest_tally(unit, std::nullopt, "", IngestOutcome::quarantined, 1);
  unit.commit();
}

/// Reads the records of one file into batches.
class FileIngest {
 public:
  FileIngest(JobContext& context, const BillingZones& zones, LedgerFile file)
      : context_(context),
        file_(std::move(file)),
        catalog_(context.database.snapshot()),
        index_(context.database, file_.source, catalog_),
        batch_(context.database, catalog_, index_, zones) {}

  void run(LineReader& lines, RecordReader& records, const RunProgress& progress) {
    if (file_.offset > lines.next_offset()) lines.skip_to(file_.offset, file_.lines);
    while (const auto line = lines.next()) {
      if (!is_blank(line->text)) take(*line, records);
      if (batch_.is_full()) {
        commit(lines);
        context_.check_stop();
      }
      if (line->number % lines_between_reports == 0) report(lines, progress);
    }
    file_.done = true;
    commit(lines);
  }

  const LedgerFile& file() const { return file_; }

 private:
  void take(const Line& line, RecordReader& records) {
    if (line.too_long) {
      Rejection too_long;
      too_long.reason = "line_too_long";
      too_long.detail = fmt::format("the line has more than {} bytes", spool_line_bytes_max);
      return batch_.reject(too_long, place_of(line));
    }
    parsed_.clear();
    records.parse(line, parsed_);
    for (ParsedLine& parsed : parsed_) take(line, parsed);
  }

  void take(const Line& line, ParsedLine& parsed) {
    if (const auto* rejection = std::get_if<Rejection>(&parsed)) {
      return batch_.reject(*rejection, place_of(line));
    }
    auto& record = std::get<UsageRecord>(parsed);
    if (record.record_id.empty()) record.record_id = id_from_place(file_, line.offset);
    if (batch_.add(record) == Verdict::conflict) {
      batch_.quarantine_conflict(record, place_of(line));
    }
  }

  QuarantinedLine place_of(const Line& line) const {
    QuarantinedLine place;
    place.source = file_.source;
    place.file = file_.id;
    place.file_name = file_.name;
    place.line = line.number;
    place.at = context_.as_of;
    place.raw = line.text.substr(0, raw_bytes_max);
    return place;
  }

  void commit(const LineReader& lines) {
    file_.offset = lines.next_offset();
    file_.lines = lines.lines();
    batch_.commit(file_, context_.as_of);
  }

  void report(const LineReader& lines, RunProgress progress) {
    progress.done += lines.consumed();
    context_.monitor.progress(progress);
  }

  JobContext& context_;
  LedgerFile file_;
  SeriesCatalog catalog_;
  RecordIndex index_;
  UsageBatch batch_;
  std::vector<ParsedLine> parsed_;
};

FileCounts difference(const FileCounts& after, const FileCounts& before) {
  return {after.accepted - before.accepted, after.duplicates - before.duplicates,
          after.conflicts - before.conflicts, after.quarantined - before.quarantined};
}

}  // namespace

SpoolFileReport ingest_spool_file(JobContext& context, const BillingZones& zones,
                                  const SpoolSource& source, const RecordRules& rules,
                                  const SpoolEntry& entry, const RunProgress& progress) {
  SpoolFileReport report;
  const auto refuse = [&](const std::string& why) {
    quarantine_file(context, source, entry, why);
    move_in_spool(entry, source.path, "quarantine");
    report.refusal = why;
    return report;
  };
  ContentId content;
  std::unique_ptr<LineReader> lines;
  std::unique_ptr<RecordReader> records;
  try {
    content = identify_content(*open_input(entry.path));
    lines = std::make_unique<LineReader>(open_input(entry.path));
    const std::string head = read_head(entry.path);
    const std::string first_line = head.substr(0, head.find('\n'));
    const RecordFormat format =
        parse_record_format(source.format).value_or(detect_format(head, entry.name));
    std::string header;
    if (begins_with_header(format, first_line)) {
      const auto line = lines->next();
      if (!line) return refuse("the file is empty; a CSV needs a header line");
      header = line->text;
    }
    records = make_record_reader(format, rules, source.csv, header.empty() ? first_line : header);
  } catch (const Error& error) {
    return refuse(error.what());
  }
  const LedgerFile known = open_in_ledger(context, source, entry, content);
  if (known.done) {
    report.was_known = true;
  } else {
    FileIngest ingest(context, zones, known);
    ingest.run(*lines, *records, progress);
    report.counts = difference(ingest.file().counts, known.counts);
  }
  move_in_spool(entry, source.path, "done");
  return report;
}

}  // namespace costd
