#include "ledger/store/file_ledger.hpp"

#include <algorithm>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr std::int64_t no_day = -1'000'000'000;

constexpr const char* select_files =
    "select id, content_hash, byte_count, name, committed_lines, accepted, duplicates, conflicts,"
    " quarantined from file_ledger where source_id = :source and state = :state"
    " and (:any_size = 1 or byte_count = :bytes) order by byte_count desc, id";

constexpr const char* insert_file =
    "insert into file_ledger(source_id, content_hash, byte_count, name, state, committed_offset,"
    " committed_lines, accepted, duplicates, conflicts, quarantined, first_seen_at, done_at)"
    " values (:source, :hash, :bytes, :name, :state, :offset, :lines, :accepted, :duplicates,"
    " :conflicts, :quarantined, :now, :done_at)";

constexpr const char* update_file =
    "update file_ledger set content_hash = :hash, byte_count = :bytes, state = :state,"
    " committed_offset = :offset, committed_lines = :lines,"
    " accepted = :accepted, duplicates = :duplicates, conflicts = :conflicts,"
    " quarantined = :quarantined, done_at = :done_at where id = :id";

/// Before the hash of a partial file, whose beginning may be another file as a whole.
constexpr std::string_view prefix_mark = "prefix ";

/// What the row of a file is known by. Files that begin alike may be partial at the same byte, so
/// there the name belongs to it.
std::string stored_hash(const LedgerFile& file) {
  if (file.done) return file.content_hash;
  return std::string(prefix_mark) + file.content_hash + " " + file.name;
}

constexpr const char* insert_line =
    "insert into quarantine(source_id, file_id, file_name, line, reason, detail, record_id, tenant,"
    " day, raw, quarantined_at) values (:source, :file, :name, :line, :reason, :detail, :record,"
    " :tenant, :day, :raw, :at)";

constexpr const char* select_lines =
    "select source_id, file_id, file_name, line, reason, detail, record_id, tenant, day,"
    " quarantined_at from quarantine order by id desc limit :limit";

constexpr const char* select_refused =
    "select g.file_id, g.first_id, s.name, q.file_name, g.line_count, q.reason, q.line from"
    " (select file_id, source_id, file_name, min(id) as first_id, count(*) as line_count"
    " from quarantine where id > (select value from alert_progress where name = 'quarantine')"
    " group by file_id, source_id, file_name) g"
    " join quarantine q on q.id = g.first_id join source s on s.id = g.source_id"
    " order by g.first_id";

constexpr const char* mark_refused =
    "update alert_progress set value = (select coalesce(max(id), 0) from quarantine)"
    " where name = 'quarantine'";

constexpr const char* upsert_tally =
    "insert into ingest_tally(day, booked_month, tenant, outcome, record_count)"
    " values (:day, :booked, :tenant, :outcome, :records)"
    " on conflict (day, booked_month, tenant, outcome) do update"
    " set record_count = ingest_tally.record_count + excluded.record_count";

constexpr const char* select_tally =
    "select outcome, sum(record_count) from ingest_tally where day >= :from and day < :to"
    " and (:any_month = 1 or booked_month = :booked)"
    " and (:any_tenant = 1 or tenant = :tenant) group by outcome";

IngestTotals load_totals(Connection& connection, std::int64_t from, std::int64_t to,
                         std::optional<Month> month, const std::string& tenant) {
  const int any_month = month ? 0 : 1;
  const int booked = month ? to_month_number(*month) : 0;
  const int any_tenant = tenant.empty() ? 1 : 0;
  std::string outcome;
  std::int64_t records = 0;
  soci::statement statement =
      (connection.sql.prepare << select_tally, soci::into(outcome), soci::into(records),
       soci::use(from), soci::use(to), soci::use(any_month), soci::use(booked),
       soci::use(any_tenant), soci::use(tenant));
  IngestTotals totals;
  for_each_row(statement, [&] {
    if (outcome == name_of(IngestOutcome::accepted)) {
      totals.accepted += records;
    } else if (outcome == name_of(IngestOutcome::duplicate)) {
      totals.duplicates += records;
    } else if (outcome == name_of(IngestOutcome::clamped)) {
      totals.clamped += records;
    } else {
      totals.quarantined += records;
    }
  });
  return totals;
}

/// `bytes` = nothing: of any length.
std::vector<LedgerFile> load_files(Connection& connection, std::int64_t source,
                                   const std::string& state, std::optional<std::int64_t> bytes) {
  const int any_size = bytes ? 0 : 1;
  const std::int64_t size = bytes.value_or(0);
  LedgerFile file;
  file.source = source;
  file.done = state == "done";
  soci::statement statement =
      (connection.sql.prepare << select_files, soci::into(file.id), soci::into(file.content_hash),
       soci::into(file.bytes), soci::into(file.name), soci::into(file.lines),
       soci::into(file.counts.accepted), soci::into(file.counts.duplicates),
       soci::into(file.counts.conflicts), soci::into(file.counts.quarantined), soci::use(source),
       soci::use(state), soci::use(any_size), soci::use(size));
  std::vector<LedgerFile> files;
  for_each_row(statement, [&] { files.push_back(file); });
  return files;
}

}  // namespace

FileCounts& FileCounts::operator+=(const FileCounts& other) {
  accepted += other.accepted;
  duplicates += other.duplicates;
  conflicts += other.conflicts;
  quarantined += other.quarantined;
  return *this;
}

std::int64_t store_source(UnitOfWork& unit, const std::string& name) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  sql << "insert into source(name) values (:name) on conflict (name) do nothing", soci::use(name);
  std::int64_t id = 0;
  sql << "select id from source where name = :name", soci::into(id), soci::use(name);
  return id;
}

std::int64_t find_source(Connection& connection, const std::string& name) {
  std::int64_t id = 0;
  connection.sql << "select id from source where name = :name", soci::into(id), soci::use(name);
  return id;
}

std::vector<LedgerFile> load_done_files(Connection& connection, std::int64_t source,
                                        std::int64_t bytes) {
  return load_files(connection, source, "done", bytes);
}

std::vector<LedgerFile> load_partial_files(Connection& connection, std::int64_t source) {
  std::vector<LedgerFile> files = load_files(connection, source, "partial", std::nullopt);
  // Without the mark it is a file of an older costd, which was known by its whole content.
  std::erase_if(files,
                [](const LedgerFile& file) { return !file.content_hash.starts_with(prefix_mark); });
  for (LedgerFile& file : files) {
    file.content_hash.erase(0, prefix_mark.size());
    file.content_hash.resize(std::min(file.content_hash.find(' '), file.content_hash.size()));
  }
  return files;
}

std::int64_t store_ledger_file(UnitOfWork& unit, const LedgerFile& file, Instant now) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  const std::int64_t now_at = to_micros(now);
  const std::string state = file.done ? "done" : "partial";
  const std::string hash = stored_hash(file);
  const std::int64_t done_at = file.done ? now_at : 0;
  std::int64_t id = file.id;
  if (id != 0) {
    sql << update_file, soci::use(hash), soci::use(file.bytes), soci::use(state),
        soci::use(file.bytes), soci::use(file.lines), soci::use(file.counts.accepted),
        soci::use(file.counts.duplicates), soci::use(file.counts.conflicts),
        soci::use(file.counts.quarantined), soci::use(done_at), soci::use(id);
    return id;
  }
  sql << insert_file, soci::use(file.source), soci::use(hash), soci::use(file.bytes),
      soci::use(file.name), soci::use(state), soci::use(file.bytes), soci::use(file.lines),
      soci::use(file.counts.accepted), soci::use(file.counts.duplicates),
      soci::use(file.counts.conflicts), soci::use(file.counts.quarantined), soci::use(now_at),
      soci::use(done_at);
  sql << "select max(id) from file_ledger", soci::into(id);
  return id;
}

void store_quarantined_line(UnitOfWork& unit, const QuarantinedLine& line) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  const std::int64_t day = line.day ? to_day_number(*line.day) : no_day;
  const std::int64_t at = to_micros(line.at);
  BoundBlob raw(sql, line.raw);
  sql << insert_line, soci::use(line.source), soci::use(line.file), soci::use(line.file_name),
      soci::use(line.line), soci::use(line.reason), soci::use(line.detail),
      soci::use(line.record_id), soci::use(line.tenant), soci::use(day), soci::use(raw.value),
      soci::use(at);
}

std::vector<QuarantinedLine> load_quarantined_lines(Connection& connection, std::int64_t limit) {
  QuarantinedLine line;
  std::int64_t day = 0;
  std::int64_t at = 0;
  soci::statement statement =
      (connection.sql.prepare << select_lines, soci::into(line.source), soci::into(line.file),
       soci::into(line.file_name), soci::into(line.line), soci::into(line.reason),
       soci::into(line.detail), soci::into(line.record_id), soci::into(line.tenant),
       soci::into(day), soci::into(at), soci::use(limit));
  std::vector<QuarantinedLine> lines;
  for_each_row(statement, [&] {
    line.day = day == no_day ? std::nullopt : std::optional(from_day_number(static_cast<int>(day)));
    line.at = from_micros(at);
    lines.push_back(line);
  });
  return lines;
}

std::vector<RefusedFile> load_unalerted_files(Connection& connection) {
  RefusedFile row;
  soci::statement statement =
      (connection.sql.prepare << select_refused, soci::into(row.file), soci::into(row.first),
       soci::into(row.source), soci::into(row.name), soci::into(row.lines),
       soci::into(row.first_reason), soci::into(row.first_line));
  std::vector<RefusedFile> files;
  for_each_row(statement, [&] { files.push_back(row); });
  return files;
}

void mark_refusals_alerted(UnitOfWork& unit) {
  static_cast<Connection&>(unit).sql << mark_refused;
}

const char* name_of(IngestOutcome outcome) {
  switch (outcome) {
    case IngestOutcome::accepted:
      return "accepted";
    case IngestOutcome::duplicate:
      return "duplicate";
    case IngestOutcome::conflict:
      return "conflict";
    case IngestOutcome::quarantined:
      return "quarantined";
    case IngestOutcome::clamped:
      return "clamped";
  }
  return "quarantined";
}

void add_ingest_tally(UnitOfWork& unit, const std::optional<DatedTally>& date,
                      const std::string& tenant, IngestOutcome outcome, std::int64_t records) {
  const std::int64_t day = date ? to_day_number(date->day) : no_day;
  const int booked = date ? to_month_number(date->booked) : 0;
  const std::string name = name_of(outcome);
  static_cast<Connection&>(unit).sql << upsert_tally, soci::use(day), soci::use(booked),
      soci::use(tenant), soci::use(name), soci::use(records);
}

IngestTotals load_ingest_totals(Connection& connection, const DayRange& range,
                                const std::string& tenant) {
  return load_totals(connection, to_day_number(range.from), to_day_number(range.to), std::nullopt,
                     tenant);
}

IngestTotals load_ingest_totals(Connection& connection, Month booked, const std::string& tenant) {
  return load_totals(connection, no_day + 1, -no_day, booked, tenant);
}

std::int64_t count_undated_lines(Connection& connection) {
  return load_totals(connection, no_day, no_day + 1, std::nullopt, "").quarantined;
}

IngestTotals load_all_ingest_totals(Connection& connection) {
  return load_totals(connection, no_day, -no_day, std::nullopt, "");
}

}  // namespace costd
