#pragma once
// What was taken in: files by content, refused lines with their reasons, and tallies by day.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/time/calendar.hpp"
#include "ledger/time/instant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// The id of a source by its name, made if it is new.
std::int64_t store_source(UnitOfWork& unit, const std::string& name);
/// The id of a source by its name; 0 if nothing ever came from it.
std::int64_t find_source(Connection& connection, const std::string& name);

struct FileCounts {
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;
  std::int64_t conflicts = 0;
  std::int64_t quarantined = 0;  ///< malformed lines; conflicts are apart
  FileCounts& operator+=(const FileCounts& other);
};

/// One spool file, known by the hash of its decompressed bytes; or, while it is partial, by the
/// hash of those that were taken in so far.
struct LedgerFile {
  std::int64_t id = 0;
  std::int64_t source = 0;
  std::string content_hash;  ///< "xxh3:..." of ChunkReader; hex of SHA-256 in files of costd 0.1.0
  std::int64_t bytes = 0;    ///< decompressed, that the hash is of
  std::string name;
  bool done = false;
  std::int64_t lines = 0;  ///< lines committed so far
  FileCounts counts;
};

/// Files of the source that were taken in as a whole and have this length.
std::vector<LedgerFile> load_done_files(Connection& connection, std::int64_t source,
                                        std::int64_t bytes);
/// Files of the source of which only the beginning was taken in, the longest first.
std::vector<LedgerFile> load_partial_files(Connection& connection, std::int64_t source);
/// Stores a new file (id 0), or the progress of a known one; gives its id.
std::int64_t store_ledger_file(UnitOfWork& unit, const LedgerFile& file, Instant now);

struct QuarantinedLine {
  std::int64_t source = 0;
  std::int64_t file = 0;
  std::string file_name;
  std::int64_t line = 0;  ///< 1-based; 0 = the whole file
  std::string reason;     ///< short code: "malformed_json", "id_conflict"
  std::string detail;     ///< for people
  std::string record_id;
  std::string tenant;      ///< "" = not known
  std::optional<Day> day;  ///< local date of the record, where it could be read
  std::string raw;         ///< the line, cut to a limit
  Instant at;
};
void store_quarantined_line(UnitOfWork& unit, const QuarantinedLine& line);
std::vector<QuarantinedLine> load_quarantined_lines(Connection& connection, std::int64_t limit);

/// Refused lines of one file that nobody was alerted about yet.
struct RefusedFile {
  std::int64_t file = 0;  ///< 0 = the file as a whole was refused
  std::int64_t first = 0;  ///< number of its first refusal, of all refusals there were
  std::string source;
  std::string name;
  std::int64_t lines = 0;
  std::string first_reason;      ///< short code
  std::int64_t first_line = 0;  ///< 1-based; 0 = the whole file
};
/// By the order in which they were refused.
std::vector<RefusedFile> load_unalerted_files(Connection& connection);
/// From now on, all refusals until here are known.
void mark_refusals_alerted(UnitOfWork& unit);

/// What became of records, by local day, booking month and tenant. Lines without a readable date
/// have neither.
/// Clamped records are accepted ones, counted a second time: a count stands at the largest number
/// that fits the gateway's 32 bits, so that it may be too small.
enum class IngestOutcome { accepted, duplicate, conflict, quarantined, clamped };
const char* name_of(IngestOutcome outcome);

struct DatedTally {
  Day day{};
  Month booked{};
};
void add_ingest_tally(UnitOfWork& unit, const std::optional<DatedTally>& date,
                      const std::string& tenant, IngestOutcome outcome, std::int64_t records);

struct IngestTotals {
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;
  std::int64_t quarantined = 0;  ///< malformed lines and conflicts
  std::int64_t clamped = 0;      ///< accepted records whose counts may be too small
};
/// Totals of a range of days or of a booking month, of one tenant or of all (""). Lines without a
/// date are left out.
IngestTotals load_ingest_totals(Connection& connection, const DayRange& range,
                                const std::string& tenant);
IngestTotals load_ingest_totals(Connection& connection, Month booked, const std::string& tenant);
/// Lines refused before a date could be read.
std::int64_t count_undated_lines(Connection& connection);
/// Totals of everything ever taken in, lines without a date included.
IngestTotals load_all_ingest_totals(Connection& connection);

}  // namespace costd
